// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust-anchor-or-clock: one resolver fails to validate whatever is signed, in
 * many zones at once, while others answer (RFC 4035 section 5; RFC 8914 sections
 * 4.7 to 4.11). With a wrong root anchor or clock even unsigned names fail, for
 * want of the proof that they are.
 */
#include <stdio.h>

#include "proven.h"
#include "upstream.h"

#define FLOOR 0.6
#define SLOW 2u		/* of so many failures one took a second or more */
#define ZONES 3u	/* so many zones are not broken at once */
_Static_assert(ZONES <= SGAP_FEW, "so many are told apart");

static bool in_signed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->marks & SGAP_OBS_SIGNED &&
	       !(o->marks & SGAP_OBS_CACHED) && !(o->qflags & SGAP_DNS_CD);
}

static bool is_validation(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL && o->ede >= 6 && o->ede <= 12;
}

static bool in_lookup(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_miss(ev, o, arg) && !(o->qflags & SGAP_DNS_CD);
}

/* Nobody could be asked (RFC 8914 sections 4.23 and 4.24): there was nothing to validate. */
static bool is_unreachable(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL && (o->ede == 22 || o->ede == 23);
}

static bool is_unsaid(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL && o->ede == SGAP_NONE16 &&
	       o->flags & SGAP_TXN_F_AOPT;
}

static bool is_unchecked_ok(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_OK && o->qflags & SGAP_DNS_CD &&
	       !(o->marks & SGAP_OBS_CACHED);
}

static bool is_validated(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->aflags & SGAP_DNS_AD;
}

static __u32 validated_before(const struct sgap_judge *j, const struct sgap_finding *f,
			      const struct sgap_at *at)
{
	__u32 i, n = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		n += o->ts < f->since && is_validated(j->ev, o, at);
	}
	return n;
}

static double certain(const struct sgap_judge *j, const struct sgap_finding *f,
		      const struct sgap_at *at, bool of_signed)
{
	struct sgap_misses m;

	if (sgap_count_in(j, f, is_validation, NULL))
		return 0.96;
	if (sgap_count_in(j, f, is_unchecked_ok, NULL) >= 3)
		return 0.9;
	if (of_signed)
		return 0.85;
	/* What it looked up since was as well as ever: not everything fails. */
	sgap_misses_of(j, f, at->host, &m);
	if (sgap_fetches(&m))
		return 0.1;
	/* What is not believed was answered: seconds pass where nobody does. */
	if (m.slow * SLOW > m.failed)
		return 0.1;
	/* Everything fails at once and is said so: whoever validated is suspect first. */
	if (!validated_before(j, f, at))
		return 0.42;
	/* Who validates mostly says why, to those who can hear it; BIND 9.18 does not. */
	return sgap_count_in(j, f, is_unsaid, NULL) >= 10 ? 0.55 : 0.62;
}

static void try(struct sgap_judge *j, __u32 host, sgap_obs_fn in, bool of_signed)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "trust-anchor-or-clock", .host = host, .in = in,
		.bad = sgap_bad_servfail, .arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	struct sgap_tally others;
	__u32 said;

	if (!f)
		return;
	said = sgap_count_in(j, f, is_validation, NULL);
	others = sgap_others(j, f);
	if (sgap_count_in(j, f, is_unreachable, NULL) > said || sgap_bad_zones(j, f) < ZONES ||
	    (in == in_lookup && (!said || sgap_proven_zones(j, f) < ZONES)) ||
	    !sgap_mostly_proven(j, f, false) ||
	    (others.all >= 10 && sgap_share(others) > 0.5 * sgap_share(f->in_set))) {
		sgap_unclaim(j);
		return;
	}
	f->certain = certain(j, f, &at, of_signed);
	sgap_fact(j, f, of_signed ? "SERVFAIL for signed names" : "SERVFAIL", in,
		  sgap_bad_servfail, &at);
	sgap_fact(j, f, "EDE 6 to 12 (validation)", in, is_validation, &at);
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	try(j, host, sgap_in_server, false);
	/* What was validated before is still in the cache. */
	try(j, host, in_lookup, false);
	try(j, host, in_signed, true);
}

void sgap_rule_trust_anchor(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
