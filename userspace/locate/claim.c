// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A claim is a hypothesis: "from a moment on, transactions of this set go bad".
 * It is worth what it adds to the likelihood of all outcomes: one share of bad
 * ones in the set after the onset, another one elsewhere, against one for all.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "finding.h"

#define BAD_MIN 5u		/* fewer bad ones are no pattern */
#define CONTRAST 3.0		/* the set must be worse than the rest by this factor */
#define NEAR_NS (5 * SGAP_NS_PER_S)
#define UNUSUAL 0.2	/* bad ones expected by chance in the gap */
#define USUAL_BAD 0.5	/* what is known of any network: one in a hundred is bad ... */
#define USUAL_ALL 50.0	/* ... and that is worth as much as so many seen */
#define NEARLY_ALL 0.9
#define GOOD_RUN 10u	/* so many good ones in a row, and it has not begun */
#define SETTLED 3u		/* good ones at the end that say it is over, per bad one lost */

static inline bool looked_at(const struct sgap_judge *j, const struct sgap_claim *c, __u32 i)
{
	return j->scope[i] && (c->over ? c->over(j->ev, &j->ev->obs[i], c->arg) :
			       j->scope[i] == SGAP_SCOPE_USUAL);
}

/* The same, of clients at other vantage points. */
static bool is_elsewhere(const struct sgap_judge *j, const struct sgap_claim *c,
			 const struct sgap_obs *o)
{
	return sgap_obs_counts(o) && !(o->marks & SGAP_OBS_ONWARD) && o->vantage != j->home &&
	       c->in(j->ev, o, c->arg);
}

/* What was lost on its way is no word against a server: it never came, or was answered. */
static bool is_excused(const struct sgap_claim *c, const struct sgap_obs *o)
{
	enum sgap_role role;

	if (!(o->marks & SGAP_OBS_ON_WAY))
		return false;
	role = sgap_cause_by_id(c->cause)->role;
	return role == SGAP_ROLE_RECURSIVE || role == SGAP_ROLE_FORWARDER ||
	       role == SGAP_ROLE_AUTHORITATIVE;
}

static inline bool is_bad(const struct sgap_judge *j, const struct sgap_claim *c,
			  const struct sgap_obs *o)
{
	if (is_excused(c, o))
		return false;
	return c->bad ? c->bad(j->ev, o, c->arg) : sgap_obs_failed(o);
}

/* The set's outcomes in the order of time; one server's and one client's are listed apart. */
static __u32 series(struct sgap_judge *j, const struct sgap_claim *c)
{
	const struct sgap_at *at = c->arg;
	const struct sgap_ev *ev = j->ev;
	__u32 i, n = 0, s = at->host ? ev->hosts[at->host].server : 0, of = ev->n;
	const __u32 *list = NULL;

	if (s) {
		list = ev->by_server + ev->servers[s - 1].first;
		of = ev->servers[s - 1].n;
	} else if (c->client) {
		list = ev->by_client + ev->hosts[c->client].first;
		of = ev->hosts[c->client].n;
	}
	for (i = 0; i < of; i++) {
		__u32 k = list ? list[i] : i;
		const struct sgap_obs *o = &ev->obs[k];

		if (!looked_at(j, c, k) || !c->in(ev, o, c->arg))
			continue;
		j->series[n] = is_bad(j, c, o);
		j->series_obs[n++] = k;
	}
	return n;
}

/*
 * Is any stretch bad enough? One that is, cut before every fifth bad outcome, has a part
 * that is, too, and in that part there are fewer than ten.
 */
static bool may_reach(const struct sgap_judge *j, __u32 n, double floor)
{
	__u32 at[BAD_MIN], bad = 0, i;

	for (i = 0; i < n; i++) {
		if (!j->series[i])
			continue;
		at[bad++ % BAD_MIN] = i;
		if (bad >= BAD_MIN && floor * (i - at[bad % BAD_MIN] + 1) < 2 * BAD_MIN)
			return true;
	}
	return false;
}

static void tallies(struct sgap_judge *j, const struct sgap_claim *c, struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally rest = { 0, 0 }, sum;
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		bool in, bad, during;

		during = sgap_during(f, o->ts);
		if (!looked_at(j, c, i)) {
			if (during && is_elsewhere(j, c, o))
				sgap_tally_add(&f->elsewhere, is_bad(j, c, o));
			continue;
		}
		in = c->in(ev, o, c->arg);
		bad = is_bad(j, c, o);
		if (in && during) {
			sgap_tally_add(&f->in_set, bad);
			sgap_bit_set(f->in, i);
		} else if (in && o->ts < f->since) {
			sgap_tally_add(&f->before, bad);
		} else if (during) {
			sgap_tally_add(&f->out_set, bad);
		} else {
			sgap_tally_add(&rest, bad);
		}
		if (bad)
			sgap_bit_set(f->bad, i);
	}
	rest.bad += f->before.bad;
	rest.all += f->before.all;
	sum.bad = rest.bad + f->in_set.bad + f->out_set.bad;
	sum.all = rest.all + f->in_set.all + f->out_set.all;
	f->gain = sgap_loglik(rest) + sgap_loglik(f->in_set) + sgap_loglik(f->out_set) -
		  sgap_loglik(sum);
}

static bool holds(const struct sgap_finding *f, const struct sgap_claim *c)
{
	double in = sgap_share(f->in_set);

	if (f->in_set.bad < BAD_MIN || in < c->floor)
		return false;
	if (f->before.all && sgap_share(f->before) * CONTRAST > in)
		return false;
	return c->loose || !f->out_set.all || sgap_share(f->out_set) * CONTRAST <= in;
}

/* The set alone, a small part of all, tells of most claims that they do not hold. */
static bool may_hold(const struct sgap_judge *j, const struct sgap_claim *c, __u32 n,
		     struct sgap_finding *f)
{
	bool yes;
	__u32 k;

	for (k = 0; k < n; k++) {
		__u64 ts = j->ev->obs[j->series_obs[k]].ts;

		if (sgap_during(f, ts))
			sgap_tally_add(&f->in_set, j->series[k]);
		else if (ts < f->since)
			sgap_tally_add(&f->before, j->series[k]);
	}
	yes = holds(f, c);
	memset(&f->in_set, 0, sizeof(f->in_set));
	memset(&f->before, 0, sizeof(f->before));
	return yes;
}

static void forget(struct sgap_judge *j, struct sgap_finding *f)
{
	memset(f->in, 0, 2 * j->words * sizeof(*f->in));
	memset(f, 0, sizeof(*f));
}

static struct sgap_finding *fresh(struct sgap_judge *j, const struct sgap_claim *c)
{
	struct sgap_finding *f;

	if (j->nfindings == SGAP_FINDINGS)
		return NULL;
	f = &j->findings[j->nfindings];
	f->in = j->bits + 2 * j->nfindings * j->words;
	f->bad = f->in + j->words;
	f->cause = sgap_cause_by_id(c->cause);
	f->role = f->cause->role;
	f->host = c->host;
	f->certain = 0.9;
	f->island = j->island;
	return f;
}

/*
 * The cut is where outcomes change most; the first bad ones may come one by one
 * before it. They belong to it as long as they are near in time and the usual
 * share of bad ones does not account for them. What takes nearly all has not begun
 * where many good ones follow.
 */
static __u32 walk_back(const struct sgap_judge *j, __u32 from, __u32 to)
{
	struct sgap_tally in = { 0, 0 };
	__u32 k, bad = 0, first = from;
	bool all;

	for (k = from; k < to; k++)
		sgap_tally_add(&in, j->series[k]);
	all = sgap_share(in) >= NEARLY_ALL;
	for (k = 0; k < from; k++)
		bad += j->series[k];
	for (k = from; k-- && bad;) {
		if (j->ev->obs[j->series_obs[k]].ts + NEAR_NS < j->ev->obs[j->series_obs[first]].ts)
			break;
		if (!j->series[k])
			continue;
		if (all && first - k > GOOD_RUN)
			break;
		bad--;
		if ((bad + USUAL_BAD) / (k + 1 + USUAL_ALL) * (first - k) < UNUSUAL)
			first = k;
	}
	return first;
}

/* Is what comes after the cut as good as what is called good? */
static bool is_over(const struct sgap_judge *j, __u32 from, __u32 to, __u32 n)
{
	struct sgap_tally in = { 0, 0 }, after = { 0, 0 };
	__u32 i;

	for (i = from; i < n; i++)
		sgap_tally_add(i < to ? &in : &after, j->series[i]);
	return sgap_share(after) * CONTRAST <= sgap_share(in);
}

/* The claim that it went bad with number from of the series; NULL when it does not hold. */
static struct sgap_finding *claim_from(struct sgap_judge *j, const struct sgap_claim *c, __u32 n,
				       __u32 from, __u32 to)
{
	struct sgap_finding *f = fresh(j, c);

	if (!f)
		return NULL;
	f->since = j->ev->obs[j->series_obs[from]].ts;
	f->until = to < n ? j->ev->obs[j->series_obs[to - 1]].ts : 0;
	if (may_hold(j, c, n, f))
		tallies(j, c, f);
	if (!holds(f, c)) {
		forget(j, f);
		return NULL;
	}
	j->nfindings++;
	return f;
}

struct sgap_finding *sgap_claim(struct sgap_judge *j, const struct sgap_claim *c)
{
	__u32 n = series(j, c), from, to, first;
	struct sgap_finding *f;

	if (!may_reach(j, n, c->floor))
		return NULL;
	sgap_cut(j->series, n, &from, &to);
	while (from < to && !j->series[from])
		from++;
	first = walk_back(j, from, to);
	if (n - to < SETTLED || !is_over(j, first, to, n))
		to = n;
	f = claim_from(j, c, n, first, to);
	/* With a straggler it may not hold that does without. */
	return f || first == from ? f : claim_from(j, c, n, from, to);
}

void sgap_unclaim(struct sgap_judge *j)
{
	forget(j, &j->findings[--j->nfindings]);
}

void sgap_walk_back(const struct sgap_judge *j, struct sgap_finding *f, sgap_obs_fn in,
		    sgap_obs_fn bad, const void *arg)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = ev->n; i--;) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->ts >= f->since || !in(ev, o, arg) || !sgap_here(j, o) || !bad(ev, o, arg))
			continue;
		if (o->ts + NEAR_NS < f->since)
			break;
		f->since = o->ts;
	}
}

struct sgap_fact *sgap_fact(struct sgap_judge *j, struct sgap_finding *f, const char *what,
			    sgap_obs_fn of, sgap_obs_fn bad, const void *arg)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_fact *fact;
	__u32 i;

	if (f->nfacts == SGAP_FACTS)
		return NULL;
	fact = &f->facts[f->nfacts++];
	snprintf(fact->what, sizeof(fact->what), "%s", what);
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		bool yes;

		if (!sgap_here(j, o) || !of(ev, o, arg))
			continue;
		yes = bad ? bad(ev, o, arg) : sgap_obs_failed(o);
		if (o->ts < f->since) {
			sgap_tally_add(&fact->before, yes);
			continue;
		}
		sgap_tally_add(&fact->after, yes);
		if (yes && fact->nids < SGAP_FACT_IDS)
			fact->ids[fact->nids++] = o->id;
	}
	return fact;
}
