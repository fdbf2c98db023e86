// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exposition.h"
#include "lib/addr.h"
#include "lib/conf.h"
#include "lib/text.h"
#include "log.h"
#include "metrics.h"
#include "report/text.h"

#define FRESH_NS SGAP_NS_PER_S
#define CONNECTIONS 32u
#define IDLE_S 10u		/* a client that says nothing is let go */

struct sgap_serve {
	const struct sgap_conf *conf;
	sgap_serve_fn fn;
	void *ctx;
	struct MHD_Daemon *http;
	struct sgap_metrics *m;
	struct MHD_Response *said;	/* the newest exposition */
	__u64 said_at, file_next;
	char file[SGAP_CONF_TEXT];	/* that was written last */
	int file_error;			/* said last */
};

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

static int compose(struct sgap_serve *s, struct sgap_text *text)
{
	sgap_metrics_clear(s->m);
	s->fn(s->ctx, s->m);
	sgap_metrics_write(s->m, text);
	return text->err;
}

/* Who asks again within a second is told the same. */
static struct MHD_Response *exposition(struct sgap_serve *s)
{
	__u64 now = clock_ns(CLOCK_MONOTONIC);
	struct sgap_text text = { 0 };

	if (s->said && now - s->said_at < FRESH_NS)
		return s->said;
	if (s->said)
		MHD_destroy_response(s->said);
	s->said = NULL;
	if (compose(s, &text)) {
		sgap_text_free(&text);
		return NULL;
	}
	s->said = MHD_create_response_from_buffer(text.len, text.s, MHD_RESPMEM_MUST_FREE);
	if (!s->said)
		return NULL;
	MHD_add_response_header(s->said, MHD_HTTP_HEADER_CONTENT_TYPE, SGAP_EXPOSITION_TYPE);
	s->said_at = now;
	return s->said;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status,
			      const char *sentence)
{
	struct MHD_Response *response;
	enum MHD_Result ret;

	response = MHD_create_response_from_buffer(strlen(sentence), (void *)(uintptr_t)sentence,
						   MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	ret = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return ret;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **request)
{
	struct MHD_Response *response;

	(void)version;
	(void)data;
	(void)size;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	if (strcmp(url, "/metrics") != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "there is /metrics only\n");
	response = exposition(ctx);
	if (!response)
		return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
	return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

static void listen_at(struct sgap_serve *s, const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *sa = (const void *)&v6;
	unsigned int flags = MHD_USE_EPOLL;
	struct sgap_addr addr;
	__u16 port;

	if (sgap_addr_port_parse(&addr, &port, text))
		return;
	if (sgap_addr_is_v4(&addr)) {
		memcpy(&v4.sin_addr, addr.b + 12, 4);
		v4.sin_port = htons(port);
		sa = (const void *)&v4;
	} else {
		memcpy(&v6.sin6_addr, addr.b, 16);
		v6.sin6_port = htons(port);
		flags |= MHD_USE_IPv6;
	}
	errno = 0;
	s->http = MHD_start_daemon(flags, port, NULL, NULL, answer, s, MHD_OPTION_SOCK_ADDR, sa,
				   MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				   MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_END);
	if (!s->http)
		sgap_log(SGAP_LOG_ERROR, "metrics: cannot listen at '%s': %s", text,
			 errno ? strerror(errno) : "no reason given");
	else
		sgap_log(SGAP_LOG_NOTICE, "metrics: http://%s/metrics", text);
}

struct sgap_serve *sgap_serve_start(const struct sgap_conf *conf, sgap_serve_fn fn, void *ctx)
{
	struct sgap_serve *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conf = conf;
	s->fn = fn;
	s->ctx = ctx;
	s->m = sgap_metrics_new(conf->servers);
	if (!s->m) {
		free(s);
		return NULL;
	}
	s->m->started = clock_ns(CLOCK_REALTIME);
	listen_at(s, conf->listen);
	return s;
}

void sgap_serve_stop(struct sgap_serve *s)
{
	if (!s)
		return;
	if (s->http)
		MHD_stop_daemon(s->http);
	if (s->said)
		MHD_destroy_response(s->said);
	sgap_metrics_free(s->m);
	free(s);
}

int sgap_serve_fd(const struct sgap_serve *s)
{
	const union MHD_DaemonInfo *info = NULL;

	if (s->http)
		info = MHD_get_daemon_info(s->http, MHD_DAEMON_INFO_EPOLL_FD);
	return info ? info->epoll_fd : -1;
}

void sgap_serve_run(struct sgap_serve *s)
{
	if (s->http)
		MHD_run(s->http);
}

void sgap_serve_wait(struct sgap_serve *s, int ms)
{
	struct pollfd fd = { .fd = sgap_serve_fd(s), .events = POLLIN };

	if (poll(&fd, 1, ms) >= 0)
		sgap_serve_run(s);
}

static int write_all(int fd, const struct sgap_text *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->s + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Who reads the file finds it whole, whenever that is. */
static int replace(const char *path, const struct sgap_text *text)
{
	char part[SGAP_CONF_TEXT + 8];
	int fd, ret;

	snprintf(part, sizeof(part), "%s.part", path);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	ret = fchmod(fd, 0644) ? -errno : write_all(fd, text);
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(part, path))
		ret = -errno;
	if (ret)
		unlink(part);
	return ret;
}

void sgap_serve_file(struct sgap_serve *s)
{
	const char *path = s->conf->textfile;
	struct sgap_text text = { 0 };
	int ret;

	if (strcmp(path, s->file) != 0)
		sgap_serve_unlink(s);
	if (!*path)
		return;
	ret = compose(s, &text);
	if (!ret)
		ret = replace(path, &text);
	sgap_text_free(&text);
	if (ret && ret != s->file_error)
		sgap_log(SGAP_LOG_ERROR, "metrics: '%s': %s", path, strerror(-ret));
	s->file_error = ret;
	if (!ret)
		sgap_text_copy(s->file, sizeof(s->file), path);
}

void sgap_serve_tick(struct sgap_serve *s)
{
	__u64 now = clock_ns(CLOCK_MONOTONIC);

	if (now < s->file_next)
		return;
	s->file_next = now + s->conf->every_ms * SGAP_NS_PER_MS;
	sgap_serve_file(s);
}

void sgap_serve_unlink(struct sgap_serve *s)
{
	if (*s->file && unlink(s->file) && errno != ENOENT)
		sgap_log(SGAP_LOG_WARNING, "metrics: '%s': %s", s->file, strerror(errno));
	s->file[0] = '\0';
}
