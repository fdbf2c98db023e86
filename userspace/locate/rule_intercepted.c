// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * intercepted: somebody answers in the servers' place: two answers to one query
 * that differ, or answers of all servers from one moment on with another hop
 * count, alike for all, and other data or none of the servers' own delays.
 */
#include <stdio.h>

#include "rules.h"

#define FLOOR 0.3
#define HOPS_FLOOR 0.8

struct arg {
	struct sgap_at at;
	__u8 usual[256];	/* hop count before, by server number (first 256) */
};

static bool two_answers(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_TWO);
}

static bool in_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->proto == 17 && o->hops;
}

static bool other_hops(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;
	__u32 s = ev->hosts[o->server].server;

	return o->hops && s && s <= 256 && a->usual[s - 1] && a->usual[s - 1] != o->hops;
}

/* TCP is seldom intercepted: its hop count stays what it was. */
static bool tcp_as_before(const struct sgap_judge *j, const struct sgap_finding *f,
			  const struct arg *arg)
{
	__u32 i, same = 0, moved = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (j->scope[i] != SGAP_SCOPE_USUAL || o->proto != 6 || o->ts < f->since ||
		    !o->hops || o->class != SGAP_CLASS_OK)
			continue;
		if (other_hops(j->ev, o, arg))
			moved++;
		else
			same++;
	}
	return same > moved;
}

/* A distance is one from here: another vantage point has its own. */
static void usual_hops(const struct sgap_judge *j, struct arg *arg)
{
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];
		__u32 s = j->ev->hosts[o->server].server;

		if (o->hops && o->proto == 17 && s && s <= 256 && !arg->usual[s - 1] &&
		    j->scope[i] == SGAP_SCOPE_USUAL)
			arg->usual[s - 1] = o->hops;
	}
}

static void by_hops(struct sgap_judge *j)
{
	struct arg arg = { 0 };
	const struct sgap_claim c = {
		.cause = "intercepted", .in = in_udp, .bad = other_hops, .arg = &arg,
		.floor = HOPS_FLOOR,
	};
	struct sgap_finding *f;

	usual_hops(j, &arg);
	f = sgap_claim(j, &c);
	if (!f)
		return;
	/* A route that changed moves TCP as well. */
	f->certain = tcp_as_before(j, f, &arg) ? 0.7 : 0.15;
	f->harmless = f->certain < 0.5;
	sgap_fact(j, f, "answers from another distance", in_udp, other_hops, &arg);
}

static void by_two(struct sgap_judge *j)
{
	const struct sgap_at at = { 0 };
	const struct sgap_claim c = {
		.cause = "intercepted", .in = in_udp, .bad = two_answers, .arg = &at,
		.floor = FLOOR,
	};
	struct sgap_finding *f = sgap_claim(j, &c);

	if (!f)
		return;
	f->certain = 0.9;
	sgap_fact(j, f, "two answers that differ", in_udp, two_answers, &at);
}

void sgap_rule_intercepted(struct sgap_judge *j)
{
	by_two(j);
	by_hops(j);
	sgap_rule_intercepted_nx(j);
}
