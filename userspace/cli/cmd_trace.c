// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "filter.h"
#include "lib/iface_changes.h"
#include "lib/json.h"
#include "lib/rec.h"
#include "lib/text.h"
#include "link_change.h"
#include "out.h"
#include "source.h"
#include "stop.h"
#include "subcommands.h"
#include "tap_opt.h"
#include "trace_file.h"
#include "trace_text.h"

#define SETTINGS_MS 1000	/* between two looks at them */

struct trace {
	struct sgap_filter filter;
	struct sgap_source *source;
	struct sgap_trace_file *file;	/* NULL: lines are printed */
	bool json;
	unsigned long long count;	/* transactions still wanted; 0 = no end */
	bool counts, enough;
	__u64 passed;			/* id of the TXN that passed last */
	bool settings;			/* those of the interface are looked at, */
	__u64 due;			/* again at this time, ns since 1970, */
	struct sgap_iface iface;	/* and were so; without a name before the first look */
};

/* Events of server, link and lease always pass: they are few, and say why. A
 * packet goes with its transaction, which came just before. */
static bool passes(struct trace *t, const struct sgap_rec *rec)
{
	const struct sgap_rec_packet *packet = (const void *)rec;
	const struct sgap_rec_txn *txn = (const void *)rec;

	if (!sgap_rec_is_whole(rec))
		return false;
	if (rec->type == SGAP_REC_PACKET)
		return packet->txn_id == t->passed;
	if (t->enough)
		return false;
	if (rec->type == SGAP_REC_PARTIAL)
		return sgap_filter_takes_partial(&t->filter, (const void *)rec);
	if (rec->type != SGAP_REC_TXN)
		return true;
	if (!sgap_filter_takes(&t->filter, txn))
		return false;
	t->passed = txn->id;
	t->enough = t->counts && !--t->count;
	return true;
}

static void take(void *ctx, const struct sgap_rec *rec)
{
	struct trace *t = ctx;
	json_t *obj;

	if (!passes(t, rec))
		return;
	if (t->file) {
		sgap_trace_file_take(t->file, rec);
	} else if (t->json) {
		obj = sgap_json_rec(rec);
		if (obj)
			sgap_out_json(obj);
	} else {
		sgap_trace_text(rec);
	}
}

/* Do the tap's own LINK records tell that? Of offloads they give bits, and this the names. */
static bool is_told(const char *what)
{
	static const char *const told[] = {
		"link.up", "link.carrier", "link.operstate", "link.reason", "link.speed",
		"link.duplex", "link.autonegotiation", "link.mtu", "link rx_errors",
		"link tx_errors", "link rx_dropped", "link tx_dropped",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(told); i++)
		if (!strcmp(what, told[i]))
			return true;
	return !strncmp(what, "qdisc ", 6);
}

static void print_setting(void *ctx, const char *what, const char *before, const char *after)
{
	const struct trace *t = ctx;

	if (!is_told(what))
		sgap_link_change_print(sgap_source_name(t->source), t->json, what, before, after);
}

/* Once they cannot be seen any more, as under another name, that is said, and that is all. */
static void look_at_settings(struct trace *t)
{
	const char *dev = sgap_source_name(t->source);
	struct sgap_iface now;
	int ret;

	if (!t->settings || sgap_out_now() < t->due)
		return;
	t->due = sgap_out_now() + SETTINGS_MS * SGAP_NS_PER_MS;
	ret = sgap_iface_get(&now, dev);
	if (ret) {
		sgap_error("trace: %s: its settings cannot be looked at any more: %s", dev,
			   strerror(-ret));
		t->settings = false;
		return;
	}
	if (*t->iface.name)
		sgap_iface_changes(&t->iface, &now, print_setting, t);
	sgap_iface_free(&t->iface);
	t->iface = now;
}

static bool flush(const struct trace *t)
{
	return t->file ? sgap_trace_file_flush(t->file) : sgap_out_flush();
}

/* Until the source ends, the user has seen enough, or something goes wrong. */
static int follow(struct trace *t, int stop)
{
	enum sgap_source_step step;
	int timeout;

	for (;;) {
		step = sgap_source_step(t->source, take, t);
		if (step == SGAP_SOURCE_BROKEN)
			return sgap_source_complain(t->source);
		if (t->file && !flush(t))
			return SGAP_EXIT_OK;	/* closing it says why */
		if (t->enough || step == SGAP_SOURCE_END)
			return SGAP_EXIT_OK;
		look_at_settings(t);
		if (step == SGAP_SOURCE_WAIT && !flush(t))
			return SGAP_EXIT_FAULT;
		timeout = step != SGAP_SOURCE_WAIT ? 0 : t->settings ? SETTINGS_MS : -1;
		if (sgap_stop_wait(stop, timeout ? sgap_source_fd(t->source) : -1, timeout) ==
		    SGAP_STOP_ASKED)
			return SGAP_EXIT_OK;
	}
}

static int trace(struct trace *t, const struct sgap_args *args)
{
	int stop, ret, end;

	ret = sgap_trace_file_open(&t->file, args, t->source);
	if (ret)
		return ret;
	stop = sgap_stop_open();
	ret = stop < 0 ? sgap_error_kernel(NULL, stop, "trace") : follow(t, stop);
	end = sgap_trace_file_close(t->file, t->json, sgap_source_lost(t->source));
	if (stop >= 0)
		close(stop);
	return ret ? ret : end;
}

static int run(const struct sgap_args *args)
{
	struct trace t = { .json = sgap_args_has(args, "json") };
	enum sgap_source_packets packets = SGAP_SOURCE_NO_PACKETS;
	int ret;

	if (sgap_filter_parse(&t.filter, args) ||
	    sgap_args_number(args, "count", 1, 1ULL << 53, &t.count))
		return SGAP_EXIT_USAGE;
	t.counts = t.count;
	if (sgap_args_has(args, "write") && sgap_args_has(args, "dnstap")) {
		sgap_error("trace: expected --write or --dnstap, not both");
		return SGAP_EXIT_USAGE;
	}
	t.settings = sgap_args_has(args, "settings");
	if (t.settings && (sgap_args_has(args, "pcap") || sgap_args_has(args, "write") ||
			   sgap_args_has(args, "dnstap"))) {
		sgap_error("trace: --settings are an interface's and are printed: expected DEV, and neither --pcap, --write nor --dnstap");
		return SGAP_EXIT_USAGE;
	}
	if (sgap_args_has(args, "write"))
		packets = SGAP_SOURCE_FAILED;
	else if (sgap_args_has(args, "dnstap"))
		packets = SGAP_SOURCE_ALL;
	ret = sgap_source_open(&t.source, args, packets);
	if (ret)
		return ret;
	ret = trace(&t, args);
	sgap_iface_free(&t.iface);
	sgap_source_close(t.source);
	return ret;
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	SGAP_OPT_PCAP,
	SGAP_OPTS_PCAP,
	{ 'f', "failed", NULL, "only transactions that failed their client", 0 },
	{ 's', "server", "PREFIX", "only of these servers", 0 },
	{ 'c', "client", "PREFIX", "only of these clients", 0 },
	{ 'n', "name", "SUFFIX", "only names that end so, as example.org", 0 },
	{ 'r', "rcode", "RCODE", "only answers with it, as SERVFAIL or 2", 0 },
	{ 0, "rtt", "TIME", "only answers that took at least so long", 0 },
	{ 0, "settings", NULL, "of a tap: what only the interface itself tells too, looked at each second, as LINK when it changes: pause, FEC, rings, coalescing, offloads by name, counters of errors", 0 },
	{ 0, "count", "N", "end after so many transactions", 0 },
	{ 'w', "write", "FILE", "print nothing, but write the packets of what failed to FILE as pcapng, each with a comment that says why; - is stdout",
	  SGAP_WORD_FILE },
	{ 0, "dnstap", "FILE|unix:PATH", "print nothing, but send all transactions as dnstap to a file or to who listens at PATH; the messages themselves go along where they came in one packet and that is kept",
	  SGAP_WORD_FILE },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "[DEV]", "print the transactions of a tap as they end, until interrupted, or those of a capture",
	  opts, 0, 1, SGAP_WORD_DEV, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_trace = { "trace", "transactions as they happen", verbs };
