// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "rig.h"

#define MS SGAP_NS_PER_MS
#define S SGAP_NS_PER_S
#define CLIENT "192.0.2.1"
#define SERVER "198.51.100.53"

static struct rig *rig;
static struct bytes frame;

static int setup(void **state)
{
	static const struct rig_cfg cfg = { 0 };

	(void)state;
	rig = rig_new(&cfg);
	return 0;
}

static int teardown(void **state)
{
	const char *why = rig_unbalanced(rig);

	(void)state;
	if (why)
		print_error("does not hold: %s\n", why);
	rig_free(rig);
	return why != NULL;
}

static void udp_frame(bool to_server, const struct bytes *msg, __u16 frag)
{
	struct ip_opt opt = { to_server ? CLIENT : SERVER, to_server ? SERVER : CLIENT, 17, 57,
			      frag };
	__u32 ip, udp;

	frame.len = 0;
	put_ether(&frame, 0x0800);
	ip = begin_ip(&frame, &opt);
	udp = begin_udp(&frame, to_server ? 4000 : 53, to_server ? 53 : 4000);
	put_bytes(&frame, msg->b, msg->len);
	end_udp(&frame, udp, ip);
}

static void send_frame(void)
{
	rig_frame(rig, frame.b, frame.len, frame.len);
}

static void ask(__u16 id, const char *name)
{
	struct bytes m;

	make_query(&m, id, name, 1);
	udp_frame(true, &m, 0x4000);
	send_frame();
}

static void answer(__u16 id, const char *name, __u8 rcode)
{
	struct bytes m;

	make_answer(&m, id, name, 1, rcode);
	udp_frame(false, &m, 0x4000);
	send_frame();
}

/* An ICMP error of which the quote has n bytes of the last query's or answer's UDP. */
static void icmp(const char *from, const char *to, __u8 type, __u8 code, bool query, __u32 n)
{
	struct ip_opt opt = { from, to, 1, 60, 0 };
	struct bytes m;
	__u8 quoted[100];
	__u32 ip;

	make_query(&m, 7, "a.example", 1);
	if (!query)
		make_answer(&m, 7, "a.example", 1, 0);
	udp_frame(query, &m, 0);
	memcpy(quoted, frame.b + 14, 20 + n);
	frame.len = 0;
	put_ether(&frame, 0x0800);
	ip = begin_ip(&frame, &opt);
	put8(&frame, type);
	put8(&frame, code);
	put16(&frame, 0);
	put32(&frame, 0);
	put_bytes(&frame, quoted, 20 + n);
	end_ip(&frame, ip);
	send_frame();
}

static const struct sgap_rec_txn *last(void)
{
	assert_in_range(rig->records, 1, RIG_RECORDS);
	return &rig->record[rig->records - 1];
}

static const struct sgap_stats *udp(void)
{
	return rig_stats(rig, SERVER, 17);
}

static void test_answered(void **state)
{
	struct sgap_addr client = addr(CLIENT), server = addr(SERVER);
	__u64 t0 = rig->now;

	(void)state;
	ask(7, "wWw.example");
	rig->now += 1500 * 1000;
	answer(7, "www.example", 3);
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_ANSWERED);
	assert_true(last()->ts_query == t0 && last()->ts_last == t0);
	assert_true(last()->ts_answer == rig->now && last()->ts == rig->now);
	assert_memory_equal(last()->client, &client, 16);
	assert_memory_equal(last()->server, &server, 16);
	assert_int_equal(last()->client_port, 4000);
	assert_int_equal(last()->server_port, 53);
	assert_int_equal(last()->dns_id, 7);
	assert_int_equal(last()->rcode, 3);
	assert_int_equal(last()->proto, 17);
	assert_int_equal(last()->hops, 57);
	assert_int_equal(last()->qtype, 1);
	assert_int_equal(last()->qname_len, 13);
	assert_memory_equal(rig->name[0], "\3wWw\7example", 13);
	assert_int_equal(last()->flags, SGAP_TXN_F_CASE | SGAP_TXN_F_DF);
	assert_int_equal(udp()->case_mismatch, 1);
	assert_int_equal(udp()->rcode[3], 1);
	assert_int_equal(udp()->rtt_sum_us, 1500);
	assert_int_equal(sgap_stats_quantile(udp()->rtt_first, 500), 1472);
	assert_int_equal(rig->outcomes[SGAP_TXN_ANSWERED], 1);
}

static void test_unmatched(void **state)
{
	(void)state;
	answer(7, "www.example", 0);
	assert_int_equal(last()->state, SGAP_TXN_UNMATCHED);
	assert_int_equal(last()->copies, 0);
	assert_int_equal(last()->qtype, 1);
	assert_int_equal(last()->qname_len, 13);
	assert_int_equal(udp()->unmatched, 1);
	assert_int_equal(udp()->rcode[0], 1);
}

static void test_timeout_and_late(void **state)
{
	__u64 t0 = rig->now;

	(void)state;
	ask(7, "a.example");
	rig_expire(rig, t0 + 10 * S);
	rig->now = t0 + 11 * S;
	answer(7, "a.example", 0);
	answer(7, "a.example", 0);
	assert_int_equal(rig->records, 4);
	assert_int_equal(rig->record[0].state, SGAP_TXN_OVERDUE);
	assert_int_equal(rig->record[1].state, SGAP_TXN_TIMEOUT);
	assert_true(rig->record[1].ts == t0 + 5 * S);
	assert_int_equal(rig->record[1].rcode, SGAP_NONE16);
	assert_int_equal(rig->record[1].qname_len, 11);
	assert_int_equal(rig->record[2].state, SGAP_TXN_LATE);
	assert_true(rig->record[2].ts_query == t0);
	assert_int_equal(rig->record[2].qname_len, 11);
	assert_int_equal(rig->record[3].state, SGAP_TXN_DUPLICATE);
	assert_int_equal(udp()->unanswered, 1);
	assert_int_equal(udp()->late, 1);
	assert_int_equal(udp()->duplicates, 1);
}

static void test_icmp_without_id(void **state)
{
	(void)state;
	ask(7, "a.example");
	icmp("203.0.113.9", CLIENT, 3, 10, true, 8);
	assert_int_equal(last()->state, SGAP_TXN_ICMP);
	assert_int_equal(last()->dns_id, 7);
	assert_int_equal(last()->icmp_type, 3);
	assert_int_equal(last()->icmp_code, 10);
	assert_int_equal(last()->icmp_from[15], 9);
	assert_int_equal(udp()->failed, 1);
	assert_int_equal(udp()->icmp_errors, 1);
	assert_int_equal(rig->outcomes[SGAP_TXN_ICMP], 1);
}

static void test_icmp_with_id(void **state)
{
	(void)state;
	ask(8, "a.example");
	icmp(SERVER, CLIENT, 3, 3, true, 20);	/* quotes id 7 */
	assert_int_equal(rig->records, 0);
	assert_int_equal(udp()->icmp_errors, 1);
	ask(7, "a.example");
	icmp(SERVER, CLIENT, 3, 3, true, 20);
	assert_int_equal(last()->state, SGAP_TXN_ICMP);
	assert_int_equal(udp()->failed, 1);
	assert_int_equal(sgap_txn_waiting(rig->txn), 1);
}

/* The client had given up: no fault of the server. */
static void test_icmp_about_answer(void **state)
{
	(void)state;
	ask(7, "a.example");
	answer(7, "a.example", 0);
	icmp(CLIENT, SERVER, 3, 3, false, 8);
	assert_int_equal(last()->state, SGAP_TXN_ICMP_ANSWER);
	assert_int_equal(last()->client_port, 4000);
	assert_int_equal(last()->icmp_from[15], 1);
	assert_int_equal(udp()->failed, 0);
	assert_int_equal(udp()->icmp_errors, 0);
	assert_int_equal(udp()->icmp_answers, 1);
	assert_int_equal(rig->outcomes[SGAP_TXN_ICMP_ANSWER], 0);
}

/* What a router between the two says of the last packet of either, in either family. */
static void from_router(bool v6, __u8 type, __u8 code, bool query)
{
	const char *client = v6 ? "2001:db8::1" : CLIENT, *server = v6 ? "2001:db8::53" : SERVER;
	struct ip_opt inner = { query ? client : server, query ? server : client, 17, 2, 0 };
	struct ip_opt outer = { v6 ? "2001:db8::fe" : "203.0.113.9", query ? client : server,
				v6 ? 58 : 1, 60, 0 };
	__u32 ip, quoted, udp;
	struct bytes m;

	make_query(&m, 7, "a.example", 1);
	if (!query)
		make_answer(&m, 7, "a.example", 1, 0);
	frame.len = 0;
	put_ether(&frame, v6 ? 0x86dd : 0x0800);
	ip = begin_ip(&frame, &outer);
	put8(&frame, type);
	put8(&frame, code);
	put16(&frame, 0);
	put32(&frame, 1280);		/* the MTU, if it is about that */
	quoted = begin_ip(&frame, &inner);
	udp = begin_udp(&frame, query ? 4000 : 53, query ? 53 : 4000);
	put_bytes(&frame, m.b, m.len);
	end_udp(&frame, udp, quoted);
	end_ip(&frame, ip);
	send_frame();
}

static void ask6(__u16 id)
{
	static const struct ip_opt opt = { "2001:db8::1", "2001:db8::53", 17, 57, 0 };
	__u32 ip, udp;
	struct bytes m;

	make_query(&m, id, "a.example", 1);
	frame.len = 0;
	put_ether(&frame, 0x86dd);
	ip = begin_ip(&frame, &opt);
	udp = begin_udp(&frame, 4000, 53);
	put_bytes(&frame, m.b, m.len);
	end_udp(&frame, udp, ip);
	send_frame();
}

/* Each kind of error fails the query that it is about, and says of an answer that it was lost. */
static void test_icmp_kinds(void **state)
{
	static const struct { bool v6; __u8 type, code; } kinds[] = {
		{ false, 3, 0 }, { false, 3, 1 }, { false, 3, 4 },	/* too big */
		{ false, 3, 13 }, { false, 11, 0 }, { false, 11, 1 }, { false, 12, 0 },
		{ true, 1, 0 }, { true, 1, 4 }, { true, 2, 0 },		/* too big */
		{ true, 3, 0 }, { true, 3, 1 }, { true, 4, 0 },
	};
	const struct sgap_stats *s;
	__u64 n[2] = { 0, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].v6)
			ask6(7);
		else
			ask(7, "a.example");
		n[kinds[i].v6]++;
		rig->now += MS;
		from_router(kinds[i].v6, kinds[i].type, kinds[i].code, true);
		assert_int_equal(last()->state, SGAP_TXN_ICMP);
		assert_int_equal(last()->icmp_type, kinds[i].type);
		assert_int_equal(last()->icmp_code, kinds[i].code);
		assert_int_equal(last()->icmp_from[15], kinds[i].v6 ? 0xfe : 9);
		from_router(kinds[i].v6, kinds[i].type, kinds[i].code, false);
		assert_int_equal(last()->state, SGAP_TXN_ICMP_ANSWER);
		assert_int_equal(last()->icmp_type, kinds[i].type);
		assert_int_equal(last()->icmp_code, kinds[i].code);
		s = rig_stats(rig, kinds[i].v6 ? "2001:db8::53" : SERVER, 17);
		assert_int_equal(s->failed, n[kinds[i].v6]);
		assert_int_equal(s->icmp_errors, n[kinds[i].v6]);
		assert_int_equal(s->icmp_answers, n[kinds[i].v6]);
		rig->now += 10 * S;		/* the next one is another */
	}
	assert_int_equal(rig->counters.icmp, 2 * i);
	assert_int_equal(sgap_txn_waiting(rig->txn), 0);
}

/* A timed-out query's record says nothing of an error that came later. */
static void test_icmp_after_timeout(void **state)
{
	(void)state;
	ask(7, "a.example");
	rig->now += 6 * S;
	icmp(SERVER, CLIENT, 3, 3, true, 8);
	assert_int_equal(last()->state, SGAP_TXN_TIMEOUT);
	assert_int_equal(last()->icmp_type, 0);
	assert_int_equal(udp()->failed, 0);
}

static void test_header_only(void **state)
{
	struct bytes m;

	(void)state;
	ask(7, "a.example");
	put_header(&m, 7, 0x8185);
	udp_frame(false, &m, 0);
	send_frame();
	assert_int_equal(last()->state, SGAP_TXN_ANSWERED);
	assert_int_equal(last()->flags, SGAP_TXN_F_HEADERONLY);
	assert_int_equal(last()->rcode, 5);
	assert_int_equal(last()->qname_len, 11);
	assert_int_equal(udp()->rcode[5], 1);
}

static void test_fragments(void **state)
{
	struct bytes m;

	(void)state;
	ask(7, "a.example");
	make_answer(&m, 7, "a.example", 1, 0);
	set16(&m, 6, 20);
	udp_frame(false, &m, 0x2000);
	set16(&frame, 38, 3000);
	send_frame();
	assert_int_equal(last()->state, SGAP_TXN_ANSWERED);
	assert_int_equal(last()->flags, SGAP_TXN_F_FRAGMENT | SGAP_TXN_F_CUT);
	assert_int_equal(last()->answer_size, 2992);
	udp_frame(false, &m, 0x0080);
	send_frame();
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_FRAGMENT], 1);
	assert_int_equal(rig->records, 1);
}

/* A datagram of 2000 bytes in two fragments, of which one does not come. */
static void half_answer(bool first)
{
	struct bytes m;

	make_answer(&m, 7, "a.example", 1, 0);
	while (m.len < 992)
		put8(&m, 0);
	udp_frame(false, &m, first ? 0x2000 : 0x007d);
	if (first)
		set16(&frame, 38, 2000);
	send_frame();
}

static void test_partial(void **state)
{
	const struct sgap_rec_partial *p = &rig->partial;
	struct sgap_addr client = addr(CLIENT), server = addr(SERVER);

	(void)state;
	half_answer(false);
	rig_expire(rig, rig->now += 5 * S);
	assert_int_equal(rig->counters.partial, 0);	/* whose it is nobody knows */
	ask(7, "a.example");
	half_answer(true);
	half_answer(false);
	rig_expire(rig, rig->now += 5 * S);
	assert_int_equal(rig->counters.partial, 0);	/* it was whole */
	half_answer(true);
	rig_expire(rig, rig->now += 5 * S - 1);
	assert_int_equal(rig->counters.partial, 0);
	rig_expire(rig, ++rig->now);
	assert_int_equal(rig->counters.partial, 1);
	assert_memory_equal(p->client, &client, 16);
	assert_memory_equal(p->server, &server, 16);
	assert_int_equal(p->client_port, 4000);
	assert_int_equal(p->server_port, 53);
	assert_int_equal(p->dns_id, 7);
	assert_int_equal(p->seen, 1000);
	assert_int_equal(p->total, 2000);
	assert_int_equal(p->fragments, 1);
	assert_int_equal(p->missing, SGAP_PARTIAL_LAST);
	assert_true(p->is_answer && p->ts == p->ts_first + 5 * S);
	half_answer(false);
	rig_expire(rig, rig->now += 5 * S);
	assert_int_equal(rig->counters.partial, 2);
	assert_int_equal(p->client_port, 0);
	assert_int_equal(p->missing, SGAP_PARTIAL_FIRST);
	assert_memory_equal(p->server, &server, 16);
	assert_true(p->is_answer);
	assert_int_equal(rig->counters.partial_evicted, 0);
}

static void test_badsum(void **state)
{
	struct bytes m;

	(void)state;
	ask(7, "a.example");
	make_answer(&m, 7, "a.example", 1, 0);
	udp_frame(false, &m, 0);
	frame.b[40] ^= 1;
	send_frame();
	assert_int_equal(last()->flags, SGAP_TXN_F_BADSUM);
}

static void test_direction(void **state)
{
	struct bytes m;

	(void)state;
	make_query(&m, 7, "a.example", 1);
	udp_frame(false, &m, 0);
	send_frame();
	make_answer(&m, 7, "a.example", 1, 0);
	udp_frame(true, &m, 0);
	send_frame();
	make_query(&m, 7, "a.example", 1);
	set16(&m, 2, 0x2400);
	udp_frame(true, &m, 0);
	send_frame();
	set16(&frame, 38, 7);
	send_frame();
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_DIRECTION], 2);
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_OPCODE], 1);
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_FRAME], 1);
	assert_int_equal(rig->counters.seen, 4);
	assert_int_equal(rig->records, 0);
}

/* More servers than there is room for. */
static void test_no_room(void **state)
{
	struct bytes m;
	int i;

	(void)state;
	make_query(&m, 7, "a.example", 1);
	for (i = 0; i < RIG_SERVERS + 10; i++) {
		udp_frame(true, &m, 0);
		frame.b[33] = (__u8)i;
		frame.b[40] = frame.b[41] = 0;
		send_frame();
	}
	assert_int_equal(rig->counters.queries, RIG_SERVERS);
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_NOMEM], 10);
}

static __u16 client_port = 4000;	/* over TCP */

static void raw_tcp(bool to_server, __u16 port, __u32 seq, __u32 ack, __u8 flags,
		    const struct bytes *data)
{
	struct ip_opt opt = { to_server ? CLIENT : SERVER, to_server ? SERVER : CLIENT, 6, 57, 0 };
	__u32 ip;

	frame.len = 0;
	put_ether(&frame, 0x0800);
	ip = begin_ip(&frame, &opt);
	put_tcp(&frame, to_server ? client_port : port, to_server ? port : client_port, seq, ack,
		flags);
	if (data)
		put_bytes(&frame, data->b, data->len);
	end_ip(&frame, ip);
	send_frame();
}

/* msg: a message, behind its length */
static void tcp(bool to_server, __u16 port, __u32 seq, __u32 ack, __u8 flags,
		const struct bytes *msg)
{
	static struct bytes data;

	data.len = 0;
	if (msg) {
		put16(&data, (__u16)msg->len);
		put_bytes(&data, msg->b, msg->len);
	}
	raw_tcp(to_server, port, seq, ack, flags, &data);
}

static void tcp_hello(__u16 port)
{
	tcp(true, port, 100, 0, SGAP_TCP_SYN, NULL);
	rig->now += 3 * MS;
	tcp(false, port, 900, 101, SGAP_TCP_SYN | SGAP_TCP_ACK, NULL);
	tcp(true, port, 101, 901, SGAP_TCP_ACK, NULL);
}

static void test_tcp(void **state)
{
	const struct sgap_stats *s;
	struct bytes q, a;

	(void)state;
	make_query(&q, 7, "a.example", 1);
	make_answer(&a, 7, "a.example", 1, 0);
	tcp_hello(53);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	assert_int_equal(last()->connect_us, 3000);
	assert_int_equal(last()->qname_len, 0);
	tcp(true, 53, 101, 901, SGAP_TCP_ACK, &q);
	rig->now += 4 * MS;
	tcp(false, 53, 901, 101 + q.len + 2, SGAP_TCP_ACK, &a);
	assert_int_equal(last()->state, SGAP_TXN_ANSWERED);
	assert_int_equal(last()->proto, 6);
	assert_int_equal(last()->connect_us, 3000);
	assert_true(last()->ts_answer - last()->ts_query == 4 * MS);
	s = rig_stats(rig, SERVER, 6);
	assert_int_equal(s->tcp_syns, 1);
	assert_int_equal(s->answered, 1);
	assert_int_equal(rig->counters.tcp_control, 3);
}

static void test_tcp_failures(void **state)
{
	const struct sgap_stats *s;
	struct bytes q;

	(void)state;
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	tcp(false, 53, 0, 101, SGAP_TCP_RST | SGAP_TCP_ACK, NULL);
	assert_int_equal(last()->state, SGAP_TXN_REFUSED);
	assert_int_equal(last()->qname_len, 0);
	tcp(true, 53, 5000, 0, SGAP_TCP_SYN, NULL);
	rig_expire(rig, rig->now + 6 * S);
	assert_int_equal(last()->state, SGAP_TXN_SILENT);
	rig->now += 7 * S;
	tcp_hello(53);
	make_query(&q, 7, "a.example", 1);
	tcp(true, 53, 101, 901, SGAP_TCP_ACK, &q);
	tcp(false, 53, 901, 200, SGAP_TCP_RST, NULL);
	assert_int_equal(last()->state, SGAP_TXN_REFUSED);
	assert_int_equal(last()->qname_len, 11);
	s = rig_stats(rig, SERVER, 6);
	assert_int_equal(s->tcp_syns, 3);
	assert_int_equal(s->tcp_refused, 1);
	assert_int_equal(s->tcp_silent, 1);
	assert_int_equal(s->failed, 1);
	assert_int_equal(rig->outcomes[SGAP_TXN_REFUSED], 2);
	assert_int_equal(rig->outcomes[SGAP_TXN_SILENT], 1);
}

/* An ICMP error from a third host that quotes n bytes of the last frame's transport. */
static void icmp_quoting(__u8 type, __u8 code, __u32 n)
{
	static const struct ip_opt opt = { "203.0.113.9", CLIENT, 1, 60, 0 };
	struct bytes quoted = { .len = 0 };
	__u32 ip;

	put_bytes(&quoted, frame.b + 14, 20 + n);
	frame.len = 0;
	put_ether(&frame, 0x0800);
	ip = begin_ip(&frame, &opt);
	put8(&frame, type);
	put8(&frame, code);
	put16(&frame, 0);
	put32(&frame, 0);
	put_bytes(&frame, quoted.b, quoted.len);
	end_ip(&frame, ip);
	send_frame();
}

/* A SYN that a filter rejects: the attempt ends at once, and it is said by whom. */
static void test_icmp_about_syn(void **state)
{
	const struct sgap_stats *s;
	__u64 t0 = rig->now;

	(void)state;
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	rig->now += 3 * MS;
	icmp_quoting(3, 13, 8);
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_ICMP);
	assert_int_equal(last()->proto, 6);
	assert_int_equal(last()->client_port, 4000);
	assert_int_equal(last()->server_port, 53);
	assert_int_equal(last()->qname_len, 0);
	assert_int_equal(last()->copies, 1);
	assert_true(last()->ts_query == t0 && last()->ts == rig->now);
	assert_int_equal(last()->icmp_type, 3);
	assert_int_equal(last()->icmp_code, 13);
	assert_int_equal(last()->icmp_from[12], 203);
	assert_int_equal(last()->icmp_from[15], 9);
	assert_int_equal(rig->outcomes[SGAP_TXN_ICMP], 1);
	rig_expire(rig, rig->now + 6 * S);
	assert_int_equal(rig->records, 1);
	s = rig_stats(rig, SERVER, 6);
	assert_int_equal(s->tcp_syns, 1);
	assert_int_equal(s->tcp_refused, 1);
	assert_int_equal(s->tcp_silent, 0);
	assert_int_equal(s->icmp_errors, 1);
	assert_int_equal(s->failed, 0);
	assert_int_equal(rig->counters.icmp, 1);
}

/* Forged without seeing the SYN, too short, or about a size: the attempt goes on. */
static void test_icmp_forged(void **state)
{
	(void)state;
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	frame.b[14 + 20 + 7] ^= 1;	/* another sequence number */
	icmp_quoting(3, 3, 20);
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	icmp_quoting(3, 3, 7);		/* none at all: not even counted */
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	icmp_quoting(3, 4, 20);
	assert_int_equal(rig->records, 0);
	assert_int_equal(rig_stats(rig, SERVER, 6)->icmp_errors, 2);
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	rig->now += 6 * S;		/* its time ran out first: no error's doing */
	icmp_quoting(3, 3, 20);
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_SILENT);
	assert_int_equal(last()->icmp_type, 0);
	assert_int_equal(last()->icmp_from[15], 0);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tcp_refused, 0);
}

/* Of a connection that is set up an error is counted, and its questions are answered. */
static void test_icmp_established(void **state)
{
	const struct sgap_stats *s;
	struct bytes q, a;

	(void)state;
	make_query(&q, 7, "a.example", 1);
	make_answer(&a, 7, "a.example", 1, 0);
	tcp_hello(53);
	tcp(true, 53, 101, 901, SGAP_TCP_ACK, &q);
	icmp_quoting(3, 1, 20);
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	icmp_quoting(3, 3, 20);
	assert_int_equal(rig->records, 1);
	tcp(false, 53, 901, 101 + q.len + 2, SGAP_TCP_ACK, &a);
	assert_int_equal(last()->state, SGAP_TXN_ANSWERED);
	icmp_quoting(3, 1, 20);		/* and one about the answer */
	assert_int_equal(last()->state, SGAP_TXN_ICMP_ANSWER);
	assert_int_equal(last()->client_port, 4000);
	s = rig_stats(rig, SERVER, 6);
	assert_int_equal(s->icmp_errors, 2);
	assert_int_equal(s->icmp_answers, 1);
	assert_int_equal(s->tcp_refused, 0);
	assert_int_equal(s->failed, 0);
	assert_int_equal(s->answered, 1);
}

/* A SYN with a question in it: both end. */
static void test_icmp_about_data_in_syn(void **state)
{
	struct bytes q;

	(void)state;
	make_query(&q, 7, "a.example", 1);
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, &q);
	icmp_quoting(3, 1, 20 + 2 + q.len);
	assert_int_equal(rig->records, 2);
	assert_int_equal(rig->record[0].state, SGAP_TXN_ICMP);
	assert_int_equal(rig->record[0].qname_len, 11);
	assert_int_equal(rig->record[0].icmp_code, 1);
	assert_int_equal(last()->state, SGAP_TXN_ICMP);
	assert_int_equal(last()->qname_len, 0);
	assert_int_equal(rig_stats(rig, SERVER, 6)->failed, 1);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tcp_refused, 1);
}

/* More attempts than there is room for: each ends, by time or for want of it. */
static void test_syn_flood(void **state)
{
	__u32 i;

	(void)state;
	tcp(true, 53, 100, 0, SGAP_TCP_SYN, NULL);
	for (i = 0; i < 100; i++) {
		set16(&frame, 34, (__u16)(5000 + i));
		send_frame();
	}
	assert_int_equal(rig->counters.tcp_evicted, 101 - 64);
	assert_int_equal(rig->states[SGAP_TXN_EVICTED], 101 - 64);
	assert_int_equal(last()->qname_len, 0);
	assert_int_equal(last()->client_port, 5000 + 100 - 64 - 1);
	rig_expire(rig, rig->now + 6 * S);
	assert_int_equal(rig->records, 101);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tcp_syns, 101);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tcp_silent, 64);
	assert_int_equal(rig->counters.evicted, 0);
}

/* DNS over TLS: the handshake is timed, what is said stays unseen. */
static void test_opaque(void **state)
{
	struct bytes q;

	(void)state;
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	make_query(&q, 7, "a.example", 1);
	tcp_hello(853);
	tcp(true, 853, 101, 901, SGAP_TCP_ACK, &q);
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_OPAQUE], 1);
	assert_int_equal(rig->counters.queries, 0);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	assert_int_equal(last()->connect_us, 3000);
	assert_int_equal(rig_stats(rig, SERVER, 6)->opaque_packets, 1);
	assert_int_equal(rig_stats(rig, SERVER, 6)->opaque_bytes, q.len + 2);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tls_alerts, 0);
}

static struct bytes hello = { .len = 5, .b = "\x16\3\1hi" };

/* TCP to port 853 is set up, and the client speaks. */
static void tls_hello(void)
{
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	tcp_hello(853);
	raw_tcp(true, 853, 101, 901, SGAP_TCP_ACK, &hello);
	rig->now += 5 * MS;
}

static void counts(__u64 reset, __u64 closed, __u64 refused, __u64 silent)
{
	const struct sgap_stats *s = rig_stats(rig, SERVER, 6);

	assert_int_equal(s->tls_reset, reset);
	assert_int_equal(s->tls_closed, closed);
	assert_int_equal(s->tls_refused, refused);
	assert_int_equal(s->tls_silent, silent);
}

/* A server that takes the connection and ends it, or says an alert, before anything else. */
static void test_tls_refused(void **state)
{
	struct bytes alert = { .len = 7, .b = "\x15\3\1\0\2\2\x28" };
	__u64 syn = rig->now;

	(void)state;
	tls_hello();
	raw_tcp(false, 853, 901, 106, SGAP_TCP_ACK, NULL);
	assert_int_equal(rig->records, 1);
	raw_tcp(false, 853, 901, 106, SGAP_TCP_RST | SGAP_TCP_ACK, NULL);
	raw_tcp(false, 853, 901, 106, SGAP_TCP_RST, NULL);	/* told once */
	assert_int_equal(rig->records, 2);
	assert_int_equal(last()->state, SGAP_TXN_TLS_REFUSED);
	assert_true(last()->ts_query == syn && last()->ts == rig->now);
	assert_int_equal(last()->connect_us, 3000);
	assert_int_equal(last()->server_port, 853);
	assert_int_equal(last()->qname_len, 0);
	counts(1, 0, 0, 0);
	tls_hello();
	raw_tcp(false, 853, 901, 106, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
	counts(1, 1, 0, 0);
	tls_hello();
	raw_tcp(false, 853, 901, 106, SGAP_TCP_FIN | SGAP_TCP_ACK, &alert);
	counts(1, 1, 1, 0);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tls_alerts, 1);
	tcp_hello(853);			/* at once, before the client had a word */
	raw_tcp(false, 853, 901, 101, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
	counts(1, 2, 1, 0);
	assert_int_equal(rig->states[SGAP_TXN_TLS_REFUSED], 4);
	assert_int_equal(rig->outcomes[SGAP_TXN_TLS_REFUSED], 0);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tcp_syns, 4);
	assert_int_equal(sgap_tcp_conns(rig->tcp), 0);
	assert_null(rig_unbalanced(rig));
}

/* One that takes it and never says a word, and one whose first word comes too late. */
static void test_tls_silent(void **state)
{
	__u64 said;
	int late;

	(void)state;
	for (late = 0; late < 2; late++) {
		tls_hello();
		said = rig->now - 5 * MS;
		rig->now += S;
		raw_tcp(true, 853, 101, 901, SGAP_TCP_ACK, &hello);	/* again */
		raw_tcp(true, 853, 106, 901, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
		assert_int_equal(rig->records, 1 + 2 * late);
		if (late) {
			rig->now = said + 5 * S;
			raw_tcp(false, 853, 901, 106, SGAP_TCP_ACK, &hello);
		} else {
			rig_expire(rig, said + 5 * S - 1);
			assert_int_equal(rig->records, 1);
			rig_expire(rig, said + 6 * S);
		}
		assert_int_equal(rig->records, 2 + 2 * late);
		assert_int_equal(last()->state, SGAP_TXN_TLS_SILENT);
		assert_true(last()->ts == said + 5 * S);
		counts(0, 0, 0, 1 + late);
		assert_int_equal(sgap_tcp_conns(rig->tcp), 0);
	}
}

/* Ends that are nobody's fault, or of which too little was seen. */
static void test_tls_blameless(void **state)
{
	static const struct bytes alert = { .len = 7, .b = "\x15\3\1\0\2\2\x28" };

	(void)state;
	tls_hello();			/* the server spoke: what comes later is not looked at */
	raw_tcp(false, 853, 901, 106, SGAP_TCP_ACK, &hello);
	raw_tcp(false, 853, 906, 106, SGAP_TCP_RST, NULL);
	tls_hello();			/* its word was missed here */
	raw_tcp(false, 853, 906, 106, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
	raw_tcp(false, 853, 907, 106, SGAP_TCP_RST, NULL);
	tls_hello();			/* and before an alert */
	raw_tcp(false, 853, 906, 106, SGAP_TCP_ACK, &alert);
	tls_hello();			/* the client went first */
	raw_tcp(true, 853, 106, 901, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
	raw_tcp(false, 853, 901, 107, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
	tls_hello();
	raw_tcp(true, 853, 106, 901, SGAP_TCP_RST, NULL);
	raw_tcp(false, 853, 901, 107, SGAP_TCP_RST, NULL);
	tcp_hello(853);			/* a client that says nothing for long */
	rig->now += 6 * S;
	raw_tcp(false, 853, 901, 101, SGAP_TCP_FIN | SGAP_TCP_ACK, NULL);
	rig->now += 60 * S;
	raw_tcp(true, 853, 100, 0, SGAP_TCP_SYN, NULL);	/* the SYN+ACK passes elsewhere */
	raw_tcp(true, 853, 101, 901, SGAP_TCP_ACK, &hello);
	rig_expire(rig, rig->now + 60 * S);
	rig->now += 61 * S;
	raw_tcp(true, 853, 500, 901, SGAP_TCP_ACK, &hello);	/* open before the tap */
	raw_tcp(false, 853, 901, 505, SGAP_TCP_RST, NULL);
	rig_expire(rig, rig->now + 6 * S);
	counts(0, 0, 0, 0);
	assert_int_equal(rig->states[SGAP_TXN_CONNECTED], rig->records);
	assert_int_equal(rig->records, 6);
	assert_null(rig_unbalanced(rig));
}

/* There is room for 64: those that give way are counted, the others are silent. */
static void test_tls_evicted(void **state)
{
	int i;

	(void)state;
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	for (i = 0; i < 100; i++) {
		client_port = (__u16)(5000 + i);
		tls_hello();
	}
	client_port = 4000;
	assert_int_equal(rig->counters.tls_evicted, 100 - 64);
	counts(0, 0, 0, 0);
	rig_expire(rig, rig->now + 6 * S);
	counts(0, 0, 0, 64);
	assert_null(rig_unbalanced(rig));
}

/* port: of the server */
static void quic(bool to_server, __u16 port, const void *p, __u32 n)
{
	struct ip_opt opt = { to_server ? CLIENT : SERVER, to_server ? SERVER : CLIENT, 17, 57, 0 };
	__u32 ip, udp;

	frame.len = 0;
	put_ether(&frame, 0x0800);
	ip = begin_ip(&frame, &opt);
	udp = begin_udp(&frame, to_server ? 4000 : port, to_server ? port : 4000);
	put_bytes(&frame, p, n);
	end_udp(&frame, udp, ip);
	send_frame();
}

/* DNS over QUIC: the first answer to an Initial sets the connection up, silence is told. */
static void test_quic(void **state)
{
	static const char initial[] = "\xc3\0\0\0\1initial";
	static const char version2[] = "\xd0\x6b\x33\x43\xcfx";
	static const char handshake[] = "\xe3\0\0\0\1handshake", other[] = "\x43short";
	const struct sgap_stats *s;

	(void)state;
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	quic(true, 853, other, sizeof(other));		/* open before the tap: volume only */
	quic(true, 853, handshake, sizeof(handshake));
	assert_int_equal(rig->records, 0);
	quic(true, 853, initial, sizeof(initial));
	rig->now += 2 * MS;
	quic(true, 853, initial, sizeof(initial));
	rig->now += 5 * MS;
	quic(false, 853, handshake, sizeof(handshake));
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	assert_int_equal(last()->proto, 17);
	assert_int_equal(last()->connect_us, 7000);
	assert_int_equal(last()->copies, 2);
	quic(true, 853, initial, sizeof(initial));
	quic(false, 853, other, sizeof(other));
	assert_int_equal(rig->records, 1);
	rig_expire(rig, rig->now + 601 * S);
	rig->now += 602 * S;
	quic(true, 853, version2, sizeof(version2));
	rig_expire(rig, rig->now + 6 * S);
	assert_int_equal(rig->records, 2);
	assert_int_equal(last()->state, SGAP_TXN_SILENT);
	s = rig_stats(rig, SERVER, 17);
	assert_int_equal(s->tcp_syns, 2);
	assert_int_equal(s->tcp_silent, 1);
	assert_int_equal(s->opaque_packets, 8);
	assert_int_equal(rig->counters.unparsed[SGAP_UNPARSED_OPAQUE], 8);
	assert_int_equal(rig->counters.queries, 0);
}

/* What a datagram of QUIC begins with is no DNS id; its connection id is what counts. */
static void test_icmp_about_quic(void **state)
{
	static const char initial[] = "\xc3\0\0\0\1\x08idididid", forged[] = "\xc3\0\0\0\1\x08xdididid";
	static const char handshake[] = "\xe3\0\0\0\1handshake";
	const struct sgap_stats *s;
	__u32 n = 8 + sizeof(initial);

	(void)state;
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	quic(true, 853, initial, sizeof(initial));
	quic(true, 853, initial, sizeof(initial));
	icmp_quoting(3, 4, n);
	quic(true, 853, initial, sizeof(initial));
	memcpy(frame.b + 42, forged, sizeof(forged));
	icmp_quoting(3, 3, n);
	assert_int_equal(rig->records, 0);
	quic(true, 853, initial, sizeof(initial));
	icmp_quoting(3, 3, n);
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_ICMP);
	assert_int_equal(last()->proto, 17);
	assert_int_equal(last()->dns_id, 0);
	assert_int_equal(last()->copies, 4);
	assert_int_equal(last()->icmp_from[15], 9);
	quic(true, 853, initial, sizeof(initial));
	icmp_quoting(3, 10, 8);			/* no more is quoted than the ports */
	assert_int_equal(rig->records, 2);
	assert_int_equal(last()->icmp_code, 10);
	quic(true, 853, initial, sizeof(initial));
	quic(false, 853, handshake, sizeof(handshake));
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	icmp_quoting(3, 3, 20);			/* about what the server said */
	assert_int_equal(last()->state, SGAP_TXN_ICMP_ANSWER);
	assert_int_equal(last()->dns_id, 0);
	quic(true, 853, initial, sizeof(initial));
	icmp_quoting(3, 3, n);
	assert_int_equal(rig->records, 4);
	s = rig_stats(rig, SERVER, 17);
	assert_int_equal(s->tcp_syns, 3);
	assert_int_equal(s->tcp_refused, 2);
	assert_int_equal(s->icmp_errors, 5);
	assert_int_equal(s->icmp_answers, 1);
	assert_int_equal(rig->counters.queries, 0);
}

/*
 * A Retry sets nothing up: the same attempt goes on with another Initial. A server that knows none
 * of the client's version refuses, if it says so of what the client sent.
 */
static void test_quic_retry(void **state)
{
	static const char initial[] = "\xc3\0\0\0\1\x08idididid\0", again[] = "\xc3\0\0\0\1\x08serverid\0";
	static const char retry[] = "\xf0\0\0\0\1\0\x08serveridtoken", handshake[] = "\xe3\0\0\0\1\0\0";
	static const char initial2[] = "\xd0\x6b\x33\x43\xcf\x08idididid\0";
	static const char retry2[] = "\xc0\x6b\x33\x43\xcf\0\x08serveridtoken";
	static const char negotiation[] = "\x80\0\0\0\0\2ab\x08idididid\0\0\0\1";
	static const char forged[] = "\x80\0\0\0\0\2ab\x08xdididid\0\0\0\1";
	const struct sgap_stats *s;
	__u32 n;

	(void)state;
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	quic(true, 853, initial, sizeof(initial));
	rig->now += 3 * MS;
	quic(false, 853, retry, sizeof(retry));
	assert_int_equal(rig->records, 0);
	rig->now += 3 * MS;
	quic(true, 853, again, sizeof(again));
	rig->now += 3 * MS;
	quic(false, 853, handshake, sizeof(handshake));
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	assert_int_equal(last()->connect_us, 9000);
	assert_int_equal(last()->copies, 2);
	rig_expire(rig, rig->now + 601 * S);
	rig->now += 602 * S;
	quic(true, 853, initial2, sizeof(initial2));
	quic(false, 853, retry2, sizeof(retry2));
	assert_int_equal(rig->records, 1);
	for (n = 5; n < 13; n++)	/* cut before its id's first bytes, it is about nothing */
		quic(false, 853, negotiation, n);
	quic(false, 853, forged, sizeof(forged));
	assert_int_equal(rig->records, 1);
	quic(false, 853, negotiation, sizeof(negotiation));
	assert_int_equal(rig->records, 2);
	assert_int_equal(last()->state, SGAP_TXN_REFUSED);
	quic(true, 853, initial, sizeof(initial));	/* of another version: another attempt */
	quic(false, 853, handshake, sizeof(handshake));
	assert_int_equal(rig->records, 3);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	s = rig_stats(rig, SERVER, 17);
	assert_int_equal(s->tcp_syns, 3);
	assert_int_equal(s->tcp_refused, 1);
	assert_int_equal(s->tcp_silent, 0);
}

/* DNS over HTTPS by QUIC: of a resolver that is known, as DNS over QUIC is. */
static void test_quic_https(void **state)
{
	static const char initial[] = "\xc3\0\0\0\1initial";
	static const char other[] = "\xe3\0\0\0\1handshake";

	(void)state;
	quic(true, 443, initial, sizeof(initial));
	quic(false, 443, other, sizeof(other));
	assert_int_equal(rig->counters.seen, 0);
	rig->opt.resolver[0] = addr(SERVER);
	rig->opt.nresolvers = 1;
	quic(true, 443, initial, sizeof(initial));
	rig->now += 9 * MS;
	quic(false, 443, other, sizeof(other));
	assert_int_equal(rig->records, 1);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	assert_int_equal(last()->proto, 17);
	assert_int_equal(last()->server_port, 443);
	assert_int_equal(last()->connect_us, 9000);
	assert_int_equal(rig_stats(rig, SERVER, 17)->opaque_packets, 2);
}

/* A handshake that the server ends with an alert; port 443 counts for known resolvers alone. */
static void test_known_resolver(void **state)
{
	struct bytes alert = { .len = 0 };

	(void)state;
	tcp_hello(443);
	assert_int_equal(rig->counters.seen, 0);
	rig->opt.resolver[0] = addr("203.0.113.9");
	rig->opt.resolver[1] = addr(SERVER);
	rig->opt.nresolvers = 1;
	tcp_hello(443);
	assert_int_equal(rig->counters.seen, 0);
	rig->opt.nresolvers = 2;
	tcp_hello(443);
	assert_int_equal(last()->state, SGAP_TXN_CONNECTED);
	assert_int_equal(last()->server_port, 443);
	assert_int_equal(last()->connect_us, 3000);
	put_bytes(&alert, "\x15\3\1\0\2\2\x28", 7);
	raw_tcp(false, 443, 901, 200, SGAP_TCP_ACK, &alert);
	assert_int_equal(last()->state, SGAP_TXN_TLS_REFUSED);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tls_alerts, 1);
	assert_int_equal(rig_stats(rig, SERVER, 6)->tls_refused, 1);
	assert_int_equal(rig_stats(rig, SERVER, 6)->opaque_bytes, 7);
}

/* Anything at all: it balances after each frame. */
static void test_conservation(void **state)
{
	static const __u8 flags[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0x14 };
	const char *why;
	struct bytes m;
	__u32 i, k;

	(void)state;
	rnd_seed(13);
	rig->opt.ports.n = 2;
	rig->opt.ports.port[1] = 853;
	for (i = 0; i < 60000; i++) {
		rig->now += rnd(200) ? rnd(30) * MS : 4 * S;
		k = rnd(12);
		if (k < 4) {
			ask((__u16)rnd(40), rnd(2) ? "a.example" : "B.a-much-longer-name.example");
		} else if (k < 7) {
			answer((__u16)rnd(40), rnd(2) ? "a.example" : "b.a-much-longer-name.example",
			       (__u8)rnd(6));
		} else if (k == 7) {
			icmp(SERVER, CLIENT, 3, 3, rnd(2), 8 + rnd(20));
		} else if (k < 11) {
			if (rnd(2))
				make_query(&m, (__u16)rnd(9), "t.example", 1);
			else
				make_answer(&m, (__u16)rnd(9), "t.example", 1, 0);
			tcp(rnd(2), rnd(4) ? 53 : 853, 100 + rnd(2) + 29 * rnd(9), 101,
			    flags[rnd(6)], rnd(3) ? &m : NULL);
		} else {
			frame.b[rnd(frame.len)] ^= (__u8)(1 + rnd(255));
			send_frame();
		}
		if (!rnd(100))
			rig_expire(rig, rig->now);
		why = rig_unbalanced(rig);
		if (why)
			print_error("frame %u: %s\n", i, why);
		assert_null(why);
	}
	for (i = SGAP_TXN_ANSWERED; i < __SGAP_TXN_STATE_MAX; i++)
		assert_true(rig->states[i] || i == SGAP_TXN_EVICTED ||
			    i == SGAP_TXN_TLS_REFUSED || i == SGAP_TXN_TLS_SILENT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_answered), T(test_unmatched), T(test_timeout_and_late),
		T(test_icmp_without_id), T(test_icmp_with_id), T(test_icmp_about_answer),
		T(test_icmp_kinds), T(test_icmp_after_timeout), T(test_header_only),
		T(test_fragments),
		T(test_partial),
		T(test_badsum), T(test_direction), T(test_no_room), T(test_tcp),
		T(test_tcp_failures), T(test_icmp_about_syn), T(test_icmp_forged),
		T(test_icmp_established), T(test_icmp_about_data_in_syn),
		T(test_icmp_about_quic), T(test_syn_flood), T(test_opaque), T(test_tls_refused),
		T(test_tls_silent), T(test_tls_blameless), T(test_tls_evicted),
		T(test_quic), T(test_quic_retry), T(test_quic_https), T(test_known_resolver),
		T(test_conservation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
