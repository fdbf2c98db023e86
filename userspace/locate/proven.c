// SPDX-License-Identifier: GPL-2.0-or-later
#include "proven.h"

/* The name above, unless that is a top-level domain: 0. */
static __u32 zone_above(const struct sgap_ev *ev, __u32 name)
{
	__u32 above = ev->names[name].parent;

	return ev->names[above].labels > 1 ? above : 0;
}

bool sgap_is_proven(const struct sgap_ev *ev, const struct sgap_obs *o, bool later)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u32 zone = zone_above(ev, o->name);
	__u64 from = later ? o->ts : 0;

	if (!o->question)
		return false;
	/* At any time: from a cache it is as good. */
	return (later ? o->marks & SGAP_OBS_CACHED : q->data || q->absent || q->empty) ||
	       q->last_ok > from ||
	       (zone && ev->below[zone].last_ok > from) ||
	       (!later && (ev->names[o->name].marks | ev->names[zone].marks) & SGAP_NAME_WORKED);
}

/* Did anybody try since? */
static bool is_tried(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	__u32 zone = zone_above(ev, o->name);

	return ev->questions[o->question].last_try > o->ts ||
	       (zone && ev->below[zone].last_try > o->ts);
}

bool sgap_mostly_proven(const struct sgap_judge *j, const struct sgap_finding *f, bool later)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i) || !o->question)
			continue;
		if (later ? sgap_is_proven(ev, o, true) || is_tried(ev, o) :
			    ev->questions[o->question].asked_at == SGAP_SEVERAL)
			sgap_tally_add(&t, !sgap_is_proven(ev, o, later));
	}
	return t.bad * 2 <= t.all;
}

__u32 sgap_bad_clients(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_few clients = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_few_add(&clients, j->ev->obs[i].client);
	}
	return clients.n;
}

__u32 sgap_bad_names(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_few names = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_few_add(&names, j->ev->obs[i].name);
	}
	return names.n;
}

static __u32 second_level(const struct sgap_ev *ev, __u32 name)
{
	while (name && ev->names[name].labels > 2)
		name = ev->names[name].parent;
	return name;
}

__u32 sgap_bad_zones(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_few zones = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_few_add(&zones, second_level(j->ev, j->ev->obs[i].name));
	}
	return zones.n;
}

__u32 sgap_proven_zones(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_few zones = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i) && sgap_is_proven(j->ev, o, false))
			sgap_few_add(&zones, second_level(j->ev, o->name));
	}
	return zones.n;
}
