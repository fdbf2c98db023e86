/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was seen to work before the records that are still kept: a tap is looked at for longer
 * than these reach back. Bounded: what the next evidence does not have is forgotten.
 */
#ifndef SGAP_KNOWN_H
#define SGAP_KNOWN_H

#include "evidence.h"

struct sgap_known {
	__u64 *slot;		/* hashes; 0 = free */
	__u32 mask;
};

/*
 * Tell finished evidence what is known: SGAP_NAME_WORKED, SGAP_HOST_ANSWERED; and learn from it
 * for the next time. Returns 0 or -ENOMEM, when nothing has changed.
 */
int sgap_known_recall(struct sgap_known *known, struct sgap_ev *ev);

void sgap_known_free(struct sgap_known *known);

#endif
