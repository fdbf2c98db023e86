// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of transactions against one that is slow and plain. */
#include "build.h"
#include "txn.h"
#include "wire.h"

#define S SGAP_NS_PER_S
#define MS SGAP_NS_PER_MS
#define T0 (1000 * S)

static const struct sgap_txn_cfg cfg = { .timeout_ns = 5 * S, .overdue_ns = 1 * S };

static void *memory;

static struct sgap_txn_table *table(__u32 n)
{
	size_t size = sgap_txn_table_size(n);

	free(memory);
	memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
	memset(memory, 0, size);
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

/* The horrible way: an array, searched from end to end. */
#define MODEL 20000

static struct model {
	struct sgap_key key;
	char name;
	__u64 ts, last;
	int state;
	bool overdue;
	__u32 copies, answers;
} model[MODEL];
static __u32 models;
static __u64 count[__SGAP_TXN_STATE_MAX], model_count[__SGAP_TXN_STATE_MAX];

static void count_told(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	(void)ctx;
	(void)txn;
	(void)ts;
	count[state]++;
}

static struct model *model_find(const struct sgap_key *key, char name)
{
	__u32 i;

	for (i = models; i-- > 0;)
		if (sgap_key_same(&model[i].key, key) && (!name || model[i].name == name))
			return &model[i];
	return NULL;
}

static void model_pass(__u64 now)
{
	__u32 i;

	for (i = 0; i < models; i++) {
		if (model[i].state != SGAP_TXN_NONE)
			continue;
		if (!model[i].overdue && now - model[i].ts >= cfg.overdue_ns) {
			model[i].overdue = true;
			model_count[SGAP_TXN_OVERDUE]++;
		}
		if (now - model[i].ts >= cfg.timeout_ns) {
			model[i].state = SGAP_TXN_TIMEOUT;
			model_count[SGAP_TXN_TIMEOUT]++;
		}
	}
}

static int model_query(const struct sgap_key *key, char name, __u64 now)
{
	struct model *m = model_find(key, name);

	if (m && now - m->ts < cfg.timeout_ns) {
		m->copies++;
		m->last = now;
		return 0;
	}
	assert_true(models < MODEL);
	m = &model[models++];
	memset(m, 0, sizeof(*m));
	m->key = *key;
	m->name = name;
	m->ts = m->last = now;
	m->copies = 1;
	return 1;
}

static int model_answer(const struct sgap_key *key, char name, __u64 now)
{
	struct model *m = model_find(key, name);

	if (!m || now - m->ts > SGAP_TXN_KEEP_NS)
		return SGAP_TXN_UNMATCHED;
	if (m->state == SGAP_TXN_NONE) {
		m->state = SGAP_TXN_ANSWERED;
		m->answers++;
		return SGAP_TXN_ANSWERED;
	}
	return m->answers++ ? SGAP_TXN_DUPLICATE : SGAP_TXN_LATE;
}

static int model_fail(const struct sgap_key *key)
{
	int n = 0;
	__u32 i;

	for (i = 0; i < models; i++) {
		if (model[i].state == SGAP_TXN_NONE && sgap_key_same(&model[i].key, key)) {
			model[i].state = SGAP_TXN_ICMP;
			model_count[SGAP_TXN_ICMP]++;
			n++;
		}
	}
	return n;
}

/* One random step for both. */
static void step(struct sgap_txn_table *t, __u64 now, bool expire)
{
	char name[] = "?.example";
	struct sgap_key key = key_of(rnd(6), (__u16)rnd(8));
	__u64 hash = sgap_txn_hash(&key, 0);
	struct model *m;
	struct sgap_msg msg;
	struct sgap_txn txn;
	int state;

	name[0] = (char)('a' + rnd(3));
	model_pass(now);
	if (expire)
		while (sgap_txn_expire(t, now, 3, count_told, NULL) == 3)
			;
	switch (rnd(20)) {
	case 0:
		assert_int_equal(sgap_txn_fail(t, &key, hash, false, SGAP_TXN_ICMP, now,
					       count_told, NULL), model_fail(&key));
		break;
	case 1: case 2: case 3: case 4: case 5: case 6: case 7: case 8: case 9:
		msg = msg_of(key.id, name, 1, -1);
		assert_int_equal(sgap_txn_query(t, &key, hash, &msg, now, &txn, count_told, NULL),
				 model_query(&key, name[0], now));
		break;
	default:
		msg = msg_of(key.id, name, 1, 0);
		state = model_answer(&key, name[0], now);
		assert_int_equal(sgap_txn_answer(t, &key, hash, &msg, now, &txn, count_told, NULL),
				 state);
		if (state == SGAP_TXN_UNMATCHED)
			break;
		m = model_find(&key, name[0]);
		if (!m)
			abort();
		assert_int_equal(txn.copies, m->copies);
		assert_int_equal(txn.answers, m->answers);
		assert_int_equal(txn.overdue, m->overdue);
		assert_true(txn.ts_query == m->ts && txn.ts_last == m->last);
		break;
	}
}

static void against_model(__u64 seed, bool expire, __u32 pace_ms)
{
	struct sgap_txn_table *t = table(256);	/* more than there are keys: none is evicted */
	__u64 now = T0;
	__u32 i, waiting;

	rnd_seed(seed);
	models = 0;
	memset(count, 0, sizeof(count));
	memset(model_count, 0, sizeof(model_count));
	for (i = 0; i < 15000; i++) {
		now += (__u64)rnd(pace_ms) * MS + rnd(1000);
		step(t, now, expire);
	}
	now += 40 * S;
	model_pass(now);
	while (sgap_txn_expire(t, now, 7, count_told, NULL) == 7)
		;
	assert_memory_equal(count, model_count, sizeof(count));
	for (waiting = 0, i = 0; i < models; i++)
		waiting += model[i].state == SGAP_TXN_NONE;
	assert_int_equal(sgap_txn_waiting(t), waiting);
}

static void test_against_model(void **state)
{
	(void)state;
	against_model(1, true, 10);
	against_model(2, true, 200);
	against_model(3, false, 30);
	against_model(4, false, 1000);
}

/* Small table, many keys: conservation whatever is evicted. */
static void test_conservation(void **state)
{
	__u64 fresh = 0, answered = 0, ended, now = T0;
	struct sgap_txn_table *t = table(32);
	struct sgap_msg msg;
	struct sgap_txn txn;
	struct sgap_key key;
	char name[80];
	__u32 i;

	(void)state;
	rnd_seed(5);
	memset(count, 0, sizeof(count));
	for (i = 0; i < 200000; i++) {
		memset(name, 'l', sizeof(name));
		strcpy(name + 1 + 30 * rnd(3), ".example");
		name[0] = (char)('a' + rnd(2));
		now += rnd(500) ? rnd(20) * MS : 6 * S;
		key = key_of(rnd(4), (__u16)rnd(16));
		msg = msg_of(key.id, name, 1, rnd(2) ? -1 : 0);
		if (msg.flags & SGAP_DNS_QR)
			answered += sgap_txn_answer(t, &key, sgap_txn_hash(&key, 0), &msg, now,
						    &txn, count_told, NULL) == SGAP_TXN_ANSWERED;
		else
			fresh += (__u64)sgap_txn_query(t, &key, sgap_txn_hash(&key, 0), &msg,
						       now, rnd(2) ? &txn : NULL, count_told,
						       NULL);
		if (!rnd(50))
			sgap_txn_fail(t, &key, sgap_txn_hash(&key, 0), rnd(2), SGAP_TXN_ICMP, now,
				      count_told, NULL);
		if (rnd(2))
			sgap_txn_expire(t, now, (int)rnd(4), count_told, NULL);
		ended = count[SGAP_TXN_TIMEOUT] + count[SGAP_TXN_EVICTED] + count[SGAP_TXN_ICMP];
		assert_true(fresh == answered + ended + sgap_txn_waiting(t));
	}
	assert_true(count[SGAP_TXN_EVICTED] > 100 && count[SGAP_TXN_TIMEOUT] > 100 &&
		    count[SGAP_TXN_ICMP] > 100 && answered > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_model),
		cmocka_unit_test(test_conservation),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(memory);
	return failed;
}
