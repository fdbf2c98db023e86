// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "wire.h"

static void test_query(void **state)
{
	/* RFC 1035 form, as `dig +noedns www.example.com A` sends it. */
	static const __u8 wire[] = {
		0xab, 0xcd, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 0,
		3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0,
		0, 1, 0, 1,
	};
	struct bytes b = { 0 };
	struct sgap_msg m;

	(void)state;
	put_bytes(&b, wire, sizeof(wire));
	assert_int_equal(parse(&m, &b), 0);
	assert_int_equal(m.id, 0xabcd);
	assert_int_equal(m.flags, 0x0120);
	assert_int_equal(m.qtype, 1);
	assert_int_equal(m.qclass, 1);
	assert_int_equal(m.qname_len, 17);
	assert_memory_equal(m.qname, wire + 12, 17);
	assert_int_equal(m.len, sizeof(wire));
	assert_int_equal(m.ede, SGAP_NONE16);
	assert_int_equal(m.min_ttl, SGAP_NONE32);
	assert_int_equal(m.qname_case, 0);
	assert_false(m.malformed || m.cut || m.has_opt);
}

static void test_short(void **state)
{
	struct bytes b;
	struct sgap_msg m;
	__u32 n;

	(void)state;
	make_query(&b, 1, "a.example", 1);
	for (n = 0; n < 12; n++)
		assert_int_equal(parse_cut(&m, &b, n, n), SGAP_UNPARSED_SHORT);
	for (n = 0; n < b.len; n++)
		assert_int_equal(parse_cut(&m, &b, n, b.len), SGAP_UNPARSED_CUT);
	for (n = 12; n < b.len; n++)
		assert_int_equal(parse_cut(&m, &b, n, n), SGAP_UNPARSED_CUT);
}

/* NOTIFY, UPDATE, DSO and all other opcodes but QUERY. */
static void test_opcodes(void **state)
{
	struct bytes b;
	struct sgap_msg m;
	__u16 op;

	(void)state;
	for (op = 1; op < 16; op++) {
		make_query(&b, 1, "example", 6);
		set16(&b, 2, (__u16)(op << 11));
		assert_int_equal(parse(&m, &b), SGAP_UNPARSED_OPCODE);
		assert_int_equal(m.flags, op << 11);
		set16(&b, 2, (__u16)(0x8000 | op << 11));
		assert_int_equal(parse(&m, &b), SGAP_UNPARSED_OPCODE);
	}
}

static void test_qdcount(void **state)
{
	struct bytes b;
	struct sgap_msg m;

	(void)state;
	put_header(&b, 7, 0x0100);
	assert_int_equal(parse(&m, &b), SGAP_UNPARSED_QDCOUNT);
	put_question(&b, "a.example", 1);
	put_question(&b, "b.example", 1);
	assert_int_equal(parse(&m, &b), SGAP_UNPARSED_QDCOUNT);
	set16(&b, 2, 0x8180);
	assert_int_equal(parse(&m, &b), SGAP_UNPARSED_QDCOUNT);
	put_header(&b, 7, 0x8185);	/* what unbound answers to those it refuses */
	assert_int_equal(parse(&m, &b), 0);
	assert_null(m.qname);
	assert_int_equal(m.rcode, 5);
	assert_int_equal(m.qname_hash, 0);
}

static void test_bad_names(void **state)
{
	static const __u8 first[] = { 64, 0x40, 0x80, 0xbf, 0xc0, 0xff };
	struct bytes b;
	struct sgap_msg m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(first); i++) {
		make_query(&b, 1, "a.example", 1);
		b.b[12] = first[i];
		assert_int_equal(parse(&m, &b), SGAP_UNPARSED_NAME);
	}
	make_query(&b, 1, "a.example", 1);
	set16(&b, 14, 0xc00c);		/* a pointer inside the question */
	assert_int_equal(parse(&m, &b), SGAP_UNPARSED_NAME);
}

static void test_name_length(void **state)
{
	struct bytes b;
	struct sgap_msg m;
	__u32 n;

	(void)state;
	for (n = 250; n <= 260; n++) {
		put_header(&b, 1, 0);
		put_long_name(&b, n);
		assert_int_equal(b.len, 12 + n);
		put32(&b, 0x00010001);
		set16(&b, 4, 1);
		assert_int_equal(parse(&m, &b), n <= 255 ? 0 : SGAP_UNPARSED_NAME);
	}
	make_query(&b, 1, ".", 2);
	assert_int_equal(parse(&m, &b), 0);
	assert_int_equal(m.qname_len, 1);
}

/* A record's owner: a label of its own, then the question's name. */
static void test_joined_name_length(void **state)
{
	struct bytes b;
	struct sgap_msg m;
	__u32 n;

	(void)state;
	for (n = 250; n <= 258; n++) {
		put_header(&b, 1, 0x8180);
		put_long_name(&b, n - 3);
		put32(&b, 0x00010001);
		set16(&b, 4, 1);
		put_bytes(&b, "\2ab", 3);
		put_pointer(&b, 12);
		put_bytes(&b, "\0\1\0\1\0\0\1\54\0\4\300\0\2\1", 14);
		set16(&b, 6, 1);
		assert_int_equal(parse(&m, &b), 0);
		assert_int_equal(m.malformed, n > 255);
	}
}

static void test_case(void **state)
{
	struct sgap_msg low, up, mixed;
	struct bytes b;

	(void)state;
	make_query(&b, 1, "www.example-09.com", 1);
	assert_int_equal(parse(&low, &b), 0);
	make_query(&b, 1, "WWW.EXAMPLE-09.COM", 1);
	assert_int_equal(parse(&up, &b), 0);
	make_query(&b, 1, "wWw.eXample-09.cOm", 1);
	assert_int_equal(parse(&mixed, &b), 0);
	assert_true(low.qname_hash == up.qname_hash && up.qname_hash == mixed.qname_hash);
	assert_true(low.qname_case != up.qname_case && up.qname_case != mixed.qname_case);
	/* One letter of the first word, two of the last but one. */
	make_query(&b, 1, "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1);
	assert_int_equal(parse(&up, &b), 0);
	make_query(&b, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaAAaaaaaaaaaaaaaaa", 1);
	assert_int_equal(parse(&mixed, &b), 0);
	assert_true(up.qname_hash == mixed.qname_hash && up.qname_case != mixed.qname_case);
	/* What differs from a letter by the case bit is no letter. */
	make_query(&b, 1, "www.example[09.com", 1);
	assert_int_equal(parse(&up, &b), 0);
	make_query(&b, 1, "www.example{09.com", 1);
	assert_int_equal(parse(&low, &b), 0);
	assert_true(low.qname_hash != up.qname_hash);
	assert_false(low.qname_case || up.qname_case);
}

/* Each byte folded as tolower() of the C locale does, at each place of a word. */
static void test_case_all_bytes(void **state)
{
	char name[32];
	struct sgap_msg a, b;
	struct bytes m;
	unsigned int c, at, lower;

	(void)state;
	for (c = 1; c < 256; c++) {
		if (c == '.')
			continue;
		lower = c >= 'A' && c <= 'Z' ? c + 32 : c;
		for (at = 0; at < 9; at++) {
			strcpy(name, "aaaaaaaaa.example");
			name[at] = (char)c;
			make_query(&m, 1, name, 1);
			assert_int_equal(parse(&a, &m), 0);
			name[at] = (char)lower;
			make_query(&m, 1, name, 1);
			assert_int_equal(parse(&b, &m), 0);
			assert_true(a.qname_hash == b.qname_hash);
			assert_true((a.qname_case == b.qname_case) == (c == lower));
		}
	}
}

/* The hash must not depend on what follows the name, nor on where it ends. */
static void test_hash_of_tail(void **state)
{
	char name[64] = "";
	struct sgap_msg a, b;
	struct bytes m;
	__u32 n, opt;

	(void)state;
	for (n = 1; n < 40; n++) {
		name[n - 1] = 'q';
		make_query(&m, 1, name, 255);
		assert_int_equal(parse(&a, &m), 0);
		opt = begin_opt(&m, 1232, 0, 0, 0);
		end_rr(&m, opt);
		assert_int_equal(parse(&b, &m), 0);
		assert_true(a.qname_hash == b.qname_hash && a.qname_case == b.qname_case);
		assert_true(b.has_opt);
	}
}

static void test_edns(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 opt;

	(void)state;
	make_answer(&b, 1, "a.example", 1, 0);
	opt = begin_opt(&b, 1232, 1, 3, 0x8000);	/* BADVERS = 16 */
	put_option(&b, 10, "cookies!", 8);
	put_option(&b, 3, "ns1.lab", 7);
	put_option(&b, 15, "\0\x09" "no DS", 7);
	put_option(&b, 15, "\0\x16" "later", 7);
	end_rr(&b, opt);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.has_opt && m.dnssec_ok && !m.malformed);
	assert_int_equal(m.rcode, 16);
	assert_int_equal(m.bufsize, 1232);
	assert_int_equal(m.edns_version, 3);
	assert_int_equal(m.ede, 9);
	assert_int_equal(m.ede_text_len, 5);
	assert_memory_equal(m.ede_text, "no DS", 5);
	assert_int_equal(m.nsid_len, 7);
	assert_memory_equal(m.nsid, "ns1.lab", 7);
}

static void test_ext_rcode(void **state)
{
	struct sgap_msg m;
	struct bytes b;

	(void)state;
	make_answer(&b, 1, "a.example", 1, 7);
	end_rr(&b, begin_opt(&b, 512, 0xff, 0, 0));
	assert_int_equal(parse(&m, &b), 0);
	assert_int_equal(m.rcode, 0xff7);
}

static void test_bad_edns(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 opt;

	(void)state;
	make_answer(&b, 1, "a.example", 1, 0);	/* two OPTs */
	end_rr(&b, begin_opt(&b, 1232, 0, 0, 0));
	end_rr(&b, begin_opt(&b, 4096, 1, 0, 0));
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	assert_int_equal(m.bufsize, 1232);
	assert_int_equal(m.rcode, 0);
	make_answer(&b, 1, "a.example", 1, 0);	/* an option longer than the RDATA */
	opt = begin_opt(&b, 1232, 0, 0, 0);
	put16(&b, 15);
	put16(&b, 9);
	put16(&b, 1);
	end_rr(&b, opt);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	assert_int_equal(m.ede, SGAP_NONE16);
	make_answer(&b, 1, "a.example", 1, 0);	/* an EDE of one byte */
	opt = begin_opt(&b, 1232, 0, 0, 0);
	put_option(&b, 15, "x", 1);
	end_rr(&b, opt);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed);
	make_answer(&b, 1, "a.example", 1, 0);	/* an owner other than the root */
	opt = begin_rr(&b, 2, 12, 41, 0);
	end_rr(&b, opt);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed && !m.has_opt);
}

static void text_is(const void *wire, __u32 n, const char *text, bool lower)
{
	__u8 *copy = exact(wire, n);
	char buf[1025];

	assert_int_equal(sgap_wire_name_text(buf, sizeof(buf), copy, n, lower), strlen(text));
	assert_string_equal(buf, text);
	free(copy);
}

static void test_name_text(void **state)
{
	struct bytes b = { 0 };
	char buf[1025];
	__u32 i;

	(void)state;
	text_is("\0", 1, ".", false);
	text_is("\3wWw\2Ex\0", 8, "wWw.Ex.", false);
	text_is("\3wWw\2Ex\0", 8, "www.ex.", true);
	text_is("\5a.b\\c\0", 7, "a\\.b\\\\c.", true);
	text_is("\4\0\xff \x7f\0", 6, "\\000\\255\\032\\127.", false);
	text_is("\4@(;\"\0", 6, "\\@\\(\\;\\\".", false);
	assert_int_equal(sgap_wire_name_text(buf, 7, (const __u8 *)"\3www\1x\0", 7, false), 6);
	assert_int_equal(sgap_wire_name_text(buf, 6, (const __u8 *)"\3www\1x\0", 7, false), -ENOSPC);
	assert_int_equal(sgap_wire_name_text(buf, 1, (const __u8 *)"\0", 1, false), -ENOSPC);
	assert_int_equal(sgap_wire_name_text(buf, 99, (const __u8 *)"\3www\1x", 6, false), -EINVAL);
	assert_int_equal(sgap_wire_name_text(buf, 99, (const __u8 *)"\3ww\0", 4, false), -EINVAL);
	assert_int_equal(sgap_wire_name_text(buf, 99, (const __u8 *)"\0\0", 2, false), -EINVAL);
	assert_int_equal(sgap_wire_name_text(buf, 99, (const __u8 *)"\xc0\0", 2, false), -EINVAL);
	assert_int_equal(sgap_wire_name_text(buf, 99, (const __u8 *)"", 0, false), -EINVAL);
	put_long_name(&b, 255);			/* the longest there is, all escaped */
	for (i = 0; i < b.len; i++)
		if (b.b[i] == 'x')
			b.b[i] = 1;
	assert_int_equal(sgap_wire_name_text(buf, sizeof(buf), b.b, 255, true), 1004);
}

/* What counts is the same without details, whatever the bytes. */
static void test_count(void **state)
{
	struct sgap_msg full, few;
	struct bytes b;
	__u32 i, k, rr;
	int why;

	(void)state;
	rnd_seed(5);
	for (i = 0; i < 40000; i++) {
		make_answer(&b, 7, "a.example", 1, (__u8)rnd(6));
		for (k = rnd(4); k; k--) {
			rr = begin_rr(&b, (int)rnd(2), 12, rnd(2) ? 5 : 6, 60);
			put_name(&b, rnd(2) ? "c.example" : "d.e.example");
			put_bytes(&b, "01234567890123456789012345", rnd(27));
			end_rr(&b, rr);
		}
		rr = begin_opt(&b, 1232, (__u8)rnd(3), 0, 0x8000);
		put_option(&b, 15, "\0\22text", 6);
		end_rr(&b, rr);
		for (k = rnd(4); k; k--)
			b.b[rnd(b.len)] ^= (__u8)(1 << rnd(8));
		k = rnd(3) ? b.len : rnd(b.len);
		why = sgap_wire_parse(&full, b.b, k, b.len);
		assert_int_equal(sgap_wire_count(&few, b.b, k, b.len), why);
		if (why)
			continue;
		assert_int_equal(few.rcode, full.rcode);
		assert_int_equal(few.ede, full.ede);
		assert_int_equal(few.flags, full.flags);
		assert_int_equal(few.has_opt, full.has_opt);
		assert_int_equal(few.cut, full.cut);
		assert_int_equal(few.len, full.len);
		assert_true(few.qname_hash == full.qname_hash && few.qname_case == full.qname_case);
		assert_false(few.digest || few.naddr);
	}
}

/* Bad RDATA does not hide the OPT record behind it. */
static void test_rcode_behind_fault(void **state)
{
	struct sgap_msg m;
	struct bytes b;
	__u32 rr;

	(void)state;
	make_answer(&b, 7, "a.example", 5, 0);
	rr = begin_rr(&b, 0, 12, 5, 60);
	put8(&b, 0x7f);
	end_rr(&b, rr);
	rr = begin_opt(&b, 1232, 1, 0, 0);
	end_rr(&b, rr);
	assert_int_equal(parse(&m, &b), 0);
	assert_true(m.malformed && m.has_opt);
	assert_int_equal(m.rcode, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_opcodes),
		cmocka_unit_test(test_qdcount),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_name_length),
		cmocka_unit_test(test_joined_name_length),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_case_all_bytes),
		cmocka_unit_test(test_hash_of_tail),
		cmocka_unit_test(test_edns),
		cmocka_unit_test(test_ext_rcode),
		cmocka_unit_test(test_bad_edns),
		cmocka_unit_test(test_name_text),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_rcode_behind_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
