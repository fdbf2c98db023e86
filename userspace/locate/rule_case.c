// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * case-mismatch: answers do not echo the spelling of the query's name, so clients
 * that check it (0x20) drop them.
 */
#include "where.h"

#define FLOOR 0.5

static bool in_answered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->rcode != SGAP_NONE16 && o->name;
}

static bool mismatch(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->flags & SGAP_TXN_F_CASE);
}

void sgap_rule_case(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "case-mismatch", .in = in_answered, .bad = mismatch, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);

	if (!f)
		return;
	sgap_fact(j, f, "name not echoed as asked", in_answered, mismatch, &at);
}
