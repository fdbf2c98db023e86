// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * server-dead: from one moment on nothing comes back from a server, by UDP or by
 * TCP and for any client, while others on the same path answer. A router may say
 * that it cannot reach the host; the host itself says nothing.
 */
#include "proven.h"
#include "role.h"

#define SILENT 0.95	/* RFC 9520 section 2.1: no response to any query */
#define PATIENCE_NS (2 * SGAP_NS_PER_S)	/* by then what a slow path delays has come */

static bool speaks(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_port_unreachable(o) || o->class == SGAP_CLASS_RESET ||
	       o->marks & (SGAP_OBS_FOREIGN | SGAP_OBS_LATE);
}

static bool filtered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_prohibited(o) || sgap_is_time_exceeded(o);
}

static bool is_said(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return !sgap_bad_unanswered(ev, o, arg);
}

/* More of the others' failing than this, and the way to them all is in doubt. */
#define OTHERS 0.2

/* Answers once it had begun: what was on its way then is over after a second. */
static __u32 answers(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i, n = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		n += sgap_bit(f->in, i) && o->rcode != SGAP_NONE16 &&
		     o->ts > f->since + SGAP_NS_PER_S;
	}
	return n;
}

static bool cached(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return o->marks & SGAP_OBS_CACHED && sgap_bad_unanswered(ev, o, arg);
}

/*
 * Is it asked for one zone only, which nobody else answers for either? Then the zone's servers
 * may be silent, and it waits for them (RFC 9520 section 2.1). What it has in its cache needs
 * nobody else, and an authoritative server's zone is its own.
 */
static bool may_be_zone(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return j->ev->hosts[f->host].role != SGAP_ROLE_AUTHORITATIVE && sgap_bad_zones(j, f) < 2 &&
	       !sgap_count_in(j, f, cached, NULL) && !sgap_mostly_proven(j, f, true);
}

/*
 * Did the others begin to fail with it? What is behind them all may be out then, and who has
 * nothing in its cache is silent for it.
 */
static bool others_fell(const struct sgap_judge *j, const struct sgap_finding *f)
{
	double now = sgap_share(sgap_others(j, f)), before = sgap_share(sgap_others_before(j, f));

	return now > OTHERS && before * 3 < now && !sgap_count_in(j, f, cached, NULL);
}

/* What the other servers say, if only that they failed, came by the way that is in doubt. */
static struct sgap_tally others_silent(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_tally t = { 0, 0 }, said = sgap_others_of(j, f, is_said, NULL);

	t.all = sgap_others(j, f).all;
	t.bad = t.all - said.all;
	return t;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "server-dead", .host = host, .in = sgap_in_server,
		.bad = sgap_bad_unanswered, .arg = &at, .floor = SILENT, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;

	if (!f)
		return;
	if (j->ev->last < f->since + PATIENCE_NS || answers(j, f) ||
	    sgap_count_in(j, f, speaks, NULL) || sgap_count_in(j, f, filtered, NULL) ||
	    sgap_unfelt(j, f)) {
		sgap_unclaim(j);
		return;
	}
	others = others_silent(j, f);
	/* Alone in sight, the server and the path to it look the same. */
	f->certain = others_fell(j, f) ? 0.4 : others.all - others.bad < 5 ? 0.6 :
		     sgap_share(others) > OTHERS ? 0.4 : 0.97;
	/* Who was never heard may never have been there, or what lies before it forbids it. */
	if (may_be_zone(j, f) || !(j->ev->hosts[host].flags & SGAP_HOST_ANSWERED))
		f->certain = 0.3;
	sgap_fact(j, f, "no answer", sgap_in_server, sgap_bad_unanswered, &at);
}

void sgap_rule_server_dead(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
