// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <endian.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>

#include "addr.h"
#include "effect.h"
#include "hist.h"
#include "names.h"
#include "nl.h"
#include "stats.h"
#include "text.h"
#include "wire.h"

json_t *sgap_json_u64(__u64 v)
{
	char buf[24];

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)v);
	return json_string(buf);
}

json_t *sgap_json_addr(const __u8 b[static 16])
{
	char buf[SGAP_ADDR_TEXT];

	return json_string(sgap_addr_text(buf, b));
}

/* jansson checks UTF-8 whole; where that fails, keep ASCII and mark the rest. */
json_t *sgap_json_text(const void *p, size_t len)
{
	json_t *text = json_stringn(p, len);
	const unsigned char *in = p;
	char *buf;
	size_t i, n = 0;

	if (text)
		return text;
	buf = malloc(3 * len + 1);
	if (!buf)
		return NULL;
	for (i = 0; i < len; i++) {
		if (in[i] < 0x80) {
			buf[n++] = (char)in[i];
			continue;
		}
		buf[n++] = (char)0xef;	/* U+FFFD */
		buf[n++] = (char)0xbf;
		buf[n++] = (char)0xbd;
	}
	text = json_stringn(buf, n);
	free(buf);
	return text;
}

json_t *sgap_json_hex(const void *p, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *in = p;
	char *buf = malloc(2 * len + 1);
	json_t *text;
	size_t i;

	if (!buf)
		return NULL;
	for (i = 0; i < len; i++) {
		buf[2 * i] = digit[in[i] >> 4];
		buf[2 * i + 1] = digit[in[i] & 15];
	}
	text = json_stringn(buf, 2 * len);
	free(buf);
	return text;
}

json_t *sgap_json_name(const __u8 *p, size_t len)
{
	char buf[1025];
	int n = sgap_wire_name_text(buf, sizeof(buf), p, (__u32)len, false);

	return n < 0 ? json_null() : sgap_json_text(buf, (size_t)n);
}

/* A u64 member of a struct, by name. */
struct member {
	const char *name;
	size_t at;
};

static int put_members(json_t *obj, const struct member *m, const void *base)
{
	int ret = 0;
	__u64 v;

	for (; m->name; m++) {
		memcpy(&v, (const char *)base + m->at, sizeof(v));
		ret |= json_object_set_new(obj, m->name, sgap_json_u64(v));
	}
	return ret;
}

#define M(s, m) { #m, offsetof(struct s, m) }

static const struct member stats_members[] = {
	M(sgap_stats, queries), M(sgap_stats, transactions), M(sgap_stats, resends),
	M(sgap_stats, responses), M(sgap_stats, answered), M(sgap_stats, unanswered),
	M(sgap_stats, failed), M(sgap_stats, evicted), M(sgap_stats, overdue),
	M(sgap_stats, late), M(sgap_stats, duplicates), M(sgap_stats, unmatched),
	M(sgap_stats, truncated), M(sgap_stats, query_bytes), M(sgap_stats, response_bytes),
	M(sgap_stats, icmp_errors), M(sgap_stats, tcp_syns), M(sgap_stats, tcp_refused),
	M(sgap_stats, tcp_silent), M(sgap_stats, case_mismatch),
	M(sgap_stats, icmp_answers), M(sgap_stats, opaque_packets),
	M(sgap_stats, opaque_bytes), M(sgap_stats, tls_alerts), M(sgap_stats, tls_reset),
	M(sgap_stats, tls_closed), M(sgap_stats, tls_refused), M(sgap_stats, tls_silent),
	M(sgap_stats, rtt_sum_us),
	{ NULL, 0 }
};

static const struct member counter_members[] = {
	M(sgap_tap_counters, frames), M(sgap_tap_counters, seen),
	M(sgap_tap_counters, queries), M(sgap_tap_counters, responses),
	M(sgap_tap_counters, icmp), M(sgap_tap_counters, tcp_control),
	M(sgap_tap_counters, transactions), M(sgap_tap_counters, answered),
	M(sgap_tap_counters, unanswered), M(sgap_tap_counters, failed),
	M(sgap_tap_counters, evicted), M(sgap_tap_counters, in_flight),
	M(sgap_tap_counters, servers), M(sgap_tap_counters, servers_evicted),
	M(sgap_tap_counters, records_made),
	M(sgap_tap_counters, records_read), M(sgap_tap_counters, records_lost),
	M(sgap_tap_counters, packets_held),
	M(sgap_tap_counters, partial), M(sgap_tap_counters, partial_evicted),
	M(sgap_tap_counters, tcp_evicted), M(sgap_tap_counters, tls_evicted),
	{ NULL, 0 }
};

json_t *sgap_json_window(const struct sgap_window *w)
{
	return json_pack("{s:I,s:I,s:I}", "ended", (json_int_t)w->ended,
			 "unanswered", (json_int_t)w->unanswered, "bad", (json_int_t)w->bad);
}

static json_t *rcodes(const __u64 *n)
{
	char name[SGAP_NAME_TEXT];
	json_t *obj = json_object();
	__u16 i;

	for (i = 0; i < SGAP_RCODES; i++)
		if (n[i])
			json_object_set_new(obj, i == SGAP_RCODES - 1 ? "other" :
					    sgap_names_rcode(name, i), sgap_json_u64(n[i]));
	return obj;
}

static json_t *qtypes(const __u64 *n)
{
	json_t *obj = json_object();
	int i;

	for (i = 0; i < SGAP_QTYPES; i++)
		if (n[i])
			json_object_set_new(obj, sgap_names_qtype(i), sgap_json_u64(n[i]));
	return obj;
}

/* By the most bytes that a class holds; "more" is above all. */
static json_t *sizes(const __u64 *n)
{
	static const char *const most[SGAP_SIZES] = {
		"128", "256", "512", "1232", "1452", "4096", "16384", "more"
	};
	json_t *obj = json_object();
	int i;

	for (i = 0; i < SGAP_SIZES; i++)
		if (n[i])
			json_object_set_new(obj, most[i], sgap_json_u64(n[i]));
	return obj;
}

static json_t *edes(const __u64 *n)
{
	json_t *obj = json_object();
	char name[8];
	__u16 i;

	for (i = 0; i < SGAP_EDES; i++) {
		if (!n[i])
			continue;
		snprintf(name, sizeof(name), i == SGAP_EDES - 1 ? "other" : "%u", i);
		json_object_set_new(obj, name, sgap_json_u64(n[i]));
	}
	return obj;
}

/* Bins as [lowest us, count], the empty ones left out, and what is read most. */
static json_t *rtt(const __u32 *hist)
{
	static const struct {
		const char *name;
		__u32 permille;
	} q[] = { { "p50_us", 500 }, { "p90_us", 900 }, { "p99_us", 990 } };
	json_t *obj = json_object(), *bins = json_array();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(q); i++)
		json_object_set_new(obj, q[i].name,
				    sgap_json_u64(sgap_stats_quantile(hist, q[i].permille)));
	for (i = 0; i < SGAP_HIST_BINS; i++)
		if (hist[i])
			json_array_append_new(bins, json_pack("[I,I]",
				(json_int_t)sgap_hist_low(i), (json_int_t)hist[i]));
	json_object_set_new(obj, "bins", bins);
	return obj;
}

json_t *sgap_json_stats(const struct sgap_stats *s)
{
	json_t *obj = json_object();

	put_members(obj, stats_members, s);
	json_object_set_new(obj, "qtype", qtypes(s->qtype));
	json_object_set_new(obj, "size", sizes(s->size));
	json_object_set_new(obj, "rcode", rcodes(s->rcode));
	json_object_set_new(obj, "ede", edes(s->ede));
	json_object_set_new(obj, "rtt_first", rtt(s->rtt_first));
	json_object_set_new(obj, "rtt_last", rtt(s->rtt_last));
	return obj;
}

json_t *sgap_json_counters(const struct sgap_tap_counters *c)
{
	json_t *obj = json_object(), *why = json_object();
	char name[16];
	int i;

	put_members(obj, counter_members, c);
	for (i = 1; i < 16; i++) {
		snprintf(name, sizeof(name), i < __SGAP_UNPARSED_MAX ? "%s" : "%s%d",
			 sgap_names_unparsed(i), i);
		if (i < __SGAP_UNPARSED_MAX || c->unparsed[i])
			json_object_set_new(why, name, sgap_json_u64(c->unparsed[i]));
	}
	json_object_set_new(obj, "unparsed", why);
	return obj;
}

json_t *sgap_json_tap(const struct sgap_tap_info *t)
{
	json_t *ports = json_array(), *resolvers = json_array(), *obj;
	char dev[32];
	__u16 i;

	for (i = 0; i < t->nports; i++)
		json_array_append_new(ports, json_integer(t->ports[i]));
	for (i = 0; i < t->nresolvers; i++)
		json_array_append_new(resolvers, sgap_json_addr(t->resolvers[i]));
	snprintf(dev, sizeof(dev), "/dev/stopgap%u", t->minor);
	obj = json_pack("{s:s,s:I,s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:b,"
			"s:o,s:I,s:I,s:I,s:I,s:i,s:i,s:i}",
			"ifname", t->ifname, "ifindex", (json_int_t)t->ifindex, "device", dev,
			"ports", ports, "timeout_ms", (json_int_t)t->timeout_ms,
			"overdue_ms", (json_int_t)t->overdue_ms,
			"txn_max", (json_int_t)t->txn_max,
			"servers_max", (json_int_t)t->servers_max,
			"ring_bytes", (json_int_t)t->ring_bytes,
			"snaplen", (json_int_t)t->snaplen, "readers", (json_int_t)t->readers,
			"span", !!(t->flags & SGAP_TAP_F_SPAN),
			"tunnels", !!(t->flags & SGAP_TAP_F_TUNNELS),
			"resolvers", resolvers, "packet_rate", (json_int_t)t->packet_rate,
			"tcp_max", (json_int_t)t->tcp_max, "tcp_bytes", (json_int_t)t->tcp_bytes,
			"census_max", (json_int_t)t->census_max, "prefix4", t->prefix4,
			"prefix6", t->prefix6, "zone_depth", t->zone_depth);
	json_object_set_new(obj, "counters", sgap_json_counters(&t->counters));
	return obj;
}

json_t *sgap_json_server(const struct sgap_server_info *s)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "server", sgap_json_addr(s->addr));
	json_object_set_new(obj, "state", json_string(sgap_names_state(s->state)));
	json_object_set_new(obj, "state_since", sgap_json_u64(s->state_since));
	json_object_set_new(obj, "window", sgap_json_window(&s->window));
	json_object_set_new(obj, "udp", sgap_json_stats(&s->udp));
	json_object_set_new(obj, "tcp", sgap_json_stats(&s->tcp));
	return obj;
}

static json_t *roles(const struct sgap_grant *g)
{
	json_t *list = json_array();
	struct sgap_grant_role role;
	size_t i;

	for (i = 0; i < SGAP_GRANT_ROLES; i++) {
		memcpy(&role, g->roles + i * sizeof(role), sizeof(role));
		if (role.signers)
			json_array_append_new(list, json_pack("{s:o,s:i}", "role",
				sgap_json_text((const char *)role.name,
					       strnlen((const char *)role.name, SGAP_ROLE_LEN)),
				"signers", role.signers));
	}
	return list;
}

json_t *sgap_json_grant(const struct sgap_grant *g)
{
	char clients[SGAP_PREFIX_TEXT];
	json_t *obj = json_object();
	__u32 flags = le32toh(g->flags);

	json_object_set_new(obj, "serial", sgap_json_hex(g->serial, 16));
	json_object_set_new(obj, "issued_s", sgap_json_u64(le64toh(g->issued)));
	json_object_set_new(obj, "not_before_s", sgap_json_u64(le64toh(g->not_before)));
	json_object_set_new(obj, "not_after_s", sgap_json_u64(le64toh(g->not_after)));
	json_object_set_new(obj, "max_lease_s", json_integer(le32toh(g->max_lease)));
	json_object_set_new(obj, "extend_s", json_integer(le32toh(g->extend)));
	json_object_set_new(obj, "server", sgap_json_addr(g->server));
	json_object_set_new(obj, "fallback", sgap_json_addr(g->fallback));
	json_object_set_new(obj, "clients", json_string(
		sgap_prefix_text(clients, g->clients, g->clients_len)));
	json_object_set_new(obj, "udp", json_boolean(g->protocols & SGAP_GRANT_P_UDP));
	json_object_set_new(obj, "tcp", json_boolean(g->protocols & SGAP_GRANT_P_TCP));
	json_object_set_new(obj, "port", json_integer(le16toh(g->port)));
	json_object_set_new(obj, "share", json_integer(le16toh(g->share)));
	json_object_set_new(obj, "max_rate", json_integer(le32toh(g->max_rate)));
	json_object_set_new(obj, "rollback", json_integer(le16toh(g->rollback)));
	json_object_set_new(obj, "recover_s", json_integer(le16toh(g->recover)));
	json_object_set_new(obj, "roles", roles(g));
	json_object_set_new(obj, "standing", json_boolean(flags & SGAP_GRANT_F_STANDING));
	if (!(flags & SGAP_GRANT_F_STANDING))
		return obj;
	json_object_set_new(obj, "when_state", json_string(sgap_names_state(g->when_state)));
	json_object_set_new(obj, "when_ms", json_integer(le32toh(g->when_ms)));
	return obj;
}

static json_t *counts(const struct sgap_detour_counts *c)
{
	return json_pack("{s:o,s:o,s:o}", "queries", sgap_json_u64(c->queries),
			 "answers", sgap_json_u64(c->answers), "bad", sgap_json_u64(c->bad));
}

static json_t *effect(const struct sgap_detour_info *d)
{
	struct sgap_effect e;

	if (!sgap_effect_of(&e, &d->at_server, &d->at_fallback))
		return json_null();
	return json_pack("{s:f,s:f,s:f,s:f,s:f}", "failed_server", e.server,
			 "failed_fallback", e.fallback, "spared", e.spared, "low", e.low,
			 "high", e.high);
}

static json_t *string_of(const __u8 *p, size_t size)
{
	return sgap_json_text((const char *)p, strnlen((const char *)p, size));
}

static json_t *signers(const struct sgap_detour_info *d)
{
	json_t *list = json_array();
	const struct sgap_signer *s;

	for (s = d->signers; s < d->signers + SGAP_SIGNERS_MAX && *s->name; s++)
		json_array_append_new(list, json_pack("{s:o,s:o,s:o}",
			"name", string_of(s->name, sizeof(s->name)),
			"role", string_of(s->role, sizeof(s->role)),
			"id", sgap_json_hex(s->id, sizeof(s->id))));
	return list;
}

json_t *sgap_json_detour(const struct sgap_detour_info *d)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "serial", sgap_json_hex(d->serial, 16));
	json_object_set_new(obj, "state", json_string(sgap_names_lease(d->state)));
	json_object_set_new(obj, "reason", json_string(sgap_names_reason(d->reason)));
	json_object_set_new(obj, "started", sgap_json_u64(d->started));
	json_object_set_new(obj, "ends", sgap_json_u64(d->ends));
	json_object_set_new(obj, "left_ms", sgap_json_u64(d->left_ms));
	json_object_set_new(obj, "flows", sgap_json_u64(d->flows));
	json_object_set_new(obj, "purged", sgap_json_u64(d->purged));
	json_object_set_new(obj, "over", sgap_json_u64(d->over));
	json_object_set_new(obj, "at_server", counts(&d->at_server));
	json_object_set_new(obj, "at_fallback", counts(&d->at_fallback));
	json_object_set_new(obj, "effect", effect(d));
	json_object_set_new(obj, "notice_ms", d->notice_ms ? json_integer(d->notice_ms) : json_null());
	json_object_set_new(obj, "uid", json_integer(d->uid));
	json_object_set_new(obj, "loginuid", d->loginuid == SGAP_NONE32 ? json_null() :
						json_integer(d->loginuid));
	json_object_set_new(obj, "signer", sgap_json_text(d->signer, strlen(d->signer)));
	json_object_set_new(obj, "signers", signers(d));
	json_object_set_new(obj, "grant", sgap_json_grant(&d->grant));
	return obj;
}
