// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client host of the drill: looks names up as stub resolvers do.
 *
 * Names are drawn by weight from a file; addresses are asked as A+AAAA pairs
 * from one socket as glibc does; a server that times out or answers with
 * SERVFAIL, REFUSED, ... is left for the next of the list; truncated answers
 * are asked again over TCP. One JSON line per second and server says how it
 * went.
 */
#include "client.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int usage(const char *arg)
{
	if (arg)
		fprintf(stderr, "client: bad argument '%s'\n", arg);
	fprintf(stderr,
		"usage: client -n NAMES -s SERVER [-s SERVER]... -r LOOKUPS/S [options]\n"
		"  -S SEED  -t TIMEOUT_MS  -a ATTEMPTS  -p PATIENCE_MS  -e EDNS_SIZE  -d (DO)  -k (cookie)\n"
		"  -c (cache)  -f (drop EDNS after a timeout)  -x (0x20)  -1 (one socket)\n"
		"  -R (ask in a loop without backing off)  -l LOG  -i OWN_ADDRESS\n");
	return 2;
}

static int add_server(struct client *c, const char *text)
{
	struct addrinfo hint = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_DGRAM };
	struct addrinfo *ai;
	struct server *s;

	if (c->nservers == MAX_SERVERS || getaddrinfo(text, "53", &hint, &ai))
		return -EINVAL;
	s = &c->servers[c->nservers++];
	memcpy(&s->addr, ai->ai_addr, ai->ai_addrlen);
	s->len = ai->ai_addrlen;
	s->text = text;
	freeaddrinfo(ai);
	return 0;
}

static int add_name(struct client *c, char *line)
{
	struct name *n;
	char kind[16];
	double w;

	n = realloc(c->names, (c->nnames + 1) * sizeof(*n));
	if (!n)
		return -ENOMEM;
	c->names = n;
	n += c->nnames;
	if (sscanf(line, "%lf %253s %15s", &w, n->text, kind) != 3 || w < 0)
		return -EINVAL;
	n->type = type_number(kind);
	if (n->type < 0)
		return -EINVAL;
	c->weight += w;
	n->upto = c->weight;
	c->nnames++;
	return 0;
}

static int load_names(struct client *c, const char *path)
{
	char line[512];
	int ret = 0;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return -errno;
	while (!ret && fgets(line, sizeof(line), f)) {
		ret = add_name(c, line);
		if (ret)
			fprintf(stderr, "client: %s: bad line: %s", path, line);
	}
	fclose(f);
	return ret ? ret : c->nnames ? 0 : -EINVAL;
}

static int parse_args(struct client *c, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "n:s:r:S:t:a:p:e:dkcfx1Rl:i:")) != -1) {
		switch (o) {
		case 'n': c->names_path = optarg; break;
		case 's':
			if (add_server(c, optarg))
				return usage(optarg);
			break;
		case 'r': c->rate = atof(optarg); break;
		case 'S': c->rng = strtoull(optarg, NULL, 10) * 2654435761u + 1; break;
		case 't': c->timeout_ms = atoi(optarg); break;
		case 'p': c->patience_ms = atoi(optarg); break;
		case 'a': c->attempts = atoi(optarg); break;
		case 'e': c->edns = atoi(optarg); break;
		case 'd': c->want_do = true; break;
		case 'k': c->cookie = true; break;
		case 'c': c->caching = true; break;
		case 'f': c->fallback = true; break;
		case 'x': c->mixcase = true; break;
		case '1': c->one_socket = true; break;
		case 'R': c->restless = true; break;
		case 'l': c->log_path = optarg; break;
		case 'i': c->self = optarg; break;
		default: return usage(NULL);
		}
	}
	if (!c->names_path || !c->nservers || c->rate <= 0 || c->attempts < 1)
		return usage(NULL);
	return 0;
}

static void run(struct client *c)
{
	struct epoll_event ev[64];
	int i, n;

	c->next_start = now_us();
	c->second = c->next_start;
	while (!stop) {
		n = epoll_wait(c->epfd, ev, 64, next_wait_ms(c));
		for (i = 0; i < n; i++)
			lookup_event(c, ev[i].data.u32, ev[i].events);
		lookup_timers(c);
		log_tick(c);
	}
}

int main(int argc, char **argv)
{
	static struct client c = { .timeout_ms = 5000, .attempts = 2, .rng = 1,
				   .self = "-" };
	int ret;

	ret = parse_args(&c, argc, argv);
	if (ret)
		return ret;
	ret = load_names(&c, c.names_path);
	if (ret) {
		fprintf(stderr, "client: %s: %s\n", c.names_path, strerror(-ret));
		return 1;
	}
	c.log = c.log_path ? fopen(c.log_path, "we") : stdout;
	if (!c.log) {
		perror(c.log_path);
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
	c.epfd = epoll_create1(EPOLL_CLOEXEC);
	if (c.epfd < 0) {
		perror("epoll");
		return 1;
	}
	run(&c);
	log_flush(&c);
	fclose(c.log);
	free(c.names);
	return 0;
}
