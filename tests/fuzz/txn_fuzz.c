// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four bytes a step: what, client and id, name, time. A table of 16, all in few
 * buckets: what began must be what ended and what waits.
 */
#include <stdint.h>
#include <stdlib.h>

#include "txn.h"
#include "wire.h"

static __u64 ended[__SGAP_TXN_STATE_MAX];

static void told(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	(void)ctx;
	if (state <= SGAP_TXN_NONE || state >= __SGAP_TXN_STATE_MAX || ts < txn->ts_query)
		abort();
	if (txn->qname_len && txn->qname[0] + 2u != txn->qname_len)
		abort();
	ended[state]++;
}

/* One label of so many bytes. */
static struct sgap_msg question(__u8 *name, __u8 how)
{
	struct sgap_msg m = { .qname = name, .qtype = 1 };

	name[0] = 1 + how % 63;
	memset(name + 1, 'a' + how / 63, name[0]);
	name[name[0] + 1] = 0;
	m.qname_len = name[0] + 2;
	m.qname_hash = how + 1;
	m.qname_case = how + 1;
	return m;
}

static struct sgap_txn_table *fresh_table(void *mem, size_t size)
{
	static const struct sgap_txn_cfg cfg = {
		.timeout_ns = 5 * SGAP_NS_PER_S, .overdue_ns = SGAP_NS_PER_S,
	};

	memset(mem, 0, size);
	memset(ended, 0, sizeof(ended));
	return sgap_txn_table_init(mem, 16, &cfg);
}

static void check(const struct sgap_txn_table *t, __u64 fresh, __u64 answered)
{
	if (fresh != answered + ended[SGAP_TXN_TIMEOUT] + ended[SGAP_TXN_EVICTED] +
		     ended[SGAP_TXN_ICMP] + sgap_txn_waiting(t))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static __u8 mem[1 << 16] __attribute__((aligned(64)));
	struct sgap_txn_table *t;
	__u64 now = SGAP_NS_PER_S * 1000000000, fresh = 0, answered = 0, hash;
	struct sgap_key key = { .server_port = 53, .proto = 17 };
	struct sgap_txn txn;
	struct sgap_msg m;
	__u8 name[66];
	int state;

	if (sgap_txn_table_size(16) > sizeof(mem))
		abort();
	t = fresh_table(mem, sizeof(mem));
	for (; size >= 4; data += 4, size -= 4) {
		key.client.b[15] = data[1] >> 4;
		key.id = data[1] & 15;
		hash = data[0] & 0x80 ? sgap_txn_hash(&key, 1) : 7;
		m = question(name, data[2]);
		/* The clock goes back now and then. */
		if (data[3] == 255)
			now -= 3600 * SGAP_NS_PER_S;
		else
			now += (__u64)data[3] * data[3] * SGAP_NS_PER_MS;
		switch (data[0] & 7) {
		case 0: case 1: case 2:
			fresh += (__u64)sgap_txn_query(t, &key, hash, &m, now, &txn, told, NULL);
			break;
		case 3:
			m.qname = NULL;
			m.qname_hash = 0;
			/* fall through */
		case 4: case 5:
			state = sgap_txn_answer(t, &key, hash, &m, now, &txn, told, NULL);
			answered += state == SGAP_TXN_ANSWERED;
			break;
		case 6:
			sgap_txn_fail(t, &key, hash, data[0] & 8, SGAP_TXN_ICMP, now, told, NULL);
			break;
		default:
			sgap_txn_expire(t, now, data[0] >> 3 & 15, told, NULL);
			break;
		}
		check(t, fresh, answered);
	}
	return 0;
}
