// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, prefixes, durations and names of libstopgap: text <-> value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "lib/names.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void test_addr(void **state)
{
	static const struct {
		const char *in, *out;	/* out NULL: refused */
	} table[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "::", "::" },
		{ "2001:DB8:0::1", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "192.0.2", NULL }, { "192.0.2.256", NULL }, { "192.0.2.1 ", NULL },
		{ "", NULL }, { "2001:db8::1::", NULL }, { "fe80::1%eth0", NULL },
		{ "example.test", NULL }, { "010.0.0.1", NULL },
	};
	char buf[SGAP_ADDR_TEXT];
	struct sgap_addr a;
	size_t i;

	(void)state;
	for (i = 0; i < N(table); i++) {
		if (!table[i].out) {
			assert_int_equal(sgap_addr_parse(&a, table[i].in), -EINVAL);
			continue;
		}
		assert_int_equal(sgap_addr_parse(&a, table[i].in), 0);
		assert_string_equal(sgap_addr_text(buf, a.b), table[i].out);
	}
}

/* Of 4,096 places, as many as chance has it (2,589) are some address's in each network. */
static void is_spread(const char *base, int shift)
{
	__u8 seen[4096] = { 0 };
	struct sgap_addr a;
	__u32 i, n = 0;

	assert_int_equal(sgap_addr_parse(&a, base), 0);
	for (i = 0; i < N(seen); i++) {
		__u32 at;

		a.b[14] = (__u8)(i >> 8);
		a.b[15] = (__u8)i;
		at = (__u32)(sgap_addr_mix(&a) >> shift) % N(seen);
		n += !seen[at]++;
	}
	assert_in_range(n, 2450, 4096);
}

/* Neighbours share no place in a table, whatever bits it takes. */
static void test_mix(void **state)
{
	/* The last one's first half is a factor of the product. */
	static const char *const base[] = {
		"10.0.0.0", "192.168.240.0", "fd00::", "2001:db8:1::5:0", "93fd:5966:b8fe:e8d6::",
	};
	size_t i;
	int shift;

	(void)state;
	for (i = 0; i < N(base); i++) {
		for (shift = 0; shift <= 52; shift++)
			is_spread(base[i], shift);
	}
}

static void test_prefix(void **state)
{
	static const struct {
		const char *in;
		int ret;
		const char *out;
	} table[] = {
		{ "192.0.2.0/24", 0, "192.0.2.0/24" },
		{ "192.0.2.7", 0, "192.0.2.7/32" },
		{ "0.0.0.0/0", 0, "0.0.0.0/0" },
		{ "192.0.2.128/25", 0, "192.0.2.128/25" },
		{ "::/0", 0, "::/0" },
		{ "2001:db8::/33", 0, "2001:db8::/33" },
		{ "2001:db8::1", 0, "2001:db8::1/128" },
		{ "192.0.2.1/24", -EDOM, NULL },
		{ "192.0.2.128/24", -EDOM, NULL },
		{ "2001:db8::1/64", -EDOM, NULL },
		{ "192.0.2.0/33", -EINVAL, NULL }, { "::/129", -EINVAL, NULL },
		{ "192.0.2.0/", -EINVAL, NULL }, { "192.0.2.0/-1", -EINVAL, NULL },
		{ "192.0.2.0/ 24", -EINVAL, NULL }, { "192.0.2.0/24x", -EINVAL, NULL },
		{ "192.0.2.0/0024", -EINVAL, NULL }, { "/24", -EINVAL, NULL },
		{ "192.0.2.0/4294967320", -EINVAL, NULL },
		{ "11111111111111111111111111111111111111111111111111/1", -EINVAL, NULL },
	};
	char buf[SGAP_PREFIX_TEXT];
	struct sgap_addr a;
	__u8 len;
	size_t i;

	(void)state;
	for (i = 0; i < N(table); i++) {
		assert_int_equal(sgap_prefix_parse(&a, &len, table[i].in), table[i].ret);
		if (!table[i].ret)
			assert_string_equal(sgap_prefix_text(buf, a.b, len), table[i].out);
	}
}

static void test_duration(void **state)
{
	static const struct {
		const char *in;
		int ret;
		__u64 ms;
		const char *out;
	} table[] = {
		{ "500ms", 0, 500, "500ms" },
		{ "90s", 0, 90000, "1m30s" },
		{ "15m", 0, 900000, "15m" },
		{ "1h30m", 0, 5400000, "1h30m" },
		{ "2d", 0, 172800000, "2d" },
		{ "0s", 0, 0, "0s" },
		{ "1m1m", 0, 120000, "2m" },
		{ "9007199254740992ms", 0, 1ULL << 53, "104249991d8h59m992ms" },
		{ "9007199254740993ms", -ERANGE, 0, NULL },
		{ "9007199254740992ms1ms", -ERANGE, 0, NULL },
		{ "99999999999999999999999d", -ERANGE, 0, NULL },
		{ "104249992d", -ERANGE, 0, NULL },
		{ "5", -EINVAL, 0, NULL }, { "", -EINVAL, 0, NULL }, { "s", -EINVAL, 0, NULL },
		{ "-5s", -EINVAL, 0, NULL }, { "5 s", -EINVAL, 0, NULL },
		{ "5S", -EINVAL, 0, NULL }, { "1h30", -EINVAL, 0, NULL },
		{ "5sec", -EINVAL, 0, NULL }, { "1.5s", -EINVAL, 0, NULL },
	};
	char buf[SGAP_DURATION_TEXT];
	__u64 ms;
	size_t i;

	(void)state;
	for (i = 0; i < N(table); i++) {
		assert_int_equal(sgap_duration_parse(&ms, table[i].in), table[i].ret);
		if (table[i].ret)
			continue;
		assert_int_equal(ms, table[i].ms);
		assert_string_equal(sgap_duration_text(buf, ms), table[i].out);
	}
	/* The longest text there is fits. */
	assert_true(strlen(sgap_duration_text(buf, UINT64_MAX)) < sizeof(buf));
}

static void test_names(void **state)
{
	char buf[SGAP_NAME_TEXT];
	__u16 rcode;
	__u8 value;

	(void)state;
	assert_string_equal(sgap_names_rcode(buf, 5), "REFUSED");
	assert_string_equal(sgap_names_rcode(buf, 16), "BADVERS");
	assert_string_equal(sgap_names_rcode(buf, 12), "RCODE12");
	assert_string_equal(sgap_names_rcode(buf, 4095), "RCODE4095");
	assert_string_equal(sgap_names_type(buf, 28), "AAAA");
	assert_string_equal(sgap_names_type(buf, 65280), "TYPE65280");
	assert_string_equal(sgap_names_class(buf, 1), "IN");
	assert_string_equal(sgap_names_class(buf, 65535), "CLASS65535");
	assert_string_equal(sgap_names_ede(22), "No Reachable Authority");
	assert_string_equal(sgap_names_ede(65535), "");
	assert_string_equal(sgap_names_state(SGAP_STATE_DEAD), "dead");
	assert_string_equal(sgap_names_txn(SGAP_TXN_CONNECTED), "connected");
	assert_string_equal(sgap_names_lease(SGAP_LEASE_ENDED), "ended");
	assert_string_equal(sgap_names_reason(SGAP_REASON_RECOVERED), "recovered");
	assert_string_equal(sgap_names_unparsed(SGAP_UNPARSED_NOMEM), "nomem");
	assert_string_equal(sgap_names_link(SGAP_LINK_GONE), "gone");
	assert_string_equal(sgap_names_state(-1), "?");
	assert_string_equal(sgap_names_txn(1000), "?");

	assert_int_equal(sgap_names_rcode_parse(&rcode, "servfail"), 0);
	assert_int_equal(rcode, 2);
	assert_int_equal(sgap_names_rcode_parse(&rcode, "4095"), 0);
	assert_int_equal(rcode, 4095);
	assert_int_equal(sgap_names_rcode_parse(&rcode, "rcode77"), 0);	/* as it is shown */
	assert_int_equal(rcode, 77);
	assert_int_equal(sgap_names_rcode_parse(&rcode, "RCODE"), -EINVAL);
	assert_int_equal(sgap_names_rcode_parse(&rcode, "4096"), -EINVAL);
	assert_int_equal(sgap_names_rcode_parse(&rcode, "2x"), -EINVAL);
	assert_int_equal(sgap_names_rcode_parse(&rcode, ""), -EINVAL);
	assert_int_equal(sgap_names_state_parse(&value, "Failing"), 0);
	assert_int_equal(value, SGAP_STATE_FAILING);
	assert_int_equal(sgap_names_state_parse(&value, "fail"), -EINVAL);
}

static void test_port(void **state)
{
	static const char *const bad[] = {
		"", ":53", "192.0.2.1", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:5x",
		"192.0.2.1:-1", "192.0.2:53", "[192.0.2.1]:53", "::1:53", "[::1]53", "[::1:53", "[]:53",
		"localhost:53", "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:53",
	};
	char text[SGAP_ADDR_TEXT];
	struct sgap_addr a;
	__u16 port;
	size_t i;

	(void)state;
	assert_int_equal(sgap_addr_port_parse(&a, &port, "127.0.0.1:9353"), 0);
	assert_string_equal(sgap_addr_text(text, a.b), "127.0.0.1");
	assert_int_equal(port, 9353);
	assert_int_equal(sgap_addr_port_parse(&a, &port, "[2001:db8::1]:65535"), 0);
	assert_string_equal(sgap_addr_text(text, a.b), "2001:db8::1");
	assert_int_equal(port, 65535);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sgap_addr_port_parse(&a, &port, bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr), cmocka_unit_test(test_mix),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_duration), cmocka_unit_test(test_names),
		cmocka_unit_test(test_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
