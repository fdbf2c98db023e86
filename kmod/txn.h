/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Queries and answers -> transactions. Pure: the caller gives the memory, the
 * time and the lock. One table is one shard; whoever has several picks one by
 * sgap_txn_hash() and holds that shard's lock around each call.
 *
 * A transaction is one (client, client port, server, server port, transport,
 * id, name in any case, type). The same again within the timeout is a resend.
 * An answer without a question (QDCOUNT 0) matches by all but name and type.
 * A transaction is remembered for SGAP_TXN_KEEP_NS after its first query so
 * that late and duplicate answers are told from unmatched ones, but gives way
 * to new queries when the table is full: ended ones first, oldest first, then
 * waiting ones, oldest first, which are counted as evicted.
 */
#ifndef SGAP_TXN_H
#define SGAP_TXN_H

#include "key.h"

struct sgap_msg;
struct sgap_pkt;

#define SGAP_TXN_KEEP_NS SGAP_AGE_MAX
#define SGAP_TXN_FAIL_MAX 512

/*
 * A transaction as it stands; what a record is made from. Valid during the call
 * that handed it out.
 */
struct sgap_txn {
	struct sgap_key key;
	__u64 ts_query, ts_last;
	__u64 qname_hash, qname_case;
	__u32 connect_us;
	__u16 qflags, qtype, qclass;
	__u16 query_size, bufsize;
	__u16 copies, answers;
	__u16 qname_len;
	__u16 flags;		/* SGAP_TXN_F_Q* and REOPENED */
	__u8 state;		/* enum sgap_txn_state: NONE while waiting */
	__u8 overdue;
	__u32 pid;		/* as sgap_msg has it of the first copy */
	__u64 cgroup;
	const __u8 *qname;	/* NULL once it has ended: then the answer may have it */
};

struct sgap_txn_cfg {
	__u64 timeout_ns;
	__u64 overdue_ns;	/* at most timeout_ns */
	__u64 seed;		/* of the hash; 0 offline, random in the kernel */
};

struct sgap_txn_table;

/* Told of each transaction that ends or becomes overdue by time or eviction. */
typedef void (*sgap_txn_fn)(void *ctx, const struct sgap_txn *txn, int state, __u64 ts);

/* Bytes that a table of n (a power of two, 16 and up) transactions needs. */
size_t sgap_txn_table_size(__u32 n);

/* Make mem, zeroed, 64-byte aligned and sgap_txn_table_size(n) long, a table. */
struct sgap_txn_table *sgap_txn_table_init(void *mem, __u32 n, const struct sgap_txn_cfg *cfg);

/* New times take effect for what is waiting as well. */
void sgap_txn_table_set(struct sgap_txn_table *t, const struct sgap_txn_cfg *cfg);

/*
 * A query at time ts. Returns 1 for a new transaction, 0 for a resend. *txn is
 * the transaction; txn may be NULL. May evict another one and tell fn of it.
 */
int sgap_txn_query(struct sgap_txn_table *t, const struct sgap_key *key, __u64 hash,
		   const struct sgap_msg *msg, __u64 ts, struct sgap_txn *txn,
		   sgap_txn_fn fn, void *ctx);

/*
 * An answer at time ts. Returns SGAP_TXN_ANSWERED, _LATE, _DUPLICATE or
 * _UNMATCHED; *txn is the transaction (for _UNMATCHED only its key is set).
 * Tells fn first if it became overdue or timed out before ts and nobody said so.
 */
int sgap_txn_answer(struct sgap_txn_table *t, const struct sgap_key *key, __u64 hash,
		    const struct sgap_msg *msg, __u64 ts, struct sgap_txn *txn,
		    sgap_txn_fn fn, void *ctx);

/*
 * End what waits for an answer to key (any name, any type) with state ICMP or
 * REFUSED. With any_id, whatever its id, among the SGAP_TXN_FAIL_MAX queries
 * that came last. Returns how many ended; fn is told of each.
 */
int sgap_txn_fail(struct sgap_txn_table *t, const struct sgap_key *key, __u64 hash,
		  bool any_id, int state, __u64 ts, sgap_txn_fn fn, void *ctx);

/*
 * Let time pass until now: overdue, timed-out and forgotten transactions, at
 * most budget of them. Returns how many were handled; fewer than budget means
 * nothing more is due. The state's ts is when it was due, not now, so that the
 * order of calls does not show in the records.
 */
int sgap_txn_expire(struct sgap_txn_table *t, __u64 now, int budget, sgap_txn_fn fn, void *ctx);

/* How many wait for an answer. */
__u32 sgap_txn_waiting(const struct sgap_txn_table *t);

#endif
