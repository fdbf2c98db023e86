// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nat-exhausted: queries from ports not used before get no answer, from ports in
 * use they do, whatever the server (RFC 4787 section 4, RFC 6888): the box between
 * has no room for new flows. Its address is named where its translation is seen.
 */
#include "outer.h"
#include "rules.h"

#define FLOOR 0.2
#define USED 8u

static bool in_new(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->marks & SGAP_OBS_NEWPORT;
}

static bool in_used(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->proto == 17 && !(o->marks & SGAP_OBS_NEWPORT);
}

bool sgap_spares_used_ports(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	struct sgap_tally fresh = { 0, 0 }, used = { 0, 0 };
	const struct sgap_at at = { host };
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_during(f, o->ts) || j->scope[i] != SGAP_SCOPE_USUAL)
			continue;
		if (in_new(ev, o, &at))
			sgap_tally_add(&fresh, sgap_bad_unanswered(ev, o, NULL));
		else if (in_used(ev, o, &at))
			sgap_tally_add(&used, sgap_bad_unanswered(ev, o, NULL));
	}
	return used.all >= USED && sgap_share(fresh) > FLOOR &&
	       sgap_share(used) * 4 <= sgap_share(fresh);
}

void sgap_rule_nat(struct sgap_judge *j)
{
	const struct sgap_at at = { 0 };
	const struct sgap_claim c = {
		.cause = "nat-exhausted", .in = in_new, .bad = sgap_bad_unanswered, .arg = &at,
		.floor = FLOOR,
	};
	struct sgap_finding *f = sgap_claim(j, &c);

	if (!f)
		return;
	sgap_fact(j, f, "from new ports: no answer", in_new, sgap_bad_unanswered, &at);
	sgap_fact(j, f, "from ports in use: no answer", in_used, sgap_bad_unanswered, &at);
	f->helps = SGAP_HELPS_NO;
	f->certain = 0.9;
	if (!sgap_spares_used_ports(j, f, 0) ||
	    !sgap_alike(j, f, sgap_bad_unanswered, &at, false) ||
	    !sgap_alike(j, f, sgap_bad_unanswered, &at, true)) {
		sgap_unclaim(j);
		return;
	}
	f->host = sgap_outer_of(j, f);
}
