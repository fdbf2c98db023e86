// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forwarder-dead: a resolver answers what it has in its cache and nothing else:
 * what it must ask for fails after seconds or never comes (RFC 9520 section 2.1).
 * From its server side the silent forwarder itself is seen; from the clients' side
 * it is inferred, when another resolver looks up the same things well.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "proven.h"
#include "upstream.h"

#define FLOOR 0.6
#define SLOW 0.2	/* of the failures: repeats are answered from the failure cache */

static bool failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL || o->class == SGAP_CLASS_SILENT ||
	       o->class == SGAP_CLASS_REFUSED;
}

/* The forwarder that does not answer, if its side is seen; and how sure. */
static double blame(const struct sgap_judge *j, struct sgap_finding *f, __u32 host)
{
	struct sgap_upstreams u;
	__u32 i, asked = 0, dead = 0;

	sgap_upstreams_of(j, f, host, &u);
	for (i = 0; i < u.n; i++) {
		struct sgap_upstream *up = &u.up[i];

		if (up->recursive * 2 < up->n || up->n < 3)
			continue;
		asked++;
		if ((up->silent + up->icmp) * 10 < up->n * 9)
			continue;
		dead++;
		if (!f->host)
			f->host = up->host;
	}
	if (asked)
		return asked == dead ? 0.97 : 0.1;
	return u.n ? 0.1 : 0.62;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "forwarder-dead", .in = sgap_in_miss, .bad = failed, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_misses m;
	char text[SGAP_ADDR_TEXT];

	if (!f)
		return;
	sgap_misses_of(j, f, host, &m);
	if (m.slow < SLOW * m.failed || !sgap_finds_nothing(&m) || !sgap_cache_works(&m) ||
	    !sgap_tries(&m) || sgap_disbelieves(&m) || !sgap_mostly_proven(j, f, false)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = blame(j, f, host);
	f->behind = host;
	snprintf(f->detail, sizeof(f->detail), "behind %s, which still answers from its cache",
		 sgap_addr_text(text, j->ev->hosts[host].addr.b));
	sgap_fact(j, f, "not in the cache: SERVFAIL, REFUSED or silence", sgap_in_miss, failed, &at);
	sgap_fact(j, f, "in the cache: failed", sgap_in_hit, sgap_bad_failed, &at);
	if (f->host)
		sgap_fact(j, f, "the resolver's questions to it: no answer", sgap_in_server,
			  sgap_bad_unanswered, &(struct sgap_at){ f->host });
}

void sgap_rule_forwarder_dead(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
