// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "make_report.h"
#include "out.h"
#include "report/incident.h"
#include "report/text.h"
#include "subcommands.h"

#define INCIDENT_MAX (256u << 20)	/* bytes of a file that is taken */

static int read_stream(FILE *f, struct sgap_text *t)
{
	char buf[16384];
	size_t n;

	errno = 0;
	while (t->len <= INCIDENT_MAX && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		sgap_text_addn(t, buf, n);
	if (ferror(f))
		return -(errno ? errno : EIO);
	return t->len > INCIDENT_MAX ? -EFBIG : t->err;
}

/* The whole of a file, "-" being stdin. */
static int read_file(const char *path, struct sgap_text *t)
{
	FILE *f;
	int ret;

	if (!strcmp(path, "-"))
		return read_stream(stdin, t);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	ret = read_stream(f, t);
	fclose(f);
	return ret;
}

static int run(const struct sgap_args *args)
{
	const char *path = args->arg[0];
	struct sgap_incident *inc;
	struct sgap_text t = { 0 };
	char err[512] = "out of memory";
	int ret;

	ret = read_file(path, &t);
	if (ret) {
		sgap_error("cannot read '%s': %s", path, strerror(-ret));
		sgap_text_free(&t);
		return SGAP_EXIT_USAGE;
	}
	inc = sgap_incident_parse(t.s ? t.s : "", t.len, path, err, sizeof(err));
	sgap_text_free(&t);
	if (!inc) {
		sgap_error("%s", err);
		return SGAP_EXIT_USAGE;
	}
	ret = sgap_make_report(args, inc);
	sgap_incident_free(inc);
	return ret;
}

static const struct sgap_opt opts[] = {
	SGAP_OPTS_REPORT,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "INCIDENT.json", "make the report of an incident; Markdown on stdout without an option",
	  opts, 1, 1, SGAP_WORD_FILE, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_report = { "report", "the report of an incident", verbs };
