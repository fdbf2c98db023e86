// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "file.h"
#include "lib/addr.h"
#include "lib/effect.h"
#include "lib/grant.h"
#include "lib/json.h"
#include "lib/names.h"
#include "lib/nl.h"
#include "out.h"
#include "plan.h"
#include "subcommands.h"
#include "trial.h"

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

/* What the clients that were left with the server tell of those that were led. */
static void print_effect(const struct sgap_detour_info *d)
{
	struct sgap_effect e;

	if (sgap_effect_of(&e, &d->at_server, &d->at_fallback))
		printf("  failed: %.1f %% at the server, %.1f %% at the fallback; "
		       "spared %.1f points (95 %%: %.1f to %.1f)\n", e.server * 100,
		       e.fallback * 100, e.spared * 100, e.low * 100, e.high * 100);
}

static void print_who(const struct sgap_detour_info *d)
{
	char id[2 * SGAP_KEY_ID_LEN + 1];
	const struct sgap_signer *s;

	for (s = d->signers; s < d->signers + SGAP_SIGNERS_MAX && *s->name; s++) {
		sgap_hex_text(s->id, sizeof(s->id), id);
		printf("  signed by %.*s, key %.16s\n", (int)sizeof(s->name),
		       (const char *)s->name, id);
	}
	printf("  changed last by uid %u", d->uid);
	if (d->loginuid != SGAP_NONE32)
		printf(", logged in as %u", d->loginuid);
	putchar('\n');
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
	print_effect(d);
	print_next(d);
	print_who(d);
}

struct chosen {
	__u8 (*serial)[16];
	size_t n;
};

struct list {
	json_t *json;		/* NULL = as text */
	const struct chosen *of; /* NULL = all */
	int n;
};

static bool is_chosen(const struct chosen *c, const __u8 serial[16])
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!memcmp(c->serial[i], serial, 16))
			return true;
	return false;
}

static int list_detour(void *ctx, const struct sgap_detour_info *d)
{
	struct list *list = ctx;

	if (list->of && !is_chosen(list->of, d->serial))
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
	__u8 copy[1][16];
	struct chosen one = { copy, 1 };
	struct list list = { .json = sgap_args_has(args, "json") ? json_array() : NULL,
			     .of = &one };
	int ret;

	memcpy(copy[0], serial, sizeof(copy[0]));
	ret = sgap_nl_detours(nl, list_detour, &list);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s", args->path);
	else if (list.json && list.n)
		ret = sgap_out_json(json_incref(json_array_get(list.json, 0)));
	json_decref(list.json);
	return ret;
}

/* All that are named, one after the other, as the kernel takes them. */
static int read_signatures(const struct sgap_args *args, void **sig, size_t *sig_len)
{
	char *all = calloc(1, SGAP_GRANT_SIG_MAX);
	int i, ret = all ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
	size_t n;
	void *p;

	*sig_len = 0;
	for (i = 1; i < args->narg && !ret; i++) {
		p = sgap_file_read(args->path, args->arg[i], SGAP_GRANT_SIG_MAX, &n);
		ret = p ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
		if (p && n > SGAP_GRANT_SIG_MAX - *sig_len) {
			sgap_error("%s: '%s': the signatures are longer than %u bytes", args->path,
				   args->arg[i], SGAP_GRANT_SIG_MAX);
			ret = SGAP_EXIT_FAULT;
		} else if (p) {
			memcpy(all + *sig_len, p, n);
			*sig_len += n;
		}
		free(p);
	}
	*sig = all;
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
	return read_signatures(args, sig, sig_len);
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
	nl = ret ? NULL : sgap_out_connect(args);
	if (!ret)
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

/* Those that are in force, or may come to be by themselves. */
static int choose(void *ctx, const struct sgap_detour_info *d)
{
	struct chosen *c = ctx;
	void *more;

	if (d->state != SGAP_LEASE_ARMED && d->state != SGAP_LEASE_ACTIVE)
		return 0;
	more = realloc(c->serial, (c->n + 1) * sizeof(*c->serial));
	if (!more)
		return -ENOMEM;
	c->serial = more;
	memcpy(c->serial[c->n++], d->serial, sizeof(*c->serial));
	return 0;
}

/* One that has ended meanwhile is none to withdraw, and none that failed. */
static int withdraw_each(struct sgap_nl *nl, const struct chosen *c, __u32 notice_ms)
{
	int ret = 0, err;
	size_t i;

	for (i = 0; i < c->n; i++) {
		err = sgap_nl_detour(nl, SGAP_CMD_DETOUR_WITHDRAW, c->serial[i], notice_ms);
		if (err && err != -ETIME && err != -EBADFD)
			ret = err;
	}
	return ret;
}

static int withdraw_all(const struct sgap_args *args, __u32 notice_ms)
{
	struct chosen c = { 0 };
	struct list list = { .json = sgap_args_has(args, "json") ? json_array() : NULL, .of = &c };
	struct sgap_nl *nl = sgap_out_connect(args);
	int ret = SGAP_EXIT_FAULT;

	if (!nl)
		goto out;
	ret = sgap_nl_detours(nl, choose, &c);
	if (!ret)
		ret = withdraw_each(nl, &c, notice_ms);
	if (!ret)
		ret = sgap_nl_detours(nl, list_detour, &list);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s", args->path);
	else if (list.json)
		ret = sgap_out_json(json_incref(list.json));
	else if (!c.n)
		printf("no detour to withdraw in this network namespace\n");
out:
	json_decref(list.json);
	free(c.serial);
	sgap_nl_close(nl);
	return ret;
}

static int run_withdraw(const struct sgap_args *args)
{
	unsigned long long notice = 0;

	if (sgap_args_duration(args, "notice", 1, SGAP_NOTICE_MAX_MS, &notice))
		return SGAP_EXIT_USAGE;
	if (sgap_args_has(args, "all") != !args->narg) {
		sgap_error("%s: expected a serial, or --all", args->path);
		return SGAP_EXIT_USAGE;
	}
	if (!args->narg)
		return withdraw_all(args, (__u32)notice);
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
	{ 0, "all", NULL, "every detour of this network namespace, active or armed", 0 },
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

static const struct sgap_opt opts_trial[] = {
	{ 't', "tap", "DEV", "the tap that sees the clients' queries", SGAP_WORD_DEV },
	{ 0, "for", "TIME", "for so long (1m)", 0 },
	{ 0, "one-in", "N", "one in so many queries, by chance (10)", 0 },
	{ 0, "rate", "N", "at most so many in a second (20)", 0 },
	{ 'o', "output", "FILE", "write the result there, to go with the grant", SGAP_WORD_FILE },
	SGAP_OPT_NETNS,
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "plan", "GRANT", "say what a grant, signed or not yet, would do now; changes nothing",
	  opts_plan, 1, 1, SGAP_WORD_FILE, sgap_plan_run },
	{ "trial", "GRANT", "put some of the clients' questions to the fallback, and compare",
	  opts_trial, 1, 1, SGAP_WORD_FILE, sgap_trial_run },
	{ "start", "GRANT SIGNATURE...",
	  "load a signed grant; start its detour unless it is standing", opts_start,
	  2, 1 + SGAP_SIGNERS_MAX, SGAP_WORD_FILE, run_start },
	{ "list", "", "list the detours of this network namespace", opts, 0, 0, SGAP_WORD_TEXT,
	  run_list },
	{ "withdraw", "SERIAL|--all", "end a detour; it needs no signature", opts_withdraw, 0, 1,
	  SGAP_WORD_TEXT, run_withdraw },
	{ "resume", "SERIAL", "start a withdrawn detour again, or take a notice back", opts,
	  1, 1, SGAP_WORD_TEXT, run_resume },
	{ "extend", "SERIAL", "put the end off, once, by what the grant agrees to", opts, 1, 1,
	  SGAP_WORD_TEXT, run_extend },
	{ 0 }
};

const struct sgap_command sgap_cmd_detour = { "detour", "traffic led around a fault", verbs };
