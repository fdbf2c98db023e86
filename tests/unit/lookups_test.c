// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up transactions to a verdict: does a resolver still look names up, and which does it
 * drop? Two of them; one fails from the half on.
 */
#include "net.h"

#define HOT 8u			/* names that are asked again and again */
#define WHOLE 600u		/* s: a TTL, and what is left of it when the capture ends */
#define LOOKUP_NS (60 * SGAP_NS_PER_MS)

static const struct net net = { 1, 6, 0, 0, 0, 0 };

/* What comes late, and well; MIXED: lookups, what is stale, and some of what is in the cache. */
enum late { NONE, ANY, JITTER, FETCHED, STALE, MIXED };

static void answer_in(union room *u, __u64 ns)
{
	u->r.ts_answer = u->r.ts = u->r.ts_query + ns;
}

/* What is left of the TTL of an answer that was fetched when the capture began. */
static __u32 left(__u32 i)
{
	return WHOLE - i / PER_S;
}

/*
 * A quarter is for hot names. One transaction in eight, or fewer, is late and well: for whatever
 * reason, as some of the hot ones are; or it was looked up, whether that can be seen or not.
 */
static void put_one(struct sgap_ev *ev, __u32 i, enum late late, __u32 every)
{
	bool broken = i % 2 && i >= HALF;
	__u32 kind = i / 2 % 8, name = kind < 2 ? i / 2 % HOT : HOT + i;
	union room u;

	fill(&u, &net, i, at(i), name);
	put_addr(u.r.server, net.net, i % 2 ? 53 : 54);
	u.r.aflags |= name % 3 ? SGAP_DNS_AD : 0;
	u.r.min_ttl = kind < 3 ? left(i) : WHOLE;
	if (kind > 2 || (broken && late == JITTER && i / 16 % 2) ||
	    (broken && late == MIXED && i / 16 % 4 == 0))
		answer_in(&u, LOOKUP_NS);
	if (broken && kind == 3 && late != NONE && i / 16 % every == 0) {
		if (late == ANY)
			deny(&u, 3);
		else if (late == JITTER)
			u.r.min_ttl = left(i);
		else if (late == STALE)
			u.r.ede = i / 2 % 2 ? 3 : 19;
	} else if (broken && kind > 2 && kind < 6 && late == MIXED) {
		u.r.ede = 3;
	} else if (broken && kind > 2) {
		deny(&u, 2);
	}
	sgap_ev_record(ev, 0, &u.r);
}

static void test_late(void **state)
{
	static const struct { enum late late; __u32 every; const char *cause; __u8 host; } row[] = {
		{ NONE, 1, "forwarder-refuses", 0 }, { JITTER, 1, "forwarder-refuses", 0 },
		{ ANY, 1, "server-overloaded", 53 }, { ANY, 8, "forwarder-refuses", 0 },
		{ FETCHED, 1, "server-overloaded", 53 }, { FETCHED, 8, "server-overloaded", 53 },
		{ STALE, 1, "forwarder-refuses", 0 }, { STALE, 8, "forwarder-refuses", 0 },
		{ MIXED, 1, "server-overloaded", 53 },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_one(ev, i, row[k].late, row[k].every);
		expect(ev, row[k].cause, row[k].host);
	}
}

/*
 * From the half on one of the two leaves every third question without an answer: whatever port it
 * is from, or of those only that come from a port which was not in use before.
 */
static void put_port(struct sgap_ev *ev, __u32 i, bool spared)
{
	bool used = i / 2 % 2, hot = i / 4 % 4 == 0;
	union room u;

	fill(&u, &net, i, at(i), hot ? i / 4 % HOT : HOT + i);
	put_addr(u.r.server, net.net, i % 2 ? 53 : 54);
	u.r.aflags |= SGAP_DNS_AD;
	u.r.min_ttl = hot ? left(i) : WHOLE;
	if (!hot)
		answer_in(&u, LOOKUP_NS);
	if (used)
		u.r.client_port = 700;
	if (i % 2 && i >= HALF && (spared ? !used && i / 4 % 3 < 2 : i / 2 % 3 == 0)) {
		starve(&u, SGAP_TXN_TIMEOUT, 5);
		repeat(&u);
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* Who cannot keep up drops whatever comes: what lets known flows pass is something else. */
static void test_used_ports(void **state)
{
	__u32 i, spared;

	(void)state;
	for (spared = 0; spared < 2; spared++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_port(ev, i, spared);
		expect(ev, spared ? NULL : "server-overloaded", 53);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_used_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
