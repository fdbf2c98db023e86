// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forwarder-refuses: what a resolver must ask for fails at once, what it has in
 * its cache does not: somebody behind it answers, and the answer is no.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "proven.h"
#include "upstream.h"

#define FLOOR 0.6
#define SLOW 0.2
#define REFUSED 0.5

static bool failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL || o->class == SGAP_CLASS_REFUSED;
}

static double blame(const struct sgap_judge *j, struct sgap_finding *f, __u32 host)
{
	struct sgap_upstreams u;
	__u32 i, forwarders = 0;

	if (sgap_asks_no_more(j, f, host))
		return 0.02;
	sgap_upstreams_of(j, f, host, &u);
	for (i = 0; i < u.n; i++) {
		struct sgap_upstream *up = &u.up[i];

		if (up->recursive * 2 < up->n || up->n < 3)
			continue;
		forwarders++;
		if (up->refused + up->servfail > REFUSED * up->n && !f->host)
			f->host = up->host;
	}
	if (f->host)
		return 0.97;
	return forwarders || u.n ? 0.1 : 0.6;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "forwarder-refuses", .in = sgap_in_miss, .bad = failed, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_misses m;
	char text[SGAP_ADDR_TEXT];

	if (!f)
		return;
	sgap_misses_of(j, f, host, &m);
	if (m.slow > SLOW * m.failed || !sgap_finds_nothing(&m) || !sgap_cache_works(&m) ||
	    !sgap_tries(&m) || sgap_disbelieves(&m) || !sgap_mostly_proven(j, f, false)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = blame(j, f, host);
	f->behind = host;
	snprintf(f->detail, sizeof(f->detail), "behind %s, which still answers from its cache",
		 sgap_addr_text(text, j->ev->hosts[host].addr.b));
	sgap_fact(j, f, "not in the cache: SERVFAIL or REFUSED at once", sgap_in_miss, failed, &at);
	sgap_fact(j, f, "in the cache: failed", sgap_in_hit, sgap_bad_failed, &at);
	if (f->host)
		sgap_fact(j, f, "the resolver's questions to it: REFUSED", sgap_in_server,
			  sgap_bad_refused, &(struct sgap_at){ f->host });
}

void sgap_rule_forwarder_refuses(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
