// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets of a capture -> TXN and PACKET records, as a tap makes them. */
#include "build.h"
#include "tcp.h"

#include "lib/keep.h"
#include "lib/offline.h"
#include "lib/pcap.h"

#define MS SGAP_NS_PER_MS

struct scene {
	struct sgap_keep *keep;
	struct sgap_offline *offline;
	int txns, packets;
	__u8 state;			/* of the last TXN */
	struct sgap_rec_packet last;	/* without its data */
	__u8 data[2][2000];		/* of the last query and answer */
	__u32 len[2];
	__u64 ts[2];
};

static void take_packet(void *ctx, const struct sgap_rec_packet *rec)
{
	struct scene *s = ctx;

	s->packets++;
	s->last = *rec;
	assert_int_equal(rec->rec.type, SGAP_REC_PACKET);
	assert_int_equal(rec->rec.len % 8, 0);
	assert_true(rec->rec.len >= sizeof(*rec) + rec->cap_len);
	assert_int_equal(rec->txn_id, s->txns);
	s->len[rec->is_answer] = rec->cap_len;
	s->ts[rec->is_answer] = rec->ts;
	memcpy(s->data[rec->is_answer], rec->data, rec->cap_len);
}

static void take_txn(void *ctx, const struct sgap_rec_txn *rec)
{
	struct scene *s = ctx;

	s->txns++;
	s->state = rec->state;
	sgap_keep_record(s->keep, rec, take_packet, s);
}

static void begin(struct scene *s, enum sgap_keep_what what)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(sgap_keep_new(&s->keep, what, NULL, 0, 0), 0);
	assert_int_equal(sgap_offline_new(&s->offline, NULL, take_txn, s), 0);
}

static void end(struct scene *s)
{
	sgap_offline_free(s->offline);
	sgap_keep_free(s->keep);
}

static void feed(struct scene *s, __u64 ts, const struct bytes *b, int link_type)
{
	__u8 *p = exact(b->b, b->len);
	const struct sgap_pcap_pkt pkt = {
		.ts = ts, .data = p, .caplen = b->len, .len = b->len, .link_type = link_type,
	};

	sgap_keep_packet(s->keep, &pkt);
	sgap_offline_packet(s->offline, &pkt);
	free(p);
}

static void udp(struct bytes *b, __u16 id, __u16 from, int rcode)
{
	static const struct ip_opt there = { "192.0.2.1", "198.51.100.53", 17, 64, 0 };
	static const struct ip_opt back = { "198.51.100.53", "192.0.2.1", 17, 64, 0 };
	struct bytes msg = { 0 };
	__u32 ip, u;

	b->len = 0;
	if (rcode < 0)
		make_query(&msg, id, "www.example.org", 1);
	else
		make_answer(&msg, id, "www.example.org", 1, (__u8)rcode);
	ip = begin_ip(b, rcode < 0 ? &there : &back);
	u = rcode < 0 ? begin_udp(b, from, 53) : begin_udp(b, 53, from);
	put_bytes(b, msg.b, msg.len);
	end_udp(b, u, ip);
}

static void test_failed(void **state)
{
	struct bytes q = { 0 }, a = { 0 };
	struct scene s;

	(void)state;
	begin(&s, SGAP_KEEP_FAILED);
	udp(&q, 1, 1024, -1);
	feed(&s, 1000 * MS, &q, 101);
	udp(&a, 1, 1024, 0);
	feed(&s, 1010 * MS, &a, 101);
	assert_int_equal(s.txns, 1);
	assert_int_equal(s.packets, 0);	/* all was well */
	udp(&q, 2, 1024, -1);
	feed(&s, 2000 * MS, &q, 101);
	feed(&s, 2500 * MS, &q, 101);	/* again: the first one is shown */
	udp(&a, 2, 1024, 5);
	feed(&s, 2600 * MS, &a, 101);
	assert_int_equal(s.packets, 2);
	assert_int_equal(s.last.is_answer, 1);
	assert_int_equal(s.last.ts, 2600 * MS);
	assert_int_equal(s.last.link_type, 101);
	assert_int_equal(s.len[0], q.len);
	assert_memory_equal(s.data[0], q.b, q.len);
	assert_memory_equal(s.data[1], a.b, a.len);
	end(&s);
}

static void test_timeout(void **state)
{
	struct bytes q = { 0 }, other = { 0 };
	struct scene s;

	(void)state;
	begin(&s, SGAP_KEEP_FAILED);
	udp(&q, 1, 1024, -1);
	feed(&s, 1000 * MS, &q, 101);
	udp(&other, 2, 1025, -1);
	feed(&s, 2500 * MS, &other, 101);
	assert_int_equal(s.state, SGAP_TXN_OVERDUE);
	assert_int_equal(s.packets, 0);
	feed(&s, 6500 * MS, &other, 101);
	assert_int_equal(s.state, SGAP_TXN_TIMEOUT);
	assert_int_equal(s.packets, 1);	/* the packet at hand is no answer */
	assert_int_equal(s.last.is_answer, 0);
	assert_int_equal(s.last.ts, 1000 * MS);
	assert_memory_equal(s.data[0], q.b, q.len);
	end(&s);
}

static void test_all(void **state)
{
	struct bytes q = { 0 }, a = { 0 }, sll = { 0 };
	struct scene s;

	(void)state;
	begin(&s, SGAP_KEEP_ALL);
	udp(&q, 1, 1024, -1);
	put16(&sll, 0x0800);		/* SLL2: of what is in it the header is left away */
	put_bytes(&sll, "0123456789abcdefgh", 18);
	put_bytes(&sll, q.b, q.len);
	feed(&s, 1000 * MS, &sll, 276);
	udp(&a, 1, 1024, 0);
	feed(&s, 1010 * MS, &a, 101);
	assert_int_equal(s.packets, 2);
	assert_int_equal(s.len[0], q.len);
	assert_memory_equal(s.data[0], q.b, q.len);
	feed(&s, 1020 * MS, &a, 101);
	assert_int_equal(s.state, SGAP_TXN_DUPLICATE);
	assert_int_equal(s.packets, 3);	/* the answer alone */
	end(&s);
}

static __u16 port = 53;		/* of the server */

/* A segment; of the client's (there) or the server's. */
static void tcp(struct bytes *b, bool there, __u32 seq, __u8 flags, const struct bytes *data)
{
	static const struct ip_opt out = { "192.0.2.1", "198.51.100.53", 6, 64, 0 };
	static const struct ip_opt back = { "198.51.100.53", "192.0.2.1", 6, 64, 0 };
	__u32 ip;

	b->len = 0;
	ip = begin_ip(b, there ? &out : &back);
	put_tcp(b, there ? 4000 : port, there ? port : 4000, seq, there ? 0 : 101, flags);
	if (data)
		put_bytes(b, data->b, data->len);
	end_ip(b, ip);
}

static void feed_tcp(struct scene *s, __u64 ts, bool there, __u32 seq, __u8 flags,
		     const struct bytes *data)
{
	static struct bytes b;

	tcp(&b, there, seq, flags, data);
	feed(s, ts, &b, 101);
}

static void shown(const struct scene *s, bool answer, __u64 ts, bool there, __u32 seq,
		  __u8 flags, const struct bytes *data)
{
	static struct bytes b;

	tcp(&b, there, seq, flags, data);
	assert_int_equal(s->len[answer], b.len);
	assert_memory_equal(s->data[answer], b.b, b.len);
	assert_true(s->ts[answer] == ts);
}

#define SYN SGAP_TCP_SYN
#define ACK SGAP_TCP_ACK
#define RST SGAP_TCP_RST

/* A SYN that is refused, and one that nobody answers: the first copy of each. */
static void test_syn(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, SGAP_KEEP_FAILED);
	feed_tcp(&s, 1000 * MS, true, 100, SYN, NULL);
	feed_tcp(&s, 1003 * MS, false, 0, RST | ACK, NULL);
	assert_int_equal(s.state, SGAP_TXN_REFUSED);
	assert_int_equal(s.packets, 2);
	shown(&s, false, 1000 * MS, true, 100, SYN, NULL);
	shown(&s, true, 1003 * MS, false, 0, RST | ACK, NULL);
	feed_tcp(&s, 2000 * MS, true, 7000, SYN, NULL);
	feed_tcp(&s, 3000 * MS, true, 7000, SYN, NULL);
	feed_tcp(&s, 8000 * MS, true, 9000, SYN, NULL);
	assert_int_equal(s.state, SGAP_TXN_SILENT);
	assert_int_equal(s.packets, 3);	/* the packet at hand is no answer */
	assert_int_equal(s.last.is_answer, 0);
	shown(&s, false, 2000 * MS, true, 7000, SYN, NULL);
	end(&s);
}

static void message(struct bytes *data, const struct bytes *msg)
{
	put16(data, (__u16)msg->len);
	put_bytes(data, msg->b, msg->len);
}

/*
 * Queries in segments: what is shown of one is the segment that made it whole, and the reset
 * or the FIN that ended the connection before the answer; of an answer that says no, that.
 */
static void test_segments(void **state)
{
	struct bytes one = { 0 }, two = { 0 }, first = { 0 }, rest = { 0 }, no = { 0 }, m;
	struct scene s;

	(void)state;
	make_query(&m, 7, "a.example", 1);
	message(&one, &m);
	make_query(&m, 8, "b.example", 1);
	message(&two, &m);
	put_bytes(&first, two.b, 20);
	put_bytes(&rest, two.b + 20, two.len - 20);
	make_answer(&m, 7, "a.example", 1, 2);
	message(&no, &m);
	begin(&s, SGAP_KEEP_FAILED);
	feed_tcp(&s, 1000 * MS, true, 100, SYN, NULL);
	feed_tcp(&s, 1001 * MS, false, 900, SYN | ACK, NULL);
	feed_tcp(&s, 1002 * MS, true, 101, ACK, NULL);
	feed_tcp(&s, 1003 * MS, true, 101, ACK, &one);
	feed_tcp(&s, 1004 * MS, true, 101 + one.len, ACK, &first);
	feed_tcp(&s, 1005 * MS, true, 121 + one.len, ACK, &rest);
	assert_int_equal(s.packets, 0);
	feed_tcp(&s, 1006 * MS, false, 901, ACK, &no);
	assert_int_equal(s.state, SGAP_TXN_ANSWERED);
	assert_int_equal(s.packets, 2);
	shown(&s, false, 1003 * MS, true, 101, ACK, &one);
	shown(&s, true, 1006 * MS, false, 901, ACK, &no);
	feed_tcp(&s, 1007 * MS, false, 901 + no.len, SGAP_TCP_FIN | ACK, NULL);
	assert_int_equal(s.state, SGAP_TXN_REFUSED);
	assert_int_equal(s.packets, 4);
	shown(&s, false, 1005 * MS, true, 121 + one.len, ACK, &rest);
	shown(&s, true, 1007 * MS, false, 901 + no.len, SGAP_TCP_FIN | ACK, NULL);
	end(&s);
}

static void begin_opaque(struct scene *s)
{
	static const struct sgap_offline_cfg cfg = { .ports = { 853 }, .nports = 1 };

	memset(s, 0, sizeof(*s));
	assert_int_equal(sgap_keep_new(&s->keep, SGAP_KEEP_FAILED, cfg.ports, 1, 0), 0);
	assert_int_equal(sgap_offline_new(&s->offline, &cfg, take_txn, s), 0);
}

/* DNS over TLS: the SYN and the reset, and not what the client said. */
static void test_tls(void **state)
{
	struct bytes hello = { .len = 5, .b = "\x16\3\1hi" };
	struct scene s;

	(void)state;
	begin_opaque(&s);
	port = 853;
	feed_tcp(&s, 1000 * MS, true, 100, SYN, NULL);
	feed_tcp(&s, 1001 * MS, false, 900, SYN | ACK, NULL);
	feed_tcp(&s, 1002 * MS, true, 101, ACK, &hello);
	assert_int_equal(s.packets, 0);
	feed_tcp(&s, 1003 * MS, false, 901, RST, NULL);
	assert_int_equal(s.state, SGAP_TXN_TLS_REFUSED);
	assert_int_equal(s.packets, 2);
	shown(&s, false, 1000 * MS, true, 100, SYN, NULL);
	shown(&s, true, 1003 * MS, false, 901, RST, NULL);
	port = 53;
	end(&s);
}

/* DNS over QUIC: the Initial that nobody answers. */
static void test_initial(void **state)
{
	static const struct ip_opt opt = { "192.0.2.1", "198.51.100.53", 17, 64, 0 };
	struct bytes b = { 0 };
	__u32 ip, u;
	struct scene s;

	(void)state;
	begin_opaque(&s);
	ip = begin_ip(&b, &opt);
	u = begin_udp(&b, 4000, 853);
	put_bytes(&b, "\xc3\0\0\0\1\x08idididid", 14);
	end_udp(&b, u, ip);
	feed(&s, 1000 * MS, &b, 101);
	feed(&s, 1500 * MS, &b, 101);
	feed(&s, 7000 * MS, &b, 101);
	assert_int_equal(s.state, SGAP_TXN_SILENT);
	assert_int_equal(s.packets, 1);
	assert_true(s.ts[0] == 1000 * MS);
	assert_memory_equal(s.data[0], b.b, b.len);
	end(&s);
}

/* However many queries stay unanswered, memory is bounded: the oldest go. */
static void test_bounded(void **state)
{
	struct bytes q = { 0 }, last = { 0 };
	struct scene s;
	int i;

	(void)state;
	begin(&s, SGAP_KEEP_FAILED);
	for (i = 0; i < 200000; i++) {
		udp(&q, (__u16)i, (__u16)(1024 + i / 65536), -1);
		put_bytes(&q, last.b, 400);	/* behind the IP packet, as padding */
		feed(&s, 1000 * MS + (__u64)i, &q, 101);
	}
	s.packets = 0;
	udp(&last, 1, 2000, -1);
	feed(&s, 20000 * MS, &last, 101);
	sgap_offline_finish(s.offline);
	/* The table of transactions is the smaller of the two. */
	assert_in_range(s.packets, 1000, 100000);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_syn),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_initial),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
