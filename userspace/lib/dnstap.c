// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frame Streams does the framing and, on a socket, the handshake; bytes go
 * through a reader and writer of our own, which knows its limit of time: a
 * listener that stands still must not hold up who is interrupted.
 */
#include "dnstap.h"

#include <fcntl.h>
#include <fstrm.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "dnstap.pb-c.h"
#include "frame.h"
#include "wire.h"

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"
#define PATIENCE_S 5

struct stream {
	int fd;
	int err;		/* the errno of what failed last */
	bool is_socket;
};

struct sgap_dnstap {
	struct fstrm_writer *writer;
	struct stream stream;
	char *identity;
	__u8 *frame;
	size_t room;
};

static int open_socket(const char *path)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	    !connect(fd, (const struct sockaddr *)&sun, sizeof(sun)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int open_stream(struct stream *s, const char *to)
{
	s->is_socket = !strncmp(to, "unix:", 5);
	if (s->is_socket)
		s->fd = open_socket(to + 5);
	else if (!strcmp(to, "-"))
		s->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		s->fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (s->is_socket)
		return s->fd < 0 ? s->fd : 0;
	return s->fd < 0 ? -errno : 0;
}

static fstrm_res stream_open(void *obj)
{
	return ((struct stream *)obj)->fd >= 0 ? fstrm_res_success : fstrm_res_failure;
}

static fstrm_res stream_close(void *obj)
{
	struct stream *s = obj;
	int ret = s->fd >= 0 ? close(s->fd) : 0;

	if (ret && !s->err)
		s->err = errno;
	s->fd = -1;
	return ret ? fstrm_res_failure : fstrm_res_success;
}

static fstrm_res fail(struct stream *s, int err)
{
	s->err = err == EAGAIN ? ETIMEDOUT : err;
	return fstrm_res_failure;
}

static fstrm_res stream_read(void *obj, void *data, size_t count)
{
	struct stream *s = obj;
	char *p = data;
	ssize_t n;

	for (; count; p += n, count -= (size_t)n) {
		n = recv(s->fd, p, count, MSG_WAITALL);
		if (n < 0)
			return fail(s, errno);
		if (!n)
			return fstrm_res_stop;
	}
	return fstrm_res_success;
}

static ssize_t write_some(const struct stream *s, const char *p, size_t len)
{
	return s->is_socket ? send(s->fd, p, len, MSG_NOSIGNAL) : write(s->fd, p, len);
}

static fstrm_res stream_write(void *obj, const struct iovec *iov, int iovcnt)
{
	struct stream *s = obj;
	int i;

	for (i = 0; i < iovcnt; i++) {
		const char *p = iov[i].iov_base;
		size_t left = iov[i].iov_len;
		ssize_t n;

		for (; left; p += n, left -= (size_t)n) {
			n = write_some(s, p, left);
			if (n < 0)
				return fail(s, errno);
		}
	}
	return fstrm_res_success;
}

/* A file has no other side to shake hands with: without read, none is tried. */
static struct fstrm_writer *make_writer(struct stream *s)
{
	struct fstrm_writer_options *options = fstrm_writer_options_init();
	struct fstrm_rdwr *rdwr = fstrm_rdwr_init(s);
	struct fstrm_writer *writer;

	fstrm_rdwr_set_open(rdwr, stream_open);
	fstrm_rdwr_set_close(rdwr, stream_close);
	fstrm_rdwr_set_write(rdwr, stream_write);
	if (s->is_socket)
		fstrm_rdwr_set_read(rdwr, stream_read);
	fstrm_writer_options_add_content_type(options, CONTENT_TYPE, strlen(CONTENT_TYPE));
	writer = fstrm_writer_init(options, &rdwr);
	fstrm_writer_options_destroy(&options);
	if (!writer)
		fstrm_rdwr_destroy(&rdwr);
	return writer;
}

int sgap_dnstap_open(struct sgap_dnstap **out, const char *to, const char *identity)
{
	struct sgap_dnstap *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return -ENOMEM;
	d->stream.fd = -1;
	ret = open_stream(&d->stream, to);
	if (ret)
		goto err_close;
	ret = -ENOMEM;
	d->identity = identity ? strdup(identity) : NULL;
	d->writer = make_writer(&d->stream);
	if (!d->writer || (identity && !d->identity))
		goto err_close;
	if (fstrm_writer_open(d->writer) != fstrm_res_success) {
		ret = d->stream.err ? -d->stream.err : -EPROTO;
		goto err_close;
	}
	*out = d;
	return 0;

err_close:
	sgap_dnstap_close(d);
	return ret;
}

int sgap_dnstap_close(struct sgap_dnstap *d)
{
	int ret = 0;

	if (!d)
		return 0;
	if (d->writer && fstrm_writer_destroy(&d->writer) != fstrm_res_success)
		ret = d->stream.err ? -d->stream.err : -EIO;
	if (d->stream.fd >= 0)
		close(d->stream.fd);
	free(d->identity);
	free(d->frame);
	free(d);
	return ret;
}

static void set_bytes(ProtobufCBinaryData *to, protobuf_c_boolean *has, const void *p, size_t len)
{
	to->data = (uint8_t *)(uintptr_t)p;	/* only read from */
	to->len = len;
	*has = p != NULL;
}

static void set_address(ProtobufCBinaryData *to, protobuf_c_boolean *has, const __u8 *addr, bool v4)
{
	set_bytes(to, has, addr + (v4 ? 12 : 0), v4 ? 4 : 16);
}

static void set_time(uint64_t *sec, uint32_t *nsec, protobuf_c_boolean *has_sec,
		     protobuf_c_boolean *has_nsec, __u64 ts)
{
	if (!ts)
		return;
	*sec = ts / SGAP_NS_PER_S;
	*nsec = (uint32_t)(ts % SGAP_NS_PER_S);
	*has_sec = true;
	*has_nsec = true;
}

/* Who sees RD set is asked by a client; without it, by a resolver. */
static Dnstap__Message__Type type_of(const struct sgap_rec_txn *txn, bool answer)
{
	__u16 flags = txn->ts_query ? txn->qflags : txn->aflags;

	if (flags & SGAP_DNS_RD)
		return answer ? DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE :
				DNSTAP__MESSAGE__TYPE__CLIENT_QUERY;
	return answer ? DNSTAP__MESSAGE__TYPE__RESOLVER_RESPONSE :
			DNSTAP__MESSAGE__TYPE__RESOLVER_QUERY;
}

static void fill(Dnstap__Message *m, const struct sgap_rec_txn *txn, bool answer,
		 const struct sgap_dnstap_bytes *bytes)
{
	struct sgap_addr server;
	bool v4;

	memcpy(server.b, txn->server, sizeof(server.b));
	v4 = sgap_addr_is_v4(&server);
	m->type = type_of(txn, answer);
	m->has_socket_family = true;
	m->socket_family = v4 ? DNSTAP__SOCKET_FAMILY__INET : DNSTAP__SOCKET_FAMILY__INET6;
	m->has_socket_protocol = true;
	m->socket_protocol = txn->proto == SGAP_PROTO_TCP ? DNSTAP__SOCKET_PROTOCOL__TCP :
							    DNSTAP__SOCKET_PROTOCOL__UDP;
	set_address(&m->query_address, &m->has_query_address, txn->client, v4);
	set_address(&m->response_address, &m->has_response_address, txn->server, v4);
	m->has_query_port = true;
	m->query_port = txn->client_port;
	m->has_response_port = true;
	m->response_port = txn->server_port;
	set_time(&m->query_time_sec, &m->query_time_nsec, &m->has_query_time_sec,
		 &m->has_query_time_nsec, txn->ts_query);
	if (!answer) {
		set_bytes(&m->query_message, &m->has_query_message, bytes->query,
			  bytes->query_len);
		return;
	}
	set_time(&m->response_time_sec, &m->response_time_nsec, &m->has_response_time_sec,
		 &m->has_response_time_nsec, txn->ts_answer);
	set_bytes(&m->response_message, &m->has_response_message, bytes->answer,
		  bytes->answer_len);
}

static int write_frame(struct sgap_dnstap *d, const Dnstap__Dnstap *frame)
{
	size_t len = dnstap__dnstap__get_packed_size(frame);

	if (len > d->room) {
		__u8 *p = realloc(d->frame, 2 * len);

		if (!p)
			return -ENOMEM;
		d->frame = p;
		d->room = 2 * len;
	}
	dnstap__dnstap__pack(frame, d->frame);
	if (fstrm_writer_write(d->writer, d->frame, len) == fstrm_res_success)
		return 0;
	return d->stream.err ? -d->stream.err : -EIO;
}

static int write_side(struct sgap_dnstap *d, const struct sgap_rec_txn *txn, bool answer,
		      const struct sgap_dnstap_bytes *bytes)
{
	static const char version[] = "stopgap " SGAP_VERSION;
	Dnstap__Dnstap frame = DNSTAP__DNSTAP__INIT;
	Dnstap__Message message = DNSTAP__MESSAGE__INIT;

	set_bytes(&frame.identity, &frame.has_identity, d->identity,
		  d->identity ? strlen(d->identity) : 0);
	set_bytes(&frame.version, &frame.has_version, version, sizeof(version) - 1);
	frame.type = DNSTAP__DNSTAP__TYPE__MESSAGE;
	frame.message = &message;
	fill(&message, txn, answer, bytes);
	return write_frame(d, &frame);
}

/* A late answer's query was told of before. */
static bool tells_query(const struct sgap_rec_txn *txn)
{
	switch (txn->state) {
	case SGAP_TXN_ANSWERED:
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_EVICTED:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
		return txn->qname_len;
	default:
		return false;
	}
}

bool sgap_dnstap_has_message(const struct sgap_rec_txn *txn)
{
	return tells_query(txn) || txn->ts_answer;
}

int sgap_dnstap_txn(struct sgap_dnstap *d, const struct sgap_rec_txn *txn,
		    const struct sgap_dnstap_bytes *bytes)
{
	int ret = 0, frames = 0;

	if (tells_query(txn)) {
		ret = write_side(d, txn, false, bytes);
		frames++;
	}
	if (!ret && txn->ts_answer) {
		ret = write_side(d, txn, true, bytes);
		frames++;
	}
	return ret ? ret : frames;
}

/* A segment may begin with other messages; each has its length in front. */
static const __u8 *find_in_segment(const struct sgap_pkt *pkt, __u16 id, __u16 *len)
{
	const __u8 *p = pkt->payload;
	__u32 left = pkt->payload_len;

	while (left >= 2) {
		__u32 n = sgap_get16(p);

		if (left - 2 < n || n < SGAP_WIRE_HEADER)
			return NULL;
		if (sgap_get16(p + 2) == id) {
			*len = (__u16)n;
			return p + 2;
		}
		p += 2 + n;
		left -= 2 + n;
	}
	return NULL;
}

const __u8 *sgap_dnstap_message(const struct sgap_rec_packet *rec,
				const struct sgap_rec_txn *txn, __u16 *len)
{
	struct sgap_frame_opt opt = {
		.ports = { .n = 1, .port = { txn->server_port } }, .flags = SGAP_TAP_F_ALL,
	};
	struct sgap_pkt pkt;
	int kind;

	kind = sgap_frame_parse(&pkt, rec->link_type, rec->data, rec->cap_len, rec->wire_len, &opt);
	if (kind == SGAP_FRAME_TCP)
		return find_in_segment(&pkt, txn->dns_id, len);
	if (kind != SGAP_FRAME_UDP || pkt.more_frags || pkt.payload_len != pkt.payload_wire ||
	    pkt.payload_len < SGAP_WIRE_HEADER || pkt.payload_len > 0xffff)
		return NULL;
	*len = (__u16)pkt.payload_len;
	return pkt.payload;
}
