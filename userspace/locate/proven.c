// SPDX-License-Identifier: GPL-2.0-or-later
#include "proven.h"

/* What a name that begins with "_" is about (RFC 8552 section 1.1): it has the same servers. */
static __u32 subject(const struct sgap_ev *ev, __u32 name)
{
	while (name && ev->names[name].labels > 1 &&
	       ev->arena[ev->names[name].offset + 1] == '_')
		name = ev->names[name].parent;
	return name;
}

bool sgap_is_proven(const struct sgap_ev *ev, const struct sgap_obs *o, bool later)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u32 name = subject(ev, o->name), zone = sgap_zone_above(ev, name);
	__u64 from = later ? o->ts : 0;

	if (!o->question)
		return false;
	/* At any time: from a cache it is as good. */
	return (later ? o->marks & SGAP_OBS_CACHED : sgap_is_answered(q)) ||
	       q->last_ok > from ||
	       (zone && ev->below[zone].last_ok > from) ||
	       ev->below[name].last_ok > from ||
	       (!later && (ev->names[name].marks | ev->names[zone].marks) & SGAP_NAME_WORKED);
}

/* Did anybody try since? */
static bool is_tried(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	__u32 name = subject(ev, o->name), zone = sgap_zone_above(ev, name);

	return ev->questions[o->question].last_try > o->ts ||
	       (zone && ev->below[zone].last_try > o->ts) ||
	       ev->below[name].last_try > o->ts;
}

bool sgap_mostly_proven(const struct sgap_judge *j, const struct sgap_finding *f, bool later)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally t = { 0, 0 };
	bool proven;
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i) || !o->question)
			continue;
		proven = sgap_is_proven(ev, o, later);
		if (later ? proven || is_tried(ev, o) :
			    ev->questions[o->question].asked_at == SGAP_SEVERAL)
			sgap_tally_add(&t, !proven);
	}
	return t.bad * 2 <= t.all;
}

typedef __u32 (*number_fn)(const struct sgap_ev *ev, const struct sgap_obs *o);

static __u32 client_of(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	(void)ev;
	return o->client;
}

static __u32 name_of(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	(void)ev;
	return o->name;
}

static __u32 second_level(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	__u32 name = o->name;

	while (name && ev->names[name].labels > 2)
		name = ev->names[name].parent;
	return name;
}

/* Different ones of the finding's bad ones, all or those that are proven. */
static __u32 count(const struct sgap_judge *j, const struct sgap_finding *f, number_fn of,
		   bool proven)
{
	struct sgap_few few = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i) &&
		    (!proven || sgap_is_proven(j->ev, o, false)))
			sgap_few_add(&few, of(j->ev, o));
	}
	return few.n;
}

__u32 sgap_bad_clients(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return count(j, f, client_of, false);
}

__u32 sgap_bad_names(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return count(j, f, name_of, false);
}

__u32 sgap_bad_zones(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return count(j, f, second_level, false);
}

__u32 sgap_proven_zones(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return count(j, f, second_level, true);
}
