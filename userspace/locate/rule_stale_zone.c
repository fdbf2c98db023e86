// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stale-zone: servers with authority over a zone give different serials for one
 * question side by side; the lower one, in the arithmetic of RFC 1982, is of an old
 * copy (RFC 1912 section 2.2). What a cache still holds is no copy: AA must be set.
 */
#include <stdio.h>

#include "rules.h"

#define FLOOR 0.8

static bool over_serials(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->question && o->serial && o->aflags & SGAP_DNS_AA;
}

static bool in_serials(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && over_serials(ev, o, arg);
}

/* Another server gave a newer serial before. */
static bool older(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_question *q = &ev->questions[o->question];

	(void)arg;
	return q->newest_from && q->newest_from != o->server && q->newest_at <= o->ts &&
	       (__s32)(q->newest - o->serial) > 0;
}

static void look_at(struct sgap_judge *j, const struct sgap_ev_server *s)
{
	const struct sgap_at at = { s->host };
	const struct sgap_claim c = {
		.cause = "stale-zone", .host = s->host, .in = in_serials, .bad = older,
		.over = over_serials, .arg = &at, .floor = FLOOR,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char name[1025];
	__u32 i;

	if (!f)
		return;
	f->certain = 0.9;
	f->role = SGAP_ROLE_AUTHORITATIVE;
	for (i = 0; i < j->ev->n && !f->nzones; i++) {
		__u32 zone = j->ev->obs[i].name;

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		f->zones[f->nzones++] = zone;
		snprintf(f->detail, sizeof(f->detail), "%.80s: serial %u, elsewhere %u",
			 sgap_ev_name_text(j->ev, zone, name), j->ev->obs[i].serial,
			 j->ev->questions[j->ev->obs[i].question].newest);
	}
	sgap_fact(j, f, "an older serial", in_serials, older, &at);
}

void sgap_rule_stale_zone(struct sgap_judge *j)
{
	__u32 i;

	for (i = 0; i < j->ev->nservers; i++) {
		if (j->ev->hosts[j->ev->servers[i].host].flags & SGAP_HOST_AA)
			look_at(j, &j->ev->servers[i]);
	}
}
