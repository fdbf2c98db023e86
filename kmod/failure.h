/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which transactions and connections failed, and which packets show it: the same for a tap
 * and for a capture. Pure.
 */
#ifndef SGAP_FAILURE_H
#define SGAP_FAILURE_H

#include "track.h"

/* Did it fail for good? malformed and rcode are the answer's; without one they do not matter. */
static inline bool sgap_failure_is(int state, bool malformed, __u16 rcode)
{
	switch (state) {
	case SGAP_TXN_ANSWERED:
		return malformed || sgap_stats_is_bad(state, rcode);
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
	case SGAP_TXN_SILENT:
	case SGAP_TXN_TLS_REFUSED:
	case SGAP_TXN_TLS_SILENT:
		return true;
	default:
		return false;
	}
}

/* Of those that end a transaction: does the packet at hand do that, so that it is shown too? */
static inline bool sgap_failure_has_answer(int state)
{
	return state == SGAP_TXN_ANSWERED || state == SGAP_TXN_ICMP ||
	       state == SGAP_TXN_REFUSED || state == SGAP_TXN_TLS_REFUSED;
}

/* What asked is kept by this key: a segment may hold several queries. */
static inline struct sgap_key sgap_failure_asked(struct sgap_key txn)
{
	if (txn.proto == SGAP_PROTO_TCP)
		txn.id = 0;
	return txn;
}

/*
 * Is it a packet that may be wanted later, should what it asks for fail? It is found by *key
 * and its time, which is ts_query then: a query over UDP with its id; with id 0 what sets a
 * connection up and, where that is DNS in the clear, segments that may have queries in them.
 */
static inline bool sgap_failure_key(struct sgap_key *key, const struct sgap_pkt *pkt)
{
	bool opaque = sgap_opaque_port(pkt->to_server ? pkt->dport : pkt->sport);

	if (pkt->kind == SGAP_FRAME_TCP)
		return (pkt->tcp_flags & SGAP_TCP_SYN || (pkt->payload_wire && !opaque)) &&
		       sgap_tcp_key(key, pkt);
	if (pkt->kind != SGAP_FRAME_UDP || !pkt->to_server || pkt->payload_len < SGAP_WIRE_HEADER)
		return false;
	if (opaque) {
		sgap_tcp_key(key, pkt);
		key->proto = pkt->proto;
		return pkt->payload[0] & 0x80;	/* a long header (RFC 9000 section 17.2) */
	}
	if (pkt->payload[2] & 0x80)
		return false;
	sgap_track_key(key, pkt, true, sgap_get16(pkt->payload));
	return true;
}

#endif
