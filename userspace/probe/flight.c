// SPDX-License-Identifier: GPL-2.0-or-later
#include "flight.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

static const struct sgap_form plain = { .flags = SGAP_DNS_RD };

__u64 sgap_flight_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000 + (__u64)ts.tv_nsec / 1000;
}

static socklen_t to_socket(struct sockaddr_storage *ss, const struct sgap_ask *ask)
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

static void from_socket(struct sgap_addr *a, __u16 *port, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *four = (const struct sockaddr_in *)ss;

	if (ss->ss_family == AF_INET) {
		sgap_addr_set_v4(a, &four->sin_addr);
		*port = ntohs(four->sin_port);
	} else {
		memcpy(a->b, &six->sin6_addr, 16);
		*port = ntohs(six->sin6_port);
	}
}

static bool is_tcp(const struct sgap_ask *ask)
{
	return ask->form && ask->form->tcp;
}

void sgap_flight_land(struct sgap_flight *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	free(f->buf);
	f->buf = NULL;
	f->got = 0;
	f->connected = false;
}

/* The network said no. What it says of this host's own making is said likewise. */
static void fail(struct sgap_flight *f, struct sgap_ask *ask, int err)
{
	ask->got = err == ECONNREFUSED || err == ECONNRESET || err == EPIPE ?
		   SGAP_GOT_CLOSED : SGAP_GOT_UNREACHABLE;
	ask->err = err;
	sgap_flight_land(f);
}

/* UDP sockets are not connected: an answer from another address is to be seen as one. */
static int launch(struct sgap_flight *f, const struct sgap_ask *ask)
{
	__u8 msg[SGAP_QUERY_MAX];
	struct sockaddr_storage ss;
	socklen_t len = to_socket(&ss, ask);
	int type = (is_tcp(ask) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int one = 1, n;

	f->fd = socket(ss.ss_family, type, 0);
	if (f->fd < 0)
		return -errno;
	if (is_tcp(ask))
		return connect(f->fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS ?
		       -errno : 0;
	if (ss.ss_family == AF_INET)
		setsockopt(f->fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	else
		setsockopt(f->fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
	n = sgap_query_write(msg, sizeof(msg), &f->query);
	if (n < 0)
		return n;
	return sendto(f->fd, msg, (size_t)n, 0, (struct sockaddr *)&ss, len) < 0 ? -errno : 0;
}

void sgap_flight_send(struct sgap_flight *f, struct sgap_ask *ask, __u64 deadline)
{
	int ret;

	sgap_flight_land(f);
	ask->sent++;
	f->sent = sgap_flight_clock();
	f->deadline = deadline;
	ret = sgap_query_draw(&f->query, ask->form ? ask->form : &plain, ask->qname,
			      ask->qname_len, ask->qtype);
	if (!ret)
		ret = launch(f, ask);
	if (ret)
		fail(f, ask, -ret);
}

short sgap_flight_events(const struct sgap_flight *f, const struct sgap_ask *ask)
{
	return is_tcp(ask) && !f->connected ? POLLOUT : POLLIN;
}

static void take(struct sgap_flight *f, struct sgap_ask *ask, const __u8 *p, size_t len)
{
	ask->rtt_us = (__u32)(sgap_flight_clock() - f->sent);
	ask->got = sgap_reply_read(&ask->reply, ask->list, &f->query, p, len) ?
		   SGAP_GOT_GARBAGE : SGAP_GOT_ANSWER;
	sgap_flight_land(f);
}

static void step_udp(struct sgap_flight *f, struct sgap_ask *ask)
{
	__u8 buf[65535];
	struct sockaddr_storage ss;
	socklen_t slen = sizeof(ss);
	struct sgap_addr from;
	ssize_t len;
	__u16 port;

	memset(&ss, 0, sizeof(ss));	/* what an initialiser takes for padding, too */
	len = recvfrom(f->fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss, &slen);
	if (len < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(f, ask, errno);
		return;
	}
	from_socket(&from, &port, &ss);
	if (!sgap_reply_is_to(&f->query, buf, (size_t)len)) {
		ask->strays++;
	} else if (port != ask->port || !sgap_addr_eq(&from, &ask->server)) {
		ask->strays++;
		ask->has_other = true;
		ask->other = from;
	} else {
		take(f, ask, buf, (size_t)len);
	}
}

static void write_tcp(struct sgap_flight *f, struct sgap_ask *ask)
{
	__u8 msg[2 + SGAP_QUERY_MAX];
	socklen_t len = sizeof(int);
	int err = 0, n;

	getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	n = sgap_query_write(msg + 2, SGAP_QUERY_MAX, &f->query);
	if (err || n < 0) {
		fail(f, ask, err ? err : -n);
		return;
	}
	msg[0] = (__u8)(n >> 8);
	msg[1] = (__u8)n;
	f->buf = malloc(SGAP_FLIGHT_BUF);
	/* A question fits into the buffer of a socket that nothing was written to. */
	if (!f->buf || send(f->fd, msg, (size_t)n + 2, MSG_NOSIGNAL) != n + 2)
		fail(f, ask, f->buf ? errno : ENOMEM);
	else
		f->connected = true;
}

static void step_tcp(struct sgap_flight *f, struct sgap_ask *ask)
{
	ssize_t n;
	size_t len;

	if (!f->connected) {
		write_tcp(f, ask);
		return;
	}
	n = recv(f->fd, f->buf + f->got, SGAP_FLIGHT_BUF - f->got, 0);
	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		ask->err = n ? errno : 0;
		ask->got = SGAP_GOT_CUT;
		sgap_flight_land(f);
		return;
	}
	f->got += (size_t)n;
	if (f->got < 2)
		return;
	len = (size_t)f->buf[0] << 8 | f->buf[1];
	if (f->got < 2 + len)
		return;
	if (sgap_reply_is_to(&f->query, f->buf + 2, len)) {
		take(f, ask, f->buf + 2, len);
		return;
	}
	ask->strays++;
	f->got -= 2 + len;
	memmove(f->buf, f->buf + 2 + len, f->got);
}

void sgap_flight_step(struct sgap_flight *f, struct sgap_ask *ask)
{
	if (is_tcp(ask))
		step_tcp(f, ask);
	else
		step_udp(f, ask);
}
