// SPDX-License-Identifier: GPL-2.0-or-later
#include "help.h"

#include <string.h>

#include "command.h"
#include "lib/conf.h"

static const struct sgap_opt opt_help = { 'h', "help", NULL, "print this help", 0 };

/* "tap add DEV", with what the verb's name and arguments need of blanks. */
static void synopsis(char *buf, size_t size, const struct sgap_command *cmd,
		     const struct sgap_verb *verb)
{
	snprintf(buf, size, "%s%s%s%s%s", cmd->name, verb->name ? " " : "",
		 verb->name ? verb->name : "", *verb->args ? " " : "", verb->args);
}

int sgap_help_all(FILE *f)
{
	const struct sgap_command *const *cmd;
	const struct sgap_verb *verb;
	char line[96];

	fputs("usage: stopgap COMMAND [VERB] [OPTION...] [ARGUMENT...]\n\n", f);
	for (cmd = sgap_commands; *cmd; cmd++)
		for (verb = (*cmd)->verbs; verb->run; verb++) {
			synopsis(line, sizeof(line), *cmd, verb);
			fprintf(f, "  %-34s %s\n", line, verb->help);
		}
	fputs("\nstopgap COMMAND [VERB] --help lists the options of one.\n"
	      "Exit status: 0 fine, 1 a fault was found or the operation failed, 2 usage.\n", f);
	return SGAP_EXIT_OK;
}

int sgap_help_command(const struct sgap_command *cmd)
{
	const struct sgap_verb *verb;
	char line[96];

	printf("stopgap %s: %s\n\n", cmd->name, cmd->help);
	for (verb = cmd->verbs; verb->run; verb++) {
		synopsis(line, sizeof(line), cmd, verb);
		printf("  %-34s %s\n", line, verb->help);
	}
	return SGAP_EXIT_OK;
}

static void print_option(const struct sgap_opt *opt)
{
	char line[64], letter[8] = "    ";

	if (opt->letter)
		snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	snprintf(line, sizeof(line), "%s--%s%s%s", letter, opt->name, opt->value ? " " : "",
		 opt->value ? opt->value : "");
	printf("  %-28s %s\n", line, opt->help);
}

int sgap_help_verb(const struct sgap_command *cmd, const struct sgap_verb *verb)
{
	const struct sgap_opt *opt;
	char line[96];

	synopsis(line, sizeof(line), cmd, verb);
	printf("usage: stopgap %s [OPTION...]\n%s\n\n", line, verb->help);
	for (opt = verb->opts; opt && opt->name; opt++)
		print_option(opt);
	print_option(&opt_help);
	return SGAP_EXIT_OK;
}

/* scdoc takes these characters for markup. */
static void scdoc_text(const char *s)
{
	for (; *s; s++) {
		if (strchr("\\_*#<>[]~", *s))
			putchar('\\');
		putchar(*s);
	}
}

static void scdoc_option(const struct sgap_opt *opt)
{
	if (opt->letter)
		printf("*-%c*, ", opt->letter);
	printf("*--%s*", opt->name);
	if (opt->value) {
		printf(" _");
		scdoc_text(opt->value);
		printf("_");
	}
	printf("\n\t");
	scdoc_text(opt->help);
	printf("\n\n");
}

int sgap_help_scdoc(void)
{
	const struct sgap_command *const *cmd;
	const struct sgap_verb *verb;
	const struct sgap_opt *opt;

	for (cmd = sgap_commands; *cmd; cmd++)
		for (verb = (*cmd)->verbs; verb->run; verb++) {
			printf("## stopgap %s%s%s", (*cmd)->name, verb->name ? " " : "",
			       verb->name ? verb->name : "");
			/* A heading is taken as it is: nothing in it is to be escaped. */
			printf("%s%s\n\n", *verb->args ? " " : "", verb->args);
			scdoc_text(verb->help);
			printf("\n\n");
			for (opt = verb->opts; opt && opt->name; opt++)
				scdoc_option(opt);
		}
	return SGAP_EXIT_OK;
}

/* text, broken at blanks, each line begun by "# ". */
static void comment(const char *text)
{
	const size_t width = 78;

	while (*text) {
		size_t len = strlen(text), cut = len;

		if (len > width)
			for (cut = width; cut && text[cut] != ' '; )
				cut--;
		cut = cut ? cut : len;
		printf("# %.*s\n", (int)cut, text);
		text += cut + (text[cut] == ' ');
	}
}

int sgap_help_conf(void)
{
	struct sgap_conf_line line;
	const char *section = "";
	struct sgap_conf conf;
	__u32 i;

	sgap_conf_default(&conf);
	comment("What stopgapd does; stopgap.conf(5) has the whole of it. What stands here with a # is "
		"what holds without it. \"stopgap config check\" says what is wrong, line by line; "
		"\"systemctl reload stopgapd\" makes the daemon read it anew.");
	for (i = 0; sgap_conf_show(&conf, i, &line); i++) {
		if (strcmp(section, line.section) != 0)
			printf("\n[%s]\n", line.section);
		section = line.section;
		comment(line.help);
		printf("#%s =%s%s\n", line.name, *line.value ? " " : "", line.value);
	}
	return SGAP_EXIT_OK;
}

int sgap_help_scdoc_conf(void)
{
	struct sgap_conf_line line;
	const char *section = "";
	struct sgap_conf conf;
	__u32 i;

	sgap_conf_default(&conf);
	for (i = 0; sgap_conf_show(&conf, i, &line); i++) {
		if (strcmp(section, line.section) != 0)
			printf("## Section %s\n\n", line.section);
		section = line.section;
		printf("*%s* = ", line.name);
		scdoc_text(*line.value ? line.value : "\"\"");
		printf("\n\t");
		scdoc_text(line.help);
		printf("\n\n");
	}
	return SGAP_EXIT_OK;
}

static const char *const words[] = { "text", "file", "dev", "netns" };

/* One line per verb: [path]="words of its options" and what its arguments are. */
static void bash_verb(const struct sgap_command *cmd, const struct sgap_verb *verb)
{
	const struct sgap_opt *opt;
	char path[64];

	snprintf(path, sizeof(path), "%s%s%s", cmd->name, verb->name ? " " : "",
		 verb->name ? verb->name : "");
	printf("_stopgap_opts[%s]='--help", path);
	for (opt = verb->opts; opt && opt->name; opt++)
		printf(" --%s", opt->name);
	printf("'\n_stopgap_args[%s]=%s\n", path, verb->max ? words[verb->word] : "none");
	for (opt = verb->opts; opt && opt->name; opt++) {
		if (!opt->value)
			continue;
		printf("_stopgap_value[%s --%s]=%s\n", path, opt->name, words[opt->word & ~SGAP_WORD_MANY]);
		if (opt->letter)
			printf("_stopgap_value[%s -%c]=%s\n", path, opt->letter, words[opt->word & ~SGAP_WORD_MANY]);
	}
}

int sgap_help_bash(void)
{
	const struct sgap_command *const *cmd;
	const struct sgap_verb *verb;

	for (cmd = sgap_commands; *cmd; cmd++) {
		printf("_stopgap_verbs[%s]='", (*cmd)->name);
		for (verb = (*cmd)->verbs; verb->run && verb->name; verb++)
			printf("%s%s", verb == (*cmd)->verbs ? "" : " ", verb->name);
		printf("'\n");
		for (verb = (*cmd)->verbs; verb->run; verb++)
			bash_verb(*cmd, verb);
	}
	return SGAP_EXIT_OK;
}
