// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: ringbuf NAME
 * Reads the BPF ring buffer of that name until it is interrupted, then prints how many
 * records came. Prints "ready" first.
 */
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DATA (4u << 20)		/* as in match.bpf.c */

static volatile sig_atomic_t over;

static void stop(int sig)
{
	(void)sig;
	over = 1;
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int open_id(uint32_t id, struct bpf_map_info *info)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_id = id;
	fd = bpf(BPF_MAP_GET_FD_BY_ID, &attr);
	memset(&attr, 0, sizeof(attr));
	memset(info, 0, sizeof(*info));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (uintptr_t)info;
	return fd >= 0 && !bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? fd : -1;
}

/* The descriptor of the map, or -1 with errno. */
static int open_map(const char *name)
{
	struct bpf_map_info info;
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	while (!bpf(BPF_MAP_GET_NEXT_ID, &attr)) {
		fd = open_id(attr.next_id, &info);
		if (fd >= 0 && info.type == BPF_MAP_TYPE_RINGBUF && !strcmp(info.name, name))
			return fd;
		close(fd);
		attr.start_id = attr.next_id;
	}
	return -1;
}

/* The records that are there; each begins with its length. */
static uint64_t drain(uint64_t *consumer, const uint64_t *producer, const uint8_t *data)
{
	uint64_t pos = *consumer, n = 0;

	while (pos < __atomic_load_n(producer, __ATOMIC_ACQUIRE)) {
		uint32_t len = __atomic_load_n((const uint32_t *)(data + pos % DATA),
					       __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		n += !(len & BPF_RINGBUF_DISCARD_BIT);
		pos += (BPF_RINGBUF_HDR_SZ + (len << 2 >> 2) + 7) & ~7u;
		__atomic_store_n(consumer, pos, __ATOMIC_RELEASE);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct sigaction on_term = { .sa_handler = stop };
	struct epoll_event event = { .events = EPOLLIN };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t *consumer, n = 0;
	uint8_t *producer;
	int fd, poll;

	if (argc != 2) {
		fprintf(stderr, "usage: ringbuf NAME\n");
		return 2;
	}
	fd = open_map(argv[1]);
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	producer = mmap(NULL, page + 2 * (size_t)DATA, PROT_READ, MAP_SHARED, fd, (off_t)page);
	poll = epoll_create1(0);
	if (consumer == MAP_FAILED || producer == MAP_FAILED ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event)) {
		perror("ringbuf");
		return 1;
	}
	sigaction(SIGTERM, &on_term, NULL);
	puts("ready");
	fflush(stdout);
	while (!over) {
		epoll_wait(poll, &event, 1, -1);
		n += drain(consumer, (const uint64_t *)producer, producer + page);
	}
	printf("records %llu\n", (unsigned long long)n);
	return 0;
}
