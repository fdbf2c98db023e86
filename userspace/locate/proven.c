// SPDX-License-Identifier: GPL-2.0-or-later
#include "proven.h"

bool sgap_is_proven(const struct sgap_ev *ev, const struct sgap_obs *o, bool later)
{
	__u32 above = ev->names[o->name].parent;
	__u64 from = later ? o->ts : 0;

	return o->question && (ev->questions[o->question].last_ok > from ||
			       (ev->names[above].labels > 1 && ev->below[above].last_ok > from));
}

bool sgap_mostly_proven(const struct sgap_judge *j, const struct sgap_finding *f, bool later)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i) && o->question &&
		    (later || j->ev->questions[o->question].asked_at == SGAP_SEVERAL))
			sgap_tally_add(&t, !sgap_is_proven(j->ev, o, later));
	}
	return t.bad * 2 <= t.all;
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

__u32 sgap_bad_zones(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_few zones = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		__u32 name = j->ev->obs[i].name;

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		while (name && j->ev->names[name].labels > 2)
			name = j->ev->names[name].parent;
		sgap_few_add(&zones, name);
	}
	return zones.n;
}
