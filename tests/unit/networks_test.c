// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up transactions of several servers and networks: which of them are one, which have
 * nothing to do with each other, and what spares none is before them all.
 */
#include "locate/intern.h"
#include "locate/pick.h"
#include "locate/say.h"
#include "net.h"

/* Clients of 10.1.0.* and 10.2.0.* ask two servers; from the half on one or both drop 10.2.0.*. */
static struct sgap_judge *judge_dropped(struct sgap_ev *ev, bool both, struct sgap_verdict *v)
{
	const struct net n[2] = { { 1, 6, 0, 0, 0, 0 }, { 2, 6, 0, 0, 0, 0 } };
	__u32 i;

	for (i = 0; i < ALL; i++) {
		__u8 at = (__u8)(53 + i / 2 % 2);
		union room u;

		fill(&u, &n[i % 2], i, START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S, i);
		put_addr(u.r.server, 9, at);
		if (i % 2 && i >= HALF && (both || at == 53)) {
			u.r.state = SGAP_TXN_TIMEOUT;
			u.r.rcode = SGAP_NONE16;
			u.r.ts_answer = 0;
			u.r.aflags = u.r.ancount = u.r.answers = 0;
			u.r.min_ttl = SGAP_NONE32;
			repeat(&u);
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	return judge(ev, v);
}

/* One server that drops a network has a list; two that do are behind what drops it. */
static void test_dropped(void **state)
{
	int both;

	(void)state;
	for (both = 0; both < 2; both++) {
		struct sgap_ev *ev = begin();
		struct sgap_verdict v;
		struct sgap_judge *j = judge_dropped(ev, both, &v);

		assert_int_equal(v.best && !strcmp(v.best->cause->id, "acl-drop"), !both);
		assert_true(!both || !v.best || !v.best->host);
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/* However many networks there are: every other one is refused from the half on. */
static void test_many_refused(void **state)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j;
	__u32 i, refused = 0;

	(void)state;
	for (i = 0; i < 4 * ALL; i++) {
		__u32 net = i % 401;
		union room u;

		fill(&u, &n, i, START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / (4 * PER_S), i);
		u.r.client[13] = (__u8)(net / 256);
		u.r.client[14] = (__u8)net;
		put_addr(u.r.server, 9, 53);
		if (net % 2 && i >= 4 * HALF) {
			deny(&u, 5);
			refused++;
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	j = judge(ev, &v);
	assert_non_null(v.best);
	assert_string_equal(v.best->cause->id, "recursion-refused-by-acl");
	assert_int_equal(v.best->in_set.bad, refused);
	assert_int_equal(v.best->in_set.all, refused);
	assert_string_equal(v.best->detail, "other client networks get answers");
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

static void put_addr6(__u8 *p, __u8 host)
{
	memset(p, 0, 16);
	p[0] = 0xfd;
	p[15] = host;
}

/*
 * A server at an IPv4 and one at an IPv6 address; what they have runs out there with apart
 * seconds between. From the half on both fail one name of four.
 */
static struct sgap_judge *judge_two_addresses(struct sgap_ev *ev, __u32 apart,
					      struct sgap_verdict *v)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	__u32 i;

	for (i = 0; i < ALL; i++) {
		__u32 s = i / PER_S, name = i / 2 % 16;
		bool six = i % 2;
		union room u;

		name = name % 4 ? name : 99;
		fill(&u, &n, i, START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S, name);
		u.r.min_ttl = 30 - (s + six * apart) % 30;
		u.r.digest = name;
		if (six) {
			put_addr6(u.r.client, (__u8)(100 + i % 6));
			put_addr6(u.r.server, 53);
		}
		if (name == 99 && s >= END / 2) {
			u.r.rcode = 2;
			u.r.ancount = 0;
			u.r.min_ttl = SGAP_NONE32;
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	return judge(ev, v);
}

/* Two resolvers that fail a zone accuse its owner; one at both of its addresses does not. */
static void test_dual_stack(void **state)
{
	static const __u32 apart[] = { 0, 7 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct sgap_ev *ev = begin();
		struct sgap_verdict v;
		struct sgap_judge *j = judge_two_addresses(ev, apart[i], &v);
		bool owner = v.best && v.best->role == SGAP_ROLE_AUTHORITATIVE;

		assert_int_equal(owner, i == 1);
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/* A server is compared with one of its own network, however busy others' are. */
static void test_networks_apart(void **state)
{
	struct net n = { 0, 4, 0, END, 0, 2 };
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j;
	struct sgap_pick pick;

	(void)state;
	for (n.net = 1; n.net <= 10; n.net++) {
		n.from = n.net == 1 ? END / 2 : END;
		put_net(ev, &n);
	}
	j = judge(ev, &v);
	assert_non_null(v.best);
	sgap_pick(&pick, j, v.best);
	assert_int_equal(ev->hosts[pick.server].addr.b[13], 1);
	assert_int_equal(pick.fallback, 0);
	/* Beyond those that are judged, networks are not taken for one. */
	assert_int_equal(j->islands[pick.server], 1);
	for (n.net = 9; n.net <= 10; n.net++) {
		__u8 addr[16];

		put_addr(addr, n.net, 53);
		assert_int_equal(j->islands[sgap_intern_host(ev, addr)], 0);
	}
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

/* Why no detour helps depends on who is at fault, and on who else was seen. */
static void test_why_not(void **state)
{
	static const struct { const char *cause; __u32 servers; const char *why; } row[] = {
		{ "client-flood", 2, "the client takes its fault along to any server" },
		{ "zone-bogus", 2, "every server asks the same zone" },
		{ "nat-exhausted", 1, "what is at fault is on the way to every server" },
		{ "edns-dropped", 2, "another server is hit alike" },
		{ "edns-dropped", 1, "no other server was seen" },
	};
	struct sgap_host hosts[3] = { { .role = 0 }, { .role = SGAP_ROLE_RECURSIVE },
				      { .role = SGAP_ROLE_RECURSIVE } };
	struct sgap_ev_server servers[2] = { { .host = 1 }, { .host = 2 } };
	__u8 islands[3] = { 0, 1, 1 };
	char why[SGAP_SAY];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		const struct sgap_cause *c = sgap_cause_by_id(row[i].cause);
		const struct sgap_ev ev = { .hosts = hosts, .servers = servers,
					    .nservers = row[i].servers };
		const struct sgap_judge j = { .ev = &ev, .islands = islands };
		const struct sgap_finding f = { .cause = c, .role = c->role, .behind = 1,
						.island = 1, .helps = SGAP_HELPS_NO };

		sgap_say_why(why, &j, &f);
		assert_string_equal(why, row[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_many_refused),
		cmocka_unit_test(test_dual_stack),
		cmocka_unit_test(test_networks_apart),
		cmocka_unit_test(test_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
