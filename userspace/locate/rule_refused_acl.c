// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * recursion-refused-by-acl: REFUSED for some or all clients whatever they ask, by
 * who asks and not by what (RFC 5358 recommends the list; RFC 8914 section 4.19).
 */
#include <stdio.h>

#include "refusal.h"

#define FLOOR 0.85	/* of the refused networks' queries; what is in a cache may pass */

struct arg {
	struct sgap_at at;
	const struct sgap_refusal *r;
};

static bool in_refused_network(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return o->server == a->at.host && sgap_refusal_there(ev, o, a->r);
}

/* All its refusals, wherever they begin: to see which networks they go to. */
static bool networks(struct sgap_judge *j, __u32 host, struct sgap_refusal *r)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "recursion-refused-by-acl", .host = host, .in = sgap_in_server,
		.bad = sgap_bad_refused, .arg = &at, .floor = 0.05, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);

	if (!f)
		return false;
	sgap_refusal_count(j, f, host, SGAP_CLASS_REFUSED, r);
	sgap_unclaim(j);
	return true;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	struct sgap_refusal r;
	const struct arg arg = { { host }, &r };
	const struct sgap_claim c = {
		.cause = "recursion-refused-by-acl", .host = host, .in = in_refused_network,
		.bad = sgap_bad_refused, .arg = &arg, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f;

	if (!networks(j, host, &r))
		return;
	f = sgap_claim(j, &c);
	if (!f)
		return;
	sgap_refusal_count(j, f, host, SGAP_CLASS_REFUSED, &r);
	if (sgap_refusal_by_name(&r, f)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = sgap_refusal_acl(&r);
	sgap_fact(j, f, "REFUSED", in_refused_network, sgap_bad_refused, &arg);
	if (r.prohibited)
		snprintf(f->detail, sizeof(f->detail), "%u refusals carry EDE 18 (Prohibited)",
			 r.prohibited);
	else if (r.by_network)
		snprintf(f->detail, sizeof(f->detail), "other client networks get answers");
}

void sgap_rule_refused_acl(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
