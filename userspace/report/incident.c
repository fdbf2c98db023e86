// SPDX-License-Identifier: GPL-2.0-or-later
#include "incident.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define POINTS_MAX 1000000

static const char *const stage_keys[SGAP_STAGES] = {
	[SGAP_STAGE_ONSET] = "onset",
	[SGAP_STAGE_DETECTED] = "detected",
	[SGAP_STAGE_LOCATED] = "located",
	[SGAP_STAGE_INFORMED] = "informed",
	[SGAP_STAGE_AUTHORISED] = "authorised",
	[SGAP_STAGE_RESTORED] = "restored",
	[SGAP_STAGE_LEASE_END] = "lease_end",
	[SGAP_STAGE_HANDED_BACK] = "handed_back",
};

/* One array of objects: how big an element is and what reads it. */
typedef void (*element_fn)(struct sgap_reader *r, json_t *obj, void *element);

static void *read_array(struct sgap_reader *r, json_t *parent, const char *key, size_t size,
			element_fn read_one, size_t *n)
{
	json_t *arr = sgap_reader_arr(r, parent, key, false);
	size_t i, count = json_array_size(arr);
	char *list;

	*n = 0;
	list = count ? calloc(count, size) : NULL;
	if (!list)
		return NULL;
	sgap_reader_enter(r, key);
	for (i = 0; i < count; i++) {
		json_t *one = json_array_get(arr, i);

		sgap_reader_enter_at(r, i);
		if (json_is_object(one))
			read_one(r, one, list + i * size);
		else
			sgap_reader_fail(r, NULL, one, "an object");
		sgap_reader_leave(r);
	}
	sgap_reader_leave(r);
	*n = count;
	return list;
}

static void read_clock(struct sgap_reader *r, json_t *root, struct sgap_incident *inc)
{
	json_t *clock = sgap_reader_obj(r, root, "clock", true);
	int i;

	if (!clock)
		return;
	sgap_reader_enter(r, "clock");
	inc->budget = sgap_reader_count(r, clock, "budget_s", false);
	if (!(inc->budget > 0))
		inc->budget = 31 * 60;
	for (i = 0; i < SGAP_STAGES; i++)
		inc->stage[i] = sgap_reader_time(r, clock, stage_keys[i], i == SGAP_STAGE_ONSET);
	sgap_reader_leave(r);
}

/* {"n": .., "of": ..} */
static void read_share(struct sgap_reader *r, json_t *obj, const char *key, double *n, double *of)
{
	json_t *share = sgap_reader_obj(r, obj, key, false);

	*n = *of = NAN;
	if (!share)
		return;
	sgap_reader_enter(r, key);
	*n = sgap_reader_count(r, share, "n", true);
	*of = sgap_reader_count(r, share, "of", true);
	sgap_reader_leave(r);
}

static void read_finding(struct sgap_reader *r, json_t *obj, void *element)
{
	struct sgap_incident_finding *f = element;

	f->what = sgap_reader_str(r, obj, "what", true);
	read_share(r, obj, "before", &f->before_n, &f->before_of);
	read_share(r, obj, "after", &f->after_n, &f->after_of);
}

static void read_references(struct sgap_reader *r, json_t *obj, struct sgap_incident_verdict *v)
{
	json_t *arr = sgap_reader_arr(r, obj, "reference", false);
	size_t i, n = json_array_size(arr);

	v->reference = n ? calloc(n, sizeof(*v->reference)) : NULL;
	if (!v->reference)
		return;
	for (i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(arr, i));

		if (!s) {
			sgap_reader_fail(r, "reference", arr, "an array of strings");
			return;
		}
		v->reference[v->nreference++] = s;
	}
}

static void read_blame(struct sgap_reader *r, json_t *obj, struct sgap_incident_verdict *v)
{
	json_t *blame = sgap_reader_obj(r, obj, "blame", true);
	json_t *detour = sgap_reader_obj(r, obj, "detour", false);

	if (blame) {
		sgap_reader_enter(r, "blame");
		v->role = sgap_reader_str(r, blame, "role", true);
		v->address = sgap_reader_str(r, blame, "address", false);
		v->interface = sgap_reader_str(r, blame, "interface", false);
		sgap_reader_leave(r);
	}
	if (detour) {
		sgap_reader_enter(r, "detour");
		v->helps = sgap_reader_str(r, detour, "helps", false);
		v->to = sgap_reader_str(r, detour, "to", false);
		v->why = sgap_reader_str(r, detour, "why", false);
		sgap_reader_leave(r);
	}
}

/* The answer of stopgap locate --json, as it is. */
static void read_verdict(struct sgap_reader *r, json_t *root, struct sgap_incident_verdict *v)
{
	json_t *locate = sgap_reader_obj(r, root, "locate", true);
	json_t *verdict;

	if (!locate)
		return;
	sgap_reader_enter(r, "locate");
	verdict = sgap_reader_obj(r, locate, "verdict", true);
	if (verdict) {
		sgap_reader_enter(r, "verdict");
		read_blame(r, verdict, v);
		v->cause = sgap_reader_str(r, verdict, "cause", true);
		v->since = sgap_reader_time(r, verdict, "since", false);
		v->confidence = sgap_reader_count(r, verdict, "confidence", false);
		v->vendor_sentence = sgap_reader_str(r, verdict, "vendor_sentence", false);
		v->next_step = sgap_reader_str(r, verdict, "next_step", false);
		read_references(r, verdict, v);
		v->finding = read_array(r, verdict, "evidence", sizeof(*v->finding),
					read_finding, &v->nfinding);
		sgap_reader_leave(r);
	}
	sgap_reader_leave(r);
}

static void read_grant(struct sgap_reader *r, json_t *root, struct sgap_incident_grant *g)
{
	json_t *obj = sgap_reader_obj(r, root, "grant", false);

	if (!obj)
		return;
	sgap_reader_enter(r, "grant");
	g->given = true;
	g->serial = sgap_reader_str(r, obj, "serial", true);
	g->signer = sgap_reader_str(r, obj, "signer", false);
	g->server = sgap_reader_str(r, obj, "server", true);
	g->fallback = sgap_reader_str(r, obj, "fallback", true);
	g->clients = sgap_reader_str(r, obj, "clients", true);
	g->protocols = sgap_reader_str(r, obj, "protocols", false);
	g->verified_by = sgap_reader_str(r, obj, "verified_by", false);
	g->sha256 = sgap_reader_str(r, obj, "sha256", false);
	g->issued = sgap_reader_time(r, obj, "issued", false);
	g->not_before = sgap_reader_time(r, obj, "not_before", false);
	g->not_after = sgap_reader_time(r, obj, "not_after", false);
	g->max_lease = sgap_reader_count(r, obj, "max_lease_s", false);
	g->verified = sgap_reader_time(r, obj, "verified_at", false);
	sgap_reader_leave(r);
}

static void read_effect(struct sgap_reader *r, json_t *obj, struct sgap_incident_lease *l)
{
	sgap_reader_enter(r, "effect");
	l->failed_server = sgap_reader_num(r, obj, "failed_server", false);
	l->failed_fallback = sgap_reader_num(r, obj, "failed_fallback", false);
	l->spared = sgap_reader_num(r, obj, "spared", false);
	l->spared_low = sgap_reader_num(r, obj, "low", false);
	l->spared_high = sgap_reader_num(r, obj, "high", false);
	sgap_reader_leave(r);
}

static void read_phase(struct sgap_reader *r, json_t *phases, const char *key,
		       struct sgap_incident_phase *p)
{
	json_t *obj = sgap_reader_obj(r, phases, key, false);

	sgap_reader_enter(r, key);
	p->queries = sgap_reader_count(r, obj, "queries", false);
	p->failed = sgap_reader_count(r, obj, "failed", false);
	sgap_reader_leave(r);
}

static void read_change(struct sgap_reader *r, json_t *phases, const char *key,
			struct sgap_incident_change *c)
{
	json_t *obj = sgap_reader_obj(r, phases, key, false);

	sgap_reader_enter(r, key);
	c->spared = sgap_reader_num(r, obj, "spared", false);
	c->low = sgap_reader_num(r, obj, "low", false);
	c->high = sgap_reader_num(r, obj, "high", false);
	sgap_reader_leave(r);
}

static void read_phases(struct sgap_reader *r, json_t *obj, struct sgap_incident_lease *l)
{
	sgap_reader_enter(r, "phases");
	read_phase(r, obj, "before", &l->before);
	read_phase(r, obj, "during", &l->during);
	read_phase(r, obj, "after", &l->after);
	read_change(r, obj, "start", &l->start);
	read_change(r, obj, "end", &l->end);
	sgap_reader_leave(r);
}

static void read_lease(struct sgap_reader *r, json_t *root, struct sgap_incident_lease *l)
{
	json_t *obj = sgap_reader_obj(r, root, "lease", false);

	if (!obj)
		return;
	sgap_reader_enter(r, "lease");
	l->given = true;
	l->reason = sgap_reader_str(r, obj, "reason", false);
	l->started = sgap_reader_time(r, obj, "started", true);
	l->ends = sgap_reader_time(r, obj, "ends", false);
	l->ended = sgap_reader_time(r, obj, "ended", false);
	l->flows = sgap_reader_count(r, obj, "flows", false);
	l->purged = sgap_reader_count(r, obj, "purged", false);
	read_effect(r, sgap_reader_obj(r, obj, "effect", false), l);
	read_phases(r, sgap_reader_obj(r, obj, "phases", false), l);
	sgap_reader_leave(r);
}

static void read_server(struct sgap_reader *r, json_t *obj, struct sgap_incident_server *s,
			size_t n)
{
	s->queries = sgap_reader_nums(r, obj, "queries", n);
	s->failed = sgap_reader_nums(r, obj, "failed", n);
	s->p50 = sgap_reader_nums(r, obj, "rtt_p50_ms", n);
	s->p90 = sgap_reader_nums(r, obj, "rtt_p90_ms", n);
	s->p99 = sgap_reader_nums(r, obj, "rtt_p99_ms", n);
}

static void read_servers(struct sgap_reader *r, json_t *obj, struct sgap_incident_series *s)
{
	json_t *servers = sgap_reader_obj(r, obj, "servers", false);
	json_t *one;
	const char *address;
	size_t count = json_object_size(servers);

	s->server = count ? calloc(count, sizeof(*s->server)) : NULL;
	if (!s->server)
		return;
	sgap_reader_enter(r, "servers");
	json_object_foreach(servers, address, one) {
		struct sgap_incident_server *srv = &s->server[s->nservers++];

		srv->address = address;
		if (!json_is_object(one)) {
			sgap_reader_fail(r, address, one, "an object");
			continue;
		}
		sgap_reader_enter(r, address);
		read_server(r, one, srv, s->n);
		sgap_reader_leave(r);
	}
	sgap_reader_leave(r);
}

static void read_series(struct sgap_reader *r, json_t *root, struct sgap_incident_series *s)
{
	json_t *obj = sgap_reader_obj(r, root, "series", false);
	json_t *clients, *asked;

	if (!obj)
		return;
	sgap_reader_enter(r, "series");
	s->start = sgap_reader_time(r, obj, "start", true);
	s->step = sgap_reader_count(r, obj, "step_s", true);
	if (s->step <= 0 || s->step > 86400)
		sgap_reader_fail(r, "step_s", json_object_get(obj, "step_s"),
				 "seconds, above 0 and at most 86400");
	clients = sgap_reader_obj(r, obj, "clients", true);
	sgap_reader_enter(r, "clients");
	asked = clients ? sgap_reader_arr(r, clients, "asked", true) : NULL;
	s->n = json_array_size(asked);
	if (s->n > POINTS_MAX)
		sgap_reader_fail(r, "asked", NULL, "at most a million numbers");
	else if (asked) {
		s->asked = sgap_reader_nums(r, clients, "asked", s->n);
		s->ok = sgap_reader_nums(r, clients, "ok", s->n);
	}
	sgap_reader_leave(r);
	if (!r->err[0])
		read_servers(r, obj, s);
	sgap_reader_leave(r);
}

static void read_row(struct sgap_reader *r, json_t *obj, void *element)
{
	struct sgap_incident_row *row = element;

	row->t = sgap_reader_time(r, obj, "t", true);
	row->id = sgap_reader_count(r, obj, "id", false);
	row->rtt_ms = sgap_reader_count(r, obj, "rtt_ms", false);
	row->client = sgap_reader_str(r, obj, "client", true);
	row->server = sgap_reader_str(r, obj, "server", true);
	row->name = sgap_reader_str(r, obj, "name", false);
	row->type = sgap_reader_str(r, obj, "type", false);
	row->transport = sgap_reader_str(r, obj, "transport", false);
	row->outcome = sgap_reader_str(r, obj, "outcome", true);
	row->note = sgap_reader_str(r, obj, "note", false);
}

static void read_event(struct sgap_reader *r, json_t *obj, void *element)
{
	struct sgap_incident_event *e = element;

	e->t = sgap_reader_time(r, obj, "t", true);
	e->who = sgap_reader_str(r, obj, "who", false);
	e->what = sgap_reader_str(r, obj, "what", true);
}

static void read_about(struct sgap_reader *r, json_t *root, struct sgap_incident *inc)
{
	json_t *obj;

	inc->id = sgap_reader_str(r, root, "id", true);
	inc->made_by = sgap_reader_str(r, root, "made_by", false);
	obj = sgap_reader_obj(r, root, "tap", false);
	if (obj) {
		sgap_reader_enter(r, "tap");
		inc->site = sgap_reader_str(r, obj, "site", false);
		inc->host = sgap_reader_str(r, obj, "host", false);
		inc->interface = sgap_reader_str(r, obj, "interface", false);
		inc->kernel = sgap_reader_str(r, obj, "kernel", false);
		sgap_reader_leave(r);
	}
	obj = sgap_reader_obj(r, root, "authorised_by", false);
	if (obj) {
		sgap_reader_enter(r, "authorised_by");
		inc->authoriser = sgap_reader_str(r, obj, "name", true);
		inc->authoriser_role = sgap_reader_str(r, obj, "role", false);
		inc->authoriser_means = sgap_reader_str(r, obj, "means", false);
		sgap_reader_leave(r);
	}
}

static void read_impact(struct sgap_reader *r, json_t *root, struct sgap_incident *inc)
{
	json_t *obj = sgap_reader_obj(r, root, "impact", false);

	inc->clients_hit = inc->clients_all = NAN;
	inc->queries_failed = inc->queries_all = NAN;
	if (!obj)
		return;
	sgap_reader_enter(r, "impact");
	inc->clients_hit = sgap_reader_count(r, obj, "clients_hit", false);
	inc->clients_all = sgap_reader_count(r, obj, "clients_all", false);
	inc->queries_failed = sgap_reader_count(r, obj, "queries_failed", false);
	inc->queries_all = sgap_reader_count(r, obj, "queries_all", false);
	sgap_reader_leave(r);
}

static void read_incident(struct sgap_reader *r, json_t *root, struct sgap_incident *inc)
{
	double version;

	if (!json_is_object(root)) {
		sgap_reader_fail(r, NULL, root, "an object");
		return;
	}
	version = sgap_reader_num(r, root, "version", true);
	if (version != 1)
		sgap_reader_fail(r, "version", json_object_get(root, "version"), "1");
	read_about(r, root, inc);
	read_clock(r, root, inc);
	read_impact(r, root, inc);
	read_verdict(r, root, &inc->verdict);
	read_grant(r, root, &inc->grant);
	read_lease(r, root, &inc->lease);
	read_series(r, root, &inc->series);
	inc->row = read_array(r, root, "evidence", sizeof(*inc->row), read_row, &inc->nrows);
	inc->event = read_array(r, root, "events", sizeof(*inc->event), read_event, &inc->nevents);
}

struct sgap_incident *sgap_incident_parse(const char *text, size_t len, const char *name,
					  char *err, size_t err_len)
{
	struct sgap_reader r = { .name = name, .text = text, .err = err, .err_len = err_len };
	struct sgap_incident *inc;

	err[0] = '\0';
	inc = calloc(1, sizeof(*inc));
	if (!inc)
		return NULL;
	inc->json = sgap_reader_load(&r, len);
	if (inc->json)
		read_incident(&r, inc->json, inc);
	if (!err[0])
		return inc;
	sgap_incident_free(inc);
	return NULL;
}

void sgap_incident_server_free(struct sgap_incident_server *server)
{
	free(server->queries);
	free(server->failed);
	free(server->p50);
	free(server->p90);
	free(server->p99);
}

void sgap_incident_free(struct sgap_incident *inc)
{
	struct sgap_incident_series *s;
	size_t i;

	if (!inc)
		return;
	s = &inc->series;
	for (i = 0; i < s->nservers; i++)
		sgap_incident_server_free(&s->server[i]);
	free(s->server);
	free(s->asked);
	free(s->ok);
	free(inc->verdict.reference);
	free(inc->verdict.finding);
	free(inc->row);
	free(inc->event);
	json_decref(inc->json);
	free(inc);
}

/* Merge k points into one: their sum, or their largest. */
static void merge(double *v, size_t n, size_t k, bool largest)
{
	size_t i;

	if (!v)
		return;
	for (i = 0; i < n; i++) {
		double x = v[i], *to = &v[i / k];

		if (i % k == 0 || isnan(*to))
			*to = x;
		else if (!isnan(x))
			*to = largest ? fmax(*to, x) : *to + x;
	}
}

void sgap_incident_coarsen(struct sgap_incident *inc, size_t max)
{
	struct sgap_incident_series *s = &inc->series;
	size_t i, k = max ? (s->n + max - 1) / max : 1;

	if (k <= 1)
		return;
	merge(s->asked, s->n, k, false);
	merge(s->ok, s->n, k, false);
	for (i = 0; i < s->nservers; i++) {
		merge(s->server[i].queries, s->n, k, false);
		merge(s->server[i].failed, s->n, k, false);
		merge(s->server[i].p50, s->n, k, true);
		merge(s->server[i].p90, s->n, k, true);
		merge(s->server[i].p99, s->n, k, true);
	}
	s->n = (s->n + k - 1) / k;
	s->step *= (double)k;
}

double sgap_incident_outage(const struct sgap_incident *inc)
{
	return inc->stage[SGAP_STAGE_RESTORED] - inc->stage[SGAP_STAGE_ONSET];
}
