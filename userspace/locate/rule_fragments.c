// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fragments-lost: answers too big for one packet do not arrive whole, small ones
 * do (RFC 8900, RFC 9715): first fragments come alone, or nothing comes of what is
 * known to be big. pmtu-blackhole: the same for packets that may not be fragmented
 * and for large TCP segments, with no ICMP to say so (RFC 8899, RFC 2923).
 */
#include <stdio.h>
#include <string.h>

#include "where.h"

#define FLOOR 0.5
#define STREAMS 3u	/* that starve with no more to carry than UDP does: no matter of size */
#define CARRIED 0.1	/* of the streams, and size is not why others starve */
#define OPTION 64u	/* bytes that an OPT record makes, more or less */
#define BIG 1200u	/* bytes of DNS; RFC 9715 section 3 bids to stay below 1400 */

static bool in_big(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	if (!sgap_in_server(ev, o, arg))
		return false;
	return o->flags & SGAP_TXN_F_FRAGMENT || o->marks & SGAP_OBS_BIG ||
	       (o->proto == 6 && o->question && ev->questions[o->question].max_size > BIG);
}

static bool in_small(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && !in_big(ev, o, arg);
}

/*
 * A first fragment without any later one is lost. Where nothing tells of later ones,
 * the client does, who asks again.
 */
static bool lost(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)arg;
	if (o->flags & SGAP_TXN_F_FRAGMENT)
		return ev->vantage[o->vantage].sees_rest ? !(o->marks & SGAP_OBS_WHOLE) :
							   !!(o->marks & SGAP_OBS_AGAIN);
	return o->class == SGAP_CLASS_SILENT || o->class == SGAP_CLASS_RESET;
}

static bool alone(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return o->flags & SGAP_TXN_F_FRAGMENT && lost(ev, o, arg);
}

static bool over_tcp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->proto == 6;
}

/*
 * Does TCP fail for answers that whole packets of UDP carry meanwhile, on the same leg: what a
 * resolver gets from the servers of zones went another way. With DO an answer may
 * be bigger than the one that is known, and near a link's limit segments are what does not pass.
 */
static bool tcp_starves(const struct sgap_judge *j, const struct sgap_finding *f,
			const struct sgap_at *at)
{
	struct sgap_tally t = { 0, 0 };
	const struct sgap_ev *ev = j->ev;
	__u32 i, whole = 0, size;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->ts >= f->since && j->scope[i] == SGAP_SCOPE_USUAL && o->proto == 17 &&
		    o->class == SGAP_CLASS_OK && !(o->flags & SGAP_TXN_F_FRAGMENT) &&
		    o->asize > whole && sgap_in_server(ev, o, at))
			whole = o->asize;
	}
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		size = ev->questions[o->question].max_size;
		if (o->ts >= f->since && j->scope[i] == SGAP_SCOPE_USUAL && o->proto == 6 && size &&
		    size <= whole && size <= BIG && !(o->flags & SGAP_TXN_F_QDO) &&
		    sgap_in_server(ev, o, at))
			sgap_tally_add(&t, lost(ev, o, at));
	}
	return t.bad >= STREAMS && sgap_share(t) * 3 > sgap_share(f->in_set);
}

/*
 * Do streams bring clients as much as the least of what is lost to them? A size that does not pass
 * never passes, and no bigger one.
 */
static bool is_carried(const struct sgap_judge *j, const struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	memset(j->client, 0, ev->nhosts * sizeof(*j->client));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		__u32 size = ev->questions[o->question].max_size, *least = &j->client[o->client];

		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i) && o->proto == 6 &&
		    (!*least || size < *least))
			*least = size;
	}
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		__u32 least = j->client[o->client];

		if (sgap_bit(f->in, i) && o->proto == 6 && least)
			sgap_tally_add(&t, o->class == SGAP_CLASS_OK && o->asize + OPTION >= least);
	}
	return t.bad >= STREAMS && sgap_share(t) > CARRIED;
}

/* first: how many first fragments came alone */
static struct sgap_finding *try(struct sgap_judge *j, const char *cause, struct sgap_at *at,
				struct sgap_where *w, __u32 *first)
{
	struct sgap_claim c = {
		.cause = cause, .in = in_big, .bad = lost, .arg = at, .floor = FLOOR,
		.loose = true,
	};
	struct sgap_finding *f = sgap_claim_where(j, &c, at, w);
	struct sgap_fact *small;

	if (!f)
		return NULL;
	f->host = 0;
	f->twin = 0;
	f->role = SGAP_ROLE_PATH;
	f->behind = w->hit == 1 ? w->host : 0;
	sgap_fact(j, f, "big answers: not whole", in_big, lost, at);
	small = sgap_fact(j, f, "small answers: lost", in_small, lost, at);
	*first = sgap_count_in(j, f, alone, NULL);
	if (!small || small->after.all < 5 ||
	    sgap_share(small->after) * 3 > sgap_share(f->in_set) ||
	    tcp_starves(j, f, at) || is_carried(j, f) ||
	    (!*first && sgap_resets(j, f, at))) {
		sgap_unclaim(j);
		return NULL;
	}
	return f;
}

void sgap_rule_fragments(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_where w;
	__u32 first, tcp;
	struct sgap_finding *f = try(j, "fragments-lost", &at, &w, &first);

	if (!f)
		return;
	tcp = sgap_count_in(j, f, over_tcp, NULL);
	f->certain = first ? 0.95 : tcp * 2 > f->in_set.all ? 0.2 : 0.7;
	if (!first && w.hit == 1 && w.fine)
		f->certain *= 0.2;
	if (first)
		snprintf(f->detail, sizeof(f->detail), "%u first fragments came without the rest",
			 first);
}

void sgap_rule_pmtu(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_where w;
	__u32 first, tcp;
	struct sgap_finding *f = try(j, "pmtu-blackhole", &at, &w, &first);

	if (!f)
		return;
	tcp = sgap_count_in(j, f, over_tcp, NULL);
	f->certain = first ? 0.04 : tcp * 2 > f->in_set.all ? 0.85 : 0.3;
	/* At one server of several, TCP that starves is more likely that server's. */
	if (w.hit == 1 && w.fine)
		f->certain *= 0.2;
	if (tcp)
		snprintf(f->detail, sizeof(f->detail), "%u of the lost ones went over TCP", tcp);
}
