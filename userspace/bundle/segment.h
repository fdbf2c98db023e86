/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of the ledger as text: records of SGAP_CHAIN_LINES lines each. */
#ifndef SGAP_BUNDLE_SEGMENT_H
#define SGAP_BUNDLE_SEGMENT_H

#include "ledger/ledger.h"

struct sgap_text;

/**
 * struct sgap_segment - where the entries about an incident are, and the head over them
 * @first, @last: the first of them; the entry of the head
 * @unsealed:	how many of them no head covers
 */
struct sgap_segment {
	__u64 first, last, unsealed;
	struct sgap_sealed head;
};

/* Find the first head that covers what is sealed of incident n. -ENOENT when there
 * is no such incident, -EAGAIN when nothing of it is sealed yet. */
int sgap_segment_find(struct sgap_segment *s, struct sgap_ledger *l, __u64 n);

/* Entries first to last, each as it is hashed, with a newline. 0 or -errno. */
int sgap_segment_entries(struct sgap_text *t, struct sgap_ledger *l, __u64 first, __u64 last);

/* Heads of entries first to last, each as it is signed, then "key HEX" and "sig HEX".
 * Returns how many, or -errno. */
int sgap_segment_heads(struct sgap_text *t, struct sgap_ledger *l, __u64 first, __u64 last);

/* One of them. */
void sgap_segment_head(struct sgap_text *t, const struct sgap_sealed *s);

#endif
