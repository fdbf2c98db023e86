// SPDX-License-Identifier: GPL-2.0-or-later
#include "compose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "ledger/ledger.h"
#include "lib/text.h"
#include "phases.h"

/* What the entries said so far. */
struct gather {
	json_t *last;		/* newest snapshot */
	json_t *locate, *lease;
	json_t *series;		/* second -> entry of it: an array of entries, in order */
	json_t *rows, *events;
	json_t *seen, *hit;	/* address -> true */
	__u64 lease_end;
	struct sgap_switches switches;
};

static double seconds(json_int_t ns)
{
	json_int_t us = ns / 1000;

	return (double)us / 1e6;
}

static json_t *time_of(json_t *obj, const char *key)
{
	json_t *ns = json_object_get(obj, key);

	return json_is_integer(ns) && json_integer_value(ns) > 0 ?
	       json_real(seconds(json_integer_value(ns))) : json_null();
}

static void add_event(struct gather *g, __u64 t, const char *who, const char *what)
{
	json_array_append_new(g->events, json_pack("{s:f, s:s, s:s}", "t", seconds((json_int_t)t),
						   "who", who, "what", what));
}

static const char *text_of(json_t *obj, const char *key)
{
	const char *text = json_string_value(json_object_get(obj, key));

	return text ? text : "";
}

static void take_open(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	char what[256];

	snprintf(what, sizeof(what), "incident opened: %s", text_of(p, "why"));
	add_event(g, e->time, "stopgapd", what);
}

static void take_counts(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	json_t *locate = json_object_get(p, "locate");

	(void)e;
	if (!json_is_object(locate))
		return;
	json_decref(g->locate);
	g->locate = json_incref(locate);
}

static void take_verdict(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	json_t *c = json_object_get(p, "case");
	char what[256];

	take_counts(g, e, p);
	snprintf(what, sizeof(what), "verdict: %s %s: %s", text_of(c, "role"),
		 text_of(c, "address"), text_of(c, "cause"));
	add_event(g, e->time, "stopgap locate", what);
}

static void take_stage(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	static const struct {
		const char *stage, *who, *is, *not;
	} says[] = {
		{ "informed", "stopgapd", "the vendor was informed", "" },
		{ "authorised", "kernel", "a grant for it is in force", "" },
		{ "restored", "clients", "answers are as they should be", "it fails again" },
		{ "lease_end", "kernel", "the detour ended", "" },
		{ "handed_back", "clients", "answers are well without the detour", "it fails again" },
	};
	json_t *t = json_object_get(p, "t");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(says); i++)
		if (!strcmp(says[i].stage, text_of(p, "stage")))
			add_event(g, json_is_integer(t) ? (__u64)json_integer_value(t) : e->time,
				  says[i].who, json_is_integer(t) ? says[i].is : says[i].not);
}

/* The first start is told by the kernel itself. */
static void take_switch(struct gather *g, const struct sgap_entry *e, json_t *lease)
{
	json_int_t started = json_integer_value(json_object_get(lease, "started"));
	bool on = !strcmp(text_of(lease, "state"), "active");
	__u64 at = on && !g->switches.n && started > 0 ? (__u64)started : e->time;

	sgap_switches_add(&g->switches, at / SGAP_NS_PER_S, on);
}

static void take_lease(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	json_t *lease = json_object_get(p, "lease");
	char what[256];

	take_switch(g, e, lease);
	json_decref(g->lease);
	g->lease = json_incref(lease);
	snprintf(what, sizeof(what), "detour %.16s: %s (%s)", text_of(lease, "serial"),
		 text_of(lease, "state"), text_of(lease, "reason"));
	add_event(g, e->time, "kernel", what);
	if (!strcmp(text_of(lease, "state"), "ended") || !strcmp(text_of(lease, "state"), "withdrawn"))
		g->lease_end = e->time;
}

static void take_hosts(json_t *set, json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (json_is_string(one))
			json_object_set_new(set, json_string_value(one), json_true());
	}
}

static void take_series(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	(void)e;
	json_array_append(g->series, p);
	take_hosts(g->seen, json_object_get(p, "seen"));
	take_hosts(g->hit, json_object_get(p, "hit"));
}

static json_t *note_of(json_t *rec)
{
	json_t *ede = json_object_get(rec, "ede");
	char note[64];

	if (!json_is_integer(ede))
		return json_null();
	snprintf(note, sizeof(note), "EDE %d", (int)json_integer_value(ede));
	return json_string(note);
}

/* A TXN record as sgap_json_rec() has it, as a row of the evidence table. */
static void take_row(struct gather *g, const struct sgap_entry *e, json_t *rec)
{
	json_t *rtt = json_object_get(rec, "rtt_us");
	const char *rcode = text_of(rec, "rcode");
	char client[96];

	(void)e;
	snprintf(client, sizeof(client), "%s:%d", text_of(rec, "client"),
		 (int)json_integer_value(json_object_get(rec, "client_port")));
	json_array_append_new(g->rows, json_pack(
		"{s:O?, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}",
		"id", json_object_get(rec, "id"), "t", time_of(rec, "ts_query"), "client", client,
		"server", text_of(rec, "server"), "name", text_of(rec, "qname"),
		"type", text_of(rec, "qtype"), "transport", text_of(rec, "proto"),
		"outcome", *rcode ? rcode : text_of(rec, "state"),
		"rtt_ms", json_is_integer(rtt) ? json_real((double)json_integer_value(rtt) / 1000) :
						 json_null(), "note", note_of(rec)));
}

static void take_close(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	(void)p;
	add_event(g, e->time, "stopgapd", "incident closed");
}

static void take_event(struct gather *g, const struct sgap_entry *e, json_t *p)
{
	add_event(g, e->time, text_of(p, "who"), text_of(p, "what"));
}

static const struct {
	const char *type;
	void (*take)(struct gather *g, const struct sgap_entry *e, json_t *p);
} takes[] = {
	{ "incident.open", take_open },
	{ "incident.verdict", take_verdict },
	{ "incident.counts", take_counts },
	{ "incident.stage", take_stage },
	{ "incident.lease", take_lease },
	{ "incident.series", take_series },
	{ "incident.row", take_row },
	{ "incident.event", take_event },
	{ "incident.close", take_close },
};

static int take_entry(void *ctx, const struct sgap_entry *e)
{
	json_t *payload = json_loadb(e->payload, e->len, 0, NULL), *c;
	struct gather *g = ctx;
	size_t i;

	if (!payload)
		return 0;	/* verify says what is wrong with it */
	for (i = 0; i < ARRAY_SIZE(takes); i++)
		if (!strcmp(takes[i].type, e->type))
			takes[i].take(g, e, payload);
	c = json_object_get(payload, "case");
	if (json_is_object(c)) {
		json_decref(g->last);
		g->last = json_incref(c);
	}
	json_decref(payload);
	return 0;
}

static json_t *clock_of(json_t *c)
{
	json_t *from = json_object_get(c, "clock");
	json_t *clock = json_object();
	json_int_t budget = json_integer_value(json_object_get(c, "budget_ms"));
	int i;

	json_object_set_new(clock, "budget_s", json_real((double)budget / 1000));
	for (i = 0; i < SGAP_CASE_STAGES; i++)
		json_object_set_new(clock, sgap_case_stages[i], time_of(from, sgap_case_stages[i]));
	return clock;
}

/* Append the values of a series, after as many nulls as seconds are missing. */
static void append(json_t *to, size_t at, json_t *values)
{
	json_t *one;
	size_t i;

	while (json_array_size(to) < at)
		json_array_append_new(to, json_null());
	json_array_foreach(values, i, one)
		json_array_append(to, one);
}

static json_t *list_of(json_t *obj, const char *key)
{
	json_t *list = json_object_get(obj, key);

	if (!list) {
		list = json_array();
		json_object_set_new(obj, key, list);
	}
	return list;
}

static void append_servers(json_t *to, size_t at, json_t *servers)
{
	static const char *const keys[] = { "queries", "failed", "rtt_p50_ms", "rtt_p90_ms",
					    "rtt_p99_ms" };
	const char *address;
	json_t *one;
	size_t i;

	json_object_foreach(servers, address, one) {
		json_t *server = json_object_get(to, address);

		if (!server) {
			server = json_object();
			json_object_set_new(to, address, server);
		}
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			append(list_of(server, keys[i]), at, json_object_get(one, keys[i]));
	}
}

/* All lists as long as the clients' one. */
static void pad(json_t *servers, size_t n)
{
	const char *address, *key;
	json_t *server, *list;

	json_object_foreach(servers, address, server)
		json_object_foreach(server, key, list)
			append(list, n, NULL);
}

static json_t *series_of(const struct gather *g)
{
	json_t *asked = json_array(), *ok = json_array(), *servers = json_object(), *one;
	json_int_t first = 0;
	size_t i;

	json_array_foreach(g->series, i, one) {
		json_int_t start = json_integer_value(json_object_get(one, "start"));
		json_t *clients = json_object_get(one, "clients");

		if (!i)
			first = start;
		if (start < first || start - first < (json_int_t)json_array_size(asked) ||
		    start - first > 1000000)
			continue;	/* the clock was put back */
		append(asked, (size_t)(start - first), json_object_get(clients, "asked"));
		append(ok, (size_t)(start - first), json_object_get(clients, "ok"));
		append_servers(servers, (size_t)(start - first), json_object_get(one, "servers"));
	}
	pad(servers, json_array_size(asked));
	return json_pack("{s:f, s:i, s:{s:o, s:o}, s:o}", "start", (double)first, "step_s", 1,
			 "clients", "asked", asked, "ok", ok, "servers", servers);
}

static json_t *impact_of(const struct gather *g, json_t *series, json_t *clock)
{
	json_t *clients = json_object_get(series, "clients");
	json_t *asked = json_object_get(clients, "asked"), *ok = json_object_get(clients, "ok");
	double start = json_number_value(json_object_get(series, "start"));
	double onset = json_number_value(json_object_get(clock, "onset"));
	double end = json_is_number(json_object_get(clock, "restored")) ?
		     json_number_value(json_object_get(clock, "restored")) : 1e12;
	json_t *one;
	json_int_t all = 0, well = 0;
	size_t i;

	json_array_foreach(asked, i, one) {
		double at = start + (double)i;

		if (at + 1 <= onset || at >= end)
			continue;
		all += json_integer_value(one);
		well += json_integer_value(json_array_get(ok, i));
	}
	return json_pack("{s:i, s:i, s:I, s:I}", "clients_hit", (int)json_object_size(g->hit),
			 "clients_all", (int)json_object_size(g->seen), "queries_failed", all - well,
			 "queries_all", all);
}

static json_t *unlocated(json_t *c)
{
	return json_pack("{s:i, s:{s:{s:s, s:O?, s:n}, s:s, s:n, s:f}}", "version", 1, "verdict",
			 "blame", "role", "unknown", "address", json_object_get(c, "server"),
			 "interface", "cause", "unknown", "since", "confidence", 0.0);
}

static json_t *protocols_of(json_t *grant)
{
	bool udp = json_is_true(json_object_get(grant, "udp"));
	bool tcp = json_is_true(json_object_get(grant, "tcp"));

	return json_string(udp && tcp ? "udp, tcp" : udp ? "udp" : "tcp");
}

/* The names of all who signed, in one string. */
static json_t *signers_of(json_t *lease)
{
	json_t *all = NULL, *more, *one;
	size_t i;

	json_array_foreach(json_object_get(lease, "signers"), i, one) {
		more = json_sprintf("%s%s%s", all ? json_string_value(all) : "", all ? ", " : "",
				    text_of(one, "name"));
		json_decref(all);
		all = more;
	}
	return all ? all : json_string(text_of(lease, "signer"));
}

static json_t *phases_of(const struct gather *g, json_t *clock, json_t *series)
{
	json_t *clients = json_object_get(series, "clients");

	return sgap_phases_json(json_object_get(clients, "asked"), json_object_get(clients, "ok"),
				(__u64)json_number_value(json_object_get(series, "start")),
				(__u64)json_number_value(json_object_get(clock, "onset")),
				&g->switches);
}

static void put_lease(json_t *obj, const struct gather *g, json_t *clock, json_t *series)
{
	json_t *lease = g->lease, *grant = json_object_get(lease, "grant");
	json_t *ended = g->lease_end ? json_real(seconds((json_int_t)g->lease_end)) : json_null();
	json_t *signers = signers_of(lease);
	const char *signer = signers ? json_string_value(signers) : "";

	json_object_set_new(obj, "grant", json_pack(
		"{s:O?, s:s, s:O?, s:O?, s:O?, s:o, s:s, s:O?, s:O?, s:O?, s:O?, s:O?}",
		"serial", json_object_get(lease, "serial"), "signer", signer,
		"server", json_object_get(grant, "server"), "fallback", json_object_get(grant, "fallback"),
		"clients", json_object_get(grant, "clients"), "protocols", protocols_of(grant),
		"verified_by", "the kernel, against the certificates of its keyring .stopgap",
		"verified_at", json_object_get(clock, "authorised"),
		"issued", json_object_get(grant, "issued_s"),
		"not_before", json_object_get(grant, "not_before_s"),
		"not_after", json_object_get(grant, "not_after_s"),
		"max_lease_s", json_object_get(grant, "max_lease_s")));
	if (*signer)
		json_object_set_new(obj, "authorised_by",
				    json_pack("{s:s, s:s, s:s}", "name", signer, "role", "customer",
					      "means", "a signature over the grant that follows"));
	if (json_integer_value(json_object_get(lease, "started")) > 0)
		json_object_set_new(obj, "lease", json_pack(
			"{s:o, s:o, s:o, s:s, s:O?, s:O?, s:O?, s:o}", "started", time_of(lease, "started"),
			"ends", time_of(lease, "ends"), "ended", ended, "reason", text_of(lease, "reason"),
			"flows", json_object_get(lease, "flows"),
			"purged", json_object_get(lease, "purged"),
			"effect", json_object_get(lease, "effect"),
			"phases", phases_of(g, clock, series)));
	else
		json_decref(ended);
	json_decref(signers);
}

static json_t *build(struct gather *g, __u64 n, const struct sgap_compose_site *site)
{
	json_t *c = g->last;
	json_t *obj = json_object(), *clock = clock_of(c), *series = series_of(g);

	json_object_set_new(obj, "version", json_integer(1));
	json_object_set_new(obj, "id", json_string(text_of(c, "id")));
	json_object_set_new(obj, "number", json_integer((json_int_t)n));
	json_object_set_new(obj, "made_by", json_string("stopgap " SGAP_VERSION));
	json_object_set_new(obj, "tap", json_pack("{s:s?, s:s?, s:s, s:s?}", "site", site->site,
						  "host", site->host, "interface", text_of(c, "tap"),
						  "kernel", site->kernel));
	json_object_set_new(obj, "impact", impact_of(g, series, clock));
	json_object_set_new(obj, "locate", g->locate ? json_incref(g->locate) : unlocated(c));
	if (g->lease)
		put_lease(obj, g, clock, series);
	json_object_set_new(obj, "clock", clock);
	json_object_set_new(obj, "series", series);
	json_object_set(obj, "evidence", g->rows);
	json_object_set(obj, "events", g->events);
	return obj;
}

json_t *sgap_compose(struct sgap_ledger *l, __u64 n, const struct sgap_compose_site *site,
		     int *err)
{
	struct gather g = { .series = json_array(), .rows = json_array(), .events = json_array(),
			    .seen = json_object(), .hit = json_object() };
	json_t *obj = NULL;

	*err = sgap_ledger_each(l, 1, n, take_entry, &g);
	if (!*err && g.last)
		obj = build(&g, n, site);
	json_decref(g.last);
	json_decref(g.locate);
	json_decref(g.lease);
	json_decref(g.series);
	json_decref(g.rows);
	json_decref(g.events);
	json_decref(g.seen);
	json_decref(g.hit);
	return obj;
}

static int list_entry(void *ctx, const struct sgap_entry *e)
{
	json_t *list = ctx, *payload, *c, *one;
	char key[24];

	if (!e->about)
		return 0;
	payload = json_loadb(e->payload, e->len, 0, NULL);
	c = json_object_get(payload, "case");
	snprintf(key, sizeof(key), "%llu", (unsigned long long)e->about);
	if (json_is_object(c)) {
		one = json_pack("{s:O, s:b}", "case", c, "open", strcmp(e->type, "incident.close") != 0);
		json_object_set_new(list, key, one);
	}
	json_decref(payload);
	return 0;
}

json_t *sgap_compose_list(struct sgap_ledger *l, int *err)
{
	json_t *by_number = json_object(), *list = json_array(), *one;
	const char *key;

	*err = sgap_ledger_each(l, 1, 0, list_entry, by_number);
	json_object_foreach(by_number, key, one)
		json_array_append(list, one);
	json_decref(by_number);
	return list;
}
