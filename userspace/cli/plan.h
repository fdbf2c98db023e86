/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a grant would do if it were used now: whether the kernel would take it,
 * for how many clients it would be, and whether the fallback answers what they ask.
 */
#ifndef SGAP_CLI_PLAN_H
#define SGAP_CLI_PLAN_H

#include <jansson.h>

#include "grant_check.h"
#include "probe/ask.h"

#define SGAP_PLAN_NAMES 1024	/* different questions that are told apart */
#define SGAP_PLAN_ASKED 16	/* of them that are put to both servers */
#define SGAP_PLAN_CLIENTS 65536	/* different clients that are told apart, a power of two */

struct sgap_plan_name {
	__u8 qname[255];
	__u16 qname_len, qtype;
	__u64 asked, failed, nx;	/* nx: answered with NXDOMAIN */
};

struct sgap_plan {
	struct sgap_grant_info grant;
	enum sgap_refuse refused;	/* why the kernel would not start it, as far as is known */
	bool knows_kernel;		/* a module was asked */
	__u8 state;			/* of the server, enum sgap_state */

	__u64 overdue_ms;		/* an answer later than this was told of before */
	bool watched;			/* the traffic was looked at: the rest is about it */
	__u64 queries, failed;
	__u32 led, left;		/* clients within the share, and not */
	bool more;			/* than can be told apart */
	struct sgap_addr *clients;	/* a hash table; all zero is free */
	struct sgap_plan_name *names;
	int nnames;

	struct sgap_ask ask[2 * SGAP_PLAN_ASKED];	/* server, fallback, server, ... */
	int nask;
};

/* Returns 0 or -ENOMEM; grant must have been checked. */
int sgap_plan_new(struct sgap_plan **plan, const struct sgap_grant_info *grant);
void sgap_plan_free(struct sgap_plan *plan);

/* A transaction that was seen; those outside of the grant are passed over. */
void sgap_plan_take(struct sgap_plan *plan, const struct sgap_rec_txn *txn);

/* Put the questions that failed most, then those asked most, to both servers. */
int sgap_plan_ask(struct sgap_plan *plan, int wait_ms);

/*
 * How many of the questions the fallback answered; and all those put to it. That a
 * name does not exist is an answer only when the server says so, too, or said so.
 */
int sgap_plan_answered(const struct sgap_plan *plan, int *of);

/* It would start, or wait for its condition, and the fallback answers all. */
bool sgap_plan_is_good(const struct sgap_plan *plan);

/*
 * Each transaction once: is it one by which to judge how its client was served?
 * What is overdue has failed the client, whatever comes after it.
 */
bool sgap_plan_counts(const struct sgap_rec_txn *txn, __u64 overdue_ms);

/* Is it of the clients, to the server, and over a protocol that the grant is for? */
bool sgap_plan_in_scope(const struct sgap_grant_info *grant, const struct sgap_rec_txn *txn);

void sgap_plan_print(const struct sgap_plan *plan);
json_t *sgap_plan_json(const struct sgap_plan *plan);

/* The verb: of the grant that is named, with what the options say to look at. */
struct sgap_args;
/* The grant in the file that is the first argument; says what is wrong with it. */
int sgap_plan_grant(const struct sgap_args *args, struct sgap_grant *grant,
		    struct sgap_grant_info *info);
int sgap_plan_run(const struct sgap_args *args);

#endif
