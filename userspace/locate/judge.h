/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the rules over the evidence and weighs what they found. */
#ifndef SGAP_JUDGE_H
#define SGAP_JUDGE_H

#include "finding.h"

#define SGAP_ACCUSE 0.5		/* least confidence in who is to blame, whatever the cause */
#define SGAP_NAME 0.3		/* and in the cause that is named */
#define SGAP_ENOUGH 20u		/* transactions below which nothing is said */

struct sgap_refined;

/* What is missing to judge by. */
enum sgap_lacks {
	SGAP_LACKS_NOTHING,
	SGAP_LACKS_MORE,	/* transactions */
	SGAP_LACKS_ANSWERS,	/* one-sided: nothing that came back was seen, of any server */
	SGAP_LACKS_QUERIES,	/* one-sided: answers to questions that were not seen */
};

/**
 * struct sgap_verdict - the answer
 * @best:	the finding it rests on, first of the judge's; NULL = nobody
 * @refined:	what asking made of it, @best is its finding then; NULL = nobody was asked
 * @lacks:	why it is not known who is at fault, if anybody is
 * @judged:	how many there were
 * @confidence:	in @best, or in nobody's being at fault
 */
struct sgap_verdict {
	const struct sgap_finding *best;
	const struct sgap_refined *refined;
	enum sgap_lacks lacks;
	__u32 judged;
	double confidence;
};

/* ev as left by sgap_ev_finish(). Returns NULL without memory. */
struct sgap_judge *sgap_judge_new(const struct sgap_ev *ev);
void sgap_judge_free(struct sgap_judge *j);

/* Run all rules and fill in the verdict. Returns 0 or -ENOMEM. */
int sgap_judge_run(struct sgap_judge *j, struct sgap_verdict *v);

#endif
