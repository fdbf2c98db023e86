// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * authoritative-dead: no server of one zone answers any more: its names fail after
 * seconds at every resolver, with EDE 22 or 23 where that is given (RFC 9520).
 */
#include "zone.h"

#define ENDED 3u	/* what is only late may yet be answered: a slow server is not dead */
#define FETCHED 4u	/* one answer of the zone's servers to so many failures: they live */

static double certain(const struct sgap_zone_facts *z)
{
	if (z->ended < ENDED)
		return 0.03;
	if (z->auth.host)
		return z->auth.silent * 10 > z->auth.asked * 8 && !z->serve ? 0.97 : 0.03;
	if (z->parent || z->fetched * FETCHED > z->failed)
		return 0.03;
	if (z->validation || z->expired)
		return 0.03;
	if (z->slow * 5 < z->failed)
		return z->unreachable ? 0.15 : 0.03;
	return sgap_zone_divides(z) ? 0.2 : 0.9;
}

void sgap_rule_authoritative_dead(struct sgap_judge *j)
{
	sgap_zone_rule(j, "authoritative-dead", certain, false);
}
