// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made-up transactions to a verdict: what looks like a fault and is nobody's, each beside what
 * is one. Two resolvers, six clients, nine zones; something begins with the half.
 */
#include "net.h"

#define HOT 8u			/* names that are asked again and again */
#define TTL 600u		/* s */
#define LOOKUP_NS (60 * SGAP_NS_PER_MS)
#define DEAD 50u		/* from this zone on nothing was ever looked up */

static const struct net net = { 1, 6, 0, 0, 0, 0 };

static bool is_hot(__u32 i)
{
	return i / 4 % 4 == 0;
}

/* One in four is for a hot name and in the cache, the others are looked up. */
static void usual(union room *u, __u32 i)
{
	fill(u, &net, i, at(i), is_hot(i) ? i / 4 % HOT : HOT + i);
	put_addr(u->r.client, net.net, (__u8)(100 + i / 2 % net.clients));
	put_addr(u->r.server, net.net, (__u8)(53 + i % 2));
	u->r.min_ttl = is_hot(i) ? TTL - i / PER_S : TTL;
	if (!is_hot(i))
		u->r.ts = u->r.ts_answer = at(i) + LOOKUP_NS;
}

static bool begun(__u32 i, __u8 server)
{
	return i >= HALF && 53 + i % 2 == server;
}

/* A name that is one of the others', or of zones that nobody gets anything of. */
static void fail_lookups(union room *u, __u32 i, bool dead)
{
	if (!begun(i, 53) || is_hot(i) || i / 2 % 2)
		return;
	if (dead)
		put_host(&u->r, DEAD + i % 9, i);
	deny(u, 2);
}

/* The answer's name is not spelled as the query's: by one of them, by both, now and then. */
static void respelled(union room *u, __u32 i)
{
	if (begun(i, 53))
		u->r.flags |= SGAP_TXN_F_CASE;
}

static void all_respelled(union room *u, __u32 i)
{
	if (i >= HALF)
		u->r.flags |= SGAP_TXN_F_CASE;
}

static void respelled_at_times(union room *u, __u32 i)
{
	if (begun(i, 53) && i / 2 % 8 == 0)
		u->r.flags |= SGAP_TXN_F_CASE;
}

static void overloaded(union room *u, __u32 i) { fail_lookups(u, i, false); }
static void nobodys_names(union room *u, __u32 i) { fail_lookups(u, i, true); }

/* Nothing comes back from one server; the clients mind, or the capture lacks it. */
static void silent(union room *u, __u32 i)
{
	if (!begun(i, 53))
		return;
	starve(u, SGAP_TXN_TIMEOUT, 5);
	repeat(u);
}

static void one_way(union room *u, __u32 i)
{
	if (begun(i, 53))
		starve(u, SGAP_TXN_TIMEOUT, 5);
}

static void seen_twice(union room *u, __u32 i)
{
	one_way(u, i);
	u->r.copies = 2;
	u->r.ts_last = u->r.ts_query + SGAP_NS_PER_MS;
}

/* A third server is asked now and then, and never was there. */
static void never_there(union room *u, __u32 i)
{
	if (i % 8)
		return;
	put_addr(u->r.server, net.net, 55);
	starve(u, SGAP_TXN_TIMEOUT, 5);
	repeat(u);
}

/* A zone that both fail: from the half on, or whenever it was asked for. */
static void fail_zone(union room *u, __u32 i, bool worked)
{
	if (i / 2 % 5)
		return;
	put_host(&u->r, DEAD, i);
	if (i >= HALF)
		deny(u, 2);
	else if (!worked)
		put_host(&u->r, 1, i);
}

static void zone_broke(union room *u, __u32 i) { fail_zone(u, i, true); }
static void zone_never_worked(union room *u, __u32 i) { fail_zone(u, i, false); }

/* REFUSED: to all; for names that the other server refuses, too; to a check of its health. */
static void refuse(union room *u)
{
	deny(u, 5);
	u->r.ts = u->r.ts_answer = u->r.ts_query + SGAP_NS_PER_MS;
}

static void refused(union room *u, __u32 i)
{
	if (begun(i, 53))
		refuse(u);
}

/* Who is refused asks the other server next, which is asked for nothing else. */
static void blocked(union room *u, __u32 i)
{
	if (53 + i % 2 == 54 || i / 2 % 4 == 0) {
		put_host(&u->r, DEAD + i / 8 % 9, i / 8);
		refuse(u);
	}
}

static void check(union room *u, __u32 i, __u16 qclass)
{
	if (i % 8)
		return;
	put_addr(u->r.client, 7, 99);
	put_addr(u->r.server, net.net, 53);
	put_host(&u->r, DEAD, 0);
	u->r.qclass = qclass;
	refuse(u);
}

static void version_check(union room *u, __u32 i) { check(u, i, 3); }
static void name_check(union room *u, __u32 i) { check(u, i, 1); }

/* Both refuse whoever asks, as one list on both does. */
static void both_refuse(union room *u, __u32 i)
{
	if (i >= HALF)
		refuse(u);
}

static void both_prohibit(union room *u, __u32 i)
{
	if (i >= HALF) {
		refuse(u);
		u->r.ede = 18;
	}
}

/* A quarter gets lost, to both; nine of ten are in the cache. */
static void lossy(union room *u, __u32 i)
{
	if (i / 2 % 10) {
		put_name(&u->r, i / 4 % HOT);
		u->r.min_ttl = TTL - i / PER_S;
		u->r.ts = u->r.ts_answer = at(i) + RTT_NS;
	}
	if (i >= HALF && i * 2654435761u >> 30 == 0) {
		starve(u, SGAP_TXN_TIMEOUT, 5);
		repeat(u);
	}
}

/* One type is swallowed; its names are in the cache. */
static void no_https(union room *u, __u32 i)
{
	put_name(&u->r, i / 4 % HOT);
	u->r.min_ttl = TTL - i / PER_S;
	u->r.ts = u->r.ts_answer = at(i) + RTT_NS;
	if (i / 2 % 3)
		return;
	u->r.qtype = 65;
	if (i >= HALF) {
		starve(u, SGAP_TXN_TIMEOUT, 5);
		repeat(u);
	}
}

/* Names that did not exist get an address of one server: somebody's, or nobody's. */
static void redirect(union room *u, __u32 i, const __u8 *addr)
{
	u->r.naddr = 1;
	u->r.digest = i;
	put_addr(u->r.addr[0], (__u8)(20 + i / 250), (__u8)(i % 250));
	if (i / 2 % 5)
		return;
	put_host(&u->r, 1, 5000 + i / 2 % 40);
	deny(u, 3);
	u->r.naddr = 0;
	if (!begun(i, 53))
		return;
	u->r.rcode = 0;
	u->r.ancount = u->r.naddr = 1;
	u->r.min_ttl = TTL;
	u->r.digest = 1;
	memcpy(u->r.addr[0] + 12, addr, 4);
}

static void rewritten(union room *u, __u32 i) { redirect(u, i, (const __u8[]){ 9, 9, 9, 9 }); }
static void nulled(union room *u, __u32 i) { redirect(u, i, (const __u8[]){ 0, 0, 0, 0 }); }

/* All clients are one address. */
static void one_client(union room *u, __u32 i)
{
	rewritten(u, i);
	put_addr(u->r.client, net.net, 100);
}

/* One server gives others' addresses: all the same one, or each name its own. */
static void other_data(union room *u, __u32 i, bool own)
{
	__u32 name = i / 2 % 20;
	const __u8 outside[] = { 203, 0, 113, (__u8)(own ? name : 99) };

	put_name(&u->r, name);
	u->r.min_ttl = 1;
	u->r.ts = u->r.ts_answer = at(i) + LOOKUP_NS;
	u->r.naddr = 1;
	u->r.digest = 100 + name;
	put_addr(u->r.addr[0], 8, (__u8)name);
	if (!begun(i, 53))
		return;
	u->r.digest = 500 + name;
	memcpy(u->r.addr[0] + 12, outside, sizeof(outside));
}

static void wrong(union room *u, __u32 i) { other_data(u, i, false); }
static void steered(union room *u, __u32 i) { other_data(u, i, true); }

/* All that one is asked for has one address; or all that both are, which is a farm. */
static void one_address(union room *u, __u32 i)
{
	u->r.naddr = 1;
	u->r.digest = 100 + i / 2;
	put_name(&u->r, i / 2);
	put_addr(u->r.addr[0], (__u8)(20 + i / 500), (__u8)(i / 2 % 250));
	if (!begun(i, 53))
		return;
	u->r.digest = 1;
	put_addr(u->r.addr[0], 9, 9);
}

static void one_farm(union room *u, __u32 i)
{
	one_address(u, i);
	if (begun(i, 54))
		put_addr(u->r.addr[0], 9, 9);
}

/* NOTIMP for what it does not know, or for what is no type of data. */
static void no_type(union room *u, __u32 i, __u16 qtype)
{
	if (i % 16 > 1)
		return;
	u->r.qtype = qtype;
	if (i >= HALF)
		deny(u, 4);
}

static void no_svcb(union room *u, __u32 i) { no_type(u, i, 64); }
static void no_any(union room *u, __u32 i) { no_type(u, i, 255); }

/* A server asks for its cookie. */
static void new_cookie(union room *u, __u32 i)
{
	if (begun(i, 53) && i / 2 % 3 == 0)
		deny(u, 23);
}

/* EDNS is an error: for all who use it, or for one, whose it may be. */
static void bad_edns(union room *u, __u32 i, __u32 clients)
{
	bool edns = i / 2 % net.clients < clients;

	u->r.flags = edns ? SGAP_TXN_F_QOPT | SGAP_TXN_F_AOPT : 0;
	if (edns && i >= HALF)
		deny(u, clients == 1 ? 16 : 1);
}

static void edns_mishandled(union room *u, __u32 i) { bad_edns(u, i, 3); }
static void wrong_version(union room *u, __u32 i) { bad_edns(u, i, 1); }

/* One client asks for much that does not exist: anything, or addresses backwards. */
static void absent(union room *u, __u32 i, bool listed)
{
	const __u32 x = i * 2654435761u;

	if (i < HALF || i % 4 == 0)
		return;
	put_addr(u->r.client, net.net, 99);
	put_host(&u->r, DEAD, 1000000 + i);
	if (listed)
		u->r.qname_len = 2 + (__u16)sprintf((char *)u->r.data, "\2%02u\2%02u\2%02u\2%02u\2bl\7example",
						    x % 90 + 10, x / 90 % 90 + 10,
						    x / 8100 % 90 + 10, x / 729000 % 90 + 10) - 1;
	deny(u, 3);
}

static void flood(union room *u, __u32 i) { absent(u, i, false); }
static void block_list(union room *u, __u32 i) { absent(u, i, true); }

/* What was fast takes long: there, or somewhere else. */
static void slow(union room *u, __u32 i, __u8 hops)
{
	u->r.hops = begun(i, 53) ? hops : 60;
	if (begun(i, 53))
		u->r.ts = u->r.ts_answer = u->r.ts_answer + 400 * SGAP_NS_PER_MS;
}

static void server_slow(union room *u, __u32 i) { slow(u, i, 60); }
static void elsewhere(union room *u, __u32 i) { slow(u, i, 51); }

/* One answers nothing of some zones, in its cache or not. */
static void forbidden(union room *u, __u32 i)
{
	if (i / 2 % 3)
		return;
	put_host(&u->r, DEAD + i % 9, is_hot(i) ? i / 4 % HOT : i);
	silent(u, i);
}

/* One answers a third of nothing, and a third with TC, whatever it is. */
static void limited(union room *u, __u32 i)
{
	if (!begun(i, 53))
		return;
	if (i / 2 % 3 == 1) {
		deny(u, 0);
		u->r.aflags |= SGAP_DNS_TC;
	} else if (i / 2 % 3 == 2) {
		silent(u, i);
	}
}

/* Big answers over TCP: of one server few come any more, but some do. */
static void starved_streams(union room *u, __u32 i)
{
	if (i / 2 % 4 != 1)
		return;
	put_name(&u->r, 7000 + i / 8 % HOT);
	u->r.proto = 6;
	u->r.connect_us = 4000;
	u->r.answer_size = 1800;
	if (begun(i, 53) && i / 8 % 5)
		starve(u, SGAP_TXN_TIMEOUT, 5);
}

/* Most of what is asked is in the cache; what is not fails, and why is said. */
static void fail_uncached(union room *u, __u32 i, __u16 ede)
{
	u->r.aflags |= SGAP_DNS_AD;
	if (!begun(i, 53) || is_hot(i))
		return;
	if (i / 2 % 4 == 3) {
		deny(u, 2);
		u->r.ede = ede;
	} else {
		put_name(&u->r, i / 4 % HOT);
		u->r.min_ttl = TTL - i / PER_S;
		u->r.ts = u->r.ts_answer = at(i) + RTT_NS;
	}
}

static void clock_ahead(union room *u, __u32 i) { fail_uncached(u, i, 7); }
static void unreachable(union room *u, __u32 i) { fail_uncached(u, i, 22); }

/* What is not in the cache gets no answer; of one type that is nearly all. */
static void lookups_silent(union room *u, __u32 i)
{
	if (!is_hot(i) && i / 2 % 2)
		u->r.qtype = 65;
	if (!is_hot(i))
		silent(u, i);
}

/* The second server is asked for one zone only then, which nobody answers for. */
static void one_zone_silent(union room *u, __u32 i)
{
	if (i < HALF)
		return;
	put_addr(u->r.server, net.net, 53);
	if (i % 8 != 1)
		return;
	put_addr(u->r.server, net.net, 54);
	put_host(&u->r, DEAD, i % 3);
	starve(u, SGAP_TXN_TIMEOUT, 5);
	repeat(u);
}

/* One client asks for many names of one farm, while others ask for what does not exist. */
static void farm(union room *u, __u32 i)
{
	if (i / 2 % 5 == 1) {
		put_host(&u->r, 2, 5000 + i);
		deny(u, 3);
	} else if (begun(i, 53) && i / 2 % 5 > 2) {
		put_addr(u->r.client, net.net, 99);
		put_host(&u->r, DEAD + i % 9, i);
		u->r.digest = 1;
		u->r.naddr = 1;
		put_addr(u->r.addr[0], 9, 9);
	}
}

struct row {
	const char *what;
	void (*make)(union room *u, __u32 i);
	const char *cause;	/* NULL = nobody's fault */
	__u8 host;
};

static const struct row rows[] = {
	{ "as usual", usual, NULL, 0 },
	{ "overloaded", overloaded, "server-overloaded", 53 },
	{ "names that nobody looks up", nobodys_names, NULL, 0 },
	{ "silent", silent, "server-dead", 53 },
	{ "its answers are not captured", one_way, NULL, 0 },
	{ "nor are they, by who sees each query twice", seen_twice, NULL, 0 },
	{ "never there", never_there, NULL, 0 },
	{ "a zone breaks", zone_broke, "lame-delegation", 0 },
	{ "a zone never worked", zone_never_worked, NULL, 0 },
	{ "refused", refused, "recursion-refused-by-acl", 53 },
	{ "refused by both", both_refuse, "recursion-refused-by-acl", 53 },
	{ "refused by both, who say so", both_prohibit, "recursion-refused-by-acl", 53 },
	{ "lost on the way, most being in the cache", lossy, "path-loss", 0 },
	{ "a type is swallowed, all being in the cache", no_https, "type-dropped", 0 },
	{ "absent names are led somewhere, for one address", one_client, "nxdomain-rewritten", 53 },
	{ "blocked names are refused by both", blocked, NULL, 0 },
	{ "a check asks for the version", version_check, NULL, 0 },
	{ "a check asks for a name that is refused", name_check, NULL, 0 },
	{ "absent names are led somewhere", rewritten, "nxdomain-rewritten", 53 },
	{ "a farm's names are asked for", farm, NULL, 0 },
	{ "absent names are led nowhere", nulled, NULL, 0 },
	{ "names are led to one address", wrong, "wrong-answers", 53 },
	{ "names are led each to its own", steered, NULL, 0 },
	{ "all is led to one address", one_address, "wrong-answers", 53 },
	{ "all is led there, by the other as well", one_farm, NULL, 0 },
	{ "names are spelled otherwise", respelled, "case-mismatch", 53 },
	{ "by both", all_respelled, "case-mismatch", 0 },
	{ "one in eight is", respelled_at_times, NULL, 0 },
	{ "SVCB is answered by NOTIMP", no_svcb, "unknown-type-mishandled", 0 },
	{ "ANY is answered by NOTIMP", no_any, NULL, 0 },
	{ "a new cookie is asked for", new_cookie, NULL, 0 },
	{ "EDNS is an error", edns_mishandled, "edns-mishandled", 0 },
	{ "one client asks with another version", wrong_version, NULL, 0 },
	{ "a flood of absent names", flood, "client-flood", 99 },
	{ "block lists are asked", block_list, NULL, 0 },
	{ "slow", server_slow, "server-slow", 53 },
	{ "somebody farther away answers", elsewhere, NULL, 0 },
	{ "limited", limited, "rate-limited", 53 },
	{ "zones are dropped", forbidden, NULL, 0 },
	{ "streams starve at times", starved_streams, "tcp-exhausted", 53 },
	{ "the clock is ahead, and most is in the cache", clock_ahead, "trust-anchor-or-clock", 53 },
	{ "nobody can be asked, and most is in the cache", unreachable, "forwarder-refuses", 0 },
	{ "what is not in the cache is silent", lookups_silent, "forwarder-dead", 0 },
	{ "the other is asked for a silent zone only", one_zone_silent, NULL, 0 },
};

static void test_rows(void **state)
{
	size_t k;
	__u32 i;

	(void)state;
	for (k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		struct sgap_ev *ev = begin();

		print_message("%s\n", rows[k].what);
		for (i = 0; i < ALL; i++) {
			union room u;

			usual(&u, i);
			if (rows[k].make != usual)
				rows[k].make(&u, i);
			sgap_ev_record(ev, 0, &u.r);
		}
		expect(ev, rows[k].cause, rows[k].host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
