// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "census.h"
#include "txn.h"

static const struct sgap_census_cfg usual = { 24, 48, 2 };
static struct sgap_census_table *t[__SGAP_CENSUS_KIND_MAX];

static int setup(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < __SGAP_CENSUS_KIND_MAX; i++)
		t[i] = sgap_census_table_init(calloc(1, sgap_census_table_size(64)), 64);
	return 0;
}

static int teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < __SGAP_CENSUS_KIND_MAX; i++)
		free(t[i]);
	return 0;
}

static void client_is(const char *client, const struct sgap_census_cfg *cfg, __u8 bits,
		      const char *prefix)
{
	struct sgap_addr a = addr(client), want = addr(prefix);
	__u8 key[SGAP_CENSUS_KEY];

	memset(key, 0xa5, sizeof(key));
	assert_int_equal(sgap_census_client_key(key, &a, cfg), 17);
	assert_int_equal(key[0], bits);
	assert_memory_equal(key + 1, want.b, 16);
	assert_int_equal(key[17] | key[SGAP_CENSUS_KEY - 1], 0);
}

static void test_client_key(void **state)
{
	const struct sgap_census_cfg odd = { 13, 45, 2 }, all = { 32, 128, 1 }, none = { 0, 0, 1 };

	(void)state;
	client_is("192.0.2.77", &usual, 120, "192.0.2.0");
	client_is("2001:db8:1:2:3::4", &usual, 48, "2001:db8:1::");
	client_is("10.255.1.1", &odd, 109, "10.248.0.0");
	client_is("2001:db8:ffff::1", &odd, 45, "2001:db8:fff8::");
	client_is("192.0.2.77", &all, 128, "192.0.2.77");
	client_is("2001:db8::77", &all, 128, "2001:db8::77");
	client_is("192.0.2.77", &none, 96, "0.0.0.0");
	client_is("2001:db8::77", &none, 0, "::");
}

static void zone_is(const char *name, __u32 depth, const char *want)
{
	__u8 key[SGAP_CENSUS_KEY];
	struct bytes n = { 0 }, w = { 0 };
	__u8 *copy;

	put_name(&n, name);
	put_name(&w, want);
	copy = exact(n.b, n.len);
	assert_int_equal(sgap_census_zone_key(key, copy, n.len, depth), w.len);
	assert_memory_equal(key, w.b, w.len);
	free(copy);
}

#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static void test_zone_key(void **state)
{
	__u8 key[SGAP_CENSUS_KEY];
	struct bytes b = { 0 };
	__u32 i;

	(void)state;
	zone_is("www.Example.COM", 2, "example.com");
	zone_is("a.b.www.example.com", 3, "www.example.com");
	zone_is("com", 2, "com");
	zone_is(".", 2, ".");
	zone_is("x." L60 ".org", 2, "org");	/* 66 bytes: what fits */
	zone_is("y." L60, 2, "y." L60);
	zone_is("yy." L60, 2, L60);	/* 65 bytes */
	zone_is("y." L60 "zzz", 2, ".");	/* 65 with the root */
	assert_int_equal(sgap_census_zone_key(key, NULL, 0, 2), 0);
	assert_int_equal(sgap_census_zone_key(key, (const __u8 *)"\3www", 4, 2), 0);
	assert_int_equal(sgap_census_zone_key(key, (const __u8 *)"\3www\0a", 6, 2), 0);
	assert_int_equal(sgap_census_zone_key(key, (const __u8 *)"\300www", 5, 2), 0);
	rnd_seed(1);
	for (i = 0; i < 200000; i++) {	/* no byte past the end is read */
		b.len = 0;
		while (b.len < 1 + rnd(255))
			put8(&b, (__u8)(rnd(4) ? rnd(6) : rnd(256)));
		assert_true(sgap_census_zone_key(key, b.b, b.len, 1 + rnd(8)) <= SGAP_CENSUS_KEY);
	}
}

static __u64 all_good(const struct sgap_census_table *table)
{
	struct sgap_census_counts sum = table->others;
	__u32 i;

	for (i = 0; i < table->rows; i++)
		sgap_census_add(&sum, &table->row[i].counts);
	return sum.good;
}

/* Heavy ones keep their rows under a flood of others, and nothing is lost of the sum. */
static void test_heavy(void **state)
{
	struct sgap_txn txn = { .key.client = addr("192.0.2.1"), .ts_query = 1000 };
	const struct sgap_census_table *clients = t[SGAP_CENSUS_CLIENT];
	__u8 key[SGAP_CENSUS_KEY];
	__u64 good, i, k;

	(void)state;
	rnd_seed(2);
	for (i = 0; i < 100000; i++) {
		k = rnd(4);
		txn.key.client.b[12] = (__u8)(k ? rnd(256) : 192);
		txn.key.client.b[13] = (__u8)(k ? rnd(256) : 0);
		txn.key.client.b[14] = (__u8)(k ? rnd(256) : i / 4 % 4);
		sgap_census_txn(t, &usual, &txn, SGAP_TXN_ANSWERED, 0, 3000);
		if (!(i % 1000))
			assert_int_equal(all_good(clients), i + 1);
	}
	assert_int_equal(all_good(clients), 100000);
	assert_int_equal(t[SGAP_CENSUS_ZONE]->others.good, 100000);	/* no name */
	for (i = 0; i < 4; i++) {
		txn.key.client = addr("192.0.0.1");
		txn.key.client.b[14] = (__u8)i;
		good = sgap_census_find(t[SGAP_CENSUS_CLIENT], key,
				       sgap_census_client_key(key, &txn.key.client, &usual))->good;
		assert_in_range(good, 5500, 6500);
	}
	sgap_census_table_clear(t[SGAP_CENSUS_CLIENT]);
	assert_int_equal(all_good(clients), 0);
}

static void test_outcomes(void **state)
{
	struct sgap_txn txn = { .key.client = addr("2001:db8::1"), .ts_query = 1000000 };
	struct sgap_census_counts *c;
	__u8 key[SGAP_CENSUS_KEY];
	struct bytes name = { 0 };

	(void)state;
	put_name(&name, "www.example.com");
	txn.qname = name.b;
	txn.qname_len = (__u16)name.len;
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_ANSWERED, 0, 4000000);
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_ANSWERED, 3, 2000000);
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_ANSWERED, 2, 500000);	/* the clock went back */
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_TIMEOUT, SGAP_NONE16, 9);
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_ICMP, SGAP_NONE16, 9);
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_REFUSED, SGAP_NONE16, 9);
	sgap_census_txn(t, &usual, &txn, SGAP_TXN_EVICTED, SGAP_NONE16, 9);
	c = sgap_census_find(t[SGAP_CENSUS_ZONE], key,
			    sgap_census_zone_key(key, name.b, name.len, 2));
	assert_true(c != &t[SGAP_CENSUS_ZONE]->others);
	assert_int_equal(c->good, 2);
	assert_int_equal(c->nxdomain, 1);
	assert_int_equal(c->bad, 1);
	assert_int_equal(c->unanswered, 1);
	assert_int_equal(c->failed, 2);
	assert_int_equal(c->evicted, 1);
	assert_int_equal(c->rtt_sum_us, 4000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_client_key), T(test_zone_key), T(test_heavy), T(test_outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
