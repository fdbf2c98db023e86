// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/probe/reply.c
// libs: -lldns
/*
 * Byte 0: how it was asked. The rest: what came back from the network. What is
 * taken apart is the question's answer and no more than there was.
 */
#include <stdint.h>
#include <stdlib.h>

#include "probe/query.h"
#include "probe/reply.h"
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sgap_form forms[] = {
	{ .flags = SGAP_DNS_RD },
	{ .edns = true, .size = 1232, .eflags = SGAP_EDNS_DO,
	  .options = SGAP_FORM_NSID | SGAP_FORM_COOKIE | SGAP_FORM_UNKNOWN },
	{ .opcode = 15 },
};

static const __u16 types[] = { 1, 2, 6, 28 };	/* A, NS, SOA, AAAA */

static void ask(struct sgap_query *q, uint8_t how)
{
	static const char name[] = "\3www\7Example";

	memset(q, 0, sizeof(*q));
	q->form = &forms[(how & 3) % (sizeof(forms) / sizeof(*forms))];
	q->id = 0x1234;
	q->qtype = types[how >> 2 & 3];
	q->qname_len = sizeof(name);
	memcpy(q->qname, name, sizeof(name));
	memcpy(q->cookie, "cookie01", sizeof(q->cookie));
}

/* Printable, and ended within its room. */
static void check_text(const char text[SGAP_REPLY_TEXT])
{
	size_t n = strnlen(text, SGAP_REPLY_TEXT), i;

	if (n == SGAP_REPLY_TEXT)
		abort();
	for (i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			abort();
}

static void check_list(const struct sgap_reply_list *list)
{
	char text[1025];
	__u32 i, k;

	if (list->nns > SGAP_REPLY_NS || list->naddr > SGAP_REPLY_ADDRS)
		abort();
	for (i = 0; i < list->nns; i++)
		if (sgap_wire_name_text(text, sizeof(text), list->ns[i].name, list->ns[i].len,
					true) < 1)
			abort();
	for (i = 0; i < list->naddr; i++)
		for (k = 0; k < i; k++)
			if (sgap_addr_eq(&list->addr[i], &list->addr[k]))
				abort();
}

static void check_reply(const struct sgap_reply *r, size_t size)
{
	check_text(r->ede_text);
	check_text(r->nsid);
	if (r->len != size || r->rcode > 0xfff || r->ancount + r->nscount + r->arcount > (int)size)
		abort();
	if ((r->has_soa || r->rrsig || r->digest) && !r->ancount)
		abort();
	if (r->referral && (r->rcode || r->ancount || !r->nscount))
		abort();
	if (!r->edns && (r->cookie || r->unknown || r->ede != SGAP_NONE16 || *r->nsid))
		abort();
	if (*r->ede_text && r->ede == SGAP_NONE16)
		abort();
}

/* With nowhere to list what is found the rest is the same. */
static void check_without_list(const struct sgap_reply *r, const struct sgap_query *q,
			       const uint8_t *p, size_t size)
{
	struct sgap_reply again;

	if (sgap_reply_read(&again, NULL, q, p, size))
		abort();
	if (again.flags != r->flags || again.rcode != r->rcode || again.ancount != r->ancount ||
	    again.referral != r->referral || again.edns != r->edns || again.unknown != r->unknown ||
	    again.size != r->size || again.cookie != r->cookie || again.ede != r->ede ||
	    again.serial != r->serial || again.digest != r->digest ||
	    strcmp(again.ede_text, r->ede_text) || strcmp(again.nsid, r->nsid))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sgap_reply_list list;
	const uint8_t *p = data + 1;
	struct sgap_reply r;
	struct sgap_query q;
	int ret;

	if (!size--)
		return 0;
	ask(&q, *data);
	if (sgap_reply_is_to(&q, p, size) &&
	    (size < SGAP_WIRE_HEADER || (p[0] << 8 | p[1]) != q.id || !(p[2] & 0x80)))
		abort();
	list.nns = list.naddr = 0;
	ret = sgap_reply_read(&r, &list, &q, p, size);
	if (ret && ret != -EBADMSG)
		abort();
	check_list(&list);
	if (ret)
		return 0;
	check_reply(&r, size);
	check_without_list(&r, &q, p, size);
	return 0;
}
