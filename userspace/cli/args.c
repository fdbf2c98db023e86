// SPDX-License-Identifier: GPL-2.0-or-later
#include "args.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lib/addr.h"
#include "out.h"

static const struct sgap_opt none[] = { SGAP_OPT_END };

static const struct sgap_opt *opts_of(const struct sgap_verb *verb)
{
	return verb->opts ? verb->opts : none;
}

/* getopt's two tables from ours. Letters come back as themselves. */
static void tables(const struct sgap_opt *opt, struct option *longs, char *shorts)
{
	int i;

	*shorts++ = ':';
	*shorts++ = 'h';
	for (i = 0; opt[i].name; i++) {
		longs[i] = (struct option){ opt[i].name,
			opt[i].value ? required_argument : no_argument, NULL, i + 1000 };
		if (!opt[i].letter)
			continue;
		*shorts++ = opt[i].letter;
		if (opt[i].value)
			*shorts++ = ':';
	}
	longs[i] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[i + 1] = (struct option){ 0 };
	*shorts = 0;
}

static int index_of(const struct sgap_opt *opt, int got)
{
	int i;

	if (got >= 1000)
		return got - 1000;
	for (i = 0; opt[i].name; i++)
		if (opt[i].letter == got)
			return i;
	return -1;
}

/* getopt said ':' or '?': say which word it was about. */
static int complain(const struct sgap_args *args, int got, char **argv)
{
	const char *word = argv[optind - 1];
	int i = index_of(opts_of(args->verb), optopt);

	if (got == ':')
		sgap_error("%s: option '%s' needs a value: expected %s", args->path, word,
			   i >= 0 ? opts_of(args->verb)[i].value : "one");
	else if (optopt >= 1000 || (optopt == 'h' && word[1] == '-'))
		sgap_error("%s: option '%s' takes no value", args->path, word);
	else if (optopt)
		sgap_error("%s: unknown option '-%c': see 'stopgap %s --help'", args->path,
			   optopt, args->path);
	else
		sgap_error("%s: unknown option '%s': see 'stopgap %s --help'", args->path,
			   word, args->path);
	return -EINVAL;
}

static int take_options(struct sgap_args *args, int argc, char **argv)
{
	const struct sgap_opt *opt = opts_of(args->verb);
	struct option longs[SGAP_ARGS_OPTS + 2];
	char shorts[2 * SGAP_ARGS_OPTS + 4];
	int got, i;

	tables(opt, longs, shorts);
	opterr = 0;
	optind = 0;
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (got == ':' || got == '?')
			return complain(args, got, argv);
		if (got == 'h') {
			args->help = true;
			continue;
		}
		i = index_of(opt, got);
		if (args->value[i] && opt[i].word & SGAP_WORD_MANY &&
		    args->nmore < SGAP_ARGS_MORE) {
			args->more[args->nmore++] = optarg;
			continue;
		}
		if (args->value[i] && opt[i].value) {
			sgap_error("%s: option '--%s' is given %s", args->path, opt[i].name,
				   opt[i].word & SGAP_WORD_MANY ? "too often" : "twice");
			return -EINVAL;
		}
		args->value[i] = opt[i].value ? optarg : "";
	}
	return 0;
}

int sgap_args_parse(struct sgap_args *args, const struct sgap_verb *verb, const char *path,
		    int argc, char **argv)
{
	int ret;

	memset(args, 0, sizeof(*args));
	args->verb = verb;
	args->path = path;
	ret = take_options(args, argc, argv);
	if (ret || args->help)
		return ret;
	args->arg = argv + optind;
	args->narg = argc - optind;
	if (args->narg > verb->max) {
		sgap_error("%s: unexpected argument '%s': expected %s", path,
			   args->arg[verb->max], *verb->args ? verb->args : "none");
		return -EINVAL;
	}
	if (args->narg < verb->min) {
		sgap_error("%s: an argument is missing: expected %s", path, verb->args);
		return -EINVAL;
	}
	return 0;
}

const char *sgap_args_get(const struct sgap_args *args, const char *name)
{
	const struct sgap_opt *opt = opts_of(args->verb);
	int i;

	for (i = 0; opt[i].name; i++)
		if (!strcmp(opt[i].name, name))
			return args->value[i];
	return NULL;
}

int sgap_args_number(const struct sgap_args *args, const char *name, unsigned long long min,
		     unsigned long long max, unsigned long long *n)
{
	const char *text = sgap_args_get(args, name);
	unsigned long long v;
	char *end;

	if (!text)
		return 0;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || v < min || v > max) {
		sgap_error("%s: --%s '%s': expected a whole number from %llu to %llu",
			   args->path, name, text, min, max);
		return -EINVAL;
	}
	*n = v;
	return 0;
}

int sgap_args_duration(const struct sgap_args *args, const char *name, unsigned long long min,
		       unsigned long long max, unsigned long long *ms)
{
	const char *text = sgap_args_get(args, name);
	char low[SGAP_DURATION_TEXT], high[SGAP_DURATION_TEXT];
	__u64 v;

	if (!text)
		return 0;
	if (sgap_duration_parse(&v, text) || v < min || v > max) {
		sgap_error("%s: --%s '%s': expected a time with unit, as 90s, from %s to %s",
			   args->path, name, text, sgap_duration_text(low, min),
			   sgap_duration_text(high, max));
		return -EINVAL;
	}
	*ms = v;
	return 0;
}
