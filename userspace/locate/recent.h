/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest records of up to SGAP_EV_VANTAGES taps, and the verdict on them as
 * often as one likes: what stopgap locate --live and stopgapd share.
 */
#ifndef SGAP_RECENT_H
#define SGAP_RECENT_H

#include "pure.h"

struct sgap_judge;
struct sgap_recent;
struct sgap_verdict;

/* now: ns, when it begins to look. NULL without memory. */
struct sgap_recent *sgap_recent_new(__u64 now);
void sgap_recent_free(struct sgap_recent *r);

/* The vantage point of that name; a new one when there is none. -ENOSPC: too many. */
int sgap_recent_vantage(struct sgap_recent *r, const char *name);

/* Keep a copy, if it is a TXN or LINK record. Returns 0 or -ENOMEM. */
int sgap_recent_keep(struct sgap_recent *r, int vantage, const struct sgap_rec *rec);

/* So many records of the vantage point were lost, in all; returns how many more than before. */
__u64 sgap_recent_lost(struct sgap_recent *r, int vantage, __u64 lost);

/* Records that came since the last judgement. */
__u64 sgap_recent_fresh(const struct sgap_recent *r);

/* Judge what is kept. fn gets evidence and verdict, which end with its return;
 * what it returns is returned, or -ENOMEM. Nobody is accused of what has not
 * lasted for SGAP_STANDS_NS: until then fn is not called. */
#define SGAP_STANDS_NS	(2 * SGAP_NS_PER_S)
typedef int (*sgap_recent_fn)(void *ctx, const struct sgap_judge *j, const struct sgap_verdict *v);
int sgap_recent_judge(struct sgap_recent *r, __u64 now, sgap_recent_fn fn, void *ctx);

#endif
