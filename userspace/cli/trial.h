/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shadow trial: of the queries that a grant is for, one in so many is put to
 * the fallback as well, and its answer compared with what the client got.
 */
#ifndef SGAP_CLI_TRIAL_H
#define SGAP_CLI_TRIAL_H

#include <jansson.h>

#include "grant_check.h"
#include "probe/ask.h"

#define SGAP_TRIAL_RATE_MAX 200	/* questions in a second */

/* What an answer is to who asked. */
enum sgap_answer {
	SGAP_ANSWER_RECORDS,
	SGAP_ANSWER_EMPTY,	/* NOERROR without records */
	SGAP_ANSWER_NXDOMAIN,
	SGAP_ANSWER_TRUNCATED,	/* the whole is to be had over TCP */
	SGAP_ANSWER_BAD,	/* another RCODE */
	SGAP_ANSWER_NONE,
	__SGAP_ANSWER_MAX
};

/* What the client got of the server for the question that is put to the fallback. */
struct sgap_trial_pair {
	enum sgap_answer was;
	__u16 rcode;
	__u64 digest;
	__u32 rtt_us;
};

struct sgap_trial {
	struct sgap_grant_info grant;
	__u64 overdue_ms;
	__u32 one_in, rate;
	__u64 from, until;		/* ns */

	struct sgap_trial_pair pair[SGAP_TRIAL_RATE_MAX];	/* of ask */
	struct sgap_form form[SGAP_TRIAL_RATE_MAX];	/* likewise */
	struct sgap_ask ask[SGAP_TRIAL_RATE_MAX];	/* of the second that is */
	int n;

	__u64 seen, copied, over;	/* over: chosen, but above the rate */
	__u64 was[__SGAP_ANSWER_MAX][__SGAP_ANSWER_MAX];	/* server, fallback */
	__u64 same_rcode, both;		/* both: answered by both */
	__u64 same_records, records;	/* records: both had some */
	__u32 rtt[2][SGAP_HIST_BINS];	/* server, fallback: where both answered */
};

/* A transaction that was seen; those outside of the grant are passed over. */
void sgap_trial_take(struct sgap_trial *t, const struct sgap_rec_txn *txn);

/* Ask what was chosen since, and compare. Returns 0 or -errno. */
int sgap_trial_ask(struct sgap_trial *t, int wait_ms);

/* The same without asking: the answers are in t->ask. */
void sgap_trial_compare(struct sgap_trial *t);

/* Of what was copied, how much failed: at the server, at the fallback. */
__u64 sgap_trial_failed(const struct sgap_trial *t, bool fallback);

void sgap_trial_print(const struct sgap_trial *t);
json_t *sgap_trial_json(const struct sgap_trial *t, const struct sgap_grant *grant);

/* The verb. */
struct sgap_args;
int sgap_trial_run(const struct sgap_args *args);

#endif
