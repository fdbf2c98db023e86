/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How old entries are by what the chain attests, whatever the clock says now. */
#ifndef SGAP_LEDGER_AGE_H
#define SGAP_LEDGER_AGE_H

#include <linux/types.h>

struct sgap_ledger;

/* Entries at which the clock that times are of is another one than before. */
#define SGAP_AGE_BREAKS "type IN ('clock.step', 'daemon.start', 'ledger.key', 'ledger.unsealed')"

/*
 * The last entry before the first one that is younger than age, ns; 0 = none, and never
 * entry 1. From entry to entry their times count, but not what a clock.step put the clock
 * by, and nothing of what lies between the end of a run and the next one's start: only a
 * clock that anybody may have put knows how long that was. now is by the clock of the last
 * entry, ns since 1970. Returns 0 or -errno.
 */
int sgap_ledger_older(struct sgap_ledger *l, __u64 age, __u64 now, __u64 *through);

#endif
