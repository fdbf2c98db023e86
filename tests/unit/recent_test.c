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
#include "net.h"

#define T0 (1790000000ULL * SGAP_NS_PER_S)

static void ask_at(struct sgap_recent *r, int tap, const char *at_server, double at, bool answered)
{
	struct sgap_rec_txn rec = { .rec = { .len = sizeof(rec), .type = SGAP_REC_TXN },
				    .state = answered ? SGAP_TXN_ANSWERED : SGAP_TXN_TIMEOUT,
				    .proto = 17, .qtype = 1 };
	struct sgap_addr server, client;
	static __u16 id;

	assert_int_equal(sgap_addr_parse(&server, at_server), 0);
	assert_int_equal(sgap_addr_parse(&client, "10.0.0.7"), 0);
	memcpy(rec.server, server.b, 16);
	memcpy(rec.client, client.b, 16);
	rec.id = ++id;
	rec.client_port = (__u16)(1024 + id);
	rec.ts_query = T0 + (__u64)(at * 1e9);
	rec.qflags = SGAP_DNS_RD;
	rec.aflags = answered ? SGAP_DNS_RD | SGAP_DNS_RA : 0;
	rec.rcode = answered ? 0 : SGAP_NONE16;
	rec.copies = answered ? 1 : 2;
	rec.ts_last = rec.ts_query + (answered ? 0 : SGAP_NS_PER_S);
	rec.ts = rec.ts_query + (answered ? SGAP_NS_PER_MS : 2 * SGAP_NS_PER_S);
	rec.ts_answer = answered ? rec.ts : 0;
	assert_int_equal(sgap_recent_keep(r, tap, &rec.rec), 0);
}

static void ask(struct sgap_recent *r, int tap, double at, bool answered)
{
	ask_at(r, tap, "192.0.2.1", at, answered);
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

/* A change of the interface, @at seconds after T0. */
struct step {
	double at;
	__u32 what;
	__u64 before, after;
};

/* Answers for 20 s, then none for 10 s; the interface changes as the @n steps say. */
static const char *verdict_of(const struct step *step, size_t n)
{
	static char cause[64];
	struct sgap_recent *r = sgap_recent_new(T0);
	int tap = sgap_recent_vantage(r, "eth0"), i;

	for (i = 0; i < 300; i++) {
		for (; n && i / 10.0 >= step->at; step++, n--)
			change(r, tap, step->at, step->what, step->before, step->after);
		ask(r, tap, i / 10.0, i < 200);
	}
	assert_int_equal(sgap_recent_judge(r, T0 + 33 * SGAP_NS_PER_S, take, cause), 0);
	sgap_recent_free(r);
	return cause;
}

static const char *verdict(double at, __u32 what, __u64 before, __u64 after)
{
	const struct step step = { at, what, before, after };

	return verdict_of(&step, 1);
}

/* An interface that is set anew: its carrier goes and comes back. */
static const char *set_anew(__u32 what, __u64 before, __u64 after)
{
	const struct step step[] = {
		{ 20, SGAP_LINK_CARRIER, 1, 0 }, { 20.02, SGAP_LINK_CARRIER, 0, 1 },
		{ 20.04, what, before, after },
	};

	return verdict_of(step, 3);
}

/* A carrier that goes, comes back and goes for good. */
static const char *flap(void)
{
	static const struct step step[] = {
		{ 20, SGAP_LINK_CARRIER, 1, 0 }, { 21, SGAP_LINK_CARRIER, 0, 1 },
		{ 22, SGAP_LINK_CARRIER, 1, 0 },
	};

	return verdict_of(step, 3);
}

static void test_link(void **state)
{
	(void)state;
	assert_string_equal(verdict(20, SGAP_LINK_RX_ERRORS, 3, 90), "link-errors");
	assert_string_equal(verdict(20, SGAP_LINK_CARRIER, 1, 0), "link-down");
	assert_string_equal(verdict(20, SGAP_LINK_MTU, 1500, 576), "mtu-mismatch");
	assert_string_equal(verdict(20, SGAP_LINK_DUPLEX, 1, 0), "duplex-mismatch");
	/* What stays is why, not the moment without a carrier. */
	assert_string_equal(set_anew(SGAP_LINK_DUPLEX, 1, 0), "duplex-mismatch");
	assert_string_not_equal(set_anew(SGAP_LINK_SPEED, 1000, 100), "link-down");
	assert_string_equal(flap(), "link-down");
	/* Better, not known, or at another time: the interface is not why. */
	assert_string_not_equal(verdict(20, SGAP_LINK_CARRIER, 0, 1), "link-down");
	assert_string_not_equal(verdict(20, SGAP_LINK_DUPLEX, 255, 1), "duplex-mismatch");
	assert_string_not_equal(verdict(20, SGAP_LINK_AUTONEG, 1, 0), "duplex-mismatch");
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

/*
 * One of two servers is silent from the tenth second on, for so long that no answer of its is kept.
 * Who looked at it before knows that it was there once.
 */
static const char *long_silence(bool looked)
{
	static char cause[64];
	struct sgap_recent *r = sgap_recent_new(T0);
	int tap = sgap_recent_vantage(r, "eth0"), i;

	for (i = 0; i < 60000; i++) {
		ask_at(r, tap, i % 4 ? "192.0.2.1" : "192.0.2.2", i / 1000.0, i % 4 || i < 10000);
		if (looked && (i == 9000 || i == 20000 || i == 40000))
			assert_int_equal(sgap_recent_judge(r, T0 + (__u64)i * SGAP_NS_PER_MS,
							   take, cause), 0);
	}
	assert_int_equal(sgap_recent_judge(r, T0 + 63 * SGAP_NS_PER_S, take, cause), 0);
	sgap_recent_free(r);
	return cause;
}

/* The same of a zone that both fail from then on. */
static const char *long_failure(bool looked)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	static char cause[64];
	struct sgap_recent *r = sgap_recent_new(T0);
	int tap = sgap_recent_vantage(r, "eth0");
	__u32 i;

	for (i = 0; i < 60000; i++) {
		union room u;

		fill(&u, &n, i, T0 + i * SGAP_NS_PER_MS, i % 5000);
		put_addr(u.r.server, n.net, (__u8)(53 + i % 2));
		if (i % 8 < 2)
			put_host(&u.r, 50, i / 8 % 40);
		if (i % 8 < 2 && i >= 10000)
			deny(&u, 2);
		u.r.rec.len = sizeof(u);
		u.r.rec.type = SGAP_REC_TXN;
		assert_int_equal(sgap_recent_keep(r, tap, &u.r.rec), 0);
		if (looked && (i == 9000 || i == 20000 || i == 40000))
			assert_int_equal(sgap_recent_judge(r, u.r.ts, take, cause), 0);
	}
	assert_int_equal(sgap_recent_judge(r, T0 + 63 * SGAP_NS_PER_S, take, cause), 0);
	sgap_recent_free(r);
	return cause;
}

static void test_known(void **state)
{
	(void)state;
	assert_string_equal(long_silence(true), "server-dead");
	assert_string_equal(long_silence(false), "none");
	assert_string_equal(long_failure(true), "lame-delegation");
	assert_string_equal(long_failure(false), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_taps),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
