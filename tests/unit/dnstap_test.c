// SPDX-License-Identifier: GPL-2.0-or-later
/* Transactions as dnstap: read back by the Frame Streams library. */
#include "record.h"

#include <fstrm.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dnstap.pb-c.h"
#include "lib/dnstap.h"

static char path[64];

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "dnstap_test.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static struct fstrm_reader *open_reader(void)
{
	struct fstrm_file_options *options = fstrm_file_options_init();
	struct fstrm_reader *reader;

	fstrm_file_options_set_file_path(options, path);
	reader = fstrm_file_reader_init(options, NULL);
	fstrm_file_options_destroy(&options);
	assert_non_null(reader);
	assert_int_equal(fstrm_reader_open(reader), fstrm_res_success);
	return reader;
}

static Dnstap__Dnstap *next_frame(struct fstrm_reader *reader)
{
	Dnstap__Dnstap *frame;
	const __u8 *p;
	size_t len;

	assert_int_equal(fstrm_reader_read(reader, &p, &len), fstrm_res_success);
	frame = dnstap__dnstap__unpack(NULL, len, p);
	assert_non_null(frame);
	assert_int_equal(frame->type, DNSTAP__DNSTAP__TYPE__MESSAGE);
	assert_non_null(frame->message);
	return frame;
}

static void is_end(struct fstrm_reader *reader)
{
	const __u8 *p;
	size_t len;

	assert_int_equal(fstrm_reader_read(reader, &p, &len), fstrm_res_stop);
	fstrm_reader_destroy(&reader);
}

static void is_query(Dnstap__Dnstap *frame)
{
	const Dnstap__Message *m = frame->message;

	assert_int_equal(m->type, DNSTAP__MESSAGE__TYPE__CLIENT_QUERY);
	assert_int_equal(m->socket_family, DNSTAP__SOCKET_FAMILY__INET);
	assert_int_equal(m->socket_protocol, DNSTAP__SOCKET_PROTOCOL__UDP);
	assert_int_equal(m->query_address.len, 4);
	assert_memory_equal(m->query_address.data, "\xc0\x00\x02\x01", 4);
	assert_memory_equal(m->response_address.data, "\xc6\x33\x64\x35", 4);
	assert_int_equal(m->query_port, 1024);
	assert_int_equal(m->response_port, 53);
	assert_int_equal(m->query_time_sec, 1);
	assert_int_equal(m->query_time_nsec, 0);
	assert_int_equal(m->query_message.len, 5);
	assert_memory_equal(m->query_message.data, "query", 5);
	assert_false(m->has_response_message || m->has_response_time_sec);
	dnstap__dnstap__free_unpacked(frame, NULL);
}

static void test_file(void **state)
{
	const struct sgap_dnstap_bytes bytes = {
		.query = (const __u8 *)"query", .query_len = 5,
		.answer = (const __u8 *)"answer", .answer_len = 6,
	}, none = { 0 };
	struct fstrm_reader *reader;
	struct sgap_dnstap *d;
	Dnstap__Dnstap *frame;
	union record r;

	(void)state;
	assert_int_equal(sgap_dnstap_open(&d, path, "host"), 0);
	assert_int_equal(sgap_dnstap_txn(d, record(&r, SGAP_TXN_ANSWERED, 0), &bytes), 2);
	record(&r, SGAP_TXN_TIMEOUT, SGAP_NONE16)->qflags = 0;
	assert_int_equal(sgap_dnstap_txn(d, &r.txn, &none), 1);
	record(&r, SGAP_TXN_SILENT, SGAP_NONE16)->qname_len = 0;
	assert_int_equal(sgap_dnstap_txn(d, &r.txn, &none), 0);
	assert_int_equal(sgap_dnstap_close(d), 0);

	reader = open_reader();
	frame = next_frame(reader);
	assert_int_equal(frame->identity.len, 4);
	is_query(frame);
	frame = next_frame(reader);
	assert_int_equal(frame->message->type, DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE);
	assert_int_equal(frame->message->response_time_sec, 1);
	assert_int_equal(frame->message->response_time_nsec, 12500000);
	assert_memory_equal(frame->message->response_message.data, "answer", 6);
	dnstap__dnstap__free_unpacked(frame, NULL);
	frame = next_frame(reader);
	assert_int_equal(frame->message->type, DNSTAP__MESSAGE__TYPE__RESOLVER_QUERY);
	assert_false(frame->message->has_query_message);
	dnstap__dnstap__free_unpacked(frame, NULL);
	is_end(reader);
}

static void test_refused(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char to[80], deep[200] = "unix:";
	struct sgap_dnstap *d;
	int fd;

	(void)state;
	assert_int_equal(sgap_dnstap_open(&d, "no/such/folder/file", NULL), -ENOENT);
	assert_int_equal(sgap_dnstap_open(&d, "unix:no-such-socket", NULL), -ENOENT);
	memset(deep + 5, 'x', sizeof(deep) - 6);
	assert_int_equal(sgap_dnstap_open(&d, deep, NULL), -ENAMETOOLONG);
	assert_int_equal(sgap_dnstap_close(NULL), 0);

	/* Somebody is there, but hangs up. */
	unlink(path);
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	snprintf(to, sizeof(to), "unix:%s", path);
	assert_int_equal(sgap_dnstap_open(&d, to, NULL), -ECONNREFUSED);
	close(fd);
}

/* A PACKET record around a frame. */
static struct sgap_rec_packet *packet(const struct bytes *b, __u32 cap_len)
{
	struct sgap_rec_packet *rec = calloc(1, sizeof(*rec) + cap_len);

	if (!rec)
		abort();
	rec->link_type = 101;
	rec->wire_len = b->len;
	rec->cap_len = cap_len;
	memcpy(rec->data, b->b, cap_len);
	return rec;
}

static void finds(const struct bytes *b, __u32 cap_len, const struct bytes *want)
{
	struct sgap_rec_packet *rec = packet(b, cap_len);
	const __u8 *got;
	union record r;
	__u16 len = 0;

	got = sgap_dnstap_message(rec, record(&r, SGAP_TXN_ANSWERED, 0), &len);
	if (want) {
		assert_non_null(got);
		assert_int_equal(len, want->len);
		assert_memory_equal(got, want->b, len);
	} else {
		assert_null(got);
	}
	free(rec);
}

static void test_message(void **state)
{
	static const struct ip_opt udp = { "198.51.100.53", "192.0.2.1", 17, 64, 0 };
	static const struct ip_opt tcp = { "198.51.100.53", "192.0.2.1", 6, 64, 0 };
	struct bytes b = { 0 }, msg = { 0 }, other = { 0 };
	__u32 ip, u;

	(void)state;
	make_answer(&msg, 0x1234, "www.example.org", 1, 0);
	make_answer(&other, 0x4321, "www.example.org", 1, 0);
	ip = begin_ip(&b, &udp);
	u = begin_udp(&b, 53, 1024);
	put_bytes(&b, msg.b, msg.len);
	end_udp(&b, u, ip);
	finds(&b, b.len, &msg);
	finds(&b, b.len - 1, NULL);	/* the capture ends before it does */

	b.len = 0;
	ip = begin_ip(&b, &tcp);
	put_tcp(&b, 53, 1024, 1, 1, 0x18);
	put16(&b, (__u16)other.len);
	put_bytes(&b, other.b, other.len);
	put16(&b, (__u16)msg.len);
	put_bytes(&b, msg.b, msg.len);
	end_ip(&b, ip);
	finds(&b, b.len, &msg);		/* the second of its segment */
	finds(&b, b.len - 1, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test(test_message),
	};

	return cmocka_run_group_tests_name("dnstap", tests, NULL, NULL);
}
