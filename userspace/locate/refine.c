// SPDX-License-Identifier: GPL-2.0-or-later
#include "refine.h"

#include <stdio.h>

#define SURER 0.5	/* what is left of the doubt when the answers say the same */
#define CHANGED 0.85	/* how sure of a cause that the answers alone name */
#define DOUBT 0.7	/* what is left of the confidence when the server does well for us */

#define EDE_PROHIBITED 18u
#define EDE_NOT_AUTHORITATIVE 20u

/* What answers point to: a cause, whose address, and why. */
struct points {
	const char *cause;	/* NULL = to none */
	const struct sgap_addr *at;	/* NULL = the finding's own */
	const char *why;
	bool doubt;
};

static const struct points to_none = { NULL, NULL, "the answers fit other causes as well", false };
static const struct points to_other = { NULL, NULL,
	"the answers show this cause at another address, and not at this one", false };
static const struct points to_well = { NULL, NULL,
	"the server answers all the names when we ask: it is over, or it depends on who asks", true };
static const struct points to_alive = { NULL, NULL,
	"the server answers when we ask: it is over, or it depends on who asks", true };
static const struct points to_tcp = { NULL, NULL,
	"the server answers us over TCP: it is over, or it depends on who asks", true };

/* SERVFAIL: validation, a zone's servers, or the way to them. */
static struct points zone_servers(const struct sgap_signs *s)
{
	__u32 served = s->serves[SGAP_SERVES_WELL] + s->serves[SGAP_SERVES_STALE] + s->fb_names;

	/* Silent for us alone, or for all behind one wall: a resolver must have got out. */
	if (s->serves[SGAP_SERVES_SILENT] == s->nservers && !s->fb_names &&
	    (s->control_good[0] || s->control_good[1]))
		return (struct points){ "authoritative-dead", &s->at[SGAP_SERVES_SILENT],
			"none of the zone's servers answers us", false };
	/* Where another server serves the zone, one that does not is not why names fail. */
	if (s->serves[SGAP_SERVES_EXPIRED] && !served)
		return (struct points){ "zone-expired", &s->at[SGAP_SERVES_EXPIRED],
			"one of the zone's servers has it and cannot serve it, and no other does",
			false };
	if (s->serves[SGAP_SERVES_LAME] && !served)
		return (struct points){ "lame-delegation", &s->at[SGAP_SERVES_LAME],
			"one of the zone's servers does not serve it, and no other does", false };
	if (s->serves[SGAP_SERVES_WELL] == s->nservers && s->has_fallback && !s->fb_names)
		return (struct points){ "zone-data-broken", &s->at[SGAP_SERVES_WELL],
			"all of the zone's servers serve it, and two resolvers cannot follow it",
			false };
	return to_none;
}

static struct points servfail(const struct sgap_signs *s)
{
	const struct sgap_addr *well = s->serves[SGAP_SERVES_WELL] ?
				       &s->at[SGAP_SERVES_WELL] : NULL;

	if (!s->failed)
		return to_well;
	if (s->bogus == s->failed) {
		if (s->control_bogus[0])
			return (struct points){ "trust-anchor-or-clock", NULL,
				"it fails the root itself, unless told not to validate", false };
		if (s->fb_names == s->failed && s->validates[1])
			return (struct points){ "trust-anchor-or-clock", NULL,
				"the other server validates these names, and this one fails them", false };
		if (s->control_good[0] && s->validates[0])
			return (struct points){ "zone-bogus", well,
				"it validates the root, and answers these names when told not to validate",
				false };
		if (s->fb_bogus == s->failed)
			return (struct points){ "zone-bogus", well,
				"the other server fails the same names, unless told not to validate",
				false };
		return to_none;
	}
	return s->nservers ? zone_servers(s) : to_none;
}

/* That no server of a zone answers us, either, is what a site without a way out looks like. */
static struct points upstream(const struct sgap_signs *s)
{
	return s->nservers && s->serves[SGAP_SERVES_SILENT] == s->nservers ? to_none : servfail(s);
}

static struct points edns(const struct sgap_signs *s)
{
	if (!s->failed)
		return to_well;
	if (s->edns_silent == s->failed)
		return (struct points){ "edns-dropped", NULL,
			"names are answered when asked plainly, and not with EDNS", false };
	if (s->edns_error == s->failed && !s->bogus)
		return (struct points){ "edns-mishandled", NULL,
			"names are answered when asked plainly, and with an error with EDNS", false };
	return to_none;
}

static struct points refused(const struct sgap_signs *s)
{
	if (!s->failed)
		return (struct points){ "recursion-refused-by-acl", NULL,
			"it answers us, and refuses others: it depends on who asks", false };
	if (s->refused != s->failed)
		return to_none;
	if (s->ede == EDE_PROHIBITED)
		return (struct points){ "recursion-refused-by-acl", NULL,
			"it refuses us, too, and says that we are not allowed (EDE 18)", false };
	if (s->ede == EDE_NOT_AUTHORITATIVE || s->authority)
		return (struct points){ "recursion-disabled", NULL,
			"it refuses us, too, and serves zones of its own alone", false };
	return to_none;
}

static struct points dead(const struct sgap_signs *s)
{
	if (!s->alive && s->no_way)
		return to_none;
	if (!s->alive && s->closed)
		return (struct points){ "service-stopped", NULL,
			"its host says that nothing listens", false };
	if (!s->alive)
		return (struct points){ "server-dead", NULL, "it does not answer us either", false };
	return s->failed ? to_none : to_alive;
}

static struct points by_prefix(const struct sgap_signs *s)
{
	if (s->alive && !s->failed)
		return (struct points){ "acl-drop", NULL,
			"it answers us, and not the others: it depends on who asks", false };
	return s->alive ? to_none : dead(s);
}

static struct points tcp(const struct sgap_signs *s)
{
	switch (s->tcp[0]) {
	case SGAP_GOT_CLOSED:
		return (struct points){ "tcp-refused", NULL, "it refuses TCP to us, too", false };
	case SGAP_GOT_CUT:
		return (struct points){ "tcp-exhausted", NULL,
			"it takes our TCP connection, and closes it without an answer", false };
	case SGAP_GOT_NOTHING:
		if (s->has_fallback && s->tcp[1] == SGAP_GOT_NOTHING)
			return (struct points){ "tcp-blocked", NULL,
				"no TCP answer comes of two servers", false };
		return to_none;
	case SGAP_GOT_ANSWER:
		return to_tcp;
	default:
		return to_none;
	}
}

static struct points stale(const struct sgap_signs *s)
{
	if (s->serves[SGAP_SERVES_STALE])
		return (struct points){ "stale-zone", &s->at[SGAP_SERVES_STALE],
			"its serial is older than that of the zone's other servers", false };
	return s->nservers && s->serves[SGAP_SERVES_WELL] == s->nservers ?
	       (struct points){ NULL, NULL, "all of the zone's servers have one serial now", true } :
	       to_none;
}

static const struct {
	const char *cause;
	struct points (*ask)(const struct sgap_signs *s);
} rows[] = {
	{ "trust-anchor-or-clock", servfail }, { "zone-bogus", servfail },
	{ "zone-expired", servfail }, { "lame-delegation", servfail },
	{ "authoritative-dead", servfail }, { "zone-data-broken", servfail },
	{ "no-upstream-route", upstream }, { "forwarder-dead", upstream },
	{ "forwarder-refuses", servfail },
	{ "edns-dropped", edns }, { "edns-mishandled", edns },
	{ "recursion-refused-by-acl", refused }, { "recursion-disabled", refused },
	{ "server-dead", dead }, { "service-stopped", dead }, { "acl-drop", by_prefix },
	{ "tcp-refused", tcp }, { "tcp-exhausted", tcp }, { "tcp-blocked", tcp },
	{ "stale-zone", stale },
};

static struct points ask(const struct sgap_finding *f, const struct sgap_signs *s)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].cause, f->cause->id))
			return rows[i].ask(s);
	return (struct points){ NULL, NULL, "asking does not tell this cause from others", false };
}

/* Another cause, and with it another culprit: the address that was found, or the server. */
static void change(struct sgap_finding *f, const struct points *p, __u32 server)
{
	f->cause = sgap_cause_by_id(p->cause);
	f->role = f->cause->role;
	f->helps = f->cause->helps;
	f->confidence = CHANGED;
	f->detail[0] = 0;
	f->host = f->role == SGAP_ROLE_RECURSIVE ? server : 0;
	f->behind = f->host ? 0 : server;
	if (p->at)
		f->asked_host = *p->at;
}

/* The same cause at another address leaves the finding as it was: it is not its host's. */
static bool is_elsewhere(const struct sgap_finding *f, const struct points *p,
			 const struct sgap_signs *s)
{
	return f->host && p->cause && p->at && !strcmp(p->cause, f->cause->id) &&
	       !sgap_addr_eq(p->at, &s->blamed) && !sgap_addr_eq(p->at, &s->twin);
}

void sgap_refine(struct sgap_refined *r, const struct sgap_finding *f, const struct sgap_signs *s)
{
	struct points p = ask(f, s);

	if (is_elsewhere(f, &p, s))
		p = to_other;
	memset(r, 0, sizeof(*r));
	r->finding = *f;
	r->was = f->cause;
	r->confidence = f->confidence;
	r->why = p.why;
	if (p.doubt) {
		r->how = SGAP_REFINED_DOUBTED;
		r->finding.confidence *= DOUBT;
	} else if (p.cause && !strcmp(p.cause, f->cause->id)) {
		r->how = SGAP_REFINED_CONFIRMED;
		r->finding.confidence = 1 - (1 - f->confidence) * SURER;
		if (!f->host && p.at)
			r->finding.asked_host = *p.at;
	} else if (p.cause) {
		r->how = SGAP_REFINED_CHANGED;
		change(&r->finding, &p, s->server);
	}
}

void sgap_refine_detour(struct sgap_refined *r, const struct sgap_help *help,
			const struct sgap_addr *fallback)
{
	static const enum sgap_helps helps[] = {
		[SGAP_WOULD_UNKNOWN] = SGAP_HELPS_UNKNOWN, [SGAP_WOULD_YES] = SGAP_HELPS_YES,
		[SGAP_WOULD_PARTLY] = SGAP_HELPS_PARTLY, [SGAP_WOULD_NO] = SGAP_HELPS_NO,
	};
	struct sgap_finding *f = &r->finding;

	/* Of names that the server answers us, nothing follows for those whom it fails. */
	if (help->would == SGAP_WOULD_UNKNOWN || !help->failed)
		return;
	f->helps = helps[help->would];
	f->asked_to = *fallback;
	snprintf(f->asked_why, sizeof(f->asked_why), "asked by ourselves, %s", help->why);
}

const char *sgap_refined_name(enum sgap_refined_how how)
{
	static const char *const name[] = { "unchanged", "confirmed", "changed", "doubted" };

	return name[how];
}
