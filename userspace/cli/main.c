// SPDX-License-Identifier: GPL-2.0-or-later
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "command.h"
#include "help.h"
#include "out.h"

/* argv begins with the command's name. */
static int run(const struct sgap_command *cmd, int argc, char **argv)
{
	const struct sgap_verb *verb;
	struct sgap_args args;
	char path[64];
	int used;

	if (cmd->verbs->name && argc > 1 &&
	    (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return sgap_help_command(cmd);
	verb = sgap_command_verb(cmd, argv + 1, &used);
	if (!verb)
		return SGAP_EXIT_USAGE;
	snprintf(path, sizeof(path), "%s%s%s", cmd->name, used ? " " : "", used ? verb->name : "");
	if (sgap_args_parse(&args, verb, path, argc - used, argv + used))
		return SGAP_EXIT_USAGE;
	return args.help ? sgap_help_verb(cmd, verb) : verb->run(&args);
}

/* What everyone tries first, as the commands that do it. */
static const char *command_name(const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return "help";
	return strcmp(word, "--version") ? word : "version";
}

int main(int argc, char **argv)
{
	const struct sgap_command *cmd;
	int ret;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	if (argc < 2) {
		sgap_help_all(stderr);
		return SGAP_EXIT_USAGE;
	}
	cmd = sgap_command_find(command_name(argv[1]));
	if (!cmd) {
		sgap_error("'%s' is not a command: see 'stopgap help'", argv[1]);
		return SGAP_EXIT_USAGE;
	}
	ret = run(cmd, argc - 1, argv + 1);
	return sgap_out_flush() || ret ? ret : SGAP_EXIT_FAULT;
}
