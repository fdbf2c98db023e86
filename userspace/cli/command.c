// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "out.h"
#include "subcommands.h"

/* In the order of the help. */
const struct sgap_command *const sgap_commands[] = {
	&sgap_cmd_tap,
	&sgap_cmd_servers,
	&sgap_cmd_clients,
	&sgap_cmd_zones,
	&sgap_cmd_top,
	&sgap_cmd_trace,
	&sgap_cmd_link,
#ifdef HAVE_CMD_LOCATE
	&sgap_cmd_locate,
#endif
	&sgap_cmd_probe,
#ifdef HAVE_CMD_REPORT
	&sgap_cmd_report,
#endif
	&sgap_cmd_grant,
	&sgap_cmd_trust,
	&sgap_cmd_detour,
	&sgap_cmd_incident,
	&sgap_cmd_ledger,
	&sgap_cmd_config,
	&sgap_cmd_version,
	&sgap_cmd_help,
	NULL
};

const struct sgap_command *sgap_command_find(const char *name)
{
	const struct sgap_command *const *cmd;

	for (cmd = sgap_commands; *cmd; cmd++)
		if (!strcmp((*cmd)->name, name))
			return *cmd;
	return NULL;
}

/* "add, del or list" */
static void list_verbs(char *buf, size_t size, const struct sgap_verb *verb)
{
	const char *sep = "";
	size_t at = 0;

	for (*buf = 0; verb->run && at < size; verb++) {
		at += (size_t)snprintf(buf + at, size - at, "%s%s", sep, verb->name);
		sep = verb[1].run && verb[2].run ? ", " : " or ";
	}
}

const struct sgap_verb *sgap_command_verb(const struct sgap_command *cmd, char **argv, int *used)
{
	const struct sgap_verb *verb = cmd->verbs;
	char list[128];

	*used = 0;
	if (!verb->name)
		return verb;
	*used = 1;
	for (; verb->run && *argv; verb++)
		if (!strcmp(verb->name, *argv))
			return verb;
	list_verbs(list, sizeof(list), cmd->verbs);
	if (*argv)
		sgap_error("%s: '%s' is not a verb of it: expected %s", cmd->name, *argv, list);
	else
		sgap_error("%s: a verb is missing: expected %s", cmd->name, list);
	return NULL;
}
