// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "export.h"
#include "incident/compose.h"
#include "ledger/ledger.h"
#include "lib/addr.h"
#include "make_report.h"
#include "out.h"
#include "report/incident.h"
#include "store.h"
#include "subcommands.h"

static const char *text(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "-";
}

/* How much of its budget an incident has used, or used until service was back. */
static void budget(char *buf, size_t size, const json_t *c)
{
	const json_t *clock = json_object_get(c, "clock");
	json_int_t onset = json_integer_value(json_object_get(clock, "onset"));
	json_int_t end = json_integer_value(json_object_get(clock, "restored"));
	char used[SGAP_DURATION_TEXT], all[SGAP_DURATION_TEXT];
	json_int_t limit = json_integer_value(json_object_get(c, "budget_ms"));

	if (!end)
		end = (json_int_t)sgap_out_now();
	snprintf(buf, size, "%s of %s",
		 sgap_duration_text(used, end > onset ?
				    (__u64)(end - onset) / 1000000000 * 1000 : 0),
		 sgap_duration_text(all, (__u64)limit));
}

static void print_line(const json_t *one)
{
	json_t *c = json_object_get(one, "case"), *clock = json_object_get(c, "clock");
	bool open = json_is_true(json_object_get(one, "open"));
	char when[SGAP_OUT_TIME], used[2 * SGAP_DURATION_TEXT + 8];
	const char *state = !open ? "closed" :
			    json_is_integer(json_object_get(clock, "restored")) ? "restored" : "open";

	budget(used, sizeof(used), c);
	printf("%6lld  %-8s  %.19s  %-16s  %-12s %-16s  %-28s  %s\n",
	       (long long)json_integer_value(json_object_get(c, "n")), state,
	       sgap_out_time(when, (uint64_t)json_integer_value(json_object_get(clock, "onset"))),
	       used, text(c, "role"), *text(c, "address") ? text(c, "address") : text(c, "server"),
	       text(c, "cause"), text(c, "tap"));
}

static int run_list(const struct sgap_args *args)
{
	struct sgap_ledger *l = sgap_store_read_folder("incident list", sgap_args_get(args, "store"));
	json_t *list, *one;
	size_t i;
	int err;

	if (!l)
		return SGAP_EXIT_FAULT;
	list = sgap_compose_list(l, &err);
	if (err)
		sgap_error("incident list: %s", sgap_ledger_error(l));
	sgap_ledger_close(l, 0);
	if (sgap_args_has(args, "json")) {
		sgap_out_json(list);
		return err ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
	}
	if (json_array_size(list))
		printf("%6s  %-8s  %-19s  %-16s  %-12s %-16s  %-28s  %s\n", "number", "state", "since",
		       "clock", "who", "", "cause", "tap");
	json_array_foreach(list, i, one)
		print_line(one);
	json_decref(list);
	return err ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}

/* The incident of the first argument as incident.json; NULL, and said why. */
static json_t *compose(const struct sgap_args *args, const char *who)
{
	return sgap_store_incident(who, sgap_args_get(args, "store"), args->arg[0]);
}

static void print_clock(json_t *obj)
{
	json_t *clock = json_object_get(obj, "clock"), *t;
	double onset = json_number_value(json_object_get(clock, "onset"));
	char when[SGAP_OUT_TIME];
	const char *stage;

	json_object_foreach(clock, stage, t) {
		if (!strcmp(stage, "budget_s"))
			continue;
		if (json_is_number(t))
			printf("  %-12s %.23s  %+10.3f s\n", stage,
			       sgap_out_time(when, (uint64_t)(json_number_value(t) * 1e6) * 1000),
			       json_number_value(t) - onset);
		else
			printf("  %-12s -\n", stage);
	}
}

static int run_show(const struct sgap_args *args)
{
	json_t *obj = compose(args, "incident show"), *verdict, *blame, *impact, *one;
	char when[SGAP_OUT_TIME];
	size_t i;

	if (!obj)
		return SGAP_EXIT_FAULT;
	if (sgap_args_has(args, "json"))
		return sgap_out_json(obj);
	verdict = json_object_get(json_object_get(obj, "locate"), "verdict");
	blame = json_object_get(verdict, "blame");
	impact = json_object_get(obj, "impact");
	printf("incident %s: %s\n", args->arg[0], text(obj, "id"));
	printf("  %s %s: %s, confidence %.2f\n", text(blame, "role"), text(blame, "address"),
	       text(verdict, "cause"), json_number_value(json_object_get(verdict, "confidence")));
	printf("  %lld of %lld queries failed, %lld of %lld clients were hit\n",
	       (long long)json_integer_value(json_object_get(impact, "queries_failed")),
	       (long long)json_integer_value(json_object_get(impact, "queries_all")),
	       (long long)json_integer_value(json_object_get(impact, "clients_hit")),
	       (long long)json_integer_value(json_object_get(impact, "clients_all")));
	print_clock(obj);
	json_array_foreach(json_object_get(obj, "events"), i, one)
		printf("  %.23s  %-14s %s\n", sgap_out_time(when, (uint64_t)
		       (json_number_value(json_object_get(one, "t")) * 1e6) * 1000),
		       text(one, "who"), text(one, "what"));
	json_decref(obj);
	return SGAP_EXIT_OK;
}

static int run_report(const struct sgap_args *args)
{
	json_t *obj = compose(args, "incident report");
	struct sgap_incident *inc = NULL;
	char err[512] = "out of memory";
	char *json = obj ? json_dumps(obj, JSON_COMPACT) : NULL;
	int ret = SGAP_EXIT_FAULT;

	if (json)
		inc = sgap_incident_parse(json, strlen(json), "incident", err, sizeof(err));
	if (inc)
		ret = sgap_make_report(args, inc);
	else if (obj)
		sgap_error("incident report: %s", err);
	sgap_incident_free(inc);
	free(json);
	json_decref(obj);
	return ret;
}

static int run_export(const struct sgap_args *args)
{
	__u64 n = sgap_store_number("incident export", args->arg[0]);
	char folder[SGAP_LEDGER_PATH];
	struct sgap_store_here here;

	if (!n)
		return SGAP_EXIT_FAULT;
	sgap_store_folder(folder, sgap_args_get(args, "store"));
	sgap_store_here(&here);
	return sgap_export(args, folder, n, &here.site);
}

#define OPT_STORE { 's', "store", "DIR", "the folder of the ledger, in the place of stopgap.conf's", \
		    SGAP_WORD_FILE }

static const struct sgap_opt opts[] = {
	OPT_STORE,
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_opt opts_report[] = {
	OPT_STORE,
	SGAP_OPTS_REPORT,
	SGAP_OPT_END
};

static const struct sgap_opt opts_export[] = {
	OPT_STORE,
	{ 'o', "output", "FILE", "the bundle's file, which must not be there yet; - is stdout; "
	  "incident-NUMBER.tar without it", SGAP_WORD_FILE },
	{ 'w', "with", "FILE", "a file that goes with it: a certificate, a capture, a letter; several times",
	  SGAP_WORD_FILE | SGAP_WORD_MANY },
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "list", "", "list the incidents that stopgapd recorded", opts, 0, 0, 0, run_list },
	{ "show", "NUMBER", "what broke, its clock and its events; with --json all of it, for 'stopgap report'",
	  opts, 1, 1, SGAP_WORD_TEXT, run_show },
	{ "report", "NUMBER", "make its report; Markdown on stdout without an option", opts_report,
	  1, 1, SGAP_WORD_TEXT, run_report },
	{ "export", "NUMBER", "one signed file that a third party can verify without Stopgap", opts_export,
	  1, 1, SGAP_WORD_TEXT, run_export },
	{ 0 }
};

const struct sgap_command sgap_cmd_incident = { "incident", "what happened, by stopgapd's ledger", verbs };
