// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * case-mismatch: answers do not echo the spelling of the query's name, so clients
 * that check it (0x20) drop them.
 */
#include <string.h>

#include "where.h"

#define FLOOR 0.5

struct arg {
	struct sgap_at at;
	const __u32 *mixes;	/* by host: does the client mix cases */
};

/* Of those who ask in small letters only, none can be spelt otherwise. */
static bool in_answered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return sgap_in_server(ev, o, arg) && o->rcode != SGAP_NONE16 && o->name &&
	       a->mixes[o->client];
}

static bool mismatch(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->flags & SGAP_TXN_F_CASE);
}

void sgap_rule_case(struct sgap_judge *j)
{
	struct arg arg = { { 0 }, j->client };
	struct sgap_claim c = {
		.cause = "case-mismatch", .in = in_answered, .bad = mismatch, .arg = &arg,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f;
	struct sgap_where w;
	__u32 i;

	/* Clients that seem not to mix cases may show another server to be well. */
	for (i = 0; i < j->ev->nhosts; i++)
		j->client[i] = 1;
	f = sgap_claim_where(j, &c, &arg.at, &w);
	if (!f) {
		memset(j->client, 0, j->ev->nhosts * sizeof(*j->client));
		for (i = 0; i < j->ev->n; i++)
			j->client[j->ev->obs[i].client] |= mismatch(j->ev, &j->ev->obs[i], NULL);
		f = sgap_claim_where(j, &c, &arg.at, &w);
	}
	if (!f)
		return;
	sgap_fact(j, f, "name not echoed as asked", in_answered, mismatch, &arg);
}
