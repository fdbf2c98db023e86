// SPDX-License-Identifier: GPL-2.0-or-later
#include "reply.h"

#include <ctype.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <strings.h>

#include "query.h"
#include "wire.h"

/* Bytes of a name above 63 are letters or data, and lengths have no case. */
static bool same_name(const struct sgap_msg *m, const struct sgap_query *q)
{
	__u16 i;

	if (m->qname_len != q->qname_len)
		return false;
	for (i = 0; i < q->qname_len; i++)
		if (tolower(m->qname[i]) != tolower(q->qname[i]))
			return false;
	return true;
}

/* Other opcodes have a layout of their own: the header is all that is looked at. */
static bool is_other_opcode(const struct sgap_query *q, const __u8 *p, size_t len)
{
	return q->form->opcode && len >= SGAP_WIRE_HEADER &&
	       (ldns_read_uint16(p + 2) & SGAP_DNS_OPCODE) >> 11 == q->form->opcode;
}

bool sgap_reply_is_to(const struct sgap_query *q, const __u8 *p, size_t len)
{
	struct sgap_msg m;

	if (is_other_opcode(q, p, len))
		return ldns_read_uint16(p) == q->id && ldns_read_uint16(p + 2) & SGAP_DNS_QR;
	if (len > UINT16_MAX || sgap_wire_parse(&m, p, (__u32)len, (__u32)len) ||
	    !(m.flags & SGAP_DNS_QR) || m.id != q->id)
		return false;
	return !m.qname || (m.qtype == q->qtype && m.qclass == 1 &&
			    same_name(&m, q));
}

static void take_text(char to[SGAP_REPLY_TEXT], const __u8 *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < SGAP_REPLY_TEXT - 1; i++)
		to[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.';
	to[i] = 0;
}

/* An NSID is bytes: as text when all can be printed, else as hexadecimal digits. */
static void take_nsid(char to[SGAP_REPLY_TEXT], const __u8 *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && p[i] >= 0x20 && p[i] < 0x7f; i++)
		;
	if (i == len) {
		take_text(to, p, len);
		return;
	}
	for (i = 0; i < len && 2 * i + 2 < SGAP_REPLY_TEXT; i++)
		snprintf(to + 2 * i, 3, "%02x", p[i]);
}

static void take_option(struct sgap_reply *r, const struct sgap_query *q, __u16 code,
			const __u8 *p, size_t len)
{
	switch (code) {
	case LDNS_EDNS_NSID:
		take_nsid(r->nsid, p, len);
		break;
	case LDNS_EDNS_COOKIE:
		r->cookie = len >= 16 && len <= 40 && !memcmp(p, q->cookie, sizeof(q->cookie)) ?
			    SGAP_COOKIE_GOOD : SGAP_COOKIE_BAD;
		break;
	case LDNS_EDNS_EDE:
		if (len < 2 || r->ede != SGAP_NONE16)
			break;
		r->ede = ldns_read_uint16(p);
		/* 65535, of private use, reads as none: then it has no text either. */
		if (r->ede != SGAP_NONE16)
			take_text(r->ede_text, p + 2, len - 2);
		break;
	case SGAP_OPTION_UNKNOWN:
		r->unknown = true;
		break;
	default:
		break;
	}
}

/* Returns -EBADMSG when an option is longer than what is left. */
static int read_options(struct sgap_reply *r, const struct sgap_query *q, const ldns_rdf *rdf)
{
	size_t len = rdf ? ldns_rdf_size(rdf) : 0, at = 0, n;
	const __u8 *p = len ? ldns_rdf_data(rdf) : NULL;

	while (at + 4 <= len) {
		n = ldns_read_uint16(p + at + 2);
		if (n > len - at - 4)
			return -EBADMSG;
		take_option(r, q, ldns_read_uint16(p + at), p + at + 4, n);
		at += 4 + n;
	}
	return at == len ? 0 : -EBADMSG;
}

static void list_ns(struct sgap_reply_list *list, const ldns_rr *rr)
{
	const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);
	struct sgap_reply_ns *ns;
	__u32 i;

	if (!rdf || ldns_rdf_size(rdf) > sizeof(ns->name) || list->nns == SGAP_REPLY_NS)
		return;
	ns = &list->ns[list->nns];
	ns->len = (__u16)ldns_rdf_size(rdf);
	memcpy(ns->name, ldns_rdf_data(rdf), ns->len);
	for (i = 0; i < list->nns; i++)
		if (list->ns[i].len == ns->len &&
		    !strncasecmp((char *)list->ns[i].name, (char *)ns->name, ns->len))
			return;
	list->nns++;
}

static void list_addr(struct sgap_reply_list *list, const ldns_rr *rr)
{
	const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);
	struct sgap_addr a;
	__u32 i;

	if (!rdf || list->naddr == SGAP_REPLY_ADDRS)
		return;
	if (ldns_rdf_size(rdf) == 4)
		sgap_addr_set_v4(&a, ldns_rdf_data(rdf));
	else if (ldns_rdf_size(rdf) == sizeof(a.b))
		memcpy(a.b, ldns_rdf_data(rdf), sizeof(a.b));
	else
		return;
	for (i = 0; i < list->naddr; i++)
		if (sgap_addr_eq(&list->addr[i], &a))
			return;
	list->addr[list->naddr++] = a;
}

static void read_section(struct sgap_reply *r, struct sgap_reply_list *list,
			 const ldns_rr_list *rrs, bool answer)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(rrs); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(rrs, i);
		ldns_rr_type type = ldns_rr_get_type(rr);

		if (answer && type == LDNS_RR_TYPE_RRSIG)
			r->rrsig = true;
		if (answer && type == LDNS_RR_TYPE_SOA && ldns_rr_rd_count(rr) > 2) {
			r->has_soa = true;
			r->serial = ldns_rdf2native_int32(ldns_rr_rdf(rr, 2));
		}
		if (list && type == LDNS_RR_TYPE_NS)
			list_ns(list, rr);
		if (list && (type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA))
			list_addr(list, rr);
	}
}

static bool is_referral(const struct sgap_reply *r, const ldns_pkt *pkt)
{
	const ldns_rr_list *rrs = ldns_pkt_authority(pkt);
	size_t i;

	if (r->rcode || r->ancount || r->flags & SGAP_DNS_AA)
		return false;
	for (i = 0; i < ldns_rr_list_rr_count(rrs); i++)
		if (ldns_rr_get_type(ldns_rr_list_rr(rrs, i)) == LDNS_RR_TYPE_NS)
			return true;
	return false;
}

static int read_packet(struct sgap_reply *r, struct sgap_reply_list *list,
		       const struct sgap_query *q, const ldns_pkt *pkt)
{
	read_section(r, list, ldns_pkt_answer(pkt), true);
	read_section(r, list, ldns_pkt_authority(pkt), false);
	read_section(r, list, ldns_pkt_additional(pkt), false);
	r->referral = is_referral(r, pkt);
	r->eflags = ldns_pkt_edns_z(pkt);
	return read_options(r, q, ldns_pkt_edns_data(pkt));
}

/*
 * Where RDATA goes on after its name, the library takes what follows for the next
 * record, the walk does not: what only one of them sees is not believed.
 */
static bool is_seen_alike(const struct sgap_msg *m, const ldns_pkt *pkt)
{
	return m->has_opt || !ldns_pkt_edns(pkt);
}

int sgap_reply_read(struct sgap_reply *r, struct sgap_reply_list *list,
		    const struct sgap_query *q, const __u8 *p, size_t len)
{
	ldns_pkt *pkt = NULL;
	struct sgap_msg m;
	int ret = -EBADMSG;

	memset(r, 0, sizeof(*r));
	r->ede = SGAP_NONE16;
	if (is_other_opcode(q, p, len)) {
		r->len = (__u16)len;
		r->flags = ldns_read_uint16(p + 2);
		r->rcode = r->flags & 0xf;
		return 0;
	}
	if (len > UINT16_MAX || sgap_wire_parse(&m, p, (__u32)len, (__u32)len) || m.malformed)
		return ret;
	r->len = (__u16)len;
	r->flags = m.flags;
	r->rcode = m.rcode;
	r->ancount = m.ancount;
	r->nscount = m.nscount;
	r->arcount = m.arcount;
	r->has_question = m.qname;
	r->same_case = m.qname && m.qname_len == q->qname_len &&
		       !memcmp(m.qname, q->qname, q->qname_len);
	r->edns = m.has_opt;
	r->version = m.edns_version;
	r->size = m.bufsize;
	r->digest = m.digest;
	if (ldns_wire2pkt(&pkt, p, len) == LDNS_STATUS_OK && is_seen_alike(&m, pkt))
		ret = read_packet(r, list, q, pkt);
	ldns_pkt_free(pkt);
	return ret;
}
