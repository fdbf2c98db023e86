// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * type-dropped: queries of one type are swallowed, all others are answered (RFC
 * 8906 section 3.1.2). Across servers it is a box on the way.
 */
#include <stdio.h>

#include "proven.h"
#include "say.h"
#include "where.h"

#define FLOOR 0.7
#define TYPES 24u

struct arg {
	struct sgap_at at;
	__u16 type;
};

static bool in_type(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return sgap_in_server(ev, o, arg) && o->name && o->qtype == a->type;
}

static bool in_other_type(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return sgap_in_server(ev, o, arg) && o->name && o->qtype != a->type;
}

/* It was answered, only not in time. */
static bool is_late(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_LATE);
}

static void try(struct sgap_judge *j, __u16 type)
{
	struct arg arg = { { 0 }, type };
	struct sgap_claim c = {
		.cause = "type-dropped", .in = in_type, .bad = sgap_bad_unanswered, .arg = &arg,
		.floor = FLOOR, .loose = true, .swallowed = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &arg.at, &w);
	char name[16], what[64];
	struct sgap_fact *rest;

	if (!f)
		return;
	snprintf(what, sizeof(what), "%s: no answer", sgap_say_type(name, type));
	f->types[f->ntypes++] = type;
	sgap_fact(j, f, what, in_type, sgap_bad_unanswered, &arg);
	rest = sgap_fact(j, f, "other types: no answer", in_other_type, sgap_bad_unanswered, &arg);
	if (!sgap_takes_each(j, f) || !rest || rest->after.all < 5 ||
	    sgap_share(rest->after) * 3 > sgap_share(f->in_set) ||
	    sgap_count_in(j, f, is_late, NULL) * 4 > f->in_set.bad || sgap_unfelt(j, f) ||
	    !sgap_mostly_proven(j, f, true) ||
	    sgap_misses_alike(j, f, in_other_type, sgap_bad_unanswered, &arg))
		sgap_unclaim(j);
}

void sgap_rule_type_dropped(struct sgap_judge *j)
{
	__u16 types[TYPES];
	__u32 i, n = sgap_types(j, types, TYPES);

	for (i = 0; n > 1 && i < n; i++)
		try(j, types[i]);
}
