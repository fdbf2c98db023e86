/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Transactions -> counters of struct sgap_stats, and -> TXN records. Pure. */
#ifndef SGAP_STATS_H
#define SGAP_STATS_H

#include "pure.h"

#define SGAP_STATS_TEXT_MAX 1024	/* bytes of EXTRA-TEXT that a record keeps */

struct sgap_msg;
struct sgap_pkt;
struct sgap_txn;

/* A query message; fresh as sgap_txn_query() returned it. */
void sgap_stats_query(struct sgap_stats *s, const struct sgap_msg *msg, int fresh);

/* The enum sgap_qtype of a type, and the index in sgap_stats.size of a length. */
unsigned int sgap_stats_qtype(__u16 type);
unsigned int sgap_stats_size(__u16 len);

/* An answer message; state as sgap_txn_answer() returned it. */
void sgap_stats_answer(struct sgap_stats *s, const struct sgap_txn *txn,
		       const struct sgap_msg *msg, int state, __u64 ts);

/* An end without an answer, or becoming overdue. */
void sgap_stats_end(struct sgap_stats *s, int state);

/* dst += src, field by field. */
void sgap_stats_add(struct sgap_stats *dst, const struct sgap_stats *src);

#define SGAP_RCODE_FORMERR 1
#define SGAP_RCODE_SERVFAIL 2
#define SGAP_RCODE_NOTIMP 4
#define SGAP_RCODE_REFUSED 5

/* Does this RCODE say that the server cannot, or will not, answer? */
static inline bool sgap_stats_is_refusal(__u16 rcode)
{
	return rcode == SGAP_RCODE_FORMERR || rcode == SGAP_RCODE_SERVFAIL ||
	       rcode == SGAP_RCODE_NOTIMP || rcode == SGAP_RCODE_REFUSED;
}

/* Is this outcome one that the server's state counts as bad? See sgap_window. */
static inline bool sgap_stats_is_bad(int state, __u16 rcode)
{
	switch (state) {
	case SGAP_TXN_OVERDUE:
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
	case SGAP_TXN_SILENT:
		return true;
	case SGAP_TXN_ANSWERED:
	case SGAP_TXN_LATE:
	case SGAP_TXN_DUPLICATE:
		return sgap_stats_is_refusal(rcode);
	default:
		return false;
	}
}

/* The quantile q (per mille) of a histogram, in us; 0 when it is empty. */
__u64 sgap_stats_quantile(const __u32 *hist, __u32 permille);

/* Bytes of the TXN record that sgap_stats_record() makes of these. */
__u32 sgap_stats_record_size(const struct sgap_txn *txn, const struct sgap_msg *msg);

/*
 * Make the record in rec, which has room for sgap_stats_record_size(). msg and
 * pkt are the answer's, or the ICMP error's pkt with no msg, or NULL both.
 * rec->rec and rec->id are left to the caller.
 */
void sgap_stats_record(struct sgap_rec_txn *rec, const struct sgap_txn *txn,
		       const struct sgap_msg *msg, const struct sgap_pkt *pkt,
		       int state, __u64 ts);

#endif
