// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * family-broken: one address family of a server is dead and the other is fine. Two
 * addresses are taken for one server when their caches are one: the same records
 * run out at the same moment under both.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "rules.h"

#define FLOOR 0.9
#define TWINS 3u

static bool speaks(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_port_unreachable(o) || o->class == SGAP_CLASS_RESET;
}

/* Records that run out under both addresses within a second and a half, and that do not. */
static void same_cache(const struct sgap_judge *j, __u32 a, __u32 b, struct sgap_tally *same)
{
	const struct sgap_ev *ev = j->ev;
	__u64 *ends = j->wide;
	__u32 i;

	memset(ends, 0, (ev->nquestions + 1ul) * sizeof(*ends));
	*same = (struct sgap_tally){ 0, 0 };
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		__u64 end, other;

		if ((o->server != a && o->server != b) || !o->question || !sgap_obs_counts(o) ||
		    o->class != SGAP_CLASS_OK || o->min_ttl == SGAP_NONE32 || !o->min_ttl)
			continue;
		end = (o->ts + o->rtt_us * SGAP_NS_PER_US) / SGAP_NS_PER_MS + o->min_ttl * 1000ull;
		other = ends[o->question] >> 1;
		if (other && (ends[o->question] & 1) != (o->server == a) &&
		    other > o->ts / SGAP_NS_PER_MS)
			sgap_tally_add(same, end < other + 1500 && other < end + 1500);
		ends[o->question] = end << 1 | (o->server == a);
	}
}

static bool alive(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->server == host && sgap_obs_counts(o) && o->ts >= f->since)
			sgap_tally_add(&t, sgap_obs_failed(o));
	}
	return t.all >= 5 && sgap_share(t) < 0.3;
}

/* The address of the other family that the same server answers at; 0 = none known. */
static __u32 find_twin(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host)
{
	const struct sgap_ev *ev = j->ev;
	bool v4 = sgap_addr_is_v4(&ev->hosts[host].addr);
	struct sgap_tally same;
	__u32 i, best = 0;
	double most = 0.5;

	for (i = 0; i < ev->nservers; i++) {
		__u32 other = ev->servers[i].host;

		if (!sgap_is_front(j, &ev->servers[i]) ||
		    sgap_addr_is_v4(&ev->hosts[other].addr) == v4 || !alive(j, f, other))
			continue;
		same_cache(j, host, other, &same);
		if (same.bad >= TWINS && sgap_share(same) > most) {
			most = sgap_share(same);
			best = other;
		}
	}
	return best;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "family-broken", .host = host, .in = sgap_in_server,
		.bad = sgap_bad_unanswered, .arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char text[SGAP_ADDR_TEXT];
	__u32 twin;

	if (!f)
		return;
	twin = find_twin(j, f, host);
	if (!twin || sgap_count_in(j, f, speaks, NULL)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.93;
	f->gain += 20;	/* the same set as a dead server's, and one thing more: it lives */
	snprintf(f->detail, sizeof(f->detail), "the same server answers at %s",
		 sgap_addr_text(text, j->ev->hosts[twin].addr.b));
	sgap_fact(j, f, "over this family: no answer", sgap_in_server, sgap_bad_unanswered, &at);
	sgap_fact(j, f, "over the other: no answer", sgap_in_server, sgap_bad_unanswered,
		  &(struct sgap_at){ twin });
}

void sgap_rule_family(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
