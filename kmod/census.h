/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What ended, by client prefix and by zone, in bounded memory. Pure: memory and
 * lock are the caller's.
 *
 * A table has rows in sets of SGAP_CENSUS_WAYS; a key's hash says in which. A row has a
 * weight: each sight of its key adds one to it, and each sight of a key for which there
 * is no room takes one from the lightest row of the set; one without weight gives way.
 * So what is frequent stays, however many others come once. What has no row, and what a
 * row counted that gave way, is in "others": nothing is lost from the sums.
 */
#ifndef SGAP_CENSUS_H
#define SGAP_CENSUS_H

#include "pure.h"

struct sgap_txn;

#define SGAP_CENSUS_WAYS 4
#define SGAP_CENSUS_KEY 64	/* bytes of a key at most */
#define SGAP_CENSUS_MIN 64	/* rows */
#define SGAP_CENSUS_MAX 4096
#define SGAP_CENSUS_DEPTH_MAX 8

struct sgap_census_cfg {
	__u8 prefix4;		/* 0 to 32 */
	__u8 prefix6;		/* 0 to 128 */
	__u8 zone_depth;	/* labels, 1 to SGAP_CENSUS_DEPTH_MAX */
};

struct sgap_census_row {
	__u64 hash;
	__u32 weight;
	__u32 len;		/* of key; 0 = no row */
	__u8 key[SGAP_CENSUS_KEY];	/* zeroes after it */
	struct sgap_census_counts counts;
};

struct sgap_census_table {
	__u32 rows;
	__u32 reserved;
	struct sgap_census_counts others;
	struct sgap_census_row row[];
};

/* Bytes of a table of that many rows: a power of two, 64 and up. */
size_t sgap_census_table_size(__u32 rows);

/* Make mem, zeroed, 8-byte aligned and sgap_census_table_size() long, a table. */
struct sgap_census_table *sgap_census_table_init(void *mem, __u32 rows);

/* Begin anew. */
void sgap_census_table_clear(struct sgap_census_table *t);

/*
 * Keys as enum sgap_census_kind has them, with zeroes after them; return their length. The
 * zone is what of the name's last depth labels fits; 0 for no name, or one that is not
 * well-formed.
 */
__u32 sgap_census_client_key(__u8 key[SGAP_CENSUS_KEY], const struct sgap_addr *client,
			    const struct sgap_census_cfg *cfg);
__u32 sgap_census_zone_key(__u8 key[SGAP_CENSUS_KEY], const __u8 *name, __u32 len, __u32 depth);

/* The counts of a key, made if there is room, else those of all others. */
struct sgap_census_counts *sgap_census_find(struct sgap_census_table *t,
					    const __u8 key[SGAP_CENSUS_KEY], __u32 len);

/* dst += src. */
void sgap_census_add(struct sgap_census_counts *dst, const struct sgap_census_counts *src);

/*
 * A transaction ended as sgap_track_ops.ended() is told; t has a table for each enum
 * sgap_census_kind.
 */
void sgap_census_txn(struct sgap_census_table *const t[__SGAP_CENSUS_KIND_MAX],
		    const struct sgap_census_cfg *cfg, const struct sgap_txn *txn,
		    int state, __u16 rcode, __u64 ts);

#endif
