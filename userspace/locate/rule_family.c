// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * family-broken: one address family of a server is dead and the other is fine. Two
 * addresses are taken for one server when their caches are one: the same records
 * run out at the same moment under both.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "rules.h"

#define FLOOR 0.9

static bool speaks(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_port_unreachable(o) || o->class == SGAP_CLASS_RESET;
}

static bool alive(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->server == host && sgap_obs_counts(o) && o->ts >= f->since)
			sgap_tally_add(&t, sgap_obs_failed(o));
	}
	return t.all >= 5 && sgap_share(t) < 0.3;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "family-broken", .host = host, .in = sgap_in_server,
		.bad = sgap_bad_unanswered, .arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char text[SGAP_ADDR_TEXT];
	__u32 twin;

	if (!f)
		return;
	twin = j->twin[host];
	if (!twin || !alive(j, f, twin) || sgap_count_in(j, f, speaks, NULL) ||
	    sgap_unfelt(j, f)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.93;
	f->gain += 20;	/* the same set as a dead server's, and one thing more: it lives */
	snprintf(f->detail, sizeof(f->detail), "the same server answers at %s",
		 sgap_addr_text(text, j->ev->hosts[twin].addr.b));
	sgap_fact(j, f, "over this family: no answer", sgap_in_server, sgap_bad_unanswered, &at);
	sgap_fact(j, f, "over the other: no answer", sgap_in_server, sgap_bad_unanswered,
		  &(struct sgap_at){ twin });
}

void sgap_rule_family(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
