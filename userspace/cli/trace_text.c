// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_text.h"

#include <stdio.h>

#include "lib/addr.h"
#include "lib/names.h"
#include "lib/text.h"
#include "out.h"
#include "wire.h"

static void print_name(const struct sgap_rec_txn *t)
{
	size_t room = (t->rec.len & SGAP_REC_LEN) - sizeof(*t);
	char name[1025], type[SGAP_NAME_TEXT];

	if (!t->qname_len || t->qname_len > room ||
	    sgap_wire_name_text(name, sizeof(name), t->data, t->qname_len, false) < 0)
		sgap_text_copy(name, sizeof(name), "-");
	printf(" %s %s", name, t->qtype ? sgap_names_type(type, t->qtype) : "-");
}

static void print_outcome(const struct sgap_rec_txn *t)
{
	size_t room = (t->rec.len & SGAP_REC_LEN) - sizeof(*t);
	char rcode[SGAP_NAME_TEXT], from[SGAP_ADDR_TEXT];

	if (t->state != SGAP_TXN_ANSWERED)
		printf(" %s", sgap_names_txn(t->state));
	if (t->rcode != SGAP_NONE16)
		printf(" %s", sgap_names_rcode(rcode, t->rcode));
	if (t->ede != SGAP_NONE16)
		printf(" ede %u (%s)", t->ede, sgap_names_ede(t->ede));
	if (t->ede_text_len && (size_t)t->qname_len + t->ede_text_len <= room) {
		const __u8 *p = t->data + t->qname_len;
		int i;

		fputs(" \"", stdout);
		for (i = 0; i < t->ede_text_len; i++)	/* a terminal trusts what it gets */
			putchar(p[i] < 0x20 || p[i] > 0x7e ? '?' : p[i]);
		putchar('"');
	}
	if (t->state == SGAP_TXN_ICMP || t->state == SGAP_TXN_ICMP_ANSWER)
		printf(" type %u code %u from %s", t->icmp_type, t->icmp_code,
		       sgap_addr_text(from, t->icmp_from));
	if (t->ts_query && t->ts_answer >= t->ts_query)
		printf(" %.3f ms", (double)(t->ts_answer - t->ts_query) / 1e6);
	else if (t->state == SGAP_TXN_CONNECTED)
		printf(" %.3f ms", (double)t->connect_us / 1e3);
	if (t->copies > 1)
		printf(" %u copies", t->copies);
	if (t->aflags & SGAP_DNS_TC && t->rcode != SGAP_NONE16)
		fputs(" truncated", stdout);
}

static void print_txn(const struct sgap_rec_txn *t)
{
	char time[SGAP_OUT_TIME], client[SGAP_ADDR_TEXT], server[SGAP_ADDR_TEXT];

	printf("%s %s %s#%u > %s#%u", sgap_out_time(time, t->ts), t->proto == 6 ? "TCP" : "UDP",
	       sgap_addr_text(client, t->client), t->client_port,
	       sgap_addr_text(server, t->server), t->server_port);
	print_name(t);
	print_outcome(t);
	putchar('\n');
}

static void print_state(const struct sgap_rec_state *s)
{
	char time[SGAP_OUT_TIME], addr[SGAP_ADDR_TEXT];

	printf("%s STATE %s: %s, was %s (%u ended, %u bad, %u unanswered)\n",
	       sgap_out_time(time, s->ts), sgap_addr_text(addr, s->server),
	       sgap_names_state(s->after), sgap_names_state(s->before), s->window.ended,
	       s->window.bad, s->window.unanswered);
}

static void print_lease(const struct sgap_rec_lease *l)
{
	char time[SGAP_OUT_TIME], a[SGAP_ADDR_TEXT], b[SGAP_ADDR_TEXT];

	printf("%s DETOUR %s > %s: %s (%s), %llu flows\n", sgap_out_time(time, l->ts),
	       sgap_addr_text(a, l->server), sgap_addr_text(b, l->fallback),
	       sgap_names_lease(l->state), sgap_names_reason(l->reason),
	       (unsigned long long)l->flows);
}

static void print_partial(const struct sgap_rec_partial *p)
{
	char time[SGAP_OUT_TIME], client[SGAP_ADDR_TEXT], server[SGAP_ADDR_TEXT];
	char missing[SGAP_NAME_PARTIAL];

	printf("%s PARTIAL %s %s#%u > %s#%u: %u", sgap_out_time(time, p->ts),
	       p->is_answer ? "answer to" : "query of", sgap_addr_text(client, p->client),
	       p->client_port, sgap_addr_text(server, p->server), p->server_port, p->seen);
	if (p->total)
		printf(" of %u", p->total);
	printf(" bytes seen, missing: %s\n", sgap_names_partial(missing, p->missing));
}

static void print_link(const struct sgap_rec_link *l)
{
	char time[SGAP_OUT_TIME];

	printf(l->what == SGAP_LINK_FEATURES ? "%s LINK %s: %#llx, was %#llx\n" :
	       "%s LINK %s: %llu, was %llu\n", sgap_out_time(time, l->ts),
	       sgap_names_link((int)l->what), (unsigned long long)l->after,
	       (unsigned long long)l->before);
}

static void print_lost(const struct sgap_rec_lost *l)
{
	char first[SGAP_OUT_TIME], last[SGAP_OUT_TIME];

	printf("%s LOST %llu records between %s and this\n", sgap_out_time(last, l->last),
	       (unsigned long long)l->n, sgap_out_time(first, l->first));
}

void sgap_trace_text(const struct sgap_rec *rec)
{
	const void *p = rec;

	switch (rec->type) {
	case SGAP_REC_TXN:
		print_txn(p);
		break;
	case SGAP_REC_STATE:
		print_state(p);
		break;
	case SGAP_REC_LEASE:
		print_lease(p);
		break;
	case SGAP_REC_PARTIAL:
		print_partial(p);
		break;
	case SGAP_REC_LINK:
		print_link(p);
		break;
	case SGAP_REC_LOST:
		print_lost(p);
		break;
	}
}
