/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of TCP connections that tcp.c works on: slots, buckets and lists in
 * one piece of memory. Pure.
 */
#ifndef SGAP_CONN_H
#define SGAP_CONN_H

#include "key.h"
#include "stream.h"

struct sgap_tcp_cfg;

#define SGAP_CONN_CLASSES 64u	/* that clients are told apart by */

/* What they are told apart by: the address, and its network (IPv4 /24, IPv6 /48). */
enum sgap_conn_crowds {
	SGAP_CONN_CLIENT,
	SGAP_CONN_NETWORK,
	SGAP_CONN_CROWDS
};

enum sgap_conn_state {
	SGAP_CONN_SYN,		/* SYN seen, nothing after it */
	SGAP_CONN_OPEN,
	SGAP_CONN_CLOSED,
};

struct sgap_conn {
	struct sgap_key key;
	__u64 ts_syn, ts_syn_last;
	__u64 ts_seen;
	__u64 ts_held;		/* since when it holds pieces; of HELLOS: the client waits */
	struct sgap_stream stream[2];	/* by enum sgap_dir */
	__u32 chain, bucket;
	__u32 isn;		/* of QUIC: sgap_quic_id() of the Initial that came last */
	__u32 connect_us;
	__u16 syns;
	__u16 waiting;		/* queries without an answer, roughly */
	__u8 state;
	__u8 class[SGAP_CONN_CROWDS];	/* of the client, by enum sgap_conn_crowds */
	__u8 holds;
	__u8 left;		/* opaque: the client has closed its side */
} __attribute__((aligned(64)));

struct sgap_conn_link {
	__u32 prev, next;
};

/*
 * Each in the order of the time that matters for it: first SYN, last segment,
 * closing, what the client said first. The list of holders, those with pieces, is besides.
 */
enum sgap_conn_list {
	SGAP_CONN_SYNS,
	SGAP_CONN_OPENS,
	SGAP_CONN_CLOSEDS,
	SGAP_CONN_HELLOS,	/* opaque ones whose server has said nothing yet */
	SGAP_CONN_LISTS
};

/* The connections of each class, in the order in which they came. */
struct sgap_conn_crowd {
	struct sgap_conn_link *links;	/* as of struct sgap_tcp_table, a list for each class */
	__u32 known[SGAP_CONN_CLASSES];
	__u32 most;	/* the class that has more than half of all, if one has: only one can */
};

struct sgap_tcp_table {
	__u32 n;
	__u32 shift;
	__u32 used, spare;
	__u32 conns;
	__u32 pieces;
	__u64 timeout_ns;
	__u64 next_due;
	struct sgap_conn *conn;		/* numbered from 1; 0 is none */
	struct sgap_conn_link *links;	/* the lists' heads follow the connections' */
	struct sgap_conn_link *holders;	/* the same, one list */
	struct sgap_conn_crowd crowd[SGAP_CONN_CROWDS];
	__u32 *buckets;
	struct sgap_stream_pool *pool;
	__u32 held[SGAP_CONN_CLASSES];	/* pieces, by class of the client's address */
};

#define SGAP_CONN_VICTIMS 16	/* looked at to find who gives way */

static inline __u32 sgap_conn_index(const struct sgap_tcp_table *t, const struct sgap_conn *conn)
{
	return (__u32)(conn - t->conn);
}

static inline __u32 sgap_conn_pieces(const struct sgap_conn *conn)
{
	return conn->stream[0].pieces + conn->stream[1].pieces;
}

/* Pieces that its client holds, all connections together. */
static inline __u32 *sgap_conn_held(struct sgap_tcp_table *t, const struct sgap_conn *conn)
{
	return &t->held[conn->class[SGAP_CONN_CLIENT]];
}

/* The connection of key, or 0; *last is the end of its chain when that is full. */
__u32 sgap_conn_find(const struct sgap_tcp_table *t, __u64 hash, const struct sgap_key *key,
		     __u32 *last);

/*
 * The one that has to go before one of @by can be added; 0: there is room. One that is closed.
 * An attempt, where there are many, or where by is not of a client, or a network, that has
 * more than half of all. One of these, where there are such; or else what is idle longest.
 * Among the first of each that one whose client has most.
 */
__u32 sgap_conn_victim(const struct sgap_tcp_table *t, const struct sgap_key *by);

/* A new one, on the list OPENS; there is room. */
struct sgap_conn *sgap_conn_add(struct sgap_tcp_table *t, const struct sgap_key *key, __u64 hash);

/* Forget one that holds nothing. */
void sgap_conn_del(struct sgap_tcp_table *t, __u32 i);

void sgap_conn_move(struct sgap_tcp_table *t, const struct sgap_conn *conn,
		    enum sgap_conn_list list);

/* The first of a list, or 0. */
__u32 sgap_conn_first(const struct sgap_tcp_table *t, enum sgap_conn_list list);

/* The holders, in the order in which they began to hold. */
__u32 sgap_conn_first_holder(const struct sgap_tcp_table *t);
__u32 sgap_conn_next_holder(const struct sgap_tcp_table *t, __u32 i);

/* Book what a connection holds after its streams changed; before: pieces then. */
void sgap_conn_book(struct sgap_tcp_table *t, struct sgap_conn *conn, __u32 before, __u64 now);

/* What it waited for came: the time that it may hold pieces begins anew. */
void sgap_conn_progress(struct sgap_tcp_table *t, struct sgap_conn *conn, __u64 now);

/* Something is due at a time. */
static inline void sgap_conn_due_by(struct sgap_tcp_table *t, __u64 at)
{
	if (at < t->next_due)
		t->next_due = at;
}

#endif
