// SPDX-License-Identifier: GPL-2.0-or-later
/* The records of the ring as JSON. */
#include "json.h"

#include <stdio.h>

#include "addr.h"
#include "names.h"
#include "rec.h"
#include "text.h"

static void put_query(json_t *obj, const struct sgap_rec_txn *t)
{
	char buf[SGAP_NAME_TEXT];

	if (!t->ts_query)
		return;
	json_object_set_new(obj, "ts_query", sgap_json_u64(t->ts_query));
	json_object_set_new(obj, "query_size", json_integer(t->query_size));
	json_object_set_new(obj, "copies", json_integer(t->copies));
	json_object_set_new(obj, "qflags", json_integer(t->qflags));
	if (t->flags & SGAP_TXN_F_QOPT)
		json_object_set_new(obj, "bufsize", json_integer(t->query_bufsize));
	json_object_set_new(obj, "do", json_boolean(t->flags & SGAP_TXN_F_QDO));
	if (!t->qtype)
		return;
	json_object_set_new(obj, "qtype", json_string(sgap_names_type(buf, t->qtype)));
	json_object_set_new(obj, "qclass", json_string(sgap_names_class(buf, t->qclass)));
}

static void put_times(json_t *obj, const struct sgap_rec_txn *t)
{
	if (!t->ts_query || t->ts_answer < t->ts_query)
		return;
	json_object_set_new(obj, "rtt_us",
			    json_real((double)(t->ts_answer - t->ts_query) / 1000));
	if (t->ts_last > t->ts_query && t->ts_answer >= t->ts_last)
		json_object_set_new(obj, "rtt_last_us",
				    json_real((double)(t->ts_answer - t->ts_last) / 1000));
}

static void put_answer(json_t *obj, const struct sgap_rec_txn *t)
{
	char buf[SGAP_NAME_TEXT];
	json_t *addrs;
	int i;

	if (t->rcode == SGAP_NONE16)
		return;
	json_object_set_new(obj, "ts_answer", sgap_json_u64(t->ts_answer));
	json_object_set_new(obj, "rcode", json_string(sgap_names_rcode(buf, t->rcode)));
	json_object_set_new(obj, "aflags", json_integer(t->aflags));
	json_object_set_new(obj, "answer_size", json_integer(t->answer_size));
	json_object_set_new(obj, "answers", json_integer(t->answers));
	json_object_set_new(obj, "ancount", json_integer(t->ancount));
	json_object_set_new(obj, "nscount", json_integer(t->nscount));
	json_object_set_new(obj, "hops", json_integer(t->hops));
	if (t->min_ttl != SGAP_NONE32)
		json_object_set_new(obj, "min_ttl", json_integer(t->min_ttl));
	if (t->soa_serial)
		json_object_set_new(obj, "soa_serial", json_integer(t->soa_serial));
	if (t->ede != SGAP_NONE16)
		json_object_set_new(obj, "ede", json_integer(t->ede));
	if (t->digest) {
		snprintf(buf, sizeof(buf), "%016llx", (unsigned long long)t->digest);
		json_object_set_new(obj, "digest", json_string(buf));
	}
	if (!t->naddr)
		return;
	addrs = json_array();
	for (i = 0; i < t->naddr && i < 2; i++)
		json_array_append_new(addrs, sgap_json_addr(t->addr[i]));
	json_object_set_new(obj, "addresses", addrs);
}

static void put_flags(json_t *obj, __u32 flags)
{
	static const struct {
		__u32 bit;
		const char *name;
	} names[] = {
		{ SGAP_TXN_F_CASE, "case" }, { SGAP_TXN_F_HEADERONLY, "headeronly" },
		{ SGAP_TXN_F_CUT, "cut" }, { SGAP_TXN_F_FRAGMENT, "fragment" },
		{ SGAP_TXN_F_BADSUM, "badsum" }, { SGAP_TXN_F_MALFORMED, "malformed" },
		{ SGAP_TXN_F_REOPENED, "reopened" }, { SGAP_TXN_F_DF, "df" },
		{ SGAP_TXN_F_AOPT, "edns" },
	};
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	json_object_set_new(obj, "flags", list);
}

/* Name, EXTRA-TEXT and NSID follow each other; lengths are checked against the record. */
static void put_data(json_t *obj, const struct sgap_rec_txn *t)
{
	size_t room = (t->rec.len & SGAP_REC_LEN) - sizeof(*t);
	const __u8 *p = t->data;

	if ((size_t)t->qname_len + t->ede_text_len + t->nsid_len > room)
		return;
	if (t->qname_len)
		json_object_set_new(obj, "qname", sgap_json_name(p, t->qname_len));
	p += t->qname_len;
	if (t->ede_text_len)
		json_object_set_new(obj, "ede_text", sgap_json_text(p, t->ede_text_len));
	p += t->ede_text_len;
	if (t->nsid_len)
		json_object_set_new(obj, "nsid", sgap_json_hex(p, t->nsid_len));
}

static json_t *txn(const struct sgap_rec_txn *t)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "type", json_string("txn"));
	json_object_set_new(obj, "id", sgap_json_u64(t->id));
	json_object_set_new(obj, "ts", sgap_json_u64(t->ts));
	json_object_set_new(obj, "state", json_string(sgap_names_txn(t->state)));
	json_object_set_new(obj, "proto", json_string(t->proto == 6 ? "tcp" : "udp"));
	json_object_set_new(obj, "client", sgap_json_addr(t->client));
	json_object_set_new(obj, "client_port", json_integer(t->client_port));
	json_object_set_new(obj, "server", sgap_json_addr(t->server));
	json_object_set_new(obj, "server_port", json_integer(t->server_port));
	json_object_set_new(obj, "dns_id", json_integer(t->dns_id));
	put_data(obj, t);
	put_query(obj, t);
	put_answer(obj, t);
	put_times(obj, t);
	if (t->pid)
		json_object_set_new(obj, "pid", json_integer(t->pid));
	if (t->cgroup)
		json_object_set_new(obj, "cgroup", sgap_json_u64(t->cgroup));
	if (t->connect_us)
		json_object_set_new(obj, "connect_us", json_integer(t->connect_us));
	if (t->state == SGAP_TXN_ICMP || t->state == SGAP_TXN_ICMP_ANSWER) {
		json_object_set_new(obj, "icmp_type", json_integer(t->icmp_type));
		json_object_set_new(obj, "icmp_code", json_integer(t->icmp_code));
		json_object_set_new(obj, "icmp_from", sgap_json_addr(t->icmp_from));
	}
	put_flags(obj, t->flags);
	return obj;
}

static json_t *packet(const struct sgap_rec_packet *p)
{
	return json_pack("{s:s,s:o,s:o,s:b,s:i,s:I,s:I}", "type", "packet",
			 "txn_id", sgap_json_u64(p->txn_id), "ts", sgap_json_u64(p->ts),
			 "answer", p->is_answer, "link_type", p->link_type,
			 "wire_len", (json_int_t)p->wire_len, "cap_len", (json_int_t)p->cap_len);
}

static json_t *partial(const struct sgap_rec_partial *p)
{
	char missing[SGAP_NAME_PARTIAL];
	json_t *obj;

	obj = json_pack("{s:s,s:o,s:o,s:b,s:o,s:i,s:o,s:i,s:i}", "type", "partial",
			"ts", sgap_json_u64(p->ts), "ts_first", sgap_json_u64(p->ts_first),
			"answer", p->is_answer, "client", sgap_json_addr(p->client),
			"client_port", p->client_port, "server", sgap_json_addr(p->server),
			"server_port", p->server_port, "dns_id", p->dns_id);
	json_object_set_new(obj, "ip_id", json_integer(p->ip_id));
	json_object_set_new(obj, "fragments", json_integer(p->fragments));
	json_object_set_new(obj, "seen", json_integer(p->seen));
	if (p->total)
		json_object_set_new(obj, "total", json_integer(p->total));
	json_object_set_new(obj, "missing", json_string(sgap_names_partial(missing, p->missing)));
	return obj;
}

static json_t *link_event(const struct sgap_rec_link *l)
{
	return json_pack("{s:s,s:o,s:s,s:o,s:o}", "type", "link", "ts", sgap_json_u64(l->ts),
			 "what", sgap_names_link((int)l->what),
			 "before", sgap_json_u64(l->before), "after", sgap_json_u64(l->after));
}

static json_t *state(const struct sgap_rec_state *s)
{
	return json_pack("{s:s,s:o,s:o,s:s,s:s,s:o}", "type", "state",
			 "ts", sgap_json_u64(s->ts), "server", sgap_json_addr(s->server),
			 "before", sgap_names_state(s->before),
			 "after", sgap_names_state(s->after),
			 "window", sgap_json_window(&s->window));
}

static json_t *lease(const struct sgap_rec_lease *l)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:s,s:s,s:o}", "type", "lease",
			 "ts", sgap_json_u64(l->ts), "serial", sgap_json_hex(l->serial, 16),
			 "server", sgap_json_addr(l->server),
			 "fallback", sgap_json_addr(l->fallback),
			 "state", sgap_names_lease(l->state),
			 "reason", sgap_names_reason(l->reason),
			 "flows", sgap_json_u64(l->flows));
}

static json_t *lost(const struct sgap_rec_lost *l)
{
	return json_pack("{s:s,s:o,s:o,s:o}", "type", "lost", "n", sgap_json_u64(l->n),
			 "first", sgap_json_u64(l->first), "last", sgap_json_u64(l->last));
}

json_t *sgap_json_rec(const struct sgap_rec *rec)
{
	const void *p = rec;

	if (!sgap_rec_is_whole(rec))
		return NULL;
	switch (rec->type) {
	case SGAP_REC_TXN:
		return txn(p);
	case SGAP_REC_PACKET:
		return packet(p);
	case SGAP_REC_LINK:
		return link_event(p);
	case SGAP_REC_STATE:
		return state(p);
	case SGAP_REC_LEASE:
		return lease(p);
	case SGAP_REC_LOST:
		return lost(p);
	case SGAP_REC_PARTIAL:
		return partial(p);
	}
	return json_pack("{s:s,s:i,s:i}", "type", "unknown", "number", rec->type,
			 "version", rec->version);
}
