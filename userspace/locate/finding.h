/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule says, and what all rules share. */
#ifndef SGAP_FINDING_H
#define SGAP_FINDING_H

#include "evidence.h"
#include "tally.h"

#define SGAP_FACTS 6		/* counts that a finding shows */
#define SGAP_FACT_IDS 3	/* records that it names: the first ones that count */
#define SGAP_SCOPE 8		/* prefixes, zones, types that it names */
#define SGAP_FINDINGS 96
#define SGAP_NOW_NS (10 * SGAP_NS_PER_S)	/* the last window: who is hurt now */

enum sgap_helps {
	SGAP_HELPS_UNKNOWN,
	SGAP_HELPS_YES,
	SGAP_HELPS_PARTLY,
	SGAP_HELPS_NO,
	SGAP_HELPS_NA,		/* nothing to go round */
};

/* One count before the onset and after it. */
struct sgap_fact {
	char what[64];
	struct sgap_tally before, after;
	__u64 ids[SGAP_FACT_IDS];
	__u32 nids;
};

struct sgap_cause;

/**
 * struct sgap_finding - one explanation of what is wrong
 * @cause:	its row in the table of causes
 * @role:	who is to blame; its cause's unless the rule knows better
 * @host:	and by which address; 0 = none on the wire
 * @behind:	the server that clients see failing because of it; 0 = itself
 * @twin:	the same host's address of the other family
 * @since, @until: first anomalous packet; @until 0 = goes on
 * @certain:	how sure the rule is of cause and address, if the set is right: 0 to 1
 * @in:		the transactions that it says go bad, one bit per observation
 * @bad:	those of them, and of all, that it calls bad; NULL = those that failed
 * @gain:	nats by which it makes the outcomes likelier
 * @confidence:	in cause and blame; filled in by the judge
 * @blamed:	in the blame alone, when several causes lead to the same one
 */
struct sgap_finding {
	const struct sgap_cause *cause;
	enum sgap_role role;
	__u32 host;
	__u32 behind;		/* the server that shows it; 0 = the same */
	__u32 twin;		/* the same host's address of the other family; 0 = none */
	__u64 since, until;
	double certain, gain, confidence, blamed;
	enum sgap_helps helps;	/* UNKNOWN = by the cause and by who else is well */
	__u32 detour_to;
	struct sgap_tally before, in_set, out_set;
	struct sgap_tally elsewhere;	/* the set, as other vantage points' clients see it */
	struct sgap_fact facts[SGAP_FACTS];
	__u32 nfacts;
	__u32 zones[SGAP_SCOPE], nzones;
	__u16 types[SGAP_SCOPE];
	__u32 ntypes;
	__u8 transports;	/* 1 = UDP, 2 = TCP */
	__u8 island;		/* the network that it is about */
	__u8 harmless;		/* listed, never the verdict */
	__u8 spared;		/* another server was seen to do well what it does not */
	__u32 clients, queries;	/* bad within SGAP_NOW_NS of the end: distinct ones, and of all
				 * transactions, not of those kept alone */
	char detail[160];	/* a clause for the text: which zone, which upstream */
	/* What only asking told; all zero and "" = nothing. */
	struct sgap_addr asked_host, asked_to;
	char asked_why[192];
	__u64 *in;
	__u64 *bad;
};

static inline bool sgap_during(const struct sgap_finding *f, __u64 ts)
{
	return ts >= f->since && (!f->until || ts <= f->until);
}

/* May a claim of the island that is judged look at an observation? */
enum sgap_scope {
	SGAP_SCOPE_OUT,
	SGAP_SCOPE_HERE,	/* by an over() of its own */
	SGAP_SCOPE_USUAL,	/* by default too */
};

struct sgap_judge;

typedef void (*sgap_rule_fn)(struct sgap_judge *j);

/**
 * struct sgap_cause - one row of docs/verdicts.md
 * @id:		stable name
 * @role:	who is to blame for it
 * @helps:	would a detour help, when another server is well
 * @what:	clause after "ADDRESS ": what is wrong
 * @ask:	what to ask its owner for
 * @ref:	references, separated by ;
 * @rule:	finds it; NULL when another cause's rule does
 */
struct sgap_cause {
	const char *id;
	enum sgap_role role;
	enum sgap_helps helps;
	const char *what;
	const char *ask;
	const char *ref;
	sgap_rule_fn rule;
};

extern const struct sgap_cause sgap_causes[];

const struct sgap_cause *sgap_cause_by_id(const char *id);

#define SGAP_ZONES 4u	/* looked at */

/* Zones that fail by themselves, the worst first. */
struct sgap_zones {
	bool known;
	__u32 n;
	__u32 zone[SGAP_ZONES];
};

/**
 * struct sgap_judge - the evidence and what was found in it
 * @ev:		read-only
 * @findings:	in order of discovery, then of confidence
 */
struct sgap_judge {
	const struct sgap_ev *ev;
	struct sgap_finding *findings;
	__u32 nfindings;
	size_t words;		/* of a bit set */
	__u8 *series;		/* scratch, one byte per observation */
	__u32 *series_obs;
	__u64 *wide;		/* scratch, one number per question */
	__u32 *tree;		/* scratch, one number per name */
	struct sgap_tally *net;	/* by ev->network: room for what a rule counts there */
	__u32 *twin;		/* of each host: the same server's other address; 0 = none known */
	__u32 *client;		/* scratch, one number per host */
	__u32 *seat;		/* scratch of sgap_clients_at(): a host's place in its list */
	__u8 *scope;		/* of each observation, for the island: enum sgap_scope */
	bool onward;		/* what is judged is what servers ask, for want of clients */
	__u32 home;		/* the vantage point whose clients are judged */
	__u8 *islands;		/* of each host: which network it is of; 0 = none */
	__u8 island;		/* the one that is judged now */
	struct sgap_zones zones;	/* of that */
	__u64 *bits;		/* the sets of all findings */
};

/* How every claim's argument begins; the rest of it is the rule's. */
struct sgap_at {
	__u32 host;		/* server; 0 = any */
};

/* Is this observation one of the finding's? arg is the rule's own. */
typedef bool (*sgap_obs_fn)(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);

/**
 * struct sgap_claim - a set of transactions of which a rule says: these go bad
 * @cause:	why
 * @host:	whose; 0 = several servers
 * @client:	what @in holds for is this client's alone; 0 = several clients'
 * @in:		is it in the set
 * @bad:	did it go bad; NULL = sgap_obs_failed()
 * @over:	is it to be looked at, at all; NULL = all that count
 * @arg:	for the three; begins with struct sgap_at
 * @floor:	share of the set that must be bad
 * @swallowed:	what goes bad gets no answer: what lies before a server may do it too
 * @loose:	what is outside may be as bad: other servers have faults of their own
 */
struct sgap_claim {
	const char *cause;
	__u32 host, client;
	sgap_obs_fn in, bad, over;
	const void *arg;
	double floor;
	bool swallowed;
	bool loose;
};

/*
 * Try a claim: find its onset, count before, in and outside, and add a finding
 * when the set goes bad and what is outside does so less. Returns it, for the
 * rule to complete, or NULL. It lives until the next claim.
 */
struct sgap_finding *sgap_claim(struct sgap_judge *j, const struct sgap_claim *c);

/* Take the finding made last away again. */
void sgap_unclaim(struct sgap_judge *j);

/* The finding begins with the first such transaction that leads up to it without a gap. */
void sgap_walk_back(const struct sgap_judge *j, struct sgap_finding *f, sgap_obs_fn in,
		    sgap_obs_fn bad, const void *arg);

/* Add a count to a finding; pred over all observations that are in its set or not. */
struct sgap_fact *sgap_fact(struct sgap_judge *j, struct sgap_finding *f, const char *what,
			    sgap_obs_fn of, sgap_obs_fn bad, const void *arg);

/* Is this transaction one to be judged by, and not another place's or network's? */
static inline bool sgap_here(const struct sgap_judge *j, const struct sgap_obs *o)
{
	return sgap_obs_counts(o) && (o->marks & SGAP_OBS_ONWARD || o->vantage == j->home) &&
	       j->islands[o->client] == j->island;
}

static inline bool sgap_bit(const __u64 *set, __u32 i)
{
	return set[i / 64] >> (i % 64) & 1;
}

static inline void sgap_bit_set(__u64 *set, __u32 i)
{
	set[i / 64] |= 1ULL << (i % 64);
}

#endif
