// SPDX-License-Identifier: GPL-2.0-or-later
#include "upstream.h"

#include <stdlib.h>

#define SEEN 5u		/* questions that show that its side towards the outside is in sight */
#define STRAYS 5u	/* failures after which it has begun for sure */
#define LATE_US 1000000u	/* stubs and resolvers wait longer; a failure after it is slow */

static struct sgap_upstream *find(struct sgap_upstreams *u, __u32 host)
{
	__u32 i;

	for (i = 0; i < u->n; i++) {
		if (u->up[i].host == host)
			return &u->up[i];
	}
	if (u->n == SGAP_UPSTREAMS)
		return NULL;
	memset(&u->up[u->n], 0, sizeof(u->up[0]));
	u->up[u->n].host = host;
	return &u->up[u->n++];
}

static void add(struct sgap_upstream *up, const struct sgap_obs *o)
{
	up->n++;
	up->recursive += !!(o->qflags & SGAP_DNS_RD);
	up->silent += o->class == SGAP_CLASS_SILENT;
	up->icmp += o->class == SGAP_CLASS_ICMP;
	up->refused += o->class == SGAP_CLASS_REFUSED;
	up->servfail += o->class == SGAP_CLASS_SERVFAIL;
}

bool sgap_asks_no_more(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	__u32 i, before = 0, now = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->client != host || !sgap_obs_counts(o))
			continue;
		before += o->ts < f->since;
		now += sgap_during(f, o->ts);
	}
	return before >= SEEN && now * 10 <= f->in_set.bad;
}

static int compare(const void *a, const void *b)
{
	const struct sgap_upstream *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->host < y->host ? -1 : 1;
}

void sgap_upstreams_of(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
		       struct sgap_upstreams *u)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_upstream *up;
	__u32 i;

	u->n = 0;
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->client != host || !sgap_obs_counts(o) || !sgap_during(f, o->ts))
			continue;
		up = find(u, o->server);
		if (up)
			add(up, o);
	}
	for (i = 0; i < ev->n && u->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		__u32 k;

		if (o->server != host || !sgap_obs_counts(o) || !sgap_during(f, o->ts))
			continue;
		for (k = 0; k < u->n; k++)
			u->up[k].back += u->up[k].host == o->client;
	}
	qsort(u->up, u->n, sizeof(u->up[0]), compare);
}

/* Typical time of an answer from this server's cache, us. */
static __u32 hit_rtt(const struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	__u32 n, us = sgap_rtt(j, sgap_in_hit, &at, 0, ~0ULL, 500, &n);

	return n >= 5 ? us : sgap_rtt(j, sgap_in_server, &at, 0, ~0ULL, 100, &n);
}

/*
 * The whole TTL of its question, or of the names next to it; NULL = not known. Names in a full
 * table stand for others.
 */
static const struct sgap_ttl *whole_ttl(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	const struct sgap_ttl *own = &ev->questions[o->question].ttl;
	__u32 above = ev->names[o->name].parent;

	if (ev->names_short)
		return NULL;
	if (own->whole)
		return own;
	return above && ev->below[above].ttl.whole ? &ev->below[above].ttl : NULL;
}

/* A server's own data, and what is stale (RFC 8767), were not looked up, however late they come. */
static bool from_elsewhere(const struct sgap_obs *o)
{
	return !sgap_obs_stale(o) && !(o->aflags & SGAP_DNS_AA);
}

/* With the whole TTL that was known before the fault: it was fetched just now. */
static bool is_fresh(const struct sgap_ev *ev, const struct sgap_obs *o, __u64 since)
{
	const struct sgap_ttl *ttl = whole_ttl(ev, o);

	return ttl && !o->rcode && o->ancount && o->min_ttl != SGAP_NONE32 &&
	       ttl->first < since && ttl->most > 2 && o->min_ttl + 1 >= ttl->most;
}

/* Later than what is in the cache: it may have been looked up. */
static bool is_late(const struct sgap_obs *o, __u32 floor)
{
	return o->rtt_us > 2 * floor + 2000;
}

static void add_hit(struct sgap_misses *m, const struct sgap_obs *o, __u32 floor)
{
	sgap_tally_add(&m->hits, sgap_obs_failed(o));
	m->late_hits += !sgap_obs_failed(o) && is_late(o, floor);
}

/*
 * failed_near: so many failed so far of the names next to it. Where none did, another zone may
 * be asked elsewhere; and the first of all that fail may be strays.
 */
static void add_good(const struct sgap_ev *ev, struct sgap_misses *m, const struct sgap_obs *o,
		     bool late, __u64 since, __u32 failed_near)
{
	if (!from_elsewhere(o))
		return;
	m->ok++;
	if (!late)
		return;
	m->late++;
	m->fetched += failed_near && m->failed >= STRAYS && is_fresh(ev, o, since);
}

static void add_bad(struct sgap_misses *m, const struct sgap_obs *o)
{
	m->failed++;
	m->silent += o->rcode == SGAP_NONE16;
	m->no_ra += o->rcode != SGAP_NONE16 && !(o->aflags & SGAP_DNS_RA);
	m->slow += o->class == SGAP_CLASS_SILENT || o->rtt_us > LATE_US;
	if (o->ede < 32)
		m->ede[o->ede]++;
}

void sgap_misses_of(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
		    struct sgap_misses *m)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, floor = hit_rtt(j, host);

	memset(m, 0, sizeof(*m));
	memset(j->tree, 0, ev->nnames * sizeof(*j->tree));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		__u32 above = ev->names[o->name].parent;

		if (o->server != host || !sgap_here(j, o) || !sgap_during(f, o->ts))
			continue;
		if (o->marks & SGAP_OBS_CACHED) {
			add_hit(m, o, floor);
		} else if (o->class == SGAP_CLASS_OK) {
			add_good(ev, m, o, is_late(o, floor), f->since, j->tree[above]);
		} else {
			add_bad(m, o);
			j->tree[above]++;
		}
	}
}
