// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: burst IFNAME PAIRS dns|other|crowd [SEED]
 * Sends so many queries, each followed by its answer, as Ethernet frames for another host,
 * and prints the ns of CLOCK_MONOTONIC that a frame took. "other" are the same frames with
 * port 5000 in place of 53; of a "crowd" each has a client, a server and a zone of its own.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HEAD 42			/* Ethernet, IPv4, UDP */

struct frame {
	uint8_t b[256];
	size_t len;
};

static void put16(uint8_t *p, unsigned int x)
{
	p[0] = (uint8_t)(x >> 8);
	p[1] = (uint8_t)x;
}

/* Who asks whom in which zone, by IPv4. */
struct pair {
	uint8_t client[4], server[4];
	unsigned int client_port, server_port;
	char zone[8];
};

static void put_headers(struct frame *f, int answer, const struct pair *p)
{
	uint8_t *ip = f->b + 14, *udp = f->b + 34;
	uint32_t sum = 0;
	int i;

	memset(f->b, 0, HEAD);
	memcpy(f->b, answer ? "\2\0\0\0\0\1\2\0\0\0\0\2" : "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
	put16(f->b + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, (unsigned int)f->len - 14);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + (answer ? 16 : 12), p->client, 4);
	memcpy(ip + (answer ? 12 : 16), p->server, 4);
	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~((sum & 0xffff) + (sum >> 16)) & 0xffff);
	put16(udp, answer ? p->server_port : p->client_port);
	put16(udp + 2, answer ? p->client_port : p->server_port);
	put16(udp + 4, (unsigned int)f->len - 34);
}

/* A query for hN.ZONE.test A, or its answer with two addresses. */
static void put_dns(struct frame *f, int answer, unsigned int id, unsigned int host,
		    const char *zone)
{
	static const uint8_t rr[] = { 0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 203, 0, 113, 1 };
	uint8_t *p = f->b + HEAD;
	int i;

	memset(p, 0, 12);
	put16(p, id);
	put16(p + 2, answer ? 0x8180 : 0x0100);
	p[5] = 1;
	p[7] = answer ? 2 : 0;
	p += 12;
	*p = 4;
	snprintf((char *)p + 1, 8, "h%03u", host % 1000);
	memcpy(p + 5, "\7example\4test\0\0\1\0\1", 18);
	memcpy(p + 6, zone, 7);
	p += 23;
	for (i = 0; answer && i < 2; i++, p += sizeof(rr))
		memcpy(p, rr, sizeof(rr));
	f->len = (size_t)(p - f->b);
}

/* @r: a number of its own of each pair */
static void make_pair(struct pair *p, const char *kind, unsigned int r)
{
	memcpy(p->client, "\xc0\0\2", 3);
	p->client[3] = (uint8_t)(1 + (r & 63));
	memcpy(p->server, "\xc6\x33\x64\x35", 4);
	memcpy(p->zone, "example", 8);
	p->client_port = 1024 + (r >> 9) % 60000;
	p->server_port = strcmp(kind, "other") ? 53 : 5000;
	if (!strcmp(kind, "crowd")) {
		p->client[0] = 10;
		put16(p->client + 1, r >> 16);
		put16(p->server + 2, r >> 16);
		snprintf(p->zone, sizeof(p->zone), "z%06x", r >> 8);
	}
}

static int open_dev(const char *name, struct sockaddr_ll *to)
{
	memset(to, 0, sizeof(*to));
	to->sll_family = AF_PACKET;
	to->sll_ifindex = (int)if_nametoindex(name);
	to->sll_halen = 6;
	return socket(AF_PACKET, SOCK_RAW, 0);
}

int main(int argc, char **argv)
{
	struct timespec begin, end;
	unsigned int i, pairs, seed;
	struct sockaddr_ll to;
	struct pair pair;
	struct frame f;
	int fd, answer;

	if (argc < 4) {
		fprintf(stderr, "usage: burst IFNAME PAIRS dns|other|crowd [SEED]\n");
		return 2;
	}
	pairs = (unsigned int)strtoul(argv[2], NULL, 0);
	seed = argc > 4 ? (unsigned int)strtoul(argv[4], NULL, 0) : 1;
	fd = open_dev(argv[1], &to);
	if (fd < 0 || !to.sll_ifindex || !pairs) {
		perror("burst");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < pairs; i++) {
		unsigned int r = (i + seed * 65537) * 2654435761u;

		make_pair(&pair, argv[3], r);
		for (answer = 0; answer < 2; answer++) {
			put_dns(&f, answer, r >> 16, r >> 7, pair.zone);
			put_headers(&f, answer, &pair);
			if (sendto(fd, f.b, f.len, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
				perror("burst: send");
				return 1;
			}
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.1f\n", ((double)(end.tv_sec - begin.tv_sec) * 1e9 +
			  (double)(end.tv_nsec - begin.tv_nsec)) / (2.0 * pairs));
	return 0;
}
