// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections after the question, and the digest over the answers. */
#include "build.h"
#include "wire.h"

/* An answer section of the given records in the given order. */
struct rec {
	const char *owner;	/* NULL: pointer to the question */
	__u16 type;
	__u32 ttl;
	const char *name;	/* in the RDATA; NULL: bytes */
	bool compress;
	const char *bytes;
	__u32 n;
};

static void answer_of(struct bytes *b, const char *q, const struct rec *rec, size_t n,
		      unsigned int order)
{
	const struct rec *r;
	__u32 rr;
	size_t i;

	make_answer(b, 1, q, 1, 0);
	for (i = 0; i < n; i++) {
		r = &rec[(i * 5 + order) % n];
		rr = r->owner ? begin_rr_name(b, 0, r->owner, r->type, r->ttl + order) :
				begin_rr(b, 0, 12, r->type, r->ttl + order);
		put_bytes(b, r->bytes, r->n);
		if (r->name && r->compress) {
			put8(b, 4);
			put_bytes(b, r->name, 4);
			put_pointer(b, 12);
		} else if (r->name) {
			put_name(b, r->name);
		}
		if (r->type == 6)
			put_bytes(b, "\1a\0\0\0\0\x7\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4", 23);
		end_rr(b, rr);
	}
}

static const struct rec plain[] = {
	{ "host.example", 5, 300, "WWW1.host.example", false, NULL, 0 },
	{ "host.example", 1, 60, NULL, false, "\xc0\0\2\1", 4 },
	{ "HOST.example", 28, 60, NULL, false, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16 },
	{ "host.example", 15, 900, "mail.host.example", false, "\0\xa", 2 },
	{ "host.example", 33, 900, "sip1.host.example", false, "\0\1\0\2\x13\xc4", 6 },
	{ "host.example", 6, 100, "mname.host.example", false, NULL, 0 },
	{ "host.example", 16, 900, NULL, false, "\5Hello", 6 },
};

static const struct rec packed[] = {
	{ NULL, 5, 300, "www1", true, NULL, 0 },
	{ NULL, 1, 60, NULL, false, "\xc0\0\2\1", 4 },
	{ NULL, 28, 60, NULL, false, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16 },
	{ "host.EXAMPLE", 15, 900, "MAIL", true, "\0\xa", 2 },
	{ NULL, 33, 900, "sIp1", true, "\0\1\0\2\x13\xc4", 6 },
	{ NULL, 6, 100, "MNAME.host.example", false, NULL, 0 },
	{ NULL, 16, 900, NULL, false, "\5Hello", 6 },
};

#define N 7

static void test_digest(void **state)
{
	struct sgap_msg a, m;
	struct bytes b;
	unsigned int order;

	(void)state;
	answer_of(&b, "host.example", plain, N, 0);
	assert_int_equal(parse(&a, &b), 0);
	assert_false(a.malformed);
	assert_true(a.digest != 0);
	assert_int_equal(a.min_ttl, 60);
	assert_int_equal(a.soa_serial, 7);
	assert_int_equal(a.naddr, 2);
	for (order = 0; order < N; order++) {
		answer_of(&b, "hOSt.example", packed, N, order);
		assert_int_equal(parse(&m, &b), 0);
		assert_false(m.malformed);
		assert_true(m.digest == a.digest);
		assert_int_equal(m.min_ttl, 60 + order);
	}
}

/* Case matters in what is no name, and so does every record. */
static void test_digest_differs(void **state)
{
	struct rec other[N];
	struct sgap_msg a, m;
	struct bytes b;
	size_t i;

	(void)state;
	answer_of(&b, "host.example", plain, N, 0);
	assert_int_equal(parse(&a, &b), 0);
	memcpy(other, plain, sizeof(other));
	other[6].bytes = "\5hello";
	answer_of(&b, "host.example", other, N, 0);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.digest != a.digest);
	for (i = 0; i < N; i++) {
		memcpy(other, plain, sizeof(other));
		memmove(&other[i], &other[i + 1], (N - 1 - i) * sizeof(other[0]));
		answer_of(&b, "host.example", other, N - 1, 0);
		assert_int_equal(parse(&m, &b), 0);
		assert_true(m.digest != a.digest);
	}
	make_answer(&b, 1, "host.example", 1, 3);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.digest == 0);
}

static void test_digest_leaves_rrsig_out(void **state)
{
	struct sgap_msg a, m;
	struct bytes b;
	__u32 rr;

	(void)state;
	answer_of(&b, "host.example", plain, N, 0);
	assert_int_equal(parse(&a, &b), 0);
	rr = begin_rr(&b, 0, 12, 46, 5);
	put_bytes(&b, "\0\1\x8\2\0\0\0\1signature", 17);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.digest == a.digest);
	assert_int_equal(m.min_ttl, 5);
	assert_int_equal(m.ancount, N + 1);
}

static void test_loops(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 rr, i;

	(void)state;
	make_answer(&b, 1, "a.example", 5, 0);		/* points to itself */
	rr = begin_rr(&b, 0, (__u16)b.len, 5, 1);
	put_pointer(&b, (__u16)rr);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	make_answer(&b, 1, "a.example", 5, 0);		/* forwards */
	rr = begin_rr(&b, 0, (__u16)(b.len + 20), 1, 1);
	put32(&b, 0x01020304);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	make_answer(&b, 1, "a.example", 5, 0);		/* into the header */
	rr = begin_rr(&b, 0, 4, 1, 1);
	put32(&b, 0x01020304);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	make_answer(&b, 1, "a.example", 5, 0);		/* two that point at each other */
	rr = begin_rr(&b, 0, 12, 5, 1);
	put_pointer(&b, (__u16)(rr + 2));
	put_pointer(&b, (__u16)rr);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	make_answer(&b, 1, "a.example", 10, 0);		/* a long chain, each backwards */
	rr = begin_rr(&b, 0, 12, 10, 1);
	put_pointer(&b, 12);
	for (i = 0; i < 4000; i++)
		put_pointer(&b, (__u16)(rr + 2 * i));
	end_rr(&b, rr);
	rr = begin_rr(&b, 0, (__u16)(rr + 8000), 1, 1);
	put32(&b, 0x01020304);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
}

/* A name that grows past 255 bytes only when its pointers are followed. */
static void test_long_by_pointers(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 rr;

	(void)state;
	put_header(&b, 1, 0x8000);
	put_long_name(&b, 250);
	put32(&b, 0x00010001);
	set16(&b, 4, 1);
	rr = begin_rr(&b, 0, 12, 5, 1);
	put8(&b, 4);
	put32(&b, 0x61616161);
	put_pointer(&b, 12);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_false(m.malformed);
	b.len = rr;
	put8(&b, 5);
	put_bytes(&b, "aaaaa", 5);
	put_pointer(&b, 12);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
}

/* Every prefix: no read past its end, and cut or malformed said as it is. */
static void test_prefixes(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 n, opt;

	(void)state;
	answer_of(&b, "host.example", packed, N, 3);
	opt = begin_opt(&b, 1232, 0, 0, 0);
	put_option(&b, 3, "ns1", 3);
	end_rr(&b, opt);
	for (n = 30; n < b.len; n++) {
		assert_int_equal(parse_cut(&m, &b, n, b.len), 0);
		assert_true(m.cut && !m.malformed);
		assert_int_equal(parse_cut(&m, &b, n, n), 0);
		assert_true(!m.cut && m.malformed);
	}
	assert_int_equal(parse(&m, &b), 0);
	assert_false(m.cut || m.malformed);
}

static void test_rdata_bounds(void **state)
{
	static const struct { __u16 type; const char *p; __u32 n; } bad[] = {
		{ 5, "", 0 }, { 5, "\3www", 4 }, { 5, "\xc0", 1 }, { 2, "\0x\1", 0 },
		{ 15, "\0", 1 }, { 15, "\0\1", 2 }, { 33, "\0\1\0\1", 4 },
		{ 6, "\0\0\0\0\0\0", 6 }, { 6, "\0", 1 },
		{ 6, "\0\0aaaabbbbccccddddeeeeX", 23 },
	};
	struct sgap_msg m;
	struct bytes b;
	__u32 rr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_answer(&b, 1, "a.example", 1, 0);
		rr = begin_rr(&b, 0, 12, bad[i].type, 1);
		put_bytes(&b, bad[i].p, bad[i].n);
		end_rr(&b, rr);
		rr = begin_rr(&b, 0, 12, 1, 1);
		put32(&b, 0x7f000001);
		end_rr(&b, rr);
		assert_int_equal(parse(&m, &b), 0);
		assert_true(m.malformed);
		assert_int_equal(m.naddr, 1);	/* of the record behind it */
	}
}

/* A and AAAA of the wrong size are no addresses; two addresses are kept. */
static void test_addresses(void **state)
{
	struct sgap_addr one = addr("192.0.2.1"), two = addr("192.0.2.2");
	struct sgap_msg m;
	struct bytes b;
	__u32 rr, i;

	(void)state;
	make_answer(&b, 1, "a.example", 1, 0);
	rr = begin_rr(&b, 0, 12, 1, 1);
	put_bytes(&b, "\1\2\3", 3);
	end_rr(&b, rr);
	for (i = 1; i < 5; i++) {
		rr = begin_rr(&b, 0, 12, 1, 0x80000000 + i);
		put32(&b, 0xc0000200 + i);
		end_rr(&b, rr);
	}
	assert_int_equal(parse(&m, &b), 0);
	assert_int_equal(m.naddr, 2);
	assert_true(sgap_addr_eq(&m.addr[0], &one) && sgap_addr_eq(&m.addr[1], &two));
	assert_int_equal(m.min_ttl, 0);		/* RFC 2181 section 8 */
}

static void test_soa_in_authority(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 rr;

	(void)state;
	make_answer(&b, 1, "no.example", 1, 3);
	rr = begin_rr(&b, 1, 15, 6, 900);
	put_pointer(&b, 15);
	put_pointer(&b, 15);
	put32(&b, 2026112300);
	put_bytes(&b, "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4", 16);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.has_soa && !m.malformed);
	assert_int_equal(m.soa_serial, 2026112300);
	assert_int_equal(m.min_ttl, SGAP_NONE32);
	assert_true(m.digest == 0);
}

/* More records than go into the digest: walked all the same. */
static void test_many_records(void **state)
{
	struct sgap_msg m, more;
	struct bytes b;
	__u32 rr, i;

	(void)state;
	make_answer(&b, 1, "a.example", 1, 0);
	for (i = 0; i < 200; i++) {
		rr = begin_rr(&b, 0, 12, 1, 300 - i);
		put32(&b, i);
		end_rr(&b, rr);
		if (i == SGAP_WIRE_RRS_MAX - 1)
			assert_int_equal(parse(&m, &b), 0);
	}
	end_rr(&b, begin_opt(&b, 4000, 0, 0, 0));
	assert_int_equal(parse(&more, &b), 0);
	assert_false(more.malformed);
	assert_true(more.digest == m.digest);
	assert_int_equal(more.min_ttl, 101);
	assert_int_equal(more.bufsize, 4000);
}

/* Random bytes after a good start, of exact size: ASan and UBSan judge. */
static void test_random(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 i, k, good = 0;

	(void)state;
	rnd_seed(1);
	for (i = 0; i < 200000; i++) {
		answer_of(&b, "host.example", rnd(2) ? plain : packed, N, rnd(N));
		for (k = rnd(6); k; k--)
			b.b[rnd(b.len)] = (__u8)(rnd(3) ? rnd(256) : 0xc0 + rnd(2));
		if (rnd(2))
			b.len = rnd(b.len + 1);
		good += !parse_cut(&m, &b, b.len, b.len + rnd(2) * rnd(100));
	}
	assert_in_range(good, 1000, 199000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_digest_differs),
		cmocka_unit_test(test_digest_leaves_rrsig_out),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_long_by_pointers),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_rdata_bounds),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_soa_in_authority),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
