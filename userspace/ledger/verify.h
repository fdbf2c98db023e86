/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the ledger whole? Every doubt is said; nothing is passed over. */
#ifndef SGAP_LEDGER_VERIFY_H
#define SGAP_LEDGER_VERIFY_H

#include "chain.h"
#include "seal.h"

struct sgap_ledger;

#define SGAP_VERIFY_SAY 320

/* Told of each thing that is wrong, in a sentence; wrong 0: of one that is only to be known. */
typedef void (*sgap_verify_fn)(void *ctx, int wrong, const char *what);

/**
 * struct sgap_verified - what was found
 * @entries, @heads: how many there are
 * @first, @last: time of the first and the last entry, ns
 * @sealed:	seq of the last good head
 * @cut:	entries 2 to this one were removed by retention, which the chain says; 0 = none
 * @late:	entries that had no head when the ledger was opened to be gone on with, which the
 *		chain says; they were sealed then
 * @key:	the first key that the ledger names; @keyed says whether it does
 * @wrong:	how many sentences were said; 0 = all is well
 */
struct sgap_verified {
	__u64 entries, heads, first, last, sealed, cut, late, wrong;
	__u8 key[SGAP_SEAL_KEY];
	int keyed;
	__u8 hash[SGAP_HASH];	/* of the last entry */
};

/**
 * sgap_ledger_verify() - check chain, heads, keys and file
 * @l:		as opened by sgap_ledger_read()
 * @key:	the key that it should be sealed with, known from elsewhere; NULL = unknown
 * @known:	a head that was kept elsewhere, and must be in the chain; NULL = none
 *
 * Returns 0 when the file could be read to its end, whatever was found in it.
 */
int sgap_ledger_verify(struct sgap_ledger *l, const __u8 *key, const struct sgap_head *known,
		       sgap_verify_fn say, void *ctx, struct sgap_verified *v);

/* The head in the text of a file as sgap_chain_head() makes it. Returns 0 or -EINVAL. */
int sgap_head_parse(struct sgap_head *head, const char *text);

#endif
