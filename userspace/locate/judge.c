// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Findings that explain the same bad transactions are rivals: the weight of each
 * is its likelihood, tempered because outcomes next to each other are not
 * independent. Findings about different ones stand side by side, and who hurts
 * most is named. See docs/verdicts.md.
 */
#include "judge.h"

#include <math.h>
#include <stdlib.h>

#include "island.h"
#include "role.h"
#include "twin.h"

#define TEMPER_MIN 4.0		/* nats: below, no difference counts */
#define TEMPER_SHARE 0.03	/* of the better gain: outcomes come in bursts and repeats */
#define OVERLAP 0.5		/* of the smaller one's bad transactions: rivals */
#define SAME 0.9		/* of both together: the same set */
#define SUPPORT 6.0		/* nats that make a finding believable */
#define SAME_MOMENT_NS (2 * SGAP_NS_PER_S)

/* Trouble that ended, and was shorter than two tries of a stub, was ridden out. */
#define RIDDEN_NS (10 * SGAP_NS_PER_S)

/*
 * Transactions that show as much as is known before any: even odds. tests/corpus/nobody
 * measures how often nobody is rightly said to be at fault, by how many were seen.
 */
#define ODDS 100.0
#define SUREST 0.99	/* that nobody is: who asks for what was not asked may find more */

/*
 * The first vantage point with clients enough that has no such one before it on the way;
 * without any, servers' questions are judged.
 */
static void choose_home(struct sgap_judge *j)
{
	__u32 clients[SGAP_EV_VANTAGES] = { 0 }, enough = 0, i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		clients[o->vantage] += sgap_obs_counts(o) && !(o->marks & SGAP_OBS_ONWARD);
	}
	for (i = 0; i < SGAP_EV_VANTAGES; i++)
		enough |= (clients[i] >= SGAP_ENOUGH) << i;
	for (i = 0; i < SGAP_EV_VANTAGES; i++) {
		if (enough >> i & 1 && !(enough & j->ev->before[i])) {
			j->home = i;
			return;
		}
	}
	j->onward = true;
}

struct sgap_judge *sgap_judge_new(const struct sgap_ev *ev)
{
	struct sgap_judge *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->ev = ev;
	j->words = ev->n / 64 + 1;
	j->findings = calloc(SGAP_FINDINGS + 1, sizeof(*j->findings));
	j->series = malloc(ev->n + 1);
	j->series_obs = calloc(ev->n + 1, sizeof(*j->series_obs));
	j->client = calloc(ev->nhosts, sizeof(*j->client));
	j->islands = calloc(ev->nhosts, sizeof(*j->islands));
	j->seat = calloc(ev->nhosts, sizeof(*j->seat));
	j->twin = calloc(ev->nhosts, sizeof(*j->twin));
	j->net = calloc(ev->nhosts, sizeof(*j->net));
	j->scope = malloc(ev->n + 1);
	j->tree = calloc(ev->nnames + 1, sizeof(*j->tree));
	j->wide = calloc(ev->nquestions + 2, sizeof(*j->wide));
	j->bits = calloc(2 * j->words * (SGAP_FINDINGS + 1), sizeof(*j->bits));
	if (!j->bits || !j->findings || !j->series || !j->series_obs ||
	    !j->wide || !j->tree || !j->client || !j->islands ||
	    !j->seat || !j->twin || !j->net || !j->scope) {
		sgap_judge_free(j);
		return NULL;
	}
	choose_home(j);
	return j;
}

void sgap_judge_free(struct sgap_judge *j)
{
	if (!j)
		return;
	free(j->bits);
	free(j->findings);
	free(j->series);
	free(j->wide);
	free(j->tree);
	free(j->client);
	free(j->seat);
	free(j->twin);
	free(j->net);
	free(j->scope);
	free(j->islands);
	free(j->series_obs);
	free(j);
}

static __u32 ones(const struct sgap_judge *j, const __u64 *a, const __u64 *b)
{
	__u32 n = 0;
	size_t i;

	for (i = 0; i < j->words; i++)
		n += (__u32)__builtin_popcountll(a[i] & b[i]);
	return n;
}

/* How much of the bad ones of both is in either's set: 0 to 1, of all and of the smaller's. */
static double overlap(const struct sgap_judge *j, const struct sgap_finding *a,
		      const struct sgap_finding *b, double *smaller)
{
	__u32 na = ones(j, a->in, a->bad), nb = ones(j, b->in, b->bad), both = 0;
	size_t i;

	for (i = 0; i < j->words; i++)
		both += (__u32)__builtin_popcountll(a->in[i] & a->bad[i] & b->in[i] & b->bad[i]);
	*smaller = na && nb ? (double)both / (na < nb ? na : nb) : 0.0;
	return na + nb > both ? (double)both / (na + nb - both) : 0.0;
}

/*
 * Rules that claim the same set have shared its probability out among their
 * causes by what tells these apart; a rival with another set is weighed by gain.
 */
static double weigh(const struct sgap_judge *j, struct sgap_finding *f)
{
	double rest = 0.0, same = f->certain, who = same, temper, alike, smaller, share;
	__u32 i;

	for (i = 0; i < j->nfindings; i++) {
		const struct sgap_finding *g = &j->findings[i];

		/* The same accusation of a part is no rival of the whole. */
		if (g == f || g->harmless ||
		    (g->cause == f->cause && g->host == f->host && g->gain <= f->gain))
			continue;
		alike = overlap(j, f, g, &smaller);
		if (smaller <= OVERLAP)
			continue;
		temper = fmax(TEMPER_MIN, TEMPER_SHARE * fmax(f->gain, g->gain));
		share = g->certain * exp((g->gain - f->gain) / temper);
		if (alike > SAME)
			same += share;
		else
			rest += share;
		if (alike > SAME && g->role == f->role && g->host == f->host)
			who += share;
	}
	share = (1.0 - exp(-f->gain / SUPPORT)) / (1.0 + rest) / fmax(same, 1.0);
	f->blamed = who * share;
	return f->certain * share;
}

/* Who is hurt now, and how much: what is over hurts nobody. */
static void harm(const struct sgap_judge *j, struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	__u8 *seen = calloc(ev->nhosts / 8 + 1, 1);
	__u32 i;

	for (i = 0; seen && i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i) ||
		    o->ts + SGAP_NOW_NS < ev->last)
			continue;
		f->queries += ev->thin;
		if (!(seen[o->client / 8] >> (o->client % 8) & 1))
			f->clients++;
		seen[o->client / 8] |= (__u8)(1u << (o->client % 8));
	}
	free(seen);
}

/* Where clients see it. */
static __u32 seen_at(const struct sgap_finding *f)
{
	return f->behind ? f->behind : f->host;
}

/*
 * Two addresses of different families that fail alike from the same moment on are
 * one server's, when their caches were one; its IPv4 address stands for both.
 */
static void merge_families(struct sgap_judge *j)
{
	__u32 i, k;
	size_t w;

	for (i = 0; i < j->nfindings; i++) {
		struct sgap_finding *f = &j->findings[i];

		for (k = 0; k < j->nfindings; k++) {
			struct sgap_finding *g = &j->findings[k];
			__u64 apart = f->since > g->since ? f->since - g->since :
							    g->since - f->since;

			if (f == g || f->cause != g->cause || f->island != g->island ||
			    !seen_at(f) || !seen_at(g) || j->twin[seen_at(f)] != seen_at(g) ||
			    (f->behind && f->host != g->host) ||
			    !sgap_addr_is_v4(&j->ev->hosts[seen_at(f)].addr) ||
			    f->harmless || g->harmless || apart > SAME_MOMENT_NS)
				continue;
			for (w = 0; w < j->words; w++) {
				f->in[w] |= g->in[w];
				f->bad[w] |= g->bad[w];
			}
			f->gain += g->gain;
			f->since = f->since < g->since ? f->since : g->since;
			f->in_set.bad += g->in_set.bad;
			f->in_set.all += g->in_set.all;
			f->twin = f->behind ? 0 : g->host;
			g->harmless = true;
			break;
		}
	}
}

/*
 * A server that is well for clients elsewhere is not at fault here, unless its
 * clients' addresses are the reason; one that fails elsewhere too is the likelier.
 */
static void hear_elsewhere(struct sgap_finding *f)
{
	if (f->role != SGAP_ROLE_RECURSIVE || f->elsewhere.all < 5)
		return;
	if (sgap_share(f->elsewhere) * 4 < sgap_share(f->in_set))
		f->certain *= 0.1;
	else if (sgap_share(f->elsewhere) * 2 > sgap_share(f->in_set))
		f->certain = 1 - (1 - f->certain) * 0.6;
}

static bool is_ridden_out(const struct sgap_finding *f)
{
	return f->until && f->until - f->since < RIDDEN_NS;
}

static bool accuses(const struct sgap_finding *f)
{
	if (f->harmless || f->blamed < SGAP_ACCUSE || f->confidence < SGAP_NAME)
		return false;
	return !is_ridden_out(f);
}

/*
 * That nobody is at fault: as sure as no finding says otherwise and enough was seen. What is
 * over and was short says nothing of now.
 */
static double nobody(const struct sgap_judge *j, __u32 judged)
{
	double n = (double)judged * j->ev->thin, most = 0.0;
	__u32 i;

	for (i = 0; i < j->nfindings; i++)
		if (!j->findings[i].harmless && !is_ridden_out(&j->findings[i]))
			most = fmax(most, j->findings[i].confidence);
	return fmin(SUREST, (1.0 - most) * (n + ODDS) / (n + 2 * ODDS));
}

/* More of it first: -1, 0 or 1. */
static int larger(__u32 a, __u32 b)
{
	return a == b ? 0 : a > b ? -1 : 1;
}

/* Who costs most now, then who did in all, then who is likeliest. */
static int compare(const void *a, const void *b)
{
	const struct sgap_finding *x = a, *y = b;
	int by = 0;

	if (accuses(x) != accuses(y))
		return accuses(x) ? -1 : 1;
	if (accuses(x))
		by = larger(x->queries, y->queries);
	if (accuses(x) && !by)
		by = larger(x->clients, y->clients);
	if (accuses(x) && !by)
		by = larger(x->in_set.bad, y->in_set.bad);
	if (by)
		return by;
	if (x->confidence < y->confidence || x->confidence > y->confidence)
		return x->confidence > y->confidence ? -1 : 1;
	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	return x->host < y->host ? -1 : x->host > y->host;
}

/* Is a server that the finding does not concern well while it lasts? */
static __u32 fallback(const struct sgap_judge *j, const struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, k, best = 0, best_n = 0;

	for (i = 0; i < ev->nservers; i++) {
		const struct sgap_ev_server *s = &ev->servers[i];
		struct sgap_tally t = { 0, 0 }, same = { 0, 0 };
		__u32 score;

		if (s->host == f->host || s->host == f->behind ||
		    s->host == f->twin ||
		    ev->hosts[s->host].role != SGAP_ROLE_RECURSIVE)
			continue;
		for (k = 0; k < s->n; k++) {
			const struct sgap_obs *o = sgap_ev_obs_of(ev, s, k);
			__u32 at = ev->by_server[s->first + k];

			if (!sgap_here(j, o) || o->ts < f->since)
				continue;
			sgap_tally_add(&t, sgap_obs_failed(o));
			if (sgap_bit(f->in, at))
				sgap_tally_add(&same, sgap_bit(f->bad, at));
		}
		/* It may be asked little of what goes bad, and answer nothing of that either. */
		if (t.all < 5 || sgap_share(t) > 0.2 || sgap_share(same) > 0.2)
			continue;
		score = t.all;
		if (f->host && sgap_addr_is_v4(&ev->hosts[s->host].addr) ==
			       sgap_addr_is_v4(&ev->hosts[f->host].addr))
			score += ev->n;
		if (score > best_n) {
			best_n = score;
			best = s->host;
		}
	}
	return best;
}

static bool is_servers(const struct sgap_finding *f)
{
	return f->role == SGAP_ROLE_RECURSIVE || f->role == SGAP_ROLE_FORWARDER ||
	       f->role == SGAP_ROLE_AUTHORITATIVE;
}

/* What helps partly does so wholly where another resolver was seen to do well what one does not. */
static void advise(const struct sgap_judge *j, struct sgap_finding *f)
{
	enum sgap_helps helps = f->cause->helps;
	bool never = helps == SGAP_HELPS_NO || helps == SGAP_HELPS_NA;

	if (f->helps == SGAP_HELPS_NO || (f->helps == SGAP_HELPS_UNKNOWN && never)) {
		if (f->helps == SGAP_HELPS_UNKNOWN)
			f->helps = helps;
		return;
	}
	f->detour_to = fallback(j, f);
	if (f->helps != SGAP_HELPS_UNKNOWN)
		return;
	if (f->detour_to)
		f->helps = f->spared && f->role == SGAP_ROLE_RECURSIVE ? SGAP_HELPS_YES : helps;
	else
		f->helps = helps == SGAP_HELPS_YES && f->host && is_servers(f) ? SGAP_HELPS_YES :
									      SGAP_HELPS_NO;
}

static __u32 judged(const struct sgap_judge *j)
{
	__u32 i, n = 0;

	for (i = 0; i < j->ev->n; i++)
		n += sgap_obs_counts(&j->ev->obs[i]);
	return n;
}

/* Did anything come back: an answer, a connection, an error? */
static bool came_back(const struct sgap_obs *o)
{
	switch (o->state) {
	case SGAP_TXN_NONE:
	case SGAP_TXN_OVERDUE:
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_SILENT:
	case SGAP_TXN_EVICTED:
		return false;
	default:
		return true;
	}
}

/*
 * Who sees queries alone cannot tell whether they are answered: the way back may be
 * another. A tap remembers who answered before.
 */
static enum sgap_lacks lacks(const struct sgap_judge *j, __u32 judged)
{
	const struct sgap_ev *ev = j->ev;
	__u32 unmatched = 0, i;
	bool heard = false;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		unmatched += o->state == SGAP_TXN_UNMATCHED;
		heard |= came_back(o) && (j->onward || o->vantage == j->home);
	}
	for (i = 1; i < ev->nhosts && ev->nvantages == 1; i++)
		heard |= ev->hosts[i].flags & SGAP_HOST_ANSWERED;
	if (judged < SGAP_ENOUGH)
		return unmatched < SGAP_ENOUGH ? SGAP_LACKS_MORE : SGAP_LACKS_QUERIES;
	return heard ? SGAP_LACKS_NOTHING : SGAP_LACKS_ANSWERS;
}

static void set_island(struct sgap_judge *j, __u8 island)
{
	__u32 i;

	j->island = island;
	j->zones.known = false;
	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		j->scope[i] = !sgap_here(j, o) ? SGAP_SCOPE_OUT :
			      !j->onward == !(o->marks & SGAP_OBS_ONWARD) ? SGAP_SCOPE_USUAL :
									    SGAP_SCOPE_HERE;
	}
}

/* Every rule, for each network by itself. */
static void run_rules(struct sgap_judge *j)
{
	__u32 n = sgap_islands(j->ev, j->onward, j->islands, j->client), i;
	const struct sgap_cause *c;

	for (i = 1; i <= n; i++) {
		set_island(j, (__u8)i);
		sgap_twins_find(j);
		for (c = sgap_causes; c->id; c++) {
			if (c->rule)
				c->rule(j);
		}
	}
}

int sgap_judge_run(struct sgap_judge *j, struct sgap_verdict *v)
{
	__u32 i;

	memset(v, 0, sizeof(*v));
	v->judged = judged(j);
	v->lacks = lacks(j, v->judged);
	run_rules(j);
	for (i = 0; i < j->nfindings; i++)
		hear_elsewhere(&j->findings[i]);
	merge_families(j);
	for (i = 0; i < j->nfindings; i++) {
		harm(j, &j->findings[i]);
		j->findings[i].confidence = weigh(j, &j->findings[i]);
	}
	for (i = 0; i < j->nfindings; i++) {
		j->island = j->findings[i].island;
		advise(j, &j->findings[i]);
	}
	qsort(j->findings, j->nfindings, sizeof(*j->findings), compare);
	if (j->nfindings && accuses(&j->findings[0]) && !v->lacks)
		v->best = &j->findings[0];
	v->confidence = v->best ? v->best->confidence : nobody(j, v->judged);
	return 0;
}
