// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "wire.h"

#include <arpa/inet.h>

void put_bytes(struct bytes *m, const void *p, __u32 n)
{
	assert_true(m->len + n <= sizeof(m->b));
	if (n)
		memcpy(m->b + m->len, p, n);
	m->len += n;
}

void put8(struct bytes *m, __u8 x)
{
	put_bytes(m, &x, 1);
}

void put16(struct bytes *m, __u16 x)
{
	put8(m, x >> 8);
	put8(m, (__u8)x);
}

void put32(struct bytes *m, __u32 x)
{
	put16(m, x >> 16);
	put16(m, (__u16)x);
}

void put_name(struct bytes *m, const char *name)
{
	const char *dot;
	size_t n;

	while (*name && strcmp(name, ".")) {
		dot = strchr(name, '.');
		n = dot ? (size_t)(dot - name) : strlen(name);
		put8(m, (__u8)n);
		put_bytes(m, name, (__u32)n);
		name += n + !!dot;
	}
	put8(m, 0);
}

void put_pointer(struct bytes *m, __u16 to)
{
	put16(m, 0xc000 | to);
}

void set16(struct bytes *m, __u32 off, __u16 x)
{
	m->b[off] = x >> 8;
	m->b[off + 1] = (__u8)x;
}

static void count(struct bytes *m, __u32 off)
{
	set16(m, off, sgap_get16(m->b + off) + 1);
}

void put_header(struct bytes *m, __u16 id, __u16 flags)
{
	m->len = 0;
	put16(m, id);
	put16(m, flags);
	put32(m, 0);
	put32(m, 0);
}

void put_question(struct bytes *m, const char *name, __u16 type)
{
	put_name(m, name);
	put16(m, type);
	put16(m, 1);
	count(m, 4);
}

static __u32 rr_fixed(struct bytes *m, int section, __u16 type, __u32 ttl)
{
	count(m, 6 + 2 * (__u32)section);
	put16(m, type);
	put16(m, 1);
	put32(m, ttl);
	put16(m, 0);
	return m->len;
}

__u32 begin_rr(struct bytes *m, int section, __u16 owner_pointer, __u16 type, __u32 ttl)
{
	put_pointer(m, owner_pointer);
	return rr_fixed(m, section, type, ttl);
}

__u32 begin_rr_name(struct bytes *m, int section, const char *owner, __u16 type, __u32 ttl)
{
	put_name(m, owner);
	return rr_fixed(m, section, type, ttl);
}

void end_rr(struct bytes *m, __u32 rr)
{
	set16(m, rr - 2, (__u16)(m->len - rr));
}

__u32 begin_opt(struct bytes *m, __u16 size, __u8 rcode_hi, __u8 version, __u16 flags)
{
	__u32 rr = begin_rr_name(m, 2, ".", 41,
				 (__u32)rcode_hi << 24 | (__u32)version << 16 | flags);

	set16(m, rr - 8, size);
	return rr;
}

void put_option(struct bytes *m, __u16 code, const void *p, __u16 n)
{
	put16(m, code);
	put16(m, n);
	put_bytes(m, p, n);
}

void make_query(struct bytes *m, __u16 id, const char *name, __u16 type)
{
	put_header(m, id, 0x0100);
	put_question(m, name, type);
}

void make_answer(struct bytes *m, __u16 id, const char *name, __u16 type, __u8 rcode)
{
	put_header(m, id, 0x8180 | rcode);
	put_question(m, name, type);
}

__u8 *exact(const void *p, __u32 n)
{
	__u8 *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

struct sgap_addr addr(const char *text)
{
	struct sgap_addr a = { { 0 } };
	__u8 v4[4];

	if (inet_pton(AF_INET, text, v4) == 1)
		sgap_addr_set_v4(&a, v4);
	else
		assert_int_equal(inet_pton(AF_INET6, text, a.b), 1);
	return a;
}

void put_ether(struct bytes *m, __u16 type)
{
	static const __u8 mac[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

	put_bytes(m, mac, sizeof(mac));
	put16(m, type);
}

__u32 begin_ip(struct bytes *m, const struct ip_opt *opt)
{
	struct sgap_addr src = addr(opt->src), dst = addr(opt->dst);
	__u32 ip = m->len;

	if (sgap_addr_is_v4(&src)) {
		put16(m, 0x4500);
		put16(m, 0);
		put16(m, 0x1234);
		put16(m, opt->frag);
		put8(m, opt->ttl);
		put8(m, opt->proto);
		put16(m, 0);
		put_bytes(m, src.b + 12, 4);
		put_bytes(m, dst.b + 12, 4);
	} else {
		put32(m, 0x60000000);
		put16(m, 0);
		put8(m, opt->proto);
		put8(m, opt->ttl);
		put_bytes(m, src.b, 16);
		put_bytes(m, dst.b, 16);
	}
	return ip;
}

void end_ip(struct bytes *m, __u32 ip)
{
	if (m->b[ip] >> 4 == 4)
		set16(m, ip + 2, (__u16)(m->len - ip));
	else
		set16(m, ip + 4, (__u16)(m->len - ip - 40));
}

__u32 begin_udp(struct bytes *m, __u16 sport, __u16 dport)
{
	__u32 udp = m->len;

	put16(m, sport);
	put16(m, dport);
	put32(m, 0);
	return udp;
}

static __u32 sum16(const __u8 *p, __u32 n, __u32 sum)
{
	__u32 i;

	for (i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (__u32)p[i] << 8;
	return sum;
}

/* The plain form of RFC 1071, another than frame.c's. */
void end_udp(struct bytes *m, __u32 udp, __u32 ip)
{
	bool v4 = m->b[ip] >> 4 == 4;
	__u32 len = m->len - udp;
	__u32 sum;

	set16(m, udp + 4, (__u16)len);
	sum = sum16(m->b + udp, len, 17 + len);
	sum = sum16(m->b + ip + (v4 ? 12 : 8), v4 ? 8 : 32, sum);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum ^= 0xffff;
	set16(m, udp + 6, sum ? (__u16)sum : 0xffff);
	end_ip(m, ip);
}

void put_tcp(struct bytes *m, __u16 sport, __u16 dport, __u32 seq, __u32 ack, __u8 flags)
{
	put16(m, sport);
	put16(m, dport);
	put32(m, seq);
	put32(m, ack);
	put8(m, 0x50);
	put8(m, flags);
	put16(m, 0xffff);
	put32(m, 0);
}

static __u64 state = 1;

void rnd_seed(__u64 seed)
{
	state = seed * 2 + 1;
}

__u32 rnd(__u32 n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (__u32)((state >> 32) * n >> 32);
}

int parse_cut(struct sgap_msg *m, const struct bytes *b, __u32 len, __u32 wire_len)
{
	static __u8 *last;
	int ret;

	free(last);		/* m points into the copy until the next call */
	last = exact(b->b, len);
	ret = sgap_wire_parse(m, last, len, wire_len);
	return ret;
}

int parse(struct sgap_msg *m, const struct bytes *b)
{
	return parse_cut(m, b, b->len, b->len);
}

void put_long_name(struct bytes *b, __u32 total)
{
	__u32 left = total - 1, n;

	for (; left; left -= n + 1) {
		n = left > 64 ? 63 : left - 1;
		if (left - n - 1 == 1)	/* no room for a label of its own */
			n--;
		put8(b, (__u8)n);
		for (__u32 i = 0; i < n; i++)
			put8(b, 'x');
	}
	put8(b, 0);
}
