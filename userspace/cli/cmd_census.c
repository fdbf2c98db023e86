// SPDX-License-Identifier: GPL-2.0-or-later
/* stopgap clients, stopgap zones: what ended, by client prefix and by zone. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "balance.h"
#include "capture_count.h"
#include "lib/addr.h"
#include "lib/json.h"
#include "lib/nl.h"
#include "lib/offline.h"
#include "out.h"
#include "source.h"
#include "subcommands.h"
#include "tap_opt.h"
#include "wire.h"

#define ROWS_OFFLINE 4096u

struct rows {
	enum sgap_census_kind kind;
	struct sgap_census_info *row;
	size_t n, room;
	const char *dev;
	__u32 ifindex;		/* of the tap, 0 = not found */
	__u32 census_max;
	struct sgap_tap_counters counters;	/* of a capture */
};

static __u64 ended(const struct sgap_census_info *t)
{
	const struct sgap_census_counts *c = &t->counts;

	return c->good + c->bad + c->unanswered + c->failed + c->evicted;
}

static __u64 faults(const struct sgap_census_info *t)
{
	return t->counts.bad + t->counts.unanswered + t->counts.failed;
}

static int add(void *ctx, const struct sgap_census_info *t)
{
	struct rows *r = ctx;

	if (t->kind != r->kind)
		return 0;
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 256;
		struct sgap_census_info *row = reallocarray(r->row, room, sizeof(*row));

		if (!row)
			return -ENOMEM;
		r->row = row;
		r->room = room;
	}
	r->row[r->n++] = *t;
	return 0;
}

static int by_key(const void *pa, const void *pb)
{
	const struct sgap_census_info *a = pa, *b = pb;
	int by = memcmp(a->key, b->key, sizeof(a->key));

	return by ? by : a->key_len - b->key_len;
}

/* Most faults first, then most transactions; all others at the end. */
static int worst_first(const void *pa, const void *pb)
{
	const struct sgap_census_info *a = pa, *b = pb;

	if (!a->key_len != !b->key_len)
		return a->key_len ? -1 : 1;
	if (faults(a) != faults(b))
		return faults(a) < faults(b) ? 1 : -1;
	if (ended(a) != ended(b))
		return ended(a) < ended(b) ? 1 : -1;
	return by_key(a, b);
}

/* Each CPU has counted for itself: one row of each key. */
static void merge(struct rows *r)
{
	size_t i, n = 0;

	if (!r->n)
		return;
	qsort(r->row, r->n, sizeof(*r->row), by_key);
	for (i = 1; i < r->n; i++) {
		if (by_key(&r->row[n], &r->row[i]))
			r->row[++n] = r->row[i];
		else
			sgap_census_add(&r->row[n].counts, &r->row[i].counts);
	}
	r->n = n + 1;
	qsort(r->row, r->n, sizeof(*r->row), worst_first);
}

static int find_tap(void *ctx, const struct sgap_tap_info *tap)
{
	struct rows *r = ctx;

	if (r->dev && strcmp(r->dev, tap->ifname) != 0)
		return 0;
	r->ifindex = tap->ifindex;
	r->census_max = tap->census_max;
	return 0;
}

/* Each returns SGAP_EXIT_*, and has said why not. */
static int load_live(struct rows *r, const struct sgap_args *args)
{
	const char *name = args->path;
	struct sgap_nl *nl = sgap_out_connect(args);
	int ret;

	if (!nl)
		return SGAP_EXIT_FAULT;
	r->dev = args->arg[0];
	ret = sgap_nl_taps(nl, find_tap, r);
	if (!ret && !r->ifindex) {
		sgap_error("%s: no tap on '%s': 'stopgap tap add %s' makes one", name, r->dev,
			   r->dev);
		ret = SGAP_EXIT_FAULT;
	} else if (!ret && !r->census_max) {
		sgap_error("%s: the tap on '%s' censuses nothing: it was made with --census-max 0",
			   name, r->dev);
		ret = SGAP_EXIT_FAULT;
	} else {
		if (!ret)
			ret = sgap_nl_censuses(nl, r->ifindex, add, r);
		if (ret)
			ret = sgap_error_kernel(nl, ret, "%s '%s'", name, r->dev);
	}
	sgap_nl_close(nl);
	return ret;
}

static int take_table(struct rows *r, const struct sgap_census_table *t)
{
	struct sgap_census_info info = { .kind = (__u8)r->kind, .counts = t->others };
	int ret = add(r, &info);
	__u32 i;

	for (i = 0; i < t->rows && !ret; i++) {
		if (!t->row[i].len)
			continue;
		info.key_len = (__u8)t->row[i].len;
		memcpy(info.key, t->row[i].key, sizeof(info.key));
		info.counts = t->row[i].counts;
		ret = add(r, &info);
	}
	return ret;
}

static int load_pcap(struct rows *r, const struct sgap_args *args)
{
	struct sgap_offline *offline;
	int ret = sgap_capture_count(&offline, args, ROWS_OFFLINE);

	if (ret)
		return ret;
	r->counters = *sgap_offline_counters(offline);
	if (take_table(r, sgap_offline_census(offline, r->kind))) {
		sgap_error("%s: %s", args->path, strerror(ENOMEM));
		ret = SGAP_EXIT_FAULT;
	}
	sgap_offline_free(offline);
	return ret;
}

static const char *key_text(char *buf, size_t size, const struct sgap_census_info *t)
{
	char prefix[SGAP_PREFIX_TEXT];
	__u8 len = t->key[0];

	if (!t->key_len) {
		snprintf(buf, size, "(all others)");
	} else if (t->kind == SGAP_CENSUS_ZONE) {
		sgap_wire_name_text(buf, (__u32)size, t->key, t->key_len, true);
	} else {
		/* Of IPv4 the first 96 bits are the same for all. */
		if (len >= 96 && !memcmp(t->key + 1, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12))
			len = (__u8)(len - 96);
		snprintf(buf, size, "%s", sgap_prefix_text(prefix, t->key + 1, len));
	}
	return buf;
}

static __u64 mean_us(const struct sgap_census_counts *c)
{
	return c->good + c->bad ? c->rtt_sum_us / (c->good + c->bad) : 0;
}

static void print_rows(const struct rows *r, size_t most)
{
	char key[512];
	size_t i;

	printf("%-32s %9s %9s %9s %9s %8s %8s %8s %10s\n",
	       r->kind == SGAP_CENSUS_ZONE ? "ZONE" : "CLIENTS", "ENDED", "GOOD", "NXDOMAIN",
	       "BAD", "NOANSWER", "FAILED", "EVICTED", "MEAN us");
	for (i = 0; i < r->n && i < most; i++) {
		const struct sgap_census_counts *c = &r->row[i].counts;

		printf("%-32s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %8" PRIu64
		       " %8" PRIu64 " %8" PRIu64 " %10" PRIu64 "\n",
		       key_text(key, sizeof(key), &r->row[i]), (uint64_t)ended(&r->row[i]),
		       (uint64_t)c->good, (uint64_t)c->nxdomain, (uint64_t)c->bad,
		       (uint64_t)c->unanswered, (uint64_t)c->failed, (uint64_t)c->evicted,
		       (uint64_t)mean_us(c));
	}
	if (r->n > most)
		printf("%zu more\n", r->n - most);
}

static int print_json(const struct rows *r, size_t most)
{
	json_t *all = json_array();
	char key[512];
	size_t i;

	for (i = 0; i < r->n && i < most; i++) {
		const struct sgap_census_counts *c = &r->row[i].counts;
		const char *name = r->kind == SGAP_CENSUS_ZONE ? "zone" : "clients";

		key_text(key, sizeof(key), &r->row[i]);
		json_array_append_new(all, json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", name,
			r->row[i].key_len ? json_string(key) : json_null(),
			"good", sgap_json_u64(c->good), "nxdomain", sgap_json_u64(c->nxdomain),
			"bad", sgap_json_u64(c->bad),
			"unanswered", sgap_json_u64(c->unanswered),
			"failed", sgap_json_u64(c->failed), "evicted", sgap_json_u64(c->evicted),
			"rtt_mean_us", sgap_json_u64(mean_us(c))));
	}
	return sgap_out_json(all);
}

static int run(const struct sgap_args *args, enum sgap_census_kind kind)
{
	struct rows r = { .kind = kind };
	unsigned long long most = 50;
	bool pcap = sgap_args_has(args, "pcap");
	int ret;

	if (sgap_args_number(args, "most", 1, 1000000, &most))
		return SGAP_EXIT_USAGE;
	if (pcap == (args->narg > 0)) {
		sgap_error("%s: expected the DEV of a tap, or --pcap FILE", args->path);
		return SGAP_EXIT_USAGE;
	}
	if (!pcap && sgap_tap_opt_none(args))
		return SGAP_EXIT_USAGE;
	ret = pcap ? load_pcap(&r, args) : load_live(&r, args);
	if (!ret) {
		merge(&r);
		if (sgap_args_has(args, "json"))
			ret = print_json(&r, (size_t)most);
		else
			print_rows(&r, (size_t)most);
		if (pcap && !sgap_args_has(args, "json"))
			sgap_balance_print(&r.counters);
	}
	free(r.row);
	return ret;
}

static int run_clients(const struct sgap_args *args)
{
	return run(args, SGAP_CENSUS_CLIENT);
}

static int run_zones(const struct sgap_args *args)
{
	return run(args, SGAP_CENSUS_ZONE);
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	SGAP_OPT_PCAP,
	SGAP_OPTS_PCAP,
	{ 0, "most", "N", "show so many at most (50)", 0 },
	{ 0, "prefix4", "N", "with --pcap: bits of an IPv4 address that tell clients apart (24)", 0 },
	{ 0, "prefix6", "N", "with --pcap: and of an IPv6 address (48)", 0 },
	{ 0, "zone-depth", "N", "with --pcap: labels that make a zone (2)", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs_clients[] = {
	{ NULL, "[DEV]", "client prefixes and how what they asked ended, most faults first", opts,
	  0, 1, SGAP_WORD_DEV, run_clients },
	{ 0 }
};

static const struct sgap_verb verbs_zones[] = {
	{ NULL, "[DEV]", "zones and how what was asked of them ended, most faults first", opts,
	  0, 1, SGAP_WORD_DEV, run_zones },
	{ 0 }
};

const struct sgap_command sgap_cmd_clients = { "clients", "how clients fare", verbs_clients };
const struct sgap_command sgap_cmd_zones = { "zones", "how zones fare", verbs_zones };
