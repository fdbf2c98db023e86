// SPDX-License-Identifier: GPL-2.0-or-later
#include "case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "case_in.h"
#include "lib/addr.h"
#include "lib/json.h"
#include "lib/nl.h"
#include "lib/text.h"
#include "said.h"
#include "seconds.h"

#define PAST_S 30u		/* shown from before the onset */
#define SAID_LOUD 2u		/* verdicts in a row that open an incident */
#define SAID_QUIET 10u		/* the same, when only they see it */
#define LOUD_S 6u		/* seconds that tell the two apart */
#define SAME_MOMENT (10 * SGAP_NS_PER_S)
#define AGAIN (5 * SGAP_NS_PER_S)
#define AGAIN_MAX (600 * SGAP_NS_PER_S)

void sgap_cases_emit(struct sgap_cases *cs, struct sgap_case *c, __u64 now, const char *type,
		 json_t *payload)
{
	json_object_set_new(payload, "case", sgap_case_json(c));
	cs->fn(cs->ctx, c, now, type, payload);
}

void sgap_cases_stage(struct sgap_cases *cs, struct sgap_case *c, __u64 now, int stage, __u64 ts)
{
	c->stage[stage] = ts;
	sgap_cases_emit(cs, c, now, "incident.stage",
	     json_pack("{s:s, s:o}", "stage", sgap_case_stages[stage],
		       "t", ts ? sgap_json_u64(ts) : json_null()));
}

struct sgap_cases_tap *sgap_cases_tap(struct sgap_cases *cs, const char *name)
{
	__u32 i;

	for (i = 0; i < cs->ntaps; i++)
		if (!strncmp(cs->tap[i].name, name, sizeof(cs->tap[i].name)))
			return &cs->tap[i];
	return NULL;
}

/* A place for one more: free, or of a tap that said nothing of late and has no incident. */
static struct sgap_cases_tap *tap_place(struct sgap_cases *cs, __u64 second)
{
	__u32 i, k;

	if (cs->ntaps < SGAP_CASE_TAPS)
		return &cs->tap[cs->ntaps++];
	for (i = 0; i < SGAP_CASE_TAPS; i++) {
		if (cs->tap[i].last + SGAP_SECONDS_KEPT > second)
			continue;
		for (k = 0; k < cs->n && strcmp(cs->open[k]->tap, cs->tap[i].name); k++)
			;
		if (k == cs->n)
			return &cs->tap[i];
	}
	return NULL;
}

static struct sgap_cases_tap *tap_get(struct sgap_cases *cs, const char *name, __u32 overdue_ms,
				      __u64 second)
{
	struct sgap_cases_tap *tap = sgap_cases_tap(cs, name);
	struct sgap_seconds *seconds;

	if (tap)
		return tap;
	seconds = sgap_seconds_new(overdue_ms);
	tap = seconds ? tap_place(cs, second) : NULL;
	if (!tap) {
		sgap_seconds_free(seconds);
		return NULL;
	}
	sgap_seconds_free(tap->seconds);
	memset(tap, 0, sizeof(*tap));
	tap->seconds = seconds;
	sgap_text_copy(tap->name, sizeof(tap->name), name);
	return tap;
}

struct sgap_cases *sgap_cases_new(const struct sgap_cases_cfg *cfg, __u64 next, sgap_cases_fn fn,
				  void *ctx)
{
	struct sgap_cases *cs = calloc(1, sizeof(*cs));

	if (!cs)
		return NULL;
	cs->cfg = *cfg;
	cs->next = next;
	cs->fn = fn;
	cs->ctx = ctx;
	return cs;
}

void sgap_cases_free(struct sgap_cases *cs)
{
	__u32 i;

	if (!cs)
		return;
	for (i = 0; i < cs->n; i++)
		free(cs->open[i]);
	for (i = 0; i < cs->ntaps; i++)
		sgap_seconds_free(cs->tap[i].seconds);
	free(cs->answer);
	free(cs);
}

void sgap_cases_config(struct sgap_cases *cs, const struct sgap_cases_cfg *cfg)
{
	cs->cfg = *cfg;
}

struct sgap_case *sgap_cases_get(struct sgap_cases *cs, __u32 i)
{
	return i < cs->n ? cs->open[i] : NULL;
}

static void name_case(struct sgap_case *c)
{
	time_t s = (time_t)(c->stage[SGAP_CASE_ONSET] / SGAP_NS_PER_S);
	char text[SGAP_ADDR_TEXT] = "network";
	struct tm tm = { 0 };
	size_t len;

	gmtime_r(&s, &tm);
	len = strftime(c->id, sizeof(c->id), "%Y-%m-%dT%H:%M:%SZ-", &tm);
	if (c->has_server)
		sgap_addr_text(text, c->server.b);
	sgap_text_copy(c->id + len, sizeof(c->id) - len, *c->address ? c->address : text);
}

/* May it be about this server? */
static bool is_about(const struct sgap_case *c, const struct sgap_addr *server)
{
	char text[SGAP_ADDR_TEXT];

	return (c->has_server && sgap_addr_eq(&c->server, server)) ||
	       !strcmp(c->address, sgap_addr_text(text, server->b));
}

/* The first second of trouble that goes on until second last. */
static __u64 trouble_since(const struct sgap_cases_tap *tap, const struct sgap_addr *server,
			   __u64 last)
{
	__u64 first = last, at;

	for (at = last; at + SGAP_SECONDS_KEPT - 2 > last; at--) {
		const struct sgap_second *sec = sgap_seconds_of(tap->seconds, server, at);
		__u32 bad = sec ? sec->failed + sec->overdue : 0;

		if (!sec)
			continue;	/* nobody asked */
		if (bad * 1000 <= (1000 - SGAP_CASES_WELL) * (sec->ended + sec->overdue))
			break;
		first = at;
	}
	return first;
}

static void note_lease(struct sgap_cases *cs, struct sgap_case *c, __u64 now, __u32 i);

static struct sgap_case *open_case(struct sgap_cases *cs, __u64 now, const char *tap, __u64 onset,
				   __u64 detected, const struct sgap_case *with, const char *why)
{
	struct sgap_case *c = cs->n < SGAP_CASES_OPEN ? malloc(sizeof(*c)) : NULL;
	__u32 i;

	if (!c)
		return NULL;
	*c = *with;
	c->n = cs->next++;
	c->budget_ms = cs->cfg.budget_ms;
	sgap_text_copy(c->tap, sizeof(c->tap), tap);
	c->stage[SGAP_CASE_ONSET] = onset;
	c->stage[SGAP_CASE_DETECTED] = detected > onset ? detected : onset;
	c->judged = onset / SGAP_NS_PER_S - 1;
	c->flushed = onset / SGAP_NS_PER_S - PAST_S;
	if (c->flushed + SGAP_SECONDS_KEPT - 2 < now / SGAP_NS_PER_S)
		c->flushed = now / SGAP_NS_PER_S - SGAP_SECONDS_KEPT + 2;
	name_case(c);
	cs->open[cs->n++] = c;
	sgap_cases_emit(cs, c, now, "incident.open", json_pack("{s:s}", "why", why));
	for (i = 0; i < cs->leases.n; i++)
		note_lease(cs, c, now, i);
	return c;
}

static void count_clients(struct sgap_cases *cs, struct sgap_case *c,
			  const struct sgap_rec_txn *rec)
{
	struct sgap_addr client, server;
	bool bad = sgap_seconds_is_bad(rec);

	memcpy(server.b, rec->server, sizeof(server.b));
	memcpy(client.b, rec->client, sizeof(client.b));
	if (rec->ts_query < c->stage[SGAP_CASE_ONSET] || c->stage[SGAP_CASE_RESTORED])
		return;
	if (c->has_server && !sgap_addr_eq(&server, &c->server) &&
	    !(c->has_fallback && sgap_addr_eq(&server, &c->fallback)))
		return;
	sgap_case_hosts_add(&c->seen, &client);
	if (!bad)
		return;
	sgap_case_hosts_add(&c->hit, &client);
	if (c->rows >= SGAP_CASE_ROWS)
		return;
	c->rows++;
	c->row = rec->id;
	cs->fn(cs->ctx, c, rec->ts, "incident.row", sgap_json_rec(&rec->rec));
}

static json_t *packet_json(const struct sgap_rec_packet *rec)
{
	return json_pack("{s:o, s:o, s:b, s:i, s:I, s:o}", "id", sgap_json_u64(rec->txn_id),
			 "ts", sgap_json_u64(rec->ts), "answer", rec->is_answer,
			 "link_type", (int)rec->link_type, "wire_len", (json_int_t)rec->wire_len,
			 "data", sgap_json_hex(rec->data, rec->cap_len));
}

void sgap_cases_packet(struct sgap_cases *cs, const char *name, const struct sgap_rec_packet *rec)
{
	size_t len = rec->rec.len & SGAP_REC_LEN;
	__u32 i;

	if (len < sizeof(*rec) || rec->cap_len > len - sizeof(*rec))
		return;
	for (i = 0; i < cs->n; i++)
		if (cs->open[i]->rows && cs->open[i]->row == rec->txn_id &&
		    !strcmp(cs->open[i]->tap, name))
			cs->fn(cs->ctx, cs->open[i], rec->ts, "incident.packet", packet_json(rec));
}

void sgap_cases_record(struct sgap_cases *cs, const char *name, __u32 overdue_ms,
		       const struct sgap_rec_txn *rec)
{
	__u64 second = rec->ts / SGAP_NS_PER_S;
	struct sgap_cases_tap *tap = tap_get(cs, name, overdue_ms, second);
	__u32 i;

	if (!tap)
		return;
	if (!tap->began)
		tap->began = second;
	tap->last = second;
	sgap_seconds_take(tap->seconds, rec);
	if (!sgap_seconds_is_end(rec))
		return;
	tap->answered |= rec->state == SGAP_TXN_ANSWERED;
	for (i = 0; i < cs->n; i++)
		if (!strcmp(cs->open[i]->tap, name))
			count_clients(cs, cs->open[i], rec);
}

void sgap_cases_state(struct sgap_cases *cs, __u64 now, const char *name,
		      const struct sgap_addr *server, int before, int after, __u64 ts)
{
	struct sgap_case with = { .server = *server, .has_server = true, .loud = true };
	struct sgap_cases_tap *tap = sgap_cases_tap(cs, name);
	__u64 onset = ts;
	__u32 i;

	if (after < SGAP_STATE_FAILING || before >= SGAP_STATE_FAILING)
		return;
	if (!tap || !tap->answered)
		return;
	for (i = 0; i < cs->n; i++)
		if (is_about(cs->open[i], server))
			return;
	if (ts / SGAP_NS_PER_S > SGAP_SECONDS_KEPT)
		onset = trouble_since(tap, server, ts / SGAP_NS_PER_S) * SGAP_NS_PER_S;
	if (onset + SGAP_SECONDS_KEPT * SGAP_NS_PER_S < ts || onset > ts)
		onset = ts;
	strcpy(with.role, "unknown");
	strcpy(with.cause, "unknown");
	open_case(cs, now, name, onset, ts, &with, "a server fails");
}

static void take_said(struct sgap_case *c, const struct sgap_said *said)
{
	memcpy(c->role, said->role, sizeof(c->role));
	memcpy(c->cause, said->cause, sizeof(c->cause));
	memcpy(c->address, said->address, sizeof(c->address));
	c->percent = said->percent;
	c->helps = said->helps;
	c->blamed = true;
	if (!c->has_server && said->has_server) {
		c->server = said->server;
		c->has_server = true;
	}
	if (!c->has_fallback && said->has_fallback) {
		c->fallback = said->fallback;
		c->has_fallback = true;
	}
}

/* Did c begin with another server than the one that the verdict sees failing? */
static bool is_of_another(const struct sgap_case *c, const struct sgap_said *said)
{
	return c->has_server && said->has_server && !sgap_addr_eq(&c->server, &said->server);
}

/*
 * The incident that the verdict is about; NULL = none that is open. One about the same
 * device or server goes before one that only began at the same time.
 */
static struct sgap_case *match(struct sgap_cases *cs, const struct sgap_said *said)
{
	struct sgap_case *near = NULL;
	__u32 i;

	for (i = 0; i < cs->n; i++) {
		struct sgap_case *c = cs->open[i];
		__u64 onset = c->stage[SGAP_CASE_ONSET];
		__u64 apart = onset > said->since ? onset - said->since : said->since - onset;

		if (*c->address && !strcmp(c->address, said->address))
			return c;
		if (said->has_server && is_about(c, &said->server))
			return c;
		if (!near && apart <= SAME_MOMENT && !is_of_another(c, said))
			near = c;
	}
	return near;
}

static bool is_past(const struct sgap_cases *cs, const struct sgap_said *said)
{
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(cs->past); i++)
		if (cs->past[i].until > said->since && !strcmp(cs->past[i].address, said->address))
			return true;
	return false;
}

static json_t *answer_of(const struct sgap_said *said)
{
	json_t *answer = json_loads(said->json, 0, NULL);

	return answer ? answer : json_null();
}

/* The same cause, but more to count: at growing intervals. */
static void say_again(struct sgap_cases *cs, struct sgap_case *c, __u64 now,
		      const struct sgap_said *said)
{
	if (now < c->again)
		return;
	c->percent = said->percent;
	c->again_every *= c->again_every < AGAIN_MAX ? 2 : 1;
	c->again = now + c->again_every;
	sgap_cases_emit(cs, c, now, "incident.counts", json_pack("{s:o}", "locate", answer_of(said)));
}

/* Do the answers themselves show it? */
static bool is_loud(const struct sgap_cases_tap *tap, __u64 now, const struct sgap_said *said)
{
	struct sgap_second sum;
	__u32 all = 0, bad = 0, i;

	for (i = 1; tap && i <= LOUD_S; i++) {
		sgap_seconds_sum(tap->seconds, said->has_server ? &said->server : NULL, NULL,
				 now / SGAP_NS_PER_S - i, &sum);
		all += sum.ended + sum.overdue;
		bad += sum.failed + sum.overdue;
	}
	return bad * 1000 > (1000 - SGAP_CASES_WELL) * all;
}

/* A verdict that names somebody: a new incident, or the cause of one. */
static void blame(struct sgap_cases *cs, __u64 now, const char *tap, const struct sgap_said *said)
{
	struct sgap_case *c = match(cs, said), with = { .rows = 0 };
	bool fresh = !c;
	__u32 needed;

	if (!c) {
		needed = is_loud(sgap_cases_tap(cs, tap), now, said) ? SAID_LOUD : SAID_QUIET;
		if (cs->said_n < needed || is_past(cs, said))
			return;
		take_said(&with, said);
		c = open_case(cs, now, tap, said->since, now, &with, "a verdict");
		if (!c)
			return;
	}
	c->unblamed = 0;
	c->blamed = true;
	if (!fresh && !strcmp(c->cause, said->cause) && !strcmp(c->address, said->address)) {
		say_again(cs, c, now, said);
		return;
	}
	take_said(c, said);
	c->again_every = AGAIN;
	c->again = now + AGAIN;
	if (said->since < c->stage[SGAP_CASE_ONSET])
		c->stage[SGAP_CASE_ONSET] = said->since;
	c->stage[SGAP_CASE_LOCATED] = now;
	sgap_cases_emit(cs, c, now, "incident.verdict", json_pack("{s:o}", "locate", answer_of(said)));
}

void sgap_cases_verdict(struct sgap_cases *cs, __u64 now, const char *tap,
			const struct sgap_said *said)
{
	struct sgap_case *about = said->somebody ? match(cs, said) : NULL;
	char key[sizeof(cs->said)];
	__u32 i;

	snprintf(key, sizeof(key), "%.46s", said->somebody ? said->address : "-");
	cs->said_n = strcmp(key, cs->said) ? 1 : cs->said_n + 1;
	memcpy(cs->said, key, sizeof(key));
	free(cs->answer);
	cs->answer = said->json ? strdup(said->json) : NULL;
	for (i = 0; i < cs->n; i++) {
		struct sgap_case *c = cs->open[i];

		if (c == about || !c->blamed)
			continue;
		if (++c->unblamed >= SGAP_CASES_UNSAID)
			c->blamed = false;
	}
	if (said->somebody)
		blame(cs, now, tap, said);
}

static void lease_began(struct sgap_cases *cs, struct sgap_case *c, __u64 now, __u32 i)
{
	const struct sgap_detour_info *d = &cs->leases.lease[i];
	__u64 ts = cs->leases.seen[i];

	memcpy(c->serial, d->serial, sizeof(c->serial));
	memcpy(c->fallback.b, d->grant.fallback, sizeof(c->fallback.b));
	c->has_fallback = true;
	if (!c->stage[SGAP_CASE_AUTHORISED]) {
		/* What was signed before the trouble began was there when it began. */
		if (ts < c->stage[SGAP_CASE_ONSET])
			ts = c->stage[SGAP_CASE_ONSET];
		sgap_cases_stage(cs, c, now, SGAP_CASE_AUTHORISED, ts);
	}
}

static void lease_ended(struct sgap_cases *cs, struct sgap_case *c, __u64 now)
{
	c->run = 0;	/* what was well was so by the detour */
	c->well_since = 0;
	if (c->judged < now / SGAP_NS_PER_S)
		c->judged = now / SGAP_NS_PER_S;
	sgap_cases_stage(cs, c, now, SGAP_CASE_LEASE_END, now);
}

/* Lease i, as far as it concerns c. */
static void note_lease(struct sgap_cases *cs, struct sgap_case *c, __u64 now, __u32 i)
{
	const struct sgap_detour_info *d = &cs->leases.lease[i];
	struct sgap_addr server;
	bool same = !memcmp(c->serial, d->serial, sizeof(c->serial));
	__u8 before = same ? c->lease_state : SGAP_LEASE_NONE;

	memcpy(server.b, d->grant.server, sizeof(server.b));
	if (!is_about(c, &server) || before == d->state)
		return;
	/* One that is over before the incident, or beside the one in force. */
	if (!same && (d->state == SGAP_LEASE_ENDED || c->lease_state == SGAP_LEASE_ACTIVE))
		return;
	if (!same)
		lease_began(cs, c, now, i);
	c->lease_state = d->state;
	if (d->state == SGAP_LEASE_ACTIVE) {
		c->lease_began = d->started ? d->started : now;
		c->stage[SGAP_CASE_LEASE_END] = 0;
		c->stage[SGAP_CASE_HANDED_BACK] = 0;
	}
	sgap_cases_emit(cs, c, now, "incident.lease", json_pack("{s:o}", "lease", sgap_json_detour(d)));
	if (before == SGAP_LEASE_ACTIVE && d->state != SGAP_LEASE_ACTIVE)
		lease_ended(cs, c, now);
}

void sgap_cases_lease(struct sgap_cases *cs, __u64 now, const struct sgap_detour_info *d)
{
	__u32 i = sgap_leases_place(&cs->leases, d->serial, now), k;

	cs->leases.lease[i] = *d;
	for (k = 0; k < cs->n; k++)
		note_lease(cs, cs->open[k], now, i);
}

void sgap_cases_informed(struct sgap_cases *cs, __u64 n, __u64 ts)
{
	__u32 i;

	for (i = 0; i < cs->n; i++)
		if (cs->open[i]->n == n)
			sgap_cases_stage(cs, cs->open[i], ts, SGAP_CASE_INFORMED, ts);
}

int sgap_cases_load(struct sgap_cases *cs, const json_t *snapshot)
{
	struct sgap_case *c = cs->n < SGAP_CASES_OPEN ? calloc(1, sizeof(*c)) : NULL;
	int ret = c ? sgap_case_parse(c, snapshot) : -ENOSPC;

	if (ret) {
		free(c);
		return ret;
	}
	c->blamed = true;	/* until the judge has looked */
	cs->open[cs->n++] = c;
	return 0;
}

static __u32 load_hosts(struct sgap_case_hosts *hosts, const json_t *list)
{
	struct sgap_addr addr;
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) {
		if (json_is_string(one) && !sgap_addr_parse(&addr, json_string_value(one)))
			sgap_case_hosts_add(hosts, &addr);
	}
	return hosts->n;
}

void sgap_cases_load_series(struct sgap_cases *cs, __u64 n, const json_t *series)
{
	json_int_t start = json_integer_value(json_object_get(series, "start"));
	json_t *asked = json_object_get(json_object_get(series, "clients"), "asked");
	__u64 end = (__u64)start + json_array_size(asked) - 1;
	__u32 i;

	for (i = 0; i < cs->n; i++) {
		struct sgap_case *c = cs->open[i];

		if (c->n != n)
			continue;
		c->seen_told = load_hosts(&c->seen, json_object_get(series, "seen"));
		c->hit_told = load_hosts(&c->hit, json_object_get(series, "hit"));
		if (start > 0 && end > c->flushed)
			c->flushed = end;
	}
}

void sgap_cases_load_row(struct sgap_cases *cs, __u64 n)
{
	__u32 i;

	for (i = 0; i < cs->n; i++)
		cs->open[i]->rows += cs->open[i]->n == n;
}
