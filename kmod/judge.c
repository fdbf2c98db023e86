// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "judge.h"

#define PAST (SGAP_JUDGE_WINDOW + 2)

/* As counted n seconds ago, or at the beginning if that is less long ago. */
static const struct sgap_detour_counts *ago(const struct sgap_judge *j, enum sgap_side side,
					    __u32 n)
{
	return &j->past[(j->ticks - (n < j->ticks ? n : j->ticks)) % PAST].side[side];
}

int sgap_judge_failures(const struct sgap_judge *j, enum sgap_side side)
{
	const struct sgap_detour_counts *now = ago(j, side, 0), *then;
	__u64 queries, good;

	then = ago(j, side, SGAP_JUDGE_WINDOW + 1);
	queries = ago(j, side, 1)->queries - then->queries;
	if (queries < SGAP_JUDGE_MIN)
		return -1;
	/* as long, a second later */
	then = ago(j, side, j->ticks <= SGAP_JUDGE_WINDOW ? j->ticks - 1 : SGAP_JUDGE_WINDOW);
	good = (now->answers - now->bad) - (then->answers - then->bad);
	if (good >= queries)
		return 0;
	/* 32 bits are enough for a window, and 64-bit division is dear in places */
	return (int)((__u32)(queries - good) * 1000ULL / (__u32)queries);
}

void sgap_judge_begin(struct sgap_judge *j, const struct sgap_tally *now)
{
	memset(j, 0, sizeof(*j));
	j->past[0] = *now;
}

enum sgap_lease_reason sgap_judge_tick(struct sgap_judge *j, const struct sgap_tally *now,
				       __u32 rollback, __u32 recover)
{
	int a, b;

	j->ticks++;
	j->past[j->ticks % PAST] = *now;
	a = sgap_judge_failures(j, SGAP_SIDE_SERVER);
	b = sgap_judge_failures(j, SGAP_SIDE_FALLBACK);
	j->worse = b >= 0 && (__u32)b >= rollback && b > a ? j->worse + 1 : 0;
	j->well = a >= 0 && a < SGAP_JUDGE_WELL ? j->well + 1 : 0;
	if (rollback && j->worse >= SGAP_JUDGE_WORSE)
		return SGAP_REASON_ROLLBACK;
	return recover && j->well >= recover ? SGAP_REASON_RECOVERED : SGAP_REASON_NONE;
}
