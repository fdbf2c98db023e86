// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * server-overloaded: one server answers part of its queries and drops, fails or
 * delays the others, whatever they ask; others on the path do not. More load makes
 * it worse; that it still looks some things up tells it from a dead forwarder.
 */
#include <math.h>
#include <stdio.h>

#include "proven.h"
#include "upstream.h"

#define FLOOR 0.1
#define ZONES 3u	/* who cannot keep up does not choose */
_Static_assert(ZONES <= SGAP_FEW, "so many are told apart");

/* Who cannot keep up is late, silent or fails; a format or a policy is something else. */
static bool given_up(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_obs_failed(o) && o->class != SGAP_CLASS_FORMERR &&
	       o->class != SGAP_CLASS_NOTIMP && o->class != SGAP_CLASS_REFUSED;
}

struct arg {
	struct sgap_at at;
	bool onward;	/* only servers ask */
};

/* What clients ask, or servers where only these do; of what fails what somebody is told later. */
static bool over_proven(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return !a->onward == !(o->marks & SGAP_OBS_ONWARD) &&
	       (!given_up(ev, o, arg) || !o->name || sgap_is_proven(ev, o, true));
}

/* Correlation over seconds between how many ask and what share fails. */
static double load_correlation(const struct sgap_judge *j, const struct sgap_finding *f,
			       __u32 host)
{
	double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, x, y, d;
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally now = { 0, 0 };
	__u64 second = 0;
	__u32 i;

	for (i = 0; i <= ev->n; i++) {
		const struct sgap_obs *o = i < ev->n ? &ev->obs[i] : NULL;

		if (o && (o->server != host || !sgap_here(j, o)))
			continue;
		if (!o || o->ts / SGAP_NS_PER_S != second) {
			x = now.all;
			y = sgap_share(now);
			if (now.all && second * SGAP_NS_PER_S >= f->since) {
				n++;
				sx += x;
				sy += y;
				sxx += x * x;
				syy += y * y;
				sxy += x * y;
			}
			now = (struct sgap_tally){ 0, 0 };
			second = o ? o->ts / SGAP_NS_PER_S : 0;
		}
		if (o)
			sgap_tally_add(&now, sgap_obs_failed(o));
	}
	d = (n * sxx - sx * sx) * (n * syy - sy * sy);
	return n < 5 || d <= 0 ? 0 : (n * sxy - sx * sy) / sqrt(d);
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct arg at = { { host }, j->onward };
	const struct sgap_claim c = {
		.cause = "server-overloaded", .host = host, .in = sgap_in_miss,
		.bad = given_up, .over = over_proven, .arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;
	struct sgap_misses m;
	double load;

	if (!f)
		return;
	sgap_misses_of(j, f, host, &m);
	others = sgap_others_of(j, f, over_proven, &at);
	/* Some must still be looked up, or it is what lies behind; others must be well. */
	if (!sgap_looks_up(&m) || sgap_unfelt(j, f) || sgap_share(f->in_set) > 0.97 ||
	    sgap_bad_zones(j, f) < ZONES ||
	    (others.all >= 10 && sgap_share(others) * 3 > sgap_share(f->in_set))) {
		sgap_unclaim(j);
		return;
	}
	load = load_correlation(j, f, host);
	/* Alone in sight, a server that is silent at times and a path that loses look alike. */
	f->certain = others.all >= 10 ? 0.75 : m.silent * 2 > m.failed ? 0.25 : 0.5;
	if (load > 0.4)
		f->certain += 0.12;
	if (sgap_spares_used_ports(j, f, host))
		f->certain *= 0.3;
	snprintf(f->detail, sizeof(f->detail),
		 "%u lookups still succeed; failures and load correlate by %.1f",
		 sgap_lookups(&m), load);
	sgap_fact(j, f, "not in the cache: failed", sgap_in_miss, given_up, &at);
	sgap_fact(j, f, "in the cache: failed", sgap_in_hit, given_up, &at);
}

void sgap_rule_server_overloaded(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
