// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"
#include "frag.h"
#include "frame.h"

#define T0 (1000 * SGAP_NS_PER_S)
#define TIMEOUT (5 * SGAP_NS_PER_S)
#define PARTS 5u

/* A datagram of five fragments, the last one short. */
static const __u32 starts[PARTS + 1] = { 0, 1480, 2960, 2968, 4448, 4500 };

static struct sgap_frag_table *table;
static __u32 partial, given_up;
static struct sgap_frag last;
static __u64 last_ts;

static void told(void *ctx, const struct sgap_frag *frag, enum sgap_frag_end end, __u64 ts)
{
	(void)ctx;
	if (end == SGAP_FRAG_PARTIAL)
		partial++;
	else
		given_up++;
	last = *frag;
	last_ts = ts;
}

static void make_table(__u32 n)
{
	size_t size = sgap_frag_table_size(n);

	table = aligned_alloc(64, size);
	assert_non_null(table);
	memset(table, 0, size);
	table = sgap_frag_table_init(table, n, TIMEOUT);
	partial = 0;
	given_up = 0;
}

static int setup(void **state)
{
	(void)state;
	make_table(64);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(table);
	return 0;
}

static void send_part(__u32 id, __u32 from, __u32 to, bool more, __u32 total, __u64 ts)
{
	static const __u8 dns[2] = { 0x12, 0x34 };
	struct sgap_pkt pkt = {
		.ts = ts, .src = addr("198.51.100.53"), .dst = addr("192.0.2.1"), .proto = 17,
		.kind = from ? SGAP_FRAME_FRAGMENT : SGAP_FRAME_UDP, .more_frags = more,
		.frag_id = id, .frag_off = from, .frag_len = to - from,
	};
	struct sgap_key key;
	__u64 hash;

	if (!from) {
		pkt.frag_total = total;
		pkt.sport = 53;
		pkt.dport = 4000;
		pkt.from_server = 1;
		pkt.payload = dns;
		pkt.payload_len = 2;
	}
	hash = sgap_frag_hash(&key, &pkt, 77);
	sgap_frag_take(table, &pkt, &key, hash, told, NULL);
}

static void send_nth(__u32 id, __u32 i, __u64 ts)
{
	send_part(id, starts[i], starts[i + 1], i < PARTS - 1, starts[PARTS], ts);
}

static void next_order(__u32 *order, __u32 n)
{
	__u32 i;

	for (i = 0; i < PARTS; i++)
		order[i] = i;
	for (i = PARTS; i > 1; i--, n /= i + 1) {
		__u32 k = n % i, x = order[k];

		order[k] = order[i - 1];
		order[i - 1] = x;
	}
}

/* In each order, some of them twice: nothing is told of. */
static void test_whole(void **state)
{
	__u32 order[PARTS], n, i;

	(void)state;
	for (n = 0; n < 120; n++) {
		next_order(order, n);
		for (i = 0; i < PARTS; i++) {
			send_nth(n, order[i], T0);
			if ((n + i) % 3 == 0)
				send_nth(n, order[i / 2], T0);
		}
		sgap_frag_expire(table, T0 + TIMEOUT, told, NULL);
		assert_int_equal(partial, 0);
	}
	assert_int_equal(given_up, 0);
}

static __u8 missing_of(__u32 set)
{
	__u32 i, edges = 0;

	for (i = 1; i < PARTS; i++)
		edges += (set >> i & 1) && !(set >> (i - 1) & 1);
	edges += set & 1;
	return (set & 1 ? 0 : SGAP_PARTIAL_FIRST) |
	       (set >> (PARTS - 1) & 1 ? 0 : SGAP_PARTIAL_LAST) |
	       (edges > 1 ? SGAP_PARTIAL_MIDDLE : 0);
}

/* Whichever are missing, in order and in reverse: told once, and exactly. */
static void test_missing(void **state)
{
	__u32 set, i, n, seen, sent;

	(void)state;
	for (set = 1; set < (1u << PARTS) - 1; set++) {
		for (n = 0; n < 2; n++) {
			for (i = 0, seen = 0, sent = 0; i < PARTS; i++) {
				__u32 at = n ? PARTS - 1 - i : i;

				if (!(set >> at & 1))
					continue;
				send_nth(set, at, T0 + i);
				seen += starts[at + 1] - starts[at];
				sent++;
			}
			partial = 0;
			sgap_frag_expire(table, T0 + TIMEOUT - 1, told, NULL);
			assert_int_equal(partial, 0);
			sgap_frag_expire(table, T0 + TIMEOUT + PARTS, told, NULL);
			assert_int_equal(partial, 1);
			assert_int_equal(sgap_frag_seen(&last), seen);
			assert_int_equal(sgap_frag_missing(&last), missing_of(set));
			assert_int_equal(last.fragments, sent);
			assert_int_equal(last.total, set & (1u | 1u << (PARTS - 1)) ?
					 starts[PARTS] : 0);
			assert_int_equal(last.dport, set & 1 ? 4000 : 0);
			assert_int_equal(last.dns_id, set & 1 ? 0x1234 : 0);
			assert_true(last_ts == last.ts + TIMEOUT);
		}
	}
	assert_int_equal(given_up, 0);
}

/* Random parts that overlap, against a map of bytes. */
static void test_overlaps(void **state)
{
	static __u8 map[4500];
	__u32 round, i, from, to, seen;

	(void)state;
	for (round = 0; round < 500; round++) {
		memset(map, 0, sizeof(map));
		for (i = 0; i < 6; i++) {
			from = 8 * rnd(500);
			to = from + 1 + rnd(500);
			send_part(round, from, to, true, 4500, T0);
			memset(map + from, 1, to - from);
		}
		for (i = 0, seen = 0; i < sizeof(map); i++)
			seen += map[i];
		partial = 0;
		sgap_frag_expire(table, T0 + TIMEOUT, told, NULL);
		assert_int_equal(partial, seen != 4500);
		if (partial)
			assert_int_equal(sgap_frag_seen(&last), seen);
	}
}

/* More holes than are remembered: given up once, and its later fragments with it. */
static void test_scattered(void **state)
{
	__u32 i;

	(void)state;
	for (i = 0; i < 20; i++)
		send_part(1, 64 * i, 64 * i + 8, true, 4500, T0);
	assert_int_equal(given_up, 1);
	sgap_frag_expire(table, T0 + TIMEOUT, told, NULL);
	assert_int_equal(given_up + partial, 1);
}

/* A flood: each is told of in one way or the other, and no more memory is used. */
static void test_full(void **state)
{
	__u32 i;

	(void)state;
	for (i = 0; i < 10000; i++)
		send_part(i, 8 * (i % 3), 8 * (i % 3) + 8, true, 100, T0 + i);
	assert_in_range(given_up, 10000 - 64, 10000 - 40);
	sgap_frag_expire(table, T0 + TIMEOUT + 10000, told, NULL);
	assert_int_equal(given_up + partial, 10000);
	sgap_frag_expire(table, T0 + 2 * TIMEOUT + 10000, told, NULL);
	assert_int_equal(given_up + partial, 10000);
}

/* Those with a first fragment stay where there is a choice. */
static void test_choice(void **state)
{
	__u32 i;

	(void)state;
	free(table);
	make_table(SGAP_FRAG_WAYS);
	send_nth(1, 0, T0);
	for (i = 2; i < 100; i++)
		send_nth(i, 1, T0 + i);
	assert_int_equal(given_up, 98 - (SGAP_FRAG_WAYS - 1));
	send_nth(1, 1, T0 + 200);
	sgap_frag_expire(table, T0 + TIMEOUT, told, NULL);
	assert_int_equal(partial, 1);
	assert_int_equal(sgap_frag_seen(&last), 2960);
}

/* None of these is a part of a datagram. */
static void test_impossible(void **state)
{
	(void)state;
	send_part(1, 65528, 65536, false, 0, T0);
	send_part(1, 8, 8, true, 0, T0);
	send_part(1, 65528, 131000, true, 0, T0);
	sgap_frag_expire(table, T0 + TIMEOUT, told, NULL);
	assert_int_equal(partial + given_up, 0);
	send_part(1, 65528, 65535, false, 0, T0);
	sgap_frag_expire(table, T0 + TIMEOUT, told, NULL);
	assert_int_equal(partial, 1);
	assert_int_equal(last.total, 65535);
}

/* A clock that is set back by much: all is over; the timeout can be set. */
static void test_clock(void **state)
{
	(void)state;
	send_nth(1, 0, T0);
	sgap_frag_expire(table, T0 - SGAP_NS_PER_S, told, NULL);
	assert_int_equal(partial, 0);
	sgap_frag_expire(table, T0 - 100 * SGAP_NS_PER_S, told, NULL);
	assert_int_equal(partial, 1);
	sgap_frag_table_set(table, SGAP_NS_PER_S);
	send_nth(1, 0, T0);
	sgap_frag_expire(table, T0 + SGAP_NS_PER_S, told, NULL);
	assert_int_equal(partial, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_whole), T(test_missing), T(test_overlaps), T(test_scattered),
		T(test_full), T(test_choice), T(test_impossible), T(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
