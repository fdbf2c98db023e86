/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Who asks whom: what transactions and connections are found by. */
#ifndef SGAP_KEY_H
#define SGAP_KEY_H

#include "pure.h"

struct sgap_key {
	struct sgap_addr client, server;
	__u16 client_port, server_port;
	__u16 id;
	__u8 proto;
	__u8 reserved;		/* zero */
};

static_assert(sizeof(struct sgap_key) == 40, "no padding, so that it can be hashed and compared");

static inline bool sgap_key_same_flow(const struct sgap_key *a, const struct sgap_key *b)
{
	return a->client_port == b->client_port && a->server_port == b->server_port &&
	       a->proto == b->proto && sgap_addr_eq(&a->client, &b->client) &&
	       sgap_addr_eq(&a->server, &b->server);
}

/* Ports, id and transport in one word. */
static inline __u64 sgap_key_word(const struct sgap_key *key)
{
	__u64 x;

	memcpy(&x, (const __u8 *)key + offsetof(struct sgap_key, client_port), sizeof(x));
	return x;
}

static inline bool sgap_key_same(const struct sgap_key *a, const struct sgap_key *b)
{
	return sgap_key_word(a) == sgap_key_word(b) && sgap_addr_eq(&a->client, &b->client) &&
	       sgap_addr_eq(&a->server, &b->server);
}

/*
 * A sum of products of 32-bit words, each with a secret of its own
 * (pair-multiply-shift; the products do not wait for each other). The upper 32
 * bits depend on the flow alone and not on the id: pick the shard by these
 * (sgap_txn_flow()), since an ICMP error may quote no id and a connection has
 * none.
 */
static inline __u64 sgap_txn_hash(const struct sgap_key *key, __u64 seed)
{
	static const __u64 k[10] = {
		0x9e3779b97f4a7c15ULL, 0xbf58476d1ce4e5b9ULL, 0x94d049bb133111ebULL,
		0xd6e8feb86659fd93ULL, 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL,
		0x8ebc6af09c88c6e3ULL, 0x589965cc75374cc3ULL, 0x1d8e4e27c47d124fULL,
		0xeb44accab455d165ULL,
	};
	__u32 ports = (__u32)key->client_port << 16 | key->server_port;
	__u32 w[8];
	__u64 h = 0;
	int i;

	memcpy(w, key, sizeof(w));
	for (i = 0; i < 8; i += 2)
		h += (w[i] + (k[i] ^ seed)) * (w[i + 1] + (k[i + 1] ^ seed));
	h += (ports + (k[8] ^ seed)) * (key->proto + (k[9] ^ seed));
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ULL;
	h &= ~0xffffffffULL;
	return h | (__u32)((__u32)(h >> 32) * 0x85ebca6bU + key->id * 0x9e3779b1U);
}

static inline __u32 sgap_txn_flow(__u64 hash)
{
	return (__u32)(hash >> 32);
}

/* All bits of a hash in each of the upper ones. */
static inline __u64 sgap_key_spread(__u64 hash)
{
	return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
}

/* A bucket, its number having 64 - shift bits, at most 21. */
static inline __u32 sgap_key_bucket(__u64 hash, __u32 shift)
{
	return (__u32)(sgap_key_spread(hash) >> shift);
}

/*
 * How long ago ts was. A clock that was set back by more than SGAP_AGE_MAX makes
 * everything from before very old; by less, brand-new.
 */
#define SGAP_AGE_MAX (30 * SGAP_NS_PER_S)

static inline __u64 sgap_age(__u64 now, __u64 ts)
{
	if (likely(now >= ts))
		return now - ts;
	return ts - now > SGAP_AGE_MAX ? ~0ULL : 0;
}

#endif
