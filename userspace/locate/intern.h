/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and names -> small numbers. Number 0 is what found no room. */
#ifndef SGAP_INTERN_H
#define SGAP_INTERN_H

#include "evidence.h"

/* Returns 0 or -ENOMEM. */
int sgap_intern_init(struct sgap_ev *ev);
void sgap_intern_free(struct sgap_ev *ev);

__u32 sgap_intern_host(struct sgap_ev *ev, const __u8 *addr);

/* One that an answer names, or that may be none of ours: half of the numbers are left. */
__u32 sgap_intern_other(struct sgap_ev *ev, const __u8 *addr);

/* 0 when it has no number. */
__u32 sgap_host_of(struct sgap_ev *ev, const __u8 *addr);

/*
 * The name at p (wire form, len bytes), and with it all its ancestors. When
 * there is no room for it, the nearest ancestor that is known.
 */
__u32 sgap_intern_name(struct sgap_ev *ev, const __u8 *p, __u32 len);

/*
 * What the record will be looked up by comes from memory meanwhile, all at once. Returns a
 * hash of its name in lower case.
 */
__u64 sgap_intern_ahead(const struct sgap_ev *ev, const struct sgap_rec_txn *r);

/* Find all by the numbers that they have now. */
void sgap_intern_reindex(struct sgap_ev *ev);

#endif
