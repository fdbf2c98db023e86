// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/cli/filter.c userspace/cli/args.c userspace/lib/addr.c userspace/lib/names.c
/*
 * Each line is a word of a command line with the options of a filter. It is taken, and is
 * within the bounds that its header gives, or refused with a sentence; what it lets
 * through is asked of a record of a name and of one without.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS 64

static char said[512];

void sgap_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(said, sizeof(said), format, ap);
	va_end(ap);
}

static const struct sgap_opt opts[] = {
	{ 'f', "failed", NULL, "", 0 }, { 's', "server", "PREFIX", "", 0 },
	{ 'c', "client", "PREFIX", "", 0 }, { 'n', "name", "SUFFIX", "", 0 },
	{ 'r', "rcode", "RCODE", "", 0 }, { 0, "rtt", "TIME", "", 0 },
	{ 'm', "many", "WORD", "", SGAP_WORD_MANY }, SGAP_OPT_END
};
static const struct sgap_verb verb = { NULL, "", "", opts, 0, 1, 0, NULL };

/* The words of a text, which it cuts; from the second on, as after a program's name. */
static int split(char *text, char **argv)
{
	char *save = NULL, *word;
	int n = 1;

	argv[0] = text;
	for (word = strtok_r(text, "\n", &save); word && n < WORDS;
	     word = strtok_r(NULL, "\n", &save))
		argv[n++] = word;
	argv[n] = NULL;
	return n;
}

static const char wire_name[] = "\3WWW\7example\3com";	/* with the root label that ends the text */

static void ask(const struct sgap_filter *f, __u16 qname_len)
{
	size_t len = sizeof(struct sgap_rec_txn) + qname_len;
	struct sgap_rec_txn *t = calloc(1, len);

	if (!t)
		return;
	t->rec.len = (__u32)len;
	t->qname_len = qname_len;
	memcpy(t->data, wire_name, qname_len);
	sgap_filter_takes(f, t);
	free(t);
}

static void judge(const struct sgap_filter *f)
{
	const char *c;

	if (f->server_len > 128 || f->client_len > 128 || f->rcode > 4095 ||
	    f->rtt_us > 60000000)
		abort();
	for (c = f->suffix; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			abort();
	ask(f, sizeof(wire_name));
	ask(f, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *argv[WORDS + 1];
	struct sgap_filter filter;
	struct sgap_args args;
	int ret;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	*said = '\0';
	ret = sgap_args_parse(&args, &verb, "trace", split(text, argv), argv);
	if (!ret)
		ret = sgap_filter_parse(&filter, &args);
	if (!ret)
		judge(&filter);
	else if (ret != -EINVAL || !*said)
		abort();
	free(text);
	return 0;
}
