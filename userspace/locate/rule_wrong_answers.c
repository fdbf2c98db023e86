// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wrong-answers: one server gives other data than it did and than others get when
 * they ask anew: so the zones have not changed. One such name alone is no pattern.
 */
#include <stdio.h>

#include "where.h"

#define FLOOR 0.05
#define NAMES 3u
#define NEAR_NS (5 * SGAP_NS_PER_S)	/* what belongs together follows within it */

static bool in_compared(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->marks & SGAP_OBS_COMPARED;
}

static bool differs(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_DIFFERS);
}

/* Different names among the bad ones, up to NAMES. */
static __u32 names(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 seen[NAMES], n = 0, i, k, name;

	for (i = 0; i < j->ev->n && n < NAMES; i++) {
		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		name = j->ev->obs[i].name;
		for (k = 0; k < n && seen[k] != name; k++)
			;
		if (k == n)
			seen[n++] = name;
	}
	return n;
}

/* It alone gives this, and others other data, whenever they were asked. */
static bool disputed(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u32 i;

	for (i = 0; o->marks & SGAP_OBS_COMPARED && q->ndigests == 2 && i < 2; i++) {
		if (q->digest[i].digest == o->digest)
			return q->digest[i].host == o->server && q->digest[!i].host != o->server;
	}
	return false;
}

/*
 * The names that prove it were asked for several times. Those that others were asked
 * for once show as well when it began.
 */
static void walk_back(const struct sgap_judge *j, struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = ev->n; i--;) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->ts >= f->since || o->server != f->host || !sgap_here(j, o) ||
		    !disputed(ev, o))
			continue;
		if (o->ts + NEAR_NS < f->since)
			break;
		f->since = o->ts;
	}
}

/* Do others differ as well? Then it is the zones that have many faces. */
static bool spread(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i, others = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		others += sgap_here(j, o) && o->server != f->host && differs(j->ev, o, NULL);
	}
	return others * 3 > f->in_set.bad;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "wrong-answers", .host = host, .in = in_compared, .bad = differs,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);

	if (!f)
		return;
	if (names(j, f) < NAMES || spread(j, f)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.85;
	walk_back(j, f);
	sgap_fact(j, f, "other data than before and than elsewhere", in_compared, differs, &at);
}

void sgap_rule_wrong_answers(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
