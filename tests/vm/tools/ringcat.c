// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader of /dev/stopgapN, for its tests.
 *
 *	ringcat [-m] [-v] [-t] [-i MS] [-x HOW] [-n RECORDS] DEVICE
 *
 * Prints "ready" when the device is open; reads (with -m by mmap) until the
 * device goes, RECORDS have come or nothing has come for MS; then prints what
 * it got as "name value" lines. -v prints each record, -t the time of each, or
 * those of a gap. -s opens and reads
 * nothing until a line or the end comes on stdin, then goes on. -x misuses the
 * consumer page: random, ahead, back, middle or frozen. Exits 1 on a record
 * that is not as it should be.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "uapi/stopgap.h"

static const char *const txn_states[] = {
	"none", "answered", "overdue", "timeout", "late", "duplicate", "unmatched", "evicted",
	"icmp", "refused", "silent", "connected", "icmp-answer", "tls-refused",
	"tls-silent",
};

#define TXN_STATES (sizeof(txn_states) / sizeof(*txn_states))

static struct {
	unsigned long long records, by_type[16], by_state[16], lost, gaps, bytes;
	unsigned long long last_id, end;
} got;

static int verbose, times, by_mmap, stall, idle_ms = -1;
static unsigned long long want = ~0ULL;
static const char *misuse;

static void bad(const char *what, unsigned long long value)
{
	printf("bad %s %llu\n", what, value);
	exit(1);
}

static void take_txn(const struct sgap_rec_txn *t)
{
	if (t->rec.len < sizeof(*t) || t->state >= TXN_STATES)
		bad("TXN record", t->rec.len);
	if (sizeof(*t) + t->qname_len + t->ede_text_len + t->nsid_len > t->rec.len)
		bad("TXN record's tail", t->qname_len);
	if (t->id <= got.last_id)
		bad("id, not after the last", t->id);
	if (got.gaps == 0 && got.last_id && t->id != got.last_id + 1)
		bad("id, one missing and no LOST record", t->id);
	got.last_id = t->id;
	got.by_state[t->state]++;
	if (verbose)
		printf("txn %llu %s rcode=%u size=%u\n", (unsigned long long)t->id,
		       txn_states[t->state], t->rcode, t->answer_size);
}

/* Both of a transaction's packets follow its record, and carry its name. */
static void take_packet(const struct sgap_rec_packet *p)
{
	if (p->rec.len < sizeof(*p) || sizeof(*p) + p->cap_len > p->rec.len ||
	    p->cap_len > p->wire_len)
		bad("PACKET record", p->cap_len);
	if (p->txn_id != got.last_id)
		bad("PACKET of another transaction", p->txn_id);
	if (p->link_type == 101 && p->data[0] >> 4 != 4 && p->data[0] >> 4 != 6)
		bad("PACKET that is not IP", p->data[0]);
	if (verbose)
		printf("packet %llu %s wire=%u cap=%u\n", (unsigned long long)p->txn_id,
		       p->is_answer ? "answer" : "query", p->wire_len, p->cap_len);
}

static void take_lost(const struct sgap_rec_lost *l)
{
	if (!l->n || l->first > l->last)
		bad("LOST record", l->n);
	got.lost += l->n;
	got.gaps++;
	if (verbose || times)
		printf("gap %llu from %llu to %llu\n", (unsigned long long)l->n,
		       (unsigned long long)l->first, (unsigned long long)l->last);
}

/* An id is before the time of a TXN and a PACKET record. */
static void print_time(const struct sgap_rec *r)
{
	bool id = r->type == SGAP_REC_TXN || r->type == SGAP_REC_PACKET;
	uint64_t ts;

	if (r->len < sizeof(*r) + 2 * sizeof(ts))
		bad("record without a time", r->len);
	memcpy(&ts, (const uint8_t *)(r + 1) + (id ? sizeof(ts) : 0), sizeof(ts));
	printf("at %llu\n", (unsigned long long)ts);
}

static uint32_t take(const void *p, size_t left)
{
	const struct sgap_rec *r = p;

	if (left < sizeof(*r) || r->len & 7 || r->len < sizeof(*r) || r->len > left)
		bad("length", r->len);
	if (r->version != 1 || r->type >= __SGAP_REC_MAX || r->reserved)
		bad("header", r->type);
	got.bytes += r->len;
	got.by_type[r->type]++;
	if (r->type == SGAP_REC_LOST) {
		take_lost(p);
		return r->len;
	}
	got.records++;
	if (times)
		print_time(r);
	if (got.end)
		bad("record after that of the end", r->type);
	got.end = r->type == SGAP_REC_LINK &&
		  ((const struct sgap_rec_link *)p)->what == SGAP_LINK_GONE;
	if (r->type == SGAP_REC_TXN)
		take_txn(p);
	else if (r->type == SGAP_REC_PACKET)
		take_packet(p);
	else if (verbose && r->type == SGAP_REC_LINK)
		printf("link %u %llu %llu\n", ((const struct sgap_rec_link *)p)->what,
		       (unsigned long long)((const struct sgap_rec_link *)p)->before,
		       (unsigned long long)((const struct sgap_rec_link *)p)->after);
	else if (verbose && r->type == SGAP_REC_STATE)
		printf("state %u %u\n", ((const struct sgap_rec_state *)p)->before,
		       ((const struct sgap_rec_state *)p)->after);
	return r->len;
}

/* Waits for something to read; 0 when there will be nothing. */
static int wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, idle_ms);

	if (n < 0 && errno != EINTR)
		bad("poll", (unsigned long long)errno);
	if (n > 0 && !(p.revents & POLLIN) && p.revents & POLLHUP)
		printf("gone 1\n");
	return n > 0 && p.revents & POLLIN;
}

static void by_read(int fd)
{
	static _Alignas(8) char buf[1 << 18];
	ssize_t n, at;

	while (got.records < want && wait_for(fd)) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			printf("read %s\n", n ? strerror(errno) : "end");
			break;
		}
		for (at = 0; at < n;)
			at += take(buf + at, (size_t)(n - at));
	}
}

struct map {
	struct sgap_ring_page *cons;
	const struct sgap_ring_page *prod;
	const uint8_t *data;
	uint64_t size;
};

static void map_ring(int fd, struct map *m)
{
	long page = sysconf(_SC_PAGESIZE);
	uint64_t size;
	void *p;

	m->cons = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, page);
	if (m->cons == MAP_FAILED || p == MAP_FAILED)
		bad("mmap", (unsigned long long)errno);
	size = ((struct sgap_ring_page *)p)->size;
	munmap(p, page);
	p = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, fd, page);
	if (p == MAP_FAILED)
		bad("mmap of the data", (unsigned long long)errno);
	m->prod = p;
	m->data = (uint8_t *)p + page;
	m->size = size;
}

static uint64_t misuse_pos(const struct map *m, uint64_t pos)
{
	uint64_t prod = __atomic_load_n(&m->prod->pos, __ATOMIC_ACQUIRE);

	if (!strcmp(misuse, "random"))
		return (uint64_t)random() << 40 ^ (uint64_t)random() << 16 ^ (uint64_t)random();
	if (!strcmp(misuse, "ahead"))
		return prod + 8 + (uint64_t)(random() % 65536);
	if (!strcmp(misuse, "back"))
		return pos > 4096 ? pos - (uint64_t)(random() % 4096) : 0;
	if (!strcmp(misuse, "middle"))
		return pos + (uint64_t)(random() % 512);
	return 0;
}

static void by_mapping(int fd)
{
	uint64_t pos, prod;
	struct map m;

	map_ring(fd, &m);
	pos = m.cons->pos;
	while (got.records < want && wait_for(fd)) {
		prod = __atomic_load_n(&m.prod->pos, __ATOMIC_ACQUIRE);
		if (misuse) {
			__atomic_store_n(&m.cons->pos, misuse_pos(&m, pos), __ATOMIC_RELEASE);
			pos = prod;
			continue;
		}
		while (pos != prod)
			pos += take(m.data + (pos & (m.size - 1)), (size_t)(prod - pos));
		__atomic_store_n(&m.cons->pos, pos, __ATOMIC_RELEASE);
	}
}

static void report(void)
{
	static const char *const types[] = { "none", "txn", "packet", "link", "state", "lease" };
	unsigned int i;

	printf("records %llu\nbytes %llu\nlost %llu\ngaps %llu\n", got.records, got.bytes,
	       got.lost, got.gaps);
	printf("end %llu\n", got.end);
	for (i = 1; i < 6; i++)
		printf("%s %llu\n", types[i], got.by_type[i]);
	for (i = 1; i < TXN_STATES; i++)
		printf("%s %llu\n", txn_states[i], got.by_state[i]);
}

int main(int argc, char **argv)
{
	int c, fd;

	while ((c = getopt(argc, argv, "mvtsi:n:x:")) != -1) {
		switch (c) {
		case 'm': by_mmap = 1; break;
		case 'v': verbose = 1; break;
		case 't': times = 1; break;
		case 's': stall = 1; break;
		case 'i': idle_ms = atoi(optarg); break;
		case 'n': want = strtoull(optarg, NULL, 10); break;
		case 'x': misuse = optarg; by_mmap = 1; break;
		default: return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = optind < argc ? open(argv[optind], O_RDWR | O_NONBLOCK) : -1;
	if (fd < 0) {
		fprintf(stderr, "ringcat: %s: %s\n", optind < argc ? argv[optind] : "no device",
			strerror(errno));
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	if (stall)
		getchar();
	if (by_mmap)
		by_mapping(fd);
	else
		by_read(fd);
	report();
	return 0;
}
