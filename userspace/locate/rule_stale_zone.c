// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stale-zone: a server answers from a copy of a zone, with authority, and its serial
 * is lower, in the arithmetic of RFC 1982, than another one's for the same question
 * or for other names that do not exist beside it
 * (RFC 1912 section 2.2). What a cache still holds is no copy. Behind resolvers the
 * old copy shows when a resolver's serial goes back: it asked another server then.
 * Without serials: one gives data that were known before what another of the zone's servers
 * gave already; or a server that clients ask has a copy of its own, agreed with what
 * another one is told, and from one moment on does not, though it gives what it gave.
 */
#include <stdio.h>

#include "rules.h"

#define FLOOR 0.6
#define FLOOR_BACK 0.1
#define FLOOR_DATA 0.25	/* what did not move still agrees: of some types, nothing did */
#define NEAR_NS (5 * SGAP_NS_PER_S)
#define STILL 2u	/* names whose data were known before */
#define NAMES 3u	/* a zone that moved; one record alone may be edited */
_Static_assert(NAMES <= SGAP_FEW, "so many are told apart");

static bool over_serials(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->question && o->serial;
}

static bool stands(const struct sgap_serials *s)
{
	return s->served_older && !s->follows;
}

static bool in_copy(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_serials *below = sgap_ev_below(ev, o);

	return sgap_in_server(ev, o, arg) && over_serials(ev, o, arg) &&
	       o->aflags & SGAP_DNS_AA && (stands(&ev->questions[o->question].serials) ||
					   (below && stands(below)));
}

static bool older(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_OLDER);
}

static bool backward(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_BACKWARD);
}

static bool in_flip(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return over_serials(ev, o, arg) && ev->questions[o->question].serials.went_back;
}

static void name_zone(struct sgap_judge *j, struct sgap_finding *f)
{
	const struct sgap_serials *s, *below;
	char name[1025];
	__u32 i;

	for (i = 0; i < j->ev->n && !f->nzones; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		s = &j->ev->questions[o->question].serials;
		below = sgap_ev_below(j->ev, o);
		if (below && stands(below))
			s = below;
		f->zones[f->nzones++] = o->name;
		snprintf(f->detail, sizeof(f->detail), "%.80s: serial %u, also %u",
			 sgap_ev_name_text(j->ev, o->name, name), o->serial,
			 s->newest);
	}
}

/* Is it bad for longer than a copy takes to follow? */
static bool lasts(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u64 last = 0;
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			last = j->ev->obs[i].ts;
	}
	return last > f->since + SGAP_LAG_NS;
}

static void look_at(struct sgap_judge *j, const struct sgap_ev_server *s)
{
	const struct sgap_at at = { s->host };
	const struct sgap_claim c = {
		.cause = "stale-zone", .host = s->host, .in = in_copy, .bad = older,
		.over = over_serials, .arg = &at, .floor = FLOOR,
	};
	struct sgap_finding *f = sgap_claim(j, &c);

	if (!f)
		return;
	if (f->until || !lasts(j, f)) {	/* it follows, in its own time */
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.92;
	f->role = SGAP_ROLE_AUTHORITATIVE;
	name_zone(j, f);
	sgap_fact(j, f, "an older serial, with authority", in_copy, older, &at);
}

struct own_at {
	struct sgap_at at;	/* any: the others' answers tell as well */
	__u32 owner;
	__u16 type;		/* 0 = all: a zone may be renumbered in one family alone */
};

static bool over_told(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->marks & SGAP_OBS_TOLD && !(o->marks & SGAP_OBS_ONWARD);
}

/* What servers ask two servers that have the zone. */
static bool over_copies(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)arg;
	return o->marks & SGAP_OBS_TOLD && o->marks & SGAP_OBS_ONWARD &&
	       ev->questions[o->question].ndigests <= 2;
}

static bool in_copies(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return over_copies(ev, o, arg) && sgap_in_server(ev, o, arg);
}

/* The server's own data, and others' answers for what it has. */
static bool in_own_data(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct own_at *a = arg;

	return over_told(ev, o, arg) && ev->questions[o->question].own.host == a->owner &&
	       (!a->type || o->qtype == a->type);
}

static bool odd(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_ODD);
}

/* Was the answer, and was another one to the question, given before it began? */
static bool is_old(const struct sgap_ev *ev, const struct sgap_obs *o, __u64 since, bool *known)
{
	const struct sgap_question *q = &ev->questions[o->question];
	bool old = false;
	__u32 i;

	*known = false;
	for (i = 0; i < SGAP_DIGESTS && i < q->ndigests; i++) {
		if (q->digest[i].first >= since)
			continue;
		*known = true;
		old |= q->digest[i].digest == o->digest;
	}
	return old;
}

/*
 * Is it the copy that stands still, and the others that moved, for names enough? Which of
 * two data is old for names that nobody asked for before, those that were tell.
 */
static bool stands_still(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	struct sgap_few names = { 0 }, old_names = { 0 };
	__u32 still = 0, moved = 0, i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];
		bool old, known;

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		old = is_old(j->ev, o, f->since, &known);
		sgap_few_add(&names, o->name);
		if (known && old == (o->server == host)) {
			still++;
			sgap_few_add(&old_names, o->name);
		} else if (known) {
			moved++;
		}
	}
	return names.n >= NAMES && old_names.n >= STILL && still > moved;
}

static __u32 zone_of_bad(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			return j->ev->names[j->ev->obs[i].name].parent;
	}
	return 0;
}

struct copies_at {
	struct sgap_at at;	/* any: the others' answers differ from its, too */
	__u32 zone;
};

static bool in_copies_of(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct copies_at *a = arg;

	return over_copies(ev, o, arg) && ev->names[o->name].parent == a->zone;
}

/* The data of one of a zone's servers against another one's. */
static void look_at_copies(struct sgap_judge *j, const struct sgap_ev_server *s)
{
	const struct sgap_at at = { s->host };
	const struct sgap_claim c = {
		.cause = "stale-zone", .host = s->host, .in = in_copies, .bad = odd,
		.over = over_copies, .arg = &at, .floor = FLOOR_DATA, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct copies_at all = { { 0 }, 0 };

	if (!f)
		return;
	if (f->before.all - f->before.bad < NAMES || !lasts(j, f) ||
	    !stands_still(j, f, s->host)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.85;
	f->role = SGAP_ROLE_AUTHORITATIVE;
	f->helps = SGAP_HELPS_NO;
	all.zone = zone_of_bad(j, f);
	sgap_walk_back(j, f, in_copies_of, odd, &all);
	sgap_fact(j, f, "its data and another of the zone's servers' differ", in_copies, odd, &at);
}

/* The type of most of its bad ones, if more than half are of one. */
static __u16 type_of_bad(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_vote vote = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_vote_add(&vote, j->ev->obs[i].qtype);
	}
	return (__u16)vote.leader;
}

static struct sgap_finding *claim_data(struct sgap_judge *j, const struct own_at *at)
{
	const struct sgap_claim c = {
		.cause = "stale-zone", .host = at->owner, .in = in_own_data, .bad = odd,
		.over = over_told, .arg = at, .floor = FLOOR_DATA, .loose = true,
	};

	return sgap_claim(j, &c);
}

/*
 * That they agreed before all types tell; what moved may be of one, and the others that stayed
 * speak for nobody.
 */
static struct sgap_finding *claim_moved(struct sgap_judge *j, struct own_at *at)
{
	struct sgap_finding *f = claim_data(j, at);
	double gain;

	if (!f)
		return NULL;
	if (f->before.all - f->before.bad < NAMES || !stands_still(j, f, at->owner)) {
		sgap_unclaim(j);
		return NULL;
	}
	gain = f->gain;
	at->type = type_of_bad(j, f);
	sgap_unclaim(j);
	f = claim_data(j, at);
	if (f && f->gain > gain && lasts(j, f) && stands_still(j, f, at->owner))
		return f;
	if (f)
		sgap_unclaim(j);
	at->type = 0;
	return claim_data(j, at);
}

/* Its own data against what the other servers that clients ask are told. */
static void look_at_data(struct sgap_judge *j, __u32 host)
{
	struct own_at at = { { 0 }, host, 0 };
	struct sgap_finding *f = claim_moved(j, &at);

	if (!f)
		return;
	f->certain = 0.85;
	f->helps = SGAP_HELPS_YES;
	sgap_fact(j, f, "its own copy and what another was told differ", in_own_data, odd, &at);
}

/* Serials and data tell of one copy: it is old from the first of either on. */
static void since_first(struct sgap_judge *j, __u32 from)
{
	__u32 i, k;

	for (i = from; i < j->nfindings; i++) {
		for (k = from; k < j->nfindings; k++) {
			struct sgap_finding *f = &j->findings[i], *g = &j->findings[k];

			if (f->host == g->host && g->since < f->since &&
			    f->since < g->since + 2 * NEAR_NS)
				f->since = g->since;
		}
	}
}

void sgap_rule_stale_zone(struct sgap_judge *j)
{
	const struct sgap_at at = { 0 };
	const struct sgap_claim c = {
		.cause = "stale-zone", .in = in_flip, .bad = backward, .over = over_serials,
		.arg = &at, .floor = FLOOR_BACK,
	};
	__u32 i, before = j->nfindings;
	struct sgap_finding *f;

	for (i = 0; i < j->ev->nservers; i++) {
		if (!(j->ev->hosts[j->ev->servers[i].host].flags & SGAP_HOST_AA))
			continue;
		look_at(j, &j->ev->servers[i]);
		look_at_copies(j, &j->ev->servers[i]);
	}
	sgap_each_front(j, look_at_data);
	if (j->nfindings != before) {
		since_first(j, before);
		return;
	}
	f = sgap_claim(j, &c);
	if (!f) {
		sgap_rule_stale_lookups(j);
		return;
	}
	f->certain = 0.85;
	f->helps = SGAP_HELPS_NO;
	name_zone(j, f);
	sgap_fact(j, f, "serials that go back", in_flip, backward, &at);
}
