// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zone-expired: a secondary that lost its primary answers SERVFAIL for the zone once
 * the SOA's expire time is over (RFC 1912 section 2.2, RFC 8914 section 4.25).
 */
#include "zone.h"

static double certain(const struct sgap_zone_facts *z)
{
	if (z->expired)
		return 0.96;
	if (z->auth.host)
		return (z->auth.servfail - z->auth.looped) * 2 > z->auth.asked &&
		       z->auth.good * 10 < z->auth.asked ? 0.95 : 0.03;
	if (z->parent)
		return 0.02;
	if (z->validation || z->slow * 5 >= z->failed)
		return 0.03;
	if (z->fresh_ok * 12 > z->fresh)
		return 0.1;
	return z->is_signed && !sgap_zone_unreached(z) ? 0.1 : 0.24;
}

void sgap_rule_zone_expired(struct sgap_judge *j)
{
	sgap_zone_rule(j, "zone-expired", certain, false);
}
