// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * recursion-disabled: a server that serves only its own zones stands where clients
 * ask for recursion: RA=0 everywhere, REFUSED or a referral for what it does not
 * own (RFC 1034 section 4.3.1, RFC 8914 section 4.21).
 */
#include <stdio.h>

#include "refusal.h"

#define FLOOR 0.7

static bool not_recursed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	if (o->rcode == SGAP_NONE16 || !(o->qflags & SGAP_DNS_RD) || o->aflags & SGAP_DNS_RA)
		return false;
	return o->class == SGAP_CLASS_REFUSED ||
	       (o->class == SGAP_CLASS_OK && !o->ancount && !o->rcode &&
		!(o->aflags & (SGAP_DNS_AA | SGAP_DNS_TC)));
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "recursion-disabled", .host = host, .in = sgap_in_server,
		.bad = not_recursed, .arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_refusal r;

	if (!f)
		return;
	sgap_refusal_count(j, f, host, SGAP_CLASS_REFUSED, &r);
	if (r.refused * 2 > f->in_set.bad && sgap_refusal_by_name(&r, f)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = r.refused < f->in_set.bad / 2 ? 0.95 : 1 - sgap_refusal_acl(&r);
	sgap_fact(j, f, "no recursion offered, no answer", sgap_in_server, not_recursed, &at);
	if (r.notauth)
		snprintf(f->detail, sizeof(f->detail),
			 "%u refusals carry EDE 20 (Not Authoritative)", r.notauth);
	else
		snprintf(f->detail, sizeof(f->detail), "RA=0 in all of them");
}

void sgap_rule_recursion_disabled(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
