/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why does a server refuse? What two rules weigh alike, each for itself. */
#ifndef SGAP_REFUSAL_H
#define SGAP_REFUSAL_H

#include "rules.h"

#define SGAP_REFUSAL_PREFIXES 32u

/* Counts of a server's refusals while a finding lasts. */
struct sgap_refusal {
	__u32 refused, ra;	/* refusals, and those that offer recursion */
	__u32 edns, prohibited, notauth;	/* with OPT; of them EDE 18, EDE 20 */
	__u32 header_only;
	__u32 recursed;		/* answers before it began that offered recursion */
	__u32 own;		/* answers with AA, or referrals */
	__u32 misses_ok;	/* good answers that were not in its cache */
	struct sgap_refusal_prefix {
		struct sgap_addr net;	/* client's /24 or /64 */
		struct sgap_tally t;	/* refused */
		struct sgap_tally silent;
	} prefix[SGAP_REFUSAL_PREFIXES];
	__u32 nprefixes;
};

void sgap_refusal_count(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
			struct sgap_refusal *r);

/* Do some prefixes get answers where others get none? */
bool sgap_refusal_by_prefix(const struct sgap_refusal *r);

/* How likely access control is the reason, and not that recursion is off. */
double sgap_refusal_acl(const struct sgap_refusal *r);

/* The prefix of a client that is taken as one network. */
struct sgap_addr sgap_prefix_of(const struct sgap_addr *a);

#endif
