/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* How txn.c lays its table out: slots, the chains of buckets, lists by arrival. */
#ifndef SGAP_TXN_TABLE_H
#define SGAP_TXN_TABLE_H

#include "key.h"
#include "name.h"

/* Slots are numbered from 1, so that zeroed memory means "none" everywhere. */
#define NONE 0u

/*
 * A bucket's chain is of slot numbers, each with some bits of its slot's hash
 * beside it: a look-up passes by the slots of others without reading them.
 */
#define REF_BITS 21		/* of the number: up to 2^20, and 0 */
#define REF_SLOT ((1u << REF_BITS) - 1)

/* What a look-up reads: one cache line. */
struct hot {
	struct sgap_key key;
	__u64 qname_hash;
	__u64 ts_query;
	__u16 qtype;
	__u8 state;		/* NONE while waiting */
	__u8 overdue;
} __attribute__((aligned(64)));

/* What a record needs besides: another one. */
struct cold {
	__u64 ts_last;
	__u64 qname_case;
	__u32 name;		/* its first part; NONE once it has ended */
	__u32 connect_us;
	__u32 bucket;
	__u16 qflags, qclass;
	__u16 query_size, bufsize;
	__u16 copies, answers;
	__u16 qname_len;
	__u16 flags;
	__u32 pid;
	__u64 cgroup;
} __attribute__((aligned(64)));

static_assert(sizeof(struct cold) == 64, "one cache line");

struct link {
	__u32 prev, next;
};

/*
 * Lists, each in the order of arrival, so that with one timeout for all the
 * head is the first that is due. Their heads follow the slots' links.
 */
enum list {
	WAITING,		/* for an answer */
	OVERDUE,		/* still waiting */
	ENDED,			/* kept to know late and duplicate answers */
	LISTS
};

struct sgap_txn_table {
	__u32 n;
	__u32 shift;		/* 64 - log2 of the buckets */
	__u32 used;		/* slots that were ever used */
	__u32 spare;		/* slots given back, by next */
	__u32 waiting;
	__u64 timeout_ns, overdue_ns;
	__u64 next_due;		/* nothing is due before */
	__u32 *buckets;		/* the first of each chain, as a ref, */
	__u32 *next;		/* and by slot what follows it */
	struct hot *hot;
	struct cold *cold;
	struct link *links;
	struct sgap_names names;	/* of those who wait */
};

static_assert(sizeof(struct hot) == 64, "a look-up reads one cache line");
static_assert(sizeof(struct cold) == 64, "a record reads one more");

static inline __u32 slot_of(__u32 ref)
{
	return ref & REF_SLOT;
}

/* The bits of a ref that are not the slot's number. */
static inline __u32 tag_of(__u64 hash)
{
	return (__u32)(sgap_key_spread(hash) >> 32) << REF_BITS;
}

static inline bool has_tag(__u32 ref, __u32 tag)
{
	return !((ref ^ tag) & ~REF_SLOT);
}

static inline __u32 list_head(const struct sgap_txn_table *t, enum list list)
{
	__u32 s = t->links[t->n + 1 + list].next;

	return s <= t->n ? s : NONE;
}

static inline void list_add(struct sgap_txn_table *t, enum list list, __u32 s)
{
	__u32 head = t->n + 1 + list;
	__u32 tail = t->links[head].prev;

	t->links[s].prev = tail;
	t->links[s].next = head;
	t->links[tail].next = s;
	t->links[head].prev = s;
}

static inline void list_del(struct sgap_txn_table *t, __u32 s)
{
	struct link l = t->links[s];

	t->links[l.prev].next = l.next;
	t->links[l.next].prev = l.prev;
}

#endif
