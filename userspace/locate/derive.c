// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One walk over the observations in the order of time. A table keyed by a hash
 * remembers the last observation of each kind; what the walk finds goes into
 * marks, so that the rules need no tables.
 */
#include "derive.h"

#include <stdlib.h>

#include "evidence.h"
#include "network.h"
#include "tally.h"
#include "wire.h"

#define AGAIN_NS (6 * SGAP_NS_PER_S)	/* who did not get it asks again: stubs wait 5 s */
#define RETRY_NS (10 * SGAP_NS_PER_S)	/* a stub's second try: resolv.conf's timeout is 5 s */
#define COPY_NS (5 * SGAP_NS_PER_S)	/* clocks of vantage points may differ by this */
#define HITS_MIN 5u
#define QUICK_RANK 750u		/* per mille of what a cache takes, ... */
#define QUICK_US 2000u		/* ... and so much more; a lookup takes longer */
#define DS 43
#define DNSKEY 48
#define COPIES_MIN 5u		/* shared queries that make two vantage points one path */

enum { JOIN_KEY, JOIN_QUESTION, JOIN_CACHE, JOIN_FLOW, JOIN_FAMILY, __JOIN_MAX };

struct join {
	__u32 *slot;		/* observation + 1 */
	__u32 mask;
};

static int compare_obs(const void *a, const void *b)
{
	const struct sgap_obs *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->vantage != y->vantage)
		return x->vantage < y->vantage ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The observations of each server, in the order of time. */
static void list_by_server(struct sgap_ev *ev)
{
	__u32 i, sum = 0;

	for (i = 0; i < ev->nservers; i++)
		ev->servers[i].n = 0;
	for (i = 0; i < ev->n; i++) {
		__u32 s = ev->hosts[ev->obs[i].server].server;

		if (s)
			ev->servers[s - 1].n++;
	}
	for (i = 0; i < ev->nservers; i++) {
		ev->servers[i].first = sum;
		sum += ev->servers[i].n;
		ev->servers[i].n = 0;
	}
	for (i = 0; i < ev->n; i++) {
		__u32 s = ev->hosts[ev->obs[i].server].server;

		if (s)
			ev->by_server[ev->servers[s - 1].first + ev->servers[s - 1].n++] = i;
	}
}

/* And of each client. */
static void list_by_client(struct sgap_ev *ev)
{
	__u32 i, sum = 0;

	for (i = 0; i < ev->nhosts; i++)
		ev->hosts[i].n = 0;
	for (i = 0; i < ev->n; i++)
		ev->hosts[ev->obs[i].client].n++;
	for (i = 0; i < ev->nhosts; i++) {
		ev->hosts[i].first = sum;
		sum += ev->hosts[i].n;
		ev->hosts[i].n = 0;
	}
	for (i = 0; i < ev->n; i++) {
		struct sgap_host *h = &ev->hosts[ev->obs[i].client];

		ev->by_client[h->first + h->n++] = i;
	}
}

static int order(struct sgap_ev *ev)
{
	free(ev->by_server);
	free(ev->by_client);
	free(ev->scratch);
	ev->by_server = calloc(ev->n + 1, sizeof(*ev->by_server));
	ev->by_client = calloc(ev->n + 1, sizeof(*ev->by_client));
	ev->scratch = calloc(ev->n + 1, sizeof(*ev->scratch));
	if (!ev->by_server || !ev->by_client || !ev->scratch)
		return -ENOMEM;
	qsort(ev->obs, ev->n, sizeof(*ev->obs), compare_obs);
	list_by_server(ev);
	list_by_client(ev);
	return 0;
}

static int join_init(struct join *j, __u32 n)
{
	__u32 size = 1024;

	while (size < 2 * n)
		size *= 2;
	j->slot = calloc(size, sizeof(*j->slot));
	j->mask = size - 1;
	return j->slot ? 0 : -ENOMEM;
}

/*
 * The slot of what is equal to o by same(); an empty slot when there is none.
 * The tables have twice the room, so a free slot is always found.
 */
static __u32 *join_at(const struct sgap_ev *ev, struct join *j, __u64 hash,
		      const struct sgap_obs *o,
		      bool (*same)(const struct sgap_obs *, const struct sgap_obs *))
{
	__u32 i = (__u32)hash & j->mask;

	while (j->slot[i] && !same(&ev->obs[j->slot[i] - 1], o))
		i = (i + 1) & j->mask;
	return &j->slot[i];
}

static bool same_key(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->key == b->key && a->client == b->client;
}

static bool same_question(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->client == b->client && a->name == b->name && a->qtype == b->qtype;
}

static bool same_flow(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->client == b->client && a->port == b->port && a->server == b->server &&
	       a->vantage == b->vantage;
}

static bool same_cache(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->server == b->server && a->name == b->name && a->qtype == b->qtype;
}

/* How often one vantage point saw the same answer take less time than another. */
struct sides {
	__u32 nearer[SGAP_EV_VANTAGES][SGAP_EV_VANTAGES];
};

static void note_sides(struct sides *sides, const struct sgap_obs *a, const struct sgap_obs *b)
{
	if (a->class == SGAP_CLASS_SILENT || b->class == SGAP_CLASS_SILENT)
		return;
	sides->nearer[a->vantage][b->vantage] += a->rtt_us < b->rtt_us;
	sides->nearer[b->vantage][a->vantage] += b->rtt_us < a->rtt_us;
}

/*
 * Is place a nearer to the servers than b? Clocks may differ, the time between a query and its
 * answer does not. Where no answer tells, the places were given in the order of the way.
 */
static bool is_nearer(const struct sides *sides, __u32 a, __u32 b)
{
	__u32 yes = sides->nearer[a][b], no = sides->nearer[b][a];

	return yes != no ? yes > no : a > b;
}

/* Of two places on one way: which are nearer to the clients? */
static void order_places(struct sgap_ev *ev, const struct sides *sides)
{
	__u32 a, b;

	for (a = 0; a < ev->nvantages; a++) {
		ev->before[a] = 0;
		for (b = 0; b < ev->nvantages; b++) {
			if (sides->nearer[a][b] + sides->nearer[b][a] >= COPIES_MIN &&
			    is_nearer(sides, a, b))
				ev->before[a] |= 1u << b;
		}
	}
}

static bool is_stray(const struct sgap_obs *o)
{
	return o->state == SGAP_TXN_UNMATCHED || o->state == SGAP_TXN_LATE ||
	       o->state == SGAP_TXN_DUPLICATE;
}

/* Are they one transaction, seen from two places? */
static bool is_copy(const struct sgap_obs *was, const struct sgap_obs *o)
{
	return was->vantage != o->vantage && was->server == o->server &&
	       o->ts - was->ts < COPY_NS;
}

static void find_sides(struct sgap_ev *ev, struct join *j, struct sides *sides)
{
	__u32 i, *at;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (is_stray(o) || o->state == SGAP_TXN_ICMP_ANSWER)
			continue;
		at = join_at(ev, j, o->key, o, same_key);
		if (*at && is_copy(&ev->obs[*at - 1], o))
			note_sides(sides, &ev->obs[*at - 1], o);
		*at = i + 1;
	}
	memset(j->slot, 0, (j->mask + 1ul) * sizeof(*j->slot));
	order_places(ev, sides);
}

/* Who is nearer to the client keeps it: that is what the client had. */
static void join_copy(const struct sides *sides, struct sgap_obs *a, struct sgap_obs *b)
{
	struct sgap_obs *near = is_nearer(sides, a->vantage, b->vantage) ? b : a;
	struct sgap_obs *far = near == a ? b : a;

	if (far->class == SGAP_CLASS_NONE || far->marks & SGAP_OBS_COPY)
		return;
	far->marks |= SGAP_OBS_COPY;
	if (near->class == SGAP_CLASS_SILENT && far->class != SGAP_CLASS_SILENT)
		near->marks |= SGAP_OBS_LOST;
}

/* An answer beyond the first, or to no query of its server. */
static void join_stray(struct sgap_obs *a, struct sgap_obs *b)
{
	if (b->state == SGAP_TXN_UNMATCHED) {
		if (a->server != b->server && a->class == SGAP_CLASS_SILENT && b->name) {
			a->marks |= SGAP_OBS_FOREIGN;
			a->foreign = b->server;
		}
	} else if (a->server == b->server && a->vantage == b->vantage) {
		/* Asked again after the first answer: the second one is to that. */
		bool again = b->rtt_us - b->rtt_last_us > a->rtt_us;

		if (b->state == SGAP_TXN_LATE) {
			a->marks |= SGAP_OBS_LATE;
			a->rtt_us = b->rtt_us;
		} else if (b->digest != a->digest || b->rcode != a->rcode) {
			a->marks |= again ? 0 : SGAP_OBS_TWO;
		} else if (a->class == SGAP_CLASS_OK && !(a->aflags & SGAP_DNS_TC) && again) {
			a->marks |= SGAP_OBS_AGAIN;
		}
	}
}

static void walk_key(struct sgap_ev *ev, struct join *j, const struct sides *sides, __u32 i)
{
	struct sgap_obs *o = &ev->obs[i], *was;
	__u32 *at = join_at(ev, j, o->key, o, same_key);

	if (*at) {
		was = &ev->obs[*at - 1];
		if (is_stray(o) && o->ts - was->ts < 30 * SGAP_NS_PER_S) {
			join_stray(was, o);
			return;
		}
		if (is_copy(was, o)) {
			join_copy(sides, was, o);
			if (o->marks & SGAP_OBS_COPY)
				return;
		}
	}
	if (!is_stray(o))
		*at = i + 1;
}

/* An ICMP error about an answer quotes its ports, and not always its question. */
static void walk_flow(struct sgap_ev *ev, struct join *j, __u32 i)
{
	struct sgap_obs *o = &ev->obs[i], *was;
	__u64 hash = sgap_numbers_mix(o->client, o->port, o->server);
	__u32 *at = join_at(ev, j, hash, o, same_flow);

	if (o->state != SGAP_TXN_ICMP_ANSWER) {
		if (sgap_obs_counts(o))
			*at = i + 1;
		return;
	}
	was = *at ? &ev->obs[*at - 1] : NULL;
	if (was && o->ts - was->ts < RETRY_NS)
		was->marks |= SGAP_OBS_REJECTED;
}

static void mark_try(struct sgap_obs *o, const struct sgap_obs *was)
{
	__u64 since = was->tried + (o->ts - was->ts) / (SGAP_NS_PER_S / 10);

	o->follows = SGAP_FOLLOWS_AGAIN;
	if (was->class == SGAP_CLASS_OK || since >= RETRY_NS / (SGAP_NS_PER_S / 10))
		return;
	o->follows = SGAP_FOLLOWS_TRY;
	o->tried = (__u8)since;
}

/* The same client, the same question: what became of the try before? */
static void walk_question(struct sgap_ev *ev, struct join *j, __u32 i)
{
	struct sgap_obs *o = &ev->obs[i], *was;
	__u64 hash = sgap_numbers_mix(o->client, o->name, o->qtype);
	__u32 *at = join_at(ev, j, hash, o, same_question);
	__u64 since;

	if (*at) {
		was = &ev->obs[*at - 1];
		since = o->ts - was->ts - was->rtt_us * SGAP_NS_PER_US;
		if (was->class == SGAP_CLASS_OK && o->class == SGAP_CLASS_OK &&
		    o->proto == was->proto && o->digest == was->digest &&
		    o->ts - was->ts < SGAP_NS_PER_S)
			o->marks |= SGAP_OBS_REPEAT;
		if (was->class == SGAP_CLASS_OK && was->aflags & SGAP_DNS_TC && o->proto == 6 &&
		    o->server == was->server)
			was->marks |= o->class == SGAP_CLASS_OK ? SGAP_OBS_TCP_OK :
								  SGAP_OBS_TCP_BAD;
		else if (was->class == SGAP_CLASS_OK && !(was->aflags & SGAP_DNS_TC) &&
			 since < AGAIN_NS && o->ts > was->ts + was->rtt_us * SGAP_NS_PER_US)
			was->marks |= SGAP_OBS_AGAIN;
		if (o->ts - was->ts < RETRY_NS) {
			was->marks |= SGAP_OBS_RETRIED;
			mark_try(o, was);
		}
		if (was->class > SGAP_CLASS_OK && was->flags & SGAP_TXN_F_QOPT &&
		    !(o->flags & SGAP_TXN_F_QOPT) && o->class == SGAP_CLASS_OK &&
		    o->server == was->server && o->ts - was->ts < RETRY_NS)
			was->marks |= SGAP_OBS_PLAIN_OK;
	}
	*at = i + 1;
}

static bool has_both(const struct sgap_ev *ev)
{
	__u32 i, v6 = 0;

	for (i = 0; i < ev->n; i++)
		v6 += ev->obs[i].v6;
	return v6 && v6 < ev->n;
}

static bool other_family(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->name == b->name && a->qtype == b->qtype && a->v6 != b->v6;
}

static bool own_family(const struct sgap_obs *a, const struct sgap_obs *b)
{
	return a->name == b->name && a->qtype == b->qtype && a->v6 == b->v6;
}

/* Who has addresses of both families may ask again from the other one. */
static void walk_family(struct sgap_ev *ev, struct join *j, __u32 i)
{
	struct sgap_obs *o = &ev->obs[i], *was;
	__u64 hash = sgap_numbers_mix(o->qtype, o->name, 0);
	__u32 *at = join_at(ev, j, hash, o, other_family);

	if (*at) {
		was = &ev->obs[*at - 1];
		if (was->class > SGAP_CLASS_OK && o->ts - was->ts < RETRY_NS)
			was->marks |= SGAP_OBS_RETRIED;
	}
	*join_at(ev, j, hash, o, own_family) = i + 1;
}

static bool cacheable(const struct sgap_obs *o)
{
	return o->class == SGAP_CLASS_OK && !(o->aflags & SGAP_DNS_TC) &&
	       o->min_ttl != SGAP_NONE32 && o->min_ttl;
}

static void walk_cache(struct sgap_ev *ev, struct join *j, __u32 i)
{
	struct sgap_obs *o = &ev->obs[i], *was;
	__u64 hash = sgap_numbers_mix(o->server, o->name, o->qtype);
	__u32 *at = join_at(ev, j, hash, o, same_cache);
	__u64 answered;

	if (*at) {
		was = &ev->obs[*at - 1];
		answered = was->ts + was->rtt_us * SGAP_NS_PER_US;
		if (o->ts >= answered && o->ts < answered + was->min_ttl * SGAP_NS_PER_S)
			o->marks |= SGAP_OBS_CACHED;
		else
			o->marks |= SGAP_OBS_SEEN;
	}
	if (cacheable(o))
		*at = i + 1;
}

/* Validated, or the zone has keys, or its parent says so. */
static bool tells_signed(const struct sgap_obs *o)
{
	if (o->class != SGAP_CLASS_OK || o->rcode)
		return false;
	return o->aflags & SGAP_DNS_AD || (o->ancount && (o->qtype == DNSKEY || o->qtype == DS));
}

static void mark_signed(struct sgap_ev *ev)
{
	__u32 i, name;

	for (i = 0; i < ev->n; i++) {
		if (!tells_signed(&ev->obs[i]))
			continue;
		name = ev->obs[i].name;
		ev->names[name].marks |= SGAP_NAME_SIGNED;
		if (ev->names[name].labels > 2 && ev->obs[i].qtype != DNSKEY &&
		    ev->obs[i].qtype != DS)
			ev->names[ev->names[name].parent].marks |= SGAP_NAME_SIGNED;
	}
	for (i = 0; i < ev->n; i++) {
		name = ev->obs[i].name;
		if ((ev->names[name].marks | ev->names[ev->names[name].parent].marks) &
		    SGAP_NAME_SIGNED && name)
			ev->obs[i].marks |= SGAP_OBS_SIGNED;
	}
}

/*
 * Others than those seen fill a cache too. What comes as fast as from there came from
 * there; authoritative servers have no cache.
 */
static void mark_quick(struct sgap_ev *ev, const struct sgap_ev_server *s)
{
	__u32 i, n = 0, us;

	for (i = 0; i < s->n; i++) {
		const struct sgap_obs *o = sgap_ev_obs_of(ev, s, i);

		if (o->marks & SGAP_OBS_CACHED && o->rtt_us && !(o->aflags & SGAP_DNS_AA))
			ev->scratch[n++] = o->rtt_us;
	}
	if (n < HITS_MIN)
		return;
	ev->hosts[s->host].flags |= SGAP_HOST_TIMED;
	us = sgap_select(ev->scratch, n, QUICK_RANK) + QUICK_US;
	for (i = 0; i < s->n; i++) {
		struct sgap_obs *o = sgap_ev_obs_of(ev, s, i);

		if (o->class == SGAP_CLASS_OK && o->rtt_us <= us && !(o->aflags & SGAP_DNS_AA))
			o->marks |= SGAP_OBS_QUICK;
	}
}

static void mark_onward(struct sgap_ev *ev)
{
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		if (ev->hosts[ev->obs[i].client].flags & (SGAP_HOST_ASKED | SGAP_HOST_RESOLVES))
			ev->obs[i].marks |= SGAP_OBS_ONWARD;
	}
}

/* How many transactions of each server both places have seen. */
static const __u32 *count_shared(struct sgap_ev *ev, struct join *j, __u32 from, __u32 to)
{
	__u32 *shared = ev->scratch, i;

	memset(shared, 0, (ev->n + 1) * sizeof(*shared));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i], *kept;
		__u32 s = ev->hosts[o->server].server, at;

		if (!(o->marks & SGAP_OBS_COPY) || s > ev->n)
			continue;
		at = *join_at(ev, j, o->key, o, same_key);
		kept = at ? &ev->obs[at - 1] : o;
		shared[s] += (o->vantage == to && kept->vantage == from) ||
			     (o->vantage == from && kept->vantage == to);
	}
	return shared;
}

/* Queries that a place nearer to the server should have seen, and did not. */
static void mark_astray(struct sgap_ev *ev, struct join *j, __u32 from, __u32 to)
{
	const struct sgap_vantage *v = &ev->vantage[to];
	const __u32 *shared = count_shared(ev, j, from, to);
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		struct sgap_obs *o = &ev->obs[i];
		__u32 s = ev->hosts[o->server].server;

		if (o->vantage == from && o->class == SGAP_CLASS_SILENT && s && s <= ev->n &&
		    shared[s] >= COPIES_MIN && o->ts > v->first && o->ts < v->last)
			o->marks |= SGAP_OBS_ASTRAY;
	}
}

static void mark_all_astray(struct sgap_ev *ev, struct join *j, const struct sides *sides)
{
	__u32 from, to;

	for (from = 0; from < ev->nvantages; from++) {
		for (to = 0; to < ev->nvantages; to++) {
			if (to != from && is_nearer(sides, to, from))
				mark_astray(ev, j, from, to);
		}
	}
}

/* What was seen as a copy did arrive. Runs before the joins are forgotten. */
static void clear_astray(struct sgap_ev *ev, struct join *j)
{
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		struct sgap_obs *o = &ev->obs[i];
		__u32 *at;

		if (!(o->marks & SGAP_OBS_COPY))
			continue;
		at = join_at(ev, j, o->key, o, same_key);
		if (*at)
			ev->obs[*at - 1].marks &= ~SGAP_OBS_ASTRAY;
	}
}

int sgap_derive(struct sgap_ev *ev)
{
	struct join j[__JOIN_MAX] = { 0 };
	struct sides sides = { 0 };
	int ret = order(ev), k;
	bool both = has_both(ev);
	__u32 i;

	for (k = 0; k < __JOIN_MAX && !ret; k++)
		ret = join_init(&j[k], ev->n);
	if (ret)
		goto out;
	if (ev->nvantages > 1)
		find_sides(ev, &j[JOIN_KEY], &sides);
	for (i = 0; i < ev->n; i++) {
		struct sgap_obs *o = &ev->obs[i];

		walk_flow(ev, &j[JOIN_FLOW], i);
		if (o->state == SGAP_TXN_ICMP_ANSWER)
			continue;
		walk_key(ev, &j[JOIN_KEY], &sides, i);
		if (!sgap_obs_counts(o) || !o->name)
			continue;
		walk_question(ev, &j[JOIN_QUESTION], i);
		if (both)
			walk_family(ev, &j[JOIN_FAMILY], i);
		walk_cache(ev, &j[JOIN_CACHE], i);
	}
	mark_all_astray(ev, &j[JOIN_KEY], &sides);
	clear_astray(ev, &j[JOIN_KEY]);
	mark_signed(ev);
	mark_onward(ev);
	for (i = 0; i < ev->nservers; i++)
		mark_quick(ev, &ev->servers[i]);
	sgap_derive_roles(ev);
	ret = sgap_networks_find(ev);
	if (ret)
		goto out;
	ret = sgap_derive_compare(ev);
out:
	for (k = 0; k < __JOIN_MAX; k++)
		free(j[k].slot);
	return ret;
}
