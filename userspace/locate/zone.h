/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zone whose names fail while others are fine: what the rules of zones share. */
#ifndef SGAP_ZONE_H
#define SGAP_ZONE_H

#include "rules.h"

struct sgap_zone_at {
	struct sgap_at at;
	__u32 zone;
};

/* How a zone fails, and what its authoritative servers are seen to do. */
struct sgap_zone_facts {
	__u32 failed, slow;	/* at the resolvers; of them silent or after a second */
	__u32 ended;		/* of them too: not only late, or very late */
	__u32 validation;	/* with EDE 6 to 12 */
	__u32 unreachable;	/* with EDE 22 or 23 (RFC 8914 sections 4.23 and 4.24) */
	__u32 expired;		/* with EDE 24, or an EXTRA-TEXT that says so */
	__u32 resolvers, bad_resolvers;	/* that were asked for it, and that fail it */
	__u32 prompt;		/* resolvers that never took a second, from the start */
	__u32 is_signed;	/* names known to be of a signed zone */
	__u32 checked_off;	/* CD=1 and answered */
	__u32 silent_edns;	/* SERVFAIL with OPT and no EDE: who validates mostly says so */
	__u32 fetched;		/* answered since, and only the zone's servers can have told */
	__u32 fresh_ok, fresh;	/* not cached, once it had begun: answered, of all */
	/* The server that points to the zone's own, which are hardly asked then. */
	__u32 parent;		/* 0 = not seen, or they are asked */
	/* Seen from the resolvers' other side: the worst of the zone's servers. */
	struct sgap_zone_auth {
		__u32 host;	/* 0 = not seen */
		__u32 asked, silent, refused, servfail, referral, good, expired;
		__u32 looped;	/* SERVFAIL with authority or with records: it has the zone */
	} auth;
	__u32 serve;	/* servers of the zone that answer as ever */
	bool onward;	/* no resolver's clients are seen */
};

/* Did resolvers say of failures enough that they reached nobody? */
static inline bool sgap_zone_unreached(const struct sgap_zone_facts *z)
{
	return z->unreachable && z->unreachable * 5 >= z->failed;
}

/*
 * Do some resolvers take long over it, and others never? Silence is slow and a refusal quick at
 * any: how long to follow what leads nowhere is each one's own.
 */
static inline bool sgap_zone_divides(const struct sgap_zone_facts *z)
{
	return z->prompt && z->slow * 5 >= z->failed;
}

/* Front servers' transactions for names at or below the zone; arg begins with sgap_zone_at. */
bool sgap_in_zone(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);

/* The name that most of what the server gave and is bad lies below; 0 = none. */
__u32 sgap_subtree(const struct sgap_judge *j, __u32 host, sgap_obs_fn bad);

/*
 * Claim that the zones which explain failures best, by themselves, fail for a cause; how certain
 * it is follows from the facts. by_parent: it may be the doing of who points to the zone's servers.
 */
void sgap_zone_rule(struct sgap_judge *j, const char *cause,
		    double (*certain)(const struct sgap_zone_facts *z), bool by_parent);

#endif
