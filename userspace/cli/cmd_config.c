// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "lib/conf.h"
#include "out.h"
#include "subcommands.h"

struct check {
	const char *file;
	json_t *list;		/* NULL: to stderr */
};

static void say(void *ctx, unsigned int line, const char *what)
{
	struct check *check = ctx;

	if (check->list)
		json_array_append_new(check->list, json_pack("{s:i, s:s}", "line", (int)line,
							     "what", what));
	else
		sgap_error("%s:%u: %s", check->file, line, what);
}

static void print_settings(const struct sgap_conf *conf)
{
	struct sgap_conf_line line;
	const char *section = "";
	__u32 i;

	for (i = 0; sgap_conf_show(conf, i, &line); i++) {
		if (strcmp(section, line.section) != 0)
			printf("%s[%s]\n", i ? "\n" : "", line.section);
		section = line.section;
		printf("%s =%s%s\n", line.name, *line.value ? " " : "", line.value);
	}
}

static json_t *settings_json(const struct sgap_conf *conf)
{
	struct sgap_conf_line line;
	json_t *all = json_object();
	__u32 i;

	for (i = 0; sgap_conf_show(conf, i, &line); i++) {
		json_t *section = json_object_get(all, line.section);

		if (!section) {
			section = json_object();
			json_object_set_new(all, line.section, section);
		}
		json_object_set_new(section, line.name, json_string(line.value));
	}
	return all;
}

static int run_check(const struct sgap_args *args)
{
	bool json = sgap_args_has(args, "json");
	struct check check = { args->narg ? args->arg[0] : SGAP_CONF_FILE,
			       json ? json_array() : NULL };
	struct sgap_conf conf;
	int ret;

	ret = sgap_conf_read(&conf, check.file, say, &check);
	if (ret < 0)
		sgap_error("config check: '%s': %s", check.file, strerror(-ret));
	else if (json)
		sgap_out_json(json_pack("{s:s, s:b, s:O, s:o}", "file", check.file, "ok", !ret,
					"wrong", check.list, "settings", settings_json(&conf)));
	else if (!ret)
		print_settings(&conf);
	json_decref(check.list);
	return ret ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "check", "[FILE]", "check the configuration of stopgapd; print it as it is understood",
	  opts, 0, 1, SGAP_WORD_FILE, run_check },
	{ 0 }
};

const struct sgap_command sgap_cmd_config = { "config", "the configuration of stopgapd", verbs };
