// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "filter.h"
#include "lib/json.h"
#include "lib/rec.h"
#include "out.h"
#include "source.h"
#include "stop.h"
#include "subcommands.h"
#include "tap_opt.h"
#include "top_model.h"
#include "top_screen.h"

#define TAKE_MS 100		/* what waits does so in the ring */

struct view {
	struct sgap_filter filter;
	struct sgap_source *source;
	struct sgap_top *top;
	struct sgap_top_screen *screen;	/* NULL: JSON */
	unsigned long long every_ms, speed;	/* speed 0: the whole capture at once */
	__u64 began, first;	/* of a capture: when it began, by the clock and by itself */
	bool ended;		/* the capture */
	int stop;
};

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

static void take(void *ctx, const struct sgap_rec *rec)
{
	const struct sgap_rec_txn *txn = (const void *)rec;
	struct view *v = ctx;

	if (rec->type == SGAP_REC_TXN && sgap_rec_is_whole(rec) &&
	    sgap_filter_takes(&v->filter, txn))
		sgap_top_take(v->top, txn);
}

/* How far a capture may have got by now when it is played. */
static void set_limit(struct view *v)
{
	__u64 now = clock_ns(CLOCK_MONOTONIC);

	if (!v->first) {	/* the first packet is looked at, and held back */
		sgap_source_limit(v->source, 0);
		sgap_source_step(v->source, take, v);
		v->first = sgap_source_held(v->source);
		v->began = now;
	}
	sgap_source_limit(v->source, v->first + (now - v->began) * v->speed);
}

/* Take all that there is. False when the source is broken. */
static bool catch_up(struct view *v)
{
	enum sgap_source_step step = SGAP_SOURCE_MORE;

	if (v->speed)
		set_limit(v);
	while (step == SGAP_SOURCE_MORE && !v->ended)
		step = sgap_source_step(v->source, take, v);
	v->ended |= step == SGAP_SOURCE_END;
	sgap_top_now(v->top, sgap_source_is_live(v->source) ? clock_ns(CLOCK_REALTIME) :
			     sgap_source_now(v->source));
	return step != SGAP_SOURCE_BROKEN;
}

static json_t *json_row(const struct sgap_top_row *row)
{
	json_t *history = json_array();
	int i;

	for (i = 0; i < SGAP_TOP_HISTORY; i++)
		json_array_append_new(history, json_integer(row->history[i]));
	return json_pack("{s:s,s:o,s:o,s:f,s:o,s:o,s:o}", "name", row->name,
			 "ended", sgap_json_u64(row->total), "failed", sgap_json_u64(row->failed),
			 "per_s", row->rate, "p50_us", sgap_json_u64(row->p50_us),
			 "p99_us", sgap_json_u64(row->p99_us), "last_minute", history);
}

static int print_json(struct view *v)
{
	json_t *obj = json_object();
	struct sgap_top_row row;
	size_t n, i;
	int by;

	json_object_set_new(obj, "source", json_string(sgap_source_name(v->source)));
	json_object_set_new(obj, "ts", sgap_json_u64(sgap_top_time(v->top)));
	sgap_top_sum(v->top, &row);
	json_object_set_new(obj, "all", json_row(&row));
	for (by = 0; by < __SGAP_TOP_BY_MAX; by++) {
		json_t *rows = json_array(), *evicted;

		n = sgap_top_sort(v->top, (enum sgap_top_by)by, SGAP_TOP_TOTAL, false, "");
		for (i = 0; i < n; i++) {
			sgap_top_row(v->top, (enum sgap_top_by)by, i, &row);
			json_array_append_new(rows, json_row(&row));
		}
		evicted = sgap_json_u64(sgap_top_evicted(v->top, (enum sgap_top_by)by));
		json_object_set_new(obj, sgap_top_tables[by],
				    json_pack("{s:o,s:o}", "evicted", evicted, "rows", rows));
	}
	return sgap_out_json(obj);
}

/* Returns false when it is time to end. */
static bool wait_some(struct view *v, int ms)
{
	struct pollfd pfd[2] = {
		{ .fd = v->stop, .events = POLLIN },
		{ .fd = v->screen ? STDIN_FILENO : -1, .events = POLLIN },
	};

	poll(pfd, 2, ms);
	/* Resizing interrupts poll(); curses tells of it as of a key. */
	if (pfd[0].revents || pfd[1].revents & (POLLHUP | POLLERR | POLLNVAL))
		return false;
	return !v->screen || sgap_top_screen_keys(v->screen);
}

static void show(struct view *v)
{
	if (v->screen)
		sgap_top_screen_draw(v->screen, v->top, v->ended ? "end of the capture" : "");
	else
		print_json(v);
}

/* A picture each interval, and on a screen after each key. A capture that ended
 * is shown once as JSON, and until the user has seen enough on a screen. */
static int follow(struct view *v)
{
	__u64 next = 0, now;

	for (;;) {
		if (!catch_up(v))
			return -EIO;
		now = clock_ns(CLOCK_MONOTONIC);
		if (v->screen || v->ended || now >= next) {
			show(v);
			next = now + v->every_ms * SGAP_NS_PER_MS;
		}
		if (!v->screen && (v->ended || !sgap_out_flush()))
			return 0;
		if (!wait_some(v, TAKE_MS))
			return 0;
	}
}

static int check_terminal(void)
{
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return SGAP_EXIT_OK;
	sgap_error("top: this needs a terminal: 'stopgap top --json' and 'stopgap servers' do not");
	return SGAP_EXIT_FAULT;
}

static int run_view(struct view *v, bool json)
{
	int ret;

	v->stop = sgap_stop_open();
	if (v->stop < 0)
		return sgap_error_kernel(NULL, v->stop, "top");
	if (!json) {
		v->screen = sgap_top_screen_open(sgap_source_name(v->source));
		if (!v->screen) {
			sgap_error("top: the terminal '%s' is not known: expected one of terminfo in TERM",
				   getenv("TERM") ? getenv("TERM") : "");
			close(v->stop);
			return SGAP_EXIT_FAULT;
		}
	}
	ret = follow(v);
	sgap_top_screen_close(v->screen);
	close(v->stop);
	return ret ? sgap_source_complain(v->source) : SGAP_EXIT_OK;
}

static int parse(struct view *v, const struct sgap_args *args, unsigned long long *depth)
{
	if (sgap_filter_parse(&v->filter, args) ||
	    sgap_args_duration(args, "interval", 100, 3600000, &v->every_ms) ||
	    sgap_args_number(args, "speed", 1, 1000000, &v->speed) ||
	    sgap_args_number(args, "depth", 1, SGAP_TOP_DEPTH_MAX, depth))
		return SGAP_EXIT_USAGE;
	if (v->speed && !sgap_args_has(args, "pcap")) {
		sgap_error("top: --speed is for --pcap: a tap goes at the speed of its traffic");
		return SGAP_EXIT_USAGE;
	}
	return SGAP_EXIT_OK;
}

static int run(const struct sgap_args *args)
{
	bool json = sgap_args_has(args, "json");
	struct view v = { .every_ms = 1000 };
	unsigned long long depth = 2;
	int ret = parse(&v, args, &depth);

	if (!ret && !json)
		ret = check_terminal();
	if (!ret)
		ret = sgap_source_open(&v.source, args, SGAP_SOURCE_NO_PACKETS);
	if (ret)
		return ret;
	v.top = sgap_top_new((unsigned int)depth);
	if (v.top) {
		ret = run_view(&v, json);
	} else {
		sgap_error("top: %s", strerror(ENOMEM));
		ret = SGAP_EXIT_FAULT;
	}
	sgap_top_free(v.top);
	sgap_source_close(v.source);
	return ret;
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	SGAP_OPT_PCAP,
	SGAP_OPTS_PCAP,
	{ 0, "speed", "N", "with --pcap: play the capture, N times as fast as it was; without this, show its end",
	  0 },
	{ 'i', "interval", "TIME", "with --json: time from one picture to the next (1s)", 0 },
	{ 0, "depth", "N", "labels that make a zone (2)", 0 },
	{ 'f', "failed", NULL, "only transactions that failed their client", 0 },
	{ 's', "server", "PREFIX", "only of these servers", 0 },
	{ 'c', "client", "PREFIX", "only of these clients", 0 },
	{ 'n', "name", "SUFFIX", "only names that end so, as example.org", 0 },
	{ 'r', "rcode", "RCODE", "only answers with it, as SERVFAIL or 2", 0 },
	{ 0, "rtt", "TIME", "only answers that took at least so long", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "[DEV]", "servers, clients and zones by what they ask and get, with the last minute of each; h tells the keys",
	  opts, 0, 1, SGAP_WORD_DEV, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_top = { "top", "who asks whom for what, and how that goes", verbs };
