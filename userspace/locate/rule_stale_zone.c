// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stale-zone: servers of one zone give different serials side by side; the lower
 * one, in the arithmetic of RFC 1982, is of an old copy (RFC 1912 section 2.2).
 */
#include <stdio.h>

#include "lib/addr.h"
#include "rules.h"

#define FLOOR 0.8

struct arg {
	struct sgap_at at;
	__u32 zone;
	__u32 newest;
};

static bool in_serials(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return sgap_in_server(ev, o, arg) && o->serial && sgap_ev_under(ev, o->name, a->zone);
}

static bool any_role(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return o->serial && sgap_ev_under(ev, o->name, a->zone);
}

static bool older(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	(void)ev;
	return o->serial && (__s32)(a->newest - o->serial) > 0;
}

/* Answers about the zone itself: a query for its SOA, or its name's absence. */
static __u32 zone_of(const struct sgap_obs *o)
{
	return o->qtype == 6 && o->ancount ? o->name : 0;
}

static void look_at(struct sgap_judge *j, __u32 host, __u32 zone, __u32 newest)
{
	const struct arg arg = { { host }, zone, newest };
	const struct sgap_claim c = {
		.cause = "stale-zone", .host = host, .in = in_serials, .bad = older,
		.over = any_role, .arg = &arg, .floor = FLOOR,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char name[1025];

	if (!f)
		return;
	f->certain = 0.85;
	f->zones[f->nzones++] = zone;
	snprintf(f->detail, sizeof(f->detail), "zone %.80s, others have serial %u",
		 sgap_ev_name_text(j->ev, zone, name), newest);
	sgap_fact(j, f, "an older serial", in_serials, older, &arg);
}

/* Zones whose SOA was asked, and the newest serial of each. */
void sgap_rule_stale_zone(struct sgap_judge *j)
{
	const struct sgap_ev *ev = j->ev;
	struct { __u32 zone, newest; } zones[16];
	__u32 i, k, n = 0;

	for (i = 0; i < ev->n; i++) {
		__u32 zone = zone_of(&ev->obs[i]), serial = ev->obs[i].serial;

		if (!zone || !serial)
			continue;
		for (k = 0; k < n && zones[k].zone != zone; k++)
			;
		if (k == 16)
			continue;
		if (k == n) {
			zones[n].zone = zone;
			zones[n++].newest = serial;
		} else if ((__s32)(serial - zones[k].newest) > 0) {
			zones[k].newest = serial;
		}
	}
	for (i = 0; i < n; i++) {
		for (k = 0; k < ev->nservers; k++)
			look_at(j, ev->servers[k].host, zones[i].zone, zones[i].newest);
	}
}
