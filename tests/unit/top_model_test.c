// SPDX-License-Identifier: GPL-2.0-or-later
/* Transactions summed up by server, client and zone. */
#include "record.h"

#include <stdio.h>

#include "cli/filter.h"
#include "cli/top_model.h"
#include "stats.h"

/* The one thing that is needed of the filter, as it is there. */
bool sgap_filter_is_failed(const struct sgap_rec_txn *t)
{
	return t->state == SGAP_TXN_LATE || sgap_stats_is_bad(t->state, t->rcode);
}

#define S SGAP_NS_PER_S

static void feed(struct sgap_top *top, __u64 ts, const char *server, const char *client,
		 const char *name, __u16 rcode, __u64 rtt_us)
{
	struct bytes wire = { 0 };
	union record r;

	record(&r, SGAP_TXN_ANSWERED, rcode);
	put_name(&wire, name);
	memcpy(r.txn.data, wire.b, wire.len);
	r.txn.qname_len = (__u16)wire.len;
	r.txn.rec.len = (__u32)(sizeof(r.txn) + wire.len + 7) & ~7u;
	memcpy(r.txn.server, addr(server).b, 16);
	memcpy(r.txn.client, addr(client).b, 16);
	r.txn.ts = ts;
	r.txn.ts_answer = ts;
	r.txn.ts_query = ts - rtt_us * 1000;
	sgap_top_take(top, &r.txn);
}

static void is_row(struct sgap_top *top, enum sgap_top_by by, size_t i, const char *name,
		   __u64 total, __u64 failed)
{
	struct sgap_top_row row;

	sgap_top_row(top, by, i, &row);
	assert_string_equal(row.name, name);
	assert_int_equal(row.total, total);
	assert_int_equal(row.failed, failed);
}

static void test_tables(void **state)
{
	struct sgap_top *top = sgap_top_new(2);
	struct sgap_top_row row;

	(void)state;
	assert_non_null(top);
	feed(top, 100 * S, "192.0.2.1", "10.0.0.1", "www.Example.org", 0, 1000);
	feed(top, 100 * S, "192.0.2.1", "10.0.0.2", "a.b.c.example.ORG", 2, 1000);
	feed(top, 101 * S, "2001:db8::1", "10.0.0.1", "org", 0, 9000);
	feed(top, 101 * S, "2001:db8::1", "10.0.0.1", ".", 5, 9000);
	assert_int_equal(sgap_top_sort(top, SGAP_TOP_SERVERS, SGAP_TOP_FAILED, false, ""), 2);
	is_row(top, SGAP_TOP_SERVERS, 0, "192.0.2.1", 2, 1);
	is_row(top, SGAP_TOP_SERVERS, 1, "2001:db8::1", 2, 1);
	assert_int_equal(sgap_top_sort(top, SGAP_TOP_CLIENTS, SGAP_TOP_TOTAL, false, ""), 2);
	is_row(top, SGAP_TOP_CLIENTS, 0, "10.0.0.1", 3, 1);
	assert_int_equal(sgap_top_sort(top, SGAP_TOP_ZONES, SGAP_TOP_ALPHA, false, ""), 3);
	is_row(top, SGAP_TOP_ZONES, 0, ".", 1, 1);
	is_row(top, SGAP_TOP_ZONES, 1, "example.org.", 2, 1);
	is_row(top, SGAP_TOP_ZONES, 2, "org.", 1, 0);
	sgap_top_sum(top, &row);
	assert_int_equal(row.total, 4);
	assert_int_equal(row.failed, 2);
	sgap_top_free(top);
}

static void test_order(void **state)
{
	struct sgap_top *top = sgap_top_new(2);
	int i;

	(void)state;
	for (i = 0; i < 9; i++)
		feed(top, 100 * S, "192.0.2.1", "10.0.0.1", "x.slow.test", 0, 50000);
	feed(top, 130 * S, "192.0.2.2", "10.0.0.1", "x.now.test", 2, 10);
	sgap_top_now(top, 131 * S);
	sgap_top_sort(top, SGAP_TOP_SERVERS, SGAP_TOP_RATE, false, "");
	is_row(top, SGAP_TOP_SERVERS, 0, "192.0.2.2", 1, 1);
	sgap_top_sort(top, SGAP_TOP_SERVERS, SGAP_TOP_RATE, true, "");
	is_row(top, SGAP_TOP_SERVERS, 0, "192.0.2.1", 9, 0);
	sgap_top_sort(top, SGAP_TOP_SERVERS, SGAP_TOP_TOTAL, false, "");
	is_row(top, SGAP_TOP_SERVERS, 0, "192.0.2.1", 9, 0);
	sgap_top_sort(top, SGAP_TOP_SERVERS, SGAP_TOP_P50, false, "");
	is_row(top, SGAP_TOP_SERVERS, 0, "192.0.2.1", 9, 0);
	sgap_top_sort(top, SGAP_TOP_SERVERS, SGAP_TOP_FAILED, false, "");
	is_row(top, SGAP_TOP_SERVERS, 0, "192.0.2.2", 1, 1);
	assert_int_equal(sgap_top_sort(top, SGAP_TOP_ZONES, SGAP_TOP_ALPHA, false, "NOW"), 1);
	is_row(top, SGAP_TOP_ZONES, 0, "now.test.", 1, 1);
	assert_int_equal(sgap_top_sort(top, SGAP_TOP_ZONES, SGAP_TOP_ALPHA, false, "none"), 0);
	sgap_top_free(top);
}

static void test_history(void **state)
{
	struct sgap_top *top = sgap_top_new(2);
	struct sgap_top_row row;
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		feed(top, 100 * S + (__u64)i * S / 10, "192.0.2.1", "10.0.0.1", "a.test", 0, 1000);
	sgap_top_now(top, 105 * S);
	sgap_top_sum(top, &row);
	assert_int_equal(row.history[59], 0);	/* the second that runs */
	assert_int_equal(row.history[54], 10);
	assert_int_equal(row.history[55], 10);
	assert_int_equal(row.history[56], 0);
	assert_true(row.rate > 1.99 && row.rate < 2.01);
	assert_in_range(row.p50_us, 937, 1063);	/* the histogram's 6.25 % */
	feed(top, 90 * S, "192.0.2.1", "10.0.0.1", "a.test", 0, 1000);	/* out of order */
	sgap_top_sum(top, &row);
	assert_int_equal(row.history[44], 1);
	sgap_top_now(top, 1000 * S);
	sgap_top_sum(top, &row);
	for (i = 0; i < SGAP_TOP_HISTORY; i++)
		assert_int_equal(row.history[i], 0);
	assert_int_equal(row.total, 21);
	sgap_top_now(top, 5 * S);	/* the time never goes back */
	assert_int_equal(sgap_top_time(top), 1000 * S);
	sgap_top_free(top);
}

static void test_states(void **state)
{
	struct sgap_top *top = sgap_top_new(2);
	struct sgap_top_row row;
	union record r;

	(void)state;
	sgap_top_take(top, record(&r, SGAP_TXN_OVERDUE, SGAP_NONE16));
	sgap_top_take(top, record(&r, SGAP_TXN_TIMEOUT, SGAP_NONE16));
	sgap_top_take(top, record(&r, SGAP_TXN_LATE, 0));
	sgap_top_take(top, record(&r, SGAP_TXN_DUPLICATE, 0));
	sgap_top_take(top, record(&r, SGAP_TXN_CONNECTED, SGAP_NONE16));
	record(&r, SGAP_TXN_SILENT, SGAP_NONE16)->qname_len = 0;
	sgap_top_take(top, &r.txn);
	record(&r, SGAP_TXN_ANSWERED, 0)->qname_len = 4000;	/* more than there is */
	sgap_top_take(top, &r.txn);
	record(&r, SGAP_TXN_ANSWERED, 0)->rec.len = 8;
	sgap_top_take(top, &r.txn);
	sgap_top_sum(top, &row);
	assert_int_equal(row.total, 3);
	assert_int_equal(row.failed, 2);
	assert_int_equal(sgap_top_rows(top, SGAP_TOP_ZONES), 1);
	sgap_top_free(top);
}

/* A flood of clients takes no more than its room, and does not push out who counts. */
static void test_bounded(void **state)
{
	struct sgap_top *top = sgap_top_new(2), *copy;
	char client[32];
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		feed(top, 100 * S, "192.0.2.1", "192.0.2.99", "a.test", 0, 1000);
	for (i = 0; i < 20000; i++) {
		snprintf(client, sizeof(client), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		feed(top, 101 * S, "192.0.2.1", client, "a.test", 0, 1000);
	}
	assert_int_equal(sgap_top_rows(top, SGAP_TOP_CLIENTS), 4096);
	assert_int_equal(sgap_top_evicted(top, SGAP_TOP_CLIENTS), 20001 - 4096);
	copy = sgap_top_copy(top);
	assert_non_null(copy);
	feed(top, 102 * S, "192.0.2.7", "192.0.2.99", "a.test", 0, 1000);
	assert_int_equal(sgap_top_sort(copy, SGAP_TOP_CLIENTS, SGAP_TOP_TOTAL, false, ""), 4096);
	is_row(copy, SGAP_TOP_CLIENTS, 0, "192.0.2.99", 1000, 0);
	assert_int_equal(sgap_top_rows(copy, SGAP_TOP_SERVERS), 1);
	assert_int_equal(sgap_top_evicted(copy, SGAP_TOP_CLIENTS), 20001 - 4096);
	sgap_top_free(copy);
	sgap_top_free(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests_name("top_model", tests, NULL, NULL);
}
