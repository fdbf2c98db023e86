/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command knows of itself. Help, man page and completion are made from
 * these tables: a command, verb or option that is in none of them does not exist.
 */
#ifndef SGAP_CLI_COMMAND_H
#define SGAP_CLI_COMMAND_H

#include <stdbool.h>

enum sgap_exit {
	SGAP_EXIT_OK,
	SGAP_EXIT_FAULT,	/* a fault was found, or the operation failed */
	SGAP_EXIT_USAGE,
};

struct sgap_args;

/* What an option or argument is, for the completion. */
enum sgap_word {
	SGAP_WORD_TEXT,
	SGAP_WORD_FILE,
	SGAP_WORD_DEV,		/* a network interface */
	SGAP_WORD_NETNS,
};

#define SGAP_WORD_MANY 0x100	/* the option may be given several times; one verb has one such */

struct sgap_opt {
	char letter;		/* 0 = long only */
	const char *name;	/* NULL ends a list */
	const char *value;	/* what its value is called; NULL = it has none */
	const char *help;
	int word;		/* enum sgap_word of the value */
};

struct sgap_verb {
	const char *name;	/* NULL: the command has no verbs */
	const char *args;	/* what its arguments are called, "" = none */
	const char *help;	/* one line */
	const struct sgap_opt *opts;	/* beside --help, which all have; NULL = none */
	int min, max;		/* number of arguments */
	int word;		/* enum sgap_word of the arguments */
	int (*run)(const struct sgap_args *args);	/* returns enum sgap_exit */
};

struct sgap_command {
	const char *name;
	const char *help;	/* one line */
	const struct sgap_verb *verbs;	/* ends with run == NULL */
};

/* Options that several commands have, said once. */
#define SGAP_OPT_JSON { 'j', "json", NULL, "print JSON: one value, or one line per event", 0 }
#define SGAP_OPT_NETNS { 'N', "netns", "NAME", "act in this network namespace", SGAP_WORD_NETNS }
#define SGAP_OPT_END { 0, NULL, NULL, NULL, 0 }

/* All commands, NULL at the end. */
extern const struct sgap_command *const sgap_commands[];

const struct sgap_command *sgap_command_find(const char *name);

/* The verb of argv[0], or the command's only one; *used = 1 when argv[0] named it.
 * NULL, and said on stderr, when there is none of that name. */
const struct sgap_verb *sgap_command_verb(const struct sgap_command *cmd, char **argv, int *used);

#endif
