/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packets of a capture that carry queries, kept until it is known what
 * became of these; and PACKET records made of them, as a tap makes them. The
 * oldest go first, so that memory stays bounded.
 */
#ifndef SGAP_KEEP_H
#define SGAP_KEEP_H

#include "pure.h"

struct sgap_keep;
struct sgap_pcap_pkt;

enum sgap_keep_what {
	SGAP_KEEP_FAILED,	/* packets of failed transactions, as a tap */
	SGAP_KEEP_ALL,		/* of all */
};

/* rec lives during the call. */
typedef void (*sgap_keep_fn)(void *ctx, const struct sgap_rec_packet *rec);

/* nports 0 = port 53; flags as of a tap, for what is inside tunnels. */
int sgap_keep_new(struct sgap_keep **out, enum sgap_keep_what what, const __u16 *ports,
		  __u16 nports, __u32 flags);

/* Each packet of the capture, before sgap_offline_packet() sees it. */
void sgap_keep_packet(struct sgap_keep *k, const struct sgap_pcap_pkt *pkt);

/* A record that was made of the packet given last: tells fn of its packets. */
void sgap_keep_record(struct sgap_keep *k, const struct sgap_rec_txn *txn, sgap_keep_fn fn,
		      void *ctx);

/* Did the transaction fail for good, so that its packets are wanted? */
bool sgap_keep_is_failed(const struct sgap_rec_txn *txn);

void sgap_keep_free(struct sgap_keep *k);

#endif
