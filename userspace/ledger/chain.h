/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that the chain of the ledger is made of; docs/operations.md has them too. */
#ifndef SGAP_LEDGER_CHAIN_H
#define SGAP_LEDGER_CHAIN_H

#include <stddef.h>
#include <linux/types.h>

#define SGAP_HASH 32		/* bytes of a SHA-256 */
#define SGAP_HASH_HEX 65	/* of it as text */
#define SGAP_CHAIN_TYPE 32	/* bytes of a type, its zero included */
#define SGAP_CHAIN_HEAD 512	/* bytes that hold the text of any head */

/**
 * struct sgap_entry - one row of the ledger
 * @seq:	1, 2, 3 ... without a gap
 * @time:	ns since 1970
 * @about:	the incident that it belongs to; 0 = none
 * @type:	lower-case words with dots between
 * @payload:	one line of JSON, @len bytes
 */
struct sgap_entry {
	__u64 seq;
	__u64 time;
	__u64 about;
	const char *type;
	const char *payload;
	size_t len;
	__u8 hash[SGAP_HASH];
};

/* A head: "up to seq the chain has this hash". */
struct sgap_head {
	__u64 seq;
	__u64 time;
	__u8 ledger[SGAP_HASH];	/* hash of entry 1: which ledger */
	__u8 hash[SGAP_HASH];
};

/* Lower-case digits of n bytes, with a zero; hex holds 2 n + 1. Returns hex. */
char *sgap_hex(char *hex, const __u8 *bytes, size_t n);
/* Exactly 2 n digits. Returns 0 or -EINVAL. */
int sgap_unhex(__u8 *bytes, size_t n, const char *hex);

/* What is before the payload in an entry's bytes. Returns its length. */
size_t sgap_chain_entry(char buf[static SGAP_CHAIN_HEAD], const __u8 prev[static SGAP_HASH],
			const struct sgap_entry *e);

/* SHA-256 of the entry after prev, into hash. Returns 0 or -EIO. */
int sgap_chain_hash(__u8 hash[static SGAP_HASH], const __u8 prev[static SGAP_HASH],
		    const struct sgap_entry *e);

/* Lines that an entry or a sealed head has in a chain file, docs/operations.md. */
#define SGAP_CHAIN_LINES 7

/* The text that is signed for a head. Returns its length. */
size_t sgap_chain_head(char buf[static SGAP_CHAIN_HEAD], const struct sgap_head *head);

#endif
