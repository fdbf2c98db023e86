// SPDX-License-Identifier: GPL-2.0-or-later
/* What the writer of pcapng writes, read by the reader and block by block. */
#include "build.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/pcap.h"
#include "lib/pcapng_write.h"

static char path[64];

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "pcapng_write_test.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void put_packet(struct sgap_pcapng *w, __u64 ts, __u32 len, __u16 link_type,
		       const char *comment)
{
	__u8 *data = malloc(len);
	const struct sgap_pcapng_pkt pkt = {
		.ts = ts, .data = data, .caplen = len, .len = len + 5, .link_type = link_type,
		.outbound = 1, .comment = comment,
	};

	if (!data)
		abort();
	memset(data, 0x40 + (int)len, len);
	assert_int_equal(sgap_pcapng_packet(w, &pkt), 0);
	free(data);
}

static void write_three(void)
{
	struct sgap_pcapng *w;

	assert_int_equal(sgap_pcapng_open(&w, path, "eth0", "about"), 0);
	put_packet(w, 1700000000123456789, 33, 1, "stopgap: why");
	put_packet(w, 1600000000000000001, 4, 101, NULL);
	put_packet(w, 1700000000999999999, 7, 1, "");
	assert_int_equal(sgap_pcapng_close(w, 2), 0);
}

static void is_packet(struct sgap_pcap *p, __u64 ts, __u32 len, int link_type)
{
	struct sgap_pcap_pkt pkt;
	__u32 i;

	assert_int_equal(sgap_pcap_next(p, &pkt), 1);
	assert_int_equal(pkt.ts, ts);
	assert_int_equal(pkt.caplen, len);
	assert_int_equal(pkt.len, len + 5);
	assert_int_equal(pkt.link_type, link_type);
	for (i = 0; i < len; i++)
		assert_int_equal(pkt.data[i], (__u8)(0x40 + len));
}

static void test_reader(void **state)
{
	struct sgap_pcap_pkt pkt;
	struct sgap_pcap *p;
	char err[128];

	(void)state;
	write_three();
	assert_int_equal(sgap_pcap_open(&p, path, err, sizeof(err)), 0);
	is_packet(p, 1700000000123456789, 33, 1);
	is_packet(p, 1600000000000000001, 4, 101);
	is_packet(p, 1700000000999999999, 7, 1);
	assert_int_equal(sgap_pcap_next(p, &pkt), 0);
	assert_string_equal(sgap_pcap_note(p), "");
	sgap_pcap_free(p);
}

static __u32 at32(const __u8 *p)
{
	__u32 x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* The value of an option of the block's, at whatever offset its options begin. */
static const char *option_of(const __u8 *block, __u32 fixed, __u16 code, __u16 *len)
{
	const __u8 *p = block + 8 + fixed, *end = block + at32(block + 4) - 4;
	__u16 head[2];

	for (; p + 4 <= end; p += 4 + ((head[1] + 3u) & ~3u)) {
		memcpy(head, p, sizeof(head));
		if (!head[0])
			break;
		*len = head[1];
		if (head[0] == code)
			return (const char *)p + 4;
	}
	return NULL;
}

static void is_option(const __u8 *block, __u32 fixed, __u16 code, const void *want, size_t n)
{
	__u16 len = 0;
	const char *got = option_of(block, fixed, code, &len);

	assert_non_null(got);
	assert_int_equal(len, n);
	assert_memory_equal(got, want, n);
}

/* Blocks in order: their lengths at both ends agree, and reach the file's end. */
static void test_blocks(void **state)
{
	static const __u32 want[] = { 0x0a0d0d0a, 1, 6, 1, 6, 6, 5, 5 };
	const __u8 *block[8];
	const __u64 drops = 2;
	__u8 file[2048];
	size_t n, at = 0, i;
	__u16 len;
	FILE *f;

	(void)state;
	write_three();
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(file, 1, sizeof(file), f);
	fclose(f);
	for (i = 0; i < 8; i++) {
		block[i] = file + at;
		assert_in_range(at + 12, 12, n);
		assert_int_equal(at32(block[i]), want[i]);
		at += at32(block[i] + 4);
		assert_in_range(at, 12, n);
		assert_int_equal(at32(file + at - 4), at32(block[i] + 4));
	}
	assert_int_equal(at, n);
	is_option(block[0], 16, 1, "about", 5);
	is_option(block[1], 8, 2, "eth0", 4);
	is_option(block[1], 8, 9, "\x09", 1);
	is_option(block[2], 20 + 36, 1, "stopgap: why", 12);
	assert_null(option_of(block[4], 20 + 4, 1, &len));
	assert_null(option_of(block[5], 20 + 8, 1, &len));
	is_option(block[6], 12, 5, &drops, sizeof(drops));
}

static void test_errors(void **state)
{
	const struct sgap_pcapng_pkt big = { .data = (const __u8 *)"x", .caplen = 1, .len = 1 };
	struct sgap_pcapng_pkt pkt = big;
	struct sgap_pcapng *w;
	int i, ret = 0;

	(void)state;
	assert_int_equal(sgap_pcapng_open(&w, "no/such/folder/file", "x", "x"), -ENOENT);
	assert_int_equal(sgap_pcapng_open(&w, "/dev/full", "x", "x"), -ENOSPC);
	assert_int_equal(sgap_pcapng_close(NULL, 0), 0);
	assert_int_equal(sgap_pcapng_open(&w, path, "x", NULL), 0);
	for (i = 0; i < 100 && !ret; i++) {
		pkt.link_type = (__u16)i;
		ret = sgap_pcapng_packet(w, &pkt);
	}
	assert_int_equal(ret, -E2BIG);
	assert_int_equal(sgap_pcapng_close(w, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reader, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("pcapng_write", tests, NULL, NULL);
}
