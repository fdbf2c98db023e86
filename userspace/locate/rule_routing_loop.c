// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * routing-loop: packets to a server run out of hops: ICMP time exceeded (RFC 792,
 * RFC 4443 section 3.3). Hops run out where packets circle, so who says so is in the
 * circle, whichever of its routers has the wrong route.
 */
#include "rules.h"

#define FLOOR 0.7
#define SAYS 3u

static bool circled(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_time_exceeded(o);
}

/* The router that says so; no host that asks or is asked. */
static __u32 router(const struct sgap_judge *j, const struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (sgap_bit(f->in, i) && sgap_is_time_exceeded(o) &&
		    ev->hosts[o->icmp_from].role == SGAP_ROLE_UNKNOWN)
			return o->icmp_from;
	}
	return 0;
}

static void try(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "routing-loop", .in = sgap_in_server, .bad = sgap_bad_unanswered,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;

	if (!f)
		return;
	if (sgap_count_in(j, f, circled, NULL) < SAYS) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.97;
	f->behind = host;
	f->host = host;
	others = sgap_others(j, f);
	if (host && others.all >= 5 && sgap_share(others) < 0.2)
		f->helps = SGAP_HELPS_YES;
	f->host = router(j, f);
	sgap_fact(j, f, "no answer", sgap_in_server, sgap_bad_unanswered, &at);
	sgap_fact(j, f, "ICMP time exceeded", sgap_in_server, circled, &at);
}

void sgap_rule_routing_loop(struct sgap_judge *j)
{
	__u32 before = j->nfindings;

	try(j, 0);
	if (j->nfindings == before)
		sgap_each_front(j, try);
}
