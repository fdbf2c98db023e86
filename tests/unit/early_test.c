// SPDX-License-Identifier: GPL-2.0-or-later
/* Made-up transactions to a verdict: what looks like a fault while little of it is known. */
#include "net.h"

#define FARM 6u			/* names that one address is given for */

static const struct net net = { 1, 6, 0, 0, 0, 0 };

/*
 * Some names do not exist; from the half on some get one and the same address: those, or
 * others. They are asked for at one of two resolvers, or at both.
 */
static void put_farm(struct sgap_ev *ev, __u32 i, bool denied, bool both)
{
	__u32 k = i % HALF / 20;
	bool odd = (i % 20 == 10 || (both && i % 20 == 11)) && k < FARM;
	union room u;

	fill(&u, &net, i, at(i), odd ? 5000 + k + (i < HALF || denied ? 0 : FARM) : i);
	put_addr(u.r.server, net.net, (__u8)(53 + i % 2));
	u.r.naddr = 1;
	u.r.digest = odd ? 5000 + k : i;
	put_addr(u.r.addr[0], (__u8)(2 + i / 250), (__u8)(i % 250));
	if (odd && i < HALF) {
		deny(&u, 3);
		u.r.naddr = 0;
	} else if (odd) {
		put_addr(u.r.addr[0], 9, 9);
	}
	sgap_ev_record(ev, 0, &u.r);
}

static void test_farm(void **state)
{
	static const struct { bool denied, both; const char *cause; __u8 host; } row[] = {
		{ true, false, "nxdomain-rewritten", 53 }, { false, false, NULL, 0 },
		{ true, true, "intercepted", 0 }, { false, true, NULL, 0 },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_farm(ev, i, row[k].denied, row[k].both);
		expect(ev, row[k].cause, row[k].host);
	}
}

/* No answer, though it was asked again. */
static void silence(union room *u, __u32 i)
{
	bool ended = i + 5 * PER_S < ALL;

	starve(u, ended ? SGAP_TXN_TIMEOUT : SGAP_TXN_OVERDUE, ended ? 5 : 1);
	repeat(u);
}

/* What waits for less than a second is not overdue yet. */
static void record(struct sgap_ev *ev, const union room *u, __u32 i)
{
	if (u->r.state != SGAP_TXN_OVERDUE || i + PER_S < ALL)
		sgap_ev_record(ev, 0, &u->r);
}

/* A name of the zone slow.example. */
static void put_below(struct sgap_rec_txn *r, __u32 n)
{
	static const __u8 zone[] = "\4slow\7example";

	put_name(r, n);
	memcpy(r->data + 9, zone, sizeof(zone));
	r->qname_len = 9 + sizeof(zone);
}

/* Two resolvers; from begins on, no answer for one zone but every so many a late one. */
static void put_zone(struct sgap_ev *ev, __u32 i, __u32 begins, __u32 late)
{
	bool slow = i % 4 == 0 && i >= begins;
	union room u;

	fill(&u, &net, i, at(i), i);
	put_addr(u.r.server, net.net, (__u8)(53 + i / 4 % 2));
	if (i % 4 == 0)
		put_below(&u.r, i);
	if (slow && late && i / 4 % late == 0)
		u.r.ts_answer = u.r.ts = at(i) + 1200 * SGAP_NS_PER_MS;
	else if (slow)
		silence(&u, i);
	record(ev, &u, i);
}

static void test_zone(void **state)
{
	static const struct { __u32 begins, late; const char *cause; } row[] = {
		{ HALF, 0, "authoritative-dead" },
		{ HALF, 3, NULL },			/* it is slow, and answers */
		{ ALL - 5 * PER_S / 2, 0, NULL },	/* nobody knows yet */
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_zone(ev, i, row[k].begins, row[k].late);
		expect(ev, row[k].cause, 0);
	}
}

/* One of two servers falls silent: for so long that no slow path explains it? */
static void test_server(void **state)
{
	static const struct { __u32 begins; const char *cause; } row[] = {
		{ HALF, "server-dead" }, { ALL - 7 * PER_S / 4, NULL },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++) {
			union room u;

			fill(&u, &net, i, at(i), i);
			put_addr(u.r.server, net.net, (__u8)(53 + i % 2));
			if (i % 2 && i >= row[k].begins)
				silence(&u, i);
			record(ev, &u, i);
		}
		expect(ev, row[k].cause, row[k].cause ? 54 : 0);
	}
}

/* A and AAAA from one port. */
static void fill_pair(union room *u, __u32 i)
{
	fill(u, &net, i / 2, at(i), i / 2);
	u->r.qtype = i % 2 ? 28 : 1;
	u->r.dns_id = (__u16)(i * 7);
}

/* From the half on one pair in three is lost, as in a burst. */
static void put_pair(struct sgap_ev *ev, __u32 i)
{
	union room u;

	fill_pair(&u, i);
	put_addr(u.r.server, net.net, (__u8)(53 + i / 2 % 2));
	if (i >= HALF && i / 14 % 3 == 0)
		silence(&u, i);
	record(ev, &u, i);
}

/* Nothing tells of ports in use. */
static void test_pairs(void **state)
{
	struct sgap_ev *ev = begin();
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++)
		put_pair(ev, i);
	expect(ev, "path-loss", 0);
}

/* From the half on new ports get nothing; every fourth pair comes from a port in use. */
static void put_full(struct sgap_ev *ev, __u32 i, __u32 servers)
{
	bool used = i / 2 % 4 == 0;
	union room u;

	fill_pair(&u, i);
	put_addr(u.r.server, net.net, (__u8)(53 + i / 8 % servers));
	u.r.client_port = used ? 53000 : (__u16)(1024 + i / 2);
	if (i >= HALF && !used)
		silence(&u, i);
	record(ev, &u, i);
}

/* A box that has no room for new flows, and not the one server that is asked through it. */
static void test_full(void **state)
{
	__u32 i, servers;

	(void)state;
	for (servers = 1; servers <= 2; servers++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_full(ev, i, servers);
		expect(ev, "nat-exhausted", 0);
	}
}

enum ending { SILENT, RESET, RESET_BIG };

/*
 * Of one zone the answers go over TCP, so many bytes: from the half on nothing does, or what is
 * small.
 */
static void put_stream(struct sgap_ev *ev, __u32 i, __u32 servers, __u16 size, enum ending ending)
{
	bool stream = i % 4 == 0, small = ending == RESET_BIG && i % 12 == 0;
	union room u;

	fill(&u, &net, i, at(i), i);
	put_addr(u.r.server, net.net, (__u8)(53 + i / 4 % servers));
	if (stream) {
		put_below(&u.r, i / 4 % 21);
		u.r.proto = 6;
		u.r.connect_us = 4000;
		u.r.answer_size = small ? 100 : size;
	}
	if (stream && !small && i >= HALF)
		silence(&u, i);
	if (stream && !small && i >= HALF && ending != SILENT)
		u.r.state = SGAP_TXN_REFUSED;
	record(ev, &u, i);
}

/* With one server in sight a path may swallow what is big, unless the server resets all. */
static void test_streams(void **state)
{
	static const struct {
		__u32 servers;
		__u16 size;
		enum ending ending;
		const char *cause;
		__u8 host;
	} row[] = {
		{ 2, 56, SILENT, "tcp-exhausted", 0 }, { 1, 56, SILENT, "tcp-exhausted", 53 },
		{ 1, 1400, SILENT, "pmtu-blackhole", 0 }, { 1, 1400, RESET, "tcp-exhausted", 53 },
		{ 1, 1400, RESET_BIG, "pmtu-blackhole", 0 },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_stream(ev, i, row[k].servers, row[k].size, row[k].ending);
		expect(ev, row[k].cause, row[k].host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_farm),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
