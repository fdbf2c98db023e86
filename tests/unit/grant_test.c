// SPDX-License-Identifier: GPL-2.0-or-later
/* The terms of a grant: what is taken, what is refused and why; text forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/grant.h"
#include "quorum.h"

static struct sgap_grant_info good(void)
{
	struct sgap_grant_info info = {
		.issued = 1700000000, .not_before = 1700000000, .not_after = 1700003600,
		.max_lease = 600, .port = 53, .protocols = SGAP_GRANT_P_ALL,
	};

	info.serial[0] = 1;
	assert_int_equal(sgap_grant_set_addr(&info.server, "198.51.100.2"), 0);
	assert_int_equal(sgap_grant_set_addr(&info.fallback, "198.51.100.3"), 0);
	assert_int_equal(sgap_grant_set_clients(&info, "192.0.2.0/24"), 0);
	return info;
}

static struct sgap_grant_info good6(void)
{
	struct sgap_grant_info info = good();

	assert_int_equal(sgap_grant_set_addr(&info.server, "2001:db8::2"), 0);
	assert_int_equal(sgap_grant_set_addr(&info.fallback, "2001:db8::3"), 0);
	assert_int_equal(sgap_grant_set_clients(&info, "2001:db8:1::/48"), 0);
	return info;
}

static void there_and_back(void **state)
{
	struct sgap_grant_info in[2] = { good(), good6() }, out;
	struct sgap_grant g;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		in[i].flags = SGAP_GRANT_F_STANDING;
		in[i].when_state = SGAP_STATE_DEAD;
		in[i].when_ms = 1000;
		in[i].share = 999;
		in[i].rollback = 1000;
		in[i].recover = 3600;
		in[i].max_rate = 1000000;
		in[i].extend = 85800;
		assert_int_equal(sgap_grant_set_roles(&in[i], "network,security:2,a-15-bytes-name,9:4"),
				 0);
		assert_int_equal(sgap_grant_encode(&in[i], &g), SGAP_REFUSE_NONE);
		assert_int_equal(sgap_grant_check(&g, sizeof(g), &out), SGAP_REFUSE_NONE);
		assert_memory_equal(&in[i], &out, sizeof(out));
	}
}

/* The bytes are the contract with whoever signs: they do not move. */
static void layout(void **state)
{
	struct sgap_grant_info info = good();
	struct sgap_grant g;
	const __u8 *p = (const __u8 *)&g;

	(void)state;
	assert_int_equal(sizeof(g), 256);
	assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_NONE);
	assert_memory_equal(p, "StopgapG\1\0\1\0\0\1\0\0", 16);
	assert_memory_equal(p + 32, "\x00\xf1\x53\x65\0\0\0\0", 8);	/* issued */
	assert_memory_equal(p + 56, "\x58\x02\0\0\0\0\0\0", 8);		/* max_lease, flags */
	assert_memory_equal(p + 76, "\xc6\x33\x64\x02", 4);		/* server */
	assert_memory_equal(p + 92, "\xc6\x33\x64\x03", 4);		/* fallback */
	assert_memory_equal(p + 108, "\xc0\0\2\0\x18\3\0\0\0\0\0\0\x35\0", 14);
}

#define CASE(why_, ...) { #__VA_ARGS__, SGAP_REFUSE_##why_, 0, \
	(const struct change[]) { __VA_ARGS__, { 0, 0, 0 } } }
#define AT(offset, value) { (offset), (value), 1 }

struct change {
	int offset, value, used;
};

static const struct bad {
	const char *what;
	enum sgap_refuse why;
	int six;
	const struct change *change;
} bads[] = {
	CASE(MAGIC, AT(0, 's')),
	CASE(MAGIC, AT(7, 'L')),
	CASE(VERSION, AT(8, 2)),
	CASE(VERSION, AT(9, 1)),
	CASE(PURPOSE, AT(10, 0)),
	CASE(PURPOSE, AT(10, 2)),
	CASE(SIZE, AT(12, 255)),
	CASE(RESERVED, AT(115, 1)),
	CASE(RESERVED, AT(200, 1)),
	CASE(RESERVED, AT(255, 128)),
	CASE(SERIAL, AT(16, 0)),
	CASE(FLAGS, AT(60, 2)),
	CASE(FLAGS, AT(63, 128)),
	CASE(FAMILY, AT(64, 0x20)),
	CASE(FAMILY, AT(80, 0x20)),
	CASE(FAMILY, AT(96, 0x20)),
	CASE(ADDRESS, AT(76, 0)),
	CASE(ADDRESS, AT(76, 127)),
	CASE(ADDRESS, AT(76, 224)),
	CASE(ADDRESS, AT(76, 255)),
	CASE(ADDRESS, AT(92, 0)),
	CASE(ADDRESS, AT(92, 169), AT(93, 254)),
	CASE(SAME, AT(95, 2)),
	CASE(PREFIX, AT(112, 33)),
	CASE(PREFIX, AT(112, 255)),
	CASE(HOSTBITS, AT(111, 1)),
	CASE(HOSTBITS, AT(112, 16)),
	CASE(PROTOCOLS, AT(113, 0)),
	CASE(PROTOCOLS, AT(113, 4)),
	CASE(PORT, AT(120, 0)),
	CASE(LEASE, AT(56, 0), AT(57, 0)),
	CASE(LEASE, AT(58, 2)),
	CASE(LEASE, AT(134, 2)),		/* extend */
	CASE(LEASE, AT(132, 0x29), AT(133, 0x4f), AT(134, 1)),	/* 600 + 85801 s */
	CASE(TIMES, AT(32, 1)),		/* issued after not_before */
	CASE(TIMES, AT(48, 0), AT(49, 0xf1)),	/* not_after == not_before */
	CASE(TIMES, AT(55, 1)),
	CASE(CONDITION, AT(114, SGAP_STATE_DEAD)),
	CASE(CONDITION, AT(116, 1)),
	CASE(CONDITION, AT(60, 1)),
	CASE(CONDITION, AT(60, 1), AT(114, SGAP_STATE_OK)),
	CASE(CONDITION, AT(60, 1), AT(114, SGAP_STATE_DEAD + 1)),
	CASE(CONDITION, AT(60, 1), AT(114, SGAP_STATE_DEAD), AT(118, 10)),
	CASE(SHARE, AT(122, 0xe9), AT(123, 3)),
	CASE(RATE, AT(126, 16)),
	CASE(JUDGE, AT(128, 0xe9), AT(129, 3)),
	CASE(JUDGE, AT(130, 1)),
	CASE(JUDGE, AT(130, 1), AT(122, 0xe8), AT(123, 3)),
	CASE(JUDGE, AT(131, 15), AT(122, 1)),
	CASE(ROLES, AT(136, 'a')),				/* of no signers */
	CASE(ROLES, AT(151, 1)),				/* without a name */
	CASE(ROLES, AT(136, 'A'), AT(151, 1)),
	CASE(ROLES, AT(136, 'a'), AT(137, ':'), AT(151, 1)),
	CASE(ROLES, AT(136, 'a'), AT(138, 'b'), AT(151, 1)),	/* a zero inside */
	CASE(ROLES, AT(136, 'a'), AT(151, 9)),
	CASE(ROLES, AT(136, 'a'), AT(151, 5), AT(152, 'b'), AT(167, 4)),
	CASE(ROLES, AT(136, 'a'), AT(151, 1), AT(152, 'a'), AT(167, 1)),	/* twice */
	CASE(ROLES, AT(152, 'a'), AT(167, 1)),			/* a gap before it */
};

static void refused(void **state)
{
	struct sgap_grant_info info = good(), out;
	const struct change *c;
	struct sgap_grant g;
	enum sgap_refuse why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_NONE);
		for (c = bads[i].change; c->used; c++)
			((__u8 *)&g)[c->offset] = (__u8)c->value;
		why = sgap_grant_check(&g, sizeof(g), &out);
		if (why != bads[i].why)
			fail_msg("%s: %s", bads[i].what, sgap_refuse_text(why));
	}
	assert_int_equal(sgap_grant_check(&g, 255, &out), SGAP_REFUSE_LENGTH);
	assert_int_equal(sgap_grant_check(&g, 0, &out), SGAP_REFUSE_LENGTH);
}

static void refused_six(void **state)
{
	static const char *const unfit[] = { "::", "::1", "ff02::fb", "fe80::1", "febf::1" };
	struct sgap_grant_info info;
	struct sgap_grant g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
		info = good6();
		assert_int_equal(sgap_grant_set_addr(&info.fallback, unfit[i]), 0);
		assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_ADDRESS);
	}
	info = good6();
	info.clients_len = 129;
	assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_PREFIX);
	info.clients_len = 31;
	assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_HOSTBITS);
	info = good6();
	memset(&info.clients, 0, sizeof(info.clients));
	info.clients_len = 0;
	assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_NONE);
}

static void every_refusal_is_its_own(void **state)
{
	int i, j;

	(void)state;
	assert_int_equal(sgap_refuse_errno(SGAP_REFUSE_NONE), 0);
	for (i = 1; i < __SGAP_REFUSE_MAX; i++) {
		assert_true(sgap_refuse_errno(i) > 0);
		assert_true(strlen(sgap_refuse_text(i)) > 10);
		for (j = 1; j < i; j++)
			if (sgap_refuse_errno(i) == sgap_refuse_errno(j))
				fail_msg("'%s' and '%s' share an errno", sgap_refuse_text(i),
					 sgap_refuse_text(j));
	}
	assert_true(sgap_refuse_errno(__SGAP_REFUSE_MAX) > 0);
}

/* docs/grants.md has the same table. Run from the top of the tree. */
static void every_refusal_is_documented(void **state)
{
	static char doc[65536];
	char row[512];
	FILE *f = fopen("docs/grants.md", "r");
	int i;

	(void)state;
	assert_non_null(f);
	doc[fread(doc, 1, sizeof(doc) - 1, f)] = 0;
	fclose(f);
	for (i = 1; i < __SGAP_REFUSE_MAX; i++) {
		snprintf(row, sizeof(row), "| %s | %s |\n",
			 strerrorname_np(sgap_refuse_errno(i)), sgap_refuse_text(i));
		if (!strstr(doc, row))
			fail_msg("not in docs/grants.md: %s", row);
	}
}

static void window(void **state)
{
	struct sgap_grant_info info = good();

	(void)state;
	assert_int_equal(sgap_grant_check_time(&info, info.not_before - 1), SGAP_REFUSE_NOT_YET);
	assert_int_equal(sgap_grant_check_time(&info, info.not_before), SGAP_REFUSE_NONE);
	assert_int_equal(sgap_grant_check_time(&info, info.not_after - 1), SGAP_REFUSE_NONE);
	assert_int_equal(sgap_grant_check_time(&info, info.not_after), SGAP_REFUSE_EXPIRED);
}

/* Against a bit at a time. */
static bool slow_has(const struct sgap_grant_info *info, const struct sgap_addr *a)
{
	int i, len = info->clients_len + (sgap_addr_is_v4(&info->clients) ? 96 : 0);

	for (i = 0; i < len; i++)
		if ((info->clients.b[i / 8] ^ a->b[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return sgap_addr_is_v4(a) == sgap_addr_is_v4(&info->clients);
}

static void clients(void **state)
{
	struct sgap_grant_info info = good6();
	struct sgap_addr a;
	int i, bit, len;

	(void)state;
	srand(1);
	for (len = 0; len <= 128; len++) {
		info.clients_len = (__u8)len;
		for (i = 0; i < 200; i++) {
			a = info.clients;
			bit = rand() % 128;
			a.b[bit / 8] ^= (__u8)(rand() % 2 ? 0x80 >> (bit % 8) : 0);
			assert_int_equal(sgap_grant_has_client(&info, &a), slow_has(&info, &a));
		}
	}
	info = good();
	assert_int_equal(sgap_grant_set_addr(&a, "192.0.2.255"), 0);
	assert_true(sgap_grant_has_client(&info, &a));
	assert_int_equal(sgap_grant_set_addr(&a, "192.0.3.0"), 0);
	assert_false(sgap_grant_has_client(&info, &a));
	memset(&info.clients, 0, sizeof(info.clients));	/* ::/0 has no IPv4 in it */
	info.clients_len = 0;
	assert_false(sgap_grant_has_client(&info, &a));
}

/* Who is in a share stays in it, whatever version of the module is loaded. */
static void ranks(void **state)
{
	static const struct { const char *client; unsigned int rank; } known[] = {
		{ "192.0.2.1", 915 }, { "192.0.2.2", 569 }, { "10.0.0.1", 603 },
		{ "2001:db8::1", 8 }, { "2001:db8::2", 281 },
	};
	struct sgap_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		assert_int_equal(sgap_grant_set_addr(&addr, known[i].client), 0);
		assert_int_equal(sgap_grant_rank(&addr), known[i].rank);
	}
}

/* Each share is what it says, give or take, and holds the smaller ones. */
static void shares(void **state)
{
	static const int share[] = { 10, 100, 500, 990, 1000 };
	struct sgap_grant_info info = good();
	struct sgap_addr a;
	size_t s;
	int i, in, total = 0, was[65536] = { 0 };

	(void)state;
	assert_int_equal(sgap_grant_set_clients(&info, "10.0.0.0/8"), 0);
	assert_int_equal(sgap_grant_set_addr(&a, "10.1.0.0"), 0);
	for (s = 0; s < sizeof(share) / sizeof(*share); s++) {
		info.share = (__u16)share[s];
		for (total = i = 0; i < 65536; i++) {
			a.b[14] = (__u8)(i >> 8);
			a.b[15] = (__u8)i;
			in = sgap_grant_has_client(&info, &a);
			assert_true(in >= was[i]);
			was[i] = in;
			total += in;
		}
		assert_in_range(total, 65536 * share[s] / 1000 - 300,
				65536 * share[s] / 1000 + 300);
	}
	assert_int_equal(total, 65536);
}

static void pairs(void **state)
{
	static const struct {
		const char *server, *fallback, *clients;
		int port, protocols;
		enum sgap_refuse why;
	} t[] = {
		{ "198.51.100.2", "198.51.100.9", "192.0.2.0/24", 53, 3, SGAP_REFUSE_OVERLAP },
		{ "198.51.100.2", "198.51.100.9", "192.0.2.128/25", 53, 1, SGAP_REFUSE_OVERLAP },
		{ "198.51.100.2", "198.51.100.9", "0.0.0.0/0", 53, 2, SGAP_REFUSE_OVERLAP },
		{ "198.51.100.2", "198.51.100.9", "192.0.3.0/24", 53, 3, SGAP_REFUSE_NONE },
		{ "198.51.100.2", "198.51.100.9", "192.0.2.0/24", 5353, 3, SGAP_REFUSE_NONE },
		{ "198.51.100.4", "198.51.100.3", "192.0.2.0/24", 53, 3, SGAP_REFUSE_NONE },
		{ "198.51.100.3", "198.51.100.4", "10.0.0.0/8", 53, 3, SGAP_REFUSE_CHAIN },
		{ "198.51.100.4", "198.51.100.2", "10.0.0.0/8", 53, 3, SGAP_REFUSE_CHAIN },
		{ "198.51.100.3", "198.51.100.2", "192.0.2.0/24", 53, 3, SGAP_REFUSE_CHAIN },
	};
	struct sgap_grant_info a = good(), b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		b = good();
		sgap_grant_set_addr(&b.server, t[i].server);
		sgap_grant_set_addr(&b.fallback, t[i].fallback);
		assert_int_equal(sgap_grant_set_clients(&b, t[i].clients), 0);
		b.port = (__u16)t[i].port;
		b.protocols = (__u8)t[i].protocols;
		assert_int_equal(sgap_grant_check_pair(&a, &b), t[i].why);
		assert_int_equal(sgap_grant_check_pair(&b, &a), t[i].why);
	}
	b.protocols = SGAP_GRANT_P_UDP;
	a.protocols = SGAP_GRANT_P_TCP;
	assert_int_equal(sgap_grant_check_pair(&a, &b), SGAP_REFUSE_NONE);
}

static void text(void **state)
{
	static const struct {
		const char *text;
		int ret, len;
	} t[] = {
		{ "192.0.2.0/24", 0, 24 }, { "192.0.2.1", 0, 32 }, { "0.0.0.0/0", 0, 0 },
		{ "2001:db8::/32", 0, 32 }, { "::1", 0, 128 }, { "::/0", 0, 0 },
		{ "192.0.2.0/33", -ERANGE, 0 }, { "::/129", -ERANGE, 0 },
		{ "192.0.2.1/24", -EDOM, 0 }, { "2001:db8::1/64", -EDOM, 0 },
		{ "", -EINVAL, 0 }, { "/24", -EINVAL, 0 }, { "192.0.2.0/", -EINVAL, 0 },
		{ "192.0.2.0/-1", -EINVAL, 0 }, { "192.0.2.0/24x", -EINVAL, 0 },
		{ "192.0.2/24", -EINVAL, 0 }, { "host/24", -EINVAL, 0 },
		{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/24", -EINVAL, 0 },
		{ "192.0.2.0/99999999999999999999", -ERANGE, 0 },
	};
	struct sgap_grant_info info;
	char back[SGAP_SERIAL_TEXT];
	__u8 a[16], b[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		memset(&info, 0, sizeof(info));
		if (sgap_grant_set_clients(&info, t[i].text) != t[i].ret)
			fail_msg("'%s'", t[i].text);
		if (!t[i].ret)
			assert_int_equal(info.clients_len, t[i].len);
	}
	assert_int_equal(sgap_grant_new_serial(a), 0);
	sgap_grant_serial_text(a, back);
	assert_int_equal(sgap_grant_set_serial(b, back), 0);
	assert_memory_equal(a, b, 16);
	assert_int_equal(sgap_grant_set_serial(b, "0123456789abcdefABCDEF0123456789"), 0);
	assert_int_equal(b[9], 0xcd);
	assert_int_equal(sgap_grant_set_serial(b, "0123456789abcdefABCDEF012345678"), -EINVAL);
	assert_int_equal(sgap_grant_set_serial(b, "0123456789abcdefABCDEF012345678g"), -EINVAL);
}

static void roles_of_descriptions(void **state)
{
	static const struct {
		const char *description, *role;
	} t[] = {
		{ "network:Network desk", "network" }, { "network:", "network" },
		{ "a-2:b:c", "a-2" }, { "fifteen-letters:x", "fifteen-letters" },
		{ "sixteen--letters:x", "" }, { "network", "" }, { "", "" }, { ":x", "" },
		{ "Network:x", "" }, { "net work:x", "" }, { " network:x", "" },
		/* what the kernel makes of a subject whose organisation is "network" */
		{ "network: Desk: 0123456789abcdef", "" }, { "network: 0a", "" },
		{ "network:x (00ff)", "network" }, { "network:x: ", "network" },
		{ "network:x: 0g", "network" },
	};
	__u8 role[SGAP_ROLE_LEN + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		sgap_role_of(role, t[i].description);
		if (strcmp((char *)role, t[i].role) != 0)
			fail_msg("'%s' gives '%s'", t[i].description, (char *)role);
	}
}

static void roles_from_text(void **state)
{
	static const char *const bad[] = {
		"", ",", "a,", "a:", "a:0", "a:9", "a:1x", "a:1,", "a:-1", ":1", "a,,b", "a,b,c,d,e",
		"sixteen--letters", "a:18446744073709551617",
	};
	struct sgap_grant_info info = good();
	struct sgap_grant g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!sgap_grant_set_roles(&info, bad[i]))
			fail_msg("'%s'", bad[i]);
	assert_int_equal(sgap_grant_set_roles(&info, "Network"), 0);
	assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_ROLES);
	assert_int_equal(sgap_grant_set_roles(&info, "a:2,b"), 0);
	assert_int_equal(sgap_grant_encode(&info, &g), SGAP_REFUSE_NONE);
	assert_memory_equal(g.roles, "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2b", 17);
	assert_int_equal(g.roles[31], 1);
}

static struct sgap_signer signer(int key, const char *role)
{
	struct sgap_signer s = { .id = { (__u8)key } };

	strcpy((char *)s.role, role);
	return s;
}

static void quorum(void **state)
{
	static const struct {
		const char *need;
		struct {
			int key;
			const char *role;
		} by[4];
		enum sgap_refuse why;
	} t[] = {
		{ NULL, { { 0 } }, SGAP_REFUSE_SIGNER },
		{ NULL, { { 1, "" } }, SGAP_REFUSE_NONE },
		{ NULL, { { 1, "network" } }, SGAP_REFUSE_NONE },
		{ "network", { { 1, "" } }, SGAP_REFUSE_QUORUM },
		{ "network", { { 1, "security" } }, SGAP_REFUSE_QUORUM },
		{ "network", { { 1, "networks" } }, SGAP_REFUSE_QUORUM },
		{ "network", { { 1, "network" } }, SGAP_REFUSE_NONE },
		{ "network", { { 1, "" }, { 2, "network" } }, SGAP_REFUSE_NONE },
		{ "network,security", { { 1, "network" } }, SGAP_REFUSE_QUORUM },
		{ "network,security", { { 1, "network" }, { 2, "network" } }, SGAP_REFUSE_QUORUM },
		{ "network,security", { { 1, "network" }, { 2, "security" } }, SGAP_REFUSE_NONE },
		/* one key for two roles counts for neither */
		{ "network,security", { { 1, "network" }, { 1, "security" } }, SGAP_REFUSE_QUORUM },
		{ "network", { { 1, "network" }, { 1, "security" } }, SGAP_REFUSE_QUORUM },
		{ "network", { { 1, "security" }, { 1, "network" }, { 2, "network" } },
		  SGAP_REFUSE_NONE },
		/* one key counts once */
		{ "network:2", { { 1, "network" }, { 1, "network" } }, SGAP_REFUSE_QUORUM },
		{ "network:2", { { 1, "network" }, { 1, "network" }, { 2, "network" } },
		  SGAP_REFUSE_NONE },
		{ "network:2,security", { { 1, "network" }, { 2, "security" }, { 3, "network" } },
		  SGAP_REFUSE_NONE },
		{ "network:2,security:2", { { 1, "network" }, { 2, "security" }, { 3, "network" } },
		  SGAP_REFUSE_QUORUM },
	};
	struct sgap_signer signers[4];
	struct sgap_grant_info info;
	unsigned int n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		info = good();
		if (t[i].need)
			assert_int_equal(sgap_grant_set_roles(&info, t[i].need), 0);
		for (n = 0; n < 4 && t[i].by[n].key; n++)
			signers[n] = signer(t[i].by[n].key, t[i].by[n].role);
		if (sgap_quorum_check(&info, signers, n) != t[i].why)
			fail_msg("case %zu", i);
	}
}

static void signatures_in_a_row(void **state)
{
	static __u8 big[70000] = { 0x30, 0x82, 0x01, 0x00 };
	static const struct {
		const char *bytes;
		size_t len, want;
	} t[] = {
		{ "", 0, 0 }, { "\x30", 1, 0 }, { "\x30\x00", 2, 2 }, { "\x30\x00\x30\x00", 4, 2 },
		{ "\x30\x01", 2, 0 }, { "\x30\x01z", 3, 3 }, { "\x31\x00", 2, 0 },
		{ "\x30\x80\0\0", 4, 0 }, { "\x30\x81", 2, 0 }, { "\x30\x81\x01z", 4, 4 },
		{ "\x30\x82\x00\x01z", 5, 5 }, { "\x30\x82\x00", 3, 0 },
		{ "\x30\x83\x00\x00\x01z", 6, 0 }, { "no signature", 12, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++)
		if (sgap_signature_len(t[i].bytes, t[i].len) != t[i].want)
			fail_msg("case %zu", i);
	assert_int_equal(sgap_signature_len(big, sizeof(big)), 260);
	assert_int_equal(sgap_signature_len(big, 259), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_of_descriptions),
		cmocka_unit_test(roles_from_text),
		cmocka_unit_test(quorum),
		cmocka_unit_test(signatures_in_a_row),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(layout),
		cmocka_unit_test(refused),
		cmocka_unit_test(refused_six),
		cmocka_unit_test(every_refusal_is_its_own),
		cmocka_unit_test(every_refusal_is_documented),
		cmocka_unit_test(window),
		cmocka_unit_test(clients),
		cmocka_unit_test(ranks),
		cmocka_unit_test(shares),
		cmocka_unit_test(pairs),
		cmocka_unit_test(text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
