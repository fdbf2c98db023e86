/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a probe's answers say about a finding: causes that look alike to who only
 * watches are told apart. Pure: the asking is done elsewhere.
 */
#ifndef SGAP_REFINE_H
#define SGAP_REFINE_H

#include "judge.h"
#include "probe/probe.h"

/**
 * struct sgap_signs - a probe in short
 * @server:	who was asked: a host of the evidence
 * @names:	put to the server; of those
 * @failed:	it fails so many
 * @bogus:	and answers so many of them when told not to validate
 * @silent, @refused: and so many are not answered at all, or with REFUSED
 * @edns_silent, @edns_error: answered when asked plainly: with EDNS not, or with an error
 * @ede:	of the first error that has one; SGAP_NONE16 = none
 * @control_good, @control_bogus: the root, asked for like the names; [1] at the fallback
 * @validates:	and its answer had AD
 * @alive:	it answered something
 * @closed:	its host says that nothing listens
 * @no_way:	we are told that there is no way to it: its silence is not its own
 * @authority:	it gives the zone's SOA with authority
 * @tcp:	what came over TCP, [1] at the fallback
 * @fb_names:	of @failed, the fallback answers so many; @fb_bogus: like @bogus
 * @nservers:	of the zone; @serves by enum sgap_serves, @at: the blamed of each, or the first
 * @blamed:	address of the finding's host, and @twin its other one; all zero = none
 */
struct sgap_signs {
	__u32 server;
	__u32 names, failed, bogus, silent, refused, edns_silent, edns_error;
	__u16 ede;
	bool has_fallback, control_good[SGAP_SIDES], control_bogus[SGAP_SIDES];
	bool validates[SGAP_SIDES];
	bool alive, closed, no_way, authority;
	enum sgap_got tcp[SGAP_SIDES];
	__u32 fb_names, fb_bogus;
	__u32 nservers, serves[__SGAP_SERVES_MAX];
	struct sgap_addr at[__SGAP_SERVES_MAX];
	struct sgap_addr blamed, twin;
};

enum sgap_refined_how {
	SGAP_REFINED_SAME,	/* the answers say nothing about it */
	SGAP_REFINED_CONFIRMED,
	SGAP_REFINED_CHANGED,	/* to a cause that looks alike */
	SGAP_REFINED_DOUBTED,	/* the server does well when we ask */
};

/**
 * struct sgap_refined - a verdict after asking
 * @finding:	the one that was probed, as it stands now
 * @verdict:	rests on it
 * @how:	what the answers did to it
 * @was:	its cause before, and
 * @confidence: how sure that was
 * @why:	in words
 * @sent, @rate: queries, and how many a second at most
 */
struct sgap_refined {
	struct sgap_finding finding;
	struct sgap_verdict verdict;
	enum sgap_refined_how how;
	const struct sgap_cause *was;
	double confidence;
	const char *why;
	__u64 sent;
	__u32 rate;
};

/* server: who was asked because of f, as a host of the evidence. */
void sgap_signs_read(struct sgap_signs *s, const struct sgap_probe *p, const struct sgap_ev *ev,
		     const struct sgap_finding *f, __u32 server);

/* f is not changed; verdict, sent and rate are left to the caller. */
void sgap_refine(struct sgap_refined *r, const struct sgap_finding *f, const struct sgap_signs *s);

/* Would the fallback help? Known once it was asked for names that the server fails. */
void sgap_refine_detour(struct sgap_refined *r, const struct sgap_help *help,
			const struct sgap_addr *fallback);

const char *sgap_refined_name(enum sgap_refined_how how);

#endif
