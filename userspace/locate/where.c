// SPDX-License-Identifier: GPL-2.0-or-later
#include "where.h"

#define SAMPLE 5u	/* transactions of the set that let a server be called fine */
#define FINE 0.2
#define EACH 0.95
#define STRAYS 5u	/* bad ones of which some may have come before it began */

static bool is_fine(const struct sgap_judge *j, const struct sgap_claim *c, __u64 since)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (!sgap_here(j, o) || o->ts < since || !c->in(j->ev, o, c->arg))
			continue;
		sgap_tally_add(&t, c->bad ? c->bad(j->ev, o, c->arg) : sgap_obs_failed(o));
	}
	return t.all >= SAMPLE && sgap_share(t) < FINE;
}

static void note_hit(const struct sgap_judge *j, struct sgap_where *w, __u32 host, __u32 bad,
		     __u32 *most)
{
	bool v4 = sgap_addr_is_v4(&j->ev->hosts[host].addr);

	if (w->hit++ && w->hit == 2 &&
	    sgap_addr_is_v4(&j->ev->hosts[w->host].addr) != v4) {
		w->twin = v4 ? w->host : host;
		w->host = v4 ? host : w->host;
		return;
	}
	if (bad > *most || w->hit == 1) {
		*most = bad;
		w->host = host;
	}
}

static void try_each(struct sgap_judge *j, struct sgap_claim *c, struct sgap_at *at,
		     struct sgap_where *w)
{
	__u64 since = ~0ULL;
	__u32 i, most = 0, tried[64], n = 0;

	for (i = 0; i < j->ev->nservers && n < 64; i++) {
		struct sgap_finding *f;

		if (!sgap_is_front(j, &j->ev->servers[i]))
			continue;
		at->host = j->ev->servers[i].host;
		f = sgap_claim(j, c);
		if (!f) {
			tried[n++] = at->host;
			continue;
		}
		since = f->since < since ? f->since : since;
		note_hit(j, w, at->host, f->in_set.bad, &most);
		sgap_unclaim(j);
	}
	for (i = 0; w->hit && i < n; i++) {
		at->host = tried[i];
		w->fine += is_fine(j, c, since);
	}
}

struct sgap_finding *sgap_claim_where(struct sgap_judge *j, struct sgap_claim *c,
				      struct sgap_at *at, struct sgap_where *w)
{
	struct sgap_finding *f;
	bool twins, one;

	memset(w, 0, sizeof(*w));
	try_each(j, c, at, w);
	twins = w->hit == 2 && w->twin && w->fine;
	one = w->hit == 1 || twins || w->fine;
	if (!w->hit)
		return NULL;
	at->host = one && !twins ? w->host : 0;
	c->host = one ? w->host : 0;
	f = sgap_claim(j, c);
	if (!f)
		return NULL;
	f->twin = twins ? w->twin : 0;
	f->spared = w->fine > 0;
	f->role = one ? SGAP_ROLE_RECURSIVE : SGAP_ROLE_MIDDLEBOX;
	/*
	 * One server in sight that shows it, and none that does not: either may be. Who
	 * answers is there; what is swallowed, was so somewhere.
	 */
	f->certain = !one || w->fine ? 0.95 : c->swallowed ? 0.7 : 0.8;
	if (one && (sgap_count_in(j, f, sgap_bad_on_way, NULL) * 2 > f->in_set.bad ||
		    (!w->fine && c->swallowed))) {
		f->behind = f->host;
		f->host = 0;
		f->role = SGAP_ROLE_MIDDLEBOX;
	}
	return f;
}

bool sgap_resets(const struct sgap_judge *j, const struct sgap_finding *f,
		 const struct sgap_at *at)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, resets = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_during(f, o->ts) || !sgap_here(j, o) || !sgap_in_server(ev, o, at))
			continue;
		if (o->proto == 6 && o->name && o->class == SGAP_CLASS_OK)
			return false;
		resets += sgap_bit(f->bad, i) && o->class == SGAP_CLASS_RESET;
	}
	return resets * 2 > f->in_set.bad;
}

bool sgap_takes_each(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_tally t = { 0, 0 };
	__u32 i, bad = 0;

	for (i = 0; i < j->ev->n; i++) {
		if (!sgap_bit(f->in, i))
			continue;
		bad += sgap_bit(f->bad, i);
		if (bad >= STRAYS)
			sgap_tally_add(&t, sgap_bit(f->bad, i));
	}
	return sgap_share(t) >= EACH;
}
