// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "args.h"
#include "balance.h"
#include "capture_count.h"
#include "lib/addr.h"
#include "lib/json.h"
#include "lib/names.h"
#include "lib/nl.h"
#include "lib/offline.h"
#include "lib/text.h"
#include "out.h"
#include "source.h"
#include "stats.h"
#include "stop.h"
#include "subcommands.h"
#include "tap_opt.h"

struct row {
	char ifname[16];
	struct sgap_server_info s;
};

struct view {
	struct sgap_nl *nl;	/* NULL: of a capture, which has no taps and no states */
	const char *dev;	/* NULL = every tap */
	struct row *row;
	size_t n, room;
	__u32 ifindex[256];	/* the taps, and their names */
	char ifname[256][16];
	int taps;
	const char *adding;	/* tap whose servers come in now */
};

static int add_tap(void *ctx, const struct sgap_tap_info *tap)
{
	struct view *v = ctx;

	if (v->dev && strcmp(v->dev, tap->ifname) != 0)
		return 0;
	if (v->taps == 256)
		return -E2BIG;
	v->ifindex[v->taps] = tap->ifindex;
	sgap_text_copy(v->ifname[v->taps++], sizeof(*v->ifname), tap->ifname);
	return 0;
}

static int add_server(void *ctx, const struct sgap_server_info *s)
{
	struct view *v = ctx;

	if (v->n == v->room) {
		size_t room = v->room ? 2 * v->room : 64;
		struct row *row = reallocarray(v->row, room, sizeof(*row));

		if (!row)
			return -ENOMEM;
		v->row = row;
		v->room = room;
	}
	sgap_text_copy(v->row[v->n].ifname, sizeof(v->row->ifname), v->adding);
	v->row[v->n++].s = *s;
	return 0;
}

static __u64 queries(const struct row *r)
{
	return r->s.udp.queries + r->s.tcp.queries;
}

/* What needs eyes first: the worst state, then the most asked. */
static int worst_first(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (a->s.state != b->s.state)
		return b->s.state - a->s.state;
	if (queries(a) != queries(b))
		return queries(a) < queries(b) ? 1 : -1;
	return memcmp(a->s.addr, b->s.addr, 16);
}

/* Ask the kernel anew. Returns 0, or SGAP_EXIT_FAULT after saying why. */
static int load(struct view *v)
{
	int i, ret;

	v->n = 0;
	v->taps = 0;
	ret = sgap_nl_taps(v->nl, add_tap, v);
	if (!ret && !v->taps) {
		if (v->dev)
			sgap_error("servers: no tap on '%s': 'stopgap tap add %s' makes one",
				   v->dev, v->dev);
		else
			sgap_error("servers: no taps here: 'stopgap tap add DEV' makes one");
		return SGAP_EXIT_FAULT;
	}
	for (i = 0; i < v->taps && !ret; i++) {
		v->adding = v->ifname[i];
		ret = sgap_nl_servers(v->nl, v->ifindex[i], add_server, v);
		if (ret == -ENODEV)
			ret = 0;	/* went away meanwhile */
	}
	if (ret)
		return sgap_error_kernel(v->nl, ret, "servers");
	if (v->n)
		qsort(v->row, v->n, sizeof(*v->row), worst_first);
	return 0;
}

/* 850 us, 12.3 ms, 4.10 s */
static const char *rtt_text(char buf[static 16], __u64 us)
{
	if (!us)
		return "-";
	if (us < 1000)
		snprintf(buf, 16, "%u us", (unsigned int)us);
	else if (us < 1000000)
		snprintf(buf, 16, "%.1f ms", (double)us / 1e3);
	else
		snprintf(buf, 16, "%.2f s", (double)us / 1e6);
	return buf;
}

/* The state, and what it is by: "-" of a capture, since states are a tap's. */
static void state_text(char buf[static 32], const struct view *v, const struct row *r)
{
	if (v->nl)
		snprintf(buf, 32, "%-8s %5u %5u", sgap_names_state(r->s.state), r->s.window.ended,
			 r->s.window.bad);
	else
		snprintf(buf, 32, "%-8s %5s %5s", "-", "-", "-");
}

static void print_row(const struct view *v, const struct row *r, int width)
{
	char addr[SGAP_ADDR_TEXT], p50[16], p99[16], state[32], line[512];
	struct sgap_stats sum = r->s.udp;
	__u64 noerror, other = 0;
	int i;

	sgap_stats_add(&sum, &r->s.tcp);
	noerror = sum.rcode[0] + sum.rcode[3];
	for (i = 0; i < SGAP_RCODES; i++)
		other += sum.rcode[i];
	other -= noerror + sum.rcode[2] + sum.rcode[5];
	state_text(state, v, r);
	snprintf(line, sizeof(line),
		 "%-8s %-24s %s %9" PRIu64 " %9" PRIu64 " %8" PRIu64 " %8" PRIu64
		 " %8" PRIu64 " %8" PRIu64 " %8s %8s",
		 r->ifname, sgap_addr_text(addr, r->s.addr), state, (uint64_t)queries(r),
		 (uint64_t)noerror,
		 (uint64_t)sum.rcode[2], (uint64_t)sum.rcode[5], (uint64_t)other,
		 (uint64_t)(sum.unanswered + sum.failed),
		 rtt_text(p50, sgap_stats_quantile(sum.rtt_first, 500)),
		 rtt_text(p99, sgap_stats_quantile(sum.rtt_first, 990)));
	printf("%.*s\n", width, line);
}

static void print_rows(const struct view *v, int width, size_t most)
{
	char head[512];
	size_t i;

	snprintf(head, sizeof(head), "%-8s %-24s %-8s %5s %5s %9s %9s %8s %8s %8s %8s %8s %8s",
		 "TAP", "SERVER", "STATE", "ENDED", "BAD", "QUERIES", "NOERR/NX", "SERVFAIL",
		 "REFUSED", "OTHER", "NOANSWER", "P50", "P99");
	printf("%.*s\n", width, head);
	for (i = 0; i < v->n && i < most; i++)
		print_row(v, &v->row[i], width);
	if (v->n > most)
		printf("%zu more\n", v->n - most);
}

static int print_json(const struct view *v, bool lines)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < v->n; i++) {
		json_t *obj = sgap_json_server(&v->row[i].s);

		json_object_set_new(obj, "tap", json_string(v->row[i].ifname));
		if (lines)
			sgap_out_json(obj);
		else
			json_array_append_new(all, obj);
	}
	if (!lines)
		return sgap_out_json(all);
	json_decref(all);
	return SGAP_EXIT_OK;
}

/* A second handle, for changes of state: NULL when there is none to be had. */
static struct sgap_nl *listen_state(void)
{
	struct sgap_nl *nl;

	if (sgap_nl_open(&nl))
		return NULL;
	if (!sgap_nl_subscribe(nl, SGAP_MCGRP_STATE))
		return nl;
	sgap_nl_close(nl);
	return NULL;
}

/* Until it is time for the next picture, or a server changes its state. Events
 * are not looked at: the picture is asked for anew, so lost ones do no harm. */
static bool wait_next(int stop, struct sgap_nl *events, int every_ms)
{
	enum sgap_stop why = sgap_stop_wait(stop, events ? sgap_nl_fd(events) : -1, every_ms);
	struct sgap_event event;

	while (why == SGAP_STOP_READY && sgap_nl_event(events, &event))
		;
	return why != SGAP_STOP_ASKED;
}

static void print_picture(const struct view *v)
{
	struct winsize size;
	bool tty = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 3;

	fputs(tty ? "\033[H\033[J" : "", stdout);
	print_rows(v, tty ? size.ws_col : 511, tty ? size.ws_row - 3U : v->n);
	fputs(tty ? "" : "\n", stdout);
}

/* One picture after the other until the user has seen enough. A terminal is
 * written over from its top; what is not a terminal gets them below each other. */
static int watch(struct view *v, int every_ms, bool json)
{
	int stop = sgap_stop_open(), ret = SGAP_EXIT_OK;
	struct sgap_nl *events;

	if (stop < 0)
		return sgap_error_kernel(NULL, stop, "servers");
	events = listen_state();
	do {
		ret = load(v);
		if (ret)
			break;
		if (json)
			print_json(v, true);
		else
			print_picture(v);
	} while (sgap_out_flush() && wait_next(stop, events, every_ms));
	sgap_nl_close(events);
	close(stop);
	return ret;
}

static int add_counted(struct view *v, const struct sgap_offline *o)
{
	const struct sgap_stats *udp, *tcp;
	struct sgap_addr addr;
	int ret = 0;
	__u32 i;

	v->adding = "-";
	for (i = 0; !ret && sgap_offline_server(o, i, &addr, &udp, &tcp); i++) {
		struct sgap_server_info s = { 0 };

		memcpy(s.addr, addr.b, sizeof(s.addr));
		if (udp)
			s.udp = *udp;
		if (tcp)
			s.tcp = *tcp;
		ret = add_server(v, &s);
	}
	if (v->n)
		qsort(v->row, v->n, sizeof(*v->row), worst_first);
	return ret;
}

/* The servers, and what of the capture was counted at all. */
static int pcap_json(const struct view *v, const struct sgap_offline *o)
{
	const struct sgap_tap_counters *c = sgap_offline_counters(o);
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < v->n; i++) {
		json_t *obj = sgap_json_server(&v->row[i].s);

		json_object_del(obj, "state");
		json_object_del(obj, "state_since");
		json_object_del(obj, "window");
		json_array_append_new(all, obj);
	}
	return sgap_out_json(json_pack("{s:o,s:o,s:b,s:o}", "servers", all, "counters",
				       sgap_json_counters(c), "balances", sgap_balance(c),
				       "uncounted", sgap_json_u64(sgap_offline_overflow(o))));
}

static void print_pcap(const struct view *v, const struct sgap_offline *o)
{
	print_rows(v, 511, v->n);
	sgap_balance_print(sgap_offline_counters(o));
	if (sgap_offline_overflow(o))
		printf("  %" PRIu64 " queries to still more servers were not counted\n",
		       (uint64_t)sgap_offline_overflow(o));
}

static int run_pcap(const struct sgap_args *args)
{
	struct view v = { 0 };
	struct sgap_offline *o;
	int ret;

	if (args->narg || sgap_args_has(args, "watch")) {
		sgap_error("servers: expected [DEV] and --watch of taps, or --pcap FILE");
		return SGAP_EXIT_USAGE;
	}
	ret = sgap_capture_count(&o, args, 0);
	if (ret)
		return ret;
	if (add_counted(&v, o)) {
		sgap_error("servers: %s", strerror(ENOMEM));
		ret = SGAP_EXIT_FAULT;
	} else if (sgap_args_has(args, "json")) {
		ret = pcap_json(&v, o);
	} else {
		print_pcap(&v, o);
	}
	if (!ret && !sgap_balance(sgap_offline_counters(o)))
		ret = SGAP_EXIT_FAULT;
	free(v.row);
	sgap_offline_free(o);
	return ret;
}

static int run(const struct sgap_args *args)
{
	struct view v = { .dev = args->narg ? args->arg[0] : NULL };
	bool json = sgap_args_has(args, "json");
	unsigned long long every = 1000;
	int ret;

	if (sgap_args_duration(args, "interval", 100, 3600000, &every))
		return SGAP_EXIT_USAGE;
	if (sgap_args_has(args, "pcap"))
		return run_pcap(args);
	if (sgap_tap_opt_none(args))
		return SGAP_EXIT_USAGE;
	v.nl = sgap_out_connect(args);
	if (!v.nl)
		return SGAP_EXIT_FAULT;
	if (sgap_args_has(args, "watch")) {
		ret = watch(&v, (int)every, json);
	} else {
		ret = load(&v);
		if (!ret && json)
			ret = print_json(&v, false);
		else if (!ret)
			print_rows(&v, 511, v.n);
	}
	free(v.row);
	sgap_nl_close(v.nl);
	return ret;
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	{ 'w', "watch", NULL, "go on, until interrupted", 0 },
	{ 'i', "interval", "TIME", "with --watch: how often (1s)", 0 },
	SGAP_OPT_PCAP,
	SGAP_OPTS_PCAP,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "[DEV]", "list the servers that a tap, or every tap, has seen, worst first; or those of a capture, and whether its counters balance",
	  opts, 0, 1, SGAP_WORD_DEV, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_servers = { "servers", "how the DNS servers do", verbs };
