// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * acl-drop: clients of some networks get no answer from a server that answers
 * those of others (RFC 8906 section 3.1.5 on dropping instead of refusing).
 */
#include "refusal.h"

#define FLOOR 0.85

struct arg {
	struct sgap_at at;
	struct sgap_refusal *r;
};

static bool in_dropped(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;
	struct sgap_addr net;
	__u32 i;

	if (o->server != a->at.host)
		return false;
	net = sgap_prefix_of(&ev->hosts[o->client].addr);
	for (i = 0; i < a->r->nprefixes; i++) {
		if (sgap_addr_eq(&a->r->prefix[i].net, &net))
			return sgap_share(a->r->prefix[i].t) > 0.5;
	}
	return false;
}

static bool in_spared(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && !in_dropped(ev, o, arg);
}

/* Which networks get silence in the last part of what was seen. */
static bool by_network(struct sgap_judge *j, __u32 host, struct sgap_refusal *r)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "acl-drop", .host = host, .in = sgap_in_server,
		.bad = sgap_bad_unanswered, .arg = &at, .floor = 0.05, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	__u32 i;

	if (!f)
		return false;
	sgap_refusal_count(j, f, host, r);
	for (i = 0; i < r->nprefixes; i++)
		r->prefix[i].t = r->prefix[i].silent;
	sgap_unclaim(j);
	return sgap_refusal_by_prefix(r);
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	struct sgap_refusal r;
	const struct arg arg = { { host }, &r };
	const struct sgap_claim c = {
		.cause = "acl-drop", .host = host, .in = in_dropped, .bad = sgap_bad_unanswered,
		.arg = &arg, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f;

	if (!by_network(j, host, &r))
		return;
	f = sgap_claim(j, &c);
	if (!f)
		return;
	f->certain = 0.93;
	sgap_fact(j, f, "these networks: no answer", in_dropped, sgap_bad_unanswered, &arg);
	sgap_fact(j, f, "other networks: no answer", in_spared, sgap_bad_unanswered, &arg);
}

void sgap_rule_acl_drop(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
