// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nxdomain-rewritten: where NXDOMAIN used to be, or is elsewhere, there is one and
 * the same address for many names. At one server it is that server; at all of them
 * from one moment on somebody else answers in their place: intercepted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/addr.h"
#include "proven.h"
#include "where.h"

#define FLOOR 0.8
#define NAMES 4	/* that share the address */
#define WITNESSES 2u	/* answers; one name alone may have been edited and back */
#define MANY 20u	/* answers that are no chance */
#define TRIED 8u
#define REPLACED 10u	/* one in so many */
#define ABSENT 3u	/* answers that say so, and the rewriting may begin */
#define A 1
#define AAAA 28

struct arg {
	struct sgap_at at;
	__u32 address;
	__u16 type;		/* A or AAAA, as the address is */
	bool replaces;		/* names with data of their own get it as well */
	__u32 zone;		/* with replaces: what all these names are in */
	__u64 since;		/* when it began */
};

static bool rewritten(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	(void)ev;
	return o->class == SGAP_CLASS_OK && !o->rcode && o->ancount && o->addr == a->address;
}

/*
 * Names that do not exist: said so, or given that address instead. Where the address
 * stands for data too, all names of that zone.
 */
static bool in_absent(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	if (!sgap_in_server(ev, o, arg) || o->proto != 17 || o->qtype != a->type)
		return false;
	if (a->replaces)
		return o->class == SGAP_CLASS_OK && sgap_ev_under(ev, o->name, a->zone);
	return o->rcode == 3 || rewritten(ev, o, arg);
}

/*
 * Unspecified or loopback (RFC 6890): block lists say so by it (RFC 5782); who redirects has a host
 * to lead to.
 */
static bool is_nobody(const struct sgap_addr *a)
{
	static const __u8 zero[15];

	if (sgap_addr_is_v4(a))
		return a->b[12] == 127 || !sgap_get32(a->b + 12);
	return !memcmp(a->b, zero, sizeof(zero)) && a->b[15] <= 1;
}

struct address {
	__u32 addr;
	__u64 names;		/* one bit for each 64th of all names */
	bool late;		/* nobody gave it until names were seen that do not exist */
};

static int count(const struct address *a)
{
	return __builtin_popcountll(a->names);
}

/* What stands for absence takes its place, so it comes later. */
static bool is_before(const struct address *a, const struct address *b)
{
	return a->late != b->late ? a->late : count(a) > count(b);
}

/* All addresses that are given, by their number; NULL without memory. */
static struct address *addresses(const struct sgap_judge *j)
{
	struct address *seen = calloc(j->ev->nhosts + 1ul, sizeof(*seen));
	__u32 i, absent = 0;

	for (i = 0; seen && i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];
		struct address *a = &seen[o->addr];

		if (!sgap_here(j, o) || o->class != SGAP_CLASS_OK)
			continue;
		absent += o->rcode == 3;
		if (!o->addr || is_nobody(&j->ev->hosts[o->addr].addr))
			continue;
		if (!a->addr)
			*a = (struct address){ o->addr, 0, absent >= ABSENT };
		a->names |= 1ULL << (o->name & 63);
	}
	return seen;
}

/* The addresses that most names get; those that came late first. */
static __u32 favourites(const struct sgap_judge *j, struct address *best)
{
	struct address *seen = addresses(j), new, swap;
	__u32 i, k, n = 0;

	for (i = 0; seen && i <= j->ev->nhosts; i++) {
		new = seen[i];
		if (count(&new) < NAMES)
			continue;
		for (k = 0; k < n; k++) {
			if (!is_before(&new, &best[k]))
				continue;
			swap = best[k];
			best[k] = new;
			new = swap;
		}
		if (n < TRIED)
			best[n++] = new;
	}
	free(seen);
	return n;
}

/* One server's answer that another server gives as well is no invention of the first. */
static bool agreed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u32 i;

	for (i = 0; rewritten(ev, o, arg) && i < q->ndigests && i < SGAP_DIGESTS; i++) {
		if (q->digest[i].digest == o->digest)
			return q->digest[i].host != o->server;
	}
	return false;
}

/* Did anybody give the address before, or does a server that is not concerned? */
static bool known(const struct sgap_judge *j, const struct sgap_finding *f,
		  const struct arg *arg)
{
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->addr == arg->address && sgap_here(j, o) && !sgap_bit(f->in, i) &&
		    o->class == SGAP_CLASS_OK && (o->ts < f->since || o->server != f->host))
			return true;
	}
	return false;
}

/*
 * Names with data of their own that get the address as well: then it is not what stands
 * for absence. A few may be new.
 */
static bool replaces(const struct sgap_judge *j, const struct sgap_finding *f,
		     const struct arg *arg)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, k, n = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		const struct sgap_question *q = &ev->questions[o->question];

		if (!sgap_bit(f->in, i) || !rewritten(ev, o, arg))
			continue;
		for (k = 0; k < q->ndigests && k < SGAP_DIGESTS; k++) {
			if (q->digest[k].digest != o->digest && q->digest[k].first < f->since)
				break;
		}
		n += k < q->ndigests && k < SGAP_DIGESTS;
	}
	return n * REPLACED > f->in_set.bad;
}

static struct sgap_finding *claim(struct sgap_judge *j, const char *cause, struct arg *arg,
				  struct sgap_where *w)
{
	struct sgap_claim c = {
		.cause = cause, .in = in_absent, .bad = rewritten, .arg = arg, .floor = FLOOR,
		.loose = true,
	};
	struct sgap_finding *f = sgap_claim_where(j, &c, &arg->at, w);

	if (!f)
		return NULL;
	/* An address that was given before, or is by others, is but a popular one. */
	if (known(j, f, arg) || replaces(j, f, arg) != arg->replaces) {
		sgap_unclaim(j);
		return NULL;
	}
	if ((f->before.all - f->before.bad < ABSENT &&
	     (!w->fine || f->until || f->in_set.bad < 10)) ||
	    (w->hit == 1 && sgap_count_in(j, f, agreed, arg) * 5 > f->in_set.bad)) {
		sgap_unclaim(j);
		return NULL;
	}
	return f;
}

/* What all names are in that get the address. */
static __u32 zone_of(const struct sgap_judge *j, const struct arg *arg)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, zone = 0;
	bool any = false;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_here(j, o) || !rewritten(ev, o, arg))
			continue;
		if (!any)
			zone = o->name;
		any = true;
		while (zone && !sgap_ev_under(ev, o->name, zone))
			zone = ev->names[zone].parent;
	}
	return zone;
}

static void aim(const struct sgap_judge *j, struct arg *arg, __u32 address)
{
	arg->address = address;
	arg->zone = arg->replaces ? zone_of(j, arg) : 0;
	arg->type = sgap_addr_is_v4(&j->ev->hosts[address].addr) ? A : AAAA;
}

static struct sgap_finding *try(struct sgap_judge *j, const char *cause, struct arg *arg,
				struct sgap_where *w)
{
	struct address best[TRIED] = { { 0 } };
	struct sgap_finding *f = NULL;
	char text[SGAP_ADDR_TEXT];
	__u32 i, n = favourites(j, best), address = 0;
	double gain = 0;

	for (i = 0; i < n; i++) {
		aim(j, arg, best[i].addr);
		f = claim(j, cause, arg, w);
		if (!f)
			continue;
		if (f->gain > gain) {
			gain = f->gain;
			address = arg->address;
		}
		sgap_unclaim(j);
	}
	aim(j, arg, address);
	f = address ? claim(j, cause, arg, w) : NULL;
	if (!f)
		return NULL;
	snprintf(f->detail, sizeof(f->detail), "they all get %s",
		 sgap_addr_text(text, j->ev->hosts[arg->address].addr.b));
	sgap_fact(j, f, arg->replaces ? "names of other data, or none: got that address" :
		  "names that do not exist: got that address", in_absent, rewritten, arg);
	return f;
}

/* Does the same server tell the truth to clients elsewhere? */
static bool true_elsewhere(const struct sgap_finding *f)
{
	return f->elsewhere.all >= 3 && sgap_share(f->elsewhere) < 0.2;
}

/* Of names that it looked up before it now has an answer with authority: not the zone moved. */
static bool own(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_question *q = &ev->questions[o->question];

	return rewritten(ev, o, arg) && o->aflags & SGAP_DNS_AA && q->own.host == o->server &&
	       (q->told[0].host == o->server || q->told[1].host == o->server);
}

/* Others looked the name up since, and were told other data. */
static bool refuted(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return rewritten(ev, o, arg) && sgap_others_stand(ev, o, a->since);
}

/* Names that exist and names that do not get one address: no longer the zone's data. */
static void one_for_all(struct sgap_judge *j)
{
	struct arg arg = { .replaces = true };
	struct sgap_where w;
	struct sgap_finding *f = try(j, "wrong-answers", &arg, &w);

	if (!f)
		return;
	arg.since = f->since;
	if (true_elsewhere(f))
		f->certain = 0.1;
	else if (w.fine || sgap_count_in(j, f, refuted, &arg) >= WITNESSES)
		f->certain = 0.85;
	else
		f->certain = w.hit == 1 && sgap_count_in(j, f, own, &arg) >= NAMES ? 0.7 : 0.1;
}

/* Somebody said, at some time, that this does not exist. */
static bool denied(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return rewritten(ev, o, arg) && ev->questions[o->question].absent;
}

/* Looked up, and it does not exist; what is signed or the server's own is seldom touched. */
static bool absent(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->rcode == 3 && !(o->aflags & SGAP_DNS_AA) &&
	       !(o->marks & (SGAP_OBS_CACHED | SGAP_OBS_SIGNED));
}

/* How many would have been said not to exist since, had it gone on as before? */
static double expected(const struct sgap_judge *j, const struct sgap_finding *f,
		       const struct arg *arg)
{
	struct sgap_tally before = { 0, 0 };
	__u32 i, since = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->class != SGAP_CLASS_OK || o->qtype != arg->type || !sgap_here(j, o) ||
		    !sgap_in_server(j->ev, o, arg))
			continue;
		if (o->ts < f->since)
			sgap_tally_add(&before, o->rcode == 3);
		else
			since++;
	}
	return sgap_share(before) * since;
}

/* Is it one client's, where several ask? Who rewrites does it for all. */
static bool is_one_of_many(const struct sgap_judge *j, const struct sgap_finding *f,
			   const struct arg *arg)
{
	struct sgap_few clients = { 0 };
	__u32 i;

	for (i = 0; i < j->ev->n && clients.n < 2; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->qtype == arg->type && sgap_here(j, o) && sgap_in_server(j->ev, o, arg))
			sgap_few_add(&clients, o->client);
	}
	return clients.n > 1 && sgap_bad_clients(j, f) < 2;
}

/*
 * Do as many still not exist as before, in the same time? Who asks for much of a farm takes none of
 * the others' away.
 */
static bool goes_on(const struct sgap_judge *j, const struct sgap_finding *f,
		    const struct arg *arg)
{
	const struct sgap_ev *ev = j->ev;
	__u64 to = f->until ? f->until : ev->last;
	__u32 i, before = 0, after = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_here(j, o) || !sgap_in_server(ev, o, arg) || o->qtype != arg->type ||
		    !absent(ev, o, NULL))
			continue;
		before += o->ts < f->since;
		after += o->ts > f->since + SGAP_NS_PER_S && o->ts < to;
	}
	return before >= ABSENT && after >= ABSENT && f->since > ev->first &&
	       2.0 * after * (double)(f->since - ev->first) > before * (double)(to - f->since);
}

/*
 * Names that share a new address may as well be a farm's, asked for the first time, unless
 * it is given for what did not exist, or so often that none would not exist any more: here,
 * where some did not before, or while others still say so.
 */
static bool is_farm(const struct sgap_judge *j, const struct sgap_finding *f,
		    const struct arg *arg, const struct sgap_where *w)
{
	if (sgap_count_in(j, f, denied, arg) >= WITNESSES)
		return false;
	if (is_one_of_many(j, f, arg) || goes_on(j, f, arg))
		return true;
	/* Who rewrites leaves hardly any: where some do not exist, the others do. */
	if (sgap_count_in(j, f, absent, arg) * 50 > f->in_set.bad)
		return true;
	return f->in_set.bad < MANY ||
	       (expected(j, f, arg) < MANY && (!w->fine || f->in_set.bad < 3 * MANY));
}

void sgap_rule_nx_rewritten(struct sgap_judge *j)
{
	struct arg arg = { .replaces = false };
	struct sgap_where w;
	struct sgap_finding *f = try(j, "nxdomain-rewritten", &arg, &w);

	if (!f) {
		one_for_all(j);
		return;
	}
	f->certain = is_farm(j, f, &arg, &w) ? 0.1 : w.fine ? 0.95 : w.hit > 1 ? 0.15 : 0.7;
	if (f->host && true_elsewhere(f))
		f->certain = 0.1;
	if (f->host && sgap_moved(j, f))
		f->certain *= 0.3;
}

void sgap_rule_intercepted_nx(struct sgap_judge *j)
{
	struct arg arg = { .replaces = false };
	struct sgap_where w;
	struct sgap_finding *f = try(j, "intercepted", &arg, &w);

	if (!f)
		return;
	f->certain = w.hit > 1 && !w.fine && !is_farm(j, f, &arg, &w) ? 0.8 : 0.04;
	if (true_elsewhere(f))
		f->certain = 0.95;
	f->host = 0;
	f->twin = 0;
	f->role = SGAP_ROLE_MIDDLEBOX;
}
