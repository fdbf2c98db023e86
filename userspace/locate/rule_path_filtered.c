// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path-filtered: a third host says that it forbids the packets: ICMP
 * administratively prohibited and its like (RFC 1812 section 5.2.7.1).
 */
#include "rules.h"

#define FLOOR 0.7
#define SAYS 3u

static bool prohibited(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_prohibited(o);
}

static bool foreign(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_prohibited(o) && o->icmp_from != o->server;
}

static __u32 sender(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_is_prohibited(&j->ev->obs[i]))
			return j->ev->obs[i].icmp_from;
	}
	return 0;
}

static void try(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "path-filtered", .in = sgap_in_server, .bad = sgap_bad_unanswered,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;

	if (!f)
		return;
	if (sgap_count_in(j, f, prohibited, NULL) < SAYS) {
		sgap_unclaim(j);
		return;
	}
	f->host = host;
	others = sgap_others(j, f);
	if (host && others.all >= 5 && sgap_share(others) < 0.2)
		f->helps = SGAP_HELPS_YES;
	f->host = sender(j, f);
	f->behind = f->host == host ? 0 : host;
	f->role = sgap_count_in(j, f, foreign, NULL) ? SGAP_ROLE_MIDDLEBOX : SGAP_ROLE_RECURSIVE;
	f->certain = 0.96;
	sgap_fact(j, f, "no answer", sgap_in_server, sgap_bad_unanswered, &at);
	sgap_fact(j, f, "ICMP administratively prohibited", sgap_in_server, prohibited, &at);
}

void sgap_rule_path_filtered(struct sgap_judge *j)
{
	__u32 before = j->nfindings;

	try(j, 0);
	if (j->nfindings == before)
		sgap_each_front(j, try);
}
