// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of the ring against a file that is laid out as /dev/stopgapN is.
 * The data's second copy, which in the device is the same memory, is written
 * by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/live.h"

#define SIZE 8192u	/* of the ring */

struct fake {
	struct sgap_live *live;
	struct sgap_ring_page *consumer, *producer;
	unsigned char *data;
	size_t page, len;
	int fd;
};

/* A ring whose positions begin at pos. */
static void make(struct fake *f, __u64 pos, __u64 size)
{
	char path[64];
	void *p;

	f->page = (size_t)sysconf(_SC_PAGESIZE);
	f->len = 2 * f->page + 2 * SIZE;
	f->fd = memfd_create("ring", 0);
	assert_true(f->fd >= 0);
	assert_int_equal(ftruncate(f->fd, (off_t)f->len), 0);
	p = mmap(NULL, f->len, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	assert_true(p != MAP_FAILED);
	f->consumer = p;
	f->producer = (void *)((char *)p + f->page);
	f->data = (unsigned char *)p + 2 * f->page;
	f->consumer->pos = pos;
	f->producer->pos = pos;
	f->producer->size = size;
	f->live = NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	assert_int_equal(sgap_live_open(&f->live, path),
			 size == SIZE ? 0 : -EPROTO);
}

static void unmake(struct fake *f)
{
	sgap_live_close(f->live);
	munmap(f->consumer, f->len);
	close(f->fd);
}

/* Write a record; raw is its length field, with BUSY if wanted. */
static void put(struct fake *f, __u32 raw, __u16 type, __u64 value)
{
	struct {
		struct sgap_rec rec;
		__u64 value;
	} r = { { raw, type, 1, 0 }, value };
	size_t i, at = f->producer->pos & (SIZE - 1);
	const unsigned char *p = (const void *)&r;

	for (i = 0; i < sizeof(r); i++) {
		f->data[(at + i) % SIZE] = p[i];
		f->data[(at + i) % SIZE + SIZE] = p[i];
	}
	f->producer->pos += raw & SGAP_REC_LEN;
}

static __u64 value_of(const struct sgap_rec *rec)
{
	__u64 v;

	memcpy(&v, rec + 1, sizeof(v));
	return v;
}

static void test_order_and_wrap(void **state)
{
	const struct sgap_rec *rec;
	struct fake f;
	__u64 i, read = 0;

	(void)state;
	make(&f, (1ULL << 40) + SIZE - 8, SIZE);	/* the first record wraps */
	for (i = 0; i < 5000; i++) {
		put(&f, 16, SGAP_REC_TXN, i);
		if (i % 7)
			continue;
		while (sgap_live_next(f.live, &rec) == 1) {
			assert_int_equal(value_of(rec), read);
			read++;
		}
		assert_int_equal(read, i + 1);
		assert_int_equal(f.consumer->pos, f.producer->pos);
	}
	unmake(&f);
}

/* Room is handed back on the way, and not before the record was used. */
static void test_hands_back(void **state)
{
	const struct sgap_rec *rec;
	struct fake f;
	int i;

	(void)state;
	make(&f, 0, SIZE);
	for (i = 0; i < (int)SIZE / 16; i++)
		put(&f, 16, SGAP_REC_TXN, (__u64)i);
	for (i = 0; i < (int)SIZE / 16; i++) {
		assert_int_equal(sgap_live_next(f.live, &rec), 1);
		assert_true(f.consumer->pos <= 16ULL * (__u64)i);
		assert_true(16ULL * (__u64)i - f.consumer->pos <= SIZE / 8);
	}
	assert_int_equal(sgap_live_next(f.live, &rec), 0);
	assert_int_equal(f.consumer->pos, SIZE);
	unmake(&f);
}

static void test_busy(void **state)
{
	const struct sgap_rec *rec;
	struct fake f;

	(void)state;
	make(&f, 0, SIZE);
	put(&f, 16 | SGAP_REC_BUSY, SGAP_REC_TXN, 7);
	put(&f, 16, SGAP_REC_TXN, 8);
	assert_int_equal(sgap_live_next(f.live, &rec), 0);
	((struct sgap_rec *)(void *)f.data)->len = 16;
	assert_int_equal(sgap_live_next(f.live, &rec), 1);
	assert_int_equal(value_of(rec), 7);
	assert_int_equal(sgap_live_next(f.live, &rec), 1);
	assert_int_equal(value_of(rec), 8);
	unmake(&f);
}

static void test_not_the_contract(void **state)
{
	static const __u32 lens[] = { 0, 4, 12, 15, 24, SIZE + 8, SGAP_REC_LEN };
	const struct sgap_rec *rec;
	struct fake f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		make(&f, 0, SIZE);
		put(&f, lens[i], SGAP_REC_TXN, 0);
		f.producer->pos = 16;	/* less than it claims, or no room for it */
		assert_int_equal(sgap_live_next(f.live, &rec), -EPROTO);
		unmake(&f);
	}
	make(&f, 0, SIZE);
	put(&f, 16, SGAP_REC_TXN, 0);
	f.producer->pos = SIZE + 16;	/* more than a ring can hold */
	assert_int_equal(sgap_live_next(f.live, &rec), -EPROTO);
	unmake(&f);
	make(&f, 0, 100);		/* no power of two */
	unmake(&f);
	make(&f, 0, 1ULL << 40);
	unmake(&f);
}

static void test_lost(void **state)
{
	struct fake f;

	(void)state;
	make(&f, 0, SIZE);
	assert_int_equal(sgap_live_lost(f.live), 0);
	f.producer->lost = 42;
	assert_int_equal(sgap_live_lost(f.live), 42);
	unmake(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_wrap), cmocka_unit_test(test_hands_back),
		cmocka_unit_test(test_busy), cmocka_unit_test(test_not_the_contract),
		cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
