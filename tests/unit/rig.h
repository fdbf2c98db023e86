/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole pure path with small tables, and what came out of it. */
#ifndef UNIT_RIG_H
#define UNIT_RIG_H

#include "census.h"
#include "track.h"

#ifndef RIG_RECORDS
#define RIG_SERVERS 64
#define RIG_RECORDS 4096
#else
#define RIG_SERVERS 8		/* small, since a fuzzer makes one for each input */
#endif

struct rig {
	struct sgap_txn_table *txn;
	struct sgap_tcp_table *tcp;
	struct sgap_frag_table *frag;
	struct sgap_frame_opt opt;
	struct sgap_tap_counters counters;
	struct sgap_census_table *census[__SGAP_CENSUS_KIND_MAX];	/* of the fewest rows */
	struct {
		struct sgap_addr addr;
		__u8 proto;
		struct sgap_stats stats;
	} server[RIG_SERVERS];
	__u32 servers;
	__u32 locked, tcp_locked, frag_locked;
	__u64 outcomes[__SGAP_TXN_STATE_MAX];
	__u64 states[__SGAP_TXN_STATE_MAX];	/* records */
	struct sgap_rec_txn record[RIG_RECORDS];	/* without their names */
	__u8 name[RIG_RECORDS][32];		/* beginning of these */
	struct sgap_rec_partial partial;	/* the last one; how many: counters.partial */
	__u32 records;				/* all; the first RIG_RECORDS are kept */
	__u64 now;
	/* Run for each record as it is made, if set. */
	void (*each)(struct rig *rig, const struct sgap_rec_txn *rec);
};

struct rig_cfg {
	__u32 txns, conns, pieces;	/* 0: 256, 64, 64 */
	__u64 timeout_ms, overdue_ms;	/* 0: 5000, 1000 */
};

struct rig *rig_new(const struct rig_cfg *cfg);
void rig_free(struct rig *rig);

/* A frame from Ethernet on; copied to its exact size first. */
void rig_frame(struct rig *rig, const __u8 *p, __u32 len, __u32 wire_len);

/* The same with the link type and without copying: for fuzzing. */
void rig_frame_raw(struct rig *rig, int link_type, const __u8 *p, __u32 len, __u32 wire_len);

/* Time passes. */
void rig_expire(struct rig *rig, __u64 now);

/* Counters of one server; all zero when it is unknown. */
const struct sgap_stats *rig_stats(const struct rig *rig, const char *server, __u8 proto);

/* Sums that must hold; returns NULL or which does not. */
const char *rig_unbalanced(const struct rig *rig);

#endif
