/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of the rules: tallies, their likelihood, the moment of change. */
#ifndef SGAP_TALLY_H
#define SGAP_TALLY_H

#include "pure.h"

/* So many bad ones of so many. */
struct sgap_tally {
	__u32 bad;
	__u32 all;
};

static inline void sgap_tally_add(struct sgap_tally *t, bool bad)
{
	t->bad += bad;
	t->all++;
}

static inline double sgap_share(struct sgap_tally t)
{
	return t.all ? (double)t.bad / t.all : 0.0;
}

/* The lowest and highest share that t is still likely to come from (Wilson, 95 %). */
double sgap_share_low(struct sgap_tally t);
double sgap_share_high(struct sgap_tally t);

/* Log-likelihood, in nats, of t under its own share. */
double sgap_loglik(struct sgap_tally t);

/* How much likelier two shares are than one. */
double sgap_gain(struct sgap_tally a, struct sgap_tally b);

/*
 * The cut of a 0/1 series of n that makes it likeliest: [0, *from) lower,
 * [*from, *to) higher, [*to, n) lower again. *from = 0: high from the start;
 * *to = n: still high. Returns the gain over no cut at all, in nats.
 */
double sgap_cut(const __u8 *bad, __u32 n, __u32 *from, __u32 *to);

/* The value of rank permille of v[0 ... n), which is reordered; 0 when n is 0. */
__u32 sgap_select(__u32 *v, __u32 n, __u32 permille);

#endif
