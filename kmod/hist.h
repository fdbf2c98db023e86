/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The RTT histogram of the uapi: bins of SGAP_HIST_BINS, in microseconds. */
#ifndef SGAP_HIST_H
#define SGAP_HIST_H

#include "pure.h"

/* The bin that holds us. */
static inline unsigned int sgap_hist_bin(__u64 us)
{
	unsigned int msb, bin;

	if (us < 8)
		return (unsigned int)us;
	msb = 63 - (unsigned int)__builtin_clzll(us);
	bin = (msb - 2) * 8 + (unsigned int)((us >> (msb - 3)) & 7);
	return bin < SGAP_HIST_BINS ? bin : SGAP_HIST_BINS - 1;
}

/* The smallest value of a bin, in us. */
static inline __u64 sgap_hist_low(unsigned int bin)
{
	if (bin < 8)
		return bin;
	return (8ULL + (bin & 7)) << (bin / 8 - 1);
}

/* The middle of a bin, in us: within 6.25 % of each value in it. */
static inline __u64 sgap_hist_mid(unsigned int bin)
{
	if (bin < 8)
		return bin;
	return sgap_hist_low(bin) + ((1ULL << (bin / 8 - 1)) >> 1);
}

#endif
