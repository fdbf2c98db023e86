// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forward-loop: two servers ask each other with recursion desired (RFC 1912
 * section 3.1 warns of the like). Seen only where their own traffic is; each
 * question goes round until a limit or a timeout ends it.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "upstream.h"

#define FLOOR 0.5

static bool failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_obs_failed(o);
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "forward-loop", .in = sgap_in_miss, .bad = failed, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char text[SGAP_ADDR_TEXT];
	struct sgap_upstreams u;
	__u32 i;

	if (!f)
		return;
	sgap_upstreams_of(j, f, host, &u);
	for (i = 0; i < u.n; i++) {
		if (u.up[i].recursive * 2 > u.up[i].n && u.up[i].n >= 3 && u.up[i].back >= 3)
			f->host = u.up[i].host;
	}
	if (!f->host) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.98;
	/* The loop is on record, and explains what looks like a dead forwarder. */
	f->gain += 50;
	f->behind = host;
	snprintf(f->detail, sizeof(f->detail), "it and %s ask each other",
		 sgap_addr_text(text, j->ev->hosts[host].addr.b));
	sgap_fact(j, f, "not in the cache: failed", sgap_in_miss, failed, &at);
	sgap_fact(j, f, "questions to the forwarder: failed", sgap_in_server, failed,
		  &(struct sgap_at){ f->host });
}

void sgap_rule_forward_loop(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
