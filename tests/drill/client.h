/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client host of the drill; see client.c. */
#ifndef DRILL_CLIENT_H
#define DRILL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#define MAX_SERVERS	4
#define MAX_LOOKUPS	1024
#define MAX_CACHE	1024
#define TYPE_PAIR	0	/* A and AAAA together */

enum part_state { PART_WAIT, PART_TCP, PART_OK, PART_BAD };

/** struct part - one question of a lookup */
struct part {
	enum part_state state;
	uint16_t id, type;
	int tcp;		/* socket, or -1 */
	int rx_len;
	int asked_len;
	uint8_t asked[256];	/* the name as it was spelled last, on the wire */
	uint8_t rx[4096];
};

/** struct lookup - one name being looked up, with what it still waits for */
struct lookup {
	bool used, no_edns;
	bool booked;		/* counted, though it may still be under way */
	char name[256];
	struct part part[2];
	int nparts, server, attempt;
	int udp[MAX_SERVERS];
	uint64_t started, deadline;
};

/** struct server - one address to ask, and this second's counts */
struct server {
	struct sockaddr_storage addr;
	socklen_t len;
	const char *text;
	int shared;		/* the one socket of -1, 0 = none yet */
	unsigned int sent, answered, failed, tcp;
	unsigned int rcode[16];
};

/** struct name - something to look up; upto is its cumulative weight */
struct name {
	double upto;
	int type;
	char text[256];
};

/** struct cached - an answer that needs no question until then */
struct cached {
	uint64_t until;
	uint32_t hash;
};

/** struct client - all of it */
struct client {
	const char *names_path, *log_path, *self;
	double rate, weight;
	int timeout_ms, attempts, edns;
	int patience_ms;	/* a lookup not done by then has failed; 0 = wait for its end */
	bool want_do, cookie, caching, fallback, mixcase, one_socket, restless;
	uint64_t rng, next_start, second;
	int epfd, nservers, nnames;
	unsigned int lookups, ok, bad;
	FILE *log;
	struct name *names;
	struct server servers[MAX_SERVERS];
	struct cached cache[MAX_CACHE];
	struct lookup lookup[MAX_LOOKUPS];
};

/* query.c: bytes */
int type_number(const char *text);
int query_build(struct client *c, struct lookup *l, int part, uint8_t *out, int size);
bool answer_spelled(const struct client *c, const struct part *p, const uint8_t *msg, int len);
int answer_ttl(const uint8_t *msg, int len);

/* lookup.c: the stub resolver */
uint64_t now_us(void);
uint64_t draw(struct client *c);
int next_wait_ms(struct client *c);
void lookup_event(struct client *c, uint32_t tag, uint32_t events);
void lookup_timers(struct client *c);
void log_tick(struct client *c);
void log_flush(struct client *c);

#endif
