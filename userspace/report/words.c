// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "incident.h"
#include "text.h"

static const struct cause {
	const char *id, *did, *setting;
} causes[] = {
	{ "none", "had no fault", NULL },
	{ "server-dead", "stopped answering", "the server itself: host, power, network interface" },
	{ "service-stopped", "was up, but its DNS service was not", "the DNS process: is it running, does it listen on this address?" },
	{ "server-overloaded", "could not keep up", "capacity: query rate against limits on clients, sockets and threads" },
	{ "server-slow", "answered everything late", "what each answer waits for: lookups, logging, disk" },
	{ "rate-limited", "limited the rate of real clients", "response rate limiting: rate, slip, exempt clients" },
	{ "recursion-refused-by-acl", "refused its clients", "access control: which client prefixes may ask recursive questions" },
	{ "acl-drop", "silently dropped some clients", "access control: which client prefixes are answered" },
	{ "family-broken", "was dead over one address family", "the service's listening address and firewall for that family" },
	{ "recursion-disabled", "served as resolver without recursion", "recursion: switched off, or the wrong server in the clients' settings" },
	{ "forwarder-dead", "waited for a forwarder that is gone", "the forwarder's address, and whether that server is up" },
	{ "forwarder-refuses", "was refused by its own forwarder", "the forwarder's access control for this resolver" },
	{ "forward-loop", "forwarded in a circle", "the forwarders of both servers" },
	{ "no-upstream-route", "could not reach the outside", "the resolver's route, firewall and root hints" },
	{ "trust-anchor-or-clock", "failed to validate every signed name", "its trust anchor and its clock" },
	{ "zone-bogus", "served a zone whose signatures are wrong", "the zone's signatures and DS record" },
	{ "zone-expired", "let a zone expire", "the zone transfer from its primary" },
	{ "lame-delegation", "is delegated a zone that it does not serve", "the delegation, or the zone's configuration" },
	{ "authoritative-dead", "stopped serving its zone", "all of the zone's servers" },
	{ "zone-data-broken", "serves a zone that cannot resolve", "the zone's records: CNAME, NS, glue" },
	{ "stale-zone", "served an old copy of a zone", "the zone transfer from its primary" },
	{ "zone-shadowed", "hid real names behind a local zone", "local zones and response policy" },
	{ "nxdomain-rewritten", "invented addresses for names that do not exist", "NXDOMAIN redirection" },
	{ "wrong-answers", "gave answers that are not the zone's", "local data, cache, upstream" },
	{ "ttl-zeroed", "defeated caching", "minimum and maximum TTL" },
	{ "aaaa-mishandled", "mishandled questions for IPv6 addresses", "AAAA filtering" },
	{ "type-dropped", "swallowed one query type", "filtering by query type" },
	{ "edns-dropped", "swallowed queries with EDNS", "filtering of EDNS; firewall rules for DNS" },
	{ "edns-mishandled", "mishandled EDNS", "the software's EDNS support" },
	{ "unknown-type-mishandled", "mishandled unusual types", "the software's support of unknown types" },
	{ "case-mismatch", "did not echo the name's case", "the software's handling of letter case" },
	{ "tcp-refused", "truncated answers but refused TCP", "TCP port 53: listening, firewall" },
	{ "tcp-exhausted", "ran out of TCP connections", "the limit on TCP clients, and idle timeouts" },
	{ "tcp-blocked", "let no DNS over TCP through", "firewall rules for TCP port 53" },
	{ "fragments-lost", "lost large answers", "fragments at firewalls; the EDNS buffer size" },
	{ "pmtu-blackhole", "lost large packets without a word", "the MTU of the path, and ICMP filtering" },
	{ "answer-from-wrong-address", "answered from another address", "the service's outgoing address" },
	{ "intercepted", "answered in the server's place", "interception of port 53 on the way" },
	{ "path-filtered", "rejected DNS on the way", "the filter that sent the rejection" },
	{ "routing-loop", "sent packets in a circle", "routes on the way" },
	{ "nat-exhausted", "let no new flows through", "the NAT's or firewall's table of connections" },
	{ "path-loss", "lost packets on their way", "the links on the way" },
	{ "path-slow", "delayed packets to several servers alike", "the links on the way" },
	{ "link-down", "went down", "cable, port, carrier" },
	{ "link-errors", "corrupted packets", "cable, optics, port counters" },
	{ "mtu-mismatch", "has another MTU than its neighbour", "the interface's MTU" },
	{ "duplex-mismatch", "has another duplex mode than its neighbour", "the interface's duplex mode" },
	{ "client-misconfigured", "asked a host that is no DNS server", "the client's resolver setting" },
	{ "client-flood", "sent an odd load", "the client" },
	{ "client-loop", "asked the same in a circle", "the client" },
	{ "search-list-storm", "multiplied its questions by a search list", "the client's search list" },
	{ "client-unreachable", "did not take its answers", "a firewall on the client" },
};

static const struct cause *find_cause(const char *id)
{
	size_t i;

	for (i = 0; id && i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i].id, id))
			return &causes[i];
	return NULL;
}

const char *sgap_words_cause(const char *cause)
{
	const struct cause *c = find_cause(cause);

	return c ? c->did : "was at fault";
}

const char *sgap_words_setting(const char *cause)
{
	const struct cause *c = find_cause(cause);

	return c ? c->setting : NULL;
}

const char *sgap_words_role(const char *role)
{
	static const char *const roles[][2] = {
		{ "client", "client" }, { "link", "network interface" }, { "path", "network path" },
		{ "middlebox", "middlebox" }, { "recursive", "recursive resolver" },
		{ "forwarder", "forwarder" }, { "authoritative", "authoritative server" },
		{ "nobody", "nobody" },
	};
	size_t i;

	for (i = 0; role && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(roles[i][0], role))
			return roles[i][1];
	return role ? role : "not known";
}

static const char *const stages[SGAP_STAGES][2] = {
	[SGAP_STAGE_ONSET] = { "Fault began", "the first failed transaction" },
	[SGAP_STAGE_DETECTED] = { "Detected", "the kernel reported the server's state" },
	[SGAP_STAGE_LOCATED] = { "Located", "whose fault, and which setting" },
	[SGAP_STAGE_INFORMED] = { "Vendor informed", "with the evidence" },
	[SGAP_STAGE_AUTHORISED] = { "Authorised", "the kernel verified the customer's signature" },
	[SGAP_STAGE_RESTORED] = { "Service restored", "clients are answered again" },
	[SGAP_STAGE_LEASE_END] = { "Lease ended", "the detour took itself away" },
	[SGAP_STAGE_HANDED_BACK] = { "Handed back", "the repaired server serves again" },
};

const char *sgap_words_stage(int stage)
{
	return stages[stage][0];
}

const char *sgap_words_stage_about(int stage)
{
	return stages[stage][1];
}

const char *sgap_words_span(char *buf, size_t size, double seconds)
{
	double s = fabs(seconds);
	const char *sign = seconds < 0 ? "\xe2\x88\x92" : "";

	if (isnan(seconds))
		snprintf(buf, size, "not known");
	else if (s == 0)
		snprintf(buf, size, "0 s");
	else if (s < 0.9995)
		snprintf(buf, size, "%s%.0f ms", sign, s * 1000);
	else if (s < 99.95)
		snprintf(buf, size, "%s%.*f s", sign, s == round(s) ? 0 : 1, s);
	else if (s < 7200 && fmod(round(s), 60) == 0)
		snprintf(buf, size, "%s%.0f min", sign, round(s) / 60);
	else if (s < 7200)
		snprintf(buf, size, "%s%.0f min %.0f s", sign, floor(round(s) / 60),
			 fmod(round(s), 60));
	else
		snprintf(buf, size, "%s%.0f h %.0f min", sign, floor(round(s / 60) / 60),
			 fmod(round(s / 60), 60));
	return buf;
}

static const char *format_time(char *buf, size_t size, double t, bool date)
{
	/* As a clock shows it, never early; the microsecond is for what a double lacks. */
	double ms = floor(t * 1000 + 0.001);
	char head[40];
	struct tm tm;
	time_t sec;

	if (isnan(t)) {
		snprintf(buf, size, "not known");
		return buf;
	}
	sec = (time_t)floor(ms / 1000);
	head[0] = '\0';
	if (gmtime_r(&sec, &tm) && date)
		strftime(head, sizeof(head), "%Y-%m-%d %H:%M:%S", &tm);
	else if (gmtime_r(&sec, &tm))
		strftime(head, sizeof(head), "%H:%M:%S", &tm);
	snprintf(buf, size, "%s.%03.0f", head, ms - (double)sec * 1000);
	return buf;
}

const char *sgap_words_time(char *buf, size_t size, double t)
{
	return format_time(buf, size, t, true);
}

const char *sgap_words_clock(char *buf, size_t size, double t)
{
	return format_time(buf, size, t, false);
}

/* Whole numbers with a thin space between thousands. */
const char *sgap_words_count(char *buf, size_t size, double n)
{
	char digits[32];
	size_t i, len, used = 0;

	if (isnan(n)) {
		snprintf(buf, size, "not known");
		return buf;
	}
	len = (size_t)snprintf(digits, sizeof(digits), "%.0f", n);
	buf[0] = '\0';
	for (i = 0; i < len && used + 4 < size; i++) {
		if (i && (len - i) % 3 == 0 && len > 4)
			used += (size_t)snprintf(buf + used, size - used, "\xe2\x80\x89");
		used += (size_t)snprintf(buf + used, size - used, "%c", digits[i]);
	}
	return buf;
}

const char *sgap_words_share(char *buf, size_t size, double n, double of)
{
	double pct = 100 * n / of;

	if (isnan(pct) || of <= 0)
		snprintf(buf, size, "\xe2\x80\x93");
	else if (pct > 0 && pct < 0.1)
		snprintf(buf, size, "< 0.1 %%");
	else if (n < of && pct > 99.9)
		snprintf(buf, size, "> 99.9 %%");
	else
		snprintf(buf, size, "%.*f %%", pct == round(pct) ? 0 : 1, pct);
	return buf;
}

void sgap_words_headline(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_verdict *v = &inc->verdict;
	double outage = sgap_incident_outage(inc);
	char span[48];

	if (!strcmp(v->role, "nobody")) {
		sgap_text_add(t, "Nobody was found at fault");
		return;
	}
	if (v->address)
		sgap_text_add(t, v->address);
	else
		sgap_text_addf(t, "The %s%s%s", sgap_words_role(v->role),
			       v->interface ? " " : "", v->interface ? v->interface : "");
	sgap_text_addf(t, " %s", sgap_words_cause(v->cause));
	if (isnan(outage))
		sgap_text_add(t, "; service is not restored yet");
	else
		sgap_text_addf(t, "; service was back after %s",
			       sgap_words_span(span, sizeof(span), outage));
}

/* The clients that were left with A are the measure of what B did for the others. */
static void add_effect(struct sgap_text *t, const struct sgap_incident_lease *l)
{
	if (isnan(l->failed_server) || isnan(l->failed_fallback) || isnan(l->spared) ||
	    isnan(l->spared_low) || isnan(l->spared_high))
		return;
	sgap_text_addf(t, " While it was on, %.1f %% of the queries of clients left with the "
		       "server failed, and %.1f %% of those led around it: it spared them %.1f "
		       "points (95 %% interval %.1f to %.1f).", l->failed_server * 100,
		       l->failed_fallback * 100, l->spared * 100, l->spared_low * 100,
		       l->spared_high * 100);
}

static bool is_known(const struct sgap_incident_phase *p, const struct sgap_incident_change *c)
{
	return p->queries > 0 && !isnan(p->failed) && !isnan(c->spared) && !isnan(c->low) &&
	       !isnan(c->high);
}

/* In points, to a tenth; -0.0 is none. */
static double points(double share)
{
	return round(share * 1000) / 10 + 0.0;
}

/* To follow how many failed with A: how many more that is than with B. */
static void add_change(struct sgap_text *t, const struct sgap_incident_change *c)
{
	sgap_text_addf(t, ", %.1f points %s than during it (95 %% interval %.1f to %.1f)",
		       points(fabs(c->spared)), points(c->spared) < 0 ? "fewer" : "more",
		       points(c->low), points(c->high));
}

void sgap_words_phases(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_lease *l = &inc->lease;
	bool before, after;

	if (!l->given || !(l->during.queries > 0) || isnan(l->during.failed))
		return;
	before = is_known(&l->before, &l->start);
	after = is_known(&l->after, &l->end);
	if (!before && !after)
		return;
	sgap_text_addf(t, "Of all queries, %.1f %% failed while the detour was on",
		       100 * l->during.failed / l->during.queries);
	if (before) {
		sgap_text_addf(t, "; before it %.1f %%", 100 * l->before.failed / l->before.queries);
		add_change(t, &l->start);
	}
	if (after) {
		sgap_text_addf(t, "; after it %.1f %%", 100 * l->after.failed / l->after.queries);
		add_change(t, &l->end);
	}
	sgap_text_add(t, ".");
}

void sgap_words_remedy(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_grant *g = &inc->grant;
	const struct sgap_incident_lease *l = &inc->lease;
	char span[48];

	if (!g->given || !l->given) {
		sgap_text_add(t, "No detour was put in place.");
		return;
	}
	sgap_text_addf(t, "DNS traffic of %s was sent to %s instead of %s", g->clients, g->fallback,
		       g->server);
	if (inc->authoriser)
		sgap_text_addf(t, ", authorised by %s", inc->authoriser);
	sgap_text_add(t, ".");
	if (!isnan(l->ended)) {
		sgap_text_addf(t, " The detour ended after %s",
			       sgap_words_span(span, sizeof(span), l->ended - l->started));
		if (l->reason)
			sgap_text_addf(t, " (%s)", l->reason);
		sgap_text_add(t, ".");
	} else if (!isnan(l->ends)) {
		sgap_text_add(t, " The detour ends by itself.");
	}
	add_effect(t, l);
}
