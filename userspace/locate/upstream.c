// SPDX-License-Identifier: GPL-2.0-or-later
#include "upstream.h"

#include <stdlib.h>

#define SEEN 5u		/* questions that show that its side towards the outside is in sight */
#define STALE 3		/* EDE */
#define STALE_NX 19
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

static bool during(const struct sgap_finding *f, const struct sgap_obs *o)
{
	return o->ts >= f->since && (!f->until || o->ts <= f->until);
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
		now += during(f, o);
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

		if (o->client != host || !sgap_obs_counts(o) || !during(f, o))
			continue;
		up = find(u, o->server);
		if (up)
			add(up, o);
	}
	for (i = 0; i < ev->n && u->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		__u32 k;

		if (o->server != host || !sgap_obs_counts(o) || !during(f, o))
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

enum told { NOTHING, BEFORE, MAYBE_BEFORE, SINCE };

/*
 * Was it fetched since, as its TTL tells? That is sure only where several answers had the
 * longest: the question's own, or those to the names next to it. What is stale (RFC 8767)
 * was fetched before, and a server's own data never.
 */
static enum told ttl_tells(const struct sgap_ev *ev, const struct sgap_obs *o, __u64 since)
{
	const struct sgap_ttl *own = &ev->questions[o->question].ttl;
	const struct sgap_ttl *next = &ev->names[ev->names[o->name].parent].ttl;

	if (o->ede == STALE || o->ede == STALE_NX)
		return BEFORE;
	if (o->rcode || !o->ancount || o->min_ttl == SGAP_NONE32 || o->aflags & SGAP_DNS_AA)
		return NOTHING;
	if (sgap_fetched_at(own, o) + 2 * SGAP_NS_PER_S < since)
		return BEFORE;
	if (!own->whole)
		own = next;
	if (!own->whole)
		return NOTHING;
	return sgap_fetched_at(own, o) > since ? SINCE : MAYBE_BEFORE;
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

static void add_good(struct sgap_misses *m, enum told told, bool slow)
{
	if (slow && told == SINCE)
		m->fetched++;
	else if (!slow && (told == BEFORE || told == MAYBE_BEFORE))
		m->aged++;
	else if (told != BEFORE)
		m->slow_ok += slow;
}

static void add_miss(const struct sgap_ev *ev, struct sgap_misses *m, const struct sgap_obs *o,
		     __u32 floor, __u64 since)
{
	if (o->class == SGAP_CLASS_OK) {
		add_good(m, ttl_tells(ev, o, since), is_late(o, floor));
		return;
	}
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
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->server != host || !sgap_here(j, o) || !during(f, o))
			continue;
		if (o->marks & SGAP_OBS_CACHED)
			add_hit(m, o, floor);
		else
			add_miss(ev, m, o, floor, f->since);
	}
}
