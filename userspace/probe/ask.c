// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define OPT_LEN 11

struct flight {
	int fd;
	__u16 id;
	__u64 sent;		/* us */
};

static __u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000 + (__u64)ts.tv_nsec / 1000;
}

static socklen_t socket_addr(struct sockaddr_storage *ss, const struct sgap_ask *ask)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *four = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (sgap_addr_is_v4(&ask->server)) {
		four->sin_family = AF_INET;
		four->sin_port = htons(ask->port);
		memcpy(&four->sin_addr, ask->server.b + 12, 4);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(ask->port);
	memcpy(&six->sin6_addr, ask->server.b, 16);
	return sizeof(*six);
}

static void put16(__u8 *p, unsigned int v)
{
	p[0] = (__u8)(v >> 8);
	p[1] = (__u8)v;
}

/* RFC 6891 section 6.1.2: root, type, payload size, extended RCODE and flags, no options. */
static size_t opt(__u8 *p, const struct sgap_ask *ask)
{
	memset(p, 0, OPT_LEN);
	put16(p + 1, 41);
	put16(p + 3, ask->bufsize);
	p[7] = ask->dnssec_ok ? 0x80 : 0;
	return OPT_LEN;
}

/* A plain query with RD; as old a form as any server understands, unless it has OPT. */
static size_t question(__u8 *p, const struct sgap_ask *ask, __u16 id)
{
	memset(p, 0, SGAP_WIRE_HEADER);
	put16(p, id);
	put16(p + 2, SGAP_DNS_RD);
	put16(p + 4, 1);
	put16(p + 10, ask->bufsize ? 1 : 0);
	memcpy(p + SGAP_WIRE_HEADER, ask->qname, ask->qname_len);
	p += SGAP_WIRE_HEADER + ask->qname_len;
	put16(p, ask->qtype);
	put16(p + 2, 1);
	return SGAP_WIRE_HEADER + (size_t)ask->qname_len + 4 + (ask->bufsize ? opt(p + 4, ask) : 0);
}

/* A socket of its own for each try: a new port, and only answers of this server. */
static void send_one(struct flight *f, const struct sgap_ask *ask)
{
	__u8 msg[SGAP_WIRE_HEADER + 255 + 4 + OPT_LEN];
	struct sockaddr_storage ss;
	socklen_t len = socket_addr(&ss, ask);

	if (f->fd >= 0)
		close(f->fd);
	f->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f->fd < 0)
		return;
	if (getrandom(&f->id, sizeof(f->id), 0) != sizeof(f->id))
		f->id = (__u16)now_us();
	f->sent = now_us();
	/* What fails here is not answered, which is what is asked for. */
	if (connect(f->fd, (struct sockaddr *)&ss, len) ||
	    send(f->fd, msg, question(msg, ask, f->id), 0) < 0) {
		close(f->fd);
		f->fd = -1;
	}
}

static void receive_one(struct flight *f, struct sgap_ask *ask)
{
	__u8 buf[4096];
	ssize_t got = recv(f->fd, buf, sizeof(buf), 0);
	struct sgap_msg m;

	if (got < 0 && errno != EAGAIN) {	/* an ICMP error */
		close(f->fd);
		f->fd = -1;
	}
	if (got < SGAP_WIRE_HEADER || sgap_wire_parse(&m, buf, (__u32)got, (__u32)got) ||
	    !(m.flags & SGAP_DNS_QR) || m.id != f->id)
		return;
	if (m.qname && (m.qname_len != ask->qname_len || m.qtype != ask->qtype))
		return;
	ask->answered = true;
	ask->rcode = m.rcode;
	ask->ancount = m.ancount;
	ask->truncated = m.flags & SGAP_DNS_TC;
	ask->digest = m.digest;
	ask->rtt_us = (__u32)(now_us() - f->sent);
	close(f->fd);
	f->fd = -1;
}

static int wait_for_all(struct flight *f, struct sgap_ask *ask, struct pollfd *fds, int n,
			int wait_ms)
{
	__u64 end = now_us() + (__u64)wait_ms * 1000, now;
	int i, open;

	while ((now = now_us()) < end) {
		for (i = open = 0; i < n; i++) {
			fds[i] = (struct pollfd){ .fd = f[i].fd, .events = POLLIN };
			open += f[i].fd >= 0;
		}
		if (!open)
			return 0;
		if (poll(fds, (nfds_t)n, (int)((end - now) / 1000) + 1) < 0 && errno != EINTR)
			return -errno;
		for (i = 0; i < n; i++)
			if (f[i].fd >= 0 && fds[i].revents)
				receive_one(&f[i], &ask[i]);
	}
	return 0;
}

int sgap_ask(struct sgap_ask *ask, int n, int tries, int wait_ms)
{
	struct flight *f = calloc((size_t)n + 1, sizeof(*f));
	struct pollfd *fds = calloc((size_t)n + 1, sizeof(*fds));
	int ret = f && fds ? 0 : -ENOMEM;
	int i, t;

	for (i = 0; f && i < n; i++)
		f[i].fd = -1;
	for (t = 0; !ret && t < tries; t++) {
		for (i = 0; i < n; i++)
			if (!ask[i].answered)
				send_one(&f[i], &ask[i]);
		ret = wait_for_all(f, ask, fds, n, wait_ms);
	}
	for (i = 0; f && i < n; i++)
		if (f[i].fd >= 0)
			close(f[i].fd);
	free(fds);
	free(f);
	return ret;
}
