// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "txn.h"
#include "wire.h"

#define S SGAP_NS_PER_S
#define MS SGAP_NS_PER_MS
#define T0 (1000 * S)
#define EVENTS 4096

static const struct sgap_txn_cfg cfg = { .timeout_ns = 5 * S, .overdue_ns = 1 * S };

/* What fn was told. */
static struct {
	int state;
	__u64 ts, ts_query;
	__u16 id;
	__u16 copies;
	__u32 qname_len;
	__u8 qname[256];
} event[EVENTS];
static __u32 events;

static void told(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	assert_ptr_equal(ctx, &events);
	if (events < EVENTS) {
		event[events].state = state;
		event[events].ts = ts;
		event[events].ts_query = txn->ts_query;
		event[events].id = txn->key.id;
		event[events].copies = txn->copies;
		event[events].qname_len = txn->qname_len;
		if (txn->qname_len)
			memcpy(event[events].qname, txn->qname, txn->qname_len);
	}
	events++;
}

static void *memory;

static struct sgap_txn_table *table(__u32 n)
{
	size_t size = sgap_txn_table_size(n);

	free(memory);
	memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
	memset(memory, 0, size);
	events = 0;
	return sgap_txn_table_init(memory, n, &cfg);
}

static struct sgap_key key_of(__u32 client, __u16 id)
{
	struct sgap_key key = { .client_port = 1024, .server_port = 53, .id = id, .proto = 17 };
	__u8 be[4] = { 10, (__u8)(client >> 16), (__u8)(client >> 8), (__u8)client };

	sgap_addr_set_v4(&key.client, be);
	sgap_addr_set_v4(&key.server, "\xc0\0\2\x35");
	return key;
}

static struct bytes wire;

static struct sgap_msg msg_of(__u16 id, const char *name, __u16 type, int rcode)
{
	struct sgap_msg m;

	if (rcode < 0)
		make_query(&wire, id, name, type);
	else
		make_answer(&wire, id, name, type, (__u8)rcode);
	assert_int_equal(sgap_wire_parse(&m, wire.b, wire.len, wire.len), 0);
	return m;
}

static int ask(struct sgap_txn_table *t, __u32 client, __u16 id, const char *name, __u64 ts)
{
	struct sgap_key key = key_of(client, id);
	struct sgap_msg m = msg_of(id, name, 1, -1);
	struct sgap_txn txn;
	int fresh;

	fresh = sgap_txn_query(t, &key, sgap_txn_hash(&key, 0), &m, ts, &txn, told, &events);
	assert_true(sgap_key_same(&txn.key, &key));
	if (fresh) {		/* a resend keeps the first spelling */
		assert_int_equal(txn.qname_len, m.qname_len);
		assert_memory_equal(txn.qname, m.qname, m.qname_len);
		assert_int_equal(txn.state, SGAP_TXN_NONE);
	}
	return fresh;
}

static struct sgap_txn got;

static int answer(struct sgap_txn_table *t, __u32 client, __u16 id, const char *name, __u64 ts)
{
	struct sgap_key key = key_of(client, id);
	struct sgap_msg m = msg_of(id, name ? name : ".", 1, 0);

	if (!name) {
		m.qname = NULL;
		m.qname_len = 0;
		m.qname_hash = 0;
		m.qtype = 0;
	}
	return sgap_txn_answer(t, &key, sgap_txn_hash(&key, 0), &m, ts, &got, told, &events);
}

static int fail_at(struct sgap_txn_table *t, __u32 client, __u16 id, bool any, __u64 ts)
{
	struct sgap_key key = key_of(client, id);

	return sgap_txn_fail(t, &key, sgap_txn_hash(&key, 0), any, SGAP_TXN_ICMP, ts, told,
			     &events);
}

static void test_answered(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	assert_int_equal(ask(t, 1, 7, "a.example", T0), 1);
	assert_int_equal(sgap_txn_waiting(t), 1);
	assert_int_equal(answer(t, 1, 7, "A.Example", T0 + 20 * MS), SGAP_TXN_ANSWERED);
	assert_true(got.ts_query == T0 && got.ts_last == T0);
	assert_int_equal(got.copies, 1);
	assert_int_equal(got.answers, 1);
	assert_int_equal(sgap_txn_waiting(t), 0);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 30 * MS), SGAP_TXN_DUPLICATE);
	assert_int_equal(got.answers, 2);
	assert_int_equal(events, 0);
}

static void test_keys(void **state)
{
	struct sgap_txn_table *t = table(16);
	struct sgap_key key = key_of(1, 7);
	struct sgap_msg m = msg_of(7, "a.example", 28, 0);
	struct sgap_key other;
	struct sgap_txn txn;
	int i;

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	assert_int_equal(answer(t, 2, 7, "a.example", T0), SGAP_TXN_UNMATCHED);
	assert_int_equal(answer(t, 1, 8, "a.example", T0), SGAP_TXN_UNMATCHED);
	assert_int_equal(answer(t, 1, 7, "b.example", T0), SGAP_TXN_UNMATCHED);
	assert_int_equal(sgap_txn_answer(t, &key, sgap_txn_hash(&key, 0), &m, T0, &txn, told,
					 &events), SGAP_TXN_UNMATCHED);
	assert_true(sgap_key_same(&txn.key, &key));
	assert_int_equal(txn.ts_query, 0);
	m = msg_of(7, "a.example", 1, 0);
	for (i = 0; i < 5; i++) {
		other = key;
		if (i == 0)
			other.proto = 6;
		else if (i == 1)
			other.client_port++;
		else if (i == 2)
			other.server_port++;
		else if (i == 3)
			other.server.b[15]++;
		else
			other.client.b[0]++;
		assert_int_equal(sgap_txn_answer(t, &other, sgap_txn_hash(&other, 0), &m, T0, &txn,
						 told, &events), SGAP_TXN_UNMATCHED);
	}
	assert_int_equal(answer(t, 1, 7, "a.example", T0), SGAP_TXN_ANSWERED);
}

static void test_resend(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	assert_int_equal(ask(t, 1, 7, "a.example", T0), 1);
	assert_int_equal(ask(t, 1, 7, "a.EXAMPLE", T0 + 800 * MS), 0);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 900 * MS), SGAP_TXN_ANSWERED);
	assert_int_equal(got.copies, 2);
	assert_true(got.ts_query == T0 && got.ts_last == T0 + 800 * MS);
	/* What glibc does after SERVFAIL: the same id and question again. */
	assert_int_equal(ask(t, 1, 7, "a.example", T0 + 950 * MS), 0);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 990 * MS), SGAP_TXN_DUPLICATE);
	assert_int_equal(sgap_txn_waiting(t), 0);
	/* After the timeout of the first it is another one. */
	assert_int_equal(ask(t, 1, 7, "a.example", T0 + 5 * S), 1);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 5001 * MS), SGAP_TXN_ANSWERED);
	assert_true(got.flags & SGAP_TXN_F_REOPENED);
	assert_int_equal(got.copies, 1);
}

/* Two questions with one id from one port. */
static void test_same_id(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	assert_int_equal(ask(t, 1, 7, "a.example", T0), 1);
	assert_int_equal(ask(t, 1, 7, "b.example", T0 + 1), 1);
	assert_int_equal(answer(t, 1, 7, "b.example", T0 + 2), SGAP_TXN_ANSWERED);
	assert_true(got.ts_query == T0 + 1);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 3), SGAP_TXN_ANSWERED);
	assert_true(got.ts_query == T0);
}

static void test_header_only(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	assert_int_equal(answer(t, 1, 7, NULL, T0), SGAP_TXN_UNMATCHED);
	ask(t, 1, 7, "a.example", T0);
	ask(t, 1, 7, "b.example", T0 + 1);
	ask(t, 1, 8, "c.example", T0 + 1);
	assert_int_equal(answer(t, 1, 7, NULL, T0 + 2), SGAP_TXN_ANSWERED);
	assert_true(got.ts_query == T0);
	assert_int_equal(answer(t, 1, 7, NULL, T0 + 3), SGAP_TXN_ANSWERED);
	assert_true(got.ts_query == T0 + 1);
	assert_int_equal(answer(t, 1, 7, NULL, T0 + 4), SGAP_TXN_DUPLICATE);
	assert_int_equal(answer(t, 1, 9, NULL, T0 + 4), SGAP_TXN_UNMATCHED);
	assert_int_equal(sgap_txn_waiting(t), 1);
}

static void test_expire(void **state)
{
	struct sgap_txn_table *t = table(16);
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		ask(t, 1, (__u16)i, "a.example", T0 + i * 100 * MS);
	assert_int_equal(answer(t, 1, 1, "a.example", T0 + 200 * MS), SGAP_TXN_ANSWERED);
	assert_int_equal(sgap_txn_expire(t, T0 + S - 1, 10, told, &events), 0);
	assert_int_equal(events, 0);
	assert_int_equal(sgap_txn_expire(t, T0 + S, 10, told, &events), 1);
	assert_int_equal(event[0].state, SGAP_TXN_OVERDUE);
	assert_int_equal(event[0].id, 0);
	assert_true(event[0].ts == T0 + S);
	/* Late, with a budget of one: the times are those when it was due. */
	while (sgap_txn_expire(t, T0 + 20 * S, 1, told, &events))
		;
	assert_int_equal(events, 4);
	assert_int_equal(event[1].state, SGAP_TXN_OVERDUE);
	assert_true(event[1].ts == T0 + 1200 * MS);
	assert_int_equal(event[2].state, SGAP_TXN_TIMEOUT);
	assert_true(event[2].ts == T0 + 5 * S);
	assert_int_equal(event[3].state, SGAP_TXN_TIMEOUT);
	assert_true(event[3].ts == T0 + 5200 * MS);
	assert_int_equal(sgap_txn_waiting(t), 0);
}

/* What waits for the last second of an ended one must not make the next query wait. */
static void test_due_sooner(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	ask(t, 1, 1, "a.example", T0);
	assert_int_equal(answer(t, 1, 1, "a.example", T0 + 10 * MS), SGAP_TXN_ANSWERED);
	assert_int_equal(sgap_txn_expire(t, T0 + 20 * MS, 10, told, &events), 0);
	ask(t, 1, 2, "b.example", T0 + 1 * S);
	assert_int_equal(sgap_txn_expire(t, T0 + 2 * S, 10, told, &events), 1);
	assert_int_equal(event[0].state, SGAP_TXN_OVERDUE);
	assert_int_equal(sgap_txn_expire(t, T0 + 6 * S, 10, told, &events), 1);
	assert_int_equal(event[1].state, SGAP_TXN_TIMEOUT);
	assert_int_equal(event[1].id, 2);
}

static void test_late(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	sgap_txn_expire(t, T0 + 6 * S, 10, told, &events);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 7 * S), SGAP_TXN_LATE);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 8 * S), SGAP_TXN_DUPLICATE);
	ask(t, 1, 8, "a.example", T0 + 8 * S);
	/* Nobody called expire(): the answer itself says what came before it. */
	events = 0;
	assert_int_equal(answer(t, 1, 8, "a.example", T0 + 14 * S), SGAP_TXN_LATE);
	assert_int_equal(events, 2);
	assert_int_equal(event[0].state, SGAP_TXN_OVERDUE);
	assert_true(event[0].ts == T0 + 9 * S);
	assert_int_equal(event[1].state, SGAP_TXN_TIMEOUT);
	assert_true(event[1].ts == T0 + 13 * S);
	/* After the keeping time it is an answer to nothing, forgotten or not. */
	assert_int_equal(answer(t, 1, 8, "a.example", T0 + 38 * S), SGAP_TXN_DUPLICATE);
	assert_int_equal(answer(t, 1, 8, "a.example", T0 + 38 * S + 1), SGAP_TXN_UNMATCHED);
	sgap_txn_expire(t, T0 + 60 * S, 10, told, &events);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 7 * S), SGAP_TXN_UNMATCHED);
}

/* An answer between overdue and timeout. */
static void test_overdue_then_answered(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 1 * S), SGAP_TXN_ANSWERED);
	assert_int_equal(events, 1);
	assert_int_equal(event[0].state, SGAP_TXN_OVERDUE);
	assert_int_equal(got.overdue, 1);
}

static void test_evict_ended_first(void **state)
{
	struct sgap_txn_table *t = table(16);
	int i;

	(void)state;
	for (i = 0; i < 16; i++)
		ask(t, 1, (__u16)i, "a.example", T0 + i);
	answer(t, 1, 9, "a.example", T0 + 20);
	answer(t, 1, 4, "a.example", T0 + 21);
	ask(t, 2, 0, "a.example", T0 + 30);	/* takes the place of 9, ended first */
	assert_int_equal(events, 0);
	assert_int_equal(answer(t, 1, 9, "a.example", T0 + 31), SGAP_TXN_UNMATCHED);
	assert_int_equal(answer(t, 1, 4, "a.example", T0 + 31), SGAP_TXN_DUPLICATE);
	ask(t, 2, 1, "a.example", T0 + 40);
	assert_int_equal(answer(t, 1, 4, "a.example", T0 + 41), SGAP_TXN_UNMATCHED);
	assert_int_equal(events, 0);
	ask(t, 2, 2, "a.example", T0 + 50);	/* all wait: the oldest goes */
	assert_int_equal(events, 1);
	assert_int_equal(event[0].state, SGAP_TXN_EVICTED);
	assert_int_equal(event[0].id, 0);
	assert_true(event[0].ts == T0 + 50 && event[0].ts_query == T0);
	assert_int_equal(sgap_txn_waiting(t), 16);
}

/* Evicted overdue ones before younger ones. */
static void test_evict_overdue(void **state)
{
	struct sgap_txn_table *t = table(16);
	int i;

	(void)state;
	for (i = 0; i < 16; i++)
		ask(t, 1, (__u16)i, "a.example", T0 + i * 100 * MS);
	sgap_txn_expire(t, T0 + 1500 * MS, 100, told, &events);
	assert_int_equal(events, 6);
	events = 0;
	for (i = 0; i < 16; i++)
		ask(t, 2, (__u16)i, "a.example", T0 + 1500 * MS + i);
	assert_int_equal(events, 16);
	for (i = 0; i < 16; i++) {
		assert_int_equal(event[i].state, SGAP_TXN_EVICTED);
		assert_int_equal(event[i].id, i);
	}
}

/* Names too long for the store: waiting ones go, with their names whole. */
static void test_name_store(void **state)
{
	static char name[64];
	struct sgap_txn_table *t = table(256);	/* 384 parts of 32 bytes */
	struct sgap_key key;
	struct sgap_msg m;
	__u8 want[256];
	__u32 i, k, waited = 0;

	(void)state;
	memset(name, 'n', 63);
	for (i = 0; i < 600; i++) {
		make_query(&wire, (__u16)i, name, 1);
		wire.b[13] = (__u8)('a' + i % 26);
		wire.b[14] = (__u8)('a' + i / 26 % 26);
		assert_int_equal(sgap_wire_parse(&m, wire.b, wire.len, wire.len), 0);
		key = key_of(i, (__u16)i);
		assert_int_equal(sgap_txn_query(t, &key, sgap_txn_hash(&key, 0), &m, T0 + i, NULL,
						told, &events), 1);
		if (sgap_txn_waiting(t) > waited)
			waited = sgap_txn_waiting(t);
	}
	assert_int_equal(waited, 384 / 3);
	assert_int_equal(events + sgap_txn_waiting(t), 600);
	memcpy(want, wire.b + 12, 65);
	for (k = 0; k < events; k++) {
		want[1] = (__u8)('a' + k % 26);
		want[2] = (__u8)('a' + k / 26 % 26);
		assert_int_equal(event[k].state, SGAP_TXN_EVICTED);
		assert_int_equal(event[k].id, k);
		assert_int_equal(event[k].qname_len, 65);
		assert_memory_equal(event[k].qname, want, 65);
	}
}

/* The same hash for all: what a flood would do to one bucket. */
static void test_one_bucket(void **state)
{
	struct sgap_txn_table *t = table(1024);
	struct sgap_msg m = msg_of(1, "a.example", 1, -1);
	struct sgap_key key;
	struct sgap_txn txn;
	__u32 i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		key = key_of(i, 1);
		assert_int_equal(sgap_txn_query(t, &key, 42, &m, T0 + i, &txn, told, &events), 1);
	}
	assert_int_equal(sgap_txn_waiting(t), 32);
	assert_int_equal(events, 1000 - 32);
	for (i = 0; i < 1000; i++) {
		key = key_of(i, 1);
		assert_int_equal(sgap_txn_answer(t, &key, 42, &m, T0 + i, &txn, told, &events),
				 i < 1000 - 32 ? SGAP_TXN_UNMATCHED : SGAP_TXN_ANSWERED);
	}
}

static void test_fail(void **state)
{
	struct sgap_txn_table *t = table(64);

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	ask(t, 1, 7, "b.example", T0);
	ask(t, 1, 8, "a.example", T0);
	ask(t, 2, 7, "a.example", T0);
	assert_int_equal(fail_at(t, 1, 7, false, T0 + MS), 2);
	assert_int_equal(events, 2);
	assert_int_equal(event[0].state, SGAP_TXN_ICMP);
	assert_true(event[0].ts == T0 + MS);
	assert_int_equal(fail_at(t, 1, 7, false, T0 + MS), 0);
	assert_int_equal(fail_at(t, 1, 0, true, T0 + 2 * MS), 1);
	assert_int_equal(event[2].id, 8);
	assert_int_equal(sgap_txn_waiting(t), 1);
	/* An answer after all: it comes late, not instead. */
	assert_int_equal(answer(t, 1, 7, "a.example", T0 + 3 * MS), SGAP_TXN_LATE);
	assert_int_equal(answer(t, 2, 7, "a.example", T0 + 3 * MS), SGAP_TXN_ANSWERED);
	/* What has timed out before the error came did so. */
	ask(t, 3, 9, "a.example", T0);
	events = 0;
	assert_int_equal(fail_at(t, 3, 9, true, T0 + 6 * S), 0);
	assert_int_equal(events, 2);
	assert_int_equal(event[1].state, SGAP_TXN_TIMEOUT);
}

static void test_fail_reaches_overdue(void **state)
{
	struct sgap_txn_table *t = table(64);

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	sgap_txn_expire(t, T0 + 2 * S, 10, told, &events);
	ask(t, 1, 8, "a.example", T0 + 2 * S);
	assert_int_equal(fail_at(t, 1, 0, true, T0 + 2 * S), 2);
}

static void test_new_times(void **state)
{
	struct sgap_txn_table *t = table(16);
	struct sgap_txn_cfg new = { .timeout_ns = 200 * MS, .overdue_ns = 900 * MS };

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	sgap_txn_table_set(t, &new);
	assert_int_equal(sgap_txn_expire(t, T0 + 200 * MS, 10, told, &events), 2);
	assert_true(event[0].ts == T0 + 200 * MS && event[0].state == SGAP_TXN_OVERDUE);
	assert_true(event[1].ts == T0 + 200 * MS && event[1].state == SGAP_TXN_TIMEOUT);
}

/* The clock is set: forward all are due, back nothing waits for ever. */
static void test_clock(void **state)
{
	struct sgap_txn_table *t = table(16);

	(void)state;
	ask(t, 1, 7, "a.example", T0);
	assert_int_equal(answer(t, 1, 7, "a.example", T0 - S), SGAP_TXN_ANSWERED);
	ask(t, 1, 8, "a.example", T0);
	assert_int_equal(sgap_txn_expire(t, T0 - 20 * S, 10, told, &events), 0);
	assert_int_equal(sgap_txn_expire(t, T0 - 3600 * S, 10, told, &events), 4);
	assert_int_equal(sgap_txn_waiting(t), 0);
	assert_int_equal(ask(t, 1, 8, "a.example", T0 - 3600 * S), 1);
	assert_int_equal(answer(t, 1, 8, "a.example", T0 - 3599 * S - MS), SGAP_TXN_ANSWERED);
}

static void test_hash(void **state)
{
	__u32 flows[256] = { 0 }, ids[256] = { 0 };
	struct sgap_key a, b;
	__u32 i;

	(void)state;
	a = key_of(1, 1);
	b = key_of(1, 2);
	assert_int_equal(sgap_txn_flow(sgap_txn_hash(&a, 9)), sgap_txn_flow(sgap_txn_hash(&b, 9)));
	assert_true(sgap_txn_hash(&a, 9) != sgap_txn_hash(&b, 9));
	assert_true(sgap_txn_hash(&a, 9) != sgap_txn_hash(&a, 10));
	/* Even buckets for clients in a row and for ids in a row. */
	for (i = 0; i < 65536; i++) {
		a = key_of(i, 1);
		flows[sgap_txn_flow(sgap_txn_hash(&a, 3)) & 255]++;
		a = key_of(1, (__u16)i);
		ids[sgap_key_bucket(sgap_txn_hash(&a, 3), 56)]++;
	}
	for (i = 0; i < 256; i++) {
		assert_in_range(flows[i], 128, 512);
		assert_in_range(ids[i], 128, 512);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answered), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_resend), cmocka_unit_test(test_same_id),
		cmocka_unit_test(test_header_only), cmocka_unit_test(test_expire),
		cmocka_unit_test(test_late), cmocka_unit_test(test_due_sooner),
		cmocka_unit_test(test_overdue_then_answered),
		cmocka_unit_test(test_evict_ended_first), cmocka_unit_test(test_evict_overdue),
		cmocka_unit_test(test_name_store), cmocka_unit_test(test_one_bucket),
		cmocka_unit_test(test_fail), cmocka_unit_test(test_fail_reaches_overdue),
		cmocka_unit_test(test_new_times), cmocka_unit_test(test_clock),
		cmocka_unit_test(test_hash),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(memory);
	return failed;
}
