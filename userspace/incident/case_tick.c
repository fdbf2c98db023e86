// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes with time: service restored, handed back, incidents closed. */
#include "case_in.h"

#include <stdlib.h>

#include "lib/text.h"

#define SETTLED_S 3u		/* after this a second's failures are known, overdue ones */
#define COMPLETE_S 7u		/* and after this nothing of it is open any more */
#define FLUSH_S 10u		/* seconds of series in one entry */
#define WELL_S 3u		/* well seconds in a row, at least this many */
#define WELL_ASKED 5u		/* and queries in them */
#define STATE_S 10u		/* of own states, as the kernel's window */
#define STATE_MIN 10u

/* All is well from the end of that second on. */
static void became_well(struct sgap_cases *cs, struct sgap_case *c, __u64 now, __u64 ts)
{
	c->well_since = ts;
	if (!c->stage[SGAP_CASE_RESTORED])
		sgap_cases_stage(cs, c, now, SGAP_CASE_RESTORED, ts);
	if (c->stage[SGAP_CASE_LEASE_END] && !c->stage[SGAP_CASE_HANDED_BACK])
		sgap_cases_stage(cs, c, now, SGAP_CASE_HANDED_BACK, ts);
}

static void no_longer_well(struct sgap_cases *cs, struct sgap_case *c, __u64 now)
{
	if (!c->well_since)
		return;
	c->well_since = 0;
	/* Without a detour that ended, it was not over yet. */
	if (!c->stage[SGAP_CASE_LEASE_END])
		sgap_cases_stage(cs, c, now, SGAP_CASE_RESTORED, 0);
	else if (c->stage[SGAP_CASE_HANDED_BACK])
		sgap_cases_stage(cs, c, now, SGAP_CASE_HANDED_BACK, 0);
}

static void became_ill(struct sgap_cases *cs, struct sgap_case *c, __u64 now)
{
	c->run = 0;
	c->loud = true;
	no_longer_well(cs, c, now);
}

static void judge_second(struct sgap_cases *cs, struct sgap_case *c,
			 const struct sgap_cases_tap *tap, __u64 at, __u64 now)
{
	struct sgap_second sum;
	__u32 all, bad;

	sgap_seconds_sum(tap->seconds, c->has_server ? &c->server : NULL,
			 c->has_fallback ? &c->fallback : NULL, at, &sum);
	all = sum.ended + sum.overdue;
	bad = sum.failed + sum.overdue;
	if (!all)
		return;
	if (bad * 1000 > (1000 - SGAP_CASES_WELL) * all) {
		became_ill(cs, c, now);
		return;
	}
	if (!c->run) {
		c->run = at;
		c->run_asked = 0;
	}
	c->run_asked += all;
	/* What only the verdict sees, only the verdict can call over. */
	if (c->loud && !c->well_since && at - c->run + 1 >= WELL_S && c->run_asked >= WELL_ASKED)
		became_well(cs, c, now, (c->run + 1) * SGAP_NS_PER_S);
}

static void flush(struct sgap_cases *cs, struct sgap_case *c, const struct sgap_cases_tap *tap,
		  __u64 last, __u64 now)
{
	__u64 first = c->flushed + 1;

	if (last < first)
		return;
	if (last - first >= SGAP_SECONDS_KEPT)
		first = last - SGAP_SECONDS_KEPT + 1;
	c->flushed = last;
	cs->fn(cs->ctx, c, now, "incident.series",
	       sgap_case_series(c, tap->seconds, tap->began, first, last));
}

static bool is_over(const struct sgap_cases *cs, const struct sgap_case *c, __u64 now)
{
	if (!c->stage[SGAP_CASE_RESTORED] || c->blamed || !c->well_since)
		return false;
	if (c->lease_state == SGAP_LEASE_ACTIVE)
		return false;
	if (c->stage[SGAP_CASE_LEASE_END] && !c->stage[SGAP_CASE_HANDED_BACK])
		return false;
	return now >= c->well_since + cs->cfg.quiet_ms * SGAP_NS_PER_MS;
}

static void close_case(struct sgap_cases *cs, __u32 i, __u64 now)
{
	struct sgap_case *c = cs->open[i];
	struct sgap_cases_tap *tap = sgap_cases_tap(cs, c->tap);
	__u64 complete = now / SGAP_NS_PER_S - COMPLETE_S;

	if (tap)
		flush(cs, c, tap, complete, now);
	sgap_text_copy(cs->past[cs->npast].address, sizeof(cs->past[0].address), c->address);
	cs->past[cs->npast].until = now;
	cs->npast = (cs->npast + 1) % (__u32)ARRAY_SIZE(cs->past);
	sgap_cases_emit(cs, c, now, "incident.close", json_object());
	free(c);
	cs->n--;
	memmove(cs->open + i, cs->open + i + 1, (cs->n - i) * sizeof(cs->open[0]));
}

static void tick_case(struct sgap_cases *cs, __u32 i, __u64 now)
{
	struct sgap_case *c = cs->open[i];
	struct sgap_cases_tap *tap = sgap_cases_tap(cs, c->tap);
	__u64 second = now / SGAP_NS_PER_S;

	/* Of what came before, no second is kept: the clock was put forward. */
	if (c->judged + SGAP_SECONDS_KEPT < second)
		c->judged = second - SGAP_SECONDS_KEPT;
	while (tap && c->judged + SETTLED_S < second)
		judge_second(cs, c, tap, ++c->judged, now);
	/* Nothing in the answers shows it: it is over when it is not said any more. */
	if (!c->loud && !c->blamed && !c->well_since && c->unblamed >= SGAP_CASES_UNSAID)
		became_well(cs, c, now, now);
	if (!c->loud && c->blamed)
		no_longer_well(cs, c, now);
	if (tap && second >= c->flushed + COMPLETE_S + FLUSH_S)
		flush(cs, c, tap, second - COMPLETE_S, now);
	if (is_over(cs, c, now))
		close_case(cs, i, now);
}

/* A server as the kernel would judge it, by the last seconds up to at. */
static int own_state(const struct sgap_cases_tap *tap, const struct sgap_addr *server, __u64 at,
		     int before)
{
	__u32 all = 0, bad = 0, i;

	for (i = 0; i < STATE_S; i++) {
		const struct sgap_second *sec = sgap_seconds_of(tap->seconds, server, at - i);

		all += sec ? sec->ended + sec->overdue : 0;
		bad += sec ? sec->failed + sec->overdue : 0;
	}
	if (all < STATE_MIN)
		return before;
	return bad * 2 >= all ? SGAP_STATE_FAILING : bad * 10 >= all ? SGAP_STATE_DEGRADED :
							SGAP_STATE_OK;
}

static void tick_states(struct sgap_cases *cs, struct sgap_cases_tap *tap, __u64 now)
{
	__u64 at = now / SGAP_NS_PER_S - 1;
	const struct sgap_addr *server;
	__u32 i;

	if (tap->stated >= at)
		return;
	tap->stated = at;
	for (i = 0; (server = sgap_seconds_server(tap->seconds, i)); i++) {
		int before = tap->state[i], after = own_state(tap, server, at, before);

		tap->state[i] = (__u8)after;
		if (after != before)
			sgap_cases_state(cs, now, tap->name, server, before, after, now);
	}
}

static void step_case(struct sgap_case *c, __u64 now)
{
	__u64 second = now / SGAP_NS_PER_S;

	c->judged = c->judged < second ? c->judged : second;
	c->flushed = c->flushed < second ? c->flushed : second;
	c->run = 0;
	if (c->well_since > now)
		c->well_since = now;
	if (c->again > now)
		c->again = now;
}

void sgap_cases_stepped(struct sgap_cases *cs, __u64 now)
{
	__u32 i;

	for (i = 0; i < cs->n; i++)
		step_case(cs->open[i], now);
	for (i = 0; i < cs->ntaps; i++) {
		sgap_seconds_forget(cs->tap[i].seconds, now / SGAP_NS_PER_S);
		if (cs->tap[i].stated > now / SGAP_NS_PER_S)
			cs->tap[i].stated = 0;
	}
}

void sgap_cases_tick(struct sgap_cases *cs, __u64 now)
{
	__u32 i;

	for (i = 0; cs->cfg.own_states && i < cs->ntaps; i++)
		tick_states(cs, &cs->tap[i], now);
	for (i = cs->n; i-- > 0; )
		tick_case(cs, i, now);
}
