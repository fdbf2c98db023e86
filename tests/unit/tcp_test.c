// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "conn.h"
#include "frame.h"
#include "stream.h"
#include "tcp.h"

#include <stdio.h>

#define MS SGAP_NS_PER_MS
#define S SGAP_NS_PER_S
#define EVENTS 1024

static struct {
	int what, why;
	__u64 ts;
	__u32 len, wire_len, connect_us;
	__u16 id, syns;
	bool intact;		/* the message is what whole() makes of its id */
} event[EVENTS];
static __u32 events;

static struct sgap_tcp_table *t;
static __u64 now;

/* A message of len bytes that its id says all about. */
static void whole(__u8 *p, __u16 id, __u32 len)
{
	static const __u8 head[] = { 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	__u32 i;

	for (i = 0; i < len; i++)
		p[i] = (__u8)(i * 31 + id);
	p[0] = id >> 8;
	p[1] = (__u8)id;
	memcpy(p + 2, head, sizeof(head));
}

static void told(void *ctx, const struct sgap_tcp_event *e)
{
	static __u8 want[65535];

	(void)ctx;
	if (events < EVENTS) {
		event[events].what = e->what;
		event[events].why = e->why;
		event[events].ts = e->ts;
		event[events].len = e->len;
		event[events].wire_len = e->wire_len;
		event[events].connect_us = e->connect_us;
		event[events].syns = e->syns;
		if (e->what == SGAP_TCP_MESSAGE) {
			event[events].id = sgap_get16(e->p);
			whole(want, event[events].id, e->wire_len);
			event[events].intact = !memcmp(e->p, want, e->len);
		}
	}
	events++;
}

static void fresh(__u32 conns, __u32 pieces)
{
	struct sgap_tcp_cfg cfg = { .conns = conns, .pieces = pieces, .timeout_ns = 5 * S };
	size_t size = sgap_tcp_table_size(&cfg);
	void *mem;

	free(t);
	mem = aligned_alloc(64, (size + 63) & ~(size_t)63);
	assert_non_null(mem);
	memset(mem, 0, size);
	t = sgap_tcp_table_init(mem, &cfg);
	events = 0;
	now = 1000 * S;
}

/* One segment of a client's connection; wire >= len bytes were sent. */
static void cut_segment(__u16 client, bool to_server, __u32 seq, __u32 ack, __u8 flags,
			const __u8 *p, __u32 len, __u32 wire)
{
	struct sgap_pkt pkt = {
		.ts = now, .kind = SGAP_FRAME_TCP, .proto = 6, .tcp_flags = flags,
		.seq = seq, .ack = ack, .payload_len = len, .payload_wire = wire,
		.to_server = to_server, .from_server = !to_server,
	};
	struct sgap_addr c = addr("10.0.0.0"), s = addr("192.0.2.53");
	struct sgap_key key;
	__u8 *copy = exact(p, len);

	c.b[14] = client >> 8;
	c.b[15] = (__u8)client;
	pkt.src = to_server ? c : s;
	pkt.dst = to_server ? s : c;
	pkt.sport = to_server ? 4000 : 53;
	pkt.dport = to_server ? 53 : 4000;
	pkt.payload = copy;
	assert_int_equal(sgap_tcp_key(&key, &pkt), to_server);
	sgap_tcp_segment(t, &pkt, &key, sgap_txn_hash(&key, 0), to_server, told, NULL);
	free(copy);
}

static void segment(__u16 client, bool to_server, __u32 seq, __u32 ack, __u8 flags,
		    const __u8 *p, __u32 len)
{
	cut_segment(client, to_server, seq, ack, flags, p, len, len);
}

#define ISN 0xfffffff0u		/* the numbers wrap soon */

static void hello(__u16 client)
{
	segment(client, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	now += 20 * MS;
	segment(client, false, 500, ISN + 1, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);
	segment(client, true, ISN + 1, 501, SGAP_TCP_ACK, NULL, 0);
	events = 0;
}

static void data(__u16 client, __u32 off, const __u8 *p, __u32 len)
{
	segment(client, true, ISN + 1 + off, 501, SGAP_TCP_ACK | 8, p, len);
}

/* Messages of these lengths in a row, with their prefixes; ids from 1. */
static __u32 row(__u8 *out, const __u32 *len, __u32 n)
{
	__u32 i, at = 0;

	for (i = 0; i < n; i++) {
		out[at] = len[i] >> 8;
		out[at + 1] = (__u8)len[i];
		whole(out + at + 2, (__u16)(i + 1), len[i]);
		at += 2 + len[i];
	}
	return at;
}

static void are_messages(const __u32 *len, __u32 n)
{
	__u32 i;

	assert_int_equal(events, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(event[i].what, SGAP_TCP_MESSAGE);
		assert_int_equal(event[i].id, i + 1);
		assert_int_equal(event[i].len, len[i]);
		assert_int_equal(event[i].wire_len, len[i]);
		assert_true(event[i].intact);
	}
}

static __u8 buf[300000];

static void test_handshake(void **state)
{
	(void)state;
	fresh(16, 16);
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	now += 15 * MS;
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);	/* again */
	now += 5 * MS;
	segment(1, false, 500, ISN + 1, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);
	segment(1, false, 500, ISN + 1, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);
	assert_int_equal(events, 2);
	assert_int_equal(event[0].what, SGAP_TCP_ATTEMPT);
	assert_int_equal(event[1].what, SGAP_TCP_CONNECTED);
	assert_int_equal(event[1].connect_us, 20000);
	assert_int_equal(event[1].syns, 2);
}

/* Packets of several CPUs: what the client sends next is seen before the SYN+ACK. */
static void test_overtaken(void **state)
{
	static __u8 out[64];
	__u32 len[] = { 40 }, n = row(out, len, 1);

	(void)state;
	fresh(16, 16);
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	now += 20 * MS;
	segment(1, true, ISN + 1, 501, SGAP_TCP_ACK, NULL, 0);
	data(1, 0, out, n);
	segment(1, false, 500, ISN, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);	/* of another SYN */
	assert_int_equal(events, 2);
	segment(1, false, 500, ISN + 1, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);
	segment(1, false, 500, ISN + 1, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);
	assert_int_equal(events, 3);
	assert_int_equal(event[0].what, SGAP_TCP_ATTEMPT);
	assert_int_equal(event[1].what, SGAP_TCP_MESSAGE);
	assert_int_equal(event[2].what, SGAP_TCP_CONNECTED);
	assert_int_equal(event[2].connect_us, 20000);
	segment(1, false, 501, ISN + 1 + n, SGAP_TCP_ACK | 8, out, 0);
	data(1, n, out, n);
	assert_int_equal(events, 4);
	assert_int_equal(event[3].what, SGAP_TCP_MESSAGE);
	assert_int_equal(event[3].connect_us, 20000);
}

static void test_refused(void **state)
{
	(void)state;
	fresh(16, 16);
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	segment(1, false, 0, ISN + 1, SGAP_TCP_RST | SGAP_TCP_ACK, NULL, 0);
	segment(1, false, 0, ISN + 1, SGAP_TCP_RST | SGAP_TCP_ACK, NULL, 0);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].what, SGAP_TCP_REFUSED);
	/* The same ports once more: a new attempt. */
	segment(1, true, 77, 0, SGAP_TCP_SYN, NULL, 0);
	assert_int_equal(event[2].what, SGAP_TCP_ATTEMPT);
}

static void test_silent(void **state)
{
	(void)state;
	fresh(16, 16);
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	now += S;
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	assert_int_equal(sgap_tcp_expire(t, now + 4 * S - 1, 10, told, NULL), 0);
	assert_int_equal(sgap_tcp_expire(t, now + 9 * S, 10, told, NULL), 1);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].what, SGAP_TCP_SILENT);
	assert_int_equal(event[1].syns, 2);
	assert_true(event[1].ts == 1005 * S);
	assert_int_equal(sgap_tcp_conns(t), 0);
	/* Only the client's side is seen here: it goes on, so it was answered. */
	segment(2, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	segment(2, true, ISN + 1, 9, SGAP_TCP_ACK, NULL, 0);
	events = 0;
	sgap_tcp_expire(t, now + 20 * S, 10, told, NULL);
	assert_int_equal(events, 0);
}

/* What the tap makes of an ICMP error that quotes a segment of the client's. */
static void unreached(__u16 client, __u32 seq, __u8 type, __u8 code, bool ipv6)
{
	struct sgap_pkt pkt = {
		.ts = now, .kind = SGAP_FRAME_ICMP, .proto = 6, .seq = seq, .to_server = 1,
		.src = addr("10.0.0.0"), .dst = addr("192.0.2.53"), .sport = 4000, .dport = 53,
		.icmp_type = type, .icmp_code = code, .ipv6 = ipv6,
	};
	struct sgap_key key;

	pkt.src.b[15] = (__u8)client;
	sgap_tcp_key(&key, &pkt);
	sgap_tcp_icmp(t, &pkt, &key, sgap_txn_hash(&key, 0), told, NULL);
}

/* An ICMP error ends a connection that is being set up, if it quotes its SYN. */
static void test_unreached(void **state)
{
	static const struct { __u8 type, code; bool ipv6, ends; } errors[] = {
		{ 3, 0, false, true }, { 3, 1, false, true }, { 3, 3, false, true },
		{ 3, 13, false, true }, { 11, 0, false, true }, { 12, 0, false, true },
		{ 3, 4, false, false }, { 1, 1, true, true }, { 1, 4, true, true },
		{ 3, 0, true, true }, { 4, 1, true, true }, { 2, 0, true, false },
	};
	__u32 i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		fresh(16, 16);
		segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
		now += 7 * MS;
		segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
		unreached(1, ISN + 1, 3, 1, false);	/* not what was sent */
		unreached(1, 0, 3, 1, false);
		unreached(2, ISN, 3, 1, false);		/* of nobody */
		assert_int_equal(events, 1);
		unreached(1, ISN, errors[i].type, errors[i].code, errors[i].ipv6);
		unreached(1, ISN, errors[i].type, errors[i].code, errors[i].ipv6);
		assert_int_equal(events, 1 + errors[i].ends);
		assert_int_equal(sgap_tcp_conns(t), !errors[i].ends);
		if (errors[i].ends) {
			assert_int_equal(event[1].what, SGAP_TCP_UNREACHED);
			assert_int_equal(event[1].syns, 2);
			assert_true(event[1].ts == now);
		}
		sgap_tcp_expire(t, now + 6 * S, 10, told, NULL);
		assert_int_equal(events, 2);
	}
	fresh(16, 16);		/* too late: its time was over, though nobody had looked */
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	now += 6 * S;
	unreached(1, ISN, 3, 1, false);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].what, SGAP_TCP_SILENT);
	fresh(16, 16);		/* the client tries again: another attempt */
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	unreached(1, ISN, 3, 1, false);
	segment(1, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	segment(1, false, 500, ISN + 1, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL, 0);
	assert_int_equal(events, 4);
	assert_int_equal(event[2].what, SGAP_TCP_ATTEMPT);
	assert_int_equal(event[3].what, SGAP_TCP_CONNECTED);
}

/* A connection that is set up goes on, whatever is said of it. */
static void test_unreached_later(void **state)
{
	static const __u32 len[] = { 40 };
	__u32 n = row(buf, len, 1), i;

	(void)state;
	fresh(16, 16);
	hello(1);
	data(1, 0, buf, 20);
	for (i = 0; i < 16; i++)
		unreached(1, ISN + i, 3, (__u8)i, false);
	data(1, 20, buf + 20, n - 20);
	are_messages(len, 1);
	segment(1, false, 501, 0, SGAP_TCP_RST, NULL, 0);	/* closed: nothing is left to end */
	events = 0;
	unreached(1, ISN, 3, 3, false);
	assert_int_equal(events, 0);
}

static void test_several_in_one(void **state)
{
	static const __u32 len[] = { 20, 12, 300 };
	__u32 n;

	(void)state;
	fresh(16, 16);
	hello(1);
	n = row(buf, len, 3);
	data(1, 0, buf, n);
	are_messages(len, 3);
	assert_int_equal(sgap_tcp_pieces_free(t), 16);
}

/* Cut after each byte: prefix split, message split, several in what is left. */
static void test_one_over_many(void **state)
{
	static const __u32 len[] = { 20, 12, 300 };
	__u32 n = row(buf, len, 3), at;

	(void)state;
	for (at = 1; at < n; at++) {
		fresh(16, 16);
		hello(1);
		data(1, 0, buf, at);
		data(1, at, buf + at, n - at);
		are_messages(len, 3);
		assert_int_equal(sgap_tcp_pieces_free(t), 16);
		fresh(16, 16);		/* and the second half first */
		hello(1);
		data(1, at, buf + at, n - at);
		data(1, 0, buf, at);
		are_messages(len, 3);
		assert_int_equal(sgap_tcp_pieces_free(t), 16);
	}
	fresh(16, 16);
	hello(1);
	for (at = 0; at < n; at++)
		data(1, at, buf + at, 1);
	are_messages(len, 3);
}

static void test_largest(void **state)
{
	static const __u32 len[] = { 65535, 14 };
	__u32 n = row(buf, len, 2), at, k;

	(void)state;
	fresh(16, 600);
	hello(1);
	for (at = 0; at < n; at += k) {
		k = n - at < 1460 ? n - at : 1460;
		data(1, at, buf + at, k);
	}
	are_messages(len, 2);
	assert_int_equal(sgap_tcp_pieces_free(t), 600);
}

/* Random messages, cuts, order and repeats: each message once, in order, whole. */
static void test_any_order(void **state)
{
	static struct { __u32 off, len; } piece[400];
	__u32 len[20], n, m, at, i, k, round;

	(void)state;
	rnd_seed(7);
	for (round = 0; round < 1500; round++) {
		m = 1 + rnd(20);
		for (i = 0; i < m; i++)
			len[i] = 12 + rnd(rnd(8) ? 60 : 2000);
		n = row(buf, len, m);
		fresh(16, 400);
		hello(1);
		for (k = 0, at = 0; at < n && k < 300; k++) {
			piece[k].off = at;
			piece[k].len = 1 + rnd(rnd(2) ? 40 : 1400);
			if (piece[k].len > n - at || k == 299)
				piece[k].len = n - at;
			at += piece[k].len;
		}
		for (i = rnd(30); i && k < 400; i--, k++) {	/* repeats, of other cuts */
			piece[k].off = rnd(n);
			piece[k].len = 1 + rnd(n - piece[k].off);
			if (piece[k].len > 1400)
				piece[k].len = 1400;
		}
		for (i = k; i > 1; i--) {	/* moved by some places */
			at = i - 1 - rnd(i < 8 ? i : 8);
			piece[399] = piece[i - 1];
			piece[i - 1] = piece[at];
			piece[at] = piece[399];
		}
		for (i = 0; i < k; i++)
			data(1, piece[i].off, buf + piece[i].off, piece[i].len);
		are_messages(len, m);
		assert_int_equal(sgap_tcp_pieces_free(t), 400);
	}
}

/* A connection that was open before: joined at a segment that begins a message. */
static void test_joined(void **state)
{
	static const __u32 len[] = { 40, 50 };
	__u32 n = row(buf, len, 2);

	(void)state;
	fresh(16, 16);
	segment(1, true, 1000, 1, SGAP_TCP_ACK, buf + 7, 30);
	assert_int_equal(events, 1);
	assert_int_equal(event[0].what, SGAP_TCP_LOST);
	assert_int_equal(event[0].why, SGAP_UNPARSED_TCP);
	assert_int_equal(sgap_tcp_conns(t), 0);
	events = 0;
	segment(1, true, 2000, 1, SGAP_TCP_ACK, buf, n);
	are_messages(len, 2);
	segment(1, true, 2000, 1, SGAP_TCP_ACK, buf, n);	/* repeated: not twice */
	assert_int_equal(events, 2);
}

static void test_gap(void **state)
{
	static const __u32 len[] = { 40, 50, 60 };
	__u32 n = row(buf, len, 3);

	(void)state;
	fresh(16, 16);
	hello(1);
	data(1, 0, buf, 42);
	data(1, 60, buf + 60, n - 60);
	assert_int_equal(events, 1);
	assert_true(sgap_tcp_pieces_free(t) < 16);
	sgap_tcp_expire(t, now + 5 * S, 10, told, NULL);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].what, SGAP_TCP_LOST);
	assert_int_equal(event[1].why, SGAP_UNPARSED_TCP_GAP);
	assert_int_equal(sgap_tcp_pieces_free(t), 16);
	events = 0;
	data(1, n, buf, n);		/* goes on with a message: joined again */
	are_messages(len, 3);
	/* Far ahead: at once. */
	data(1, 2 * n + (1 << 20), buf, n);
	assert_int_equal(event[3].why, SGAP_UNPARSED_TCP_GAP);
	assert_int_equal(events, 7);
}

static void test_broken(void **state)
{
	static const __u32 len[] = { 40 };
	__u32 n = row(buf, len, 1);

	(void)state;
	fresh(16, 16);
	hello(1);
	data(1, 0, buf, n);
	segment(1, false, 501, 1, SGAP_TCP_RST, NULL, 0);
	assert_int_equal(event[1].what, SGAP_TCP_BROKEN);
	fresh(16, 16);
	hello(1);
	data(1, 0, buf, n);
	segment(1, false, 501, 1, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL, 0);
	assert_int_equal(event[1].what, SGAP_TCP_BROKEN);
	fresh(16, 16);			/* answered before, or the client's doing */
	hello(1);
	data(1, 0, buf, n);
	buf[4] |= 0x80;
	segment(1, false, 501, 1, SGAP_TCP_ACK, buf, n);
	segment(1, false, 501 + n, 1, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL, 0);
	assert_int_equal(events, 2);
	fresh(16, 16);
	hello(1);
	data(1, 0, buf, n);
	segment(1, true, ISN + 1 + n, 1, SGAP_TCP_RST, NULL, 0);
	assert_int_equal(events, 1);
	sgap_tcp_expire(t, now + 11 * S, 10, told, NULL);
	assert_int_equal(sgap_tcp_conns(t), 0);
}

/* A FIN that overtakes the data before it ends nothing. */
static void test_early_fin(void **state)
{
	static const __u32 len[] = { 40 };
	__u32 n = row(buf, len, 1);

	(void)state;
	fresh(16, 16);
	hello(1);
	data(1, 0, buf, n);
	segment(1, false, 501 + n, 1, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL, 0);
	segment(1, false, 501, 1, SGAP_TCP_ACK, buf, n);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].what, SGAP_TCP_MESSAGE);
}

/* Captured with a short snap length. */
static void test_cut(void **state)
{
	static const __u32 len[] = { 40, 500 };
	__u32 n = row(buf, len, 2);

	(void)state;
	fresh(16, 16);
	hello(1);
	cut_segment(1, true, ISN + 1, 501, SGAP_TCP_ACK, buf, 100, n);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].len, 100 - 44);
	assert_int_equal(event[1].wire_len, 500);
	assert_true(event[1].intact);
	cut_segment(1, true, ISN + 1 + n, 501, SGAP_TCP_ACK, buf, 100, 200);	/* goes on */
	assert_int_equal(events, 4);
	data(1, n + 200, buf + 200, n - 200);
	assert_int_equal(events, 4);
	data(1, 2 * n, buf, n);
	assert_int_equal(events, 6);
}

static void test_no_dns(void **state)
{
	(void)state;
	fresh(16, 16);
	hello(1);
	memset(buf, 0, 1000);
	data(1, 0, buf, 1000);
	assert_int_equal(events, 1);
	assert_int_equal(event[0].why, SGAP_UNPARSED_SHORT);
}

/* One client that begins messages and never ends them does not starve its neighbours. */
static void test_fair(void **state)
{
	static const __u32 len[] = { 3000 };
	__u32 n = row(buf, len, 1), i, done = 0;

	(void)state;
	fresh(256, 64);
	for (i = 0; i < 100; i++) {	/* the same address, other ports: of one class */
		struct sgap_pkt pkt = {
			.ts = now, .proto = 6, .tcp_flags = SGAP_TCP_ACK, .seq = 5,
			.payload = buf, .payload_len = 1400, .payload_wire = 1400,
			.to_server = 1, .src = addr("10.0.0.200"), .dst = addr("192.0.2.53"),
			.sport = (__u16)(1000 + i), .dport = 53,
		};
		struct sgap_key key;

		sgap_tcp_key(&key, &pkt);
		sgap_tcp_segment(t, &pkt, &key, sgap_txn_hash(&key, 0), true, told, NULL);
	}
	assert_in_range(sgap_tcp_pieces_free(t), 32, 64);
	events = 0;
	for (i = 0; i < 20; i++) {
		hello((__u16)i);
		data((__u16)i, 0, buf, 1400);
		data((__u16)i, 1400, buf + 1400, n - 1400);
		done += events == 1 && event[0].what == SGAP_TCP_MESSAGE && event[0].intact;
	}
	assert_int_equal(done, 20);
}

/* The pool used up by many: who holds most gives way, and it is said. */
static void test_pool_empty(void **state)
{
	static const __u32 len[] = { 3000 };
	__u32 i, lost = 0;

	(void)state;
	row(buf, len, 1);
	fresh(256, 16);
	for (i = 0; i < 40; i++) {
		segment((__u16)i, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
		data((__u16)i, 0, buf, 700);
	}
	for (i = 0; i < events; i++)
		lost += event[i].what == SGAP_TCP_LOST && event[i].why == SGAP_UNPARSED_TCP_MEMORY;
	assert_in_range(lost, 30, 40);
	sgap_tcp_expire(t, now + 6 * S, 1000, told, NULL);
	assert_int_equal(sgap_tcp_pieces_free(t), 16);
}

/* More connections than slots: the oldest SYNs go, then those idle longest. */
static void test_table_full(void **state)
{
	static const __u32 len[] = { 40 };
	__u32 n = row(buf, len, 1), i;

	(void)state;
	fresh(16, 16);
	for (i = 0; i < 8; i++)
		hello((__u16)i);
	for (i = 100; i < 1100; i++) {
		events = 0;
		segment((__u16)i, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
		/* The one that gives way is told of, before the one that comes. */
		assert_int_equal(events, i < 108 ? 1 : 2);
		assert_int_equal(event[0].what, i < 108 ? SGAP_TCP_ATTEMPT : SGAP_TCP_EVICTED);
	}
	assert_int_equal(sgap_tcp_conns(t), 16);
	events = 0;
	for (i = 0; i < 8; i++)
		data((__u16)i, 0, buf, n);
	assert_int_equal(events, 8);
	for (i = 0; i < 8; i++)
		assert_int_equal(event[i].what, SGAP_TCP_MESSAGE);
}

/* The client's side of a connection that is set up, of any address and port. */
static void open_from(const char *client, __u16 port, bool answered)
{
	static const __u8 flags[] = { SGAP_TCP_SYN, SGAP_TCP_SYN | SGAP_TCP_ACK, SGAP_TCP_ACK };
	struct sgap_key key;
	int i;

	for (i = 0; i < (answered ? 3 : 1); i++) {
		struct sgap_pkt pkt = {
			.ts = now, .proto = 6, .tcp_flags = flags[i],
			.seq = i == 1 ? 500 : ISN + !!i, .ack = i == 1 ? ISN + 1 : 501,
			.to_server = i != 1, .from_server = i == 1,
			.src = addr(i == 1 ? "192.0.2.53" : client),
			.dst = addr(i == 1 ? client : "192.0.2.53"),
			.sport = i == 1 ? 53 : port, .dport = i == 1 ? port : 53,
		};

		sgap_tcp_key(&key, &pkt);
		sgap_tcp_segment(t, &pkt, &key, sgap_txn_hash(&key, 0), i != 1, told, NULL);
	}
}

static bool is_known(const char *client, __u16 port)
{
	struct sgap_key key = {
		.client = addr(client), .server = addr("192.0.2.53"), .client_port = port,
		.server_port = 53, .proto = 6,
	};
	__u32 last;

	return sgap_conn_find(t, sgap_txn_hash(&key, 0), &key, &last);
}

/*
 * A flood of connections that are set up, from one address or from all of a network, in
 * IPv4 and IPv6, while others have a few that are older, and begin some: these stay.
 */
static void test_flood_of_one(void **state)
{
	static const char *const victim[] = { "198.51.100.7", "2001:db8:9::7", "192.0.2.200" };
	static const char *const crowd[] = {
		"203.0.113.5", "203.0.113.%u", "2001:db8:5:%x::1", "2001:db8:5::%x"
	};
	__u32 kind, i, k, left;
	char from[40];

	(void)state;
	for (kind = 0; kind < 8; kind++) {
		bool answered = kind < 4;

		fresh(64, 16);
		for (k = 0; k < 3; k++)
			for (i = 0; i < 8; i++, now += MS)
				open_from(victim[k], (__u16)(3000 + i), true);
		for (i = 0; i < 2000; i++, now += MS) {
			snprintf(from, sizeof(from), crowd[kind & 3], i % 250 + 1);
			open_from(from, (__u16)(1024 + i), answered);
			if (i == 1000)
				open_from(victim[0], 3100, false);
		}
		assert_int_equal(sgap_tcp_conns(t), 64);
		for (k = 0, left = 0; k < 3; k++)
			for (i = 0; i < 8; i++)
				left += is_known(victim[k], (__u16)(3000 + i));
		assert_int_equal(left, 24);
		assert_true(is_known(victim[0], 3100));
	}
}

/* Nobody has more than half: of the attempts that came first, who has most gives way. */
static void test_flood_of_three(void **state)
{
	char from[40];
	__u32 i;

	(void)state;
	fresh(64, 16);
	for (i = 0; i < 4; i++, now += MS)
		open_from("198.51.100.7", (__u16)(3000 + i), false);
	for (i = 0; i < 1500; i++, now += MS) {
		snprintf(from, sizeof(from), "203.0.%u.%u", i % 3, i % 200 + 1);
		open_from(from, (__u16)(1024 + i), false);
	}
	for (i = 0; i < 4; i++)
		assert_true(is_known("198.51.100.7", (__u16)(3000 + i)));
}

/* Those who have most keep what they have set up, whoever floods with attempts. */
static void test_flood_of_attempts(void **state)
{
	static const char *const from[] = { "203.0.113.%u", "198.%u.100.7" };
	__u32 kind, i, left;
	char client[40];

	(void)state;
	for (kind = 0; kind < 2; kind++) {
		fresh(64, 16);
		for (i = 0; i < 40; i++, now += MS) {
			snprintf(client, sizeof(client), "203.0.113.%u", i % 8 + 1);
			open_from(client, (__u16)(3000 + i), true);
		}
		for (i = 0; i < 2000; i++, now += MS) {
			snprintf(client, sizeof(client), from[kind], i % 200 + 20);
			open_from(client, (__u16)(10000 + i), false);
		}
		for (i = 0, left = 0; i < 40; i++) {
			snprintf(client, sizeof(client), "203.0.113.%u", i % 8 + 1);
			left += is_known(client, (__u16)(3000 + i));
		}
		assert_int_equal(left, 40);
	}
}

/* What a connection that gives way held is lost for want of memory, not for a gap. */
static void test_evicted_holder(void **state)
{
	static const __u32 len[] = { 40 };
	__u32 i, left = 0;

	(void)state;
	row(buf, len, 1);
	fresh(16, 32);
	for (i = 0; i < 16; i++) {
		hello((__u16)i);
		data((__u16)i, 0, buf, 20);
	}
	events = 0;
	for (i = 16; i < 32; i++)
		segment((__u16)i, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	for (i = 0; i < events; i++) {
		if (event[i].what == SGAP_TCP_LOST)
			assert_int_equal(event[i].why, SGAP_UNPARSED_TCP_MEMORY);
		left += event[i].what == SGAP_TCP_LOST || event[i].what == SGAP_TCP_EVICTED;
	}
	assert_int_equal(left, 16);
	events = 0;
	now += 6 * S;			/* whose time is over is silent, though it gives way */
	segment(99, true, ISN, 0, SGAP_TCP_SYN, NULL, 0);
	assert_int_equal(event[0].what, SGAP_TCP_SILENT);
	assert_true(event[0].ts < now);
}

/* Random flags, numbers and lengths: sanitizers judge, and all is given back. */
static void test_random(void **state)
{
	static const __u8 flags[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0x14, 0x04, 0x03 };
	__u32 len[50], i, at, k;

	(void)state;
	rnd_seed(11);
	for (i = 0; i < 50; i++)
		len[i] = rnd(10) ? 12 + rnd(100) : rnd(5000);
	row(buf, len, 50);
	fresh(32, 24);
	for (i = 0; i < 200000; i++) {
		now += rnd(100) ? rnd(50) * MS : 3 * S;
		at = rnd(4000);
		k = rnd(3) ? rnd(1460) : 0;
		cut_segment((__u16)rnd(60), rnd(2), ISN + 1 + at, rnd(3) + ISN, flags[rnd(8)],
			    buf + at, k - (rnd(9) ? 0 : rnd(k + 1)), k);
		if (!rnd(10))
			sgap_tcp_expire(t, now, (int)rnd(5), told, NULL);
	}
	sgap_tcp_expire(t, now + 3600 * S, 1000, told, NULL);
	assert_int_equal(sgap_tcp_conns(t), 0);
	assert_int_equal(sgap_tcp_pieces_free(t), 24);
	for (i = 0; i < SGAP_CONN_CLASSES; i++) {
		assert_int_equal(t->held[i], 0);
		for (k = 0; k < SGAP_CONN_CROWDS; k++)
			assert_int_equal(t->crowd[k].known[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake), cmocka_unit_test(test_overtaken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_silent), cmocka_unit_test(test_unreached),
		cmocka_unit_test(test_unreached_later), cmocka_unit_test(test_several_in_one),
		cmocka_unit_test(test_one_over_many), cmocka_unit_test(test_largest),
		cmocka_unit_test(test_any_order), cmocka_unit_test(test_joined),
		cmocka_unit_test(test_gap), cmocka_unit_test(test_broken),
		cmocka_unit_test(test_early_fin), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_no_dns), cmocka_unit_test(test_fair),
		cmocka_unit_test(test_pool_empty), cmocka_unit_test(test_table_full),
		cmocka_unit_test(test_flood_of_one), cmocka_unit_test(test_flood_of_three),
		cmocka_unit_test(test_flood_of_attempts),
		cmocka_unit_test(test_evicted_holder), cmocka_unit_test(test_random),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(t);
	return failed;
}
