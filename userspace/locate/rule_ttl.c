// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ttl-zeroed: a server gives no time to live to records that others, or itself
 * before, give one: nothing is cached behind it (RFC 1912 section 2.2).
 */
#include "proven.h"
#include "where.h"

#define FLOOR 0.8
#define NAMES 3u	/* one that is asked again and again as it runs out is one */
_Static_assert(NAMES <= SGAP_FEW, "so many are told apart");

static bool in_living(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->class == SGAP_CLASS_OK && o->ancount &&
	       o->min_ttl != SGAP_NONE32 && o->marks & SGAP_OBS_LIVES &&
	       !(o->marks & SGAP_OBS_ENDING);
}

/* One second is what a cache leaves of a record that is about to run out. */
static bool zeroed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->min_ttl <= 1;
}

void sgap_rule_ttl(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "ttl-zeroed", .in = in_living, .bad = zeroed, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);

	if (!f)
		return;
	if (sgap_bad_names(j, f) < NAMES) {
		sgap_unclaim(j);
		return;
	}
	f->certain = w.hit == 1 ? 0.94 : 0.3;
	sgap_fact(j, f, "TTL 0 or 1 where others give more", in_living, zeroed, &at);
}
