// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lame-delegation: a server that a zone is delegated to does not serve it: REFUSED,
 * an answer without AA, or a referral upwards (RFC 1912 section 2.8). At the
 * resolvers it is a quick SERVFAIL for one zone; so is an expired one, and only the
 * other side of the resolvers tells them apart.
 */
#include "zone.h"

static double certain(const struct sgap_zone_facts *z)
{
	if (z->auth.host)
		return (z->auth.refused + z->auth.referral) * 2 > z->auth.asked ? 0.96 : 0.03;
	if (z->parent)
		return 0.03;
	if (z->validation || z->expired || z->slow * 5 >= z->failed)
		return 0.03;
	if (z->fresh_ok * 12 > z->fresh)
		return 0.2;
	return z->is_signed && !sgap_zone_unreached(z) ? 0.2 : 0.52;
}

void sgap_rule_lame_delegation(struct sgap_judge *j)
{
	sgap_zone_rule(j, "lame-delegation", certain, false);
}
