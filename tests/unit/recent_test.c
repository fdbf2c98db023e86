// SPDX-License-Identifier: GPL-2.0-or-later
/* The newest records as evidence: what a change of the interface explains, how taps go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "locate/judge.h"
#include "locate/recent.h"

#define T0 (1790000000ULL * SGAP_NS_PER_S)

static void ask(struct sgap_recent *r, int tap, double at, bool answered)
{
	struct sgap_rec_txn rec = { .rec = { .len = sizeof(rec), .type = SGAP_REC_TXN },
				    .state = answered ? SGAP_TXN_ANSWERED : SGAP_TXN_TIMEOUT,
				    .proto = 17, .qtype = 1 };
	struct sgap_addr server, client;
	static __u16 id;

	assert_int_equal(sgap_addr_parse(&server, "192.0.2.1"), 0);
	assert_int_equal(sgap_addr_parse(&client, "10.0.0.7"), 0);
	memcpy(rec.server, server.b, 16);
	memcpy(rec.client, client.b, 16);
	rec.id = ++id;
	rec.client_port = (__u16)(1024 + id);
	rec.ts_query = T0 + (__u64)(at * 1e9);
	rec.ts = rec.ts_query + (answered ? SGAP_NS_PER_MS : 2 * SGAP_NS_PER_S);
	rec.ts_answer = answered ? rec.ts : 0;
	assert_int_equal(sgap_recent_keep(r, tap, &rec.rec), 0);
}

static void change(struct sgap_recent *r, int tap, double at, __u32 what, __u64 before, __u64 after)
{
	struct sgap_rec_link rec = { .rec = { .len = sizeof(rec), .type = SGAP_REC_LINK },
				     .ts = T0 + (__u64)(at * 1e9), .what = what,
				     .before = before, .after = after };

	assert_int_equal(sgap_recent_keep(r, tap, &rec.rec), 0);
}

static int take(void *ctx, const struct sgap_judge *j, const struct sgap_verdict *v)
{
	char *cause = ctx;

	(void)j;
	strcpy(cause, v->best ? v->best->cause->id : "none");
	return 0;
}

/* Answers for 20 s, then none for 10 s; the change of the interface at @at. */
static const char *verdict(double at, __u32 what, __u64 before, __u64 after)
{
	static char cause[64];
	struct sgap_recent *r = sgap_recent_new(T0);
	int tap = sgap_recent_vantage(r, "eth0"), i;

	for (i = 0; i < 300; i++) {
		if (i / 10.0 >= at && what) {
			change(r, tap, at, what, before, after);
			what = 0;
		}
		ask(r, tap, i / 10.0, i < 200);
	}
	assert_int_equal(sgap_recent_judge(r, T0 + 33 * SGAP_NS_PER_S, take, cause), 0);
	sgap_recent_free(r);
	return cause;
}

static void test_link(void **state)
{
	(void)state;
	assert_string_equal(verdict(20, SGAP_LINK_RX_ERRORS, 3, 90), "link-errors");
	assert_string_equal(verdict(20, SGAP_LINK_CARRIER, 1, 0), "link-down");
	assert_string_equal(verdict(20, SGAP_LINK_MTU, 1500, 576), "mtu-mismatch");
	assert_string_equal(verdict(20, SGAP_LINK_DUPLEX, 1, 0), "duplex-mismatch");
	/* Better, not known, or at another time: the interface is not why. */
	assert_string_not_equal(verdict(20, SGAP_LINK_CARRIER, 0, 1), "link-down");
	assert_string_not_equal(verdict(20, SGAP_LINK_DUPLEX, 255, 1), "duplex-mismatch");
	assert_string_not_equal(verdict(4, SGAP_LINK_RX_ERRORS, 3, 90), "link-errors");
	assert_string_not_equal(verdict(29, SGAP_LINK_RX_ERRORS, 3, 90), "link-errors");
}

static void test_taps(void **state)
{
	struct sgap_recent *r = sgap_recent_new(T0);
	char name[16];
	int tap, i;

	(void)state;
	for (i = 0; (tap = sgap_recent_vantage(r, (snprintf(name, sizeof(name), "t%d", i), name))) >= 0; i++)
		ask(r, tap, i, true);
	assert_int_equal(tap, -ENOSPC);
	tap = sgap_recent_vantage(r, "t1");
	assert_int_equal(sgap_recent_lost(r, tap, 5), 5);
	assert_int_equal(sgap_recent_lost(r, tap, 7), 2);
	assert_int_equal(sgap_recent_lost(r, tap, 7), 0);
	for (i = 0; i < 40000; i++)	/* more than are kept */
		ask(r, tap, i / 100.0, true);
	assert_true(sgap_recent_vantage(r, "new") >= 0);	/* in the place of one that is gone */
	assert_int_equal(sgap_recent_vantage(r, "t1"), tap);
	assert_int_equal(sgap_recent_lost(r, sgap_recent_vantage(r, "new"), 3), 3);
	sgap_recent_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_taps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
