// SPDX-License-Identifier: GPL-2.0-or-later
#include "say.h"

#include <stdio.h>
#include <time.h>

#include "lib/addr.h"
#include "pick.h"
#include "role.h"

#define WINDOW_MIN 10u

static bool is_set(const struct sgap_addr *a)
{
	static const struct sgap_addr none;

	return !sgap_addr_eq(a, &none);
}

const char *sgap_say_address(const struct sgap_judge *j, const struct sgap_finding *f, char *buf)
{
	if (!f->host)
		return is_set(&f->asked_host) ? sgap_addr_text(buf, f->asked_host.b) : NULL;
	return sgap_addr_text(buf, j->ev->hosts[f->host].addr.b);
}

const char *sgap_say_detour(const struct sgap_judge *j, const struct sgap_finding *f, char *buf)
{
	if (f->helps == SGAP_HELPS_NO)
		return NULL;
	if (is_set(&f->asked_to))
		return sgap_addr_text(buf, f->asked_to.b);
	return f->detour_to ? sgap_addr_text(buf, j->ev->hosts[f->detour_to].addr.b) : NULL;
}

__u64 sgap_say_rate(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u64 ms = (j->ev->last - j->ev->first) / SGAP_NS_PER_MS;
	__u64 now_ms = SGAP_NOW_NS / SGAP_NS_PER_MS;

	ms = ms < now_ms ? ms : now_ms;
	return ms ? f->queries * 10000ull / ms : 0;
}

void sgap_say_time(char *buf, size_t len, __u64 ns)
{
	time_t s = (time_t)(ns / SGAP_NS_PER_S);
	struct tm tm;
	char day[32] = "";

	if (gmtime_r(&s, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, len, "%s.%03u UTC", day, (unsigned int)(ns / SGAP_NS_PER_MS % 1000));
}

/* "203.0.113.1", "the path" */
static const char *subject(const struct sgap_judge *j, const struct sgap_finding *f, char *buf)
{
	const char *address = sgap_say_address(j, f, buf);

	if (address)
		return address;
	snprintf(buf, SGAP_ADDR_TEXT, "The %s", sgap_role_name(f->role));
	return buf;
}

void sgap_say_vendor(char *buf, const struct sgap_judge *j, const struct sgap_finding *f)
{
	const struct sgap_fact *fact = &f->facts[0];
	char who[SGAP_ADDR_TEXT], when[64], before[48] = "";

	sgap_say_time(when, sizeof(when), f->since);
	if (fact->before.all)
		snprintf(before, sizeof(before), ", before that %u of %u", fact->before.bad,
			 fact->before.all);
	snprintf(buf, SGAP_SAY, "%s %s since %s%s%s: %s %u of %u%s (%s). Please state %s.",
		 subject(j, f, who), f->cause->what, when, f->detail[0] ? ", " : "", f->detail,
		 f->nfacts ? fact->what : "bad", f->nfacts ? fact->after.bad : f->in_set.bad,
		 f->nfacts ? fact->after.all : f->in_set.all, before, f->cause->id, f->cause->ask);
}

void sgap_say_next(char *buf, const struct sgap_judge *j, const struct sgap_verdict *v)
{
	struct sgap_pick pick;

	switch (v->lacks) {
	case SGAP_LACKS_MORE:
		snprintf(buf, SGAP_SAY, "capture at least %u more transactions",
			 SGAP_ENOUGH - v->judged);
		return;
	case SGAP_LACKS_ANSWERS:
		snprintf(buf, SGAP_SAY, "capture what comes back as well, from port 53, where both directions pass");
		return;
	case SGAP_LACKS_QUERIES:
		snprintf(buf, SGAP_SAY, "capture the queries as well, to port 53, where both directions pass");
		return;
	case SGAP_LACKS_NOTHING:
		break;
	}
	if (!v->best) {
		snprintf(buf, SGAP_SAY, "nothing to do");
		return;
	}
	if (sgap_pick_trace(buf, SGAP_SAY, j, v->best))
		return;
	sgap_pick(&pick, j, v->best);
	if (!sgap_pick_command(buf, SGAP_SAY, j, &pick))
		snprintf(buf, SGAP_SAY, "capture on both sides of it: locate --pcap A --pcap B");
}

/* Do clients of its network ask a server that the finding does not name? */
static bool is_other_seen(const struct sgap_judge *j, const struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	for (i = 0; i < ev->nservers; i++) {
		__u32 host = ev->servers[i].host;

		if (host != f->host && host != f->behind && host != f->twin &&
		    j->islands[host] == f->island &&
		    ev->hosts[host].role == SGAP_ROLE_RECURSIVE)
			return true;
	}
	return false;
}

static const char *why_not(const struct sgap_judge *j, const struct sgap_finding *f)
{
	switch (f->role) {
	case SGAP_ROLE_CLIENT:
		return "the client takes its fault along to any server";
	case SGAP_ROLE_AUTHORITATIVE:
		return "every server asks the same zone";
	default:
		break;
	}
	if (f->cause->helps == SGAP_HELPS_NO)
		return "what is at fault is on the way to every server";
	return is_other_seen(j, f) ? "another server is hit alike" : "no other server was seen";
}

void sgap_say_why(char *buf, const struct sgap_judge *j, const struct sgap_finding *f)
{
	char to[SGAP_ADDR_TEXT];

	if (*f->asked_why) {
		snprintf(buf, SGAP_SAY, "%s", f->asked_why);
		return;
	}
	switch (f->helps) {
	case SGAP_HELPS_YES:
	case SGAP_HELPS_PARTLY:
		if (f->detour_to)
			snprintf(buf, SGAP_SAY, "%s answers the same clients meanwhile",
				 sgap_addr_text(to, j->ev->hosts[f->detour_to].addr.b));
		else
			snprintf(buf, SGAP_SAY,
				 "the fault is at one server, but no other one was seen");
		break;
	case SGAP_HELPS_NO:
		snprintf(buf, SGAP_SAY, "%s", why_not(j, f));
		break;
	default:
		snprintf(buf, SGAP_SAY, "nothing to go round");
	}
}

const char *sgap_say_helps(enum sgap_helps helps)
{
	static const char *const name[] = { "unknown", "yes", "partly", "no", "no" };

	return name[helps];
}

const char *sgap_say_type(char buf[16], __u16 type)
{
	static const struct { __u16 type; const char *name; } names[] = {
		{ 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 12, "PTR" },
		{ 13, "HINFO" }, { 15, "MX" }, { 16, "TXT" }, { 28, "AAAA" }, { 33, "SRV" },
		{ 35, "NAPTR" }, { 39, "DNAME" }, { 43, "DS" }, { 46, "RRSIG" }, { 47, "NSEC" },
		{ 48, "DNSKEY" }, { 50, "NSEC3" }, { 52, "TLSA" }, { 64, "SVCB" },
		{ 65, "HTTPS" }, { 99, "SPF" }, { 255, "ANY" }, { 257, "CAA" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	snprintf(buf, 16, "TYPE%u", type);
	return buf;
}

const char *sgap_say_state(const struct sgap_ev *ev, const struct sgap_ev_server *s)
{
	struct sgap_tally bad = { 0, 0 }, silent = { 0, 0 };
	__u32 i;

	for (i = s->n; i--;) {
		const struct sgap_obs *o = sgap_ev_obs_of(ev, s, i);

		if (o->ts + SGAP_NOW_NS < ev->last)
			break;
		if (!sgap_obs_counts(o))
			continue;
		sgap_tally_add(&bad, sgap_obs_failed(o));
		sgap_tally_add(&silent, o->class == SGAP_CLASS_SILENT ||
					o->class == SGAP_CLASS_ICMP);
	}
	if (bad.all < WINDOW_MIN)
		return "unknown";
	if (sgap_share(silent) >= 0.95)
		return "dead";
	if (sgap_share(bad) >= 0.5)
		return "failing";
	return sgap_share(bad) >= 0.1 ? "degraded" : "ok";
}
