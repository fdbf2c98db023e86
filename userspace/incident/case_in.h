/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The incidents' inside, for their own files. */
#ifndef SGAP_INCIDENT_CASE_IN_H
#define SGAP_INCIDENT_CASE_IN_H

#include "case.h"
#include "leases.h"
#include "seconds.h"

#define SGAP_CASES_WELL 950u		/* of the queries of a second */
#define SGAP_CASES_UNSAID 3u	/* verdicts in a row that end what only they see */

struct sgap_cases_tap {
	char name[16];
	struct sgap_seconds *seconds;
	__u64 began;		/* second of its first record */
	__u64 last;		/* second of its latest record */
	bool answered;		/* an answer was seen: it is no one-sided capture */
	__u64 stated;		/* own states are judged up to this second */
	__u8 state[SGAP_SECONDS_SERVERS];
};

struct sgap_cases {
	struct sgap_cases_cfg cfg;
	sgap_cases_fn fn;
	void *ctx;
	struct sgap_case *open[SGAP_CASES_OPEN];
	__u32 n;
	__u64 next;
	struct sgap_cases_tap tap[SGAP_CASE_TAPS];
	__u32 ntaps;
	struct sgap_leases leases;
	char said[48];		/* whom the verdict before blamed; "-" = nobody */
	__u32 said_n;		/* how often in a row */
	char *answer;		/* the last verdict's JSON */
	struct { char address[48]; __u64 until; } past[8];	/* closed ones */
	__u32 npast;
};

/* An entry about c that carries its snapshot. */
void sgap_cases_emit(struct sgap_cases *cs, struct sgap_case *c, __u64 now, const char *type,
		     json_t *payload);
/* Set a stage of its clock, or (ts 0) take it back. */
void sgap_cases_stage(struct sgap_cases *cs, struct sgap_case *c, __u64 now, int stage, __u64 ts);
/* NULL when there is none of that name. */
struct sgap_cases_tap *sgap_cases_tap(struct sgap_cases *cs, const char *name);

#endif
