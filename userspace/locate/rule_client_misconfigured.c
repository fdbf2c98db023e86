// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * client-misconfigured: one client asks an address that answers nobody and that no
 * neighbour asks; the neighbours' servers are fine.
 */
#include <stdio.h>

#include "client.h"
#include "lib/addr.h"

#define FLOOR 0.95
#define SLACK_NS (5 * SGAP_NS_PER_S)	/* it is asked when the first one has not answered */

/* The only client of a server; 0 = several. */
static __u32 only_client(const struct sgap_judge *j, const struct sgap_ev_server *s)
{
	__u32 i, client = 0;

	for (i = 0; i < s->n; i++) {
		const struct sgap_obs *o = sgap_ev_obs_of(j->ev, s, i);

		if (!sgap_here(j, o))
			continue;
		if (client && client != o->client)
			return 0;
		client = o->client;
	}
	return client;
}

static __u32 neighbours_fine(const struct sgap_judge *j, __u32 client)
{
	struct sgap_clients all;
	__u32 i, n = 0;

	sgap_clients_of(j, 0, &all);
	for (i = 0; i < all.n; i++)
		n += all.c[i].host != client && all.c[i].answered * 10 > all.c[i].asked * 7;
	return n;
}

/*
 * Did a server that answered until then fall silent at the same moment? That is rather
 * the same host by another address, or the same trouble.
 */
static bool dies_with(const struct sgap_judge *j, __u32 host, __u64 since)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, k;

	for (i = 0; i < ev->nservers; i++) {
		struct sgap_tally was = { 0, 0 }, is = { 0, 0 };

		if (ev->servers[i].host == host || !sgap_is_front(j, &ev->servers[i]))
			continue;
		for (k = 0; k < ev->servers[i].n; k++) {
			const struct sgap_obs *o = sgap_ev_obs_of(ev, &ev->servers[i], k);

			if (sgap_here(j, o))
				sgap_tally_add(o->ts + SLACK_NS < since ? &was : &is,
					       o->rcode == SGAP_NONE16);
		}
		if (sgap_share(was) < 0.5 && is.all >= SGAP_SERVER_MIN && sgap_share(is) > FLOOR)
			return true;
	}
	return false;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_ev *ev = j->ev;
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "client-misconfigured", .in = sgap_in_server,
		.bad = sgap_bad_unanswered, .arg = &at, .floor = FLOOR, .loose = true,
	};
	__u32 client = only_client(j, &ev->servers[ev->hosts[host].server - 1]);
	char text[SGAP_ADDR_TEXT];
	struct sgap_finding *f;

	if (!client || ev->hosts[host].flags & SGAP_HOST_ANSWERED)
		return;
	f = sgap_claim(j, &c);
	if (!f)
		return;
	if (neighbours_fine(j, client) < 1 || dies_with(j, host, f->since) ||
	    sgap_unfelt(j, f)) {
		sgap_unclaim(j);
		return;
	}
	f->host = client;
	f->certain = 0.9;
	/* The same set as a dead server's, and one thing more: nobody else asks it. */
	f->gain += 20;
	snprintf(f->detail, sizeof(f->detail), "it asks %s, which never answered anybody",
		 sgap_addr_text(text, ev->hosts[host].addr.b));
	sgap_fact(j, f, "its queries there: no answer", sgap_in_server, sgap_bad_unanswered, &at);
}

void sgap_rule_client_misconfigured(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
