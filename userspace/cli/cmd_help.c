// SPDX-License-Identifier: GPL-2.0-or-later
#include "args.h"
#include "help.h"
#include "out.h"
#include "subcommands.h"

static int run(const struct sgap_args *args)
{
	const struct sgap_command *cmd;

	if (sgap_args_has(args, "scdoc"))
		return sgap_help_scdoc();
	if (sgap_args_has(args, "conf"))
		return sgap_help_conf();
	if (sgap_args_has(args, "scdoc-conf"))
		return sgap_help_scdoc_conf();
	if (sgap_args_has(args, "bash"))
		return sgap_help_bash();
	if (!args->narg)
		return sgap_help_all(stdout);
	cmd = sgap_command_find(args->arg[0]);
	if (!cmd) {
		sgap_error("help: '%s' is not a command: see 'stopgap help'", args->arg[0]);
		return SGAP_EXIT_USAGE;
	}
	return cmd->verbs->name ? sgap_help_command(cmd) : sgap_help_verb(cmd, cmd->verbs);
}

static const struct sgap_opt opts[] = {
	{ 0, "scdoc", NULL, "print the man page's list of commands (for packagers)", 0 },
	{ 0, "scdoc-conf", NULL, "print the settings of stopgap.conf's man page (for packagers)", 0 },
	{ 0, "conf", NULL, "print a stopgap.conf with every setting, commented out (for packagers)", 0 },
	{ 0, "bash", NULL, "print the words of the bash completion (for packagers)", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "[COMMAND]", "list the commands, or what one of them takes", opts, 0, 1,
	  SGAP_WORD_TEXT, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_help = { "help", "what there is", verbs };
