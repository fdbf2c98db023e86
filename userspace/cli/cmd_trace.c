// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "filter.h"
#include "lib/addr.h"
#include "lib/dev.h"
#include "lib/json.h"
#include "lib/live.h"
#include "lib/names.h"
#include "lib/nl.h"
#include "lib/text.h"
#include "out.h"
#include "stop.h"
#include "subcommands.h"
#include "wire.h"

struct trace {
	struct sgap_filter filter;
	struct sgap_live *live;
	const char *dev;
	bool json;
	unsigned long long count;	/* transactions still wanted; 0 = no end */
	bool enough;
};

static void print_name(const struct sgap_rec_txn *t)
{
	size_t room = (t->rec.len & SGAP_REC_LEN) - sizeof(*t);
	char name[1025], type[SGAP_NAME_TEXT];

	if (!t->qname_len || t->qname_len > room ||
	    sgap_wire_name_text(name, sizeof(name), t->data, t->qname_len, false) < 0)
		sgap_text_copy(name, sizeof(name), "-");
	printf(" %s %s", name, t->qtype ? sgap_names_type(type, t->qtype) : "-");
}

static void print_outcome(const struct sgap_rec_txn *t)
{
	size_t room = (t->rec.len & SGAP_REC_LEN) - sizeof(*t);
	char rcode[SGAP_NAME_TEXT], from[SGAP_ADDR_TEXT];

	if (t->state != SGAP_TXN_ANSWERED)
		printf(" %s", sgap_names_txn(t->state));
	if (t->rcode != SGAP_NONE16)
		printf(" %s", sgap_names_rcode(rcode, t->rcode));
	if (t->ede != SGAP_NONE16)
		printf(" ede %u (%s)", t->ede, sgap_names_ede(t->ede));
	if (t->ede_text_len && (size_t)t->qname_len + t->ede_text_len <= room) {
		const __u8 *p = t->data + t->qname_len;
		int i;

		fputs(" \"", stdout);
		for (i = 0; i < t->ede_text_len; i++)	/* a terminal trusts what it gets */
			putchar(p[i] < 0x20 || p[i] > 0x7e ? '?' : p[i]);
		putchar('"');
	}
	if (t->state == SGAP_TXN_ICMP)
		printf(" type %u code %u from %s", t->icmp_type, t->icmp_code,
		       sgap_addr_text(from, t->icmp_from));
	if (t->ts_query && t->ts_answer >= t->ts_query)
		printf(" %.3f ms", (double)(t->ts_answer - t->ts_query) / 1e6);
	if (t->copies > 1)
		printf(" %u copies", t->copies);
	if (t->aflags & SGAP_DNS_TC && t->rcode != SGAP_NONE16)
		fputs(" truncated", stdout);
}

static void print_txn(const struct sgap_rec_txn *t)
{
	char time[SGAP_OUT_TIME], client[SGAP_ADDR_TEXT], server[SGAP_ADDR_TEXT];

	printf("%s %s %s#%u > %s#%u", sgap_out_time(time, t->ts), t->proto == 6 ? "TCP" : "UDP",
	       sgap_addr_text(client, t->client), t->client_port,
	       sgap_addr_text(server, t->server), t->server_port);
	print_name(t);
	print_outcome(t);
	putchar('\n');
}

static void print_state(const struct sgap_rec_state *s)
{
	char time[SGAP_OUT_TIME], addr[SGAP_ADDR_TEXT];

	printf("%s STATE %s: %s, was %s (%u ended, %u bad, %u unanswered)\n",
	       sgap_out_time(time, s->ts), sgap_addr_text(addr, s->server),
	       sgap_names_state(s->after), sgap_names_state(s->before), s->window.ended,
	       s->window.bad, s->window.unanswered);
}

static void print_lease(const struct sgap_rec_lease *l)
{
	char time[SGAP_OUT_TIME], a[SGAP_ADDR_TEXT], b[SGAP_ADDR_TEXT];

	printf("%s DETOUR %s > %s: %s (%s), %llu flows\n", sgap_out_time(time, l->ts),
	       sgap_addr_text(a, l->server), sgap_addr_text(b, l->fallback),
	       sgap_names_lease(l->state), sgap_names_reason(l->reason),
	       (unsigned long long)l->flows);
}

static void print_link(const struct sgap_rec_link *l)
{
	char time[SGAP_OUT_TIME];

	printf("%s LINK %s: %llu, was %llu\n", sgap_out_time(time, l->ts),
	       sgap_names_link((int)l->what), (unsigned long long)l->after,
	       (unsigned long long)l->before);
}

static void print_lost(const struct sgap_rec_lost *l)
{
	char first[SGAP_OUT_TIME], last[SGAP_OUT_TIME];

	printf("%s LOST %llu records between %s and this\n", sgap_out_time(last, l->last),
	       (unsigned long long)l->n, sgap_out_time(first, l->first));
}

static void print_text(const struct sgap_rec *rec)
{
	const void *p = rec;

	switch (rec->type) {
	case SGAP_REC_TXN:
		print_txn(p);
		break;
	case SGAP_REC_STATE:
		print_state(p);
		break;
	case SGAP_REC_LEASE:
		print_lease(p);
		break;
	case SGAP_REC_LINK:
		print_link(p);
		break;
	case SGAP_REC_LOST:
		print_lost(p);
		break;
	}
}

/* Events of server, link and lease always pass: they are few, and say why. */
static void take(struct trace *t, const struct sgap_rec *rec)
{
	json_t *obj;

	if (rec->type == SGAP_REC_TXN) {
		const struct sgap_rec_txn *txn = (const void *)rec;

		if ((rec->len & SGAP_REC_LEN) < sizeof(*txn) ||
		    !sgap_filter_takes(&t->filter, txn))
			return;
		t->enough = t->count && !--t->count;
	}
	if (!t->json) {
		print_text(rec);
		return;
	}
	obj = sgap_json_rec(rec);
	if (obj)
		sgap_out_json(obj);
}

static int follow(struct trace *t, int stop)
{
	const struct sgap_rec *rec;
	int ret;

	for (;;) {
		while ((ret = sgap_live_next(t->live, &rec)) > 0) {
			take(t, rec);
			if (t->enough)
				return SGAP_EXIT_OK;
		}
		if (!sgap_out_flush())
			return SGAP_EXIT_FAULT;
		if (ret == -ENODEV) {
			sgap_error("trace: the tap on '%s' is gone", t->dev);
			return SGAP_EXIT_FAULT;
		}
		if (ret)
			return sgap_error_kernel(NULL, ret, "trace '%s'", t->dev);
		if (sgap_stop_wait(stop, sgap_live_fd(t->live), -1) == SGAP_STOP_ASKED)
			return SGAP_EXIT_OK;
	}
}

/* The device of the tap; every way that it may be missing has its sentence. */
static int open_device(struct trace *t)
{
	char path[SGAP_DEV_PATH];
	int ret = sgap_dev_find(path, t->dev);

	if (ret == -ENOENT) {
		sgap_error("trace: %s of the tap on '%s' is missing: mount devtmpfs on /dev",
			   path, t->dev);
		return -ENOENT;
	}
	if (ret) {
		sgap_error("trace: there is no tap on '%s': 'stopgap tap add %s' makes one",
			   t->dev, t->dev);
		return ret;
	}
	ret = sgap_live_open(&t->live, path);
	if (ret == -EACCES || ret == -EPERM)
		sgap_error("trace: %s: this needs root, or to be of the device's group (%s)",
			   path, strerrorname_np(-ret));
	else if (ret)
		sgap_error("trace: %s: %s (%s)", path, strerror(-ret), strerrorname_np(-ret));
	return ret;
}

static int run(const struct sgap_args *args)
{
	struct trace t = { .dev = args->arg[0], .json = sgap_args_has(args, "json") };
	struct sgap_nl *nl;
	int stop, ret;

	if (sgap_filter_parse(&t.filter, args) ||
	    sgap_args_number(args, "count", 1, 1ULL << 53, &t.count))
		return SGAP_EXIT_USAGE;
	nl = sgap_out_connect(args);	/* says it when no module is loaded */
	if (!nl)
		return SGAP_EXIT_FAULT;
	sgap_nl_close(nl);
	if (open_device(&t))
		return SGAP_EXIT_FAULT;
	stop = sgap_stop_open();
	ret = stop < 0 ? sgap_error_kernel(NULL, stop, "trace") : follow(&t, stop);
	if (sgap_live_lost(t.live))
		sgap_error("trace: %llu records were lost: this reader was too slow",
			   (unsigned long long)sgap_live_lost(t.live));
	if (stop >= 0)
		close(stop);
	sgap_live_close(t.live);
	return ret;
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	{ 'f', "failed", NULL, "only transactions that failed their client", 0 },
	{ 's', "server", "PREFIX", "only of these servers", 0 },
	{ 'c', "client", "PREFIX", "only of these clients", 0 },
	{ 'n', "name", "SUFFIX", "only names that end so, as example.org", 0 },
	{ 'r', "rcode", "RCODE", "only answers with it, as SERVFAIL or 2", 0 },
	{ 0, "rtt", "TIME", "only answers that took at least so long", 0 },
	{ 0, "count", "N", "end after so many transactions", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "DEV", "print the transactions of a tap as they end, until interrupted", opts,
	  1, 1, SGAP_WORD_DEV, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_trace = { "trace", "transactions as they happen", verbs };
