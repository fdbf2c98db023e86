// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * client-unreachable: one client is answered and does not get it: it asks the same
 * again, or its host rejects the answers with ICMP. Its neighbours do not.
 */
#include "client.h"

#define FLOOR 0.8
#define FAILED 0.1	/* who gets failures has reason to ask again */
#define GAIN 15.0
#define ENOUGH 8u	/* answers not taken, before a client is looked at */
#define TOOK 5u		/* answers that it took before: who polls without a cache took none */

/* Its first tries: a stub asks some times and gives up, who polls goes on. */
static bool in_answered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_by_client(ev, o, arg) && o->class == SGAP_CLASS_OK && o->proto == 17 &&
	       !(o->aflags & SGAP_DNS_TC) && !o->follows;
}

static bool over_answered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_OK && o->proto == 17 && !(o->aflags & SGAP_DNS_TC) &&
	       !(o->marks & SGAP_OBS_ONWARD) && !o->follows;
}

static bool not_taken(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !(o->flags & (SGAP_TXN_F_BADSUM | SGAP_TXN_F_FRAGMENT)) &&
	       o->marks & (SGAP_OBS_AGAIN | SGAP_OBS_REJECTED);
}

static bool rejected(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_REJECTED);
}

/* In a loop the same is asked on purpose: faster than any stub repeats. */
static bool repeated(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_REPEAT);
}

static void count_not_taken(struct sgap_judge *j)
{
	__u32 i;

	memset(j->client, 0, j->ev->nhosts * sizeof(*j->client));
	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_here(j, o) && over_answered(j->ev, o, NULL) &&
		    not_taken(j->ev, o, NULL))
			j->client[o->client]++;
	}
}

void sgap_rule_client_unreachable(struct sgap_judge *j)
{
	struct sgap_clients all;
	__u32 i;

	sgap_clients_of(j, 0, &all);
	count_not_taken(j);
	for (i = 0; i < all.n && all.n > 1; i++) {
		const struct sgap_client_at at = { { 0 }, all.c[i].host };
		const struct sgap_claim c = {
			.cause = "client-unreachable", .host = at.client, .client = at.client,
			.in = in_answered, .bad = not_taken, .over = over_answered, .arg = &at,
			.floor = FLOOR,
		};
		struct sgap_finding *f;

		if (j->client[at.client] < ENOUGH)
			continue;
		f = sgap_claim(j, &c);
		if (!f)
			continue;
		if (f->gain < GAIN ||
		    all.c[i].asked - all.c[i].answered > FAILED * all.c[i].asked) {
			sgap_unclaim(j);
			continue;
		}
		f->helps = SGAP_HELPS_NO;
		f->certain = sgap_count_in(j, f, rejected, NULL) ? 0.93 :
			     f->before.all - f->before.bad >= TOOK ? 0.8 : 0.4;
		if (sgap_count_in(j, f, repeated, NULL) * 2 > f->in_set.bad) {
			sgap_unclaim(j);
			continue;
		}
		sgap_fact(j, f, "answered, and not taken", in_answered, not_taken, &at);
	}
}
