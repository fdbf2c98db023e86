/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command table as text. */
#ifndef SGAP_CLI_HELP_H
#define SGAP_CLI_HELP_H

#include <stdio.h>

struct sgap_command;
struct sgap_verb;

/* Each returns SGAP_EXIT_OK. */
int sgap_help_all(FILE *f);
int sgap_help_command(const struct sgap_command *cmd);
int sgap_help_verb(const struct sgap_command *cmd, const struct sgap_verb *verb);
int sgap_help_scdoc(void);	/* the COMMANDS of the man page */
int sgap_help_conf(void);	/* a stopgap.conf that sets nothing, with all settings */
int sgap_help_scdoc_conf(void);	/* the SETTINGS of stopgap.conf(5) */
int sgap_help_bash(void);	/* the words of the completion */

#endif
