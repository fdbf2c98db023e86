// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What servers say to the same questions, held against each other. Data that
 * spreads (a CDN, round robin of sets) is no evidence; nor is one changed record
 * alone, since a zone may be edited.
 */
#include <stdlib.h>

#include "derive.h"
#include "evidence.h"
#include "wire.h"

#define PAIR_NS SGAP_NS_PER_S	/* from one query of a port to those that go with it */
#define APART_NS (2 * SGAP_NS_PER_S)	/* what is left of a TTL is less by then */
#define ROUNDED_NS (3 * SGAP_NS_PER_S / 2)
#define FRAME 1400u		/* bytes of DNS that fit into one frame, tunnels allowed for */
#define ANY 255
#define PLAIN_SIZE 512u		/* RFC 1035 section 4.2.1 */

static __u32 question_of(struct sgap_ev *ev, __u32 *slots, __u32 mask, const struct sgap_obs *o)
{
	__u32 i = (__u32)sgap_mix(sgap_mix(0, o->name), o->qtype) & mask;
	struct sgap_question *q;

	for (; slots[i]; i = (i + 1) & mask) {
		q = &ev->questions[slots[i]];
		if (q->name == o->name && q->type == o->qtype)
			return slots[i];
	}
	q = &ev->questions[++ev->nquestions];
	memset(q, 0, sizeof(*q));
	q->name = o->name;
	q->type = o->qtype;
	slots[i] = ev->nquestions;
	return ev->nquestions;
}

static void merge_host(__u32 *at, __u32 host)
{
	if (!*at)
		*at = host;
	else if (*at != host)
		*at = SGAP_SEVERAL;
}

/* A cache's answer that runs out later than its last one was fetched in between. */
static void add_holder(const struct sgap_question *q, struct sgap_holder *h,
		       const struct sgap_obs *o)
{
	__u64 ts = o->ts + o->rtt_us * SGAP_NS_PER_US, ends = ts + o->min_ttl * SGAP_NS_PER_S;
	__u64 fetched = sgap_fetched_at(&q->ttl, o);

	if (o->aflags & SGAP_DNS_AA || o->min_ttl == SGAP_NONE32)
		return;
	if (h[0].host != o->server && (!h[0].host || h[1].host == o->server ||
				       (h[1].host && h[0].ts < h[1].ts)))
		h += h[0].host && h[1].host == o->server;
	else if (h[0].host != o->server)
		h++;
	if (h->host != o->server)
		memset(h, 0, sizeof(*h));
	else if (ends > h->ends + 2 * SGAP_NS_PER_S)
		h->fetched = ts > h->ends ? h->ends : h->ts;
	if (fetched > h->fetched)
		h->fetched = fetched;
	h->host = o->server;
	h->ts = ts;
	h->ends = ends;
}

static const struct sgap_holder *held_by(const struct sgap_holder *h, __u32 host)
{
	if (h[0].host == host)
		return &h[0];
	return h[1].host == host ? &h[1] : NULL;
}

/* Its TTL is what is left of the one that the server gave before, a second lost to rounding. */
static bool runs_out(const struct sgap_holder *was, const struct sgap_obs *o)
{
	__u64 ends = o->ts + o->rtt_us * SGAP_NS_PER_US + o->min_ttl * SGAP_NS_PER_S;

	return o->min_ttl <= 1 && was && was->ends > was->ts + 2 * SGAP_NS_PER_S &&
	       ends + ROUNDED_NS >= was->ends && ends <= was->ends + ROUNDED_NS;
}

/* One server gives this, then another set, then this again: it goes round. */
static bool went_back(const struct sgap_question *q, __u32 mine, const struct sgap_obs *o)
{
	const struct sgap_holder *was = held_by(q->digest[mine].holder, o->server), *between;
	__u32 i;

	for (i = 0; was && i < q->ndigests && i < SGAP_DIGESTS; i++) {
		between = i == mine ? NULL : held_by(q->digest[i].holder, o->server);
		if (between && between->ts > was->ts)
			return true;
	}
	return false;
}

static void add_digest(struct sgap_question *q, struct sgap_obs *o)
{
	__u32 i;

	for (i = 0; i < q->ndigests && i < SGAP_DIGESTS; i++) {
		if (q->digest[i].digest == o->digest)
			break;
	}
	if (i == SGAP_DIGESTS) {
		q->ndigests = SGAP_DIGESTS + 1;
		return;
	}
	if (i == q->ndigests) {
		q->ndigests++;
		q->digest[i].digest = o->digest;
		q->digest[i].first = o->ts;
	}
	if (went_back(q, i, o)) {
		q->ndigests = SGAP_DIGESTS + 1;
		return;
	}
	merge_host(&q->digest[i].host, o->server);
	q->digest[i].n++;
	if (runs_out(held_by(q->digest[i].holder, o->server), o))
		o->marks |= SGAP_OBS_ENDING;
	add_holder(q, q->digest[i].holder, o);
	q->digest[i].last = o->ts;
}

/*
 * A server's own copy of a zone and what another one, which looks things up, was told
 * last: whichever is asked later is held against the other. What was told holds until
 * its TTL runs out, one's own copy until it is asked again.
 */
static void add_told(struct sgap_question *q, struct sgap_obs *o)
{
	struct sgap_told now = { o->digest, o->ts, ~0ull, o->server, o->client };
	struct sgap_told *told = q->told, *last = &q->own;
	__u32 i;

	if (o->aflags & SGAP_DNS_AA) {
		i = told[1].ts > told[0].ts;
		last = &told[told[i].host == o->server ? !i : i];
		q->own = now;
	} else {
		i = told[0].host == o->server ? 0 : told[1].host == o->server ? 1 :
		    told[0].ts > told[1].ts;
		told[i] = now;
		if (o->min_ttl != SGAP_NONE32)
			told[i].ends = o->ts + (o->min_ttl + 1) * SGAP_NS_PER_S;
	}
	if (last->host && last->host != o->server && o->ts < last->ends)
		o->marks |= SGAP_OBS_TOLD | (last->digest != o->digest ? SGAP_OBS_ODD : 0);
}

/* The same for two servers' own copies, as one asker sees them. */
static void add_copy(struct sgap_question *q, struct sgap_obs *o)
{
	__u32 mine = q->copy[1].host == o->server ||
		     (q->copy[0].host != o->server && q->copy[1].ts <= q->copy[0].ts);
	const struct sgap_told *other = &q->copy[!mine], *was = &q->copy[mine];

	/* What comes back goes round. */
	if (was->host == o->server &&
	    sgap_first_given(q, o->digest) < sgap_first_given(q, was->digest))
		q->ndigests = SGAP_DIGESTS + 1;
	q->copy[mine] = (struct sgap_told){ o->digest, o->ts, ~0ull, o->server, o->client };
	if (other->host && other->client == o->client)
		o->marks |= SGAP_OBS_TOLD | (other->digest != o->digest ? SGAP_OBS_ODD : 0);
}

static bool is_same(const struct sgap_serials *s, __u32 host)
{
	__u32 i;

	for (i = 0; i < SGAP_SAME; i++) {
		if (s->same[i] == host)
			return true;
	}
	return false;
}

/* Two that never had one serial may be two views of the zone, and none of them old. */
static void agree(struct sgap_serials *s, const struct sgap_obs *o)
{
	bool aa = o->aflags & SGAP_DNS_AA;
	__u32 i;

	if (!s->same[0]) {
		if (!s->newest_from || s->newest_from == o->server)
			return;
		s->apart |= o->serial != s->newest && aa && s->newest_aa;
		if (o->serial != s->newest || s->apart)
			return;
		s->common = o->serial;
		s->same[0] = s->newest_from;
	}
	if (o->serial != s->common || is_same(s, o->server))
		return;
	for (i = 0; i < SGAP_SAME && s->same[i]; i++)
		;
	if (i < SGAP_SAME)
		s->same[i] = o->server;
}

static void older(struct sgap_serials *s, struct sgap_obs *o)
{
	s->follows |= s->old_from == o->server && (__s32)(o->serial - s->old) > 0;
	s->old = o->serial;
	s->old_from = o->server;
	s->served_older = !!(o->marks |= SGAP_OBS_OLDER);
}

/*
 * one: all of one question, so that a cache's serial does not go back by itself. Of others,
 * one that is older than all that was known may be a policy's own, and so may a newer one of
 * somebody who never agreed.
 */
static void add_serial(struct sgap_serials *s, struct sgap_obs *o, bool one)
{
	bool same;

	agree(s, o);
	same = is_same(s, o->server);
	if (s->newest_from && (__s32)(s->newest - o->serial) > 0) {
		if (one && s->newest_from == o->server && !(o->aflags & SGAP_DNS_AA))
			s->sank = !!(o->marks |= SGAP_OBS_BACKWARD);
		else if (o->aflags & SGAP_DNS_AA && same && s->newest_from != o->server &&
			 is_same(s, s->newest_from) &&
			 (one || (__s32)(o->serial - s->common) >= 0))
			older(s, o);
	}
	/* Older for good is another zone in its place; older now and then, another copy. */
	if (s->sank && o->serial == s->newest && s->newest_from == o->server)
		s->went_back = 1;
	if (!one && s->same[0] && !same)
		return;
	if (!s->newest_from || (__s32)(o->serial - s->newest) > 0) {
		s->newest = o->serial;
		s->newest_from = o->server;
		s->newest_aa = !!(o->aflags & SGAP_DNS_AA);
	}
}

static void add_serials(struct sgap_ev *ev, struct sgap_obs *o)
{
	struct sgap_serials *below = sgap_ev_below(ev, o);

	if (!o->serial)
		return;
	add_serial(&ev->questions[o->question].serials, o, true);
	if (below)
		add_serial(below, o, false);
}

static void add_ttl(struct sgap_ttl *ttl, const struct sgap_obs *o)
{
	if (o->min_ttl == SGAP_NONE32 || o->min_ttl < ttl->most)
		return;
	if (!ttl->first || o->min_ttl > ttl->most)
		*ttl = (struct sgap_ttl){ .most = o->min_ttl, .first = o->ts };
	else if (o->ts > ttl->first + APART_NS)
		ttl->whole = true;
}

/* Was it looked up, and well? What is in a cache tells of another time. */
static void add_try(struct sgap_ev *ev, const struct sgap_obs *o)
{
	struct sgap_question *q = &ev->questions[o->question];
	struct sgap_below *below = &ev->below[ev->names[q->name].parent];
	__u64 answered = o->ts + o->rtt_us * SGAP_NS_PER_US;

	if (!(o->marks & SGAP_OBS_ONWARD))
		merge_host(&q->asked_at, o->server);
	if (o->class == SGAP_CLASS_OK &&
	    (o->marks & (SGAP_OBS_CACHED | SGAP_OBS_QUICK) || sgap_obs_stale(o)))
		return;
	q->last_try = below->last_try = o->ts;
	if (o->class == SGAP_CLASS_OK && !(o->aflags & SGAP_DNS_TC))
		q->last_ok = below->last_ok = answered;
}

static void add(struct sgap_ev *ev, struct sgap_obs *o)
{
	struct sgap_question *q = &ev->questions[o->question];

	if (o->class != SGAP_CLASS_OK || o->aflags & SGAP_DNS_TC)
		return;
	if (o->asize > q->max_size)
		q->max_size = o->asize;
	if (o->rcode == 3) {
		q->absent++;
		merge_host(&q->absent_at, o->server);
	} else if (o->ancount) {
		q->data++;
		merge_host(&q->data_at, o->server);
		add_ttl(&q->ttl, o);
		add_ttl(&ev->below[ev->names[q->name].parent].ttl, o);
		if (o->digest) {
			add_digest(q, o);
			if (!(o->marks & SGAP_OBS_ONWARD))
				add_told(q, o);
			else if (o->aflags & SGAP_DNS_AA)
				add_copy(q, o);
		}
	} else {
		q->empty++;
	}
}

/*
 * Does this answer differ where it should not? Its server gave another one before,
 * and somebody else asked for it anew since, and got that one still: so it was not
 * the zone that changed.
 */
static bool differs(const struct sgap_question *q, const struct sgap_obs *o)
{
	__u32 mine, k;

	if (q->ndigests != 2)
		return false;
	mine = q->digest[0].digest == o->digest ? 0 : 1;
	if (q->digest[mine].host != o->server ||
	    q->digest[!mine].first > q->digest[mine].first ||
	    !held_by(q->digest[!mine].holder, o->server))
		return false;
	for (k = 0; k < 2; k++) {
		const struct sgap_holder *h = &q->digest[!mine].holder[k];

		if (h->host && h->host != o->server && h->fetched > q->digest[mine].first)
			return true;
	}
	return false;
}

static bool compared(const struct sgap_question *q, const struct sgap_obs *o)
{
	__u32 i;

	if (q->ndigests > 2)
		return false;
	for (i = 0; i < q->ndigests; i++) {
		if (q->digest[i].host != o->server)
			return true;
	}
	return false;
}

static void mark(struct sgap_obs *o, const struct sgap_question *q)
{
	bool data = o->class == SGAP_CLASS_OK && !o->rcode && o->ancount;

	if (q->absent && !(q->absent_at == o->server && o->rcode == 3 && q->absent == 1))
		o->marks |= SGAP_OBS_ABSENT;
	if (q->data && !(data && q->data == 1))
		o->marks |= SGAP_OBS_EXISTS;
	if (q->ttl.most > 1)
		o->marks |= SGAP_OBS_LIVES;
	if (o->proto == 17 && q->max_size > FRAME && o->bufsize > FRAME)
		o->marks |= SGAP_OBS_BIG;
	/* ANY may be sent to TCP by policy (RFC 8482). */
	if (o->proto == 17 && o->aflags & SGAP_DNS_TC && o->qtype != ANY && q->max_size &&
	    q->max_size <= PLAIN_SIZE)
		o->marks |= SGAP_OBS_SLIP;
	if (data && compared(q, o))
		o->marks |= SGAP_OBS_COMPARED;
	if (data && o->digest && differs(q, o))
		o->marks |= SGAP_OBS_DIFFERS;
}

/*
 * Ports that a client used before keep their entry in a NAT or firewall. What follows the
 * first query at once (A, then AAAA) shares its fate whoever decides it.
 */
static void mark_ports(struct sgap_ev *ev, __u32 *slots, __u32 mask)
{
	__u32 i;

	memset(slots, 0, (mask + 1ul) * sizeof(*slots));
	for (i = 0; i < ev->n; i++) {
		struct sgap_obs *o = &ev->obs[i], *was;
		__u32 at = (__u32)sgap_numbers_mix(o->client, o->port, o->server) & mask;

		if (!sgap_obs_counts(o) || o->proto != 17)
			continue;
		was = slots[at] ? &ev->obs[slots[at] - 1] : NULL;
		if (was && was->client == o->client && was->port == o->port &&
		    was->server == o->server && !sgap_obs_failed(was)) {
			if (o->ts < was->ts + PAIR_NS)
				o->marks |= SGAP_OBS_NEWPORT;
			continue;
		}
		o->marks |= SGAP_OBS_NEWPORT;
		slots[at] = i + 1;
	}
}

int sgap_derive_compare(struct sgap_ev *ev)
{
	__u32 i, size = 1024, *slots;

	while (size < 2 * ev->n)
		size *= 2;
	free(ev->questions);
	free(ev->below);
	ev->below = sgap_ev_room(ev->nnames * sizeof(*ev->below));
	ev->questions = sgap_ev_room((ev->n + 2) * sizeof(*ev->questions));
	slots = calloc(size, sizeof(*slots));
	ev->nquestions = 0;
	if (!ev->questions || !ev->below || !slots) {
		free(slots);
		return -ENOMEM;
	}
	memset(&ev->questions[0], 0, sizeof(ev->questions[0]));	/* of those without a name */
	memset(ev->below, 0, ev->nnames * sizeof(*ev->below));
	for (i = 0; i < ev->n; i++) {
		struct sgap_obs *o = &ev->obs[i];

		if (!o->name || !o->qtype)
			continue;
		o->question = question_of(ev, slots, size - 1, o);
		if (o->qtype == 1)
			ev->names[o->name].a_question = o->question;
		if (!sgap_obs_counts(o))
			continue;
		add_try(ev, o);
		add_serials(ev, o);
		add(ev, o);
	}
	for (i = 0; i < ev->n; i++) {
		if (ev->obs[i].question)
			mark(&ev->obs[i], &ev->questions[ev->obs[i].question]);
	}
	mark_ports(ev, slots, size - 1);
	free(slots);
	return 0;
}
