// SPDX-License-Identifier: GPL-2.0-or-later
/* What answers do to a verdict: synthetic ones, for every cause that asking can split. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "locate/pick.h"
#include "locate/refine.h"
#include "wire.h"

#define SERVER 3u

struct row {
	const char *before, *after;
	enum sgap_refined_how how;
	struct sgap_signs s;
};

#define SIGNS(...) { .server = SERVER, .names = 2, __VA_ARGS__ }
#define GOOD { true, true }
#define FAILS(n) .failed = 2, .n = 2

static const struct row rows[] = {
	/* validation: the root, the other server, or this one */
	{ "zone-bogus", "trust-anchor-or-clock", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(bogus), .control_bogus = { true, false }) },
	{ "trust-anchor-or-clock", "trust-anchor-or-clock", SGAP_REFINED_CONFIRMED,
	  SIGNS(FAILS(bogus), .control_bogus = { true, false }) },
	{ "trust-anchor-or-clock", "zone-bogus", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(bogus), .control_good = GOOD, .validates = GOOD) },
	{ "zone-bogus", "zone-bogus", SGAP_REFINED_CONFIRMED,
	  SIGNS(FAILS(bogus), .has_fallback = true, .fb_bogus = 2) },
	{ "zone-bogus", "trust-anchor-or-clock", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(bogus), .has_fallback = true, .fb_names = 2, .validates = { false, true }) },
	/* a clock so little ahead that the root's signatures still hold, and these do not */
	{ "zone-bogus", "trust-anchor-or-clock", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(bogus), .has_fallback = true, .fb_names = 2, .control_good = GOOD,
		.validates = GOOD) },
	/* who does not validate answers a bogus zone, too */
	{ "zone-bogus", "zone-bogus", SGAP_REFINED_SAME,
	  SIGNS(FAILS(bogus), .has_fallback = true, .fb_names = 2) },
	{ "zone-bogus", "zone-bogus", SGAP_REFINED_DOUBTED, SIGNS(.control_good = GOOD) },
	/* a zone's servers */
	{ "lame-delegation", "authoritative-dead", SGAP_REFINED_CHANGED,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_SILENT] = 2 },
		.control_good = GOOD) },
	/* silent for us, and for all of a site without a way out */
	{ "lame-delegation", "lame-delegation", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_SILENT] = 2 }) },
	{ "no-upstream-route", "no-upstream-route", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_SILENT] = 2 },
		.control_good = GOOD) },
	{ "lame-delegation", "lame-delegation", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_SILENT] = 2 },
		.control_good = GOOD, .has_fallback = true, .fb_names = 2) },
	{ "lame-delegation", "lame-delegation", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_UNREACHABLE] = 2 },
		.control_good = GOOD) },
	{ "authoritative-dead", "zone-expired", SGAP_REFINED_CHANGED,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_EXPIRED] = 1,
							[SGAP_SERVES_SILENT] = 1 }) },
	{ "lame-delegation", "lame-delegation", SGAP_REFINED_CONFIRMED,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_LAME] = 2 }) },
	/* one of several that does not serve it is not why names fail */
	{ "zone-data-broken", "zone-data-broken", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 4, .has_fallback = true,
		.serves = { 3, [SGAP_SERVES_LAME] = 1 }) },
	{ "authoritative-dead", "authoritative-dead", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .serves = { [SGAP_SERVES_STALE] = 1,
							[SGAP_SERVES_EXPIRED] = 1 }) },
	/* the other server answers the names that this one fails */
	{ "forwarder-dead", "lame-delegation", SGAP_REFINED_CHANGED,
	  SIGNS(.failed = 2, .nservers = 2, .has_fallback = true,
		.serves = { [SGAP_SERVES_LAME] = 2 }) },
	{ "forwarder-dead", "forwarder-dead", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .has_fallback = true, .fb_names = 2,
		.serves = { [SGAP_SERVES_LAME] = 1, [SGAP_SERVES_EXPIRED] = 1 }) },
	{ "lame-delegation", "zone-data-broken", SGAP_REFINED_CHANGED,
	  SIGNS(.failed = 2, .nservers = 2, .has_fallback = true, .serves = { 2 }) },
	{ "forwarder-dead", "forwarder-dead", SGAP_REFINED_SAME,
	  SIGNS(.failed = 2, .nservers = 2, .has_fallback = true, .fb_names = 2, .serves = { 2 }) },
	{ "forwarder-dead", "forwarder-dead", SGAP_REFINED_SAME, SIGNS(.failed = 2) },
	/* EDNS */
	{ "edns-mishandled", "edns-dropped", SGAP_REFINED_CHANGED, SIGNS(FAILS(edns_silent)) },
	{ "edns-dropped", "edns-mishandled", SGAP_REFINED_CHANGED, SIGNS(FAILS(edns_error)) },
	{ "edns-dropped", "edns-dropped", SGAP_REFINED_CONFIRMED, SIGNS(FAILS(edns_silent)) },
	{ "edns-dropped", "edns-dropped", SGAP_REFINED_SAME, SIGNS(.failed = 2, .edns_silent = 1) },
	{ "edns-dropped", "edns-dropped", SGAP_REFINED_DOUBTED, SIGNS(.failed = 0) },
	/* refusals */
	{ "recursion-disabled", "recursion-refused-by-acl", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(refused), .ede = 18) },
	{ "recursion-refused-by-acl", "recursion-disabled", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(refused), .ede = 20) },
	{ "recursion-refused-by-acl", "recursion-disabled", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(refused), .authority = true) },
	{ "recursion-refused-by-acl", "recursion-refused-by-acl", SGAP_REFINED_SAME,
	  SIGNS(FAILS(refused)) },
	{ "recursion-refused-by-acl", "recursion-refused-by-acl", SGAP_REFINED_CONFIRMED,
	  SIGNS(.failed = 0) },
	/* dead, stopped, or only to some */
	{ "server-dead", "server-dead", SGAP_REFINED_CONFIRMED,
	  SIGNS(FAILS(silent)) },
	{ "server-dead", "server-dead", SGAP_REFINED_SAME, SIGNS(FAILS(silent), .no_way = true) },
	{ "server-dead", "service-stopped", SGAP_REFINED_CHANGED,
	  SIGNS(FAILS(silent), .closed = true) },
	{ "server-dead", "server-dead", SGAP_REFINED_DOUBTED, SIGNS(.alive = true) },
	{ "server-dead", "server-dead", SGAP_REFINED_SAME, SIGNS(.alive = true, .failed = 2) },
	{ "acl-drop", "acl-drop", SGAP_REFINED_CONFIRMED, SIGNS(.alive = true) },
	{ "acl-drop", "server-dead", SGAP_REFINED_CHANGED, SIGNS(FAILS(silent)) },
	/* TCP */
	{ "tcp-blocked", "tcp-refused", SGAP_REFINED_CHANGED, SIGNS(.tcp = { SGAP_GOT_CLOSED }) },
	{ "tcp-refused", "tcp-exhausted", SGAP_REFINED_CHANGED, SIGNS(.tcp = { SGAP_GOT_CUT }) },
	{ "tcp-blocked", "tcp-blocked", SGAP_REFINED_CONFIRMED, SIGNS(.has_fallback = true) },
	{ "tcp-blocked", "tcp-blocked", SGAP_REFINED_SAME, SIGNS(.failed = 0) },
	{ "tcp-blocked", "tcp-blocked", SGAP_REFINED_DOUBTED, SIGNS(.tcp = { SGAP_GOT_ANSWER }) },
	/* serials */
	{ "stale-zone", "stale-zone", SGAP_REFINED_CONFIRMED,
	  SIGNS(.nservers = 2, .serves = { 1, 1 }) },
	{ "stale-zone", "stale-zone", SGAP_REFINED_DOUBTED, SIGNS(.nservers = 2, .serves = { 2 }) },
	{ "stale-zone", "stale-zone", SGAP_REFINED_SAME, SIGNS(.nservers = 0) },
	{ "stale-zone", "stale-zone", SGAP_REFINED_SAME,
	  SIGNS(.nservers = 2, .serves = { 1, [SGAP_SERVES_SILENT] = 1 }) },
	/* nothing that asking could split */
	{ "path-loss", "path-loss", SGAP_REFINED_SAME, SIGNS(.failed = 2) },
	{ "client-flood", "client-flood", SGAP_REFINED_SAME, SIGNS(.failed = 0) },
};

static struct sgap_finding finding(const char *cause)
{
	const struct sgap_cause *c = sgap_cause_by_id(cause);

	assert_non_null(c->id);
	return (struct sgap_finding){ .cause = c, .role = c->role, .host = 7, .confidence = 0.6,
				      .helps = SGAP_HELPS_YES };
}

static void test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct sgap_finding f = finding(rows[i].before);
		struct sgap_finding copy = f;
		struct sgap_refined r;

		sgap_refine(&r, &f, &rows[i].s);
		if (strcmp(r.finding.cause->id, rows[i].after) || r.how != rows[i].how)
			fail_msg("row %zu, %s: got %s, %s", i, rows[i].before, r.finding.cause->id,
				 sgap_refined_name(r.how));
		assert_memory_equal(&f, &copy, sizeof(f));
		assert_string_equal(r.was->id, rows[i].before);
		assert_true(*r.why && r.finding.confidence > 0.0 && r.finding.confidence < 1.0);
		if (r.how == SGAP_REFINED_CONFIRMED)
			assert_true(r.finding.confidence > f.confidence);
		if (r.how == SGAP_REFINED_DOUBTED)
			assert_true(r.finding.confidence < f.confidence);
		if (r.how == SGAP_REFINED_SAME)
			assert_true(fabs(r.finding.confidence - f.confidence) < 1e-9);
	}
}

/* No word of names where none was looked at. */
static void test_doubt_says_what_was_seen(void **state)
{
	static const struct row row[] = {
		{ "server-dead", "answers when", SGAP_REFINED_DOUBTED, SIGNS(.alive = true) },
		{ "tcp-refused", "over TCP", SGAP_REFINED_DOUBTED,
		  SIGNS(.tcp = { SGAP_GOT_ANSWER }) },
		{ "edns-dropped", "all the names", SGAP_REFINED_DOUBTED, SIGNS(.failed = 0) },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const struct sgap_finding f = finding(row[i].before);
		struct sgap_refined r;

		sgap_refine(&r, &f, &row[i].s);
		assert_int_equal(r.how, row[i].how);
		assert_non_null(strstr(r.why, row[i].after));
	}
}

/* A changed cause comes with the address that the answers name, never the old one's. */
static void test_blame_moves(void **state)
{
	struct sgap_signs s = SIGNS(.failed = 2, .nservers = 2,
				    .serves = { [SGAP_SERVES_LAME] = 2 });
	struct sgap_finding f = finding("forwarder-dead");
	struct sgap_refined r;

	(void)state;
	s.at[SGAP_SERVES_LAME].b[15] = 9;
	sgap_refine(&r, &f, &s);
	assert_int_equal(r.finding.role, SGAP_ROLE_AUTHORITATIVE);
	assert_int_equal(r.finding.host, 0);
	assert_int_equal(r.finding.behind, SERVER);
	assert_int_equal(r.finding.asked_host.b[15], 9);
	/* The same cause at another address than the one that is blamed says nothing of that. */
	f = finding("lame-delegation");
	s.blamed.b[15] = 8;
	sgap_refine(&r, &f, &s);
	assert_int_equal(r.how, SGAP_REFINED_SAME);
	s.twin.b[15] = 9;
	sgap_refine(&r, &f, &s);
	assert_int_equal(r.how, SGAP_REFINED_CONFIRMED);
	f = finding("zone-bogus");
	s = (struct sgap_signs)SIGNS(FAILS(bogus), .control_bogus = { true, false });
	sgap_refine(&r, &f, &s);
	assert_int_equal(r.finding.role, SGAP_ROLE_RECURSIVE);
	assert_int_equal(r.finding.host, SERVER);
	assert_int_equal(r.finding.behind, 0);
}

static void test_detour(void **state)
{
	static const struct {
		enum sgap_would would;
		int failed;
		enum sgap_helps helps;
	} row[] = {
		{ SGAP_WOULD_YES, 2, SGAP_HELPS_YES }, { SGAP_WOULD_NO, 2, SGAP_HELPS_NO },
		{ SGAP_WOULD_PARTLY, 2, SGAP_HELPS_PARTLY },
		{ SGAP_WOULD_NO, 0, SGAP_HELPS_YES }, { SGAP_WOULD_UNKNOWN, 2, SGAP_HELPS_YES },
	};
	const struct sgap_finding f = finding("server-dead");
	const struct sgap_addr b = { .b = { [15] = 5 } };
	const struct sgap_signs s = SIGNS(FAILS(silent));
	struct sgap_refined r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const struct sgap_help help = { .would = row[i].would, .failed = row[i].failed,
						.names = 2, .why = "so it is" };

		sgap_refine(&r, &f, &s);
		sgap_refine_detour(&r, &help, &b);
		assert_int_equal(r.finding.helps, row[i].helps);
		if (row[i].would == SGAP_WOULD_UNKNOWN || !row[i].failed) {
			assert_string_equal(r.finding.asked_why, "");
			continue;
		}
		assert_string_equal(r.finding.asked_why, "asked by ourselves, so it is");
		assert_int_equal(r.finding.asked_to.b[15], 5);
	}
}

static void put(struct sgap_ask *ask, int rcode, __u16 flags)
{
	ask->got = rcode < 0 ? SGAP_GOT_NOTHING : SGAP_GOT_ANSWER;
	ask->reply.rcode = (__u16)rcode;
	ask->reply.ede = SGAP_NONE16;
	ask->reply.flags = flags;
}

/* From a probe's answers to signs. */
static void test_signs(void **state)
{
	struct sgap_probe *p = sgap_probe_new();
	struct sgap_host hosts[8] = { 0 };
	const struct sgap_ev ev = { .hosts = hosts };
	const struct sgap_finding f = finding("lame-delegation");
	struct sgap_signs s;
	int side, way;

	(void)state;
	assert_int_equal(sgap_probe_name(p, "a.example"), 0);
	assert_int_equal(sgap_probe_name(p, "b.example"), 0);
	p->has_fallback = true;
	for (side = 0; side < SGAP_SIDES; side++)
		for (way = 0; way < SGAP_WAYS; way++) {
			bool good = side || way == SGAP_WAY_UNCHECKED;

			put(&p->control.ask[side][way], 0, SGAP_DNS_AD);
			put(&p->check[0].ask[side][way], good ? 0 : 2, 0);
			put(&p->check[1].ask[side][way], way ? -1 : 0, 0);
		}
	p->check[0].ask[0][SGAP_WAY_EDNS].reply.ede = 6;
	for (side = 0; side < 2; side++) {
		struct sgap_survey_server *at = &p->survey.server[p->survey.n++];

		at->ask.server.b[15] = (__u8)(8 + side);
		at->serves = SGAP_SERVES_LAME;
		p->survey.count[SGAP_SERVES_LAME]++;
	}
	hosts[7].addr.b[15] = 9;
	sgap_signs_read(&s, p, &ev, &f, SERVER);
	assert_int_equal(s.at[SGAP_SERVES_LAME].b[15], 9);
	assert_int_equal(s.blamed.b[15], 9);
	assert_int_equal(s.server, SERVER);
	assert_int_equal(s.names, 2);
	assert_int_equal(s.failed, 2);
	assert_int_equal(s.bogus, 1);
	assert_int_equal(s.edns_silent, 1);
	assert_int_equal(s.fb_names, 1);
	assert_int_equal(s.ede, 6);
	assert_true(s.alive && s.control_good[0] && s.validates[0] && s.validates[1]);
	assert_int_equal(s.silent + s.refused + s.edns_error, 0);
	sgap_probe_free(p);
}

/* What a shell is given holds no name that a packet could have made to be more than a name. */
static void test_command(void **state)
{
	static const struct { const char *label, *said; } row[] = {
		{ "www", "stopgap probe 192.0.2.1 --name www/A" },
		{ "_x-1", "stopgap probe 192.0.2.1 --name _x-1/A" },
		{ "a;reboot", "stopgap probe 192.0.2.1" }, { "$(id)", "stopgap probe 192.0.2.1" },
		{ "a b", "stopgap probe 192.0.2.1" }, { "-n", "stopgap probe 192.0.2.1" },
		{ "a'b", "stopgap probe 192.0.2.1" }, { "`id`", "stopgap probe 192.0.2.1" },
		{ "a\nb", "stopgap probe 192.0.2.1" },
	};
	__u8 arena[64];
	struct sgap_host hosts[2] = { 0 };
	struct sgap_name names[2] = { 0 };
	struct sgap_ev ev = { .hosts = hosts, .names = names, .arena = arena };
	const struct sgap_judge j = { .ev = &ev };
	struct sgap_pick pick = { .server = 1, .name = { 1 }, .type = { 1 }, .n = 1 };
	char buf[640];
	size_t i;

	(void)state;
	sgap_addr_set_v4(&hosts[1].addr, (const __u8[]){ 192, 0, 2, 1 });
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		size_t len = strlen(row[i].label);

		arena[0] = (__u8)len;
		memcpy(arena + 1, row[i].label, len + 1);
		names[1].len = (__u16)(len + 2);
		assert_true(sgap_pick_command(buf, sizeof(buf), &j, &pick));
		assert_string_equal(buf, row[i].said);
	}
	pick.server = 0;
	assert_false(sgap_pick_command(buf, sizeof(buf), &j, &pick));
}

/* Of a client's own doing its queries tell, and no server is to be asked. */
static void test_trace(void **state)
{
	static const struct {
		const char *cause;
		enum sgap_role role;
		bool capture;
		const char *name, *said;	/* NULL = nothing */
	} row[] = {
		{ "client-flood", SGAP_ROLE_CLIENT, true, "kept/a.pcap",
		  "stopgap trace --pcap a.pcap --client 192.0.2.1" },
		{ "client-loop", SGAP_ROLE_CLIENT, true, "-",
		  "stopgap trace --pcap FILE --client 192.0.2.1" },
		{ "search-list-storm", SGAP_ROLE_CLIENT, true, "a b;c",
		  "stopgap trace --pcap FILE --client 192.0.2.1" },
		{ "client-unreachable", SGAP_ROLE_CLIENT, false, "eth0",
		  "stopgap trace eth0 --client 192.0.2.1" },
		{ "client-misconfigured", SGAP_ROLE_CLIENT, true, "a", NULL },
		{ "server-dead", SGAP_ROLE_RECURSIVE, true, "a", NULL },
	};
	struct sgap_host hosts[2] = { 0 };
	struct sgap_ev ev = { .hosts = hosts, .nhosts = 2 };
	struct sgap_judge j = { .ev = &ev };
	char buf[640];
	size_t i;

	(void)state;
	sgap_addr_set_v4(&hosts[1].addr, (const __u8[]){ 192, 0, 2, 1 });
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct sgap_finding f = { .cause = sgap_cause_by_id(row[i].cause),
					  .role = row[i].role, .host = 1 };
		struct sgap_pick pick;

		ev.vantage[0].name = row[i].name;
		ev.vantage[0].summed = row[i].capture;
		assert_int_equal(sgap_pick_trace(buf, sizeof(buf), &j, &f), row[i].said != NULL);
		if (!row[i].said)
			continue;
		assert_string_equal(buf, row[i].said);
		sgap_pick(&pick, &j, &f);
		assert_int_equal(pick.server, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_doubt_says_what_was_seen),
		cmocka_unit_test(test_blame_moves),
		cmocka_unit_test(test_detour),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
