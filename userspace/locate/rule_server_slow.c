// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * server-slow: every answer of one server is late, what it has in its cache too:
 * no lookup is to blame. Others on the same path are as fast as ever.
 */
#include <stdio.h>

#include "slow.h"
#include "twin.h"

#define FLOOR 0.85
#define OTHERS 0.3
#define HITS_MIN 3u
#define DROPS 4u		/* of so many one is not answered at all */

/* Who answers after the client gave up does answer. */
static bool dropped(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_bad_unanswered(ev, o, arg) && !(o->marks & SGAP_OBS_LATE);
}

static bool in_hit_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_hit(ev, o, arg) && o->proto == 17;
}

static bool in_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->proto == 17;
}

/* The least time that answers of one server take, before or after; 0 = unknown. */
static __u32 floor_of(const struct sgap_judge *j, __u32 host, __u64 from, __u64 to)
{
	const struct sgap_at at = { host };
	__u32 n, us = sgap_rtt(j, in_udp, &at, from, to, 100, &n);

	return n >= 5 ? us : 0;
}

/* Did the floor of another server rise about as much? Then it is the way. */
static bool shared(const struct sgap_judge *j, const struct sgap_finding *f,
		   const struct sgap_slow *slow)
{
	__u32 i, was, is, mine = floor_of(j, f->host, f->since, ~0ULL),
	      base = floor_of(j, f->host, 0, f->since);

	for (i = 0; i < slow->servers; i++) {
		if (sgap_twin_first(j, slow->base[i].host) == sgap_twin_first(j, f->host))
			continue;
		was = floor_of(j, slow->base[i].host, 0, f->since);
		is = floor_of(j, slow->base[i].host, f->since, ~0ULL);
		if (was && is > was && (is - was) * 2 > mine - base)
			return true;
	}
	return false;
}

static struct sgap_tally others_slow(const struct sgap_judge *j, const struct sgap_finding *f,
				     const struct sgap_slow *slow)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		/* A lookup that fails is late for its zone's sake. */
		if (sgap_here(j, o) && o->ts >= f->since && o->proto == 17 &&
		    o->class != SGAP_CLASS_SERVFAIL &&
		    sgap_twin_first(j, o->server) != sgap_twin_first(j, f->host))
			sgap_tally_add(&t, sgap_bad_slow(j->ev, o, slow) ||
					   sgap_slower(slow, f->host, o));
	}
	return t;
}

/* Connections come about at once: so the way is short, and the server itself is late. */
static bool connects_fast(const struct sgap_judge *j, const struct sgap_finding *f, __u32 us)
{
	__u32 i, fast = 0, n = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->server != f->host || !o->connect_us || o->ts < f->since ||
		    o->vantage != j->home)
			continue;
		n++;
		fast += o->connect_us < us;
	}
	return fast >= 2 && fast * 4 > n * 3;
}

void sgap_rule_server_slow(struct sgap_judge *j)
{
	struct sgap_slow slow;
	__u32 i;

	sgap_slow_init(j, &slow);
	for (i = 0; i < slow.servers; i++) {
		const struct sgap_claim c = {
			.cause = "server-slow", .host = slow.base[i].host, .in = in_udp,
			.bad = sgap_bad_slow, .arg = &slow, .floor = FLOOR, .loose = true,
		};
		struct sgap_finding *f;
		struct sgap_tally others;
		struct sgap_fact *hits;
		__u32 after, silent;

		slow.at.host = c.host;
		f = sgap_claim(j, &c);
		if (!f)
			continue;
		others = others_slow(j, f, &slow);
		after = sgap_rtt(j, in_udp, &slow.at, f->since, ~0ULL, 500, NULL);
		snprintf(f->detail, sizeof(f->detail), "median %u ms, least before %u ms",
			 after / 1000, slow.base[i].base_us / 1000);
		sgap_fact(j, f, "late or unanswered", in_udp, sgap_bad_slow, &slow);
		hits = sgap_fact(j, f, "in the cache, and late all the same", in_hit_udp,
				 sgap_bad_slow, &slow);
		/* Without its cached answers, it may be that it looks up what is far. */
		f->certain = !hits || hits->after.bad < HITS_MIN ? 0.3 :
			     others.all >= 10 ? 0.93 :
			     connects_fast(j, f, after / 2) ? 0.85 : 0.3;
		if (sgap_moved(j, f))
			f->certain *= 0.3;
		silent = sgap_count_in(j, f, sgap_bad_unanswered, NULL);
		/* Who is late with all of it and drops much of it cannot keep up. */
		if (sgap_count_in(j, f, dropped, NULL) * DROPS > f->in_set.all &&
		    !sgap_unfelt(j, f))
			f->cause = sgap_cause_by_id("server-overloaded");
		/* What does not answer at all is not slow. */
		if (silent * 2 > f->in_set.bad ||
		    !after || shared(j, f, &slow) ||
		    (others.all >= 10 && sgap_share(others) > OTHERS) ||
		    (hits && hits->after.all >= 5 && sgap_share(hits->after) < 0.6))
			sgap_unclaim(j);
	}
}
