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

#include "frame.h"
#include "stats.h"
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
	/* The same, as a record; msg and pkt as in sgap_stats_record(). */
	void (*record)(void *ctx, const struct sgap_txn *txn, const struct sgap_msg *msg,
		       const struct sgap_pkt *pkt, int state, __u64 ts);
	/* Counters of the tap: a query, an answer, an ICMP error, or why not. */
	struct sgap_tap_counters *(*counters)(void *ctx);
	/* An sgap_txn_fn that calls sgap_track_end() with these ops. */
	sgap_txn_fn end;
};

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

/* An end by time, eviction, ICMP error or reset. */
static __always_inline void sgap_track_end(const struct sgap_track_ops *ops, void *ctx,
					   const struct sgap_txn *txn,
					   const struct sgap_pkt *pkt, int state, __u64 ts)
{
	struct sgap_stats *s = ops->stats(ctx, &txn->key.server, txn->key.proto);

	if (s)
		sgap_stats_end(s, state);
	ops->outcome(ctx, txn, state, SGAP_NONE16, ts);
	ops->record(ctx, txn, NULL, pkt, state, ts);
}

static __always_inline void sgap_track_query(const struct sgap_track_ops *ops, void *ctx,
					     const struct sgap_key *key, __u64 hash,
					     const struct sgap_msg *msg, __u64 ts)
{
	struct sgap_stats *s = ops->stats(ctx, &key->server, key->proto);
	struct sgap_txn_table *t;
	struct sgap_txn txn;
	int fresh;

	if (!s) {
		ops->counters(ctx)->unparsed[SGAP_UNPARSED_NOMEM]++;
		return;
	}
	ops->counters(ctx)->queries++;
	t = ops->lock(ctx, hash);
	fresh = sgap_txn_query(t, key, hash, msg, ts, &txn, ops->end, ctx);
	sgap_stats_query(s, msg, fresh);
	ops->unlock(ctx, hash);
}

static __always_inline void sgap_track_answer(const struct sgap_track_ops *ops, void *ctx,
					      const struct sgap_key *key, __u64 hash,
					      const struct sgap_msg *msg,
					      const struct sgap_pkt *pkt)
{
	struct sgap_stats *s = ops->stats(ctx, &key->server, key->proto);
	struct sgap_txn_table *t;
	struct sgap_txn txn;
	int state;

	if (!s) {
		ops->counters(ctx)->unparsed[SGAP_UNPARSED_NOMEM]++;
		return;
	}
	ops->counters(ctx)->responses++;
	t = ops->lock(ctx, hash);
	state = sgap_txn_answer(t, key, hash, msg, pkt->ts, &txn);
	sgap_stats_answer(s, &txn, msg, state, pkt->ts);
	if (state == SGAP_TXN_ANSWERED)
		ops->outcome(ctx, &txn, state, msg->rcode, pkt->ts);
	ops->record(ctx, &txn, msg, pkt, state, pkt->ts);
	ops->unlock(ctx, hash);
}

/* One DNS message of len bytes (wire_len as sent), carried by pkt. */
static __always_inline void sgap_track_msg(const struct sgap_track_ops *ops, void *ctx,
					   const struct sgap_pkt *pkt, const __u8 *p,
					   __u32 len, __u32 wire_len, __u64 seed)
{
	struct sgap_tap_counters *c = ops->counters(ctx);
	struct sgap_key key;
	struct sgap_msg msg;
	bool query;
	int why;

	c->seen++;
	why = sgap_wire_parse(&msg, p, len, wire_len);
	if (why) {
		c->unparsed[why]++;
		return;
	}
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

#endif
