// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up transactions to a verdict: which of two servers has the zone as it is, are its own
 * servers dead or its data broken, and does TCP fail on the way or at the server?
 */
#include "net.h"

#define POOL 12u

static void deny_with(union room *u, __u32 serial)
{
	deny(u, 3);
	u->r.soa_serial = serial;
}

/* Two servers with authority say that names, none asked for twice, do not exist. */
static void put_absent(struct sgap_ev *ev, __u32 i, __u8 server, __u32 serial)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	union room u;

	fill(&u, &n, i, at(i), i);
	put_addr(u.r.server, n.net, server);
	u.r.aflags |= SGAP_DNS_AA;
	deny_with(&u, serial);
	sgap_ev_record(ev, 0, &u.r);
}

static void test_absent(void **state)
{
	static const struct { __u32 before, new, old; const char *cause; } row[] = {
		{ 100, 101, 100, "stale-zone" },
		{ 100, 101, 101, NULL },
		{ 100, 101, 7, NULL },		/* a policy's own */
		{ 0xffffffff, 3, 0xffffffff, "stale-zone" },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_absent(ev, i, (__u8)(53 + i % 2),
				   i < HALF ? row[k].before : i % 2 ? row[k].old : row[k].new);
		expect(ev, row[k].cause, 54);
	}
}

/* What somebody says who never had the serial that the two have proves neither of them old. */
static void test_third(void **state)
{
	struct sgap_ev *ev = begin();
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++)
		put_absent(ev, i, (__u8)(53 + i % 3), i % 3 < 2 ? 100 : 2026112800);
	expect(ev, NULL, 0);
}

/* Two resolvers: from the half on one gives other addresses, and denies names with a serial. */
static void put_resolver(struct sgap_ev *ev, __u32 i, bool moves, __u32 serial)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	bool first = i % 2, absent = i % 10 < 2, moved = moves && first && i >= HALF;
	__u32 name = absent ? 1000 + i : i / 2 % POOL;
	union room u;

	fill(&u, &n, i, at(i), name);
	put_addr(u.r.server, n.net, first ? 53 : 54);
	if (absent) {
		deny_with(&u, first && i >= HALF ? serial : 100);
	} else {
		/* Neither server is asked for what the other one is. */
		put_host(&u.r, 0, first ? name : POOL + name);
		u.r.naddr = 1;
		put_addr(u.r.addr[0], moved ? 9 : 8, (__u8)name);
		u.r.digest = (moved ? 500 : 100) + name + (first ? 0 : POOL);
	}
	sgap_ev_record(ev, 0, &u.r);
}

static void test_moved_alone(void **state)
{
	static const struct { bool moves; __u32 serial; const char *cause; } row[] = {
		{ true, 100, "wrong-answers" },
		{ true, 101, NULL },		/* the zone moved; the other one is behind */
		{ false, 100, NULL },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_resolver(ev, i, row[k].moves, row[k].serial);
		expect(ev, row[k].cause, 53);
	}
}

/*
 * From the half on server 53 has a zone's data with authority, for the longest time, in place of
 * what it looked up. Server 54 is asked for other names of it until then; much later for the same.
 */
struct own {
	bool always;		/* server 53 had them all the time */
	bool same;		/* server 54 is told the same */
	bool quick;		/* as fast as from its cache */
	const char *cause;
};

static void put_owned(struct sgap_ev *ev, __u32 i, const struct own *own)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	bool first = i % 2 == 0, mine = first && (own->always || i >= HALF);
	bool late = i >= HALF + 10 * PER_S, hit = i % 4 == 3;
	__u32 name = first ? i / 2 % (5 * POOL) : late ? (i - HALF) / 4 - 50 : 1000 + i;
	union room u;

	fill(&u, &n, i, at(i), name);
	put_addr(u.r.server, n.net, first ? 53 : 54);
	put_host(&u.r, hit, hit ? 7 : name);
	u.r.min_ttl = mine ? 300 : hit ? 3600 : 2;
	u.r.digest = name + (mine || (own->same && late) ? 5000 : 100);
	u.r.aflags |= mine ? SGAP_DNS_AA : 0;
	if (hit)
		u.r.digest = 7;
	else if (!mine && !own->quick)
		u.r.ts = u.r.ts_answer = at(i) + 10 * RTT_NS;
	sgap_ev_record(ev, 0, &u.r);
}

/* Others still look the zone up and are told otherwise: what a cache tells is no proof. */
static void test_owned(void **state)
{
	static const struct own row[] = {
		{ false, false, false, "zone-shadowed" }, { true, false, false, NULL },
		{ false, true, false, NULL }, { false, false, true, NULL },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		print_message("row %zu\n", k);
		for (i = 0; i < ALL; i++)
			put_owned(ev, i, &row[k]);
		expect(ev, row[k].cause, 53);
	}
}

/*
 * Server 53 has a zone's data with authority, 54 looks them up; until shortly before the half it is
 * asked for another zone's. From the half on it is told other addresses of one type, for so many
 * seconds.
 */
static void put_told(struct sgap_ev *ev, __u32 i, __u32 lasts)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	bool first = i % 2 == 0, other = !first && i + PER_S / 2 < HALF;
	bool v6 = i / 2 % 2, moved = i >= HALF && i < HALF + lasts * PER_S;
	union room u;

	fill(&u, &n, i, at(i), i);
	put_addr(u.r.server, n.net, first ? 53 : 54);
	put_host(&u.r, other, i / 4 % POOL);
	u.r.qtype = v6 ? 28 : 1;
	u.r.min_ttl = 5;
	u.r.aflags |= first ? SGAP_DNS_AA : 0;
	u.r.digest = i / 4 % POOL + 100 + 100 * v6 + (!first && !v6 && moved ? 500 : 0);
	if (!moved || (i - HALF) / 12 % 8 == 0)
		sgap_ev_record(ev, 0, &u.r);
}

/* A zone may be renumbered in one family alone. A copy that follows is not stale. */
static void test_one_type(void **state)
{
	static const struct { __u32 lasts; const char *cause; } row[] = {
		{ END, "stale-zone" }, { 0, NULL }, { 6, NULL },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		print_message("row %zu\n", k);
		for (i = 0; i < ALL; i++)
			put_told(ev, i, row[k].lasts);
		expect(ev, row[k].cause, 53);
	}
}

/*
 * Two resolvers deny names of a zone that is new from the half on. So many seconds after it, every
 * third denial still has the old serial: looked up, or as fast as from their cache.
 */
static void put_denied(struct sgap_ev *ev, __u32 i, __u32 lasts, bool quick)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	bool hit = i / 2 % 2, old = i < HALF || (i / 4 % 3 == 0 && i < HALF + lasts * PER_S);
	union room u;

	fill(&u, &n, i, at(i), i);
	put_addr(u.r.server, n.net, (__u8)(53 + i % 2));
	put_host(&u.r, hit, hit ? 7 : i);
	if (hit) {
		u.r.digest = 7;
		u.r.min_ttl = 3600;
	} else {
		deny_with(&u, old ? 100 : 101);
		if (!quick || !old)
			u.r.ts = u.r.ts_answer = at(i) + 10 * RTT_NS;
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* Some server of the zone may be behind, or a cache behind the resolvers: nobody is accused. */
static void test_behind(void **state)
{
	static const struct { __u32 lasts; bool quick, sure; } row[] = {
		{ END, false, false }, { 0, false, true }, { 6, false, true }, { END, true, true },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();
		struct sgap_verdict v;
		struct sgap_judge *j;

		print_message("row %zu\n", k);
		for (i = 0; i < ALL; i++)
			put_denied(ev, i, row[k].lasts, row[k].quick);
		j = judge(ev, &v);
		assert_null(v.best);
		assert_int_equal(v.confidence > 0.8, row[k].sure);
		assert_int_equal(j->nfindings && j->findings[0].confidence > 0.3, !row[k].sure);
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/* Two resolvers fail one zone from the half on: each at once, or after two seconds. */
static void put_failing(struct sgap_ev *ev, __u32 i, const bool *slow, __u32 late)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	union room u;

	fill(&u, &n, i, at(i), i);
	put_addr(u.r.server, n.net, (__u8)(53 + i % 2));
	put_host(&u.r, i / 2 % 3, i);
	if (i / 2 % 3 == 0 && i >= HALF + (i % 2) * late * PER_S) {
		deny(&u, 2);
		if (slow[i % 2])
			u.r.ts = u.r.ts_answer = at(i) + 2 * SGAP_NS_PER_S;
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* Silence is slow at any resolver; who is asked later may know it from others' questions. */
static void test_divided(void **state)
{
	static const struct { bool slow[2]; __u32 late; const char *cause; } row[] = {
		{ { true, true }, 0, "authoritative-dead" },
		{ { true, false }, 0, "zone-data-broken" },
		{ { false, true }, 0, "zone-data-broken" },
		{ { true, false }, 6, "authoritative-dead" },
		{ { false, false }, 0, "lame-delegation" },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		print_message("row %zu\n", k);
		for (i = 0; i < ALL; i++)
			put_failing(ev, i, row[k].slow, row[k].late);
		expect(ev, row[k].cause, 0);
	}
}

/*
 * UDP goes on. Every fifth transaction is of TCP: of those from the half on, so many
 * connections come about, and no question is answered. An answer took so long until then.
 */
static void put_stream(struct sgap_ev *ev, __u32 i, __u32 connect, __u64 took)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	union room u;

	fill(&u, &n, i, at(i), i);
	if (i % 5 == 0) {
		u.r.proto = 6;
		u.r.connect_us = 4000;
		u.r.ts = u.r.ts_answer = at(i) + took;
		if (i >= HALF)
			starve(&u, SGAP_TXN_TIMEOUT, 5);
		if (i >= HALF + 5 * connect) {
			u.r.state = SGAP_TXN_SILENT;
			u.r.connect_us = 0;
			u.r.qname_len = 0;
			u.r.qtype = 0;
		}
	}
	sgap_ev_record(ev, 0, &u.r);
}

/*
 * One may have been under way when a filter came; a full queue is behind several, or behind
 * another one that came about when the first was overdue.
 */
static void test_held(void **state)
{
	static const struct { __u32 connect; __u64 took; const char *cause; __u8 host; } row[] = {
		{ 0, RTT_NS, "tcp-blocked", 0 }, { 1, RTT_NS, "tcp-blocked", 0 },
		{ 2, RTT_NS, "tcp-exhausted", 53 }, { 2, 40 * RTT_NS, "tcp-blocked", 0 },
		{ 4, 40 * RTT_NS, "tcp-exhausted", 53 }, { ALL, RTT_NS, "tcp-exhausted", 53 },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_stream(ev, i, row[k].connect, row[k].took);
		expect(ev, row[k].cause, row[k].host);
	}
}

/* The answers are this big; meanwhile UDP brings some of 700 bytes, whole or in fragments. */
static void put_sized(struct sgap_ev *ev, __u32 i, __u16 size, bool fragments)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	union room u;

	fill(&u, &n, i, at(i), i % 5 ? i : i % 50);
	if (i % 5 == 0) {
		u.r.proto = 6;
		u.r.connect_us = 4000;
		u.r.answer_size = size;
		if (i >= HALF)
			starve(&u, SGAP_TXN_TIMEOUT, 5);
	} else if (i % 5 == 1) {
		u.r.answer_size = 700;
		u.r.flags |= fragments ? SGAP_TXN_F_FRAGMENT : 0;
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* One server alone in sight: is it full, or does a path not carry big segments? */
static void test_sized(void **state)
{
	static const struct { __u16 size; bool fragments; const char *cause; } row[] = {
		{ 600, false, "tcp-exhausted" }, { 600, true, NULL }, { 900, false, NULL },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_sized(ev, i, row[k].size, row[k].fragments);
		expect(ev, row[k].cause, row[k].cause ? 53 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_third),
		cmocka_unit_test(test_moved_alone),
		cmocka_unit_test(test_owned),
		cmocka_unit_test(test_one_type),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_divided),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_sized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
