// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rate-limited: response rate limiting as for authoritative servers hits clients
 * that need the answers: some are dropped, some are sent empty with TC=1 though
 * they would fit ("slip"), and TCP is answered.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "proven.h"

#define FLOOR 0.1
#define SLIPS 5u
#define SAMPLE 8u		/* queries of a client that let it be looked at */

static bool in_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->proto == 17;
}

static bool limited(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SILENT || o->marks & SGAP_OBS_SLIP;
}

static bool slipped(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_SLIP);
}

static bool answered_hit(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_OK && !(o->marks & SGAP_OBS_SLIP) && o->proto == 17;
}

/* Is there a client that gets nothing at all, and one that gets everything? */
static bool by_client(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_clients all;
	__u32 i, none = 0, full = 0;

	sgap_clients_at(j, f->host, f->since, &all);
	for (i = 0; i < all.n; i++) {
		none += all.c[i].asked >= SAMPLE && all.c[i].answered * 20 < all.c[i].asked;
		full += all.c[i].asked >= SAMPLE && all.c[i].answered * 20 > all.c[i].asked * 19;
	}
	return none && full;
}

/* The name above, or what is just below a top-level domain. */
static __u32 zone_of(const struct sgap_judge *j, const struct sgap_obs *o)
{
	__u32 above = sgap_zone_above(j->ev, o->name);

	return above ? above : o->name;
}

/* A limit does not choose: of most zones of which something is dropped, something is answered. */
static bool by_zone(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	memset(j->tree, 0, j->ev->nnames * sizeof(*j->tree));
	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_bit(f->in, i) && o->class == SGAP_CLASS_OK)
			j->tree[zone_of(j, o)] = 1;
	}
	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			sgap_tally_add(&t, !j->tree[zone_of(j, &j->ev->obs[i])]);
	}
	return t.bad * 2 > t.all;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "rate-limited", .host = host, .in = in_udp, .bad = limited, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;
	struct sgap_fact *hits;
	__u32 slips;

	if (!f)
		return;
	slips = sgap_count_in(j, f, slipped, NULL);
	others = sgap_others(j, f);
	hits = sgap_fact(j, f, "in the cache: dropped or truncated", sgap_in_hit, limited, &at);
	sgap_fact(j, f, "dropped or truncated without need", in_udp, limited, &at);
	sgap_fact(j, f, "truncated though it fits", in_udp, slipped, &at);
	f->certain = 0.93;
	if (slips < SLIPS && by_client(j, f)) {
		/* A limit lets some through; a list or a lost format does not. */
		f->certain = 0;
	} else if (slips < SLIPS) {
		/*
		 * Without slips: what is cached is dropped as often, and the rest is fast. On
		 * a path that loses packets it is so too, but to other servers as well. A limit
		 * counts answers, whatever port they are for.
		 */
		f->certain = others.all >= 10 ? 0.6 : 0.3;
		if (!hits || hits->after.all < 10 ||
		    sgap_share(hits->after) * 2 < sgap_share(f->in_set) ||
		    sgap_count_in(j, f, answered_hit, NULL) < 10 || sgap_unfelt(j, f) ||
		    sgap_spares_used_ports(j, f, host) || by_zone(j, f))
			f->certain = 0;
	}
	if (f->certain <= 0 || sgap_share(f->in_set) > 0.95 ||
	    (others.all >= 10 && sgap_share(others) * 3 > sgap_share(f->in_set)))
		sgap_unclaim(j);
}

void sgap_rule_rate_limited(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
