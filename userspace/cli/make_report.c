// SPDX-License-Identifier: GPL-2.0-or-later
#include "make_report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "out.h"
#include "report/fit.h"
#include "report/incident.h"
#include "report/report.h"
#include "report/text.h"

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

int sgap_make_report(const struct sgap_args *args, struct sgap_incident *inc)
{
	int ret = SGAP_EXIT_OK, made = 0;
	size_t i;

	sgap_fit(inc);
	for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]) && !ret; i++) {
		const char *path = sgap_args_get(args, outputs[i].opt);

		if (!path)
			continue;
		made++;
		ret = make_one(&outputs[i], *path ? path : "-", inc);
	}
	return made ? ret : make_one(&outputs[1], "-", inc);
}
