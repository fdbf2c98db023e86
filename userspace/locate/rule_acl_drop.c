// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * acl-drop: clients of some networks get no answer from a server that answers
 * those of others (RFC 8906 section 3.1.5 on dropping instead of refusing).
 */
#include "refusal.h"
#include "twin.h"

#define FLOOR 0.85
#define ASKED 5u	/* questions to another server that tell how these networks fare there */

struct arg {
	struct sgap_at at;
	struct sgap_refusal *r;
};

static bool in_dropped(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return o->server == a->at.host && sgap_refusal_there(ev, o, a->r);
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

	if (!f)
		return false;
	sgap_refusal_count(j, f, host, SGAP_CLASS_SILENT, r);
	sgap_unclaim(j);
	return r->by_network;
}

/* Do all the other servers that these networks ask drop them alike, as far as any is asked? */
static bool dropped_elsewhere(const struct sgap_judge *j, const struct sgap_finding *f,
			      const struct arg *arg)
{
	struct arg other = *arg;
	__u32 i, k;

	for (i = 0; i < j->ev->nservers; i++) {
		const struct sgap_ev_server *s = &j->ev->servers[i];
		struct sgap_tally t = { 0, 0 };

		other.at.host = s->host;
		if (sgap_twin_first(j, s->host) == sgap_twin_first(j, f->host) ||
		    !sgap_is_front(j, s))
			continue;
		for (k = 0; k < s->n; k++) {
			const struct sgap_obs *o = sgap_ev_obs_of(j->ev, s, k);

			if (sgap_here(j, o) && o->ts >= f->since && in_dropped(j->ev, o, &other))
				sgap_tally_add(&t, sgap_bad_unanswered(j->ev, o, NULL));
		}
		if (t.all >= ASKED && sgap_share(t) < FLOOR)
			return false;
	}
	return true;
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
	if (sgap_unfelt(j, f)) {
		sgap_unclaim(j);
		return;
	}
	/* What spares no server lies before them. */
	f->certain = dropped_elsewhere(j, f, &arg) ? 0.4 : 0.93;
	sgap_fact(j, f, "these networks: no answer", in_dropped, sgap_bad_unanswered, &arg);
	sgap_fact(j, f, "other networks: no answer", in_spared, sgap_bad_unanswered, &arg);
}

void sgap_rule_acl_drop(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
