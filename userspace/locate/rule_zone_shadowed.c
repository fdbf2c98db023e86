// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zone-shadowed: one server says that names do not exist, or are empty, which
 * others have data for: all below one name (RFC 6303; RFC 8914 sections 4.16 to
 * 4.18 for a policy that says so).
 */
#include <stdio.h>

#include "zone.h"

#define FLOOR 0.6

static bool in_existing(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_zone(ev, o, arg) && o->marks & SGAP_OBS_EXISTS;
}

static bool hidden(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_OK && o->marks & SGAP_OBS_EXISTS &&
	       !(o->aflags & SGAP_DNS_TC) &&
	       (o->rcode == 3 || (!o->ancount && !o->rcode) || (o->ede >= 15 && o->ede <= 17));
}

static bool by_policy(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return hidden(ev, o, arg) &&
	       (o->aflags & SGAP_DNS_AA || (o->ede >= 15 && o->ede <= 17));
}

/* The name that most of the server's hidden ones lie below; 0 = none. */
static __u32 subtree(const struct sgap_judge *j, __u32 host)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, name, all = 0, best = 0;

	memset(j->tree, 0, ev->nnames * sizeof(*j->tree));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->server != host || !sgap_obs_counts(o) || !hidden(ev, o, NULL))
			continue;
		all++;
		for (name = o->name; name; name = ev->names[name].parent)
			j->tree[name]++;
	}
	for (i = 1; i < ev->nnames; i++) {
		if (j->tree[i] * 10 < all * 8 || j->tree[i] < 4)
			continue;
		if (!best || ev->names[i].labels > ev->names[best].labels)
			best = i;
	}
	return best;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_zone_at at = { { host }, subtree(j, host) };
	const struct sgap_claim c = {
		.cause = "zone-shadowed", .host = host, .in = in_existing, .bad = hidden,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f;
	char name[1025];

	if (!at.zone)
		return;
	f = sgap_claim(j, &c);
	if (!f)
		return;
	f->certain = sgap_count_in(j, f, by_policy, NULL) * 2 > f->in_set.bad ? 0.95 : 0.85;
	f->zones[f->nzones++] = at.zone;
	snprintf(f->detail, sizeof(f->detail), "names below %.100s",
		 sgap_ev_name_text(j->ev, at.zone, name));
	sgap_fact(j, f, "no data, though others have it", in_existing, hidden, &at);
}

void sgap_rule_zone_shadowed(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
