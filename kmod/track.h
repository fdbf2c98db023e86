/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A packet -> message -> transaction -> counters and records: the one path that
 * the tap and the pcap reader share. Pure. It is in a header so that each user's
 * constant ops are called directly and not through pointers.
 *
 * The user's lock() is held around the transaction table only, and counters and
 * records are made under it: what stats() and record() do must not sleep.
 */
#ifndef SGAP_TRACK_H
#define SGAP_TRACK_H

#include "frag.h"
#include "frame.h"
#include "opaque.h"
#include "stats.h"
#include "tcp.h"
#include "txn.h"
#include "wire.h"

struct sgap_track_ops {
	/* The shard of hash, locked; and its release. */
	struct sgap_txn_table *(*lock)(void *ctx, __u64 hash);
	void (*unlock)(void *ctx, __u64 hash);
	/* The counters of a server, made on first sight; NULL when there is no room. */
	struct sgap_stats *(*stats)(void *ctx, const struct sgap_addr *server, __u8 proto);
	/* A transaction ended or became overdue: for the window and its state. */
	void (*outcome)(void *ctx, const struct sgap_txn *txn, int state, __u16 rcode, __u64 ts);
	/*
	 * It ended: for those counted as answered, unanswered, failed or evicted,
	 * once each. NULL: nobody asks.
	 */
	void (*ended)(void *ctx, const struct sgap_txn *txn, int state, __u16 rcode, __u64 ts);
	/*
	 * Does anybody look at records? Where nobody does, messages are taken apart as far
	 * as counters need (sgap_wire_count()). NULL: yes.
	 */
	bool (*detail)(void *ctx);
	/* The same, as a record; msg and pkt as in sgap_stats_record(). */
	void (*record)(void *ctx, const struct sgap_txn *txn, const struct sgap_msg *msg,
		       const struct sgap_pkt *pkt, int state, __u64 ts);
	/* Counters of the tap: a query, an answer, an ICMP error, or why not. */
	struct sgap_tap_counters *(*counters)(void *ctx);
	/* An sgap_txn_fn that calls sgap_track_end() with these ops and no packet. */
	sgap_txn_fn end;
	/* The same, but its ctx is a struct sgap_track_fail, whose members it passes on. */
	sgap_txn_fn fail;
	/*
	 * The connections of hash, locked, and their release; NULL when there is
	 * no such table, or none for now: then TCP is counted only. lock() is
	 * called with this lock held.
	 */
	struct sgap_tcp_table *(*tcp_lock)(void *ctx, __u64 hash);
	void (*tcp_unlock)(void *ctx, __u64 hash);
	/* An sgap_tcp_fn whose ctx is a struct sgap_track_tcp: sgap_track_tcp_event(). */
	sgap_tcp_fn tcp;
	/* The fragments of hash, locked, and their release; NULL: they are counted only. */
	struct sgap_frag_table *(*frag_lock)(void *ctx, __u64 hash);
	void (*frag_unlock)(void *ctx, __u64 hash);
	/* An sgap_frag_fn that calls sgap_track_partial(). */
	sgap_frag_fn frag;
	/* Is that a server that has counters? */
	bool (*knows)(void *ctx, const struct sgap_addr *addr);
	/* A record, whole but for its header. */
	void (*partial)(void *ctx, struct sgap_rec_partial *rec);
};

struct sgap_track_fail {
	void *ctx;
	const struct sgap_pkt *pkt;
};

struct sgap_track_tcp {
	void *ctx;
	const struct sgap_pkt *pkt;	/* NULL: by time, not by a packet */
	__u64 seed;
};

/* Transactions that a packet finds due and ends before it is handled itself. */
#define SGAP_TRACK_EXPIRE 8

static inline void sgap_track_key(struct sgap_key *key, const struct sgap_pkt *pkt,
				  bool query, __u16 id)
{
	key->client = query ? pkt->src : pkt->dst;
	key->server = query ? pkt->dst : pkt->src;
	key->client_port = query ? pkt->sport : pkt->dport;
	key->server_port = query ? pkt->dport : pkt->sport;
	key->id = id;
	key->proto = pkt->proto;
	key->reserved = 0;
}

static inline void sgap_track_count(struct sgap_tap_counters *c, int state)
{
	switch (state) {
	case SGAP_TXN_ANSWERED:
		c->answered++;
		break;
	case SGAP_TXN_TIMEOUT:
		c->unanswered++;
		break;
	case SGAP_TXN_EVICTED:
		c->evicted++;
		break;
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
		c->failed++;
		break;
	default:
		break;
	}
}

/* An end by time, eviction, ICMP error or reset, or becoming overdue. */
static __always_inline void sgap_track_end(const struct sgap_track_ops *ops, void *ctx,
					   const struct sgap_txn *txn,
					   const struct sgap_pkt *pkt, int state, __u64 ts)
{
	struct sgap_stats *s = ops->stats(ctx, &txn->key.server, txn->key.proto);

	if (s)
		sgap_stats_end(s, state);
	sgap_track_count(ops->counters(ctx), state);
	ops->outcome(ctx, txn, state, SGAP_NONE16, ts);
	if (ops->ended && state != SGAP_TXN_OVERDUE)
		ops->ended(ctx, txn, state, SGAP_NONE16, ts);
	/* Its time may have run out before the packet that is about it came. */
	if (state != SGAP_TXN_ICMP && state != SGAP_TXN_REFUSED)
		pkt = NULL;
	ops->record(ctx, txn, NULL, pkt, state, ts);
}

static __always_inline void sgap_track_query(const struct sgap_track_ops *ops, void *ctx,
					     const struct sgap_key *key, __u64 hash,
					     const struct sgap_msg *msg, __u64 ts)
{
	struct sgap_stats *s = ops->stats(ctx, &key->server, key->proto);
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_txn_table *t;
	int fresh;

	if (!s) {
		c->unparsed[SGAP_UNPARSED_NOMEM]++;
		return;
	}
	t = ops->lock(ctx, hash);
	sgap_txn_expire(t, ts, SGAP_TRACK_EXPIRE, ops->end, ctx);
	fresh = sgap_txn_query(t, key, hash, msg, ts, NULL, ops->end, ctx);
	sgap_stats_query(s, msg, fresh);
	c->queries++;
	c->transactions += fresh;
	ops->unlock(ctx, hash);
}

static __always_inline void sgap_track_answer(const struct sgap_track_ops *ops, void *ctx,
					      const struct sgap_key *key, __u64 hash,
					      const struct sgap_msg *msg,
					      const struct sgap_pkt *pkt)
{
	struct sgap_stats *s = ops->stats(ctx, &key->server, key->proto);
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_txn txn SGAP_UNINIT;
	struct sgap_txn_table *t;
	int state;

	if (!s) {
		c->unparsed[SGAP_UNPARSED_NOMEM]++;
		return;
	}
	t = ops->lock(ctx, hash);
	sgap_txn_expire(t, pkt->ts, SGAP_TRACK_EXPIRE, ops->end, ctx);
	state = sgap_txn_answer(t, key, hash, msg, pkt->ts, &txn, ops->end, ctx);
	sgap_stats_answer(s, &txn, msg, state, pkt->ts);
	c->responses++;
	sgap_track_count(c, state);
	if (state == SGAP_TXN_ANSWERED) {
		ops->outcome(ctx, &txn, state, msg->rcode, pkt->ts);
		if (ops->ended)
			ops->ended(ctx, &txn, state, msg->rcode, pkt->ts);
	}
	ops->record(ctx, &txn, msg, pkt, state, pkt->ts);
	ops->unlock(ctx, hash);
}

/* One DNS message of len bytes (wire_len as sent), carried by pkt. */
static __always_inline void sgap_track_msg(const struct sgap_track_ops *ops, void *ctx,
					   const struct sgap_pkt *pkt, const __u8 *p,
					   __u32 len, __u32 wire_len, __u32 connect_us,
					   __u64 seed)
{
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_msg msg SGAP_UNINIT;
	struct sgap_key key SGAP_UNINIT;
	bool query;
	int why;

	c->seen++;
	why = !ops->detail || ops->detail(ctx) ? sgap_wire_parse(&msg, p, len, wire_len) :
						 sgap_wire_count(&msg, p, len, wire_len);
	if (why) {
		c->unparsed[why]++;
		return;
	}
	msg.connect_us = connect_us;
	msg.pid = pkt->pid;
	msg.cgroup = pkt->cgroup;
	query = !(msg.flags & SGAP_DNS_QR);
	if (query ? !pkt->to_server : !pkt->from_server) {
		c->unparsed[SGAP_UNPARSED_DIRECTION]++;
		return;
	}
	sgap_track_key(&key, pkt, query, msg.id);
	if (query)
		sgap_track_query(ops, ctx, &key, sgap_txn_hash(&key, seed), &msg, pkt->ts);
	else
		sgap_track_answer(ops, ctx, &key, sgap_txn_hash(&key, seed), &msg, pkt);
}

/*
 * Does the quoted packet come from a server? Between two server ports QR tells,
 * where the quote reaches that far.
 */
static inline bool sgap_track_quotes_answer(const struct sgap_pkt *pkt)
{
	if (pkt->to_server && pkt->from_server)
		return pkt->payload_len > 2 && pkt->payload[2] & 0x80;
	return pkt->from_server;
}

/*
 * An ICMP error about a datagram. One about a query ends what the quoted packet
 * asked, or, when the quote ends before the id, what its ports wait for. One
 * about an answer says nothing against the server: the answer was too big for a
 * link, or the client had given up; it is counted and recorded apart.
 */
static __always_inline void sgap_track_icmp_udp(const struct sgap_track_ops *ops, void *ctx,
						const struct sgap_pkt *pkt, __u64 seed)
{
	bool answer = sgap_track_quotes_answer(pkt), has_id = pkt->payload_len > 1;
	struct sgap_track_fail fail = { .ctx = ctx, .pkt = pkt };
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_txn_table *t;
	struct sgap_stats *s;
	struct sgap_txn txn;
	__u64 hash;

	c->seen++;
	c->icmp++;
	memset(&txn, 0, sizeof(txn));
	sgap_track_key(&txn.key, pkt, !answer, has_id ? sgap_get16(pkt->payload) : 0);
	s = ops->stats(ctx, &txn.key.server, txn.key.proto);
	if (!s)
		return;
	hash = sgap_txn_hash(&txn.key, seed);
	t = ops->lock(ctx, hash);
	if (answer) {
		s->icmp_answers++;
		ops->record(ctx, &txn, NULL, pkt, SGAP_TXN_ICMP_ANSWER, pkt->ts);
	} else {
		s->icmp_errors++;
		sgap_txn_fail(t, &txn.key, hash, !has_id, SGAP_TXN_ICMP, pkt->ts, ops->fail, &fail);
	}
	ops->unlock(ctx, hash);
}

/* Something inside TLS or QUIC: how much, and whether it says that it failed. */
static __always_inline void sgap_track_opaque(const struct sgap_track_ops *ops, void *ctx,
					      const struct sgap_pkt *pkt,
					      const struct sgap_addr *server)
{
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_stats *s = ops->stats(ctx, server, pkt->proto);

	c->seen++;
	if (!s) {
		c->unparsed[SGAP_UNPARSED_NOMEM]++;
		return;
	}
	c->unparsed[SGAP_UNPARSED_OPAQUE]++;
	s->opaque_packets++;
	s->opaque_bytes += pkt->payload_wire;
	s->tls_alerts += sgap_opaque_alert(pkt);
}

/* A record of a connection: no question is known. pkt: the ICMP error that ended it, or NULL. */
static __always_inline void sgap_track_conn(const struct sgap_track_ops *ops, void *ctx,
					    const struct sgap_tcp_event *event,
					    const struct sgap_pkt *pkt, int state, __u64 seed)
{
	__u64 hash = sgap_txn_hash(event->key, seed);
	struct sgap_txn txn;

	memset(&txn, 0, sizeof(txn));
	txn.key = *event->key;
	txn.ts_query = event->ts_syn;
	txn.ts_last = event->ts_syn_last;
	txn.connect_us = event->connect_us;
	txn.copies = event->syns;
	ops->lock(ctx, hash);
	/* Once it is connected nothing of it is in the window: what goes well there is not seen. */
	if (!event->connect_us)
		ops->outcome(ctx, &txn, state, SGAP_NONE16, event->ts);
	ops->record(ctx, &txn, NULL, pkt, state, event->ts);
	ops->unlock(ctx, hash);
}

/* What waits on a connection that was ended gets no answer. */
static __always_inline void sgap_track_broken(const struct sgap_track_ops *ops, void *ctx,
					      const struct sgap_tcp_event *event,
					      const struct sgap_pkt *pkt, int state, __u64 seed)
{
	struct sgap_track_fail fail = { .ctx = ctx, .pkt = pkt };
	__u64 hash = sgap_txn_hash(event->key, seed);
	struct sgap_txn_table *t = ops->lock(ctx, hash);

	sgap_txn_fail(t, event->key, hash, true, state, event->ts, ops->fail, &fail);
	ops->unlock(ctx, hash);
}

static __always_inline void sgap_track_conn_event(const struct sgap_track_ops *ops, void *ctx,
						  const struct sgap_tcp_event *event,
						  const struct sgap_pkt *pkt, __u64 seed)
{
	struct sgap_stats *s = ops->stats(ctx, &event->key->server, event->key->proto);

	if (!s)
		return;
	switch (event->what) {
	case SGAP_TCP_ATTEMPT:
		s->tcp_syns++;
		break;
	case SGAP_TCP_CONNECTED:
		sgap_track_conn(ops, ctx, event, NULL, SGAP_TXN_CONNECTED, seed);
		break;
	case SGAP_TCP_REFUSED:
		s->tcp_refused++;
		sgap_track_conn(ops, ctx, event, NULL, SGAP_TXN_REFUSED, seed);
		break;
	case SGAP_TCP_UNREACHED:
		s->tcp_refused++;
		if (event->waiting)	/* the SYN had data (RFC 7413) */
			sgap_track_broken(ops, ctx, event, pkt, SGAP_TXN_ICMP, seed);
		sgap_track_conn(ops, ctx, event, pkt, SGAP_TXN_ICMP, seed);
		break;
	case SGAP_TCP_SILENT:
		s->tcp_silent++;
		sgap_track_conn(ops, ctx, event, NULL, SGAP_TXN_SILENT, seed);
		break;
	case SGAP_TCP_EVICTED:
		ops->counters(ctx)->tcp_evicted++;
		sgap_track_conn(ops, ctx, event, NULL, SGAP_TXN_EVICTED, seed);
		break;
	case SGAP_TCP_TLS_SILENT:
		s->tls_silent++;
		sgap_track_conn(ops, ctx, event, NULL, SGAP_TXN_TLS_SILENT, seed);
		break;
	case SGAP_TCP_TLS_EVICTED:
		ops->counters(ctx)->tls_evicted++;
		break;
	case SGAP_TCP_TLS_RESET:
	case SGAP_TCP_TLS_CLOSED:
	case SGAP_TCP_TLS_ALERT:
		s->tls_reset += event->what == SGAP_TCP_TLS_RESET;
		s->tls_closed += event->what == SGAP_TCP_TLS_CLOSED;
		s->tls_refused += event->what == SGAP_TCP_TLS_ALERT;
		sgap_track_conn(ops, ctx, event, NULL, SGAP_TXN_TLS_REFUSED, seed);
		break;
	default:
		sgap_track_broken(ops, ctx, event, pkt, SGAP_TXN_REFUSED, seed);
		break;
	}
}

/* What ops->tcp() does. */
static __always_inline void sgap_track_tcp_event(const struct sgap_track_ops *ops,
						 const struct sgap_track_tcp *tcp,
						 const struct sgap_tcp_event *event)
{
	struct sgap_tap_counters *c = ops->counters(tcp->ctx);

	if (event->what == SGAP_TCP_MESSAGE) {
		sgap_track_msg(ops, tcp->ctx, tcp->pkt, event->p, event->len, event->wire_len,
			       event->connect_us, tcp->seed);
	} else if (event->what == SGAP_TCP_LOST) {
		c->seen++;
		c->unparsed[event->why]++;
	} else {
		sgap_track_conn_event(ops, tcp->ctx, event, tcp->pkt, tcp->seed);
	}
}

static __always_inline void sgap_track_segment(const struct sgap_track_ops *ops, void *ctx,
					       const struct sgap_pkt *pkt, __u64 seed)
{
	struct sgap_track_tcp tcp = { .ctx = ctx, .pkt = pkt, .seed = seed };
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_tcp_table *t;
	bool to_server, opaque;
	struct sgap_key key;
	__u64 hash;

	to_server = sgap_tcp_key(&key, pkt);
	opaque = sgap_opaque_port(key.server_port);
	if (!pkt->payload_wire) {
		c->seen++;
		c->tcp_control++;
	} else if (opaque) {
		sgap_track_opaque(ops, ctx, pkt, &key.server);
	}
	hash = sgap_txn_hash(&key, seed);
	t = ops->tcp_lock ? ops->tcp_lock(ctx, hash) : NULL;
	if (!t) {
		c->seen += pkt->payload_wire && !opaque;
		c->unparsed[SGAP_UNPARSED_TCP] += pkt->payload_wire && !opaque;
		return;
	}
	sgap_tcp_expire(t, pkt->ts, SGAP_TRACK_EXPIRE, ops->tcp, &tcp);
	if (unlikely(opaque))
		sgap_opaque_segment(t, pkt, &key, hash, to_server, ops->tcp, &tcp);
	else
		sgap_tcp_segment(t, pkt, &key, hash, to_server, ops->tcp, &tcp);
	ops->tcp_unlock(ctx, hash);
}

/* DNS over QUIC. */
static __always_inline void sgap_track_quic(const struct sgap_track_ops *ops, void *ctx,
					    const struct sgap_pkt *pkt, __u64 seed)
{
	struct sgap_track_tcp tcp = { .ctx = ctx, .pkt = pkt, .seed = seed };
	struct sgap_tcp_table *t;
	struct sgap_key key;
	bool to_server;
	__u64 hash;

	to_server = sgap_tcp_key(&key, pkt);
	key.proto = SGAP_PROTO_UDP;
	sgap_track_opaque(ops, ctx, pkt, &key.server);
	hash = sgap_txn_hash(&key, seed);
	t = ops->tcp_lock ? ops->tcp_lock(ctx, hash) : NULL;
	if (!t)
		return;
	sgap_tcp_expire(t, pkt->ts, SGAP_TRACK_EXPIRE, ops->tcp, &tcp);
	sgap_tcp_quic(t, pkt, &key, hash, to_server, ops->tcp, &tcp);
	ops->tcp_unlock(ctx, hash);
}

/*
 * An ICMP error about a segment, or a datagram of DNS over QUIC, in which no id is to be seen.
 * One about what a client sent ends the connection if it is being set up; afterwards it is
 * counted only, since both sides send again what it was about.
 */
static __always_inline void sgap_track_icmp_conn(const struct sgap_track_ops *ops, void *ctx,
						 const struct sgap_pkt *pkt, __u64 seed)
{
	struct sgap_track_tcp tcp = { .ctx = ctx, .pkt = pkt, .seed = seed };
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_tcp_table *t;
	struct sgap_stats *s;
	struct sgap_txn txn;
	bool to_server;
	__u64 hash;

	c->seen++;
	c->icmp++;
	memset(&txn, 0, sizeof(txn));
	to_server = sgap_tcp_key(&txn.key, pkt);
	txn.key.proto = pkt->proto;
	s = ops->stats(ctx, &txn.key.server, txn.key.proto);
	if (!s)
		return;
	hash = sgap_txn_hash(&txn.key, seed);
	if (!to_server) {
		s->icmp_answers++;
		ops->lock(ctx, hash);
		ops->record(ctx, &txn, NULL, pkt, SGAP_TXN_ICMP_ANSWER, pkt->ts);
		ops->unlock(ctx, hash);
		return;
	}
	s->icmp_errors++;
	t = ops->tcp_lock ? ops->tcp_lock(ctx, hash) : NULL;
	if (!t)
		return;
	sgap_tcp_expire(t, pkt->ts, SGAP_TRACK_EXPIRE, ops->tcp, &tcp);
	sgap_tcp_icmp(t, pkt, &txn.key, hash, ops->tcp, &tcp);
	ops->tcp_unlock(ctx, hash);
}

static __always_inline void sgap_track_icmp(const struct sgap_track_ops *ops, void *ctx,
					    const struct sgap_pkt *pkt, __u64 seed)
{
	if (pkt->proto == SGAP_PROTO_TCP ||
	    sgap_opaque_port(pkt->to_server ? pkt->dport : pkt->sport))
		sgap_track_icmp_conn(ops, ctx, pkt, seed);
	else
		sgap_track_icmp_udp(ops, ctx, pkt, seed);
}

/*
 * What ops->frag() does. A datagram without its first fragment shows no ports: it is
 * taken for DNS where one end is a server's address, else it is nobody's.
 */
static __always_inline void sgap_track_partial(const struct sgap_track_ops *ops, void *ctx,
					       const struct sgap_frag *frag,
					       enum sgap_frag_end end, __u64 ts)
{
	bool answer = frag->has_first ? frag->from_server : ops->knows(ctx, &frag->key.client);
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_rec_partial rec;

	if (!frag->has_first && !answer && !ops->knows(ctx, &frag->key.server))
		return;
	if (end == SGAP_FRAG_GIVEN_UP) {
		c->partial_evicted++;
		return;
	}
	c->partial++;
	memset(&rec, 0, sizeof(rec));
	rec.ts = ts;
	rec.ts_first = frag->ts;
	memcpy(rec.client, answer ? &frag->key.server : &frag->key.client, 16);
	memcpy(rec.server, answer ? &frag->key.client : &frag->key.server, 16);
	rec.client_port = answer ? frag->dport : frag->sport;
	rec.server_port = answer ? frag->sport : frag->dport;
	rec.dns_id = frag->dns_id;
	rec.fragments = frag->fragments;
	rec.ip_id = (__u32)frag->key.client_port << 16 | frag->key.server_port;
	rec.seen = sgap_frag_seen(frag);
	rec.total = frag->total;
	rec.is_answer = answer;
	rec.missing = sgap_frag_missing(frag);
	ops->partial(ctx, &rec);
}

static __always_inline void sgap_track_fragment(const struct sgap_track_ops *ops, void *ctx,
						const struct sgap_pkt *pkt, __u64 seed)
{
	struct sgap_frag_table *t;
	struct sgap_key key;
	__u64 hash;

	if (!ops->frag_lock)
		return;
	hash = sgap_frag_hash(&key, pkt, seed);
	t = ops->frag_lock(ctx, hash);
	sgap_frag_expire(t, pkt->ts, ops->frag, ctx);
	sgap_frag_take(t, pkt, &key, hash, ops->frag, ctx);
	ops->frag_unlock(ctx, hash);
}

/* A packet as sgap_frame_parse() left it; what is not ours changes nothing. */
static __always_inline void sgap_track_packet(const struct sgap_track_ops *ops, void *ctx,
					      const struct sgap_pkt *pkt, __u64 seed)
{
	struct sgap_tap_counters *c = ops->counters(ctx);

	switch (pkt->kind) {
	case SGAP_FRAME_UDP:
		if (sgap_opaque_port(pkt->to_server ? pkt->dport : pkt->sport)) {
			sgap_track_quic(ops, ctx, pkt, seed);
			break;
		}
		sgap_track_msg(ops, ctx, pkt, pkt->payload, pkt->payload_len,
			       pkt->payload_wire, 0, seed);
		if (unlikely(pkt->more_frags))
			sgap_track_fragment(ops, ctx, pkt, seed);
		break;
	case SGAP_FRAME_TCP:
		sgap_track_segment(ops, ctx, pkt, seed);
		break;
	case SGAP_FRAME_ICMP:
		sgap_track_icmp(ops, ctx, pkt, seed);
		break;
	case SGAP_FRAME_FRAGMENT:
		c->seen++;
		c->unparsed[SGAP_UNPARSED_FRAGMENT]++;
		sgap_track_fragment(ops, ctx, pkt, seed);
		break;
	case SGAP_FRAME_BAD:
		c->seen++;
		c->unparsed[SGAP_UNPARSED_FRAME]++;
		break;
	default:
		break;
	}
}

#endif
