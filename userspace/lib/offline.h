/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of a capture -> the records and counters that a tap would have made
 * of them. Memory is bounded whatever the capture's length.
 */
#ifndef SGAP_OFFLINE_H
#define SGAP_OFFLINE_H

#include "pure.h"
#include "census.h"

struct sgap_offline;
struct sgap_pcap_pkt;

/**
 * struct sgap_offline_cfg - how; zeroes give the defaults of a tap
 * @timeout_ms:	an unanswered query is given up after this, 5000
 * @overdue_ms:	and is called overdue after this, 1000
 * @txn_max:	queries remembered at once, a power of two, 32768
 * @servers_max:	server addresses with counters of their own, 4096
 * @flags:	SGAP_TAP_F_*
 * @nports:	how many of @ports are given, 0 = port 53
 * @ports:	the server ports
 * @nresolvers:	how many of @resolvers are given
 * @resolvers:	port 443 of these is DNS over HTTPS
 * @census_max:	client prefixes and zones with counters of their own, each: a power of two, 64 and
 *		up; 0: none
 * @census:	by what they are told apart; zone_depth 0: 24, 48, 2
 */
struct sgap_offline_cfg {
	__u32 timeout_ms;
	__u32 overdue_ms;
	__u32 txn_max;
	__u32 servers_max;
	__u32 flags;
	__u16 nports;
	__u16 ports[8];
	__u16 nresolvers;
	struct sgap_addr resolvers[16];
	__u32 census_max;
	struct sgap_census_cfg census;
};

/* Told of each TXN record; rec lives during the call. */
typedef void (*sgap_offline_fn)(void *ctx, const struct sgap_rec_txn *rec);

/* Returns 0 or -errno. fn may be NULL: counters only. */
int sgap_offline_new(struct sgap_offline **out, const struct sgap_offline_cfg *cfg,
		     sgap_offline_fn fn, void *ctx);

/* Told of each fragment of UDP that is not the first: a tap counts these only. */
typedef void (*sgap_offline_fragment_fn)(void *ctx, __u64 ts, const struct sgap_addr *src,
					 const struct sgap_addr *dst);
void sgap_offline_on_fragment(struct sgap_offline *o, sgap_offline_fragment_fn fn);

/* Told of each PARTIAL record; rec lives during the call. */
typedef void (*sgap_offline_partial_fn)(void *ctx, const struct sgap_rec_partial *rec);
void sgap_offline_on_partial(struct sgap_offline *o, sgap_offline_partial_fn fn);

/*
 * For who needs records of some transactions only: wants() says of which, by the client's
 * address and port and the DNS ID. The messages of the others are taken apart no further
 * than sgap_wire_count() does. What wants() has refused it must go on to refuse.
 */
typedef bool (*sgap_offline_wants_fn)(void *ctx, const struct sgap_addr *client, __u16 port,
				      __u16 id);
void sgap_offline_thin(struct sgap_offline *o, sgap_offline_wants_fn wants);

void sgap_offline_packet(struct sgap_offline *o, const struct sgap_pcap_pkt *pkt);

/* The capture is over: what is due by its last packet ends; what is younger does not. */
void sgap_offline_finish(struct sgap_offline *o);

/* Time of the first and of the last packet, ns; 0 when there was none. */
__u64 sgap_offline_first(const struct sgap_offline *o);
__u64 sgap_offline_last(const struct sgap_offline *o);

const struct sgap_tap_counters *sgap_offline_counters(const struct sgap_offline *o);

/* Server i of those seen, in order of appearance: its address and counters, of
 * UDP and of TCP, NULL while it was not used. Returns false past the last one. */
bool sgap_offline_server(const struct sgap_offline *o, __u32 i, struct sgap_addr *addr,
			 const struct sgap_stats **udp, const struct sgap_stats **tcp);

/* What ended, by enum sgap_census_kind; NULL without census_max. */
const struct sgap_census_table *sgap_offline_census(const struct sgap_offline *o,
						  enum sgap_census_kind kind);

/* Queries to servers beyond servers_max: no counters, no records. */
__u64 sgap_offline_overflow(const struct sgap_offline *o);

void sgap_offline_free(struct sgap_offline *o);

#endif
