// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/live.c userspace/lib/json.c userspace/lib/json_rec.c userspace/lib/addr.c
// link: userspace/lib/names.c userspace/lib/effect.c userspace/cli/filter.c userspace/cli/args.c
// link: userspace/cli/out.c userspace/lib/nl.c userspace/lib/nl_msg.c userspace/lib/dev.c
// libs: -ljansson -lm -ludev $(pkg-config --cflags --libs libnl-genl-3.0)
/*
 * A file in place of the ring. Bytes 0 and 1: how far the producer is, in words of
 * 8 bytes, 2: the consumer, 3: of a filter; the rest: data. The reader comes to an
 * end, hands out only what lies within what was written, one record after the
 * other, and each that is whole can be shown.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/filter.h"
#include "lib/json.h"
#include "lib/live.h"
#include "lib/rec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGE 4096u
#define HEAD 4u

static uint8_t *ring;	/* the reader's page, the kernel's, and the data twice */
static char path[32];

static void setup(void)
{
	int fd;

	if (ring)
		return;
	fd = memfd_create("ring", 0);
	if (fd < 0 || ftruncate(fd, 4 * PAGE))
		abort();
	ring = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
}

static void fill(const uint8_t *data, size_t size)
{
	struct sgap_ring_page *consumer = (void *)ring, *producer = (void *)(ring + PAGE);

	if (size > PAGE)
		size = PAGE;
	consumer->pos = data[2] * 8ull;
	producer->pos = (__u64)(data[0] << 8 | data[1]) % 1024 * 8;
	producer->size = PAGE;
	memset(ring + 2 * PAGE, 0, PAGE);
	memcpy(ring + 2 * PAGE, data + HEAD, size - HEAD);
	memcpy(ring + 3 * PAGE, ring + 2 * PAGE, PAGE);
}

static void show(const struct sgap_rec *rec, uint8_t how)
{
	struct sgap_filter f = { .failed = how & 1, .has_server = how & 2,
				 .server_len = how >> 3 & 31, .has_client = how & 4,
				 .client_len = 24 };
	json_t *obj = sgap_json_rec(rec);

	if (how & 8)
		strcpy(f.suffix, "example.com");
	/* What is too short for its type is not shown, what is of no known type is. */
	if (!obj != !sgap_rec_is_whole(rec))
		abort();
	json_decref(obj);
	if (rec->type == SGAP_REC_TXN && sgap_rec_is_whole(rec))
		sgap_filter_takes(&f, (const void *)rec);
	if (rec->type == SGAP_REC_PARTIAL && sgap_rec_is_whole(rec))
		sgap_filter_takes_partial(&f, (const void *)rec);
}

/* Of its own size, so that a read past its end is seen. */
static size_t take(const struct sgap_rec *rec, uint8_t how)
{
	size_t len = rec->len & SGAP_REC_LEN;
	void *copy = malloc(len);

	if (len < sizeof(*rec) || len > PAGE)
		abort();
	if (!copy)
		return len;
	memcpy(copy, rec, len);
	show(copy, how);
	free(copy);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sgap_rec *rec, *next = NULL;
	struct sgap_live *live = NULL;
	size_t len, sum = 0, n = 0;
	int ret;

	if (size < HEAD)
		return 0;
	setup();
	fill(data, size);
	if (sgap_live_open(&live, path))
		abort();
	while ((ret = sgap_live_next(live, &rec)) == 1) {
		len = take(rec, data[3]);
		sum += len;
		if (n++ && (const char *)rec != (const char *)next &&
		    (const char *)rec != (const char *)next - PAGE)
			abort();
		next = (const void *)((const char *)rec + len);
		if (sum > PAGE)
			abort();
	}
	if (ret && ret != -EPROTO)
		abort();
	sgap_live_close(live);
	return 0;
}
