// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up transactions to a verdict: of several findings the one that costs customers most
 * now; a zone that moved is nobody's fault, one that a server makes up is its.
 */
#include "locate/answer.h"
#include "net.h"

/* Of two networks, whose server is named first, and does somebody stand beside it? */
static void judge_two(const struct net *a, const struct net *b, __u8 first, __u32 queries,
		      __u32 clients)
{
	struct sgap_ev *ev = begin();
	struct sgap_judge *j;
	struct sgap_verdict v;

	put_net(ev, a);
	put_net(ev, b);
	j = judge(ev, &v);
	assert_non_null(v.best);
	assert_string_equal(v.best->cause->id, "recursion-refused-by-acl");
	assert_int_equal(ev->hosts[v.best->host].addr.b[13], first);
	assert_int_equal(v.best->queries, queries);
	assert_int_equal(v.best->clients, clients);
	assert_true(j->nfindings > 1);
	assert_string_equal(j->findings[1].cause->id, "recursion-refused-by-acl");
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

static void test_most_now(void **state)
{
	/* More in all, but hardly anybody asks there any more. */
	const struct net was = { 1, 8, 20, END, 40, 1 }, is = { 2, 8, 40, END, 0, 5 };

	(void)state;
	judge_two(&was, &is, 2, 50, 8);
	judge_two(&is, &was, 2, 50, 8);
}

static void test_over(void **state)
{
	const struct net over = { 1, 8, 15, 40, END, 0 }, on = { 2, 3, 45, END, 0, 2 };

	(void)state;
	judge_two(&over, &on, 2, 20, 3);
}

static void test_more_clients(void **state)
{
	const struct net few = { 1, 2, 30, END, 0, 4 }, many = { 2, 10, 40, END, 0, 4 };

	(void)state;
	judge_two(&few, &many, 2, 40, 10);
}

/*
 * From the half on every name, of POOL that have addresses of their own and of such as do
 * not exist, has one address.
 */
#define POOL 40u
static struct sgap_judge *judge_one_for_all(struct sgap_ev *ev, bool authority,
					    struct sgap_verdict *v)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	__u32 i;

	for (i = 0; i < ALL; i++) {
		__u64 ts = START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S;
		bool after = i >= HALF, absent = i % 5 == 0;
		__u32 name = absent ? 1000 + i : i * 7 % POOL;
		union room u;

		fill(&u, &n, i, ts, name);
		put_host(&u.r, 0, name);	/* all of one zone */
		if (after && authority)
			u.r.aflags |= SGAP_DNS_AA;
		if (absent && !after) {
			u.r.rcode = 3;
			u.r.ancount = 0;
		} else {
			u.r.naddr = 1;
			put_addr(u.r.addr[0], after ? 9 : 8, after ? 1 : (__u8)name);
			u.r.digest = after ? 1 : 100 + name;
		}
		sgap_ev_record(ev, 0, &u.r);
	}
	return judge(ev, v);
}

static void test_zone_moved(void **state)
{
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j = judge_one_for_all(ev, false, &v);

	(void)state;
	assert_int_equal(v.lacks, SGAP_LACKS_NOTHING);
	assert_null(v.best);
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

static void test_made_up(void **state)
{
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j = judge_one_for_all(ev, true, &v);

	(void)state;
	assert_non_null(v.best);
	assert_string_equal(v.best->cause->id, "wrong-answers");
	assert_int_equal(ev->hosts[v.best->host].addr.b[13], 1);
	assert_true(v.best->since >= (START + END / 2) * SGAP_NS_PER_S);
	assert_true(v.best->since < (START + END / 2 + 1) * SGAP_NS_PER_S);
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

/*
 * Every fourth answer is a first fragment. Who sees the rest go by misses it when it does
 * not come; a tap, which does not, has the word of clients who ask again or do not.
 */
static struct sgap_judge *judge_fragments(struct sgap_ev *ev, bool again, struct sgap_verdict *v)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	__u32 i, k;

	for (i = 0; i < ALL; i++) {
		bool big = i % 4 == 0;

		for (k = 0; k < (big && again ? 2 : 1); k++) {
			__u64 ts = START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S;
			union room u;

			fill(&u, &n, i, ts + k * 2 * SGAP_NS_PER_S, i % 400);
			u.r.dns_id += k;
			u.r.answer_size = big ? 1472 : 56;
			u.r.query_bufsize = 4096;
			u.r.flags |= big ? SGAP_TXN_F_FRAGMENT : 0;
			sgap_ev_record(ev, 0, &u.r);
		}
	}
	return judge(ev, v);
}

static void test_fragments(void **state)
{
	static const struct { bool sees_rest, again, lost; } row[] = {
		{ false, false, false }, { false, true, true }, { true, false, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct sgap_ev *ev = begin();
		struct sgap_verdict v;
		struct sgap_judge *j;

		ev->vantage[0].sees_rest = row[i].sees_rest;
		j = judge_fragments(ev, row[i].again, &v);
		assert_int_equal(!!v.best, row[i].lost);
		if (v.best)
			assert_string_equal(v.best->cause->id, "fragments-lost");
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/* A question to server 10.net.0.at, and the data that its name has there, or none at all. */
static void ask_at(struct sgap_ev *ev, const struct net *n, __u32 i, __u32 name, __u8 at,
		   bool data)
{
	union room u;

	fill(&u, n, i, START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S, name);
	put_addr(u.r.server, n->net, at);
	if (data) {
		u.r.digest = 100 + name;
		u.r.min_ttl = 2;
	} else {
		u.r.rcode = 3;
		u.r.ancount = 0;
		u.r.min_ttl = SGAP_NONE32;
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* Whether name, of which twelve of sixteen come and go, is there at that second. */
static bool is_created(__u32 name, __u8 at, __u32 s)
{
	(void)at;
	return name >= 12 || s >= END / 3;
}

static bool is_removed(__u32 name, __u8 at, __u32 s)
{
	(void)at;
	return name >= 12 || s < END / 2;
}

static bool is_shown(__u32 name, __u8 at, __u32 s)
{
	return name >= 12 || at != 53 || s < END / 2;
}

/* Names that are created or taken away are hidden by nobody; those that others find are. */
static void test_hidden(void **state)
{
	static const struct {
		bool (*is_there)(__u32 name, __u8 at, __u32 s);
		__u8 servers;
		bool hidden;
	} row[] = {
		{ is_created, 1, false }, { is_created, 2, false }, { is_removed, 1, false },
		{ is_removed, 2, false }, { is_shown, 2, true },
	};
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	struct sgap_verdict v;
	struct sgap_judge *j;
	struct sgap_ev *ev;
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(row) / sizeof(*row); k++) {
		ev = begin();
		for (i = 0; i < ALL; i++) {
			__u32 name = i / 2 % 16;
			__u8 at = (__u8)(53 + i % row[k].servers);

			ask_at(ev, &n, i, name, at, row[k].is_there(name, at, i / PER_S));
		}
		j = judge(ev, &v);
		if (!!v.best != row[k].hidden)
			fail_msg("row %zu: %s", k, v.best ? v.best->cause->id : "nobody");
		if (v.best)
			assert_string_equal(v.best->cause->id, "zone-shadowed");
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/*
 * Client 10.net.0.99 asks the same names every two seconds, all the time or from the half on; or
 * asks for a new one three times each from then on.
 */
enum poll { ALWAYS, FROM_HALF, TRIES };

static void put_poll(struct sgap_ev *ev, __u32 i, enum poll how)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	union room u;

	fill(&u, &n, i, at(i), i);
	if (i % 8 == 0) {
		put_addr(u.r.client, n.net, 99);
		if (how == ALWAYS || (how == FROM_HALF && i >= HALF))
			put_name(&u.r, 5000 + i / 8 % 5);
		else if (how == TRIES && i >= HALF)
			put_name(&u.r, 6000 + i / 24);
	}
	sgap_ev_record(ev, 0, &u.r);
}

/* A stub asks some times and gives up; who polls goes on. */
static void test_poll(void **state)
{
	enum poll how;
	__u32 i;

	(void)state;
	for (how = ALWAYS; how <= TRIES; how++) {
		struct sgap_ev *ev = begin();

		for (i = 0; i < ALL; i++)
			put_poll(ev, i, how);
		expect(ev, how == TRIES ? "client-unreachable" : NULL, 99);
	}
}

/* Two servers, each with authority: the serials of theirs. */
static struct sgap_judge *judge_serials(struct sgap_ev *ev, __u32 before, __u32 after,
					struct sgap_verdict *v)
{
	const struct net n = { 1, 6, 0, 0, 0, 0 };
	__u32 i;

	for (i = 0; i < ALL; i++) {
		__u8 at = (__u8)(53 + i % 2);
		union room u;

		fill(&u, &n, i, START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S, i / 2 % 4);
		put_addr(u.r.server, n.net, at);
		u.r.qtype = 6;
		u.r.aflags |= SGAP_DNS_AA;
		u.r.soa_serial = at == 53 ? 100 : i < HALF ? before : after;
		u.r.digest = u.r.soa_serial;
		sgap_ev_record(ev, 0, &u.r);
	}
	return judge(ev, v);
}

/* Who stays behind is stale; a zone that is served differently inside and outside is not. */
static void test_serials(void **state)
{
	static const struct { __u32 before, after; bool stale; } row[] = {
		{ 100, 200, true }, { 200, 200, false }, { 200, 201, false }, { 100, 100, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct sgap_ev *ev = begin();
		struct sgap_verdict v;
		struct sgap_judge *j = judge_serials(ev, row[i].before, row[i].after, &v);

		assert_int_equal(!!v.best, row[i].stale);
		if (v.best)
			assert_string_equal(v.best->cause->id, "stale-zone");
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/* What has to be there before anybody is said to be at fault, or nobody. */
enum seen { SEEN_ALL, SEEN_QUERIES, SEEN_ANSWERS };

static void put_seen(struct sgap_ev *ev, __u32 n, enum seen seen)
{
	const struct net net = { 1, 6, 0, 0, 0, 0 };
	union room u;
	__u32 i;

	for (i = 0; i < n; i++) {
		fill(&u, &net, i, at(i), i % POOL);
		if (seen == SEEN_QUERIES) {
			starve(&u, SGAP_TXN_TIMEOUT, 5);
			repeat(&u);
		} else if (seen == SEEN_ANSWERS) {
			u.r.state = SGAP_TXN_UNMATCHED;
			u.r.ts_query = 0;
			u.r.copies = 0;
		}
		sgap_ev_record(ev, 0, &u.r);
	}
}

static void test_lacks(void **state)
{
	static const struct {
		__u32 n;
		enum seen seen;
		enum sgap_lacks lacks;
		int status;
	} rows[] = {
		{ 0, SEEN_ALL, SGAP_LACKS_MORE, 3 },
		{ SGAP_ENOUGH - 1, SEEN_ALL, SGAP_LACKS_MORE, 3 },
		{ SGAP_ENOUGH, SEEN_ALL, SGAP_LACKS_NOTHING, 0 },
		{ SGAP_ENOUGH - 1, SEEN_QUERIES, SGAP_LACKS_MORE, 3 },
		{ ALL, SEEN_QUERIES, SGAP_LACKS_ANSWERS, 3 },
		{ ALL, SEEN_ANSWERS, SGAP_LACKS_QUERIES, 3 },
	};
	size_t k;

	(void)state;
	for (k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		struct sgap_ev *ev = begin();
		struct sgap_verdict v;
		struct sgap_judge *j;

		put_seen(ev, rows[k].n, rows[k].seen);
		j = judge(ev, &v);
		assert_int_equal(v.lacks, rows[k].lacks);
		assert_int_equal(sgap_answer_exit(&v), rows[k].status);
		assert_null(v.best);
		sgap_judge_free(j);
		sgap_ev_free(ev);
	}
}

/* Few queries say less than many; trouble that was short and is over says nothing of now. */
static double sure_of_nobody(__u32 seconds, __u32 from, __u32 to)
{
	const struct net net = { 1, 8, from, to, 0, PER_S };
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j;
	__u32 i;

	for (i = 0; i < seconds * PER_S; i++)
		put(ev, &net, i, at(i), i / PER_S >= from && i / PER_S < to);
	j = judge(ev, &v);
	assert_int_equal(v.lacks, SGAP_LACKS_NOTHING);
	assert_null(v.best);
	sgap_judge_free(j);
	sgap_ev_free(ev);
	return v.confidence;
}

static void test_sure_of_nobody(void **state)
{
	double few = sure_of_nobody(1, END, END), some = sure_of_nobody(5, END, END);
	double many = sure_of_nobody(END, END, END);

	(void)state;
	assert_true(few > 0.5 && few < 0.6);
	assert_true(some > few && some < 0.7);
	assert_true(many > 0.9 && many < 1.0);
	assert_true(sure_of_nobody(END, 30, 34) > 0.9);
}

/* One connection that opens, one answer: the way back is in sight, and nobody is accused. */
static void test_came_back(void **state)
{
	const struct net net = { 1, 6, 0, 0, 0, 0 };
	struct sgap_ev *ev = begin();
	struct sgap_verdict v;
	struct sgap_judge *j;
	union room u;

	(void)state;
	put_seen(ev, ALL - 1, SEEN_QUERIES);
	fill(&u, &net, ALL - 1, at(ALL - 1), 1);
	sgap_ev_record(ev, 0, &u.r);
	j = judge(ev, &v);
	assert_int_equal(v.lacks, SGAP_LACKS_NOTHING);
	assert_null(v.best);
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lacks),
		cmocka_unit_test(test_came_back),
		cmocka_unit_test(test_sure_of_nobody),
		cmocka_unit_test(test_most_now),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_more_clients),
		cmocka_unit_test(test_zone_moved),
		cmocka_unit_test(test_made_up),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_serials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
