/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * UDP datagrams that came in fragments: which bytes of them were seen, and which
 * never came. Pure: as with txn.h, one table is one shard, and memory, time and lock
 * are the caller's. A shard is picked by sgap_txn_flow() of sgap_frag_hash().
 *
 * Fragments are not put together: the first one is taken as a message by itself.
 * A datagram is remembered for the timeout; one that is not whole by then is told
 * of. Memory is bounded: where there is no room, whole ones give way, then those
 * whose first fragment is missing, then the oldest, and those two are told of as
 * given up.
 */
#ifndef SGAP_FRAG_H
#define SGAP_FRAG_H

#include "key.h"

struct sgap_pkt;

#define SGAP_FRAG_RANGES 8u	/* seen parts of a datagram that do not touch each other */
#define SGAP_FRAG_WAYS 4u	/* entries that a datagram may take */

struct sgap_frag_range {
	__u32 from, to;		/* bytes of the IP payload, to not included */
};

/* One datagram, from src to dst. */
struct sgap_frag {
	struct sgap_key key;	/* client: src, server: dst, ports: the 32 bits of IP's id */
	__u64 ts;		/* the fragment that came first; 0 = free */
	__u32 total;		/* bytes of IP payload; 0 = not known yet */
	__u16 sport, dport;	/* 0 until the first fragment is there */
	__u16 dns_id;
	__u16 fragments;	/* that were seen, copies included */
	__u8 has_first;
	__u8 from_server;	/* by the ports */
	__u8 done;		/* whole, or told of: remembered for its copies' sake */
	__u8 nranges;
	struct sgap_frag_range range[SGAP_FRAG_RANGES];	/* in order */
};

enum sgap_frag_end {
	SGAP_FRAG_PARTIAL,	/* the time is over */
	SGAP_FRAG_GIVEN_UP,	/* no room for it, or it came in too many parts */
};

/* Told of a datagram that is not whole; it is forgotten afterwards. ts: when that was due. */
typedef void (*sgap_frag_fn)(void *ctx, const struct sgap_frag *frag, enum sgap_frag_end end,
			     __u64 ts);

struct sgap_frag_table;

/* Bytes that a table of n (a power of two, SGAP_FRAG_WAYS and up) datagrams needs. */
size_t sgap_frag_table_size(__u32 n);

/* Make mem, zeroed, 64-byte aligned and sgap_frag_table_size(n) long, a table. */
struct sgap_frag_table *sgap_frag_table_init(void *mem, __u32 n, __u64 timeout_ns);
void sgap_frag_table_set(struct sgap_frag_table *t, __u64 timeout_ns);

/* The key of a fragment, and its hash. */
__u64 sgap_frag_hash(struct sgap_key *key, const struct sgap_pkt *pkt, __u64 seed);

/* A fragment: one with more_frags set, or of kind SGAP_FRAME_FRAGMENT. */
void sgap_frag_take(struct sgap_frag_table *t, const struct sgap_pkt *pkt,
		    const struct sgap_key *key, __u64 hash, sgap_frag_fn fn, void *ctx);

/* Let time pass. Cheap when nothing is due; else looks at the whole table. */
void sgap_frag_expire(struct sgap_frag_table *t, __u64 now, sgap_frag_fn fn, void *ctx);

/* How many of its bytes were seen, and which ends of it were not: SGAP_PARTIAL_*. */
__u32 sgap_frag_seen(const struct sgap_frag *frag);
__u8 sgap_frag_missing(const struct sgap_frag *frag);

#endif
