// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions on loopback: what is taken for an answer, and when the next one is put. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/ask.h"
#include "probe/flight.h"
#include "wire.h"

#define SOA 6u
#define MANY 20
#define APART_US 300000u

static const struct sgap_form plain = { .flags = SGAP_DNS_RD };
static const struct sgap_form tcp = { .flags = SGAP_DNS_RD, .tcp = true };

static int listen_at(const char *addr, int type, __u16 *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(*port) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, type, 0);

	assert_true(fd >= 0);
	inet_pton(AF_INET, addr, &sin.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* Answers n questions each with: wrong id, wrong question, from elsewhere, cut, the right one. */
static void hostile(int fd, int other, int n)
{
	__u8 buf[512];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);

	while (n--) {
		ssize_t got = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

		if (got < 0)
			_exit(1);
		buf[2] |= 0x80;
		buf[1] ^= 1;
		sendto(fd, buf, (size_t)got, 0, (struct sockaddr *)&from, len);
		buf[1] ^= 1;
		buf[13] ^= 1;
		sendto(fd, buf, (size_t)got, 0, (struct sockaddr *)&from, len);
		buf[13] ^= 1;
		buf[3] |= 2;
		sendto(other, buf, (size_t)got, 0, (struct sockaddr *)&from, len);
		sendto(fd, buf, 11, 0, (struct sockaddr *)&from, len);
		buf[3] = 5;
		sendto(fd, buf, (size_t)got, 0, (struct sockaddr *)&from, len);
	}
	_exit(0);
}

static void ask_at(struct sgap_ask *ask, const char *addr, __u16 port, const struct sgap_form *form)
{
	struct in_addr four;

	memset(ask, 0, sizeof(*ask));
	inet_pton(AF_INET, addr, &four);
	sgap_addr_set_v4(&ask->server, &four);
	ask->port = port;
	ask->form = form;
	ask->qname_len = (__u16)sgap_query_name(ask->qname, "www.example");
	ask->qtype = SOA;
}

static void test_only_the_right_answer(void **state)
{
	__u16 port = 0, other_port = 0;
	int fd = listen_at("127.0.0.1", SOCK_DGRAM, &port), status;
	int other = listen_at("127.0.0.2", SOCK_DGRAM, &other_port);
	struct sgap_pace pace = { .tries = 1, .wait_ms = 5000 };
	struct sgap_ask ask, *one = &ask;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		hostile(fd, other, 1);
	ask_at(&ask, "127.0.0.1", port, &plain);
	assert_int_equal(sgap_ask(&one, 1, &pace), 0);
	assert_int_equal(ask.got, SGAP_GOT_ANSWER);
	assert_int_equal(ask.reply.rcode, 5);
	assert_int_equal(ask.strays, 4);
	assert_true(ask.has_other);
	assert_int_equal(ask.other.b[15], 2);
	waitpid(pid, &status, 0);
	close(fd);
	close(other);
}

static void test_tcp_in_pieces(void **state)
{
	__u16 port = 0;
	int fd = listen_at("127.0.0.1", SOCK_STREAM, &port), status;
	struct sgap_pace pace = { .tries = 1, .wait_ms = 5000 };
	struct sgap_ask ask[2], *both[] = { &ask[0], &ask[1] };
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		__u8 buf[514];
		int c = accept(fd, NULL, NULL), i;
		ssize_t got = recv(c, buf, sizeof(buf), 0);

		buf[4] |= 0x80;
		for (i = 0; i < got; i++)
			send(c, buf + i, 1, 0);
		close(c);
		c = accept(fd, NULL, NULL);
		got = recv(c, buf, sizeof(buf), 0);
		send(c, buf, (size_t)got / 2, 0);
		_exit(0);
	}
	ask_at(&ask[0], "127.0.0.1", port, &tcp);
	ask_at(&ask[1], "127.0.0.1", port, &tcp);
	assert_int_equal(sgap_ask(&both[0], 1, &pace), 0);
	assert_int_equal(ask[0].got, SGAP_GOT_ANSWER);
	assert_int_equal(sgap_ask(&both[1], 1, &pace), 0);
	assert_int_equal(ask[1].got, SGAP_GOT_CUT);
	waitpid(pid, &status, 0);
	close(fd);
}

static __u64 how_long(struct sgap_ask *ask, int n, __u16 port, struct sgap_pace *pace)
{
	struct sgap_ask *all[MANY];
	__u64 start;
	int i;

	for (i = 0; i < n; i++) {
		ask_at(&ask[i], "127.0.0.1", port, &plain);
		all[i] = &ask[i];
	}
	start = sgap_flight_clock();
	assert_int_equal(sgap_ask(all, n, pace), 0);
	return sgap_flight_clock() - start;
}

/* The same question, again and again: the next one leaves when the last one is answered. */
static void test_apart(void **state)
{
	__u16 port = 0;
	int fd = listen_at("127.0.0.1", SOCK_DGRAM, &port), status, i;
	struct sgap_pace pace = { .tries = 1, .wait_ms = 5000, .apart = true };
	struct sgap_ask ask[MANY];
	pid_t pid = fork();

	(void)state;
	if (!pid)
		hostile(fd, fd, MANY);
	assert_true(how_long(ask, MANY, port, &pace) < MANY * APART_US);
	for (i = 0; i < MANY; i++)
		assert_int_equal(ask[i].got, SGAP_GOT_ANSWER);
	waitpid(pid, &status, 0);
	close(fd);
}

/* Who never answers is not waited for each time. */
static void test_apart_of_the_silent(void **state)
{
	__u16 port = 0;
	int fd = listen_at("127.0.0.1", SOCK_DGRAM, &port);
	struct sgap_pace pace = { .tries = 1, .wait_ms = 600, .apart = true };
	struct sgap_ask ask[MANY];
	__u64 took = how_long(ask, MANY, port, &pace);

	(void)state;
	assert_true(took >= 2 * 600000);	/* the first one alone, for its whole time */
	assert_true(took < MANY * APART_US);
	assert_int_equal(pace.sent, MANY);
	close(fd);
}

static void test_nobody_there(void **state)
{
	__u16 port = 0, silent = 0;
	int fd = listen_at("127.0.0.1", SOCK_DGRAM, &port);
	int quiet = listen_at("127.0.0.1", SOCK_DGRAM, &silent);
	struct sgap_pace pace = { .tries = 3, .wait_ms = 30, .rate = 100 };
	struct sgap_ask ask[3], *all[] = { &ask[0], &ask[1], &ask[2] };

	(void)state;
	close(fd);	/* now nothing listens at port */
	ask_at(&ask[0], "127.0.0.1", port, &plain);
	ask_at(&ask[1], "127.0.0.1", port, &tcp);
	ask_at(&ask[2], "127.0.0.1", silent, &plain);
	assert_int_equal(sgap_ask(all, 3, &pace), 0);
	assert_int_equal(ask[0].got, SGAP_GOT_CLOSED);
	assert_int_equal(ask[1].got, SGAP_GOT_CLOSED);
	assert_int_equal(ask[2].got, SGAP_GOT_NOTHING);
	assert_int_equal(ask[0].sent, 1);
	assert_int_equal(ask[2].sent, 3);
	assert_int_equal(pace.sent, 5);
	close(quiet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_right_answer),
		cmocka_unit_test(test_tcp_in_pieces),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_apart_of_the_silent),
		cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
