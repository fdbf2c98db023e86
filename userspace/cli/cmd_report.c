// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "out.h"
#include "report/incident.h"
#include "report/report.h"
#include "report/text.h"
#include "subcommands.h"

#define INCIDENT_MAX (256u << 20)	/* bytes of a file that is taken */
#define POINTS 600			/* of a plot and its table, at most */

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

static int write_file(const char *path, const struct sgap_text *t)
{
	FILE *f;
	int ret;

	if (!strcmp(path, "-"))
		return fwrite(t->s, 1, t->len, stdout) == t->len ? 0 : -EIO;
	f = fopen(path, "we");
	if (!f)
		return -errno;
	ret = fwrite(t->s, 1, t->len, f) == t->len ? 0 : -errno;
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

static const struct output {
	const char *opt;	/* option that names its file; NULL = on stdout, without one */
	void (*make)(struct sgap_text *t, const struct sgap_incident *inc);
} outputs[] = {
	{ "html", sgap_report_html },
	{ "md", sgap_report_markdown },
	{ "vendor", sgap_report_vendor },
	{ "json", sgap_report_json },
};

static int make_one(const struct output *out, const char *path, const struct sgap_incident *inc)
{
	struct sgap_text t = { 0 };
	int ret;

	out->make(&t, inc);
	ret = t.err ? -ENOMEM : write_file(path, &t);
	sgap_text_free(&t);
	if (!ret)
		return SGAP_EXIT_OK;
	sgap_error("cannot write '%s': %s", path, strerror(-ret));
	return SGAP_EXIT_FAULT;
}

static int make_all(const struct sgap_args *args, const struct sgap_incident *inc)
{
	int ret = SGAP_EXIT_OK, made = 0;
	size_t i;

	for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]) && !ret; i++) {
		const char *path = sgap_args_get(args, outputs[i].opt);

		if (!path)
			continue;
		made++;
		ret = make_one(&outputs[i], *path ? path : "-", inc);
	}
	return made ? ret : make_one(&outputs[1], "-", inc);
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
	sgap_incident_coarsen(inc, POINTS);
	ret = make_all(args, inc);
	sgap_incident_free(inc);
	return ret;
}

static const struct sgap_opt opts[] = {
	{ 0, "html", "FILE", "write the page for the customer; - is stdout", SGAP_WORD_FILE },
	{ 0, "md", "FILE", "write Markdown for a ticket", SGAP_WORD_FILE },
	{ 0, "vendor", "FILE", "write the message to the vendor", SGAP_WORD_FILE },
	{ 'j', "json", NULL, "print the figures as JSON", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "INCIDENT.json", "make the report of an incident; Markdown on stdout without an option",
	  opts, 1, 1, SGAP_WORD_FILE, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_report = { "report", "the report of an incident", verbs };
