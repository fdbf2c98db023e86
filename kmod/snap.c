// SPDX-License-Identifier: GPL-2.0-only
#include "snap.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

struct place {
	struct sgap_key key;
	u64 ts;			/* 0 = free */
	u32 len, wire_len;
	u8 link_type;
	u8 data[] __aligned(8);
};

struct sgap_snap {
	u32 mask;
	u32 cap;		/* bytes of data of a place */
	u32 stride;
	u8 places[] __aligned(8);
};

/*
 * Segments of one connection have one key, without an id: their times tell them apart. A query
 * over UDP whose id is 0 is found that way as well.
 */
static struct place *place_of(const struct sgap_snap *snap, const struct sgap_key *key,
			      u64 hash, u64 ts)
{
	u32 i = (u32)(key->id ? hash : hash ^ sgap_key_spread(ts) >> 32) & snap->mask;

	return (struct place *)(snap->places + (size_t)i * snap->stride);
}

static bool is_for(const struct place *place, const struct sgap_key *key)
{
	return place->ts && !memcmp(&place->key, key, sizeof(*key));
}

/**
 * sgap_snap_alloc - a store
 * @places: of queries, a power of two
 * @snaplen: bytes wanted of each
 *
 * Sleeps. NULL without memory.
 */
struct sgap_snap *sgap_snap_alloc(u32 places, u32 snaplen)
{
	u32 cap = min(snaplen, SGAP_SNAP_QUERY);
	u32 stride = ALIGN(sizeof(struct place) + cap, 8);
	struct sgap_snap *snap;

	snap = kvzalloc(sizeof(*snap) + (size_t)places * stride, GFP_KERNEL_ACCOUNT);
	if (!snap)
		return NULL;
	snap->mask = places - 1;
	snap->cap = cap;
	snap->stride = stride;
	return snap;
}

void sgap_snap_free(struct sgap_snap *snap)
{
	kvfree(snap);
}

/* Keep a query; of one that is sent again the first copy stays. */
void sgap_snap_put(struct sgap_snap *snap, const struct sgap_key *key, u64 hash, u64 ts,
		   const struct sgap_bytes *bytes)
{
	struct place *place = place_of(snap, key, hash, ts);

	if (key->id && is_for(place, key) && ts - place->ts < SGAP_AGE_MAX)
		return;
	place->key = *key;
	place->ts = ts;
	place->wire_len = bytes->wire_len;
	place->link_type = bytes->link_type;
	place->len = min(bytes->len, snap->cap);
	memcpy(place->data, bytes->p, place->len);
}

/* The query of a transaction that began at ts, if it is still there. */
bool sgap_snap_get(const struct sgap_snap *snap, const struct sgap_key *key, u64 hash, u64 ts,
		   struct sgap_bytes *bytes)
{
	const struct place *place = place_of(snap, key, hash, ts);

	if (!is_for(place, key) || place->ts != ts)
		return false;
	bytes->p = place->data;
	bytes->len = place->len;
	bytes->wire_len = place->wire_len;
	bytes->link_type = place->link_type;
	return true;
}
