// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up transactions to a verdict: does a resolver still look names up? Two of them; one
 * fails what is not in its cache from the half on.
 */
#include "net.h"

#define ALL (END * PER_S)
#define HOT 8u			/* names that are asked again and again */
#define WHOLE 600u		/* s: a TTL, and what is left of it when the capture ends */
#define LOOKUP_NS (60 * SGAP_NS_PER_MS)

static const struct net net = { 1, 6, 0, 0, 0, 0 };

enum good { NONE, AGED, FETCHED };

static void answer_in(union room *u, __u64 ns)
{
	u->r.ts_answer = u->r.ts = u->r.ts_query + ns;
}

static void deny(union room *u)
{
	u->r.rcode = 2;
	u->r.ancount = 0;
	u->r.min_ttl = SGAP_NONE32;
}

/* What is left of the TTL of an answer that was fetched when the capture began. */
static __u32 left(__u32 i)
{
	return WHOLE - i / PER_S;
}

/*
 * One transaction in eight, or fewer, is late and well: from the cache, for whatever reason, or
 * looked up; and one in eight is for a name that was in the cache before the capture began.
 */
static void put_one(struct sgap_ev *ev, __u32 i, enum good late, __u32 every)
{
	bool first = i % 2, broken = first && i >= HALF;
	__u32 kind = i / 2 % 8;
	union room u;

	fill(&u, &net, i, at(i), kind < 2 ? i / 2 % HOT : HOT + i);
	put_addr(u.r.server, net.net, first ? 53 : 54);
	u.r.aflags |= SGAP_DNS_AD;
	u.r.min_ttl = kind < 3 ? left(i) : WHOLE;
	if (kind > 2)
		answer_in(&u, LOOKUP_NS);
	if (broken && kind == 3 && late != NONE && i / 16 % every == 0)
		u.r.min_ttl = late == AGED ? left(i) : WHOLE;
	else if (broken && kind > 2)
		deny(&u);
	sgap_ev_record(ev, 0, &u.r);
}

static void test_late(void **state)
{
	static const struct { enum good late; __u32 every; const char *cause; __u8 host; } row[] = {
		{ NONE, 1, "forwarder-refuses", 0 }, { AGED, 1, "forwarder-refuses", 0 },
		{ FETCHED, 1, "server-overloaded", 53 }, { FETCHED, 8, "server-overloaded", 53 },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
