// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "hist.h"
#include "stats.h"
#include "txn.h"
#include "wire.h"

/* Each value lies in its bin, and the bin's middle is within 6.25 % of it. */
static void test_bins(void **state)
{
	unsigned int bin, last = 0;
	__u64 us;

	(void)state;
	for (us = 0; us < 1ULL << 26; us += 1 + us / 1000) {
		bin = sgap_hist_bin(us);
		assert_true(bin == last || bin == last + 1);
		last = bin;
		assert_true(sgap_hist_low(bin) <= us && us < sgap_hist_low(bin + 1));
		assert_true(us < 8 ? sgap_hist_mid(bin) == us :
			    16 * (us > sgap_hist_mid(bin) ? us - sgap_hist_mid(bin) :
							    sgap_hist_mid(bin) - us) <= us);
	}
	assert_int_equal(sgap_hist_bin((1ULL << 26) - 1), SGAP_HIST_BINS - 1);
	assert_int_equal(sgap_hist_bin(1ULL << 26), SGAP_HIST_BINS - 1);
	assert_int_equal(sgap_hist_bin(~0ULL), SGAP_HIST_BINS - 1);
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static void test_quantiles(void **state)
{
	static const __u32 permille[] = { 1, 250, 500, 900, 990, 999, 1000 };
	static __u64 value[5000];
	__u32 hist[SGAP_HIST_BINS];
	__u32 i, k, n, round;
	__u64 want;

	(void)state;
	memset(hist, 0, sizeof(hist));
	assert_int_equal(sgap_stats_quantile(hist, 500), 0);
	rnd_seed(3);
	for (round = 0; round < 50; round++) {
		n = 1 + rnd(round < 25 ? 20 : 5000);
		memset(hist, 0, sizeof(hist));
		for (i = 0; i < n; i++) {
			value[i] = rnd(1u << (1 + rnd(25)));
			hist[sgap_hist_bin(value[i])]++;
		}
		qsort(value, n, sizeof(value[0]), by_value);
		for (k = 0; k < 7; k++) {
			want = value[(n * (__u64)permille[k] + 999) / 1000 - 1];
			assert_int_equal(sgap_stats_quantile(hist, permille[k]),
					 sgap_hist_mid(sgap_hist_bin(want)));
		}
	}
}

static void test_add(void **state)
{
	static struct sgap_stats a, b;
	__u64 *x = (__u64 *)&a, *y = (__u64 *)&b;
	size_t i, n = offsetof(struct sgap_stats, rtt_first) / 8;

	(void)state;
	for (i = 0; i < n; i++) {
		x[i] = i;
		y[i] = 1000 * i;
	}
	for (i = 0; i < SGAP_HIST_BINS; i++) {
		a.rtt_first[i] = (__u32)i;
		a.rtt_last[i] = 7;
		b.rtt_last[i] = (__u32)i;
	}
	a.tls_reset = b.tls_closed = 1;
	b.tls_reset = a.tls_silent = b.tls_silent = 20;
	sgap_stats_add(&a, &b);
	assert_int_equal(a.tls_reset, 21);
	assert_int_equal(a.tls_closed, 1);
	assert_int_equal(a.tls_silent, 40);
	for (i = 0; i < n; i++)
		assert_int_equal(x[i], 1001 * i);
	for (i = 0; i < SGAP_HIST_BINS; i++) {
		assert_int_equal(a.rtt_first[i], i);
		assert_int_equal(a.rtt_last[i], i + 7);
	}
}

static void test_bad(void **state)
{
	static const __u8 rcodes[] = { 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0 };
	__u32 i;

	(void)state;
	for (i = 0; i < sizeof(rcodes); i++)
		assert_int_equal(sgap_stats_is_bad(SGAP_TXN_ANSWERED, (__u16)i), rcodes[i]);
	for (i = SGAP_TXN_NONE; i < __SGAP_TXN_STATE_MAX; i++)
		assert_int_equal(sgap_stats_is_bad(i, SGAP_NONE16),
				 i == SGAP_TXN_OVERDUE || i == SGAP_TXN_TIMEOUT ||
				 i == SGAP_TXN_ICMP || i == SGAP_TXN_REFUSED ||
				 i == SGAP_TXN_SILENT);
}

/* RCODE and INFO-CODE beyond the tables are counted in the last place. */
static void test_answer_counters(void **state)
{
	static struct sgap_stats s;
	struct sgap_txn txn = { .ts_query = 5000, .ts_last = 2000000, .qname_case = 1 };
	struct sgap_msg msg = { .len = 100, .flags = 0x8200, .ede = 4000, .rcode = 3000 };

	(void)state;
	sgap_stats_answer(&s, &txn, &msg, SGAP_TXN_ANSWERED, 9000000);
	sgap_stats_answer(&s, &txn, &msg, SGAP_TXN_ANSWERED, 0);	/* clock set back */
	sgap_stats_answer(&s, &txn, &msg, SGAP_TXN_LATE, 1);
	sgap_stats_answer(&s, &txn, &msg, SGAP_TXN_DUPLICATE, 1);
	sgap_stats_answer(&s, &txn, &msg, SGAP_TXN_UNMATCHED, 1);
	assert_int_equal(s.responses, 5);
	assert_int_equal(s.answered, 2);
	assert_int_equal(s.late, 1);
	assert_int_equal(s.duplicates, 1);
	assert_int_equal(s.unmatched, 1);
	assert_int_equal(s.response_bytes, 500);
	assert_int_equal(s.truncated, 5);
	assert_int_equal(s.rcode[SGAP_RCODES - 1], 5);
	assert_int_equal(s.ede[SGAP_EDES - 1], 5);
	assert_int_equal(s.rtt_sum_us, 8995);
	assert_int_equal(s.rtt_first[sgap_hist_bin(8995)], 1);
	assert_int_equal(s.rtt_last[sgap_hist_bin(7000)], 1);
	assert_int_equal(s.rtt_first[0], 1);
	assert_int_equal(s.case_mismatch, 0);		/* no question, no case */
}

/* The variable part: name, EXTRA-TEXT, NSID, each cut where it must be. */
static void test_record(void **state)
{
	static __u8 text[3000], nsid[400];
	struct sgap_txn txn = { .qname = (const __u8 *)"\1a\0", .qname_len = 3, .copies = 2,
				.pid = 4711, .cgroup = 0x123456789 };
	struct sgap_msg msg = {
		.ede_text = text, .ede_text_len = 3000, .nsid = nsid, .nsid_len = 400,
		.ede = 9, .rcode = 2, .min_ttl = 60,
	};
	__u32 size = sgap_stats_record_size(&txn, &msg);
	struct sgap_rec_txn *rec;
	__u32 used;

	(void)state;
	memset(text, 't', sizeof(text));
	memset(nsid, 'n', sizeof(nsid));
	used = sizeof(*rec) + 3 + SGAP_STATS_TEXT_MAX + 255;
	assert_int_equal(size, (used + 7) / 8 * 8);
	rec = malloc(size);
	if (!rec)
		abort();
	memset(rec, 0xa5, size);
	sgap_stats_record(rec, &txn, &msg, NULL, SGAP_TXN_ANSWERED, 77);
	assert_int_equal(rec->qname_len, 3);
	assert_int_equal(rec->ede_text_len, SGAP_STATS_TEXT_MAX);
	assert_int_equal(rec->nsid_len, 255);
	assert_memory_equal(rec->data, "\1a\0tttt", 7);
	assert_int_equal(rec->data[3 + SGAP_STATS_TEXT_MAX], 'n');
	for (; used < size; used++)
		assert_int_equal(((__u8 *)rec)[used], 0);
	assert_int_equal(rec->pid, 4711);
	assert_true(rec->cgroup == 0x123456789ULL);
	assert_true(rec->id == 0xa5a5a5a5a5a5a5a5ULL);	/* the caller's */
	free(rec);
	txn.qname_len = 0;
	assert_int_equal(sgap_stats_record_size(&txn, NULL), (sizeof(*rec) + 7) / 8 * 8);
}

static void test_classes(void **state)
{
	static const __u16 at[] = { 128, 256, 512, 1232, 1452, 4096, 16384 };
	__u32 type, i, n[SGAP_QTYPES] = { 0 };

	(void)state;
	for (type = 0; type < 65536; type++)
		n[sgap_stats_qtype((__u16)type)]++;
	for (i = 1; i < SGAP_QTYPES; i++)
		assert_int_equal(n[i], i == SGAP_QTYPE_HTTPS || i == SGAP_QTYPE_XFR ? 2 : 1);
	assert_int_equal(sgap_stats_qtype(1), SGAP_QTYPE_A);
	assert_int_equal(sgap_stats_qtype(28), SGAP_QTYPE_AAAA);
	assert_int_equal(sgap_stats_qtype(251), SGAP_QTYPE_XFR);
	assert_int_equal(sgap_stats_qtype(255), SGAP_QTYPE_ANY);
	for (i = 0; i < sizeof(at) / sizeof(*at); i++) {
		assert_int_equal(sgap_stats_size(at[i]), i);
		assert_int_equal(sgap_stats_size((__u16)(at[i] + 1)), i + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins), cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_add), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_answer_counters), cmocka_unit_test(test_record),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
