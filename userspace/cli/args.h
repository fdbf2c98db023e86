/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words after a verb: options by the verb's table, and arguments. */
#ifndef SGAP_CLI_ARGS_H
#define SGAP_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#define SGAP_ARGS_OPTS 32	/* options that a verb may have */
#define SGAP_ARGS_MORE 7	/* repeats of one that may be given several times */

struct sgap_verb;

struct sgap_args {
	const struct sgap_verb *verb;
	const char *path;	/* "tap add", for messages */
	const char *value[SGAP_ARGS_OPTS];	/* by index in verb->opts; "" for a flag */
	const char *more[SGAP_ARGS_MORE];	/* of SGAP_WORD_MANY, from the second on */
	int nmore;
	char **arg;		/* the arguments, NULL at the end */
	int narg;
	bool help;		/* --help was among them */
};

/* argv without the verb. Returns 0, or -EINVAL when the words do not fit, and
 * has then said so on stderr. Reorders argv. */
int sgap_args_parse(struct sgap_args *args, const struct sgap_verb *verb, const char *path,
		    int argc, char **argv);

/* The value of an option of the verb, "" for a flag; NULL when it was not given. */
const char *sgap_args_get(const struct sgap_args *args, const char *name);

static inline bool sgap_args_has(const struct sgap_args *args, const char *name)
{
	return sgap_args_get(args, name) != NULL;
}

/* The value of an option as a whole number from min to max into *n, which keeps
 * what it was without the option. -EINVAL, and said on stderr, when it is none. */
int sgap_args_number(const struct sgap_args *args, const char *name, unsigned long long min,
		     unsigned long long max, unsigned long long *n);

/* The same for a duration in ms. */
int sgap_args_duration(const struct sgap_args *args, const char *name, unsigned long long min,
		       unsigned long long max, unsigned long long *ms);

#endif
