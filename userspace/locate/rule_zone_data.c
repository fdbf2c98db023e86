// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zone-data-broken: a zone's servers answer, with data that cannot be followed: an
 * alias in a circle, name servers without an address (RFC 1912 sections 2.3, 2.4).
 */
#include "zone.h"

static double certain(const struct sgap_zone_facts *z)
{
	if (z->validation || z->expired)
		return 0.02;
	if (z->auth.host)
		return (z->auth.good * 2 > z->auth.asked && !z->is_signed && !z->onward) ||
		       z->auth.looped * 2 > z->auth.servfail ? 0.85 : 0.05;
	if (z->parent)
		return 0.9;
	if (z->slow * 5 >= z->failed)
		return sgap_zone_divides(z) ? 0.55 : 0.04;
	/* Part of the zone can still be followed: its servers are there and agree. */
	return z->fresh_ok * 12 > z->fresh ? 0.6 : 0.1;
}

void sgap_rule_zone_data(struct sgap_judge *j)
{
	sgap_zone_rule(j, "zone-data-broken", certain, true);
}
