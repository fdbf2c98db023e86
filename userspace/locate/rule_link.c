// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tapped interface itself, by its LINK records: link-down, link-errors,
 * mtu-mismatch, duplex-mismatch. They accuse only when DNS fails from then on.
 */
#include <stdio.h>

#include "rules.h"

#define FLOOR 0.05
#define NEAR_NS (5 * SGAP_NS_PER_S)	/* how long a stub waits: resolv.conf(5) */
#define HEADERS 28u	/* bytes of IPv4 and UDP before the DNS message, at least */

/* What is asked of the claim below; @at first, for it is what claims look at. */
struct arg {
	struct sgap_at at;
	__u64 mtu;
};

static const struct link_cause {
	__u32 what;		/* enum sgap_link_what */
	const char *cause;
	const char *says;
} causes[] = {
	{ SGAP_LINK_CARRIER, "link-down", "carrier" },
	{ SGAP_LINK_GONE, "link-down", "interface gone" },
	{ SGAP_LINK_RX_ERRORS, "link-errors", "receive errors" },
	{ SGAP_LINK_TX_ERRORS, "link-errors", "transmit errors" },
	{ SGAP_LINK_MTU, "mtu-mismatch", "MTU" },
	{ SGAP_LINK_DUPLEX, "duplex-mismatch", "duplex" },
};

/* Worse than before? Errors only grow; carrier and MTU are bad when they sink. */
static bool worse(const struct sgap_ev_link *l)
{
	if (l->what == SGAP_LINK_GONE)
		return true;
	if (l->what == SGAP_LINK_RX_ERRORS || l->what == SGAP_LINK_TX_ERRORS)
		return l->after > l->before;
	if (l->what == SGAP_LINK_DUPLEX)	/* else it is not known */
		return l->before == 1 && l->after == 0;
	return l->after < l->before;
}

/* The first change for the worse from one time to another; NULL = there is none. */
static const struct sgap_ev_link *change_in(const struct sgap_judge *j, __u32 what, __u64 from,
					    __u64 to)
{
	__u32 i;

	for (i = 0; i < j->ev->nlinks; i++) {
		const struct sgap_ev_link *l = &j->ev->links[i];

		if (l->what == what && worse(l) && l->ts >= from && l->ts <= to)
			return l;
	}
	return NULL;
}

/* Of a question whose answer is not known to fit. */
static bool in_larger(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;
	__u32 size = ev->questions[o->question].max_size;

	return o->question && (!size || size + HEADERS > a->mtu);
}

/*
 * A carrier that came back while answers stay away was not why: the link was set anew. One that
 * goes again is.
 */
static bool is_back(const struct sgap_judge *j, const struct sgap_ev_link *down)
{
	bool back = false;
	__u32 i, gone = 0;

	for (i = 0; i < j->ev->nlinks; i++) {
		const struct sgap_ev_link *l = &j->ev->links[i];

		if (l->what != SGAP_LINK_CARRIER || l->ts < down->ts ||
		    l->ts > down->ts + NEAR_NS)
			continue;
		back = l->after;
		gone += !l->after;
	}
	return back && gone == 1;
}

/* The change that a finding is of; NULL = none, or it explains nothing. */
static const struct sgap_ev_link *reason(const struct sgap_judge *j, __u32 what,
					 const struct sgap_finding *f)
{
	const struct sgap_ev_link *l;

	l = change_in(j, what, f->since > NEAR_NS ? f->since - NEAR_NS : 0, f->since + NEAR_NS);
	return l && what == SGAP_LINK_CARRIER && is_back(j, l) ? NULL : l;
}

/* A smaller MTU loses what is larger; where all would fit, it may be anything. */
static struct sgap_finding *claim(struct sgap_judge *j, const struct link_cause *cause,
				  struct sgap_claim *c)
{
	struct sgap_finding *f;

	if (cause->what == SGAP_LINK_MTU) {
		c->in = in_larger;
		f = sgap_claim(j, c);
		if (f)
			return f;
		c->in = sgap_in_any;
	}
	return sgap_claim(j, c);
}

static void look_at(struct sgap_judge *j, const struct link_cause *cause,
		    const struct sgap_ev_link *first)
{
	const struct arg arg = { .mtu = first->after };
	struct sgap_claim c = {
		.cause = cause->cause, .in = sgap_in_any, .bad = sgap_bad_unanswered,
		.arg = &arg, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = claim(j, cause, &c);
	const struct sgap_ev_link *l;

	if (!f)
		return;
	l = reason(j, cause->what, f);
	if (!l) {
		sgap_unclaim(j);
		return;
	}
	f->gain += 20;	/* what any loss on the path explains, and a change of the link besides */
	f->certain = 0.95;
	snprintf(f->detail, sizeof(f->detail), "%s went from %llu to %llu", cause->says,
		 (unsigned long long)l->before, (unsigned long long)l->after);
	sgap_fact(j, f, "no answer", c.in, sgap_bad_unanswered, &arg);
}

void sgap_rule_link(struct sgap_judge *j)
{
	const struct sgap_ev_link *l;
	__u32 k;

	for (k = 0; k < sizeof(causes) / sizeof(causes[0]); k++) {
		l = change_in(j, causes[k].what, 0, ~0ULL);
		if (l)
			look_at(j, &causes[k], l);
	}
}
