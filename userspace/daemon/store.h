/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger as the daemon writes it: whatever becomes of the disk, the daemon
 * goes on, keeps what it can for later, and counts what it cannot.
 */
#ifndef SGAP_DAEMON_STORE_H
#define SGAP_DAEMON_STORE_H

#include <jansson.h>
#include <linux/types.h>

struct sgap_ledger;
struct sgap_store;

/* Never fails but for memory: without a ledger it keeps and counts. */
struct sgap_store *sgap_store_open(const char *dir, __u64 now);
void sgap_store_close(struct sgap_store *st, __u64 now);

/* An entry; payload is taken over. It is written by the next flush. */
void sgap_store_put(struct sgap_store *st, __u64 time, const char *type, __u64 about,
		    json_t *payload);

/* Would an entry be lost now? */
int sgap_store_full(const struct sgap_store *st);

/* Write what waits, and say of each incident's entry that it is written. */
void sgap_store_flush(struct sgap_store *st, __u64 now);
void sgap_store_seal(struct sgap_store *st, __u64 now);

/* Let old entries go, if that is due: those of an age, and what is more than bytes;
 * none from entry keep on (0 = any). */
struct sgap_cut_cfg;
void sgap_store_cut(struct sgap_store *st, const struct sgap_cut_cfg *cfg, __u64 now);

/* For reading; NULL when there is none now. */
struct sgap_ledger *sgap_store_ledger(struct sgap_store *st);

/* How many entries were written, wait, and were lost for good. */
struct sgap_store_counts {
	__u64 written, waiting, lost;
};
struct sgap_store_counts sgap_store_counts(const struct sgap_store *st);

#endif
