/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Is the fallback worse than the server was, is the server well again? Judged
 * once a second from what a lease has counted. Pure.
 */
#ifndef SGAP_JUDGE_H
#define SGAP_JUDGE_H

#include "pure.h"

#define SGAP_JUDGE_WINDOW 10	/* s */
#define SGAP_JUDGE_MIN 10	/* queries in the window that a judgement needs */
#define SGAP_JUDGE_WORSE 2	/* s that B must be too bad for, on end */
#define SGAP_JUDGE_WELL 50	/* per mille of failures that a server which is well may have */

enum sgap_side {
	SGAP_SIDE_SERVER,
	SGAP_SIDE_FALLBACK,
	SGAP_SIDES,
};

struct sgap_tally {
	struct sgap_detour_counts side[SGAP_SIDES];
};

struct sgap_judge {
	struct sgap_tally past[SGAP_JUDGE_WINDOW + 2];	/* a ring, one for each second */
	__u32 ticks;
	__u32 worse, well;	/* s for which it has been so, on end */
};

/* A new judgement begins; now is what was counted before. */
void sgap_judge_begin(struct sgap_judge *j, const struct sgap_tally *now);

/*
 * A second later. rollback is the share of failures, per mille, from which on B
 * is too bad (if it is worse than A), recover for how many seconds on end A must
 * be well; 0 = never. Returns SGAP_REASON_ROLLBACK, _RECOVERED or _NONE.
 */
enum sgap_lease_reason sgap_judge_tick(struct sgap_judge *j, const struct sgap_tally *now,
				       __u32 rollback, __u32 recover);

/*
 * Failures per mille of a side in the window, or -1 with too few queries. A
 * query has a second to be answered.
 */
int sgap_judge_failures(const struct sgap_judge *j, enum sgap_side side);

#endif
