// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * edns-mishandled: a server answers queries that carry OPT with FORMERR, NOTIMP or
 * BADVERS, and plain ones well (RFC 6891 section 7; RFC 8906 section 3.2).
 */
#include "proven.h"
#include "where.h"

#define FLOOR 0.5

static bool in_edns(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && o->flags & SGAP_TXN_F_QOPT && !sgap_is_meta(o);
}

static bool in_plain(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return sgap_in_server(ev, o, arg) && !(o->flags & SGAP_TXN_F_QOPT);
}

static bool formerr(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_FORMERR || o->class == SGAP_CLASS_NOTIMP;
}

static bool plain_ok(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_PLAIN_OK);
}

void sgap_rule_edns_mishandled(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "edns-mishandled", .in = in_edns, .bad = formerr, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);
	struct sgap_fact *plain;

	if (!f)
		return;
	sgap_fact(j, f, "with OPT: FORMERR, BADVERS or NOTIMP", in_edns, formerr, &at);
	plain = sgap_fact(j, f, "without OPT: the same", in_plain, formerr, &at);
	f->certain = plain && plain->after.all >= 5 ? f->certain : 0.6;
	/*
	 * One client alone may ask what deserves it, a version or an option of a wrong length,
	 * unless it was told when it asked without.
	 */
	if (!w.fine && sgap_bad_clients(j, f) < 2 && !sgap_count_in(j, f, plain_ok, NULL))
		f->certain *= 0.4;
	if (plain && sgap_share(plain->after) * 3 > sgap_share(f->in_set))
		sgap_unclaim(j);
}
