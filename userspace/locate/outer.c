// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One transaction on both sides of an address translator differs in its client's address
 * and port alone. An id of 16 bits repeats by chance, so it takes most of what these
 * clients were answered, and not some of it.
 */
#include "outer.h"

#include <stdlib.h>

#include "derive.h"
#include "rules.h"

#define CLOCKS_NS (5 * SGAP_NS_PER_S)	/* clocks of vantage points may differ by this */
#define OUTER_MIN 5u		/* transactions seen on both sides */
#define STEPS 256u		/* looked at for one: as many may be alike as somebody likes */

/* What the other vantage points have, by what translation leaves as it is. */
struct far {
	__u32 *slot;		/* observation + 1; 0 = free */
	__u32 mask;
};

static __u64 hash_of(const struct sgap_obs *o)
{
	return sgap_numbers_mix(o->server, o->name, (__u32)o->qtype << 16 | o->msg);
}

static bool is_answered(const struct sgap_obs *o)
{
	return sgap_obs_counts(o) && o->name && o->rcode != SGAP_NONE16;
}

static bool is_same(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->server == b->server && a->name == b->name && a->qtype == b->qtype &&
	       a->msg == b->msg && a->proto == b->proto && a->rcode == b->rcode &&
	       a->digest == b->digest;
}

static bool is_near_in_time(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->ts < b->ts + CLOCKS_NS && b->ts < a->ts + CLOCKS_NS;
}

static int far_init(struct far *far, const struct sgap_judge *j)
{
	const struct sgap_ev *ev = j->ev;
	__u32 size = 64, i, at;

	while (size < 2 * ev->n)
		size *= 2;
	far->slot = calloc(size, sizeof(*far->slot));
	if (!far->slot)
		return -ENOMEM;
	far->mask = size - 1;
	for (i = 0; i < ev->n; i++) {
		if (ev->obs[i].vantage == j->home || !is_answered(&ev->obs[i]))
			continue;
		for (at = (__u32)hash_of(&ev->obs[i]) & far->mask; far->slot[at];)
			at = (at + 1) & far->mask;
		far->slot[at] = i + 1;
	}
	return 0;
}

/* Who asked it as seen there, where an answer takes less time; 0 = that place has it not. */
static __u32 asker_there(const struct sgap_ev *ev, const struct far *far, const struct sgap_obs *o)
{
	__u32 at = (__u32)hash_of(o) & far->mask, step;

	for (step = 0; far->slot[at] && step < STEPS; step++, at = (at + 1) & far->mask) {
		const struct sgap_obs *there = &ev->obs[far->slot[at] - 1];

		if (is_same(there, o) && is_near_in_time(there, o) && there->rtt_us <= o->rtt_us)
			return there->client;
	}
	return 0;
}

/* The clients that it hurts: one byte per host. */
static __u8 *hurt_by(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u8 *hurt = calloc(j->ev->nhosts, 1);
	__u32 i;

	for (i = 0; hurt && i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			hurt[j->ev->obs[i].client] = 1;
	}
	return hurt;
}

/* Was that place awake when it was asked? */
static bool is_seen_there(const struct sgap_judge *j, const struct sgap_obs *o)
{
	__u32 i;

	for (i = 0; i < j->ev->nvantages; i++) {
		const struct sgap_vantage *v = &j->ev->vantage[i];

		if (i != j->home && o->ts >= v->first && o->ts <= v->last)
			return true;
	}
	return false;
}

/* Each of their questions votes for whom it comes from there; how many come from who? */
static struct sgap_tally ask_far(const struct sgap_judge *j, const struct far *far,
				 const __u8 *hurt, struct sgap_vote *vote, __u32 who)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i, there;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (!hurt[o->client] || !is_answered(o) || !sgap_here(j, o) ||
		    !is_seen_there(j, o))
			continue;
		there = asker_there(j->ev, far, o);
		if (there)
			sgap_vote_add(vote, there);
		sgap_tally_add(&t, there && there == who);
	}
	return t;
}

static __u32 most_of(const struct sgap_judge *j, const struct far *far, const __u8 *hurt)
{
	struct sgap_vote vote = { 0 }, again = { 0 };
	struct sgap_tally t;

	ask_far(j, far, hurt, &vote, 0);
	if (!vote.leader || hurt[vote.leader])
		return 0;
	t = ask_far(j, far, hurt, &again, vote.leader);
	return t.bad >= OUTER_MIN && t.bad * 2 * j->ev->thin > t.all ? vote.leader : 0;
}

__u32 sgap_outer_of(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct far far = { 0 };
	__u8 *hurt = NULL;
	__u32 host = 0;

	if (j->ev->nvantages < 2 || far_init(&far, j))
		return 0;
	hurt = hurt_by(j, f);
	if (hurt)
		host = most_of(j, &far, hurt);
	free(hurt);
	free(far.slot);
	return host;
}
