// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "command.h"
#include "file.h"
#include "lib/nl.h"
#include "out.h"
#include "plan.h"
#include "trial.h"
#include "watch.h"

#define ANSWER_MS 1000		/* as long as an answer of the server counts */

static void take(void *ctx, const struct sgap_rec_txn *txn)
{
	sgap_trial_take(ctx, txn);
}

static int ask(void *ctx)
{
	return sgap_trial_ask(ctx, ANSWER_MS);
}

/* After how long that tap tells of a query that has no answer. */
static int read_tap(const struct sgap_args *args, struct sgap_trial *t)
{
	const char *dev = sgap_args_get(args, "tap");
	struct sgap_nl *nl = sgap_out_connect(args);
	struct sgap_tap_info tap;
	int ret = nl ? sgap_nl_tap_get(nl, dev, &tap) : -ENOENT;

	if (nl && ret)
		sgap_error_kernel(nl, ret, "%s: --tap '%s'", args->path, dev);
	else if (!ret)
		t->overdue_ms = tap.overdue_ms;
	sgap_nl_close(nl);
	return ret;
}

static int write_out(const struct sgap_args *args, const struct sgap_trial *t,
		     const struct sgap_grant *grant)
{
	const char *file = sgap_args_get(args, "output");
	json_t *json = sgap_trial_json(t, grant);
	char *text = json_dumps(json, JSON_INDENT(2));
	int ret = text ? sgap_file_write(file, text, strlen(text)) : -ENOMEM;

	if (ret)
		sgap_error("%s: --output '%s': %s", args->path, file, strerror(-ret));
	free(text);
	json_decref(json);
	return ret;
}

static int report(const struct sgap_args *args, const struct sgap_trial *t,
		  const struct sgap_grant *grant)
{
	if (sgap_args_has(args, "output") && write_out(args, t, grant))
		return SGAP_EXIT_FAULT;
	if (sgap_args_has(args, "json"))
		sgap_out_json(sgap_trial_json(t, grant));
	else
		sgap_trial_print(t);
	return t->copied && sgap_trial_failed(t, true) <= sgap_trial_failed(t, false) ?
	       SGAP_EXIT_OK : SGAP_EXIT_FAULT;
}

static int run(const struct sgap_args *args, struct sgap_trial *t, __u64 for_ms)
{
	struct sgap_watch watch = { .take = take, .pause = ask, .ctx = t, .every_ms = 1000 };
	struct sgap_grant grant;
	int ret;

	if (sgap_plan_grant(args, &grant, &t->grant) || read_tap(args, t))
		return SGAP_EXIT_FAULT;
	t->from = sgap_out_now();
	ret = sgap_watch_tap(args, &watch, for_ms);
	t->until = sgap_out_now();
	return ret ? SGAP_EXIT_FAULT : report(args, t, &grant);
}

int sgap_trial_run(const struct sgap_args *args)
{
	unsigned long long for_ms = 60000, one_in = 10, rate = 20;
	struct sgap_trial *t;
	int ret;

	if (!sgap_args_has(args, "tap")) {
		sgap_error("%s: --tap is missing: expected an interface that has a tap",
			   args->path);
		return SGAP_EXIT_USAGE;
	}
	if (sgap_args_duration(args, "for", 1000, 86400000, &for_ms) ||
	    sgap_args_number(args, "one-in", 1, 1000000, &one_in) ||
	    sgap_args_number(args, "rate", 1, SGAP_TRIAL_RATE_MAX, &rate))
		return SGAP_EXIT_USAGE;
	t = calloc(1, sizeof(*t));
	if (!t)
		return SGAP_EXIT_FAULT;
	t->one_in = (__u32)one_in;
	t->rate = (__u32)rate;
	ret = run(args, t, for_ms);
	free(t);
	return ret;
}
