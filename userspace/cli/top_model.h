/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions summed up by server, by client and by zone, with a minute of
 * history. Memory is bounded: when a table is full, of a few rows the one that
 * counted least gives way, so that who counts much stays.
 */
#ifndef SGAP_CLI_TOP_MODEL_H
#define SGAP_CLI_TOP_MODEL_H

#include "pure.h"

#define SGAP_TOP_HISTORY 60	/* seconds */
#define SGAP_TOP_WINDOW 10	/* seconds that a rate is taken over */
#define SGAP_TOP_NAME 1025	/* bytes that hold any row's name */
#define SGAP_TOP_DEPTH_MAX 8

enum sgap_top_by {
	SGAP_TOP_SERVERS,
	SGAP_TOP_CLIENTS,
	SGAP_TOP_ZONES,
	__SGAP_TOP_BY_MAX
};

enum sgap_top_sort {
	SGAP_TOP_RATE,
	SGAP_TOP_TOTAL,
	SGAP_TOP_FAILED,	/* their share */
	SGAP_TOP_P50,
	SGAP_TOP_P99,
	SGAP_TOP_ALPHA,		/* name */
	__SGAP_TOP_SORT_MAX
};

struct sgap_top_row {
	char name[SGAP_TOP_NAME];
	__u64 total, failed;	/* transactions that ended, and how many of them badly */
	double rate;		/* that end each second */
	__u64 p50_us, p99_us;	/* of answers */
	__u32 history[SGAP_TOP_HISTORY];	/* ended in each second, the oldest first */
};

struct sgap_top;

/* depth: labels of a name that make its zone, 0 = all. NULL without memory. */
struct sgap_top *sgap_top_new(unsigned int depth);
void sgap_top_free(struct sgap_top *top);

/* All as it is now, to look at while the other goes on. NULL without memory. */
struct sgap_top *sgap_top_copy(const struct sgap_top *top);

/* A transaction; what is provisional is passed over. */
void sgap_top_take(struct sgap_top *top, const struct sgap_rec_txn *txn);

/* The time, ns since 1970, that pictures are of; it never goes back. */
void sgap_top_now(struct sgap_top *top, __u64 ts);
__u64 sgap_top_time(const struct sgap_top *top);

/*
 * Sort the rows of a table whose name has filter in it ("" = all), and return how
 * many there are; the ith is then sgap_top_row(). Greatest first, names from A on;
 * reverse turns it round.
 */
size_t sgap_top_sort(struct sgap_top *top, enum sgap_top_by by, enum sgap_top_sort sort,
		     bool reverse, const char *filter);
void sgap_top_row(const struct sgap_top *top, enum sgap_top_by by, size_t i,
		  struct sgap_top_row *row);

/* All rows together, those that gave way too. */
void sgap_top_sum(const struct sgap_top *top, struct sgap_top_row *row);

/* How many rows a table has, and how many gave way. */
size_t sgap_top_rows(const struct sgap_top *top, enum sgap_top_by by);
__u64 sgap_top_evicted(const struct sgap_top *top, enum sgap_top_by by);

#endif
