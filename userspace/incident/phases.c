// SPDX-License-Identifier: GPL-2.0-or-later
#include "phases.h"

#include <math.h>

enum { BEFORE, DURING, AFTER, PHASES, LEFT_OUT = PHASES };

void sgap_phase_add(struct sgap_phase *p, double queries, double failed)
{
	if (!(queries > 0))
		return;
	p->seconds++;
	p->queries += queries;
	p->failed += failed;
	p->qq += queries * queries;
	p->qf += queries * failed;
	p->ff += failed * failed;
}

struct sgap_share sgap_phase_share(const struct sgap_phase *p)
{
	double n = p->queries, share = p->failed / n, k = p->seconds, apart, by;

	if (!(n > 0))
		return (struct sgap_share){ 0, 0 };
	apart = p->ff - 2 * share * p->qf + share * share * p->qq;
	by = k > 1 && share > 0 && share < 1 ? apart * k / (k - 1) / (n * share * (1 - share)) : 1;
	return (struct sgap_share){ share, n / fmax(by, 1) };
}

void sgap_switches_add(struct sgap_switches *sw, __u64 at, bool on)
{
	if (on == (sw->n & 1) || sw->n == SGAP_PHASES_SWITCHES)
		return;
	/* A clock that was put back tells no order. */
	if (sw->n && at < sw->at[sw->n - 1])
		at = sw->at[sw->n - 1];
	sw->at[sw->n++] = at;
}

static int phase_of(const struct sgap_switches *sw, __u64 second, __u64 onset)
{
	__u32 i;

	for (i = 0; i < sw->n && sw->at[i] < second; i++)
		;
	if (i < sw->n && sw->at[i] <= second + 1)
		return LEFT_OUT;
	if (i)
		return i & 1 ? DURING : AFTER;
	return second > onset ? BEFORE : LEFT_OUT;
}

static json_t *phase_json(const struct sgap_phase *p)
{
	return json_pack("{s:i, s:I, s:I}", "seconds", (int)p->seconds,
			 "queries", (json_int_t)p->queries, "failed", (json_int_t)p->failed);
}

static json_t *effect_json(const struct sgap_phase *server, const struct sgap_phase *fallback)
{
	struct sgap_share a = sgap_phase_share(server), b = sgap_phase_share(fallback);
	struct sgap_effect e;

	if (server->queries < SGAP_EFFECT_MIN || fallback->queries < SGAP_EFFECT_MIN)
		return json_null();
	sgap_effect_between(&e, &a, &b);
	return json_pack("{s:f, s:f, s:f}", "spared", e.spared, "low", e.low, "high", e.high);
}

json_t *sgap_phases_json(const json_t *asked, const json_t *ok, __u64 start, __u64 onset,
			 const struct sgap_switches *sw)
{
	struct sgap_phase phase[PHASES] = { 0 };
	json_t *one, *well;
	size_t i;

	if (!sw->n)
		return json_null();
	json_array_foreach(asked, i, one) {
		int which = phase_of(sw, start + i, onset);

		well = json_array_get(ok, i);
		if (which == LEFT_OUT || !json_is_number(one) || !json_is_number(well))
			continue;
		sgap_phase_add(&phase[which], json_number_value(one),
			       json_number_value(one) - json_number_value(well));
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "before", phase_json(&phase[BEFORE]),
			 "during", phase_json(&phase[DURING]), "after", phase_json(&phase[AFTER]),
			 "start", effect_json(&phase[BEFORE], &phase[DURING]),
			 "end", effect_json(&phase[AFTER], &phase[DURING]));
}
