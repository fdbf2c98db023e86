// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "balance.h"
#include "lib/conf.h"
#include "lib/json.h"
#include "lib/nl.h"
#include "lib/text.h"
#include "out.h"
#include "subcommands.h"
#include "tap_opt.h"

static int parse_name(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	const char *name = args->arg[0];

	if (!*name || strlen(name) >= sizeof(tap->ifname)) {
		sgap_error("%s: '%s' is not the name of an interface: expected 1 to 15 characters",
			   args->path, name);
		return -EINVAL;
	}
	sgap_text_copy(tap->ifname, sizeof(tap->ifname), name);
	tap->has |= SGAP_HAS(SGAP_TAP_A_IFNAME);
	return 0;
}

static int parse_tap(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	return sgap_tap_opt_parse(args, tap) || parse_name(args, tap) ? -EINVAL : 0;
}

static void say_conf(void *ctx, unsigned int line, const char *what)
{
	sgap_error("%s:%u: %s", (const char *)ctx, line, what);
}

/* What no option says and stopgap.conf does. A mistake in it is said and costs its own line
 * alone: better a tap with the usual values than none. */
static void take_conf(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	const char *file = sgap_args_get(args, "config");
	struct sgap_conf conf;
	int ret;

	if (!file)
		return;
	ret = sgap_conf_read(&conf, file, say_conf, (void *)(uintptr_t)file);
	if (ret < 0) {
		if (ret != -ENOENT)
			sgap_error("%s: '%s': %s", args->path, file, strerror(-ret));
		sgap_conf_default(&conf);
	}
	if (!sgap_args_has(args, "snaplen"))
		tap->snaplen = conf.snaplen;
	if (!sgap_args_has(args, "packet-rate"))
		tap->packet_rate = conf.packet_rate;
	tap->has |= SGAP_HAS(SGAP_TAP_A_SNAPLEN) | SGAP_HAS(SGAP_TAP_A_PACKET_RATE);
}

static int run_add(const struct sgap_args *args)
{
	struct sgap_tap_info tap;
	struct sgap_nl *nl;
	int ret;

	if (parse_tap(args, &tap))
		return SGAP_EXIT_USAGE;
	take_conf(args, &tap);
	nl = sgap_out_connect(args);
	if (!nl)
		return SGAP_EXIT_FAULT;
	ret = sgap_nl_tap_add(nl, &tap);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "tap add '%s'", args->arg[0]);
	else if (sgap_args_has(args, "json"))
		ret = sgap_out_json(sgap_json_tap(&tap));
	else
		printf("%s: /dev/stopgap%u\n", tap.ifname, tap.minor);
	sgap_nl_close(nl);
	return ret;
}

static int run_set(const struct sgap_args *args)
{
	struct sgap_tap_info tap;
	struct sgap_nl *nl;
	int ret;

	if (parse_tap(args, &tap))
		return SGAP_EXIT_USAGE;
	if (tap.has == SGAP_HAS(SGAP_TAP_A_IFNAME)) {
		sgap_error("%s: nothing to set: expected an option, see 'stopgap tap set --help'",
			   args->path);
		return SGAP_EXIT_USAGE;
	}
	nl = sgap_out_connect(args);
	if (!nl)
		return SGAP_EXIT_FAULT;
	ret = sgap_nl_tap_set(nl, &tap);
	if (!ret)
		ret = sgap_nl_tap_get(nl, args->arg[0], &tap);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "tap set '%s'", args->arg[0]);
	else if (sgap_args_has(args, "json"))
		ret = sgap_out_json(sgap_json_tap(&tap));
	sgap_nl_close(nl);
	return ret;
}

static int run_del(const struct sgap_args *args)
{
	struct sgap_tap_info tap = { 0 };
	struct sgap_nl *nl;
	int ret;

	if (parse_name(args, &tap))
		return SGAP_EXIT_USAGE;
	nl = sgap_out_connect(args);
	if (!nl)
		return SGAP_EXIT_FAULT;
	ret = sgap_nl_tap_del(nl, tap.ifname);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "tap del '%s'", tap.ifname);
	else if (sgap_args_has(args, "json"))
		ret = sgap_out_json(json_pack("{s:s}", "deleted", tap.ifname));
	sgap_nl_close(nl);
	return ret;
}

#define U(x) ((unsigned long long)(x))

static void print_tap(const struct sgap_tap_info *t)
{
	const struct sgap_tap_counters *c = &t->counters;
	__u16 i;

	printf("%s  /dev/stopgap%u  ports", t->ifname, t->minor);
	for (i = 0; i < t->nports; i++)
		printf("%c%u", i ? ',' : ' ', t->ports[i]);
	printf("  timeout %u ms  overdue %u ms  %llu servers  %u readers\n", t->timeout_ms,
	       t->overdue_ms, U(c->servers), t->readers);
	sgap_balance_print(c);
	printf("  records: %llu made, %llu read, %llu lost\n", U(c->records_made),
	       U(c->records_read), U(c->records_lost));
}

struct list {
	json_t *json;		/* NULL = as text */
	int taps;
	bool unbalanced;
};

static int list_tap(void *ctx, const struct sgap_tap_info *tap)
{
	struct list *list = ctx;
	bool ok = sgap_balance(&tap->counters);
	json_t *obj;

	list->taps++;
	list->unbalanced |= !ok;
	if (!list->json) {
		print_tap(tap);
		return 0;
	}
	obj = sgap_json_tap(tap);
	json_object_set_new(obj, "balances", json_boolean(ok));
	return json_array_append_new(list->json, obj) ? -ENOMEM : 0;
}

static int run_list(const struct sgap_args *args)
{
	struct list list = { .json = sgap_args_has(args, "json") ? json_array() : NULL };
	struct sgap_nl *nl = sgap_out_connect(args);
	int ret = SGAP_EXIT_FAULT;

	if (!nl)
		goto out;
	ret = sgap_nl_taps(nl, list_tap, &list);
	if (ret) {
		ret = sgap_error_kernel(nl, ret, "tap list");
		goto out;
	}
	if (list.json)
		sgap_out_json(json_incref(list.json));
	else if (!list.taps)
		printf("no taps in this network namespace: 'stopgap tap add DEV' makes one\n");
	ret = list.unbalanced ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
out:
	json_decref(list.json);
	sgap_nl_close(nl);
	return ret;
}

#define OPTS_SET									\
	{ 'p', "ports", "LIST", "server ports, one to eight with commas between (53)", 0 },	\
	{ 't', "timeout", "TIME", "a query unanswered for so long has timed out (5s)", 0 },	\
	{ 0, "overdue", "TIME", "a query unanswered for so long counts as bad already (1s)", 0 }, \
	{ 0, "ring-bytes", "N", "size of each reader's ring, a power of two", 0 },		\
	{ 0, "snaplen", "N", "bytes kept of the packets of failed transactions; 0 = none", 0 },	\
	{ 0, "packet-rate", "N", "such packets a second at most (1000); 0 = no limit", 0 },	\
	{ 0, "resolvers", "LIST", "addresses whose port 443 is DNS over HTTPS", 0 },		\
	{ 0, "prefix4", "N", "clients are counted by so many bits of an IPv4 address (24)", 0 },	\
	{ 0, "prefix6", "N", "and by so many of an IPv6 address (48)", 0 },			\
	{ 0, "zone-depth", "N", "labels of a name that it is counted by (2)", 0 },		\
	{ 0, "span", NULL, "a mirror port: frames for other hosts count too", 0 },		\
	{ 0, "tunnels", NULL, "look inside GRE, VXLAN, GTP-U and MPLS", 0 }

static const struct sgap_opt opts_set[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	OPTS_SET,
	{ 0, "plain", NULL, "neither --span nor --tunnels any more", 0 },
	SGAP_OPT_END
};

static const struct sgap_opt opts_add[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	OPTS_SET,
	{ 0, "txn-max", "N", "transactions remembered, a power of two", 0 },
	{ 0, "servers-max", "N", "servers counted", 0 },
	{ 0, "tcp-max", "N", "TCP and QUIC connections known, a power of two (2048)", 0 },
	{ 0, "tcp-bytes", "N", "memory for TCP messages that are not whole yet (512 KiB)", 0 },
	{ 0, "census-max", "N", "client prefixes, and zones, counted per CPU (256); 0 = none", 0 },
	{ 0, "config", "FILE", "snaplen and packet-rate, where no option says them, as this stopgap.conf has them under [tap]",
	  SGAP_WORD_FILE },
	SGAP_OPT_END
};

static const struct sgap_opt opts_short[] = { SGAP_OPT_JSON, SGAP_OPT_NETNS, SGAP_OPT_END };

static const struct sgap_verb verbs[] = {
	{ "add", "DEV", "watch the DNS traffic of a network interface", opts_add, 1, 1,
	  SGAP_WORD_DEV, run_add },
	{ "set", "DEV", "change options of a tap while it runs", opts_set, 1, 1,
	  SGAP_WORD_DEV, run_set },
	{ "del", "DEV", "stop watching it", opts_short, 1, 1, SGAP_WORD_DEV, run_del },
	{ "list", "", "list the taps, their counters and whether these balance", opts_short,
	  0, 0, SGAP_WORD_TEXT, run_list },
	{ 0 }
};

const struct sgap_command sgap_cmd_tap = { "tap", "where DNS is watched", verbs };
