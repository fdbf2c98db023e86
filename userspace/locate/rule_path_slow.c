// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path-slow: the least time that any answer takes grew at all servers alike. It is
 * trouble only when clients stop waiting: below, it is a longer way and no fault.
 */
#include <stdio.h>

#include "slow.h"

#define FLOOR 0.85
#define PATIENCE_US 1000000u	/* common stubs ask again after a second */

static bool in_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->proto == 17;
}

/* What a resolver fails to look up takes as long as it tries, however short the way. */
static bool in_well(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return in_udp(ev, o, arg) && o->class == SGAP_CLASS_OK;
}

/* Did the floor of every server with a base move? */
static __u32 moved(const struct sgap_judge *j, const struct sgap_finding *f,
		   const struct sgap_slow *slow)
{
	__u32 i, n, us, all = 0;

	for (i = 0; i < slow->servers; i++) {
		const struct sgap_at at = { slow->base[i].host };

		us = sgap_rtt(j, in_well, &at, f->since, ~0ULL, 100, &n);
		if (n < 5)
			continue;
		if (us < slow->base[i].base_us + 50000)
			return 0;
		all++;
	}
	return all;
}

void sgap_rule_path_slow(struct sgap_judge *j)
{
	struct sgap_slow slow;
	const struct sgap_claim c = {
		.cause = "path-slow", .in = in_udp, .bad = sgap_bad_slow, .arg = &slow,
		.floor = FLOOR,
	};
	struct sgap_finding *f;
	__u32 n, after;

	sgap_slow_init(j, &slow);
	f = sgap_claim(j, &c);
	if (!f)
		return;
	n = moved(j, f, &slow);
	after = sgap_rtt(j, in_well, &slow.at, f->since, ~0ULL, 500, NULL);
	if (n < 2) {
		sgap_unclaim(j);
		return;
	}
	f->helps = SGAP_HELPS_NO;
	f->certain = 0.93;
	f->harmless = after < PATIENCE_US;
	snprintf(f->detail, sizeof(f->detail), "median %u ms now, at %u servers alike",
		 after / 1000, n);
	sgap_fact(j, f, "late or unanswered", in_udp, sgap_bad_slow, &slow);
}
