// SPDX-License-Identifier: GPL-2.0-or-later
#include "query.h"

#include <ctype.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <sys/random.h>

#include "wire.h"

static int draw(void *p, size_t len)
{
	return getrandom(p, len, 0) == (ssize_t)len ? 0 : -EIO;
}

int sgap_query_draw(struct sgap_query *q, const struct sgap_form *form, const __u8 *name,
		    __u16 name_len, __u16 qtype)
{
	__u8 coin[32];
	int ret, i;

	if (!name_len || name_len > sizeof(q->qname))
		return -EINVAL;
	memset(q, 0, sizeof(*q));
	q->form = form;
	q->qtype = qtype;
	q->qname_len = name_len;
	memcpy(q->qname, name, name_len);
	ret = draw(&q->id, sizeof(q->id));
	if (!ret)
		ret = draw(q->cookie, sizeof(q->cookie));
	if (!ret)
		ret = draw(coin, sizeof(coin));
	/* Lengths of labels are below 64, so they are no letters. */
	for (i = 0; !ret && form->spelt && i < name_len; i++)
		if (isalpha(name[i]))
			q->qname[i] = (__u8)(coin[i / 8] >> (i % 8) & 1 ? toupper(name[i]) :
								   tolower(name[i]));
	return ret;
}

static const struct option_row {
	__u8 bit;
	__u16 code;
	__u8 len;
	__u8 data[4];
} options[] = {
	{ SGAP_FORM_NSID, LDNS_EDNS_NSID, 0, { 0 } },
	{ SGAP_FORM_COOKIE, LDNS_EDNS_COOKIE, 8, { 0 } },	/* the query's */
	{ SGAP_FORM_SUBNET, LDNS_EDNS_CLIENT_SUBNET, 4, { 0, 1, 0, 0 } },
	{ SGAP_FORM_EXPIRE, LDNS_EDNS_EXPIRE, 0, { 0 } },
	{ SGAP_FORM_UNKNOWN, SGAP_OPTION_UNKNOWN, 0, { 0 } },
};

static int put_options(ldns_pkt *pkt, const struct sgap_query *q)
{
	__u8 data[64];
	size_t at = 0, i;
	ldns_rdf *rdf;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const struct option_row *o = &options[i];

		if (!(q->form->options & o->bit))
			continue;
		ldns_write_uint16(data + at, o->code);
		ldns_write_uint16(data + at + 2, o->len);
		memcpy(data + at + 4, o->bit == SGAP_FORM_COOKIE ? q->cookie : o->data, o->len);
		at += 4u + o->len;
	}
	if (!at)
		return 0;
	rdf = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_UNKNOWN, at, data);
	if (!rdf)
		return -ENOMEM;
	ldns_pkt_set_edns_data(pkt, rdf);
	return 0;
}

static int put_edns(ldns_pkt *pkt, const struct sgap_query *q)
{
	const struct sgap_form *form = q->form;

	if (!form->edns)
		return 0;
	ldns_pkt_set_edns_udp_size(pkt, form->size);
	ldns_pkt_set_edns_version(pkt, form->version);
	ldns_pkt_set_edns_z(pkt, form->eflags);
	return put_options(pkt, q);
}

static int put_question(ldns_pkt *pkt, const struct sgap_query *q)
{
	ldns_rdf *name;
	ldns_rr *rr;

	if (q->form->opcode)
		return 0;
	name = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, q->qname_len, q->qname);
	rr = name ? ldns_rr_new() : NULL;
	if (!rr) {
		ldns_rdf_deep_free(name);
		return -ENOMEM;
	}
	ldns_rr_set_owner(rr, name);
	ldns_rr_set_type(rr, (ldns_rr_type)q->qtype);
	ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
	ldns_rr_set_question(rr, true);
	ldns_pkt_push_rr(pkt, LDNS_SECTION_QUESTION, rr);
	return 0;
}

static int encode(__u8 *buf, size_t size, const ldns_pkt *pkt)
{
	uint8_t *wire = NULL;
	size_t len = 0;
	int ret = -ENOMEM;

	if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK)
		return ret;
	ret = len <= size ? (int)len : -ENOSPC;
	if (ret > 0)
		memcpy(buf, wire, len);
	free(wire);
	return ret;
}

int sgap_query_write(__u8 *buf, size_t size, const struct sgap_query *q)
{
	ldns_pkt *pkt = ldns_pkt_new();
	int ret;

	if (!pkt)
		return -ENOMEM;
	ldns_pkt_set_id(pkt, q->id);
	ldns_pkt_set_opcode(pkt, (ldns_pkt_opcode)q->form->opcode);
	ldns_pkt_set_rd(pkt, q->form->flags & SGAP_DNS_RD);
	ldns_pkt_set_ad(pkt, q->form->flags & SGAP_DNS_AD);
	ldns_pkt_set_cd(pkt, q->form->flags & SGAP_DNS_CD);
	ret = put_question(pkt, q);
	if (!ret)
		ret = put_edns(pkt, q);
	if (!ret)
		ret = encode(buf, size, pkt);
	ldns_pkt_free(pkt);
	/* The reserved bit is none that the library knows of. */
	if (ret > 3 && q->form->flags & SGAP_DNS_Z)
		buf[3] |= SGAP_DNS_Z;
	return ret;
}

int sgap_query_name(__u8 name[static 255], const char *text)
{
	ldns_rdf *rdf = *text ? ldns_dname_new_frm_str(text) : NULL;
	size_t len = rdf ? ldns_rdf_size(rdf) : 0;

	if (len && len <= SGAP_WIRE_NAME_MAX)
		memcpy(name, ldns_rdf_data(rdf), len);
	ldns_rdf_deep_free(rdf);
	return len && len <= SGAP_WIRE_NAME_MAX ? (int)len : -EINVAL;
}
