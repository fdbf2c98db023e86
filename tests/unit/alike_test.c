// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Causes whose effects are much alike, and what tells them apart: what is dropped whatever it is,
 * who drops besides being late, who says that it reached nobody, and who mixes cases at all.
 */
#include "net.h"

#define TOPS 9u		/* zones */

/* The top of a zone. */
static void put_top(struct sgap_rec_txn *r, __u32 zone)
{
	r->data[0] = 5;
	r->qname_len = 2 + (__u16)sprintf((char *)r->data + 1, "zon%02u\7example", zone % TOPS);
}

/* A service of the zone's, which has no other names next to it. */
static void put_service(struct sgap_rec_txn *r, __u32 zone)
{
	r->data[0] = 4;
	r->qname_len = 2 + (__u16)sprintf((char *)r->data + 1, "_sip\4_udp\5zon%02u\7example",
					  zone % TOPS);
}

/* A question to one of two servers, 53 and 54, in turn. */
static void ask(union room *u, __u32 i, __u32 name)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };

	fill(u, &n, i, at(i), name);
	put_addr(u->r.server, n.net, (__u8)(53 + i % 2));
}

static void plain(union room *u)
{
	u->r.flags &= ~(SGAP_TXN_F_QOPT | SGAP_TXN_F_AOPT);
	u->r.query_bufsize = 0;
}

/*
 * Hosts' addresses are asked for without OPT, with it something at the tops of zones, of which
 * nobody gets any from the half on; or only what is small.
 */
static void put_option(struct sgap_ev *ev, __u32 i, bool swallowed)
{
	bool top = i % 3 == 0, big = i / 12 % TOPS, lost = i >= HALF && top && (swallowed || big);
	union room u;

	ask(&u, i, i % 400);
	if (top) {
		u.r.qtype = i % 2 ? 15 : 16;
		u.r.query_bufsize = 4096;
		u.r.answer_size = big ? 1900 : 90;
		put_top(&u.r, i / 12);
	} else {
		plain(&u);
		u.r.ts = u.r.ts_answer = at(i) + i % 5 * 10 * SGAP_NS_PER_MS + RTT_NS;
	}
	if (lost) {
		starve(&u, SGAP_TXN_TIMEOUT, 5);
		repeat(&u);
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* Who drops OPT drops it whatever is asked; what is small is proof that it passes. */
static void test_options(void **state)
{
	static const struct { bool swallowed; const char *cause; } row[] = {
		{ true, "edns-dropped" }, { false, "fragments-lost" },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_option(ev, i, row[k].swallowed);
		expect(ev, row[k].cause, 0);
	}
}

/* From the half on nobody gets a service's address (RFC 2782), hosts' beside it anybody does. */
static void test_services(void **state)
{
	struct sgap_ev *ev = begin();
	union room u;
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++) {
		ask(&u, i, i % 400);
		u.r.ts = u.r.ts_answer = at(i) + i % 5 * 10 * SGAP_NS_PER_MS + RTT_NS;
		if (i % 3 == 0) {
			u.r.qtype = 33;
			put_service(&u.r, i / 12);
		}
		if (i % 3 == 0 && i >= HALF) {
			starve(&u, SGAP_TXN_TIMEOUT, 5);
			repeat(&u);
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	expect(ev, "type-dropped", 0);
}

/* Server 53 is late with all, and of so many questions (0: none) it leaves one unanswered. */
static void put_late(struct sgap_ev *ev, __u32 i, __u32 drops)
{
	union room u;

	ask(&u, i, i / 2 % 10);
	u.r.min_ttl = 30 - i / PER_S % 30;
	if (i >= HALF && i % 2 == 0) {
		u.r.ts = u.r.ts_answer = at(i) + 900 * SGAP_NS_PER_MS;
		if (drops && i / 2 % drops == 0) {
			starve(&u, SGAP_TXN_TIMEOUT, 5);
			repeat(&u);
		}
	}
	sgap_ev_record(ev, 0, &u.r);
}

static void test_late(void **state)
{
	static const struct { __u32 drops; const char *cause; } row[] = {
		{ 0, "server-slow" }, { 9, "server-slow" }, { 3, "server-overloaded" },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_late(ev, i, row[k].drops);
		expect(ev, row[k].cause, 53);
	}
}

/* Both servers fail one zone, a signed one, and say why. */
static void put_zone(struct sgap_ev *ev, __u32 i, __u16 ede)
{
	union room u;

	ask(&u, i, i);
	u.r.aflags |= SGAP_DNS_AD;
	if (i >= HALF && i % 9 == 0) {
		u.r.aflags &= ~SGAP_DNS_AD;
		deny(&u, 2);
		u.r.ede = ede;
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* Who reached nobody (RFC 8914 section 4.23) had no signatures to disbelieve. */
static void test_zone(void **state)
{
	static const struct { __u16 ede; const char *cause; } row[] = {
		{ SGAP_NONE16, "zone-bogus" }, { 7, "zone-bogus" }, { 22, "lame-delegation" },
	};
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_zone(ev, i, row[k].ede);
		expect(ev, row[k].cause, 0);
	}
}

/* One client of three mixes cases, and server 53 answers in small letters. */
static void test_case(void **state)
{
	struct sgap_ev *ev = begin();
	union room u;
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++) {
		ask(&u, i, i);
		if (i >= HALF && i % 2 == 0 && i % 3 == 0)
			u.r.flags |= SGAP_TXN_F_CASE;
		sgap_ev_record(ev, 0, &u.r);
	}
	expect(ev, "case-mismatch", 53);
}

/*
 * From the half on server 53 gives addresses of its own. Whether they are wrong shows by names
 * that 54 is asked for since; after some seconds 53 is asked for others, and for some that both
 * are, again gives what it did.
 */
static void put_wrong(struct sgap_ev *ev, __u32 i, bool again)
{
	bool first = i < HALF + 7 * PER_S, wrong = i >= HALF && i % 2 == 0 && (first || !again);
	__u32 name = i / 2 % 20;
	union room u;

	name += i < HALF ? i / 40 % 2 * 20 : i % 2 == 0 && !first && !again ? 20 : 0;
	ask(&u, i, name);
	u.r.ts = u.r.ts_answer = at(i) + 30 * SGAP_NS_PER_MS;
	u.r.naddr = 1;
	put_addr(u.r.addr[0], wrong ? 66 : 8, (__u8)name);
	u.r.digest = (wrong ? 500 : 100) + name;
	sgap_ev_record(ev, 0, &u.r);
}

/* What nobody else asks for is not right for that. */
static void test_wrong(void **state)
{
	__u32 i, again;

	(void)state;
	for (again = 0; again < 2; again++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_wrong(ev, i, again);
		expect(ev, again ? NULL : "wrong-answers", 53);
	}
}

/* Server 54 says of three zones of nine that it failed, after seconds, as it always did. */
static bool put_noise(struct sgap_ev *ev, __u32 i)
{
	union room u;

	if (i % 2 == 0 || i % 9 > 2)
		return false;
	ask(&u, i, i);
	deny(&u, 2);
	u.r.ts = u.r.ts_answer = at(i) + 2 * SGAP_NS_PER_S;
	sgap_ev_record(ev, 0, &u.r);
	return true;
}

/* An answer is one, whatever it says: it came by the way that would be in doubt. */
static void test_dead_beside_noise(void **state)
{
	struct sgap_ev *ev = begin();
	union room u;
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++) {
		if (put_noise(ev, i))
			continue;
		ask(&u, i, i);
		if (i >= HALF && i % 2 == 0) {
			starve(&u, SGAP_TXN_TIMEOUT, 5);
			repeat(&u);
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	expect(ev, "server-dead", 53);
}

/* All is out behind both: who has nothing in its cache waits, the other says so. None is dead. */
static void test_silent_for_uplink(void **state)
{
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j;
	union room u;
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++) {
		ask(&u, i, i);
		if (i >= HALF && i % 2 == 0) {
			starve(&u, SGAP_TXN_TIMEOUT, 5);
			repeat(&u);
		} else if (i >= HALF) {
			deny(&u, 2);
			u.r.ede = 22;
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	j = judge(ev, &v);
	assert_true(!v.best || strcmp(v.best->cause->id, "server-dead") != 0);
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

static void test_slow_beside_noise(void **state)
{
	struct sgap_ev *ev = begin();
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++) {
		if (!put_noise(ev, i))
			put_late(ev, i, 0);
	}
	expect(ev, "server-slow", 53);
}

/* What is lost as anywhere, seconds before all is refused, is not when that began. */
static void test_stray(void **state)
{
	struct sgap_ev *ev = begin();
	union room u;
	__u32 i;

	(void)state;
	for (i = 0; i < ALL; i++) {
		ask(&u, i, i);
		if (i % 2 == 0 && (i >= HALF || i == HALF - 3 * PER_S)) {
			deny(&u, 5);
			u.r.ede = 18;
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	expect(ev, "recursion-refused-by-acl", 53);
}

/* A record that runs out while one client asks again and again; or that all do at one server. */
static void put_ttl(struct sgap_ev *ev, __u32 i, bool one)
{
	bool again = one && i >= ALL - 60;
	union room u;

	ask(&u, i, again ? 5000 : i / 2 % 20);
	if (again)
		put_addr(u.r.server, 1, (__u8)(i < ALL - 40 ? 54 : 53));
	u.r.min_ttl = i >= HALF && !one && i % 2 == 0 ? 0 : again && i >= ALL - 40 ? 1 : 30;
	sgap_ev_record(ev, 0, &u.r);
}

static void test_ttl(void **state)
{
	__u32 i, one;

	(void)state;
	for (one = 0; one < 2; one++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_ttl(ev, i, one);
		expect(ev, one ? NULL : "ttl-zeroed", 53);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_dead_beside_noise),
		cmocka_unit_test(test_silent_for_uplink),
		cmocka_unit_test(test_slow_beside_noise),
		cmocka_unit_test(test_stray),
		cmocka_unit_test(test_ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
