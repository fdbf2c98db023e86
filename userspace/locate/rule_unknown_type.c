// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unknown-type-mishandled: types that a server does not know get NOTIMP, FORMERR,
 * REFUSED or SERVFAIL instead of an answer (RFC 3597 section 3, RFC 8906 section
 * 3.1.2), while those of RFC 1035 are answered.
 */
#include "where.h"

#define FLOOR 0.6
#define AAAA 28

/* Since RFC 3597 no type needs to be known: old is what RFC 1035 and AAAA brought. */
static bool is_old(__u16 type)
{
	return type <= 16 || type == AAAA;
}

static bool in_new(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->name && !is_old(o->qtype) && !sgap_is_meta(o);
}

static bool in_old(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->name && is_old(o->qtype);
}

static bool an_error(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class > SGAP_CLASS_RESET;
}

void sgap_rule_unknown_type(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "unknown-type-mishandled", .in = in_new, .bad = an_error, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);
	struct sgap_fact *rest;
	__u32 i, k;

	if (!f)
		return;
	for (i = 0; i < j->ev->n && f->ntypes < SGAP_SCOPE; i++) {
		__u16 type = j->ev->obs[i].qtype;

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		for (k = 0; k < f->ntypes && f->types[k] != type; k++)
			;
		if (k == f->ntypes)
			f->types[f->ntypes++] = type;
	}
	sgap_fact(j, f, "newer types: an error", in_new, an_error, &at);
	rest = sgap_fact(j, f, "types of RFC 1035: an error", in_old, an_error, &at);
	if (!rest || rest->after.all < 5 || sgap_share(rest->after) * 3 > sgap_share(f->in_set) ||
	    sgap_misses_alike(j, f, in_old, an_error, &at))
		sgap_unclaim(j);
}
