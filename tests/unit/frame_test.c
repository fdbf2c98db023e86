// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "frame.h"

static struct sgap_frame_opt opt = {
	.ports = { .n = 2, .port = { 53, 5353 } },
	.check_sum = true,
};

static const struct ip_opt v4 = { "192.0.2.1", "198.51.100.53", 17, 64, 0x4000 };
static const struct ip_opt v6 = { "2001:db8::1", "2001:db8:53::53", 17, 63, 0 };

static int parse_as(struct sgap_pkt *pkt, int link, const struct bytes *b, __u32 len)
{
	static __u8 *last;

	free(last);
	last = exact(b->b, len);
	memset(pkt, 0xa5, sizeof(*pkt));
	return sgap_frame_parse(pkt, link, last, len, b->len, &opt);
}

static int parse_frame(struct sgap_pkt *pkt, const struct bytes *b)
{
	return parse_as(pkt, SGAP_LINKTYPE_ETHERNET, b, b->len);
}

/* From the IP header on: a query from port 1024 to 53. */
static void put_query(struct bytes *b, const struct ip_opt *ip_opt)
{
	__u32 ip = begin_ip(b, ip_opt), udp = begin_udp(b, 1024, 53);

	put_bytes(b, "0123456789abcdefg", 17);
	end_udp(b, udp, ip);
}

static void is_query(const struct sgap_pkt *pkt, const struct ip_opt *ip_opt)
{
	struct sgap_addr src = addr(ip_opt->src), dst = addr(ip_opt->dst);

	assert_int_equal(pkt->kind, SGAP_FRAME_UDP);
	assert_true(sgap_addr_eq(&pkt->src, &src) && sgap_addr_eq(&pkt->dst, &dst));
	assert_int_equal(pkt->sport, 1024);
	assert_int_equal(pkt->dport, 53);
	assert_true(pkt->to_server && !pkt->from_server);
	assert_int_equal(pkt->proto, 17);
	assert_int_equal(pkt->hops, ip_opt->ttl);
	assert_int_equal(pkt->payload_len, 17);
	assert_int_equal(pkt->payload_wire, 17);
	assert_memory_equal(pkt->payload, "0123456789abcdefg", 17);
	assert_int_equal(pkt->badsum, 0);
}

static void test_udp(void **state)
{
	struct bytes b = { 0 };
	struct sgap_pkt pkt;

	(void)state;
	put_ether(&b, 0x0800);
	put_query(&b, &v4);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v4);
	assert_true(pkt.df && !pkt.ipv6 && !pkt.more_frags);
	put_bytes(&b, "padding of the link", 19);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v4);
	b.len = 0;
	put_ether(&b, 0x86dd);
	put_query(&b, &v6);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v6);
	assert_true(pkt.ipv6 && !pkt.df);
}

static void test_link_types(void **state)
{
	struct bytes b = { 0 };
	struct sgap_pkt pkt;

	(void)state;
	put_query(&b, &v4);
	assert_int_equal(parse_as(&pkt, SGAP_LINKTYPE_RAW, &b, b.len), SGAP_FRAME_UDP);
	is_query(&pkt, &v4);
	assert_int_equal(parse_as(&pkt, 105, &b, b.len), SGAP_FRAME_OTHER);
	b.len = 0;
	put_bytes(&b, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x86\xdd", 16);
	put_query(&b, &v6);
	assert_int_equal(parse_as(&pkt, SGAP_LINKTYPE_SLL, &b, b.len), SGAP_FRAME_UDP);
	is_query(&pkt, &v6);
	b.len = 0;
	put_bytes(&b, "\x8\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0", 20);
	put_query(&b, &v4);
	assert_int_equal(parse_as(&pkt, SGAP_LINKTYPE_SLL2, &b, b.len), SGAP_FRAME_UDP);
	is_query(&pkt, &v4);
}

static void test_tags(void **state)
{
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	int i;

	(void)state;
	put_ether(&b, 0x88a8);
	put32(&b, 0x00648100);
	put32(&b, 0x00c80800);
	put_query(&b, &v4);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v4);
	b.len = 0;
	put_ether(&b, 0x8100);
	put32(&b, 0x00018864);
	put_bytes(&b, "\x11\0\0\1\0\x77\0\x57", 8);	/* PPPoE, PPP IPv6 */
	put_query(&b, &v6);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v6);
	b.len = 0;
	put_ether(&b, 0x8100);
	for (i = 0; i < 20; i++)
		put32(&b, 0x00018100);
	put32(&b, 0x00010800);
	put_query(&b, &v4);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
}

static void test_ipv4_options(void **state)
{
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 ip, udp;

	(void)state;
	put_ether(&b, 0x0800);
	ip = begin_ip(&b, &v4);
	b.b[ip] = 0x4f;
	for (udp = 0; udp < 10; udp++)
		put32(&b, 0x01010101);
	udp = begin_udp(&b, 1024, 53);
	put_bytes(&b, "0123456789abcdefg", 17);
	end_udp(&b, udp, ip);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v4);
	b.b[ip] = 0x44;		/* a header shorter than can be */
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
}

static void test_ipv6_extensions(void **state)
{
	static const __u8 chain[] = { 0, 60, 43, 51, 135 };
	struct ip_opt with = v6;
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 ip, udp;
	size_t i;

	(void)state;
	put_ether(&b, 0x86dd);
	with.proto = chain[0];
	ip = begin_ip(&b, &with);
	for (i = 0; i < sizeof(chain); i++) {
		put8(&b, i + 1 < sizeof(chain) ? chain[i + 1] : 17);
		put8(&b, chain[i] == 51 ? 2 : 1);	/* 16 bytes each */
		put_bytes(&b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 14);
	}
	udp = begin_udp(&b, 1024, 53);
	put_bytes(&b, "0123456789abcdefg", 17);
	end_udp(&b, udp, ip);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	is_query(&pkt, &v6);
	for (i = 14; i < b.len; i++) {	/* captured to no full extension, header, payload */
		int kind = parse_as(&pkt, SGAP_LINKTYPE_ETHERNET, &b, (__u32)i);

		if (i < udp + 4)
			assert_int_equal(kind, SGAP_FRAME_OTHER);
		else if (i < udp + 8)
			assert_int_equal(kind, SGAP_FRAME_BAD);
		else
			assert_int_equal(kind, SGAP_FRAME_UDP);
	}
}

static void test_fragments(void **state)
{
	struct ip_opt frag = v4;
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 ip, udp;

	(void)state;
	put_ether(&b, 0x0800);
	frag.frag = 0x2000;
	ip = begin_ip(&b, &frag);
	udp = begin_udp(&b, 53, 1024);
	put_bytes(&b, "0123456789abcdefg", 17);
	end_ip(&b, ip);
	set16(&b, udp + 4, 3000);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	assert_true(pkt.more_frags && pkt.from_server && !pkt.to_server);
	assert_int_equal(pkt.payload_len, 17);
	assert_int_equal(pkt.payload_wire, 2992);
	assert_int_equal(pkt.frag_len, 25);
	assert_int_equal(pkt.frag_total, 3000);
	set16(&b, ip + 4, 0xbeef);
	set16(&b, ip + 6, 0x0010);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_FRAGMENT);
	assert_int_equal(pkt.frag_id, 0xbeef);
	assert_int_equal(pkt.frag_off, 128);
	assert_int_equal(pkt.frag_len, 25);
	assert_int_equal(pkt.frag_total, 0);
	b.b[ip + 9] = 6;
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
	b.len = 0;
	put_ether(&b, 0x86dd);
	frag = v6;
	frag.proto = 44;
	ip = begin_ip(&b, &frag);
	put_bytes(&b, "\x11\0\0\1\0\0\0\7", 8);		/* first, more to come */
	udp = begin_udp(&b, 53, 1024);
	put_bytes(&b, "0123456789abcdefg", 17);
	end_ip(&b, ip);
	set16(&b, udp + 4, 3000);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	assert_true(pkt.more_frags);
	assert_int_equal(pkt.frag_id, 7);
	assert_int_equal(pkt.frag_len, 25);
	assert_int_equal(pkt.frag_total, 3000);
	set16(&b, ip + 42, 0x0580);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_FRAGMENT);
	assert_int_equal(pkt.frag_off, 0x0580);
	b.len = 0;
	put_ether(&b, 0x86dd);
	ip = begin_ip(&b, &frag);
	put_bytes(&b, "\x3c\0\0\1\0\0\0\7", 8);
	put_bytes(&b, "\x11\0\1\4\0\0\0\0", 8);	/* options, in the fragmentable part */
	udp = begin_udp(&b, 53, 1024);
	put_bytes(&b, "0123456789abcdef", 16);
	end_ip(&b, ip);
	set16(&b, udp + 4, 3000);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	assert_int_equal(pkt.frag_len, 32);
	assert_int_equal(pkt.frag_total, 3008);
}

static void test_bad_udp(void **state)
{
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 n;

	(void)state;
	put_ether(&b, 0x0800);
	put_query(&b, &v4);
	for (n = 0; n < 8; n++) {
		set16(&b, 38, (__u16)n);
		assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_BAD);
	}
	set16(&b, 38, 26);	/* more than IP has */
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_BAD);
	set16(&b, 38, 8);	/* empty */
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
	assert_int_equal(pkt.payload_wire, 0);
	set16(&b, 36, 54);	/* another port */
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
	set16(&b, 36, 5353);	/* the second of ours */
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
}

static void test_checksum(void **state)
{
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 i;

	(void)state;
	put_ether(&b, 0x0800);
	put_query(&b, &v4);
	b.b[50]++;		/* a query's is not looked at */
	parse_frame(&pkt, &b);
	assert_int_equal(pkt.badsum, 0);
	b.b[50]--;
	set16(&b, 34, 53);	/* ports exchanged: the sum stays */
	set16(&b, 36, 1024);
	for (i = 42; i < b.len; i++) {
		b.b[i] ^= 0x10;
		assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
		assert_int_equal(pkt.badsum, 1);
		b.b[i] ^= 0x10;
	}
	b.b[30] ^= 1;		/* destination address */
	parse_frame(&pkt, &b);
	assert_int_equal(pkt.badsum, 1);
	set16(&b, 40, 0);	/* none was sent */
	parse_frame(&pkt, &b);
	assert_int_equal(pkt.badsum, 0);
	b.b[45]++;		/* cut off: not checked */
	b.b[40] = 1;
	parse_as(&pkt, SGAP_LINKTYPE_ETHERNET, &b, b.len - 1);
	assert_int_equal(pkt.badsum, 0);
	for (i = 0; i < 2000; i++) {	/* against the plain sum, all lengths */
		__u32 n = i % 100, ip, udp;

		b.len = 0;
		put_ether(&b, 0x86dd);
		ip = begin_ip(&b, &v6);
		udp = begin_udp(&b, 53, (__u16)rnd(65536));
		while (n--)
			put8(&b, rnd(4) ? (__u8)rnd(256) : 0xff);
		end_udp(&b, udp, ip);
		assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_UDP);
		assert_int_equal(pkt.badsum, 0);
	}
}

static void test_tcp(void **state)
{
	struct ip_opt tcp = v6;
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 ip;

	(void)state;
	put_ether(&b, 0x86dd);
	tcp.proto = 6;
	ip = begin_ip(&b, &tcp);
	put_tcp(&b, 40000, 53, 0xfffffff0, 77, 0x18);
	b.b[ip + 52] = 0x60;	/* one word of options */
	put32(&b, 0x01010101);
	put_bytes(&b, "hello", 5);
	end_ip(&b, ip);
	put_bytes(&b, "pad", 3);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_TCP);
	assert_int_equal(pkt.seq, 0xfffffff0);
	assert_int_equal(pkt.ack, 77);
	assert_int_equal(pkt.tcp_flags, 0x18);
	assert_int_equal(pkt.payload_len, 5);
	assert_int_equal(pkt.payload_wire, 5);
	assert_memory_equal(pkt.payload, "hello", 5);
	assert_int_equal(parse_as(&pkt, SGAP_LINKTYPE_ETHERNET, &b, b.len - 6), SGAP_FRAME_TCP);
	assert_int_equal(pkt.payload_len, 2);
	assert_int_equal(pkt.payload_wire, 5);
	assert_int_equal(parse_as(&pkt, SGAP_LINKTYPE_ETHERNET, &b, b.len - 9), SGAP_FRAME_TCP);
	assert_int_equal(pkt.payload_len, 0);
	b.b[ip + 52] = 0x40;
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_BAD);
	b.b[ip + 52] = 0xf0;
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_BAD);
}

/* An error from a router about a query, whose quote is cut to n bytes of UDP. */
static void put_icmp(struct bytes *b, __u8 type, __u8 code, __u32 n)
{
	static const struct ip_opt outer = { "203.0.113.9", "192.0.2.1", 1, 60, 0 };
	struct bytes quoted = { 0 };
	__u32 ip;

	put_query(&quoted, &v4);
	put_ether(b, 0x0800);
	ip = begin_ip(b, &outer);
	put8(b, type);
	put8(b, code);
	put16(b, 0);
	put32(b, 0);
	put_bytes(b, quoted.b, 20 + n);
	end_ip(b, ip);
}

static void test_icmp(void **state)
{
	struct sgap_addr router = addr("203.0.113.9"), client = addr("192.0.2.1");
	struct sgap_pkt pkt;
	struct bytes b;
	int type;

	(void)state;
	for (type = 0; type < 256; type++) {
		b.len = 0;
		put_icmp(&b, (__u8)type, 13, 25);
		assert_int_equal(parse_frame(&pkt, &b),
				 type == 3 || type == 11 || type == 12 ? SGAP_FRAME_ICMP :
									 SGAP_FRAME_OTHER);
	}
	b.len = 0;
	put_icmp(&b, 3, 3, 8);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_ICMP);
	assert_true(sgap_addr_eq(&pkt.icmp_from, &router) && sgap_addr_eq(&pkt.src, &client));
	assert_int_equal(pkt.icmp_type, 3);
	assert_int_equal(pkt.icmp_code, 3);
	assert_int_equal(pkt.proto, 17);
	assert_true(pkt.to_server && pkt.sport == 1024);
	assert_int_equal(pkt.payload_len, 0);
	b.len = 0;
	put_icmp(&b, 3, 1, 10);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_ICMP);
	assert_int_equal(pkt.payload_len, 2);
	assert_int_equal(pkt.payload_wire, 17);
	b.len = 0;
	put_icmp(&b, 3, 1, 7);		/* not even the ports' 8 bytes */
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
}

static void test_icmpv6(void **state)
{
	static const struct ip_opt outer = { "2001:db8::fe", "2001:db8::1", 58, 255, 0 };
	struct sgap_addr router = addr("2001:db8::fe");
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 ip, icmp;
	int type;

	(void)state;
	put_ether(&b, 0x86dd);
	ip = begin_ip(&b, &outer);
	icmp = b.len;
	put32(&b, 0x01040000);
	put32(&b, 0);
	put_query(&b, &v6);
	end_ip(&b, ip);
	for (type = 0; type < 256; type++) {
		b.b[icmp] = (__u8)type;
		assert_int_equal(parse_frame(&pkt, &b), type >= 1 && type <= 4 ? SGAP_FRAME_ICMP :
									   SGAP_FRAME_OTHER);
	}
	b.b[icmp] = 2;
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_ICMP);
	assert_true(sgap_addr_eq(&pkt.icmp_from, &router));
	assert_int_equal(pkt.payload_len, 17);
}

static void in_tunnels(const struct bytes *b, const struct ip_opt *inner)
{
	struct sgap_pkt pkt;

	opt.flags = 0;
	assert_int_not_equal(parse_frame(&pkt, b), SGAP_FRAME_UDP);
	opt.flags = SGAP_TAP_F_TUNNELS;
	assert_int_equal(parse_frame(&pkt, b), SGAP_FRAME_UDP);
	is_query(&pkt, inner);
	opt.flags = 0;
}

static void test_tunnels(void **state)
{
	struct ip_opt outer = { "10.0.0.1", "10.0.0.2", 47, 64, 0 };
	struct bytes b = { 0 };
	__u32 ip, udp;

	(void)state;
	put_ether(&b, 0x8847);		/* MPLS, two labels */
	put32(&b, 0x00064040);
	put32(&b, 0x00064140);
	put_query(&b, &v6);
	in_tunnels(&b, &v6);
	b.len = 0;
	put_ether(&b, 0x0800);		/* GRE with key and sequence number */
	ip = begin_ip(&b, &outer);
	put32(&b, 0x300086dd);
	put32(&b, 1);
	put32(&b, 2);
	put_query(&b, &v6);
	end_ip(&b, ip);
	in_tunnels(&b, &v6);
	b.len = 0;
	put_ether(&b, 0x0800);		/* GRE that carries Ethernet */
	ip = begin_ip(&b, &outer);
	put32(&b, 0x00006558);
	put_ether(&b, 0x0800);
	put_query(&b, &v4);
	end_ip(&b, ip);
	in_tunnels(&b, &v4);
	outer.proto = 17;
	b.len = 0;
	put_ether(&b, 0x0800);		/* VXLAN */
	ip = begin_ip(&b, &outer);
	udp = begin_udp(&b, 55555, 4789);
	put32(&b, 0x08000000);
	put32(&b, 0x00123400);
	put_ether(&b, 0x8100);
	put32(&b, 0x00050800);
	put_query(&b, &v4);
	end_udp(&b, udp, ip);
	in_tunnels(&b, &v4);
	b.len = 0;
	put_ether(&b, 0x0800);		/* GTP-U with an extension header */
	ip = begin_ip(&b, &outer);
	udp = begin_udp(&b, 2152, 2152);
	put32(&b, 0x34ff0040);
	put32(&b, 0x00000001);
	put32(&b, 0x00000085);
	put32(&b, 0x01100000);
	put_query(&b, &v4);
	end_udp(&b, udp, ip);
	in_tunnels(&b, &v4);
	outer.proto = 41;
	b.len = 0;
	put_ether(&b, 0x0800);		/* IPv6 in IPv4 */
	ip = begin_ip(&b, &outer);
	put_query(&b, &v6);
	end_ip(&b, ip);
	in_tunnels(&b, &v6);
}

/* As deep as it goes, and one more. */
static void test_nested(void **state)
{
	struct ip_opt outer = { "10.0.0.1", "10.0.0.2", 4, 64, 0 };
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	__u32 ip[8];
	int depth, i;

	(void)state;
	opt.flags = SGAP_TAP_F_TUNNELS;
	for (depth = 0; depth < 8; depth++) {
		b.len = 0;
		put_ether(&b, 0x0800);
		for (i = 0; i < depth; i++)
			ip[i] = begin_ip(&b, &outer);
		put_query(&b, &v4);
		while (i--)
			end_ip(&b, ip[i]);
		assert_int_equal(parse_frame(&pkt, &b),
				 depth < 4 ? SGAP_FRAME_UDP : SGAP_FRAME_OTHER);
	}
	opt.flags = 0;
}

static void test_other(void **state)
{
	struct ip_opt other = v4;
	struct bytes b = { 0 };
	struct sgap_pkt pkt;
	int proto;

	(void)state;
	put_ether(&b, 0x0806);
	put_query(&b, &v4);
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
	for (proto = 0; proto < 256; proto++) {
		other.proto = (__u8)proto;
		b.len = 0;
		put_ether(&b, 0x0800);
		put_query(&b, &other);
		if (proto == 17 || proto == 6)
			assert_int_not_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
		else
			assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
	}
	b.len = 0;
	assert_int_equal(parse_frame(&pkt, &b), SGAP_FRAME_OTHER);
}

/* Mutated frames of all kinds, of exact size: ASan and UBSan judge. */
static void test_random(void **state)
{
	static const int links[] = { 1, 1, 1, 101, 113, 276 };
	int seen[SGAP_FRAME_BAD + 1] = { 0 };
	struct sgap_pkt pkt;
	struct bytes b;
	__u32 i, k;

	(void)state;
	rnd_seed(2);
	for (i = 0; i < 300000; i++) {
		b.len = 0;
		if (rnd(3) == 0) {
			put_icmp(&b, 3, 3, rnd(26));
		} else {
			put_ether(&b, rnd(4) ? 0x0800 : 0x86dd);
			put_query(&b, sgap_get16(b.b + 12) == 0x0800 ? &v4 : &v6);
		}
		for (k = rnd(8); k; k--)
			b.b[rnd(b.len)] = (__u8)rnd(256);
		if (!rnd(8))
			b.b[23] = 6;
		opt.flags = rnd(2) * SGAP_TAP_F_TUNNELS;
		k = b.len;
		b.len += rnd(3);
		seen[parse_as(&pkt, links[rnd(6)], &b, rnd(4) ? k : rnd(k))]++;
		if (pkt.kind == SGAP_FRAME_UDP) {	/* what is given out is there */
			volatile __u8 sum = 0;

			for (k = 0; k < pkt.payload_len; k++)
				sum += pkt.payload[k];
			assert_true(pkt.payload_len <= pkt.payload_wire);
		}
	}
	opt.flags = 0;
	for (k = 0; k <= SGAP_FRAME_BAD; k++)
		assert_true(seen[k] > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp), cmocka_unit_test(test_link_types),
		cmocka_unit_test(test_tags), cmocka_unit_test(test_ipv4_options),
		cmocka_unit_test(test_ipv6_extensions), cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_bad_udp), cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_tcp), cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_icmpv6), cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_nested), cmocka_unit_test(test_other),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
