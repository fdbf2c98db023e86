/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules, and the predicates that several of them use. */
#ifndef SGAP_RULES_H
#define SGAP_RULES_H

#include "finding.h"
#include "wire.h"

#define SGAP_SERVER_MIN 8u	/* transactions before a server is looked at */

void sgap_rule_server_dead(struct sgap_judge *j);
void sgap_rule_service_stopped(struct sgap_judge *j);
void sgap_rule_refused_acl(struct sgap_judge *j);
void sgap_rule_recursion_disabled(struct sgap_judge *j);
void sgap_rule_forwarder_dead(struct sgap_judge *j);
void sgap_rule_forwarder_refuses(struct sgap_judge *j);
void sgap_rule_forward_loop(struct sgap_judge *j);
void sgap_rule_no_upstream(struct sgap_judge *j);
void sgap_rule_trust_anchor(struct sgap_judge *j);
void sgap_rule_edns_dropped(struct sgap_judge *j);
void sgap_rule_edns_mishandled(struct sgap_judge *j);
void sgap_rule_path_loss(struct sgap_judge *j);
void sgap_rule_path_filtered(struct sgap_judge *j);
void sgap_rule_routing_loop(struct sgap_judge *j);
void sgap_rule_wrong_address(struct sgap_judge *j);
void sgap_rule_type_dropped(struct sgap_judge *j);
void sgap_rule_aaaa(struct sgap_judge *j);
void sgap_rule_unknown_type(struct sgap_judge *j);
void sgap_rule_server_overloaded(struct sgap_judge *j);
void sgap_rule_server_slow(struct sgap_judge *j);
void sgap_rule_path_slow(struct sgap_judge *j);
void sgap_rule_rate_limited(struct sgap_judge *j);
void sgap_rule_acl_drop(struct sgap_judge *j);
void sgap_rule_family(struct sgap_judge *j);
void sgap_rule_tcp_refused(struct sgap_judge *j);
void sgap_rule_tcp_blocked(struct sgap_judge *j);
void sgap_rule_tcp_exhausted(struct sgap_judge *j);
void sgap_rule_fragments(struct sgap_judge *j);
void sgap_rule_pmtu(struct sgap_judge *j);
void sgap_rule_nat(struct sgap_judge *j);
void sgap_rule_authoritative_dead(struct sgap_judge *j);
void sgap_rule_lame_delegation(struct sgap_judge *j);
void sgap_rule_zone_expired(struct sgap_judge *j);
void sgap_rule_zone_bogus(struct sgap_judge *j);
void sgap_rule_zone_data(struct sgap_judge *j);
void sgap_rule_nx_rewritten(struct sgap_judge *j);
void sgap_rule_intercepted(struct sgap_judge *j);
void sgap_rule_intercepted_nx(struct sgap_judge *j);
void sgap_rule_wrong_answers(struct sgap_judge *j);
void sgap_rule_one_address(struct sgap_judge *j);
void sgap_rule_zone_shadowed(struct sgap_judge *j);
void sgap_rule_ttl(struct sgap_judge *j);
void sgap_rule_case(struct sgap_judge *j);
void sgap_rule_stale_zone(struct sgap_judge *j);
/* Called by the rule before where that finds nothing; for the same cause. */
void sgap_rule_stale_lookups(struct sgap_judge *j);
void sgap_rule_client_misconfigured(struct sgap_judge *j);
void sgap_rule_client_flood(struct sgap_judge *j);
void sgap_rule_client_loop(struct sgap_judge *j);
void sgap_rule_search_storm(struct sgap_judge *j);
void sgap_rule_client_unreachable(struct sgap_judge *j);
void sgap_rule_link(struct sgap_judge *j);

/* Is s a server that clients ask, and often enough? */
bool sgap_is_front(const struct sgap_judge *j, const struct sgap_ev_server *s);

/* The types that are asked, once each; returns how many. */
__u32 sgap_types(const struct sgap_judge *j, __u16 *types, __u32 max);

/* A copy of a zone follows its primary some time after (RFC 1996): it is stale when it did not. */
#define SGAP_LAG_NS (10 * SGAP_NS_PER_S)

/* Different names, as many as a rule wants to have seen. */
#define SGAP_FEW 4u

struct sgap_few {
	__u32 name[SGAP_FEW], n;
};

static inline void sgap_few_add(struct sgap_few *f, __u32 name)
{
	__u32 i;

	for (i = 0; i < f->n && f->name[i] != name; i++)
		;
	if (i == f->n && i < SGAP_FEW)
		f->name[f->n++] = name;
}

/* Boyer and Moore's majority: what more than half of the votes are for, if anything is. */
struct sgap_vote {
	__u32 leader, n;
};

static inline void sgap_vote_add(struct sgap_vote *v, __u32 number)
{
	if (!v->n)
		v->leader = number;
	if (v->leader == number)
		v->n++;
	else
		v->n--;
}

/* Call fn for each front server. */
void sgap_each_front(struct sgap_judge *j, void (*fn)(struct sgap_judge *j, __u32 host));

/* Sets: arg begins with struct sgap_at. */
bool sgap_in_server(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_in_miss(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_in_hit(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_in_any(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);

/* Outcomes. */
bool sgap_bad_unanswered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_bad_on_way(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_bad_failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_bad_refused(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);
bool sgap_bad_servfail(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);

/* ICMP says: nothing listens there (from the host itself). */
bool sgap_is_port_unreachable(const struct sgap_obs *o);
/* ICMP says: a filter forbids it. */
bool sgap_is_prohibited(const struct sgap_obs *o);
/* ICMP says: the packet circled. */
bool sgap_is_time_exceeded(const struct sgap_obs *o);

/* Outcomes in the finding's set that pred holds for. */
__u32 sgap_count_in(const struct sgap_judge *j, const struct sgap_finding *f, sgap_obs_fn pred,
		    const void *arg);

/*
 * Outcomes of servers other than the finding's host while it lasts: all, and failed ones. Who was
 * never heard at all is no measure.
 */
struct sgap_tally sgap_others(const struct sgap_judge *j, const struct sgap_finding *f);
/* The same before it began. */
struct sgap_tally sgap_others_before(const struct sgap_judge *j, const struct sgap_finding *f);
/* While it lasts, of those that over() holds for. */
struct sgap_tally sgap_others_of(const struct sgap_judge *j, const struct sgap_finding *f,
				 sgap_obs_fn over, const void *arg);

/*
 * How many servers (or clients) with enough of the finding's set go bad alike? 0 when
 * one is spared, as chance would not have it.
 */
__u32 sgap_alike(const struct sgap_judge *j, const struct sgap_finding *f, sgap_obs_fn bad,
		 const void *arg, bool clients);

/*
 * Does what in() holds for, beside the finding's set, go bad about as much, when what a cache has
 * is left out? Then it is what is looked up that fails, and not this set.
 */
bool sgap_misses_alike(const struct sgap_judge *j, const struct sgap_finding *f, sgap_obs_fn in,
		       sgap_obs_fn bad, const void *arg);

/*
 * Who gets no answer asks again, who gets one does not: when its silent ones are not
 * asked again more than others are, it is the capture that lacks the answers.
 */
bool sgap_unfelt(const struct sgap_judge *j, const struct sgap_finding *f);

/*
 * Do its host's answers come from another distance than before? Then somebody else may answer:
 * another one of the same address (anycast), or whoever is in between.
 */
bool sgap_moved(const struct sgap_judge *j, const struct sgap_finding *f);

/* QTYPEs and meta-TYPEs (RFC 6895 section 3.1): no records, and a server may well refuse them. */
static inline bool sgap_is_meta(const struct sgap_obs *o)
{
	return o->qtype >= 128 && o->qtype <= 255;
}

/* Do queries from ports in use get their answers at host (0: at any), and new ports' do not? */
bool sgap_spares_used_ports(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host);

/* Did somebody else look its name up since, and get other data than it? */
bool sgap_others_stand(const struct sgap_ev *ev, const struct sgap_obs *o, __u64 since);

/* Quantile of the first-copy RTT, us, of answered ones that of() holds for, in [from, to). */
__u32 sgap_rtt(const struct sgap_judge *j, sgap_obs_fn of, const void *arg, __u64 from, __u64 to,
	       __u32 permille, __u32 *n);

#endif
