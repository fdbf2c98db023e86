// SPDX-License-Identifier: GPL-2.0-or-later
/* Incidents: opened, located, restored, handed back and closed, by made-up seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident/case.h"
#include "incident/leases.h"
#include "incident/said.h"
#include "incident/seconds.h"
#include "lib/addr.h"
#include "lib/nl.h"

#define T0 1790000000ULL	/* s */
#define NS(s) ((__u64)((s) * 1000.0) * SGAP_NS_PER_MS)

struct rig {
	struct sgap_cases *cs;
	char types[4096];	/* of all entries but series and rows, with blanks between */
	json_t *last;		/* the last snapshot */
	json_t *series;		/* all of them */
	__u64 asked, failed;	/* as the series have it */
};

static void on_entry(void *ctx, const struct sgap_case *c, __u64 time, const char *type,
		     json_t *payload)
{
	struct rig *r = ctx;
	json_t *one, *clients;
	size_t i;

	(void)c;
	(void)time;
	if (!strcmp(type, "incident.series")) {
		json_array_append(r->series, payload);
		clients = json_object_get(payload, "clients");
		json_array_foreach(json_object_get(clients, "asked"), i, one) {
			__u64 asked = (__u64)json_integer_value(one);

			r->asked += asked;
			r->failed += asked - (__u64)json_integer_value(
					json_array_get(json_object_get(clients, "ok"), i));
		}
	} else if (strcmp(type, "incident.row") != 0) {
		const char *stage = json_string_value(json_object_get(payload, "stage"));

		snprintf(r->types + strlen(r->types), sizeof(r->types) - strlen(r->types), "%s%s%s ",
			 stage ? stage : type + strlen("incident."),
			 stage && !json_is_integer(json_object_get(payload, "t")) ? "-not" : "", "");
	}
	if (json_object_get(payload, "case")) {
		json_decref(r->last);
		r->last = json_incref(json_object_get(payload, "case"));
	}
	json_decref(payload);
}

static int setup(void **state)
{
	const struct sgap_cases_cfg cfg = { .budget_ms = 60000, .quiet_ms = 10000 };
	struct rig *r = calloc(1, sizeof(*r));

	r->series = json_array();
	r->cs = sgap_cases_new(&cfg, 1, on_entry, r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	sgap_cases_free(r->cs);
	json_decref(r->last);
	json_decref(r->series);
	free(r);
	return 0;
}

static struct sgap_addr addr(const char *text)
{
	struct sgap_addr a;

	assert_int_equal(sgap_addr_parse(&a, text), 0);
	return a;
}

static void query(struct rig *r, const char *server, double at, int state, int rcode, int client)
{
	struct sgap_rec_txn rec = { .rec = { .len = sizeof(rec), .type = SGAP_REC_TXN },
				    .state = (__u8)state, .rcode = (__u16)rcode };
	struct sgap_addr s = addr(server), c = addr("10.0.0.0");

	c.b[15] = (__u8)client;
	memcpy(rec.server, s.b, 16);
	memcpy(rec.client, c.b, 16);
	rec.ts_query = NS(T0) + NS(at);
	rec.ts = rec.ts_query + (state == SGAP_TXN_ANSWERED ? SGAP_NS_PER_MS :
				 state == SGAP_TXN_OVERDUE ? SGAP_NS_PER_S : 5 * SGAP_NS_PER_S);
	rec.ts_answer = state == SGAP_TXN_ANSWERED ? rec.ts : 0;
	sgap_cases_record(r->cs, "wan", 1000, &rec);
}

/* Ten queries in each second from..to, and the ticks of that time. */
static void pass(struct rig *r, int from, int to, const char *server, int rcode)
{
	int s, i;

	for (s = from; s < to; s++) {
		for (i = 0; i < 10; i++)
			query(r, server, s + i / 10.0, SGAP_TXN_ANSWERED, rcode, i % 4);
		sgap_cases_tick(r->cs, NS(T0) + NS(s + 1));
	}
}

static void state_of(struct rig *r, const char *server, int before, int after, double at)
{
	struct sgap_addr a = addr(server);

	sgap_cases_state(r->cs, NS(T0) + NS(at), "wan", &a, before, after, NS(T0) + NS(at));
}

/* A verdict; server is whom clients see failing. */
static void said_at(struct rig *r, double at, const char *address, const char *cause, double since,
		    const char *server)
{
	struct sgap_said v = { .somebody = address != NULL, .percent = 90 };

	if (address) {
		strcpy(v.address, address);
		strcpy(v.cause, cause);
		strcpy(v.role, "recursive");
		v.server = addr(server);
		v.has_server = true;
		v.helps = true;
		v.since = NS(T0) + NS(since);
	}
	v.json = strdup("{\"version\":1}");
	sgap_cases_verdict(r->cs, NS(T0) + NS(at), "wan", &v);
	sgap_said_free(&v);
}

static void said(struct rig *r, double at, const char *address, const char *cause, double since)
{
	said_at(r, at, address, cause, since, address);
}

static void lease(struct rig *r, double at, const char *server, const char *fallback, int to)
{
	struct sgap_detour_info d = { .serial = "0123456789abcde", .state = (__u8)to };
	struct sgap_addr a = addr(server), b = addr(fallback);

	memcpy(d.grant.server, a.b, 16);
	memcpy(d.grant.fallback, b.b, 16);
	d.started = to == SGAP_LEASE_ACTIVE ? NS(T0) + NS(at) : 0;
	sgap_cases_lease(r->cs, NS(T0) + NS(at), &d);
}

static double stage(const struct rig *r, const char *name)
{
	json_t *t = json_object_get(json_object_get(r->last, "clock"), name);

	return json_is_integer(t) ? ((double)json_integer_value(t) - (double)NS(T0)) / 1e9 : -1;
}

#define A "192.0.2.1"
#define B "192.0.2.2"

/* The whole story, with its clock. */
static void test_story(void **state)
{
	struct rig *r = *state;

	pass(r, 0, 20, A, 0);
	assert_string_equal(r->types, "");
	pass(r, 20, 23, A, 5);
	state_of(r, A, SGAP_STATE_OK, SGAP_STATE_FAILING, 23);
	said(r, 23.5, A, "recursion-refused-by-acl", 20.1);
	pass(r, 23, 26, A, 5);
	lease(r, 25, A, B, SGAP_LEASE_ARMED);
	lease(r, 26, A, B, SGAP_LEASE_ACTIVE);
	pass(r, 26, 40, B, 0);
	assert_string_equal(r->types, "open verdict authorised lease lease restored ");
	lease(r, 40, A, B, SGAP_LEASE_ENDED);
	pass(r, 40, 50, A, 5);
	pass(r, 50, 60, A, 0);
	said(r, 55, NULL, NULL, 0);
	said(r, 56, NULL, NULL, 0);
	said(r, 57, NULL, NULL, 0);
	pass(r, 60, 75, A, 0);
	assert_string_equal(r->types, "open verdict authorised lease lease restored lease lease_end "
				      "handed_back close ");
	assert_int_equal((int)(stage(r, "onset") * 10), 200);	/* a second is as fine as states are */
	assert_int_equal((int)stage(r, "detected"), 23);
	assert_int_equal((int)(stage(r, "located") * 10), 235);
	assert_int_equal((int)stage(r, "authorised"), 25);
	assert_int_equal((int)stage(r, "restored"), 27);
	assert_int_equal((int)stage(r, "lease_end"), 40);
	assert_int_equal((int)stage(r, "handed_back"), 51);
	assert_null(sgap_cases_get(r->cs, 0));
	/* Each query is in the series once: 10 a second. */
	assert_true(r->asked % 10 == 0);
	assert_int_equal(r->failed, 160);
}

static void test_one_sided(void **state)
{
	struct rig *r = *state;
	int i;

	for (i = 0; i < 100; i++)
		query(r, A, i / 10.0, SGAP_TXN_TIMEOUT, 0, 1);
	state_of(r, A, SGAP_STATE_UNKNOWN, SGAP_STATE_DEAD, 10);
	assert_string_equal(r->types, "");
}

static void test_verdict_alone(void **state)
{
	struct rig *r = *state;
	int i;

	pass(r, 0, 20, A, 0);
	for (i = 0; i < 9; i++)
		said(r, 20 + i, A, "nxdomain-rewritten", 15);
	assert_string_equal(r->types, "");	/* all answers are fine: it must be said for long */
	said(r, 29, A, "nxdomain-rewritten", 15);
	assert_string_equal(r->types, "open verdict ");
	pass(r, 20, 40, A, 0);
	assert_string_equal(r->types, "open verdict ");	/* well answers do not end it */
	for (i = 0; i < 3; i++)
		said(r, 40 + i, NULL, NULL, 0);
	pass(r, 43, 60, A, 0);
	assert_string_equal(r->types, "open verdict restored close ");
	for (i = 0; i < 12; i++)
		said(r, 60 + i, A, "nxdomain-rewritten", 15);
	assert_string_equal(r->types, "open verdict restored close ");	/* it is the old one */
}

static void test_loud_verdict(void **state)
{
	struct rig *r = *state;

	pass(r, 0, 20, A, 0);
	pass(r, 20, 25, A, 2);
	said(r, 25, A, "zone-bogus", 20);
	assert_string_equal(r->types, "");
	said(r, 26, A, "zone-bogus", 20);
	assert_string_equal(r->types, "open verdict ");
	assert_int_equal((int)stage(r, "detected"), 26);
	assert_int_equal((int)stage(r, "onset"), 20);
	/* Another name for the same trouble is no other incident. */
	said_at(r, 27, "192.0.2.77", "authoritative-dead", 21, A);
	assert_string_equal(r->types, "open verdict verdict ");
	assert_int_equal((int)stage(r, "located"), 27);
}

/* Two servers fail within seconds: each verdict goes to the incident of its own server. */
static void test_two_servers(void **state)
{
	struct rig *r = *state;

	pass(r, 0, 10, A, 0);
	pass(r, 0, 10, B, 0);
	pass(r, 10, 14, A, 2);
	pass(r, 14, 18, B, 2);
	state_of(r, A, SGAP_STATE_OK, SGAP_STATE_FAILING, 14);
	state_of(r, B, SGAP_STATE_OK, SGAP_STATE_FAILING, 18);
	said(r, 18, B, "server-dead", 14);
	assert_string_equal(sgap_cases_get(r->cs, 0)->cause, "unknown");
	assert_string_equal(sgap_cases_get(r->cs, 1)->address, B);
	assert_string_equal(sgap_cases_get(r->cs, 1)->cause, "server-dead");
	/* And one about a third server is an incident of its own, however near in time. */
	pass(r, 15, 19, "192.0.2.3", 2);
	said(r, 19, "192.0.2.3", "server-dead", 14);
	said(r, 20, "192.0.2.3", "server-dead", 14);
	assert_string_equal(sgap_cases_get(r->cs, 1)->cause, "server-dead");
	assert_string_equal(sgap_cases_get(r->cs, 2)->address, "192.0.2.3");
}

/* What only the verdict sees is not restored while it is said again. */
static void test_quiet_relapse(void **state)
{
	struct rig *r = *state;
	int i;

	pass(r, 0, 20, A, 0);
	for (i = 0; i < 10; i++)
		said(r, 20 + i, A, "nxdomain-rewritten", 15);
	pass(r, 20, 33, A, 0);
	for (i = 0; i < 3; i++)
		said(r, 31 + i, NULL, NULL, 0);
	pass(r, 33, 35, A, 0);
	assert_string_equal(r->types, "open verdict restored ");
	said(r, 35, A, "nxdomain-rewritten", 15);
	pass(r, 35, 60, A, 0);
	assert_string_equal(r->types, "open verdict restored counts restored-not ");
	assert_int_equal((int)stage(r, "restored"), -1);
}

/* The clock is put forward by years, and back, while an incident is open. */
static void test_clock_steps(void **state)
{
	const int years = 1500000000;
	struct rig *r = *state;

	pass(r, 0, 20, A, 0);
	pass(r, 20, 25, A, 2);
	state_of(r, A, SGAP_STATE_OK, SGAP_STATE_FAILING, 24);
	sgap_cases_stepped(r->cs, NS(T0) + NS(25.0 + years));
	pass(r, years + 25, years + 30, A, 2);
	sgap_cases_stepped(r->cs, NS(T0) + NS(30));
	pass(r, 30, 35, A, 2);
	assert_string_equal(r->types, "open ");
	pass(r, 35, 60, A, 0);
	assert_string_equal(r->types, "open restored close ");
	assert_int_equal((int)stage(r, "restored"), 36);
}

/* The daemon's life is long: taps come and go, and so do grants. */
static void test_many(void **state)
{
	struct sgap_detour_info d[3] = {
		{ .state = SGAP_LEASE_ACTIVE }, { .state = SGAP_LEASE_ENDED },
		{ .state = SGAP_LEASE_ENDED },
	};
	struct sgap_rec_txn rec = { .rec = { .len = sizeof(rec), .type = SGAP_REC_TXN },
				    .state = SGAP_TXN_ANSWERED };
	struct rig *r = *state;
	char name[16];
	__u32 i;

	assert_int_equal(sgap_leases_spare(d, 3), 1);
	assert_int_equal(sgap_leases_spare(d, 1), 0);
	for (i = 0; i < 3 * SGAP_CASE_TAPS; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		rec.ts_query = NS(T0) + 1000 * i * SGAP_NS_PER_S;
		rec.ts = rec.ts_query + 1;
		sgap_cases_record(r->cs, name, 1000, &rec);
	}
	pass(r, 1000000, 1000020, A, 0);
	pass(r, 1000020, 1000025, A, 2);
	state_of(r, A, SGAP_STATE_OK, SGAP_STATE_FAILING, 1000025);
	assert_string_equal(r->types, "open ");	/* it is followed, though it came late */
}

static void test_relapse(void **state)
{
	struct rig *r = *state;

	pass(r, 0, 10, A, 0);
	pass(r, 10, 14, A, 2);
	state_of(r, A, SGAP_STATE_OK, SGAP_STATE_FAILING, 14);
	pass(r, 14, 22, A, 0);
	pass(r, 22, 26, A, 2);
	pass(r, 26, 45, A, 0);
	assert_string_equal(r->types, "open restored restored-not restored close ");
}

/* What was written is enough to go on from, and to count nothing twice. */
static void test_restart(void **state)
{
	const struct sgap_cases_cfg cfg = { .budget_ms = 60000, .quiet_ms = 10000 };
	struct rig *r = *state;
	json_t *snapshot, *one;
	struct sgap_case *c;
	size_t i, n;

	pass(r, 0, 20, A, 0);
	pass(r, 20, 40, A, 2);
	state_of(r, A, SGAP_STATE_OK, SGAP_STATE_FAILING, 40);
	pass(r, 40, 60, A, 2);
	snapshot = json_deep_copy(r->last);
	sgap_cases_free(r->cs);
	r->cs = sgap_cases_new(&cfg, 2, on_entry, r);
	assert_int_equal(sgap_cases_load(r->cs, snapshot), 0);
	json_decref(snapshot);
	n = json_array_size(r->series);
	assert_true(n > 0);
	for (i = 0; i < n; i++)
		sgap_cases_load_series(r->cs, 1, json_array_get(r->series, i));
	c = sgap_cases_get(r->cs, 0);
	assert_non_null(c);
	assert_int_equal(c->n, 1);
	assert_int_equal(c->hit.n, 4);
	assert_int_equal(c->hit_told, 4);
	pass(r, 60, 100, A, 0);
	one = json_array_get(r->series, n);	/* the first one after */
	assert_non_null(one);
	assert_int_equal(json_integer_value(json_object_get(one, "start")),
			 json_integer_value(json_object_get(json_array_get(r->series, n - 1), "start")) +
			 (json_int_t)json_array_size(json_object_get(json_object_get(
				json_array_get(r->series, n - 1), "clients"), "asked")));
	assert_int_equal(json_array_size(json_object_get(one, "hit")), 0);
	assert_int_equal(stage(r, "onset"), 20);
}

static void test_bad_snapshot(void **state)
{
	struct rig *r = *state;
	json_t *empty = json_object();

	assert_true(sgap_cases_load(r->cs, empty) < 0);
	json_object_set_new(empty, "n", json_integer(-1));
	assert_true(sgap_cases_load(r->cs, empty) < 0);
	assert_null(sgap_cases_get(r->cs, 0));
	json_decref(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_story, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_sided, setup, teardown),
		cmocka_unit_test_setup_teardown(test_verdict_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loud_verdict, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_servers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiet_relapse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relapse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_snapshot, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
