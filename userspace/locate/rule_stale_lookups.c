// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stale-zone, as resolvers' clients may see it: names of a zone that are looked up get its old
 * serial long after others got a new one (RFC 1912 section 2.2), so some server of the zone still
 * has an old copy. Or what is asked behind the resolver remembers the old one, as each cache may
 * (RFC 2308 section 5): this alone accuses nobody, and takes from the certainty that all is well.
 */
#include <stdio.h>
#include <stdlib.h>

#include "proven.h"

#define FLOOR 0.2
#define NAMES 3u
#define CHANCE 2.0	/* times as many as a cache would be late with */

/* The names just below one. */
struct zone_serials {
	__u32 old, new, again;	/* the first serial, the first newer one, the old one since */
	__u64 since;		/* the newer one was given first */
};

struct arg {
	struct sgap_at at;	/* any */
	__u32 zone;
	struct zone_serials s;
};

/* A denial that came later than a cache tells. */
static bool over_lookups(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)arg;
	return o->class == SGAP_CLASS_OK && o->serial && !o->ancount && o->question &&
	       !(o->aflags & SGAP_DNS_AA) && !(o->marks & (SGAP_OBS_QUICK | SGAP_OBS_ONWARD)) &&
	       ev->hosts[o->server].flags & SGAP_HOST_TIMED;
}

static bool in_zone(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	return over_lookups(ev, o, arg) && ev->names[o->name].parent == a->zone;
}

static bool old_again(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct arg *a = arg;

	(void)ev;
	return o->serial == a->s.old && o->ts > a->s.since;
}

static void note(struct zone_serials *s, const struct sgap_obs *o)
{
	if (!s->old) {
		s->old = o->serial;
	} else if (s->new) {
		s->again += o->serial == s->old;
	} else if ((__s32)(o->serial - s->old) > 0) {
		s->new = o->serial;
		s->since = o->ts;
	}
}

/* Fills in the zone whose old serial came again most; false where none did often enough. */
static bool find_zone(const struct sgap_judge *j, struct arg *arg)
{
	const struct sgap_ev *ev = j->ev;
	struct zone_serials *all = calloc(ev->nnames, sizeof(*all));
	__u32 i, zone;

	for (i = 0; all && i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		zone = ev->names[o->name].parent;
		if (!zone || !sgap_here(j, o) || !over_lookups(ev, o, NULL))
			continue;
		note(&all[zone], o);
		if (all[zone].again > arg->s.again) {
			arg->s = all[zone];
			arg->zone = zone;
		}
	}
	free(all);
	return arg->s.again >= NAMES;
}

/*
 * What a cache has is late for other reasons, too: would so many old ones be, by the share that is
 * of all that it has, and by how many are not?
 */
static bool is_chance(const struct sgap_judge *j, const struct sgap_finding *f,
		      const struct arg *arg)
{
	struct sgap_tally hits = { 0, 0 };
	const struct sgap_ev *ev = j->ev;
	__u32 i, quick = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_here(j, o) || o->ts < f->since || o->class != SGAP_CLASS_OK)
			continue;
		if (o->marks & SGAP_OBS_CACHED)
			sgap_tally_add(&hits, !(o->marks & SGAP_OBS_QUICK));
		quick += o->marks & SGAP_OBS_QUICK && !o->ancount && old_again(ev, o, arg) &&
			 ev->names[o->name].parent == arg->zone;
	}
	return f->in_set.bad * (double)(hits.all - hits.bad) <
	       CHANCE * hits.bad * quick + NAMES * (double)hits.all;
}

/* The last time that the old one came; later than the finding's end, it was none. */
static __u64 last_old(const struct sgap_judge *j, const struct arg *arg)
{
	__u64 last = 0;
	__u32 i;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (sgap_here(j, o) && in_zone(j->ev, o, arg) && old_again(j->ev, o, arg))
			last = o->ts;
	}
	return last;
}

void sgap_rule_stale_lookups(struct sgap_judge *j)
{
	struct arg arg = { { 0 }, 0, { 0 } };
	const struct sgap_claim c = {
		.cause = "stale-zone", .in = in_zone, .bad = old_again, .over = over_lookups,
		.arg = &arg, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = find_zone(j, &arg) ? sgap_claim(j, &c) : NULL;
	char name[1025];
	__u64 last;

	if (!f)
		return;
	last = last_old(j, &arg);
	if (sgap_bad_names(j, f) < NAMES || last < f->since + SGAP_LAG_NS ||
	    is_chance(j, f, &arg)) {
		sgap_unclaim(j);
		return;
	}
	f->until = last > f->until ? 0 : f->until;
	f->certain = 0.4;
	f->helps = SGAP_HELPS_NO;
	f->zones[f->nzones++] = arg.zone;
	snprintf(f->detail, sizeof(f->detail), "%.80s: serial %u, and still %u",
		 sgap_ev_name_text(j->ev, arg.zone, name), arg.s.new, arg.s.old);
	sgap_fact(j, f, "an old serial after a new one, looked up", in_zone, old_again, &arg);
}
