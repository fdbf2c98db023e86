// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "file.h"
#include "lib/addr.h"
#include "lib/grant.h"
#include "lib/json.h"
#include "lib/names.h"
#include "lib/nl.h"
#include "out.h"
#include "plan.h"
#include "subcommands.h"

static void print_side(const char *name, const struct sgap_detour_counts *c)
{
	if (c->queries)
		printf("  %s: %llu queries, %llu answers, %llu of them errors\n", name,
		       (unsigned long long)c->queries, (unsigned long long)c->answers,
		       (unsigned long long)c->bad);
}

/* What comes next, if nobody does anything. */
static void print_next(const struct sgap_detour_info *d)
{
	char text[SGAP_DURATION_TEXT], t[SGAP_OUT_TIME];

	if (d->state == SGAP_LEASE_ARMED && le32toh(d->grant.flags) & SGAP_GRANT_F_STANDING)
		printf("  starts when the server has been %s or worse for %s\n",
		       sgap_names_state(d->grant.when_state),
		       sgap_duration_text(text, le32toh(d->grant.when_ms)));
	if (d->notice_ms)
		printf("  withdrawn in %s, as announced\n",
		       sgap_duration_text(text, d->notice_ms));
	if (d->state == SGAP_LEASE_ACTIVE)
		printf("  ends in %s, at %s\n", sgap_duration_text(text, d->left_ms),
		       sgap_out_time(t, d->ends));
}

static void print_detour(const struct sgap_detour_info *d)
{
	char server[SGAP_ADDR_TEXT], fallback[SGAP_ADDR_TEXT], clients[SGAP_PREFIX_TEXT];
	char serial[SGAP_SERIAL_TEXT], t[SGAP_OUT_TIME];

	sgap_grant_serial_text(d->serial, serial);
	printf("%s  %s (%s)\n  %s > %s for %s\n", serial, sgap_names_lease(d->state),
	       sgap_names_reason(d->reason), sgap_addr_text(server, d->grant.server),
	       sgap_addr_text(fallback, d->grant.fallback),
	       sgap_prefix_text(clients, d->grant.clients, d->grant.clients_len));
	if (d->started)
		printf("  started %s, %llu flows, %llu conntrack entries purged\n",
		       sgap_out_time(t, d->started), (unsigned long long)d->flows,
		       (unsigned long long)d->purged);
	if (d->over)
		printf("  %llu flows above the rate left with the server\n",
		       (unsigned long long)d->over);
	print_side("left with the server", &d->at_server);
	print_side("led to the fallback", &d->at_fallback);
	print_next(d);
	if (*d->signer)
		printf("  signed by %s, changed last by uid %u\n", d->signer, d->uid);
}

struct list {
	json_t *json;		/* NULL = as text */
	const __u8 *serial;	/* NULL = all */
	int n;
};

static int list_detour(void *ctx, const struct sgap_detour_info *d)
{
	struct list *list = ctx;

	if (list->serial && memcmp(list->serial, d->serial, 16) != 0)
		return 0;
	list->n++;
	if (list->json)
		return json_array_append_new(list->json, sgap_json_detour(d)) ? -ENOMEM : 0;
	print_detour(d);
	return 0;
}

static int run_list(const struct sgap_args *args)
{
	struct list list = { .json = sgap_args_has(args, "json") ? json_array() : NULL };
	struct sgap_nl *nl = sgap_out_connect(args);
	int ret = SGAP_EXIT_FAULT;

	if (!nl)
		goto out;
	ret = sgap_nl_detours(nl, list_detour, &list);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s", args->path);
	else if (list.json)
		ret = sgap_out_json(json_incref(list.json));
	else if (!list.n)
		printf("no detours in this network namespace\n");
out:
	json_decref(list.json);
	sgap_nl_close(nl);
	return ret;
}

/* The detour as it stands now. */
static int show(const struct sgap_args *args, struct sgap_nl *nl, const __u8 *serial)
{
	struct list list = { .json = sgap_args_has(args, "json") ? json_array() : NULL,
			     .serial = serial };
	int ret = sgap_nl_detours(nl, list_detour, &list);

	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s", args->path);
	else if (list.json && list.n)
		ret = sgap_out_json(json_incref(json_array_get(list.json, 0)));
	json_decref(list.json);
	return ret;
}

static int load(const struct sgap_args *args, struct sgap_grant *grant, void **sig,
		size_t *sig_len)
{
	struct sgap_grant_info info;
	enum sgap_refuse why;
	size_t len;
	void *p;

	*sig = NULL;
	p = sgap_file_read(args->path, args->arg[0], 4096, &len);
	if (!p)
		return SGAP_EXIT_FAULT;
	/* Only the length matters here: judging is the kernel's. */
	why = sgap_grant_check(p, len, &info);
	if (why == SGAP_REFUSE_LENGTH)
		sgap_error("%s: '%s': %s", args->path, args->arg[0], sgap_refuse_text(why));
	else
		memcpy(grant, p, sizeof(*grant));
	free(p);
	if (why == SGAP_REFUSE_LENGTH)
		return SGAP_EXIT_FAULT;
	*sig = sgap_file_read(args->path, args->arg[1], SGAP_GRANT_SIG_MAX, sig_len);
	return *sig ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
}

/* A standing grant waits for its condition, unless told otherwise; any other starts. */
static bool only_load(const struct sgap_args *args, const struct sgap_grant *grant)
{
	if (sgap_args_has(args, "arm"))
		return true;
	return le32toh(grant->flags) & SGAP_GRANT_F_STANDING && !sgap_args_has(args, "now");
}

/* Load the grant, unless it is loaded; then start it, unless it is only to be loaded. */
static int start(const struct sgap_args *args, struct sgap_nl *nl,
		 const struct sgap_grant *grant, const void *sig, size_t sig_len)
{
	bool wait = only_load(args, grant);
	struct sgap_detour_info detour;
	int ret = sgap_nl_grant_add(nl, grant, sig, sig_len, &detour);

	if (ret == -EEXIST && !wait)
		ret = 0;
	if (!ret && !wait)
		ret = sgap_nl_detour(nl, SGAP_CMD_DETOUR_START, grant->serial, 0);
	if (ret)
		return sgap_error_kernel(nl, ret, "%s: '%s'", args->path, args->arg[0]);
	return show(args, nl, grant->serial);
}

static int run_start(const struct sgap_args *args)
{
	struct sgap_grant grant;
	struct sgap_nl *nl;
	size_t sig_len;
	void *sig;
	int ret;

	if (sgap_args_has(args, "arm") && sgap_args_has(args, "now")) {
		sgap_error("%s: --arm and --now exclude each other", args->path);
		return SGAP_EXIT_USAGE;
	}
	ret = load(args, &grant, &sig, &sig_len);
	if (ret)
		return ret;
	nl = sgap_out_connect(args);
	ret = nl ? start(args, nl, &grant, sig, sig_len) : SGAP_EXIT_FAULT;
	sgap_nl_close(nl);
	free(sig);
	return ret;
}

static int change(const struct sgap_args *args, int cmd, __u32 notice_ms)
{
	struct sgap_nl *nl;
	__u8 serial[16];
	int ret;

	if (sgap_grant_set_serial(serial, args->arg[0])) {
		sgap_error("%s: '%s': expected 32 hexadecimal digits, as 'detour list' has them",
			   args->path, args->arg[0]);
		return SGAP_EXIT_USAGE;
	}
	nl = sgap_out_connect(args);
	if (!nl)
		return SGAP_EXIT_FAULT;
	ret = sgap_nl_detour(nl, cmd, serial, notice_ms);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s: '%s'", args->path, args->arg[0]);
	else
		ret = show(args, nl, serial);
	sgap_nl_close(nl);
	return ret;
}

static int run_withdraw(const struct sgap_args *args)
{
	unsigned long long notice = 0;

	if (sgap_args_duration(args, "notice", 1, SGAP_NOTICE_MAX_MS, &notice))
		return SGAP_EXIT_USAGE;
	return change(args, SGAP_CMD_DETOUR_WITHDRAW, (__u32)notice);
}

static int run_resume(const struct sgap_args *args)
{
	return change(args, SGAP_CMD_DETOUR_RESUME, 0);
}

static int run_extend(const struct sgap_args *args)
{
	return change(args, SGAP_CMD_DETOUR_EXTEND, 0);
}

static const struct sgap_opt opts[] = { SGAP_OPT_JSON, SGAP_OPT_NETNS, SGAP_OPT_END };

static const struct sgap_opt opts_start[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	{ 0, "arm", NULL, "load the grant only: it is started later, by hand or by its condition",
	  0 },
	{ 0, "now", NULL, "start a standing grant now, without waiting for its condition", 0 },
	SGAP_OPT_END
};

static const struct sgap_opt opts_withdraw[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	{ 0, "notice", "TIME", "in so long, by the kernel's clock; until then it can be resumed",
	  0 },
	SGAP_OPT_END
};

static const struct sgap_opt opts_plan[] = {
	{ 't', "tap", "DEV", "look at the traffic of the tap on that interface", SGAP_WORD_DEV },
	{ 0, "for", "TIME", "with --tap: for so long (5s)", 0 },
	{ 'r', "pcap", "FILE", "look at a capture instead, and ask no module", SGAP_WORD_FILE },
	{ 0, "no-questions", NULL, "do not put the clients' questions to both servers", 0 },
	SGAP_OPT_NETNS,
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "plan", "GRANT", "say what a grant, signed or not yet, would do now; changes nothing",
	  opts_plan, 1, 1, SGAP_WORD_FILE, sgap_plan_run },
	{ "start", "GRANT SIGNATURE", "load a signed grant; start its detour unless it is standing",
	  opts_start,
	  2, 2, SGAP_WORD_FILE, run_start },
	{ "list", "", "list the detours of this network namespace", opts, 0, 0, SGAP_WORD_TEXT,
	  run_list },
	{ "withdraw", "SERIAL", "end a detour; it needs no signature", opts_withdraw, 1, 1,
	  SGAP_WORD_TEXT, run_withdraw },
	{ "resume", "SERIAL", "start a withdrawn detour again, or take a notice back", opts,
	  1, 1, SGAP_WORD_TEXT, run_resume },
	{ "extend", "SERIAL", "put the end off, once, by what the grant agrees to", opts, 1, 1,
	  SGAP_WORD_TEXT, run_extend },
	{ 0 }
};

const struct sgap_command sgap_cmd_detour = { "detour", "traffic led around a fault", verbs };
