// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * no-upstream-route: what is not in a cache fails, at every resolver of a site or
 * at one that asks the outside itself: the way out is gone and not a forwarder.
 */
#include <stdio.h>

#include "proven.h"
#include "twin.h"
#include "upstream.h"

#define FLOOR 0.6

static bool failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL || o->class == SGAP_CLASS_SILENT ||
	       o->class == SGAP_CLASS_ICMP;
}

/*
 * Does host ask the outside itself, and get nothing, or can it not ask any more?
 * 1 yes, 0 not seen, -1 no.
 */
static int outside_silent(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	struct sgap_upstreams u;
	__u32 i, n = 0, silent = 0, recursive = 0;

	if (sgap_asks_no_more(j, f, host))
		return 1;
	sgap_upstreams_of(j, f, host, &u);
	for (i = 0; i < u.n; i++) {
		n += u.up[i].n;
		recursive += u.up[i].recursive;
		silent += u.up[i].silent + u.up[i].icmp;
	}
	if (n < 5)
		return 0;
	return silent * 10 >= n * 9 && recursive * 2 < n && u.n > 1 ? 1 : -1;
}

static bool caches_work(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	struct sgap_misses m;

	sgap_misses_of(j, f, host, &m);
	return sgap_cache_works(&m) && sgap_tries(&m) && sgap_finds_nothing(&m) &&
	       !sgap_disbelieves(&m);
}

/* One resolver alone. */
static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "no-upstream-route", .host = host, .in = sgap_in_miss, .bad = failed,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	int outside;

	if (!f)
		return;
	outside = outside_silent(j, f, host);
	if (outside < 0 || !caches_work(j, f, host) || !sgap_mostly_proven(j, f, false)) {
		sgap_unclaim(j);
		return;
	}
	f->role = SGAP_ROLE_RECURSIVE;
	f->helps = SGAP_HELPS_YES;
	f->certain = outside ? 0.97 : 0.3;
	sgap_fact(j, f, "not in the cache: SERVFAIL or silence", sgap_in_miss, failed, &at);
	sgap_fact(j, f, "in the cache: failed", sgap_in_hit, sgap_bad_failed, &at);
}

static bool in_named(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->name && o->proto == 17;
}

/*
 * After a restart nothing is in the cache: everything fails, and is said so. Silence
 * alone would be a dead server, and a quick no may be other things as well.
 */
static void look_at_empty(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "no-upstream-route", .host = host, .in = in_named, .bad = failed,
		.arg = &at, .floor = 0.9, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;
	struct sgap_misses m;

	if (!f)
		return;
	sgap_misses_of(j, f, host, &m);
	others = sgap_others(j, f);
	if (!sgap_finds_nothing(&m) || m.failed - m.silent < 5 || !m.hits.all ||
	    sgap_share(m.hits) <= 0.5 || (others.all >= 10 && sgap_share(others) > 0.3) ||
	    outside_silent(j, f, host) < 0 || m.ede[6] + m.ede[7] + m.ede[8] + m.ede[9] ||
	    m.ede[10] || !sgap_mostly_proven(j, f, false)) {
		sgap_unclaim(j);
		return;
	}
	f->role = SGAP_ROLE_RECURSIVE;
	f->helps = SGAP_HELPS_YES;
	f->certain = outside_silent(j, f, host) ? 0.95 : m.slow * 5 > m.failed ? 0.6 : 0.3;
	sgap_fact(j, f, "SERVFAIL or silence", in_named, failed, &at);
}

/*
 * Resolvers that show it, of those that are asked for what they do not have; cached:
 * of them, those seen to answer from their caches. One whose cache was not asked for
 * anything may be one of them.
 */
static void count(struct sgap_judge *j, __u32 *hit, __u32 *all, __u32 *cached)
{
	__u32 i;

	for (i = 0; i < j->ev->nservers; i++) {
		const struct sgap_at at = { j->ev->servers[i].host };
		const struct sgap_claim c = {
			.cause = "no-upstream-route", .in = sgap_in_miss, .bad = failed,
			.arg = &at, .floor = FLOOR, .loose = true,
		};
		struct sgap_finding *f;
		struct sgap_misses m;

		if (!sgap_is_front(j, &j->ev->servers[i]) ||
		    sgap_twin_first(j, at.host) != at.host)
			continue;
		(*all)++;
		f = sgap_claim(j, &c);
		if (!f)
			continue;
		sgap_misses_of(j, f, at.host, &m);
		if (m.hits.bad * 2 <= m.hits.all && sgap_finds_nothing(&m) &&
		    outside_silent(j, f, at.host) >= 0) {
			(*hit)++;
			*cached += sgap_cache_works(&m);
		}
		sgap_unclaim(j);
	}
}

void sgap_rule_no_upstream(struct sgap_judge *j)
{
	const struct sgap_at any = { 0 };
	const struct sgap_claim c = {
		.cause = "no-upstream-route", .in = sgap_in_miss, .bad = failed, .arg = &any,
		.floor = FLOOR,
	};
	struct sgap_finding *f;
	__u32 hit = 0, all = 0, cached = 0;

	count(j, &hit, &all, &cached);
	if (hit < 2 || hit < all || !cached) {
		sgap_each_front(j, look_at);
		sgap_each_front(j, look_at_empty);
		return;
	}
	f = sgap_claim(j, &c);
	if (!f)
		return;
	f->helps = SGAP_HELPS_NO;
	f->certain = 0.92;
	snprintf(f->detail, sizeof(f->detail),
		 "behind the resolvers: all %u of them answer from their caches only", all);
	sgap_fact(j, f, "not in a cache: SERVFAIL or silence", sgap_in_miss, failed, &any);
	sgap_fact(j, f, "in a cache: failed", sgap_in_hit, sgap_bad_failed, &any);
}
