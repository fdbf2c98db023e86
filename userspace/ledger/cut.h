/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Retention: old entries go, the chain says which, and stays verifiable. */
#ifndef SGAP_LEDGER_CUT_H
#define SGAP_LEDGER_CUT_H

#include "chain.h"

struct sgap_ledger;

/**
 * struct sgap_cut_cfg - what may go
 * @age:	entries older than this, ns, see age.h; 0 = none for their age
 * @bytes:	what the file may hold; 0 = anything
 * @keep:	entries from this one on stay; 0 = none for this reason
 */
struct sgap_cut_cfg {
	__u64 age, bytes, keep;
};

/*
 * Remove entries 2 to some head, with their heads, and add an entry ledger.cut that
 * names the last of them and its hash. Incidents go as a whole, and only what is
 * sealed. Returns 0 or -errno; *removed says how many.
 */
int sgap_ledger_cut(struct sgap_ledger *l, const struct sgap_cut_cfg *cfg, __u64 now,
		    __u64 *removed);

/* The last cut that the chain names: entries 2 to through are gone. */
struct sgap_cut {
	__u64 through;		/* 0 = nothing was removed */
	__u64 incident;		/* the highest number among them */
	__u8 hash[SGAP_HASH];	/* of entry through */
	__u8 key[32];		/* that sealed it */
};
/* Returns 0 or -errno. */
int sgap_ledger_last_cut(struct sgap_ledger *l, struct sgap_cut *cut);

#endif
