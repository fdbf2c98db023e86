// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "out.h"
#include "subcommands.h"
#include "uapi/stopgap.h"

/* The version of the loaded module; NULL when none is loaded. */
static const char *module_version(char *buf, int size)
{
	FILE *f = fopen("/sys/module/stopgap/version", "re");
	char *line;

	if (!f)
		return NULL;
	line = fgets(buf, size, f);
	fclose(f);
	if (line)
		line[strcspn(line, "\n")] = 0;
	return line;
}

static int run(const struct sgap_args *args)
{
	char buf[64];
	const char *module = module_version(buf, sizeof(buf));

	if (sgap_args_has(args, "json"))
		return sgap_out_json(json_pack("{s:s,s:s?}", "stopgap", SGAP_VERSION,
					       "module", module));
	printf("stopgap %s, module %s\n", SGAP_VERSION, module ? module : "not loaded");
	return SGAP_EXIT_OK;
}

static const struct sgap_opt opts[] = { SGAP_OPT_JSON, SGAP_OPT_END };

static const struct sgap_verb verbs[] = {
	{ NULL, "", "print the versions of this command and of the loaded module", opts, 0, 0,
	  SGAP_WORD_TEXT, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_version = { "version", "which version this is", verbs };
