// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wrong-answers: one server gives one address for nearly all that is asked, whatever the zone,
 * which nobody else gives for anything, while others give those names addresses of their own: a
 * portal's page, and no list of names. A farm's address is given by others as well, and what
 * steers clients moves names whose others' address is one, too (RFC 7871 section 11).
 */
#include <string.h>

#include "proven.h"
#include "twin.h"

#define NEARLY_ALL 0.8	/* what it had in its cache runs out first */

struct arg {
	struct sgap_at at;
	__u32 addr;
};

static bool in_addresses(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->class == SGAP_CLASS_OK && o->qtype == 1 && o->addr;
}

static bool is_one(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	(void)ev;
	return o->addr == a->addr;
}

/* The address that won in the end; if more than half of the last answers have one, that one. */
static __u32 last_given(const struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	struct sgap_vote vote = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_here(j, o) && in_addresses(j->ev, o, &at))
			sgap_vote_add(&vote, o->addr);
	}
	return vote.leader;
}

/* Does anybody else give the address? */
static bool is_shared(const struct sgap_judge *j, const struct sgap_finding *f, __u32 addr)
{
	__u32 i, host = sgap_twin_first(j, f->host);

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->addr == addr && sgap_here(j, o) && sgap_twin_first(j, o->server) != host)
			return true;
	}
	return false;
}

/* Do the questions that it is given for have answers of many kinds elsewhere, or had before? */
static bool is_disputed(const struct sgap_judge *j, const struct sgap_finding *f, __u32 addr)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_few theirs = { 0 };
	__u32 i;

	memset(j->wide, 0, (ev->nquestions + 1ul) * sizeof(*j->wide));
	for (i = 0; i < ev->n; i++)
		j->wide[ev->obs[i].question] |= sgap_bit(f->in, i) && sgap_bit(f->bad, i);
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->question && o->addr && o->addr != addr && sgap_here(j, o) &&
		    j->wide[o->question])
			sgap_few_add(&theirs, o->addr);
	}
	return theirs.n == SGAP_FEW;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct arg arg = { { host }, last_given(j, host) };
	const struct sgap_claim c = {
		.cause = "wrong-answers", .host = host, .in = in_addresses, .bad = is_one,
		.arg = &arg, .floor = NEARLY_ALL, .loose = true,
	};
	struct sgap_finding *f = arg.addr ? sgap_claim(j, &c) : NULL;

	if (!f)
		return;
	if (sgap_bad_zones(j, f) < SGAP_FEW || is_shared(j, f, arg.addr) ||
	    !is_disputed(j, f, arg.addr)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.9;
	sgap_fact(j, f, "one address for all that is asked", in_addresses, is_one, &arg);
}

void sgap_rule_one_address(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
