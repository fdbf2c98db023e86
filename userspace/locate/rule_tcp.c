// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three ways in which TCP fails beside UDP that works (RFC 7766, RFC 9210):
 * tcp-refused: a reset to every SYN. tcp-blocked: no answer to any SYN.
 * tcp-exhausted: SYNs are answered, questions are not.
 */
#include "where.h"

#define FLOOR 0.6
#define NEAR_NS (5 * SGAP_NS_PER_S)
#define ASKS_NS (SGAP_NS_PER_S / 20)	/* from the end of the handshake to the question */
#define HELD 2u
#define LOOKED_AT 64u	/* connections */
#define TIMED 5u	/* answers that tell how long one takes */

static bool over_tcp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->proto == 6;
}

static bool in_tcp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return o->proto == 6 && sgap_in_server(ev, o, arg);
}

static bool in_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return o->proto == 17 && sgap_in_server(ev, o, arg);
}

static bool refused(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_RESET && !o->connect_us && !o->name;
}

static bool silent_syn(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	/* A filter may say so by ICMP (RFC 1812 section 5.2.7.1): the server does not answer. */
	return (o->class == SGAP_CLASS_SILENT || o->class == SGAP_CLASS_ICMP) && !o->name &&
	       !o->connect_us;
}

static bool starved(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SILENT || o->class == SGAP_CLASS_RESET;
}

/* Was its connection there before that moment? Each question of one looks like it. */
static bool is_older(const struct sgap_judge *j, const struct sgap_obs *of, __u64 from)
{
	__u32 i;

	for (i = 0; i < j->ev->n && j->ev->obs[i].ts < from; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->client == of->client && o->port == of->port && o->server == of->server &&
		    o->proto == 6)
			return true;
	}
	return false;
}

/*
 * How long its connection took to come about; 0 = not known. A question that overtook the
 * server's SYN+ACK does not have it, the record of its connection does.
 */
static __u32 connect_us(const struct sgap_judge *j, __u32 of)
{
	const struct sgap_ev *ev = j->ev;
	const struct sgap_obs *q = &ev->obs[of];
	const struct sgap_host *client = &ev->hosts[q->client];
	__u32 i;

	for (i = 0; !q->connect_us && i < client->n; i++) {
		const struct sgap_obs *o = &ev->obs[ev->by_client[client->first + i]];

		if (o->state == SGAP_TXN_CONNECTED && o->port == q->port && o->proto == 6 &&
		    o->server == q->server && o->vantage == q->vantage &&
		    o->ts + NEAR_NS > q->ts && o->ts < q->ts + NEAR_NS)
			return o->connect_us;
	}
	return q->connect_us;
}

/* Twice the longest time that an answer over TCP took before it began, ns; ~0 = not known. */
static __u64 overdue_ns(const struct sgap_judge *j, const struct sgap_finding *f,
			const struct sgap_at *at)
{
	__u32 i, n = 0, most = 0;

	for (i = 0; i < j->ev->n && j->ev->obs[i].ts < f->since; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (!sgap_here(j, o) || !in_tcp(j->ev, o, at) || !o->name ||
		    o->class != SGAP_CLASS_OK)
			continue;
		n++;
		most = o->rtt_us > most ? o->rtt_us : most;
	}
	return n < TIMED ? ~0ull : 2 * SGAP_NS_PER_US * most;
}

/*
 * Does the server let connections come about and leave their questions unanswered? The
 * first may have met a filter that was set up after its SYN; those whose SYN came after
 * its question met none. Full listen queues swallow SYNs as well, but later. One such is enough
 * where the first was overdue by then: what a filter cuts off had not been answered in time.
 */
static bool holds_them(const struct sgap_judge *j, const struct sgap_finding *f,
		       const struct sgap_at *at)
{
	struct sgap_few held = { 0 };
	__u32 i, took, answered = 0, silent = 0, unknown = 0;
	__u64 from = 0, late = overdue_ns(j, f, at);
	bool overdue = false;

	for (i = 0; i < j->ev->n && silent < LOOKED_AT && unknown < LOOKED_AT; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->ts + NEAR_NS < f->since || o->ts < from ||
		    !sgap_here(j, o) || !in_tcp(j->ev, o, at))
			continue;
		took = connect_us(j, i);
		unknown += !took;
		if (!took)
			continue;
		if (o->class != SGAP_CLASS_SILENT) {
			answered += from != 0;
		} else if (!from) {
			from = o->ts + 2000ull * took + ASKS_NS;
		} else {
			silent++;
			if (is_older(j, o, from))
				continue;
			sgap_few_add(&held, o->client << 16 | o->port);
			overdue |= o->ts - from > late;
		}
	}
	return (held.n >= HELD || overdue) && silent > answered;
}

/* Connections that came about while it lasts: then no filter swallows SYNs. */
static __u32 connected(const struct sgap_judge *j, const struct sgap_finding *f,
		       const struct sgap_at *at)
{
	__u32 i, n = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		n += o->proto == 6 && sgap_in_server(j->ev, o, at) &&
		     o->vantage == j->home && j->islands[o->client] == j->island &&
		     o->ts > f->since + SGAP_NS_PER_S &&
		     (o->connect_us || o->state == SGAP_TXN_CONNECTED);
	}
	return n;
}

/*
 * Is it the size of the answers? Where only those starve that are bigger than any that came in
 * one packet meanwhile, a path that does not carry whole segments looks the same (RFC 2923
 * section 2.1), until another server's come.
 */
static bool may_be_size(const struct sgap_judge *j, const struct sgap_finding *f,
			const struct sgap_at *at)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, size, came = 0, smallest = ~0u;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_during(f, o->ts) || !sgap_here(j, o) || !sgap_in_server(ev, o, at))
			continue;
		size = ev->questions[o->question].max_size;
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i)) {
			smallest = size && size < smallest ? size : smallest;
		} else if (o->class == SGAP_CLASS_OK && o->asize > came &&
			   (o->proto == 6 || !(o->flags & SGAP_TXN_F_FRAGMENT))) {
			came = o->asize;
		}
	}
	return smallest != ~0u && smallest > came && !sgap_resets(j, f, at);
}

static void try(struct sgap_judge *j, const char *cause, sgap_obs_fn bad, bool opens,
		const char *what)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = cause, .in = in_tcp, .bad = bad, .over = over_tcp, .arg = &at,
		.floor = FLOOR, .loose = true, .swallowed = bad == silent_syn,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);
	struct sgap_fact *udp;

	if (!f)
		return;
	if ((connected(j, f, &at) || (bad != refused && holds_them(j, f, &at))) != opens) {
		sgap_unclaim(j);
		return;
	}
	if (opens && !w.fine && may_be_size(j, f, &at))
		f->certain *= w.hit > 1 ? 0.2 : 0.55;
	f->transports = 2;
	sgap_fact(j, f, what, in_tcp, bad, &at);
	udp = sgap_fact(j, f, "over UDP: no answer", in_udp, sgap_bad_unanswered, &at);
	/* A server that is dead by UDP too has no trouble of TCP's own. */
	if (udp && udp->after.all >= 5 && sgap_share(udp->after) > 0.5)
		sgap_unclaim(j);
}

void sgap_rule_tcp_refused(struct sgap_judge *j)
{
	try(j, "tcp-refused", refused, false, "SYN: reset");
}

void sgap_rule_tcp_blocked(struct sgap_judge *j)
{
	try(j, "tcp-blocked", silent_syn, false, "SYN: no answer");
}

void sgap_rule_tcp_exhausted(struct sgap_judge *j)
{
	try(j, "tcp-exhausted", starved, true, "over TCP: no answer, though some connect");
}
