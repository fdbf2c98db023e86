// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "frag.h"
#include "frame.h"

#define ALIGN64(x) (((x) + 63) & ~(size_t)63)
#define DATAGRAM_MAX 65535u	/* bytes of IP payload */

struct sgap_frag_table {
	__u32 sets;		/* of SGAP_FRAG_WAYS entries */
	__u32 used;		/* entries */
	__u64 timeout_ns;
	__u64 next_due;		/* nothing is due before */
	struct sgap_frag *frags;
};

size_t sgap_frag_table_size(__u32 n)
{
	return ALIGN64(sizeof(struct sgap_frag_table)) + ALIGN64(n * sizeof(struct sgap_frag));
}

struct sgap_frag_table *sgap_frag_table_init(void *mem, __u32 n, __u64 timeout_ns)
{
	struct sgap_frag_table *t = mem;

	t->sets = n / SGAP_FRAG_WAYS;
	t->frags = (void *)((__u8 *)mem + ALIGN64(sizeof(*t)));
	sgap_frag_table_set(t, timeout_ns);
	return t;
}

void sgap_frag_table_set(struct sgap_frag_table *t, __u64 timeout_ns)
{
	t->timeout_ns = timeout_ns;
	t->next_due = 0;
}

__u64 sgap_frag_hash(struct sgap_key *key, const struct sgap_pkt *pkt, __u64 seed)
{
	key->client = pkt->src;
	key->server = pkt->dst;
	key->client_port = (__u16)(pkt->frag_id >> 16);
	key->server_port = (__u16)pkt->frag_id;
	key->id = 0;
	key->proto = pkt->proto;
	key->reserved = 0;
	return sgap_txn_hash(key, seed);
}

__u32 sgap_frag_seen(const struct sgap_frag *frag)
{
	__u32 i, n = 0;

	for (i = 0; i < frag->nranges; i++)
		n += frag->range[i].to - frag->range[i].from;
	return n;
}

static bool has_last(const struct sgap_frag *frag)
{
	return frag->total && frag->nranges && frag->range[frag->nranges - 1].to >= frag->total;
}

__u8 sgap_frag_missing(const struct sgap_frag *frag)
{
	__u8 ends = (frag->has_first ? 0 : SGAP_PARTIAL_FIRST) |
		    (has_last(frag) ? 0 : SGAP_PARTIAL_LAST);

	return frag->nranges > 1 ? ends | SGAP_PARTIAL_MIDDLE : ends;
}

static bool is_whole(const struct sgap_frag *frag)
{
	return frag->has_first && frag->nranges == 1 && has_last(frag);
}

/* Join a part to those that it touches; false when there are too many apart. */
static bool cover(struct sgap_frag *frag, __u32 from, __u32 to)
{
	struct sgap_frag_range *r = frag->range;
	__u32 i = 0, next, n = frag->nranges;

	while (i < n && r[i].to < from)
		i++;
	for (next = i; next < n && r[next].from <= to; next++) {
		from = r[next].from < from ? r[next].from : from;
		to = r[next].to > to ? r[next].to : to;
	}
	if (next == i && n == SGAP_FRAG_RANGES)
		return false;
	memmove(&r[i + 1], &r[next], (n - next) * sizeof(*r));
	frag->nranges = (__u8)(n - (next - i) + 1);
	r[i].from = from;
	r[i].to = to;
	return true;
}

static void drop(struct sgap_frag_table *t, struct sgap_frag *frag)
{
	frag->ts = 0;
	t->used--;
}

static bool is_due(const struct sgap_frag_table *t, const struct sgap_frag *frag, __u64 now)
{
	return frag->ts && sgap_age(now, frag->ts) >= t->timeout_ns;
}

/* The time of one is over. */
static void expire(struct sgap_frag_table *t, struct sgap_frag *frag, sgap_frag_fn fn, void *ctx)
{
	if (!frag->done)
		fn(ctx, frag, SGAP_FRAG_PARTIAL, frag->ts + t->timeout_ns);
	drop(t, frag);
}

/* How gladly one gives way to another. */
static __u32 worth(const struct sgap_frag *frag)
{
	if (!frag->ts)
		return 0;
	return frag->done ? 1 : 2u + frag->has_first;
}

/* The entry of key; or one that is free for it, and is made so if need be. */
static struct sgap_frag *entry(struct sgap_frag_table *t, const struct sgap_key *key, __u64 hash,
			       __u64 now, sgap_frag_fn fn, void *ctx)
{
	__u32 set = (__u32)(((sgap_key_spread(hash) >> 32) * t->sets) >> 32);
	struct sgap_frag *frag = &t->frags[set * SGAP_FRAG_WAYS], *victim = frag;
	__u32 i;

	for (i = 0; i < SGAP_FRAG_WAYS; i++, frag++) {
		if (is_due(t, frag, now))
			expire(t, frag, fn, ctx);
		if (frag->ts && sgap_key_same(&frag->key, key))
			return frag;
		if (worth(frag) < worth(victim) ||
		    (worth(frag) == worth(victim) && frag->ts < victim->ts))
			victim = frag;
	}
	if (victim->ts && !victim->done)
		fn(ctx, victim, SGAP_FRAG_GIVEN_UP, now);
	if (victim->ts)
		drop(t, victim);
	return victim;
}

static void begin(struct sgap_frag_table *t, struct sgap_frag *frag, const struct sgap_key *key,
		  __u64 now)
{
	memset(frag, 0, sizeof(*frag));
	frag->key = *key;
	frag->ts = now ? now : 1;
	t->used++;
	if (frag->ts + t->timeout_ns < t->next_due)
		t->next_due = frag->ts + t->timeout_ns;
}

/* What a fragment says besides its bytes. */
static void note(struct sgap_frag *frag, const struct sgap_pkt *pkt)
{
	frag->fragments += frag->fragments < 0xffff;
	if (pkt->kind == SGAP_FRAME_FRAGMENT) {
		if (!pkt->more_frags && !frag->total)
			frag->total = pkt->frag_off + pkt->frag_len;
		return;
	}
	frag->has_first = 1;
	frag->total = pkt->frag_total;
	frag->sport = pkt->sport;
	frag->dport = pkt->dport;
	frag->from_server = pkt->from_server && !(pkt->to_server && pkt->payload_len > 2 &&
						  !(pkt->payload[2] & 0x80));
	frag->dns_id = pkt->payload_len > 1 ? sgap_get16(pkt->payload) : 0;
}

void sgap_frag_take(struct sgap_frag_table *t, const struct sgap_pkt *pkt,
		    const struct sgap_key *key, __u64 hash, sgap_frag_fn fn, void *ctx)
{
	struct sgap_frag *frag;

	if (!pkt->frag_len || pkt->frag_len > DATAGRAM_MAX - pkt->frag_off)
		return;
	frag = entry(t, key, hash, pkt->ts, fn, ctx);
	if (!frag->ts)
		begin(t, frag, key, pkt->ts);
	if (frag->done)
		return;
	note(frag, pkt);
	if (!cover(frag, pkt->frag_off, pkt->frag_off + pkt->frag_len)) {
		fn(ctx, frag, SGAP_FRAG_GIVEN_UP, pkt->ts);
		frag->done = 1;
	} else if (is_whole(frag)) {
		frag->done = 1;
	}
}

void sgap_frag_expire(struct sgap_frag_table *t, __u64 now, sgap_frag_fn fn, void *ctx)
{
	struct sgap_frag *frag;
	__u64 next = ~0ULL;
	__u32 i;

	/* A clock that was set back by much makes all of them due. */
	if (likely(!t->used || (now < t->next_due && t->next_due - now <= SGAP_AGE_MAX)))
		return;
	for (i = 0; i < t->sets * SGAP_FRAG_WAYS; i++) {
		frag = &t->frags[i];
		if (is_due(t, frag, now))
			expire(t, frag, fn, ctx);
		if (frag->ts && frag->ts + t->timeout_ns < next)
			next = frag->ts + t->timeout_ns;
	}
	t->next_due = next;
}
