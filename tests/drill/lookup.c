// SPDX-License-Identifier: GPL-2.0-or-later
/* The stub resolver of a drill client: rounds, failover, TCP, its log. */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define TAG_TCP		MAX_SERVERS	/* tags 0..3 are UDP, 4 and 5 TCP */
#define TAG_SHARED	0xffffff00u

static void finish(struct client *c, struct lookup *l, bool ok);
static void send_round(struct client *c, struct lookup *l);

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

/* xorshift64*: seeded, so that a run asks the same names again */
uint64_t draw(struct client *c)
{
	c->rng ^= c->rng >> 12;
	c->rng ^= c->rng << 25;
	c->rng ^= c->rng >> 27;
	return c->rng * 2685821657736338717ull >> 16;
}

static double draw_unit(struct client *c)
{
	return (draw(c) & 0xffffffff) / 4294967296.0;
}

static uint32_t hash_of(const char *name, int type)
{
	uint32_t h = 2166136261u ^ type;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h;
}

static bool cache_has(struct client *c, const char *name, int type)
{
	uint32_t h = hash_of(name, type);
	struct cached *e = &c->cache[h % MAX_CACHE];

	return c->caching && e->hash == h && e->until > now_us();
}

static void cache_put(struct client *c, struct lookup *l, struct part *p, int ttl)
{
	uint32_t h = hash_of(l->name, p->type);
	struct cached *e = &c->cache[h % MAX_CACHE];

	e->hash = h;
	e->until = now_us() + ttl * 1000000ull;
}

static void watch(struct client *c, int fd, uint32_t events, uint32_t tag)
{
	struct epoll_event ev = { .events = events, .data.u32 = tag };

	epoll_ctl(c->epfd, EPOLL_CTL_ADD, fd, &ev);
}

static uint32_t tag_of(struct client *c, struct lookup *l, int what)
{
	return (uint32_t)(l - c->lookup) << 8 | what;
}

static int open_socket(struct server *s, int type)
{
	int fd;

	fd = socket(s->addr.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&s->addr, s->len) && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static int udp_socket(struct client *c, struct lookup *l)
{
	struct server *s = &c->servers[l->server];

	if (c->one_socket) {
		if (!s->shared) {
			s->shared = open_socket(s, SOCK_DGRAM);
			watch(c, s->shared, EPOLLIN, TAG_SHARED | l->server);
		}
		return s->shared;
	}
	if (l->udp[l->server] < 0) {
		l->udp[l->server] = open_socket(s, SOCK_DGRAM);
		if (l->udp[l->server] >= 0)
			watch(c, l->udp[l->server], EPOLLIN,
			      tag_of(c, l, l->server));
	}
	return l->udp[l->server];
}

static void tcp_close(struct part *p)
{
	if (p->tcp >= 0)
		close(p->tcp);
	p->tcp = -1;
	p->rx_len = 0;
}

static void next_server(struct client *c, struct lookup *l)
{
	int i;

	c->servers[l->server].failed++;
	for (i = 0; i < l->nparts; i++)
		tcp_close(&l->part[i]);
	if (++l->server == c->nservers) {
		l->server = 0;
		l->attempt++;
	}
	if (l->attempt >= c->attempts) {
		finish(c, l, false);
		return;
	}
	for (i = 0; i < l->nparts; i++)
		if (l->part[i].state != PART_OK)
			l->part[i].state = PART_WAIT;
	send_round(c, l);
}

static void send_round(struct client *c, struct lookup *l)
{
	struct server *s = &c->servers[l->server];
	int timeout = c->timeout_ms << l->attempt;
	uint8_t buf[512];
	int i, fd, len;

	if (l->attempt)
		timeout /= c->nservers;
	l->deadline = now_us() + timeout * 1000ull;
	fd = udp_socket(c, l);
	for (i = 0; fd >= 0 && i < l->nparts; i++) {
		if (l->part[i].state != PART_WAIT)
			continue;
		if (c->mixcase)		/* another spelling is another query */
			l->part[i].id = draw(c);
		len = query_build(c, l, i, buf, sizeof(buf));
		if (send(fd, buf, len, 0) < 0 && errno == ECONNREFUSED)
			(void)!send(fd, buf, len, 0);
		s->sent++;
	}
}

/* Counts how a lookup went, once. */
static void book(struct client *c, struct lookup *l, bool ok)
{
	if (l->booked)
		return;
	l->booked = true;
	c->lookups++;
	if (ok)
		c->ok++;
	else
		c->bad++;
}

static void finish(struct client *c, struct lookup *l, bool ok)
{
	int i;

	book(c, l, ok);
	for (i = 0; i < MAX_SERVERS; i++)
		if (l->udp[i] >= 0)
			close(l->udp[i]);
	for (i = 0; i < l->nparts; i++)
		tcp_close(&l->part[i]);
	l->used = false;
}

static void check_done(struct client *c, struct lookup *l)
{
	int i, good = 0, bad = 0;

	for (i = 0; i < l->nparts; i++) {
		good += l->part[i].state == PART_OK;
		bad += l->part[i].state == PART_BAD;
	}
	if (good + bad < l->nparts)
		return;
	if (good)
		finish(c, l, true);
	else
		next_server(c, l);
}

static void start_tcp(struct client *c, struct lookup *l, int i)
{
	struct server *s = &c->servers[l->server];
	struct part *p = &l->part[i];

	p->tcp = open_socket(s, SOCK_STREAM);
	if (p->tcp < 0) {
		p->state = PART_BAD;
		return;
	}
	s->tcp++;
	p->state = PART_TCP;
	l->deadline = now_us() + c->timeout_ms * 1000ull;
	watch(c, p->tcp, EPOLLOUT, tag_of(c, l, TAG_TCP + i));
}

/* What an answer of LEN bytes means for its question. */
static void take_answer(struct client *c, struct lookup *l, int i,
			const uint8_t *m, int len, bool tcp)
{
	struct server *s = &c->servers[l->server];
	struct part *p = &l->part[i];
	int rcode = m[3] & 15;

	s->answered++;
	s->rcode[rcode]++;
	if (!tcp && m[2] & 2) {
		start_tcp(c, l, i);
		return;
	}
	tcp_close(p);
	if (rcode == 1 && c->edns && !l->no_edns) {
		l->no_edns = true;
		send_round(c, l);
		return;
	}
	p->state = rcode == 0 || rcode == 3 ? PART_OK : PART_BAD;
	if (c->caching && p->state == PART_OK)
		cache_put(c, l, p, answer_ttl(m, len));
}

static void on_udp(struct client *c, struct lookup *l, int server)
{
	uint8_t m[65536];
	int i, len;

	len = recv(l->udp[server], m, sizeof(m), 0);
	if (len < 0 && errno == ECONNREFUSED && server == l->server) {
		next_server(c, l);
		return;
	}
	if (len < 12 || !(m[2] & 0x80))
		return;
	for (i = 0; i < l->nparts; i++)
		if (l->part[i].id == (m[0] << 8 | m[1]) && l->part[i].state == PART_WAIT &&
		    answer_spelled(c, &l->part[i], m, len))
			take_answer(c, l, i, m, len, false);
	check_done(c, l);
}

/* The one socket of -1: find the lookup by its id. */
static void on_shared(struct client *c, int server)
{
	struct lookup *l;
	uint8_t m[65536];
	int i, k, len;

	len = recv(c->servers[server].shared, m, sizeof(m), 0);
	if (len < 12 || !(m[2] & 0x80))
		return;
	for (k = 0; k < MAX_LOOKUPS; k++) {
		l = &c->lookup[k];
		for (i = 0; l->used && l->server == server && i < l->nparts; i++)
			if (l->part[i].id == (m[0] << 8 | m[1]) && l->part[i].state == PART_WAIT &&
			    answer_spelled(c, &l->part[i], m, len)) {
				take_answer(c, l, i, m, len, false);
				check_done(c, l);
				return;
			}
	}
}

static void tcp_send(struct client *c, struct lookup *l, int i)
{
	struct epoll_event ev = { .events = EPOLLIN,
				  .data.u32 = tag_of(c, l, TAG_TCP + i) };
	uint8_t buf[514];
	int len;

	len = query_build(c, l, i, buf + 2, sizeof(buf) - 2);
	buf[0] = len >> 8;
	buf[1] = len;
	if (send(l->part[i].tcp, buf, len + 2, MSG_NOSIGNAL) < 0) {
		l->part[i].state = PART_BAD;
		tcp_close(&l->part[i]);
		check_done(c, l);
		return;
	}
	epoll_ctl(c->epfd, EPOLL_CTL_MOD, l->part[i].tcp, &ev);
}

static void on_tcp(struct client *c, struct lookup *l, int i, uint32_t events)
{
	struct part *p = &l->part[i];
	int n, want;

	if (p->tcp < 0)
		return;
	if (events & EPOLLOUT && !(events & (EPOLLERR | EPOLLHUP))) {
		tcp_send(c, l, i);
		return;
	}
	n = recv(p->tcp, p->rx + p->rx_len, sizeof(p->rx) - p->rx_len, 0);
	if (n <= 0) {
		tcp_close(p);
		p->state = PART_BAD;
		check_done(c, l);
		return;
	}
	p->rx_len += n;
	want = p->rx_len < 2 ? 14 : (p->rx[0] << 8 | p->rx[1]) + 2;
	if (p->rx_len < want && p->rx_len < (int)sizeof(p->rx))
		return;
	take_answer(c, l, i, p->rx + 2, p->rx_len - 2, true);
	check_done(c, l);
}

void lookup_event(struct client *c, uint32_t tag, uint32_t events)
{
	struct lookup *l;
	int what = tag & 0xff;

	if ((tag & TAG_SHARED) == TAG_SHARED) {
		on_shared(c, what);
		return;
	}
	l = &c->lookup[tag >> 8];
	if (!l->used)
		return;
	if (what < TAG_TCP)
		on_udp(c, l, what);
	else
		on_tcp(c, l, what - TAG_TCP, events);
}

/* A % in a name stands for a label that was never asked before. */
static void expand(struct client *c, char *out, const char *text)
{
	int n = 0;

	for (; *text && n < 240; text++) {
		if (*text == '%')
			n += sprintf(out + n, "%08x", (uint32_t)draw(c));
		else
			out[n++] = *text;
	}
	out[n] = 0;
}

static const struct name *draw_name(struct client *c)
{
	double x = draw_unit(c) * c->weight;
	int lo = 0, hi = c->nnames - 1, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (c->names[mid].upto > x)
			hi = mid;
		else
			lo = mid + 1;
	}
	return &c->names[lo];
}

static struct lookup *free_lookup(struct client *c)
{
	int i;

	for (i = 0; i < MAX_LOOKUPS; i++)
		if (!c->lookup[i].used)
			return &c->lookup[i];
	return NULL;
}

static void add_part(struct client *c, struct lookup *l, int type)
{
	struct part *p = &l->part[l->nparts];

	if (cache_has(c, l->name, type))
		return;
	p->state = PART_WAIT;
	p->type = type;
	p->id = draw(c);
	p->tcp = -1;
	p->rx_len = 0;
	l->nparts++;
}

static void start_lookup(struct client *c)
{
	const struct name *n = draw_name(c);
	struct lookup *l = free_lookup(c);
	int i;

	if (!l)
		return;
	expand(c, l->name, n->text);
	l->nparts = l->server = l->attempt = 0;
	l->no_edns = false;
	add_part(c, l, n->type == TYPE_PAIR ? 1 : n->type);
	if (n->type == TYPE_PAIR)
		add_part(c, l, 28);
	if (!l->nparts)
		return;
	for (i = 0; i < MAX_SERVERS; i++)
		l->udp[i] = -1;
	l->used = true;
	l->booked = false;
	l->started = now_us();
	send_round(c, l);
}

/* Whoever waits for a lookup that long has given up, whatever comes of it. */
static void lose_patience(struct client *c, struct lookup *l, uint64_t now)
{
	if (c->patience_ms && l->started + c->patience_ms * 1000ull <= now)
		book(c, l, false);
}

static void expire(struct client *c, struct lookup *l)
{
	if (c->fallback)
		l->no_edns = true;
	next_server(c, l);
}

void lookup_timers(struct client *c)
{
	uint64_t now = now_us();
	int i;

	for (i = 0; i < MAX_LOOKUPS; i++) {
		if (!c->lookup[i].used)
			continue;
		lose_patience(c, &c->lookup[i], now);
		if (c->lookup[i].deadline <= now)
			expire(c, &c->lookup[i]);
	}
	while (c->next_start <= now) {
		start_lookup(c);
		/* Arrivals are a Poisson process, as those of many users are. */
		c->next_start += c->restless ? 1e6 / c->rate :
			-log(1 - draw_unit(c)) * 1e6 / c->rate;
	}
}

int next_wait_ms(struct client *c)
{
	uint64_t now = now_us(), first = c->next_start;
	int i;

	for (i = 0; i < MAX_LOOKUPS; i++)
		if (c->lookup[i].used && c->lookup[i].deadline < first)
			first = c->lookup[i].deadline;
	return first <= now ? 0 : (int)((first - now) / 1000) + 1;
}

static void log_server(struct client *c, struct server *s, double t)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL",
					     "NXDOMAIN", "NOTIMP", "REFUSED" };
	const char *sep = "";
	int i;

	fprintf(c->log, "{\"time\":%.3f,\"client\":\"%s\",\"server\":\"%s\","
		"\"sent\":%u,\"answered\":%u,\"failed\":%u,\"tcp\":%u,\"rcode\":{",
		t, c->self, s->text, s->sent, s->answered, s->failed, s->tcp);
	for (i = 0; i < 16; i++) {
		if (!s->rcode[i])
			continue;
		if (i < 6)
			fprintf(c->log, "%s\"%s\":%u", sep, names[i], s->rcode[i]);
		else
			fprintf(c->log, "%s\"%d\":%u", sep, i, s->rcode[i]);
		sep = ",";
	}
	fprintf(c->log, "}}\n");
	s->sent = s->answered = s->failed = s->tcp = 0;
	memset(s->rcode, 0, sizeof(s->rcode));
}

void log_flush(struct client *c)
{
	struct timespec ts;
	double t;
	int i;

	clock_gettime(CLOCK_REALTIME, &ts);
	t = ts.tv_sec + ts.tv_nsec / 1e9;
	for (i = 0; i < c->nservers; i++)
		log_server(c, &c->servers[i], t);
	fprintf(c->log, "{\"time\":%.3f,\"client\":\"%s\",\"server\":null,"
		"\"lookups\":%u,\"ok\":%u,\"failed\":%u}\n",
		t, c->self, c->lookups, c->ok, c->bad);
	c->lookups = c->ok = c->bad = 0;
	fflush(c->log);
}

void log_tick(struct client *c)
{
	if (now_us() < c->second + 1000000)
		return;
	c->second += 1000000;
	log_flush(c);
}
