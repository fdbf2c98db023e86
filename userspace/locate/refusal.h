/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why does a server refuse? What two rules weigh alike, each for itself. */
#ifndef SGAP_REFUSAL_H
#define SGAP_REFUSAL_H

#include "rules.h"

/* Counts of a server's refusals while a finding lasts. */
struct sgap_refusal {
	__u32 refused, ra;	/* refusals, and those that offer recursion */
	__u32 edns, prohibited, notauth;	/* with OPT; of them EDE 18, EDE 20 */
	__u32 unproven;		/* nobody answered it at any time */
	__u32 nobodys;		/* of these, another server was asked as well */
	__u32 header_only;
	__u32 recursed;		/* answers before it began that offered recursion */
	__u32 own;		/* answers with AA, or referrals */
	__u32 misses_ok, hits_ok;	/* good answers that were not in its cache, and that were */
	const struct sgap_tally *net;	/* the judge's, by ev->network, until the next count */
	bool by_network;	/* some get answers where others do not */
};

/* bad: the outcome that networks are told apart by. */
void sgap_refusal_count(struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
			enum sgap_class bad, struct sgap_refusal *r);

/* Does most of what the observation's network asks end so? */
bool sgap_refusal_there(const struct sgap_ev *ev, const struct sgap_obs *o,
			const struct sgap_refusal *r);

/* How likely access control is the reason, and not that recursion is off. */
double sgap_refusal_acl(const struct sgap_refusal *r);

/*
 * Are they about what is asked, and not about who asks: a name that no server gives, or that those
 * ask for who never were served there, as health checks and scans do?
 */
bool sgap_refusal_by_name(const struct sgap_refusal *r, const struct sgap_finding *f);

#endif
