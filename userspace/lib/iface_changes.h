/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed of an interface from one picture of it to the next. */
#ifndef SGAP_IFACE_CHANGES_H
#define SGAP_IFACE_CHANGES_H

#include "iface.h"

#define SGAP_IFACE_CHANGE_TEXT 96

/*
 * One change. what is "GROUP.NAME" of a parameter, "offload NAME", "SOURCE NAME" of a counter, or
 * "fec modes", "qdisc", "driver", "firmware", "address"; before and after are values as words, or
 * numbers with their unit; "unknown" where the interface does not say. All live during the call.
 */
typedef void (*sgap_iface_change_fn)(void *ctx, const char *what, const char *before,
				     const char *after);

/*
 * Tell fn of each parameter and offload that is another one in now than in before, and of each
 * counter of errors or drops that rose. Both are of the same interface, from sgap_iface_get().
 */
void sgap_iface_changes(const struct sgap_iface *before, const struct sgap_iface *now,
			sgap_iface_change_fn fn, void *ctx);

#endif
