/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What takes more than one transaction to see. */
#ifndef SGAP_DERIVE_H
#define SGAP_DERIVE_H

#include "evidence.h"

/* Order the observations, join those that belong together, infer roles. Returns 0 or -ENOMEM. */
int sgap_derive(struct sgap_ev *ev);

/* Infer what each host is from whom it asks and who asks it. */
void sgap_derive_roles(struct sgap_ev *ev);

/* Compare what servers say to the same questions. Returns 0 or -ENOMEM. */
int sgap_derive_compare(struct sgap_ev *ev);

/* Numbers that are given out alike are each mixed in: one on the other they would be nothing. */
static inline __u64 sgap_numbers_mix(__u32 a, __u32 b, __u32 c)
{
	return sgap_mix(sgap_mix(sgap_mix(0, a), b), c);
}

/*
 * Memory, not zeroed, in whole cache lines: in few large pages when it is much, since to
 * touch each small one for the first time is a good part of what a capture costs.
 */
void *sgap_ev_room(size_t size);

#endif
