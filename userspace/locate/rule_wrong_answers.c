// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wrong-answers: one server gives other data than it did and than others get when
 * they ask anew: so the zones have not changed. One such name alone is no pattern.
 * Or all that it gives of one zone is new from a moment on, and all that others ask anew
 * of that zone, for other names perhaps, is what it was; and by the serial that it gives,
 * the zone is what it was.
 */
#include <stdio.h>

#include "proven.h"
#include "where.h"
#include "zone.h"

#define FLOOR 0.05
#define FLOOR_ZONE 0.25	/* names that were not known before cannot show it */
#define NAMES 3u
#define STAND 2u	/* names for which others' data stayed */
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

/* No service of the Internet's is there (RFC 1918, RFC 6598, RFC 6890, RFC 4193, RFC 4291). */
static bool is_inside(const struct sgap_addr *a)
{
	const __u8 *b = a->b + 12;

	if (!sgap_addr_is_v4(a))
		return (a->b[0] & 0xfe) == 0xfc || (a->b[0] == 0xfe && a->b[1] >> 6 == 2);
	return (b[0] == 169 && b[1] == 254) || b[0] == 10 || b[0] == 127 || !b[0] ||
	       (b[0] == 172 && b[1] >> 4 == 1) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 100 && b[1] >> 6 == 1);
}

/* The address that more than half of the wrong answers of a type have, or any if none has. */
static __u32 most_given(const struct sgap_judge *j, const struct sgap_finding *f, __u16 qtype)
{
	struct sgap_vote vote = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->qtype == qtype && sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_vote_add(&vote, o->addr);
	}
	return vote.leader;
}

/*
 * What steers by who asks, a CDN or a load balancer (RFC 7871 section 11), gives each name an
 * address of its own, outside. Is most of what is wrong like that?
 */
static bool is_steered(const struct sgap_judge *j, const struct sgap_finding *f)
{
	const __u32 a = most_given(j, f, 1), aaaa = most_given(j, f, 28);
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		__u32 addr = j->ev->obs[i].addr;

		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_tally_add(&t, addr && addr != a && addr != aaaa &&
					   !is_inside(&j->ev->hosts[addr].addr));
	}
	return t.bad * 2 > t.all;
}

/*
 * It alone gives this, and others other data, whenever they were asked. The names that prove it
 * were asked for several times; those that others were asked for once show as well when it began.
 */
static bool disputed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u32 i;

	(void)arg;
	for (i = 0; o->marks & SGAP_OBS_COMPARED && q->ndigests == 2 && i < 2; i++) {
		if (q->digest[i].digest == o->digest)
			return q->digest[i].host == o->server && q->digest[!i].host != o->server;
	}
	return false;
}

/*
 * What nobody else asked for since is not proven wrong, and not right either. It goes on until the
 * server gives again what others do. What always was an answer of its own is no measure.
 */
static bool goes_on(const struct sgap_judge *j, const struct sgap_finding *f,
		    const struct sgap_at *at)
{
	struct sgap_tally before = { 0, 0 }, since = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (!sgap_here(j, o) || !in_compared(j->ev, o, at))
			continue;
		if (o->ts < f->since)
			sgap_tally_add(&before, disputed(j->ev, o, NULL));
		else if (o->ts > f->until)
			sgap_tally_add(&since, disputed(j->ev, o, NULL));
	}
	return since.bad * 2 > since.all && sgap_share(before) * 3 < sgap_share(since);
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

/* The server gave other data for the question before. */
static bool moved(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u64 first = sgap_first_given(q, o->digest);
	bool held = false;
	__u32 i, k;

	(void)arg;
	/* Never entered: a part of the data, or none. */
	if (!o->digest || o->class != SGAP_CLASS_OK || q->ndigests > SGAP_DIGESTS ||
	    first == ~0ull)
		return false;
	for (i = 0; i < q->ndigests; i++) {
		for (k = 0; k < 2; k++)
			held |= q->digest[i].first < first &&
				q->digest[i].holder[k].host == o->server;
	}
	return held;
}

struct moved_at {
	struct sgap_zone_at zone;
	__u16 type;	/* addresses of one family may be all that is rewritten */
};

static bool in_data(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct moved_at *at = arg;

	return o->digest && o->qtype == at->type && o->class == SGAP_CLASS_OK && !o->rcode &&
	       sgap_in_zone(ev, o, arg) && !(o->aflags & (SGAP_DNS_AA | SGAP_DNS_TC));
}

static __u16 type_moved(const struct sgap_judge *j, const struct sgap_zone_at *at)
{
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_here(j, o) && sgap_in_zone(j->ev, o, at) && moved(j->ev, o, NULL))
			return o->qtype;
	}
	return 0;
}

/* Was the answer looked up since, as its TTL tells, and is it what was known well before? */
static bool stands(const struct sgap_question *q, const struct sgap_obs *o, __u64 since)
{
	__u64 first = sgap_first_given(q, o->digest);

	return first != ~0ull && first + NEAR_NS < since &&
	       sgap_fetched_at(&q->ttl, o) > since;
}

/* The others hold what this server never did: they have another view of the zone. */
static bool other_view(const struct sgap_question *q, const struct sgap_obs *o)
{
	__u32 i;

	for (i = 0; i < q->ndigests && i < SGAP_DIGESTS; i++) {
		if (q->digest[i].digest != o->digest && q->digest[i].host != SGAP_SEVERAL &&
		    q->digest[i].host != o->server)
			return true;
	}
	return false;
}

/* All that it gives moved, and for the others the zone stands where it did. */
static bool moved_alone(const struct sgap_judge *j, const struct sgap_finding *f,
			const struct moved_at *at)
{
	const struct moved_at any = { { { 0 }, at->zone.zone }, at->type };
	__u32 host = at->zone.at.host;
	struct sgap_few moves = { 0 }, still = { 0 };
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		const struct sgap_question *q = &ev->questions[o->question];

		if (o->ts < f->since || o->marks & SGAP_OBS_ONWARD || !sgap_here(j, o) ||
		    !in_data(ev, o, &any) || o->min_ttl == SGAP_NONE32)
			continue;
		if (o->server == host && sgap_others_stand(ev, o, f->since))
			sgap_few_add(&still, o->name);
		if ((o->server == host) != moved(ev, o, NULL)) {
			if (o->server != host || stands(q, o, f->since))
				return false;
		} else if (o->server == host) {
			if (other_view(q, o))
				return false;
			sgap_few_add(&moves, o->name);
		} else if (stands(q, o, f->since)) {
			sgap_few_add(&still, o->name);
		}
	}
	return moves.n >= SGAP_FEW && still.n >= STAND;
}

/*
 * A resolver that moved may be the one that is right, and another one asks an old copy of the
 * zone. So it must say itself that the zone is what it was, by the serial with which it denies
 * names that it was not asked for before.
 */
static bool same_serial(const struct sgap_judge *j, const struct sgap_finding *f, __u32 zone)
{
	__u32 i, serial = 0, before = 0, after = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->server != f->host || !sgap_here(j, o) || !o->serial || o->rcode != 3 ||
		    o->ancount || j->ev->names[o->name].parent != zone ||
		    o->marks & (SGAP_OBS_CACHED | SGAP_OBS_SEEN | SGAP_OBS_QUICK | SGAP_OBS_SIGNED))
			continue;
		if (serial && serial != o->serial)
			return false;
		serial = o->serial;
		before += o->ts + NEAR_NS < f->since;
		after += o->ts >= f->since;
	}
	return before && after >= STAND;
}

static void look_at_zone(struct sgap_judge *j, __u32 host)
{
	const struct sgap_zone_at zone = { { host }, sgap_subtree(j, host, moved) };
	const struct moved_at at = { zone, type_moved(j, &zone) };
	const struct sgap_claim c = {
		.cause = "wrong-answers", .host = host, .in = in_data, .bad = moved,
		.arg = &at, .floor = FLOOR_ZONE, .loose = true,
	};
	struct sgap_finding *f = zone.zone ? sgap_claim(j, &c) : NULL;

	if (!f)
		return;
	if (!moved_alone(j, f, &at) || !same_serial(j, f, zone.zone)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.8;
	sgap_walk_back(j, f, in_data, disputed, &at);
	f->zones[f->nzones++] = zone.zone;
	sgap_fact(j, f, "other data than before, and others' stays", in_data, moved, &at);
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
	if (sgap_bad_names(j, f) < NAMES || spread(j, f)) {
		sgap_unclaim(j);
		return;
	}
	/* Somebody may have been sent elsewhere by the zones themselves. */
	f->certain = is_steered(j, f) ? 0.3 : 0.85;
	if (f->until && goes_on(j, f, &at))
		f->until = 0;
	sgap_walk_back(j, f, in_compared, disputed, &at);
	sgap_fact(j, f, "other data than before and than elsewhere", in_compared, differs, &at);
}

void sgap_rule_wrong_answers(struct sgap_judge *j)
{
	__u32 before = j->nfindings;

	sgap_each_front(j, look_at);
	if (j->nfindings == before)
		sgap_rule_one_address(j);
	if (j->nfindings == before)
		sgap_each_front(j, look_at_zone);
}
