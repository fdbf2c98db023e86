/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What takes more than one transaction to see. */
#ifndef SGAP_DERIVE_H
#define SGAP_DERIVE_H

#include <stddef.h>

struct sgap_ev;

/* Order the observations, join those that belong together, infer roles. Returns 0 or -ENOMEM. */
int sgap_derive(struct sgap_ev *ev);

/* Infer what each host is from whom it asks and who asks it. */
void sgap_derive_roles(struct sgap_ev *ev);

/* Compare what servers say to the same questions. Returns 0 or -ENOMEM. */
int sgap_derive_compare(struct sgap_ev *ev);

/*
 * Memory, not zeroed, in whole cache lines: in few large pages when it is much, since to
 * touch each small one for the first time is a good part of what a capture costs.
 */
void *sgap_ev_room(size_t size);

#endif
