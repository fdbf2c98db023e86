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
 * An address as a number: the product of its halves, each with a secret. Who does not know the seed
 * can hardly choose addresses that meet in one place.
 */
static inline __u64 sgap_addr_hash(const struct sgap_addr *addr, __u64 seed)
{
	__u64 k = seed ^ 0x9e3779b97f4a7c15ULL;

	return sgap_fold_product(sgap_addr_net(addr) ^ k,
				 sgap_addr_host(addr) ^ (k << 32 | k >> 32));
}

/*
 * The upper 32 bits depend on the flow alone and not on the id: pick the shard by these
 * (sgap_txn_flow()), since an ICMP error may quote no id and a connection has none.
 */
static inline __u64 sgap_txn_hash(const struct sgap_key *key, __u64 seed)
{
	__u64 client = sgap_addr_hash(&key->client, seed);
	__u64 ports = (__u64)key->client_port << 24 | (__u64)key->server_port << 8 | key->proto;
	__u64 h = (client << 32 | client >> 32) + sgap_addr_hash(&key->server, seed);
	__u32 flow = (__u32)sgap_fold_product(h ^ ports, seed ^ 0xd6e8feb86659fd93ULL);

	return (__u64)flow << 32 | (flow * 0x85ebca6bU + key->id * 0x9e3779b1U);
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
