// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * edns-dropped: queries with an OPT record get no answer, plain ones do (RFC 6891
 * section 7, RFC 8906 section 3.2). At one server it is that server or its own
 * firewall; at all of them it is a box on the way.
 */
#include "proven.h"
#include "where.h"

#define FLOOR 0.7
#define NAMES 3u
_Static_assert(NAMES <= SGAP_FEW, "so many are told apart");

static bool in_edns(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->proto == 17 && o->flags & SGAP_TXN_F_QOPT;
}

static bool in_plain(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->proto == 17 && !(o->flags & SGAP_TXN_F_QOPT);
}

void sgap_rule_edns_dropped(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "edns-dropped", .in = in_edns, .bad = sgap_bad_unanswered, .arg = &at,
		.floor = FLOOR, .loose = true, .swallowed = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);
	struct sgap_fact *plain;

	if (!f)
		return;
	sgap_fact(j, f, "with OPT: no answer", in_edns, sgap_bad_unanswered, &at);
	plain = sgap_fact(j, f, "without OPT: no answer", in_plain, sgap_bad_unanswered, &at);
	/* Without plain queries that get through, it is no matter of EDNS. */
	if (!sgap_takes_each(j, f) || !plain || plain->after.all < 5 || sgap_unfelt(j, f) ||
	    sgap_bad_names(j, f) < NAMES || !sgap_mostly_proven(j, f, true) ||
	    sgap_share(plain->after) * 3 > sgap_share(f->in_set) ||
	    sgap_share_high(plain->after) > sgap_share_low(f->in_set))
		sgap_unclaim(j);
}
