/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a bundle comes from single entries of the ledger, or lies beside it. */
#ifndef SGAP_BUNDLE_PARTS_H
#define SGAP_BUNDLE_PARTS_H

#include <stddef.h>
#include <linux/types.h>

struct sgap_ledger;
struct sgap_text;

/* Told of a member: its name below the bundle's folder, and its bytes. */
typedef void (*sgap_parts_fn)(void *ctx, const char *name, const void *data, size_t len);

/* Each returns how many there were, or -errno. */

/* The packets of incident n as one pcapng file, when some were kept. */
int sgap_parts_packets(struct sgap_ledger *l, __u64 n, sgap_parts_fn fn, void *ctx);

/* The grant of that serial (32 digits), its signature and certificate. */
int sgap_parts_grant(struct sgap_ledger *l, const char *serial, sgap_parts_fn fn, void *ctx);

/* Counter-signatures (head-SEQ-*.witness) and time stamps (head-SEQ-*.tsr) of heads
 * first to last in folder; of the latter the head's text too. */
int sgap_parts_witnesses(struct sgap_ledger *l, const char *folder, __u64 first, __u64 last,
			 sgap_parts_fn fn, void *ctx);

#endif
