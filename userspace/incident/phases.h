/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a detour changed over time: on A before it, on B while it was on, on A after
 * it. Pure: from the counts of an incident's seconds.
 */
#ifndef SGAP_INCIDENT_PHASES_H
#define SGAP_INCIDENT_PHASES_H

#include <jansson.h>

#include "lib/effect.h"

#define SGAP_PHASES_SWITCHES 64u	/* starts and ends that are kept; later ones are not */

/**
 * struct sgap_phase - the seconds of one phase
 * @seconds:	in which somebody asked
 * @queries:	in all of them
 * @failed:	of these
 * @qq:		sum of the squares of each second's queries
 * @qf:		sum of its queries times its failed ones
 * @ff:		sum of the squares of its failed ones
 */
struct sgap_phase {
	__u32 seconds;
	double queries, failed, qq, qf, ff;
};

/* A second of so many queries, failed of them without a useful answer. */
void sgap_phase_add(struct sgap_phase *p, double queries, double failed);

/**
 * sgap_phase_share() - its share of failures, and of how many queries it tells as much
 *
 * Queries of one second fail together more often than chance would have it. So a
 * second is what is drawn: the variance of the share between seconds, over that of as
 * many queries each by itself, if it is more, says by how much fewer they count
 * (a cluster sample's design effect: Cochran, Sampling Techniques, 1977, 9A).
 */
struct sgap_share sgap_phase_share(const struct sgap_phase *p);

/**
 * struct sgap_switches - when the detour came and went, in turns, beginning with a start
 * @at:		s since 1970, rising
 * @n:		of them
 */
struct sgap_switches {
	__u64 at[SGAP_PHASES_SWITCHES];
	__u32 n;
};

/* At second at it is on, or off: nothing when it was before. */
void sgap_switches_add(struct sgap_switches *sw, __u64 at, bool on);

/**
 * sgap_phases_json() - the lease's "phases" of incident.json
 * @asked:	numbers, one for each second from start on; null = not known
 * @ok:		likewise, of these the ones with a useful answer
 * @onset:	second in which the trouble began
 *
 * Before: from the onset's second (not in it) to the first start. The second of a
 * start or an end is left out, and the one before it: what says so comes late.
 *
 * Return: an object, or null when the detour was never on; to be freed.
 */
json_t *sgap_phases_json(const json_t *asked, const json_t *ok, __u64 start, __u64 onset,
			 const struct sgap_switches *sw);

#endif
