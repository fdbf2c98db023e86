// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * path-loss: part of the packets is lost to and from several servers alike. What
 * tells it from a server that drops: no server is spared, no kind of query is.
 * Answers that arrive with a wrong checksum are lost on the way as well. With a vantage point
 * at either end no comparison is needed: one saw what never came to the other.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "proven.h"
#include "where.h"

/*
 * A stub that tries two servers twice fails with the fourth power of this share;
 * below a twentieth that is once in 160,000 lookups: noise.
 */
#define FLOOR 0.05
#define AGAIN_US 900000u	/* stubs wait a second, or more */

static bool in_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->proto == 17;
}

static bool lost(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	/* What is in the cache needs no lookup: the first copy, or its answer, did not arrive. */
	if (o->copies > 1 && o->marks & SGAP_OBS_CACHED && o->rtt_us > AGAIN_US &&
	    o->rtt_last_us * 4 < o->rtt_us)
		return true;
	return o->class == SGAP_CLASS_SILENT || (o->rcode != SGAP_NONE16 &&
						 o->flags & SGAP_TXN_F_BADSUM);
}

static bool corrupt(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->rcode != SGAP_NONE16 && o->flags & SGAP_TXN_F_BADSUM;
}

static void alike(struct sgap_judge *j)
{
	const struct sgap_at at = { 0 };
	const struct sgap_claim c = {
		.cause = "path-loss", .in = in_udp, .bad = lost, .arg = &at, .floor = FLOOR,
		.loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	__u32 n, bad;

	if (!f)
		return;
	n = sgap_alike(j, f, lost, NULL, false);
	bad = sgap_count_in(j, f, corrupt, NULL);
	if ((n < 2 && bad * 2 < f->in_set.bad) || sgap_unfelt(j, f) ||
	    !sgap_alike(j, f, lost, NULL, true) || (!bad && !sgap_mostly_proven(j, f, true))) {
		sgap_unclaim(j);
		return;
	}
	f->helps = SGAP_HELPS_NO;
	f->certain = n >= 2 ? 0.93 : 0.7;
	snprintf(f->detail, sizeof(f->detail), "%u servers are hit alike", n);
	sgap_fact(j, f, "no answer, or one with a wrong checksum", in_udp, lost, &at);
	if (bad)
		sgap_fact(j, f, "answers with a wrong checksum", in_udp, corrupt, &at);
	if (sgap_count_in(j, f, sgap_bad_on_way, NULL))
		sgap_fact(j, f, "lost between the vantage points", in_udp, sgap_bad_on_way, &at);
}

/* TCP sends what is lost again: where streams alone fail, packets are not what is lost. */
static bool in_server_udp(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	return o->proto == 17 && sgap_in_server(ev, o, arg);
}

/* Lost between two vantage points, to one server or to several. */
static void between(struct sgap_judge *j)
{
	struct sgap_at at = { 0 };
	struct sgap_claim c = {
		.cause = "path-loss", .in = in_server_udp, .bad = sgap_bad_on_way, .arg = &at,
		.floor = FLOOR, .loose = true,
	};
	char text[SGAP_ADDR_TEXT];
	struct sgap_where w;
	struct sgap_finding *f = sgap_claim_where(j, &c, &at, &w);

	if (!f)
		return;
	if (sgap_unfelt(j, f)) {
		sgap_unclaim(j);
		return;
	}
	f->role = SGAP_ROLE_PATH;
	f->behind = w.hit == 1 ? w.host : 0;
	f->host = 0;
	f->certain = 0.97;
	f->helps = w.hit == 1 && w.fine ? SGAP_HELPS_YES : SGAP_HELPS_NO;
	if (f->behind)
		snprintf(f->detail, sizeof(f->detail), "on the way to %s or back",
			 sgap_addr_text(text, j->ev->hosts[f->behind].addr.b));
	sgap_fact(j, f, "lost between the vantage points", in_server_udp, sgap_bad_on_way, &at);
}

void sgap_rule_path_loss(struct sgap_judge *j)
{
	if (j->ev->nvantages > 1)
		between(j);
	alike(j);
}
