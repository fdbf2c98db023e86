/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions as dnstap: Frame Streams to a file or a Unix socket. */
#ifndef SGAP_DNSTAP_H
#define SGAP_DNSTAP_H

#include "pure.h"

struct sgap_dnstap;

/**
 * struct sgap_dnstap_bytes - the DNS messages of a transaction, where known
 * @query, @answer:	NULL = not known
 */
struct sgap_dnstap_bytes {
	const __u8 *query, *answer;
	__u16 query_len, answer_len;
};

/*
 * to: a file, written over, "-" for standard output; or "unix:PATH", where
 * somebody must listen already. identity NULL = none. A listener that takes
 * nothing for five seconds is given up. Returns 0 or -errno: -EPROTO when who
 * listens does not want dnstap.
 */
int sgap_dnstap_open(struct sgap_dnstap **out, const char *to, const char *identity);

/* Is the record about a message? Connections alone and what is provisional are not. */
bool sgap_dnstap_has_message(const struct sgap_rec_txn *txn);

/* A transaction: its query, its answer or both, whichever the record is about. Returns
 * how many frames that made, or -errno. */
int sgap_dnstap_txn(struct sgap_dnstap *d, const struct sgap_rec_txn *txn,
		    const struct sgap_dnstap_bytes *bytes);

/* Ends the stream; frees d; NULL is fine. 0 or -errno. */
int sgap_dnstap_close(struct sgap_dnstap *d);

/* The DNS message of a PACKET record of the transaction; NULL when it is not
 * there as a whole. */
const __u8 *sgap_dnstap_message(const struct sgap_rec_packet *rec,
				const struct sgap_rec_txn *txn, __u16 *len);

#endif
