// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of captures, the arithmetic of the rules, and numbering of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "lib/pcap.h"
#include "locate/evidence.h"
#include "locate/finding.h"
#include "locate/intern.h"
#include "locate/jsonw.h"
#include "locate/sweep.h"
#include "locate/tally.h"

static void put(__u8 *p, __u64 v, int bytes, bool big)
{
	int i;

	for (i = 0; i < bytes; i++)
		p[big ? bytes - 1 - i : i] = (__u8)(v >> (8 * i));
}

static size_t make_pcap(__u8 *p, __u32 magic, bool big, __u32 link_type, __u32 frac)
{
	memset(p, 0, 24);
	put(p, magic, 4, big);
	put(p + 4, 2, 2, big);
	put(p + 6, 4, 2, big);
	put(p + 16, 65535, 4, big);
	put(p + 20, link_type, 4, big);
	put(p + 24, 1790000000, 4, big);
	put(p + 28, frac, 4, big);
	put(p + 32, 4, 4, big);
	put(p + 36, 60, 4, big);
	put(p + 40, 0x61626364, 4, true);	/* "abcd" */
	return 44;
}

static void test_pcap(void **state)
{
	static const struct { __u32 magic, frac; bool big; } kinds[] = {
		{ 0xa1b2c3d4, 7, false }, { 0xa1b2c3d4, 7, true },
		{ 0xa1b23c4d, 7000, false }, { 0xa1b23c4d, 7000, true },
	};
	struct sgap_pcap_pkt pkt;
	struct sgap_pcap *r;
	char err[200];
	__u8 b[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		n = make_pcap(b, kinds[i].magic, kinds[i].big, 12, kinds[i].frac);
		assert_int_equal(sgap_pcap_open_mem(&r, b, n, err, sizeof(err)), 0);
		assert_int_equal(sgap_pcap_next(r, &pkt), 1);
		assert_int_equal(pkt.ts, 1790000000000007000ULL);
		assert_int_equal(pkt.caplen, 4);
		assert_int_equal(pkt.len, 60);
		assert_int_equal(pkt.link_type, 101);
		assert_memory_equal(pkt.data, "abcd", 4);
		assert_int_equal(sgap_pcap_next(r, &pkt), 0);
		assert_string_equal(sgap_pcap_note(r), "");
		sgap_pcap_free(r);
	}
}

static void test_pcap_damaged(void **state)
{
	struct sgap_pcap_pkt pkt;
	struct sgap_pcap *r;
	char err[200];
	__u8 b[64];
	size_t n = make_pcap(b, 0xa1b2c3d4, false, 1, 0);

	(void)state;
	/* Cut within the packet: ends there, and says so. */
	assert_int_equal(sgap_pcap_open_mem(&r, b, n - 1, err, sizeof(err)), 0);
	assert_int_equal(sgap_pcap_next(r, &pkt), 0);
	assert_non_null(strstr(sgap_pcap_note(r), "middle of a packet"));
	sgap_pcap_free(r);
	/* A packet longer than any: damaged. */
	put(b + 32, 0x7fffffff, 4, false);
	assert_int_equal(sgap_pcap_open_mem(&r, b, n, err, sizeof(err)), 0);
	assert_int_equal(sgap_pcap_next(r, &pkt), -EPROTO);
	assert_non_null(strstr(sgap_pcap_note(r), "2147483647"));
	sgap_pcap_free(r);
	/* No capture at all. */
	assert_int_equal(sgap_pcap_open_mem(&r, "\xfd" "7zXZ", 5, err, sizeof(err)), -EPROTO);
	assert_non_null(strstr(err, "fd 37 7a 58"));
	assert_non_null(strstr(err, "unpack"));
	assert_int_equal(sgap_pcap_open_mem(&r, "x", 1, err, sizeof(err)), -EPROTO);
	assert_int_equal(sgap_pcap_open(&r, "/nonexistent", err, sizeof(err)), -ENOENT);
}

static size_t block(__u8 *p, __u32 type, const void *body, __u32 n)
{
	__u32 len = n + 12;

	put(p, type, 4, false);
	put(p + 4, len, 4, false);
	memcpy(p + 8, body, n);
	put(p + 8 + n, len, 4, false);
	return len;
}

static void test_pcapng(void **state)
{
	__u8 b[256], body[64] = { 0 };
	struct sgap_pcap_pkt pkt;
	struct sgap_pcap *r;
	char err[200];
	size_t n;

	(void)state;
	put(body, 0x1a2b3c4d, 4, false);
	n = block(b, 0x0a0d0d0a, body, 16);
	memset(body, 0, sizeof(body));
	put(body, 113, 2, false);
	put(body + 8, 9, 2, false);	/* if_tsresol: 10^-9 */
	put(body + 10, 1, 2, false);
	body[12] = 9;
	n += block(b + n, 1, body, 16);
	n += block(b + n, 0xbad, body, 8);	/* unknown: passed over */
	memset(body, 0, sizeof(body));
	put(body + 4, 1790000000000000123ULL >> 32, 4, false);
	put(body + 8, 1790000000000000123ULL & 0xffffffff, 4, false);
	put(body + 12, 3, 4, false);
	put(body + 16, 3, 4, false);
	put(body + 20, 0x78797a00, 4, true);	/* "xyz" */
	n += block(b + n, 6, body, 24);
	assert_int_equal(sgap_pcap_open_mem(&r, b, n, err, sizeof(err)), 0);
	assert_int_equal(sgap_pcap_next(r, &pkt), 1);
	assert_int_equal(pkt.ts, 1790000000000000123ULL);
	assert_int_equal(pkt.caplen, 3);
	assert_int_equal(pkt.link_type, 113);
	assert_int_equal(sgap_pcap_next(r, &pkt), 0);
	sgap_pcap_free(r);
}

static void test_cut(void **state)
{
	static __u8 bad[20000];
	__u32 from, to;

	(void)state;
	/* Nothing: no cut. */
	assert_true(sgap_cut(bad, 1000, &from, &to) <= 0);
	assert_int_equal(from, 0);
	assert_int_equal(to, 1000);
	/* Goes bad and stays so, short and long series. */
	memset(bad + 700, 1, 300);
	assert_true(sgap_cut(bad, 1000, &from, &to) > 500);
	assert_int_equal(from, 700);
	assert_int_equal(to, 1000);
	memset(bad, 0, sizeof(bad));
	memset(bad + 12345, 1, sizeof(bad) - 12345);
	sgap_cut(bad, sizeof(bad), &from, &to);
	assert_int_equal(from, 12345);
	assert_int_equal(to, sizeof(bad));
	/* Over again. */
	memset(bad + 15000, 0, 5000);
	sgap_cut(bad, sizeof(bad), &from, &to);
	assert_int_equal(from, 12345);
	assert_int_equal(to, 15000);
	/* Bad from the start. */
	memset(bad, 1, sizeof(bad));
	sgap_cut(bad, 500, &from, &to);
	assert_int_equal(from, 0);
	assert_int_equal(to, 500);
}

static void test_shares(void **state)
{
	struct sgap_tally all = { 50, 100 }, none = { 0, 0 };
	__u32 v[] = { 5, 1, 4, 2, 3 };

	(void)state;
	assert_true(sgap_share_low(all) > 0.40 && sgap_share_low(all) < 0.41);
	assert_true(sgap_share_high(all) > 0.59 && sgap_share_high(all) < 0.60);
	assert_true(sgap_share_low(none) <= 0 && sgap_share_high(none) >= 1);
	assert_true(sgap_gain((struct sgap_tally){ 0, 50 }, (struct sgap_tally){ 50, 50 }) > 69);
	assert_true(sgap_gain(all, all) < 1e-9);
	assert_int_equal(sgap_select(v, 5, 500), 3);
	assert_int_equal(sgap_select(v, 5, 990), 5);
	assert_int_equal(sgap_select(v, 0, 500), 0);
}

static void test_names(void **state)
{
	struct sgap_ev *ev = sgap_ev_new(16);
	__u32 www, zone, other, a, b;
	char text[1025];
	__u8 addr[16] = { 1 };

	(void)state;
	assert_non_null(ev);
	www = sgap_intern_name(ev, (const __u8 *)"\3WwW\4test", 10);
	zone = sgap_intern_name(ev, (const __u8 *)"\4TEST", 6);
	other = sgap_intern_name(ev, (const __u8 *)"\4tesx", 6);
	assert_int_equal(ev->names[www].parent, zone);
	assert_true(sgap_ev_under(ev, www, zone));
	assert_false(sgap_ev_under(ev, www, other));
	assert_string_equal(sgap_ev_name_text(ev, www, text), "www.test");
	/* Not well formed: a label past the end. */
	assert_int_equal(sgap_intern_name(ev, (const __u8 *)"\7www", 4), 0);
	a = sgap_intern_host(ev, addr);
	addr[0] = 2;
	b = sgap_intern_host(ev, addr);
	assert_true(a && b && a != b);
	assert_int_equal(sgap_intern_host(ev, addr), b);
	sgap_ev_free(ev);
}

/* However many transactions come, no more than max are kept, evenly. */
static void test_thin(void **state)
{
	struct sgap_rec_txn rec = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17 };
	struct sgap_ev *ev = sgap_ev_new(256);
	__u32 i;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	for (i = 0; i < 20000; i++) {
		rec.ts = rec.ts_query = 1790000000000000000ULL + i * 1000000ULL;
		rec.client[15] = (__u8)(i % 7);
		rec.server[15] = 200;
		rec.client_port = (__u16)(1024 + i);
		rec.dns_id = (__u16)(i * 40503u);
		sgap_ev_record(ev, 0, &rec);
	}
	sgap_ev_close(ev, 0);
	assert_int_equal(sgap_ev_finish(ev), 0);
	assert_true(ev->n > 64 && ev->n <= 256);
	assert_true(ev->thin >= 64);
	assert_int_equal(ev->servers[0].sum.transactions, 20000);
	/* From the whole of the time. */
	assert_true(ev->obs[0].ts < 1790000002000000000ULL);
	assert_true(ev->obs[ev->n - 1].ts > 1790000018000000000ULL);
	sgap_ev_free(ev);
}

/* Thinning moves transactions: a datagram whose rest comes after that is whole all the same. */
static void test_thin_fragments(void **state)
{
	struct sgap_rec_txn rec = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17,
				    .flags = SGAP_TXN_F_FRAGMENT };
	struct sgap_ev *ev = sgap_ev_new(256);
	struct sgap_addr client = { 0 }, server = { 0 };
	__u32 i;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	ev->vantage[0].sees_rest = true;
	rec.server[15] = server.b[15] = 200;
	for (i = 0; i < 5000; i++) {
		rec.ts_query = 1790000000000000000ULL + i * 10000000ULL;
		rec.ts = rec.ts_answer = rec.ts_query + 1000000;
		rec.client[15] = (__u8)(i % 100);
		rec.client_port = (__u16)(1024 + i);
		rec.dns_id = (__u16)(i * 40503u);
		sgap_ev_record(ev, 0, &rec);
		/* The rest of the tenth datagram before. */
		client.b[15] = (__u8)((i + 90) % 100);
		if (i >= 10)
			sgap_ev_fragment(ev, 0, rec.ts + 1, &server, &client);
	}
	assert_true(ev->thin > 1);
	for (i = 0; i < ev->n; i++)
		assert_true(ev->obs[i].marks & SGAP_OBS_WHOLE ||
			    ev->obs[i].ts + 100000000 >= rec.ts_query);
	sgap_ev_free(ev);
}

union named {
	struct sgap_rec_txn r;
	__u8 room[sizeof(struct sgap_rec_txn) + 16];
};

/* The number is told by client, name and answer. */
static void fill_crowd(struct sgap_rec_txn *r, __u32 i)
{
	r->ts = r->ts_query = 1790000000000000000ULL + i * 10000ULL;
	r->id = i;
	memcpy(r->client + 12, &i, 4);
	r->client[0] = 1;
	r->naddr = 1;
	memcpy(r->addr[0] + 12, &i, 4);
	r->addr[0][0] = 2;
	r->client_port = (__u16)(1024 + i % 60000);
	r->dns_id = (__u16)(i * 40503u);
	r->qname_len = 15;
	memcpy(r->data, "\x08????????\4crew", 15);
	snprintf((char *)r->data + 1, 9, "%08x", i);
	r->data[9] = 4;
}

static void is_of_crowd(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	__u32 i = (__u32)o->id;
	char text[1025], name[16];

	snprintf(name, sizeof(name), "%08x.crew", i);
	assert_memory_equal(ev->hosts[o->client].addr.b + 12, &i, 4);
	assert_true(o->client && ev->hosts[o->client].addr.b[0] == 1);
	assert_true(o->addr && ev->hosts[o->addr].addr.b[0] == 2);
	assert_memory_equal(ev->hosts[o->addr].addr.b + 12, &i, 4);
	assert_int_equal(ev->hosts[o->server].addr.b[15], 200);
	assert_string_equal(sgap_ev_name_text(ev, o->name, text), name);
}

/* More clients, names and answers than there are numbers: those of what is kept are right. */
static void test_crowd(void **state)
{
	union named u = { .r = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17 } };
	struct sgap_ev *ev = sgap_ev_new(4096);
	__u32 i, open = 0, last = 0;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	u.r.server[15] = 200;
	for (i = 0; i < 4 * SGAP_EV_HOSTS; i++) {
		fill_crowd(&u.r, i);
		/* One in a thousand waits for its end, from the first on. */
		u.r.state = i % 1000 ? SGAP_TXN_ANSWERED : SGAP_TXN_OVERDUE;
		sgap_ev_record(ev, 0, &u.r);
	}
	assert_true(ev->n > 1024 && ev->n <= 4096 && ev->thin >= 64);
	assert_int_equal(ev->servers[0].sum.transactions, i - (i + 999) / 1000);
	for (i = 0; i < ev->n; i++)
		is_of_crowd(ev, &ev->obs[i]);
	for (i = 0; i < SGAP_EV_OPEN; i++) {
		if (!ev->open_tag[i])
			continue;
		is_of_crowd(ev, &ev->open[i]);
		open++;
		if (sgap_ev_keeps(ev, ev->open[i].sample))
			last = (__u32)ev->open[i].id;
	}
	assert_int_equal(open, ev->nopen);
	/* What began before others were forgotten still ends. */
	assert_true(last);
	fill_crowd(&u.r, last);
	u.r.state = SGAP_TXN_ANSWERED;
	sgap_ev_record(ev, 0, &u.r);
	assert_int_equal(open - 1, ev->nopen);
	for (i = 1; i < ev->nhosts; i++)
		assert_int_equal(sgap_intern_host(ev, ev->hosts[i].addr.b), i);
	sgap_ev_free(ev);
}

/* What is made of numbers that are given out alike takes no longer for it. */
static void test_all_new(void **state)
{
	union named u = { .r = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17, .ancount = 1,
		       .ede = SGAP_NONE16, .min_ttl = 5 } };
	struct sgap_ev *ev = sgap_ev_new(0);
	clock_t began = clock();
	__u32 i;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	u.r.server[15] = 200;
	for (i = 1; i <= SGAP_EV_OBS; i++) {
		fill_crowd(&u.r, i);
		u.r.naddr = 0;	/* the numbers of clients and names are the same */
		sgap_ev_record(ev, 0, &u.r);
	}
	assert_int_equal(ev->n, SGAP_EV_OBS);
	assert_int_equal(sgap_ev_finish(ev), 0);
	/* A tenth of that, and a hundred times as much when they meet in one place. */
	assert_true(clock() - began < 5 * CLOCKS_PER_SEC);
	sgap_ev_free(ev);
}

/* Names without room are known by an ancestor's number; that this was so is never forgotten. */
static void test_names_short(void **state)
{
	union named u = { .r = { .qtype = 1, .proto = 17 } };
	struct sgap_ev *ev = sgap_ev_new(16);
	__u8 name[] = "\x08????????";
	__u32 i;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	for (i = 0; i < SGAP_EV_NAMES; i++) {
		snprintf((char *)name + 1, 9, "%08x", i);
		sgap_intern_name(ev, name, sizeof(name));
	}
	assert_true(ev->names_short);
	fill_crowd(&u.r, 7);
	u.r.state = SGAP_TXN_OVERDUE;
	sgap_ev_record(ev, 0, &u.r);
	assert_int_equal(ev->nopen, 1);
	sgap_sweep(ev);
	assert_true(ev->nnames < 16 && ev->names_short);
	/* There is room for it now: it is the same transaction all the same. */
	u.r.state = SGAP_TXN_ANSWERED;
	sgap_ev_record(ev, 0, &u.r);
	assert_int_equal(ev->nopen, 0);
	sgap_ev_free(ev);
}

/* Fragments of strangers take no numbers that transactions need. */
static void test_stray_fragments(void **state)
{
	struct sgap_rec_txn rec = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17 };
	struct sgap_ev *ev = sgap_ev_new(0);
	struct sgap_addr src = { { 1 } }, dst = { { 2 } };
	__u32 i;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	ev->vantage[0].sees_rest = true;
	rec.server[15] = 200;
	for (i = 0; i < 2 * SGAP_EV_HOSTS; i++) {
		memcpy(src.b + 12, &i, 4);
		memcpy(dst.b + 12, &i, 4);
		sgap_ev_fragment(ev, 0, 1790000000000000000ULL + i, &src, &dst);
	}
	for (i = 0; i < 20000; i++) {
		rec.ts = rec.ts_query = 1790000000000000000ULL + i * 1000000ULL;
		memcpy(rec.client + 12, &i, 4);
		sgap_ev_record(ev, 0, &rec);
	}
	assert_int_equal(ev->n, 20000);
	assert_int_equal(ev->servers[0].sum.transactions, 20000);
	assert_int_equal(ev->unnumbered, 0);
	sgap_ev_free(ev);
}

/* When hosts that nothing uses have all numbers, they are taken back. */
static void test_hosts_taken_back(void **state)
{
	struct sgap_rec_txn rec = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17 };
	struct sgap_ev *ev = sgap_ev_new(0);
	__u8 addr[16] = { 3 };
	__u32 i;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	for (i = 0; i < SGAP_EV_HOSTS; i++) {
		memcpy(addr + 12, &i, 4);
		sgap_intern_host(ev, addr);
	}
	assert_int_equal(ev->nhosts, SGAP_EV_HOSTS);
	rec.server[15] = 200;
	rec.client[15] = 1;
	sgap_ev_record(ev, 0, &rec);
	assert_int_equal(ev->n, 1);
	assert_int_equal(ev->nhosts, 3);
	sgap_ev_free(ev);
}

/* One in a million is the thinnest: what comes then finds no room, and costs nothing. */
static void test_thinnest(void **state)
{
	struct sgap_rec_txn rec = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17 };
	struct sgap_ev *ev = sgap_ev_new(4);
	__u32 i, kept = 0;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	ev->thin = 1u << 20;
	ev->swept = 12345;
	rec.client[15] = 1;
	rec.server[15] = 200;
	for (i = 0; kept < 12; i++) {
		rec.client_port = (__u16)i;
		rec.dns_id = (__u16)(i >> 16);
		if (!sgap_ev_keeps(ev, sgap_ev_sample(rec.client, rec.client_port, rec.dns_id)))
			continue;
		sgap_ev_record(ev, 0, &rec);
		kept++;
	}
	assert_int_equal(ev->n, 4);
	assert_int_equal(ev->thin, 1u << 20);
	assert_int_equal(ev->swept, 12345);
	assert_int_equal(ev->servers[0].sum.transactions, 12);
	sgap_ev_free(ev);
}

/* What two places saw is one transaction, though numbers changed between the one and the other. */
static void test_swept_copies(void **state)
{
	union named u = {
		.r = { .qtype = 1, .state = SGAP_TXN_ANSWERED, .proto = 17, .ede = SGAP_NONE16 },
	};
	struct sgap_ev *ev = sgap_ev_new(512);
	__u32 i, place, copies = 0, first = 0;

	(void)state;
	for (place = 0; place < 2; place++) {
		assert_int_equal(sgap_ev_vantage(ev, place ? "y" : "x"), place);
		for (i = 0; i < 20000; i++) {
			fill_crowd(&u.r, i);
			u.r.server[15] = (__u8)(200 + i % 3);
			sgap_ev_record(ev, place, &u.r);
		}
		sgap_ev_close(ev, place);
	}
	assert_int_equal(sgap_ev_finish(ev), 0);
	for (i = 0; i < ev->n; i++) {
		copies += !!(ev->obs[i].marks & SGAP_OBS_COPY);
		first += !ev->obs[i].vantage;
		assert_true(sgap_ev_under(ev, ev->obs[i].name,
					  sgap_intern_name(ev, (const __u8 *)"\4crew", 6)));
	}
	assert_true(first > 64);
	assert_int_equal(copies, first);
	assert_int_equal(ev->n, 2 * first);
	sgap_ev_free(ev);
}

/* Who has no number is not taken for another; answers do not take the clients' numbers. */
static void test_full(void **state)
{
	struct sgap_rec_txn rec = { .qtype = 1, .state = SGAP_TXN_TIMEOUT, .proto = 17,
				    .rcode = SGAP_NONE16, .ede = SGAP_NONE16 };
	struct sgap_ev *ev = sgap_ev_new(16);
	__u8 addr[16] = { 3 };
	__u32 i, n;

	(void)state;
	assert_int_equal(sgap_ev_vantage(ev, "x"), 0);
	for (i = 0; i < SGAP_EV_HOSTS; i++) {
		memcpy(addr + 12, &i, 4);
		sgap_intern_other(ev, addr);
	}
	assert_int_equal(ev->nhosts, SGAP_EV_HOSTS / 2);
	rec.ts = rec.ts_query = 1790000000000000000ULL;
	rec.client[15] = 1;
	rec.server[15] = 200;
	sgap_ev_record(ev, 0, &rec);
	assert_int_equal(ev->n, 1);
	for (i = 0; i < SGAP_EV_HOSTS; i++) {
		memcpy(addr + 12, &i, 4);
		sgap_intern_host(ev, addr);
	}
	/* As if all were used. */
	ev->swept = SGAP_EV_HOSTS;
	n = ev->n;
	rec.client[15] = 2;
	sgap_ev_record(ev, 0, &rec);
	rec.client[15] = 1;
	rec.server[15] = 201;
	sgap_ev_record(ev, 0, &rec);
	assert_int_equal(ev->n, n);
	assert_int_equal(ev->unnumbered, 2);
	assert_int_equal(ev->nservers, 1);
	assert_int_equal(ev->servers[0].sum.transactions, 2);
	sgap_ev_free(ev);
}

static void test_jsonw(void **state)
{
	struct sgap_jsonw w = { 0 };

	(void)state;
	sgap_jsonw_open(&w, NULL, '{');
	sgap_jsonw_text(&w, "a", "q\"\\\x01\xff");
	sgap_jsonw_text(&w, "n", NULL);
	sgap_jsonw_fixed(&w, "f", 1790000031200000ULL, 6);
	sgap_jsonw_open(&w, "l", '[');
	sgap_jsonw_u64(&w, NULL, 1);
	sgap_jsonw_u64(&w, NULL, 2);
	sgap_jsonw_close(&w, ']');
	sgap_jsonw_close(&w, '}');
	assert_string_equal(w.text, "{\"a\": \"q\\\"\\\\\\u0001\\u00ff\", \"n\": null, "
				    "\"f\": 1790000031.200000, \"l\": [1, 2]}");
	sgap_jsonw_free(&w);
}

/* Each cause has what the answer needs, and no id twice. */
static void test_causes(void **state)
{
	const struct sgap_cause *c, *d;

	(void)state;
	for (c = sgap_causes; c->id; c++) {
		assert_true(c->role && c->helps && c->what && c->ask && c->ref);
		for (d = c + 1; d->id; d++)
			assert_string_not_equal(c->id, d->id);
		assert_ptr_equal(sgap_cause_by_id(c->id), c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap), cmocka_unit_test(test_pcap_damaged),
		cmocka_unit_test(test_pcapng), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_shares), cmocka_unit_test(test_names),
		cmocka_unit_test(test_thin), cmocka_unit_test(test_thin_fragments),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_full), cmocka_unit_test(test_all_new),
		cmocka_unit_test(test_names_short), cmocka_unit_test(test_stray_fragments),
		cmocka_unit_test(test_hosts_taken_back), cmocka_unit_test(test_thinnest),
		cmocka_unit_test(test_swept_copies),
		cmocka_unit_test(test_jsonw),
		cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
