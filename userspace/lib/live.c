// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The consumer's half of the ring in uapi/stopgap.h. The kernel never waits for
 * us: a reader that is slow loses records and is told how many.
 */
#include "live.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct sgap_live {
	struct sgap_ring_page *consumer;
	const struct sgap_ring_page *producer;	/* data begins one page later */
	size_t page, map_len;
	__u64 size;
	__u64 pos;		/* of the next record to hand out */
	__u64 told;		/* position that the kernel knows */
	int fd;
};

/* The size is in the producer page: map that alone first, then all of it. */
static int map_ring(struct sgap_live *live)
{
	const struct sgap_ring_page *first;
	off_t page = (off_t)live->page;
	__u64 size;
	void *p;

	p = mmap(NULL, live->page, PROT_READ | PROT_WRITE, MAP_SHARED, live->fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	live->consumer = p;
	p = mmap(NULL, live->page, PROT_READ, MAP_SHARED, live->fd, page);
	if (p == MAP_FAILED)
		return -errno;
	first = p;
	size = first->size;
	munmap(p, live->page);
	if (size < live->page || size & (size - 1) || size > 1ULL << 30)
		return -EPROTO;
	p = mmap(NULL, live->page + 2 * size, PROT_READ, MAP_SHARED, live->fd, page);
	if (p == MAP_FAILED)
		return -errno;
	live->producer = p;
	live->map_len = live->page + 2 * size;
	live->size = size;
	live->pos = __atomic_load_n(&live->consumer->pos, __ATOMIC_RELAXED);
	live->told = live->pos;
	return 0;
}

int sgap_live_open(struct sgap_live **out, const char *path)
{
	struct sgap_live *live = calloc(1, sizeof(*live));
	int ret;

	if (!live)
		return -ENOMEM;
	live->page = (size_t)sysconf(_SC_PAGESIZE);
	live->fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ret = live->fd < 0 ? -errno : map_ring(live);
	if (ret) {
		sgap_live_close(live);
		return ret;
	}
	*out = live;
	return 0;
}

void sgap_live_close(struct sgap_live *live)
{
	if (!live)
		return;
	if (live->producer)
		munmap((void *)(uintptr_t)live->producer, live->map_len);
	if (live->consumer)
		munmap(live->consumer, live->page);
	if (live->fd >= 0)
		close(live->fd);
	free(live);
}

int sgap_live_fd(const struct sgap_live *live)
{
	return live->fd;
}

__u64 sgap_live_lost(const struct sgap_live *live)
{
	return __atomic_load_n(&live->producer->lost, __ATOMIC_RELAXED);
}

/* Hand back what was read. Pairs with the producer's load-acquire of it. */
static void tell(struct sgap_live *live)
{
	if (live->told == live->pos)
		return;
	__atomic_store_n(&live->consumer->pos, live->pos, __ATOMIC_SEQ_CST);
	live->told = live->pos;
}

/* Bytes between our position and the producer's. Pairs with its store-release;
 * sequentially consistent, so that it is not read before tell() has written. */
static __u64 waiting(const struct sgap_live *live)
{
	return __atomic_load_n(&live->producer->pos, __ATOMIC_SEQ_CST) - live->pos;
}

static bool is_gone(const struct sgap_live *live)
{
	struct pollfd pfd = { .fd = live->fd, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* The record at our position; NULL while it is being written. Its length is
 * read with acquire: it is the last thing that the producer writes. */
static const struct sgap_rec *record_at(const struct sgap_live *live, __u32 *len)
{
	const char *data = (const char *)live->producer + live->page;
	const struct sgap_rec *rec;

	rec = (const struct sgap_rec *)(const void *)(data + (live->pos & (live->size - 1)));
	*len = __atomic_load_n(&rec->len, __ATOMIC_ACQUIRE);
	return *len & SGAP_REC_BUSY ? NULL : rec;
}

int sgap_live_next(struct sgap_live *live, const struct sgap_rec **out)
{
	const struct sgap_rec *rec;
	__u64 left = waiting(live);
	__u32 len;

	/* Tell the kernel when we are through, and now and then on a long way. */
	if (!left || live->pos - live->told >= live->size / 8) {
		tell(live);
		left = waiting(live);
	}
	if (!left && is_gone(live)) {
		left = waiting(live);	/* what came just before it went */
		if (!left)
			return -ENODEV;
	}
	if (!left)
		return 0;
	rec = record_at(live, &len);
	if (!rec) {
		sched_yield();	/* poll() would return at once */
		return 0;
	}
	if (left > live->size || len < sizeof(*rec) || len % 8 || len > left)
		return -EPROTO;
	live->pos += len;
	*out = rec;
	return 1;
}
