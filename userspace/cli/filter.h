/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which transactions of a stream are wanted. */
#ifndef SGAP_CLI_FILTER_H
#define SGAP_CLI_FILTER_H

#include "pure.h"

struct sgap_args;

struct sgap_filter {
	bool failed;
	bool has_server, has_client, has_rcode, has_rtt;
	struct sgap_addr server, client;
	__u8 server_len, client_len;	/* as sgap_prefix_parse() gives them */
	__u16 rcode;
	__u64 rtt_us;			/* longer than this */
	char suffix[1026];		/* lower case, without dots around; "" = any */
};

/* From the options --failed, --server, --client, --name, --rcode and --rtt. Returns
 * 0, or -EINVAL and has said why. */
int sgap_filter_parse(struct sgap_filter *filter, const struct sgap_args *args);

/* Does a transaction pass all that was asked for? */
bool sgap_filter_takes(const struct sgap_filter *filter, const struct sgap_rec_txn *txn);

/* The same for a datagram of which fragments are missing: no name, RCODE or time is known of it. */
bool sgap_filter_takes_partial(const struct sgap_filter *filter,
			       const struct sgap_rec_partial *rec);

/* Did the transaction fail its client: no answer, a late one, or one that is no answer? */
bool sgap_filter_is_failed(const struct sgap_rec_txn *txn);

#endif
