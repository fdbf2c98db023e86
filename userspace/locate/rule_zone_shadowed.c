// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zone-shadowed: one server says that names do not exist, or are empty, which
 * others have data for: all below one name (RFC 6303; RFC 8914 sections 4.16 to
 * 4.18 for a policy that says so). Or it has data of its own for them, with authority,
 * in place of what it looked up until then and others still do: whether what these were told is
 * held against it at once, or all of the zone that it gives is its own from one moment on.
 */
#include <stdio.h>

#include "zone.h"

#define FLOOR 0.6
#define BEFORE 3u	/* looked up, so the zone was not its own */
#define ANEW 3u		/* names that others asked for since and got what was */
_Static_assert(ANEW <= SGAP_FEW, "so many are told apart");

static bool in_existing(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_zone(ev, o, arg) && o->marks & SGAP_OBS_EXISTS;
}

static bool hidden(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_OK && o->marks & SGAP_OBS_EXISTS &&
	       !(o->aflags & SGAP_DNS_TC) &&
	       (o->rcode == 3 || (!o->ancount && !o->rcode) || (o->ede >= 15 && o->ede <= 17));
}

static bool by_policy(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return hidden(ev, o, arg) &&
	       (o->aflags & SGAP_DNS_AA || (o->ede >= 15 && o->ede <= 17));
}

static bool is_own(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->digest && o->aflags & SGAP_DNS_AA && !(o->marks & SGAP_OBS_ONWARD);
}

/* The server's own data, where another was told other data. */
static bool replaced(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return o->marks & SGAP_OBS_ODD && is_own(ev, o, arg);
}

static bool in_told(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_zone(ev, o, arg) && o->marks & SGAP_OBS_TOLD &&
	       !(o->marks & SGAP_OBS_ONWARD);
}

/* All data of the zone that the server gives. */
static bool in_data(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_zone(ev, o, arg) && o->class == SGAP_CLASS_OK && o->digest &&
	       !(o->aflags & SGAP_DNS_TC) && !(o->marks & SGAP_OBS_ONWARD);
}

/* Its own data, for what it or another was told differently at any time. */
static bool contradicted(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_told *told = ev->questions[o->question].told;

	return is_own(ev, o, arg) && ((told[0].host && told[0].digest != o->digest) ||
				      (told[1].host && told[1].digest != o->digest));
}

/*
 * What another was told later than a cache tells was looked up, whatever its TTL: that of the
 * server's own data says nothing of the zone's.
 */
static bool is_told_anew(const struct sgap_ev *ev, const struct sgap_obs *o, __u32 host)
{
	const struct sgap_told *own = &ev->questions[o->question].own;

	return own->host == host && own->digest != o->digest && o->server != host && o->digest &&
	       ev->hosts[o->server].flags & SGAP_HOST_TIMED &&
	       !(o->aflags & (SGAP_DNS_AA | SGAP_DNS_TC)) &&
	       !(o->marks & (SGAP_OBS_CACHED | SGAP_OBS_QUICK | SGAP_OBS_ONWARD));
}

/* The server looked the zone up before, had no data of its own, and others still look. */
static bool was_looked_up(const struct sgap_judge *j, const struct sgap_finding *f,
			  const struct sgap_zone_at *at)
{
	const struct sgap_zone_at any = { { 0 }, at->zone };
	struct sgap_few anew = { 0 };
	__u32 looked = 0, own = 0, i;
	const struct sgap_ev *ev = j->ev;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->class != SGAP_CLASS_OK || !sgap_here(j, o) || !sgap_in_zone(ev, o, &any))
			continue;
		if (o->ts >= f->since) {
			if (o->server == at->at.host ?
			    is_own(ev, o, NULL) && sgap_others_stand(ev, o, f->since) :
			    is_told_anew(ev, o, at->at.host))
				sgap_few_add(&anew, o->name);
		} else if (o->server == at->at.host) {
			own += !!(o->aflags & SGAP_DNS_AA);
			looked += !(o->aflags & SGAP_DNS_AA) && o->ancount;
		}
	}
	return looked >= BEFORE && own * BEFORE < looked && anew.n >= ANEW;
}

/* Claims that data in() of the zone are its own where bad() says so. */
static bool claim_data(struct sgap_judge *j, __u32 host, sgap_obs_fn in, sgap_obs_fn bad,
		       sgap_obs_fn below)
{
	const struct sgap_zone_at at = { { host }, sgap_subtree(j, host, below) };
	const struct sgap_claim c = {
		.cause = "zone-shadowed", .host = host, .in = in, .bad = bad,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = at.zone ? sgap_claim(j, &c) : NULL;
	char name[1025];

	if (!f)
		return false;
	if (!was_looked_up(j, f, &at)) {
		sgap_unclaim(j);
		return false;
	}
	f->certain = 0.9;
	f->zones[f->nzones++] = at.zone;
	snprintf(f->detail, sizeof(f->detail), "data of its own for names below %.90s",
		 sgap_ev_name_text(j->ev, at.zone, name));
	sgap_fact(j, f, "data of its own, others are told other data", in, bad, &at);
	return true;
}

static void look_at_data(struct sgap_judge *j, __u32 host)
{
	if (!claim_data(j, host, in_told, replaced, replaced))
		claim_data(j, host, in_data, is_own, contradicted);
}

/*
 * A name that is created or taken away is there at one time and not at another, and who
 * asked before it was remembers that it is not. So the server must have looked names of the
 * zone up before, since what a policy has hidden ever since may be what its owner wants; and
 * another one must have looked a name up since, and found it. Alone in sight, the server must
 * say more: a policy's code, or authority where it had none.
 */
static bool is_hiding(const struct sgap_judge *j, const struct sgap_finding *f,
		      const struct sgap_zone_at *at)
{
	bool policy = sgap_count_in(j, f, by_policy, NULL) * 2 > f->in_set.bad;
	__u32 own = 0, looked = 0, codes = 0, standing = 0, i;
	const struct sgap_ev *ev = j->ev;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->class != SGAP_CLASS_OK || !sgap_here(j, o) || !sgap_in_zone(ev, o, at))
			continue;
		if (o->ts < f->since) {
			own += !!(o->aflags & SGAP_DNS_AA);
			looked += !(o->aflags & SGAP_DNS_AA) && !o->rcode && o->ancount;
		} else if (hidden(ev, o, NULL)) {
			codes += o->ede >= 15 && o->ede <= 17;
			standing += sgap_others_stand(ev, o, f->since);
		}
	}
	return looked && (standing || codes * 2 > f->in_set.bad || (policy && !own));
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_zone_at at = { { host }, sgap_subtree(j, host, hidden) };
	const struct sgap_claim c = {
		.cause = "zone-shadowed", .host = host, .in = in_existing, .bad = hidden,
		.arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f;
	char name[1025];

	if (!at.zone)
		return;
	f = sgap_claim(j, &c);
	if (!f)
		return;
	if (!is_hiding(j, f, &at)) {
		sgap_unclaim(j);
		return;
	}
	f->certain = sgap_count_in(j, f, by_policy, NULL) * 2 > f->in_set.bad ? 0.95 : 0.85;
	f->zones[f->nzones++] = at.zone;
	snprintf(f->detail, sizeof(f->detail), "names below %.100s",
		 sgap_ev_name_text(j->ev, at.zone, name));
	sgap_fact(j, f, "no data, though others have it", in_existing, hidden, &at);
}

void sgap_rule_zone_shadowed(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
	sgap_each_front(j, look_at_data);
}
