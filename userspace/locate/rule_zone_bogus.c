// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zone-bogus: one zone's signatures do not hold, so every validating resolver fails
 * it (RFC 4035 section 5.5; EDE 6 to 12), while its servers answer.
 */
#include "zone.h"

static double certain(const struct sgap_zone_facts *z)
{
	if (z->validation)
		return 0.95;
	if (z->auth.host)
		return z->is_signed && !z->onward && z->auth.good * 2 > z->auth.asked ? 0.9 : 0.05;
	if (z->parent)
		return 0.05;
	if (z->checked_off >= 3)
		return 0.9;
	if (sgap_zone_divides(z))
		return z->is_signed ? 0.2 : 0.05;
	/* Who reached nobody had nothing to validate. */
	if (z->slow * 5 >= z->failed || sgap_zone_unreached(z))
		return 0.05;
	/* Who validates mostly says why, to those who can hear it; BIND 9.18 does not. */
	if (z->silent_edns >= 10)
		return z->is_signed ? 0.55 : 0.03;
	return z->is_signed ? 0.62 : 0.06;
}

void sgap_rule_zone_bogus(struct sgap_judge *j)
{
	sgap_zone_rule(j, "zone-bogus", certain, false);
}
