// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends seeded hostile frames through an interface, for the tests of the tap:
 *
 *	framefuzz [-k] IFNAME PEER-MAC COUNT SEED FOLDER
 *
 * With -k they go to its hooks by /dev/inject (tests/vm/inject), in all directions and shapes.
 * FOLDER holds the seeds of the fuzzer for frames (two bytes before each). One
 * frame in four is a good query or answer, half of the answers to the query
 * before, so that there is state to attack; the rest are seeds with bits, bytes,
 * lengths and ends changed, or noise.
 * Prints how many frames the kernel took and how many it refused.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME 1514
#define BATCH 64
#define SEEDS 512

struct frame {
	int len;
	uint8_t b[FRAME];
};

static struct frame seeds[SEEDS];
static struct frame batch[BATCH];
static struct mmsghdr messages[BATCH];
static struct iovec pieces[BATCH];
static unsigned int nseeds;
static uint8_t peer[6];
static uint64_t state;

/* xorshift64*: the same frames for the same seed everywhere. */
static uint32_t rnd(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1dULL >> 33) % below);
}

static void die(const char *what, const char *arg)
{
	fprintf(stderr, "framefuzz: %s '%s': %s\n", what, arg, strerror(errno));
	exit(2);
}

static void read_seed(const char *folder, const char *name)
{
	struct frame *f = &seeds[nseeds];
	uint8_t raw[FRAME + 2];
	char path[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, raw, sizeof(raw));
	if (n < 0)
		die("cannot read", path);
	close(fd);
	if (n < 2 + 14)
		return;
	f->len = (int)n - 2;
	memcpy(f->b, raw + 2, (size_t)f->len);
	nseeds++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_seeds(const char *folder)
{
	struct dirent **list;
	int i, n = scandir(folder, &list, NULL, by_name);

	if (n < 0)
		die("cannot list", folder);
	for (i = 0; i < n && nseeds < SEEDS; i++)
		if (list[i]->d_name[0] != '.')
			read_seed(folder, list[i]->d_name);
	if (!nseeds)
		die("there is no seed in", folder);
}

static uint8_t *put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

/* Who asks whom. */
struct pair {
	unsigned int client, server, port, id;
};

/* Of 16 clients and 32 servers. */
static struct pair any_pair(void)
{
	struct pair p;

	p.client = rnd(16);
	p.server = rnd(32);
	p.port = 40000 + rnd(8);
	p.id = rnd(64);
	return p;
}

/*
 * A query, or an answer: to the last query, or to one that may have been. One in 64 ends within
 * its DNS header, which changed seeds seldom do.
 */
static void good(struct frame *f)
{
	static const uint8_t question[] = "\003www\007example\004test\0\0\1\0";
	static struct pair last;
	unsigned int answer = rnd(2), sum = 0, i;
	unsigned int size = rnd(64) ? 12 + sizeof(question) : rnd(12);
	struct pair at = answer && rnd(2) ? last : any_pair();
	uint8_t *p = f->b + 12, *ip = f->b + 14;

	if (!answer)
		last = at;
	memset(f->b, 0, 64);
	f->b[6] = 2;
	p = put16(p, 0x0800);
	p = put16(p, 0x4500);
	p = put16(p, 20 + 8 + size);
	p = put16(p, rnd(65536));
	p = put16(p, 0x4000);
	p = put16(p, 0x4011);
	p = put16(p, 0);
	p = put16(p, 198 << 8 | 18);
	p = put16(p, answer ? 0x100 | at.server : at.client);
	p = put16(p, 198 << 8 | 18);
	p = put16(p, answer ? at.client : 0x100 | at.server);
	for (i = 0; i < 20; i += 2)
		sum += (unsigned int)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
	p = put16(p, answer ? 53 : at.port);
	p = put16(p, answer ? at.port : 53);
	p = put16(p, 8 + size);
	p = put16(p, 0);	/* no checksum */
	f->len = (int)(p + size - f->b);
	p = put16(p, at.id);
	p = put16(p, answer ? 0x8180 | (rnd(4) ? 0 : rnd(16)) : 0x0100);
	p = put16(p, 1);
	memset(p, 0, 6);
	memcpy(p + 6, question, sizeof(question));
}

static void change(struct frame *f)
{
	static const uint8_t edge[] = { 0, 1, 0x35, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff };
	int at = (int)rnd((uint32_t)f->len), n;
	const struct frame *other;

	switch (rnd(7)) {
	case 0:	f->b[at] ^= (uint8_t)(1u << rnd(8)); break;
	case 1:	f->b[at] = (uint8_t)rnd(256); break;
	case 2:	f->b[at] = edge[rnd(sizeof(edge))]; break;
	case 3:	/* cut */
		f->len = 14 + (int)rnd((uint32_t)f->len - 13);
		break;
	case 4:	/* grown by what was there before, or by noise */
		n = (int)rnd((uint32_t)(FRAME - f->len) + 1);
		f->len += n;
		break;
	case 5:	/* the end of another */
		other = &seeds[rnd(nseeds)];
		if (at < other->len) {
			memcpy(f->b + at, other->b + at, (size_t)(other->len - at));
			f->len = other->len;
		}
		break;
	case 6:	/* lengths and counts are 16 bits */
		if (at + 1 < f->len)
			put16(f->b + at, rnd(2) ? rnd(65536) : rnd(64));
		break;
	}
	if (f->len < 14)
		f->len = 14;
}

static void make(struct frame *f)
{
	uint32_t kind = rnd(16), i;

	if (kind < 4) {
		good(f);
	} else if (kind == 4) {
		f->len = 14 + (int)rnd(FRAME - 14);
		for (i = 0; i < (uint32_t)f->len; i++)
			f->b[i] = (uint8_t)rnd(256);
		put16(f->b + 12, rnd(2) ? 0x0800 : 0x86dd);
	} else {
		if (kind == 5)
			good(f);
		else
			*f = seeds[rnd(nseeds)];
		for (i = rnd(6) + 1; i; i--)
			change(f);
	}
	if (rnd(8))
		memcpy(f->b, peer, 6);
}

static void make_batch(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		make(&batch[i]);
		pieces[i] = (struct iovec){ batch[i].b, (size_t)batch[i].len };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1 };
	}
}

/* As inject.c has it. */
struct head {
	uint32_t ifindex;
	uint16_t len;
	uint16_t flags;
};

static size_t put_batch(uint8_t *to, unsigned int n, unsigned int ifindex)
{
	struct head h = { .ifindex = ifindex };
	uint8_t *p = to;
	unsigned int i;

	for (i = 0; i < n; i++) {
		make(&batch[i]);
		h.len = (uint16_t)batch[i].len;
		h.flags = (uint16_t)(rnd(4) | (rnd(16) ? 0 : 4));
		memcpy(p, &h, sizeof(h));
		memcpy(p + sizeof(h), batch[i].b, h.len);
		p += sizeof(h) + h.len;
	}
	return (size_t)(p - to);
}

/* To the hooks; who refuses one has a fault. */
static void inject_all(unsigned int ifindex, unsigned long count)
{
	static uint8_t buf[BATCH * (FRAME + sizeof(struct head))];
	int fd = open("/dev/inject", O_WRONLY | O_CLOEXEC);
	unsigned long sent = 0;
	unsigned int n;
	size_t len;

	if (fd < 0)
		die("cannot open", "/dev/inject");
	for (; sent < count; sent += n) {
		n = count - sent < BATCH ? (unsigned int)(count - sent) : BATCH;
		len = put_batch(buf, n, ifindex);
		if (write(fd, buf, len) != (ssize_t)len)
			die("was not taken whole:", "a batch");
	}
	printf("taken %lu\nrefused 0\n", sent);
}

static void send_all(int fd, unsigned long count)
{
	unsigned long sent = 0, refused = 0;
	unsigned int n, i;
	int done;

	for (; sent < count; sent += n) {
		n = count - sent < BATCH ? (unsigned int)(count - sent) : BATCH;
		make_batch(n);
		for (i = 0; i < n; i += (unsigned int)done) {
			done = sendmmsg(fd, messages + i, n - i, 0);
			if (done > 0)
				continue;
			if (errno == ENETDOWN || errno == ENXIO)
				die("cannot send", "the interface is gone");
			refused++;
			done = 1;
		}
	}
	printf("taken %lu\nrefused %lu\n", sent - refused, refused);
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	bool inject = argc > 1 && !strcmp(argv[1], "-k");
	struct ether_addr *mac;
	int fd;

	argc -= inject;
	argv += inject;
	mac = argc == 6 ? ether_aton(argv[2]) : NULL;
	if (!mac) {
		fprintf(stderr, "usage: framefuzz [-k] IFNAME PEER-MAC COUNT SEED FOLDER\n");
		return 2;
	}
	memcpy(peer, mac, 6);
	state = strtoull(argv[4], NULL, 10) * 0x9e3779b97f4a7c15ULL + 1;
	read_seeds(argv[5]);
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (inject) {
		inject_all((unsigned int)to.sll_ifindex, strtoul(argv[3], NULL, 10));
		return 0;
	}
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		die("cannot bind to", argv[1]);
	send_all(fd, strtoul(argv[3], NULL, 10));
	return 0;
}
