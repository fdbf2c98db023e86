// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "twin.h"

#define FLOOR 0.6
#define FAILURES 5u
#define OUT 1.5			/* times the share of failures elsewhere, at least */
#define LATE_US 1000000u
#define VERY_LATE_NS (3 * SGAP_NS_PER_S)
#define DS 43			/* the parent's, with its authority */
#define REFERRALS 5u
#define PROMPT 10u		/* failures of one resolver, none of them slow */
#define PROMPT_NS (3 * SGAP_NS_PER_S)	/* too soon to know from waiting for others' questions */

bool sgap_in_zone(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_zone_at *a = arg;

	return (!a->at.host || o->server == a->at.host) && sgap_ev_under(ev, o->name, a->zone);
}

__u32 sgap_subtree(const struct sgap_judge *j, __u32 host, sgap_obs_fn bad)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, name, all = 0, best = 0;

	memset(j->tree, 0, ev->nnames * sizeof(*j->tree));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->server != host || !sgap_obs_counts(o) || !bad(ev, o, NULL))
			continue;
		all++;
		for (name = o->name; name; name = ev->names[name].parent)
			j->tree[name]++;
	}
	for (i = 1; i < ev->nnames; i++) {
		if (j->tree[i] * 10 < all * 8 || j->tree[i] < 4)
			continue;
		if (!best || ev->names[i].labels > ev->names[best].labels)
			best = i;
	}
	return best;
}

/* Nobody answers over TCP: mostly the answer was there, and too big for UDP. */
static bool is_silent_stream(const struct sgap_obs *o)
{
	return o->class == SGAP_CLASS_SILENT && o->proto == 6;
}

/* What a cache still has says nothing about the zone, nor does TCP's own trouble. */
static bool in_looked_up(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_zone(ev, o, arg) && !is_silent_stream(o) &&
	       !(o->marks & (SGAP_OBS_CACHED | SGAP_OBS_QUICK) && o->class == SGAP_CLASS_OK);
}

static bool failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !is_silent_stream(o) &&
	       (o->class == SGAP_CLASS_SERVFAIL || o->class == SGAP_CLASS_SILENT ||
		o->class == SGAP_CLASS_REFUSED);
}

struct weight {
	__u32 zone;
	__u32 bad, all;
};

/* The more bad ones the better; of nested ones with the same, the larger. */
static int compare(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->bad != y->bad)
		return x->bad > y->bad ? -1 : 1;
	return x->zone < y->zone ? -1 : x->zone > y->zone;
}

/*
 * Sum over names and their ancestors. A zone is a candidate when most of what was
 * asked below it fails and its parent is not as bad.
 */
static void find_zones(const struct sgap_judge *j, struct sgap_zones *zones)
{
	const struct sgap_ev *ev = j->ev;
	struct weight *w = calloc(ev->nnames, sizeof(*w));
	__u32 i, n = 0, name;

	zones->known = true;
	zones->n = 0;
	if (!w)
		return;
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_here(j, o) || !j->onward != !(o->marks & SGAP_OBS_ONWARD))
			continue;
		for (name = o->name; name; name = ev->names[name].parent) {
			w[name].bad += failed(ev, o, NULL);
			w[name].all++;
		}
	}
	for (i = 1; i < ev->nnames; i++) {
		const struct weight *up = &w[ev->names[i].parent];
		bool alone = ev->names[ev->names[i].parent].labels < 2 ||
			     w[i].bad * 10 < up->bad * 8 ||
			     w[i].bad * (double)up->all > 1.3 * up->bad * w[i].all;

		w[i].zone = 0;
		if (w[i].bad >= FAILURES && alone && ev->names[i].labels > 1)
			w[i].zone = i;
	}
	for (i = 1; i < ev->nnames; i++) {
		if (w[i].zone)
			w[n++] = w[i];
	}
	qsort(w, n, sizeof(*w), compare);
	for (i = 0; i < n && i < SGAP_ZONES; i++)
		zones->zone[zones->n++] = w[i].zone;
	free(w);
}

static bool is_referral(const struct sgap_obs *o)
{
	return o->class == SGAP_CLASS_OK && !o->rcode && !o->ancount && o->nscount &&
	       !(o->aflags & SGAP_DNS_AA);
}

/* Neither from a cache, stale ones (RFC 8767) included, nor from the parent. */
static bool is_fetched(const struct sgap_obs *o)
{
	return o->class == SGAP_CLASS_OK && !(o->marks & (SGAP_OBS_SEEN | SGAP_OBS_QUICK)) &&
	       !sgap_obs_stale(o) && o->qtype != DS && !is_referral(o);
}

static bool is_slow(const struct sgap_obs *o)
{
	return o->class == SGAP_CLASS_SILENT || o->rtt_us > LATE_US;
}

static void front_facts(const struct sgap_judge *j, const struct sgap_finding *f, __u32 zone,
			struct sgap_zone_facts *z)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_ev_under(ev, o->name, zone) || !sgap_obs_counts(o))
			continue;
		z->is_signed += !!(o->marks & SGAP_OBS_SIGNED);
		if (!sgap_bit(f->in, i))
			continue;
		if (o->class == SGAP_CLASS_OK && o->qflags & SGAP_DNS_CD)
			z->checked_off++;
		if (!(o->marks & SGAP_OBS_CACHED) && o->ts > f->since + SGAP_NS_PER_S) {
			z->fresh++;
			z->fresh_ok += o->class == SGAP_CLASS_OK;
			z->fetched += is_fetched(o);
		}
		if (!sgap_bit(f->bad, i))
			continue;
		z->failed++;
		z->ended += o->state != SGAP_TXN_OVERDUE || o->ts + VERY_LATE_NS < ev->last;
		z->slow += is_slow(o);
		z->validation += o->ede >= 6 && o->ede <= 12;
		z->unreachable += o->ede == 22 || o->ede == 23;
		z->expired += o->ede == 24;
		z->silent_edns += o->class == SGAP_CLASS_SERVFAIL && o->ede == SGAP_NONE16 &&
				  o->flags & SGAP_TXN_F_AOPT;
	}
}

static const struct sgap_ev_server *server_at(const struct sgap_ev *ev, __u32 host)
{
	return &ev->servers[ev->hosts[host].server - 1];
}

/* What one address of a resolver does with what it has not cached. */
static void tally_at(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
		     struct sgap_tally *t)
{
	const struct sgap_ev *ev = j->ev;
	const struct sgap_ev_server *s = server_at(ev, host);
	__u32 k;

	for (k = 0; k < s->n; k++) {
		const struct sgap_obs *o = sgap_ev_obs_of(ev, s, k);

		if (sgap_bit(f->in, ev->by_server[s->first + k]) && !(o->marks & SGAP_OBS_CACHED))
			sgap_tally_add(t, sgap_obs_failed(o));
	}
}

/* Does it fail the zone at once, from the start? */
static bool is_prompt(const struct sgap_judge *j, const struct sgap_finding *f,
		      const struct sgap_ev_server *s)
{
	const struct sgap_ev *ev = j->ev;
	__u32 k, n = 0;

	for (k = 0; k < s->n; k++) {
		const struct sgap_obs *o = sgap_ev_obs_of(ev, s, k);
		__u32 i = ev->by_server[s->first + k];

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		if (o->class != SGAP_CLASS_SERVFAIL || is_slow(o) ||
		    (!n && o->ts > f->since + PROMPT_NS))
			return false;
		n++;
	}
	return n >= PROMPT;
}

/* Do all resolvers fail it? One alone that does, at both of its addresses, is at fault itself. */
static void resolvers(const struct sgap_judge *j, const struct sgap_finding *f,
		      struct sgap_zone_facts *z)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = 0; i < ev->nservers; i++) {
		const struct sgap_ev_server *s = &ev->servers[i];
		struct sgap_tally t = { 0, 0 };

		if (!sgap_is_front(j, s) || sgap_twin_first(j, s->host) != s->host)
			continue;
		tally_at(j, f, s->host, &t);
		if (j->twin[s->host])
			tally_at(j, f, j->twin[s->host], &t);
		z->resolvers += t.all >= 3;
		z->bad_resolvers += t.all >= 3 && sgap_share(t) > 0.4;
		z->prompt += is_prompt(j, f, s) &&
			     (!j->twin[s->host] ||
			      is_prompt(j, f, server_at(ev, j->twin[s->host])));
	}
}

static void auth_one(const struct sgap_judge *j, const struct sgap_finding *f, __u32 zone,
		     const struct sgap_ev_server *s, struct sgap_zone_auth *a)
{
	__u32 k;

	memset(a, 0, sizeof(*a));
	a->host = s->host;
	for (k = 0; k < s->n; k++) {
		const struct sgap_obs *o = sgap_ev_obs_of(j->ev, s, k);

		if (!(o->marks & SGAP_OBS_ONWARD) || o->qflags & SGAP_DNS_RD ||
		    !sgap_obs_counts(o) || !sgap_ev_under(j->ev, o->name, zone) ||
		    o->qtype == DS ||
		    o->ts + SGAP_NS_PER_S < f->since)
			continue;
		a->asked++;
		a->silent += o->class == SGAP_CLASS_SILENT || o->class == SGAP_CLASS_ICMP;
		a->refused += o->class == SGAP_CLASS_REFUSED;
		a->servfail += o->class == SGAP_CLASS_SERVFAIL;
		a->looped += o->class == SGAP_CLASS_SERVFAIL &&
			     (o->aflags & SGAP_DNS_AA || o->ancount);
		a->referral += is_referral(o);
		a->good += o->class == SGAP_CLASS_OK && o->aflags & SGAP_DNS_AA;
		a->expired += o->ede == 24;
	}
}

/*
 * What the zone's own servers say: whoever is asked for it without RD. The worst
 * of them is kept, or when none is bad the one that answers most.
 */
static void auth_facts(const struct sgap_judge *j, const struct sgap_finding *f, __u32 zone,
		       struct sgap_zone_facts *z)
{
	__u32 i, bad, most = 0, asked = 0, pointed = 0;
	struct sgap_zone_auth a;

	for (i = 0; i < j->ev->nservers; i++) {
		auth_one(j, f, zone, &j->ev->servers[i], &a);
		bad = a.silent + a.refused + a.servfail;
		asked += a.asked - a.referral;
		z->serve += a.asked >= 3 && a.good * 10 > a.asked * 8;
		if (a.referral > pointed && a.referral == a.asked) {
			pointed = a.referral;
			z->parent = a.host;
		}
		if (a.asked < 3 || (!bad && !a.good) || bad < most ||
		    (bad == most && a.good <= z->auth.good))
			continue;
		most = bad;
		z->auth = a;
	}
	z->expired += z->auth.expired;
	/* Who can be found is asked more often than who points to it: its caches keep that. */
	if (pointed < REFERRALS || pointed < 2 * asked)
		z->parent = 0;
	else
		memset(&z->auth, 0, sizeof(z->auth));
}

/* Counting what its cached names hide too: is the zone worse than the others, beyond chance? */
static bool stands_out(const struct sgap_judge *j, const struct sgap_finding *f,
		       const struct sgap_zone_at *at)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_here(j, o) && sgap_during(f, o->ts) &&
		    !j->onward == !(o->marks & SGAP_OBS_ONWARD) && sgap_in_zone(j->ev, o, at))
			sgap_tally_add(&t, failed(j->ev, o, NULL));
	}
	return sgap_share_low(t) > OUT * sgap_share(f->out_set);
}

/*
 * Was the zone seen to work before, and is it more than one stub's tries of one lookup? What does
 * not work when one begins to look is as the Internet is.
 */
static bool worked(const struct sgap_judge *j, const struct sgap_finding *f,
		   const struct sgap_zone_at *at)
{
	__u32 i, good = j->ev->names[at->zone].marks & SGAP_NAME_WORKED, first = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (!sgap_here(j, o) || !sgap_in_zone(j->ev, o, at))
			continue;
		good += o->class == SGAP_CLASS_OK && !sgap_obs_stale(o) && o->ts < f->since;
		first += sgap_bit(f->in, i) && sgap_bit(f->bad, i) &&
			 o->follows != SGAP_FOLLOWS_TRY;
	}
	return good && first >= FAILURES;
}

/* NULL when it does not stand, or is one server's doing. */
static struct sgap_finding *claim_zone(struct sgap_judge *j, const char *cause, __u32 zone,
				       struct sgap_zone_facts *z)
{
	const struct sgap_zone_at at = { { 0 }, zone };
	const struct sgap_claim c = {
		.cause = cause, .in = in_looked_up, .bad = failed, .arg = &at, .floor = 0.25,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char name[1025];

	memset(z, 0, sizeof(*z));
	if (!f)
		return NULL;
	if (!stands_out(j, f, &at) || sgap_unfelt(j, f) || !worked(j, f, &at)) {
		sgap_unclaim(j);
		return NULL;
	}
	front_facts(j, f, zone, z);
	resolvers(j, f, z);
	auth_facts(j, f, zone, z);
	z->onward = j->onward;
	if (j->onward)
		z->resolvers = z->bad_resolvers = 2;
	if (z->bad_resolvers < 2 || z->bad_resolvers * 2 < z->resolvers) {
		sgap_unclaim(j);
		return NULL;
	}
	f->zones[f->nzones++] = zone;
	snprintf(f->detail, sizeof(f->detail), "zone %.100s, at %u of %u resolvers",
		 sgap_ev_name_text(j->ev, zone, name), z->bad_resolvers, z->resolvers);
	sgap_fact(j, f, "names of the zone: SERVFAIL, REFUSED or silence", in_looked_up, failed,
		  &at);
	return f;
}

void sgap_zone_rule(struct sgap_judge *j, const char *cause,
		    double (*certain)(const struct sgap_zone_facts *z), bool by_parent)
{
	struct sgap_zones *zones = &j->zones;
	struct sgap_zone_facts z;
	struct sgap_finding *f;
	__u32 i, kept = 0;

	if (!zones->known)
		find_zones(j, zones);
	for (i = 0; i < zones->n; i++) {
		f = claim_zone(j, cause, zones->zone[i], &z);
		if (!f)		/* whatever the cause: it is not tried again */
			continue;
		zones->zone[kept++] = zones->zone[i];
		f->certain = certain(&z);
		f->host = z.auth.host || !by_parent ? z.auth.host : z.parent;
	}
	zones->n = kept;
}
