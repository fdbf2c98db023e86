// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/dev.h"
#include "lib/text.h"
#include "log.h"
#include "loop.h"
#include "replay.h"

#define SPEED_MAX 1000000u

static const char usage[] =
	"usage: stopgapd [OPTION...]\n"
	"  -c, --config FILE   in the place of " SGAP_CONF_FILE "\n"
	"  -s, --store DIR     in the place of [daemon] store\n"
	"  -N, --netns NAME    watch that network namespace\n"
	"      --replay FILE   a capture in the place of the taps; ends with it\n"
	"      --speed N       with --replay: N times as fast as it was, and not at once\n"
	"      --help          print this help\n"
	"      --version       print the version\n"
	"Exit status: 0 ended when asked to, 1 failed, 2 usage.\n";

static void say(void *ctx, unsigned int line, const char *what)
{
	sgap_log(SGAP_LOG_ERROR, "%s:%u: %s", (const char *)ctx, line, what);
}

/* No file at the usual place is no mistake. */
static int read_conf(struct sgap_conf *conf, char *path, bool given)
{
	int ret = sgap_conf_read(conf, path, say, path);

	if (ret == -ENOENT && !given) {
		sgap_conf_default(conf);
		return 0;
	}
	if (ret < 0)
		sgap_log(SGAP_LOG_ERROR, "'%s': %s", path, strerror(-ret));
	return ret;
}

/* 0, and has said why, when it is no speed. */
static unsigned int read_speed(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && n && n <= SPEED_MAX)
		return (unsigned int)n;
	fprintf(stderr, "stopgapd: --speed '%s': expected a number from 1 to %u\n", text, SPEED_MAX);
	return 0;
}

static int run(char *path, const char *store, const char *netns, const char *replay,
	       unsigned int speed)
{
	static char standard[] = SGAP_CONF_FILE;
	static struct sgap_conf conf;
	int ret;

	if (read_conf(&conf, path ? path : standard, path != NULL))
		return 2;
	if (store)
		sgap_text_copy(conf.store, sizeof(conf.store), store);
	if (replay)
		return sgap_replay(&conf, replay, speed);
	ret = netns ? sgap_dev_netns(netns) : 0;
	if (ret) {
		sgap_log(SGAP_LOG_ERROR, "--netns '%s': %s", netns, strerror(-ret));
		return 2;
	}
	return sgap_loop(&conf, path ? path : standard, store);
}

int main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "config", required_argument, NULL, 'c' }, { "store", required_argument, NULL, 's' },
		{ "netns", required_argument, NULL, 'N' }, { "replay", required_argument, NULL, 'r' },
		{ "speed", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { 0 }
	};
	const char *store = NULL, *netns = NULL, *replay = NULL;
	char *path = NULL;
	unsigned int speed = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:s:N:h", opts, NULL)) >= 0) {
		switch (opt) {
		case 'c':
			path = optarg;
			break;
		case 's':
			store = optarg;
			break;
		case 'N':
			netns = optarg;
			break;
		case 'r':
			replay = optarg;
			break;
		case 'S':
			speed = read_speed(optarg);
			if (!speed)
				return 2;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("stopgapd " SGAP_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "stopgapd: '%s': expected options only\n%s", argv[optind], usage);
		return 2;
	}
	if (speed && !replay) {
		fputs("stopgapd: --speed is for --replay\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	return run(path, store, netns, replay, speed);
}
