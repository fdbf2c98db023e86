// SPDX-License-Identifier: GPL-2.0-or-later
#include "twin.h"

#include "rules.h"

#define TWINS 3u	/* records that run out together */
#define FRONTS 16u	/* servers of a family that are held against those of the other */

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

/* The front servers of a family; returns how many. */
static __u32 fronts(const struct sgap_judge *j, bool v4, __u32 *hosts)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, n = 0;

	for (i = 0; i < ev->nservers && n < FRONTS; i++) {
		__u32 host = ev->servers[i].host;

		if (sgap_is_front(j, &ev->servers[i]) &&
		    sgap_addr_is_v4(&ev->hosts[host].addr) == v4)
			hosts[n++] = host;
	}
	return n;
}

void sgap_twins_find(struct sgap_judge *j)
{
	__u32 four[FRONTS], six[FRONTS], n = fronts(j, true, four), m = fronts(j, false, six), i, k;
	struct sgap_tally same;

	for (i = 0; i < m; i++) {
		double most = 0.5;
		__u32 best = 0;

		for (k = 0; k < n; k++) {
			if (j->twin[four[k]])
				continue;
			same_cache(j, six[i], four[k], &same);
			if (same.bad >= TWINS && sgap_share(same) > most) {
				most = sgap_share(same);
				best = four[k];
			}
		}
		if (best) {
			j->twin[best] = six[i];
			j->twin[six[i]] = best;
		}
	}
}
