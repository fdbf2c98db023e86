/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of queries, and of SYNs, kept until it is known whether they fail. A shard of
 * transactions has one store, under its lock. Each has one place in it, by its
 * hash, and of a connection by its time; who comes there later takes it over, so
 * that some are gone when they are asked for.
 */
#ifndef SGAP_SNAP_H
#define SGAP_SNAP_H

#include "key.h"

#define SGAP_SNAP_QUERY 512u	/* bytes kept of a query at most */

/* A packet where it lies. */
struct sgap_bytes {
	const u8 *p;
	u32 len;		/* bytes that are there */
	u32 wire_len;
	u8 link_type;		/* enum sgap_link_type */
};

struct sgap_snap;

struct sgap_snap *sgap_snap_alloc(u32 places, u32 snaplen);
void sgap_snap_free(struct sgap_snap *snap);
void sgap_snap_put(struct sgap_snap *snap, const struct sgap_key *key, u64 hash, u64 ts,
		   const struct sgap_bytes *bytes);
bool sgap_snap_get(const struct sgap_snap *snap, const struct sgap_key *key, u64 hash, u64 ts,
		   struct sgap_bytes *bytes);

#endif
