// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * aaaa-mishandled: queries for AAAA get an error or NXDOMAIN for names that exist
 * with other types (RFC 4074 sections 4.1 to 4.4). Silence is type-dropped's.
 */
#include "where.h"

#define FLOOR 0.6
#define A 1
#define AAAA 28

static bool in_aaaa(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->name && o->qtype == AAAA;
}

static bool in_a(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->name && o->qtype == A;
}

static bool has_a(const struct sgap_ev *ev, __u32 name)
{
	__u32 q = name ? ev->names[name].a_question : 0;

	return q && ev->questions[q].data;
}

static bool mishandled(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)arg;
	if (o->class > SGAP_CLASS_RESET)
		return true;
	return o->class == SGAP_CLASS_OK && o->rcode == 3 && has_a(ev, o->name);
}

void sgap_rule_aaaa(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "aaaa-mishandled", .in = in_aaaa, .bad = mishandled, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);
	struct sgap_fact *rest;

	if (!f)
		return;
	f->types[f->ntypes++] = AAAA;
	sgap_fact(j, f, "AAAA: an error, or NXDOMAIN where A exists", in_aaaa, mishandled, &at);
	rest = sgap_fact(j, f, "A: the same", in_a, mishandled, &at);
	if (!rest || rest->after.all < 5 || sgap_share(rest->after) * 3 > sgap_share(f->in_set) ||
	    sgap_misses_alike(j, f, in_a, mishandled, &at))
		sgap_unclaim(j);
}
