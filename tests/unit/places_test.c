// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One way seen from both of its ends: were queries lost on it, or answers, or did the server
 * say nothing? Whichever capture is given first, and however far their clocks are apart.
 * And of an address translator between them: under which address is it seen on the far side?
 */
#include "net.h"

#define WAY_NS (2 * SGAP_NS_PER_MS)	/* from one place to the other */

enum fate { FINE, SILENT, NEVER_CAME, LOST_BACK };

struct way {
	const char *what;
	enum fate fate;		/* of server 53's transactions, from the half on */
	bool both;		/* and of server 54's */
	__s64 skew;		/* ns: the far clock is ahead */
	const char *cause;
	__u8 host;
};

static const struct way ways[] = {
	{ "nothing is lost", FINE, false, 0, NULL, 0 },
	{ "the server is silent", SILENT, false, 0, "server-dead", 53 },
	{ "its queries never come", NEVER_CAME, false, 0, "path-loss", 0 },
	{ "its answers are lost", LOST_BACK, false, 0, "path-loss", 0 },
	{ "all queries are lost", NEVER_CAME, true, 0, "path-loss", 0 },
	{ "all answers are lost", LOST_BACK, true, 0, "path-loss", 0 },
	{ "silent, by clocks apart", SILENT, false, -SGAP_NS_PER_S, "server-dead", 53 },
	{ "lost there, by clocks apart", NEVER_CAME, false, SGAP_NS_PER_S, "path-loss", 0 },
	{ "lost back, by clocks apart", LOST_BACK, false, -SGAP_NS_PER_S, "path-loss", 0 },
};

/* What the client's place has of it, or (far) the server's. */
static void put_place(struct sgap_ev *ev, const struct way *way, __u32 i, __u32 place, bool far)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	enum fate fate = i >= HALF && (way->both || i % 2 == 0) ? way->fate : FINE;
	__u64 ts = at(i) + (far ? WAY_NS / 2 + (__u64)way->skew : 0);
	union room u;

	if (far && fate == NEVER_CAME)
		return;
	fill(&u, &n, i, ts, i);
	put_addr(u.r.server, n.net, (__u8)(53 + i % 2));
	if (fate == SILENT || (!far && fate != FINE)) {
		starve(&u, SGAP_TXN_TIMEOUT, 5);
		repeat(&u);
	} else if (!far) {
		u.r.ts = u.r.ts_answer = ts + RTT_NS + WAY_NS;
	}
	sgap_ev_record(ev, place, &u.r);
}

static void test_ways(void **state)
{
	__u32 i, far;
	size_t k;

	(void)state;
	for (k = 0; k < 2 * sizeof(ways) / sizeof(*ways); k++) {
		const struct way *way = &ways[k / 2];
		struct sgap_ev *ev = begin();

		print_message("%s, the %s's capture first\n", way->what, k % 2 ? "server" : "client");
		assert_int_equal(sgap_ev_vantage(ev, "second"), 1);
		ev->vantage[1].first = ev->vantage[0].first;
		ev->vantage[1].last = ev->vantage[0].last;
		for (i = 0; i < ALL; i++) {
			for (far = 0; far < 2; far++)
				put_place(ev, way, i, far ^ (k & 1), far);
		}
		sgap_ev_close(ev, 1);
		expect(ev, way->cause, way->host);
	}
}

/* What the far side has of clients 10.1.0.*, in a translator that takes no new flows any more. */
enum far_side { TRANSLATED, ANOTHER_ID, OTHER_ANSWERS, TOO_EARLY, PER_CLIENT, FAR_ELSE };

static void put_flow(struct sgap_ev *ev, __u32 i, enum far_side side)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	bool old = i / 12 % 2;
	union room u;

	fill(&u, &n, i, at(i), i);
	put_addr(u.r.server, n.net, (__u8)(53 + i / 6 % 2));
	u.r.client_port = (__u16)(old ? 2000 : 3000 + i);
	u.r.digest = 1000 + i;
	if (i >= HALF && !old) {
		starve(&u, SGAP_TXN_TIMEOUT, 5);
		repeat(&u);
		sgap_ev_record(ev, 0, &u.r);
		return;
	}
	u.r.ts = u.r.ts_answer = at(i) + RTT_NS + WAY_NS;
	sgap_ev_record(ev, 0, &u.r);
	u.r.ts = u.r.ts_answer = at(i) + RTT_NS + (side == TOO_EARLY ? 2 * WAY_NS : 0);
	u.r.client_port = (__u16)(20000 + i);
	u.r.dns_id ^= side == ANOTHER_ID ? 0x8000 : 0;
	u.r.digest += side == OTHER_ANSWERS;
	put_addr(u.r.client, 9, (__u8)(side == PER_CLIENT ? 100 + i % 6 : 254));
	if (side != FAR_ELSE || i % 3 == 0)
		sgap_ev_record(ev, 1, &u.r);
}

/* Its address is named where most of what came through is seen under it. */
static void test_outer(void **state)
{
	static const __u8 named[] = {
		[TRANSLATED] = 254, [ANOTHER_ID] = 0, [OTHER_ANSWERS] = 0, [TOO_EARLY] = 0,
		[PER_CLIENT] = 0, [FAR_ELSE] = 0,
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(named); k++) {
		struct sgap_ev *ev = begin();

		print_message("far side %zu\n", k);
		assert_int_equal(sgap_ev_vantage(ev, "far"), 1);
		ev->vantage[1].first = ev->vantage[0].first;
		ev->vantage[1].last = ev->vantage[0].last;
		for (i = 0; i < ALL; i++)
			put_flow(ev, i, (enum far_side)k);
		sgap_ev_close(ev, 1);
		expect(ev, "nat-exhausted", named[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_outer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
