// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/report/*.c
// libs: -ljansson -lcrypto -lm
/*
 * Any bytes as an incident: a clear error, or all of its reports. Whatever its
 * strings are, the page has no script in it, the message and the ticket no
 * control character, and the figures are JSON.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/incident.h"
#include "report/report.h"
#include "report/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void holds_page(const char *s, size_t len)
{
	if (strlen(s) != len || strstr(s, "<script"))
		abort();
}

static void holds_text(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' && s[i] != '\n')
			abort();
}

static void holds_json(const char *s, size_t len)
{
	json_t *json = json_loadb(s, len, JSON_REJECT_DUPLICATES, NULL);

	if (!json)
		abort();
	json_decref(json);
}

static void report(const struct sgap_incident *inc,
		   void (*make)(struct sgap_text *t, const struct sgap_incident *inc),
		   void (*holds)(const char *s, size_t len))
{
	struct sgap_text t = { 0 };

	make(&t, inc);
	if (t.err || !t.s)
		abort();
	holds(t.s, t.len);
	sgap_text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), err[300] = "";
	struct sgap_incident *inc;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	inc = sgap_incident_parse(text, size, "fuzz", err, sizeof(err));
	if (!inc != !!*err)
		abort();	/* an error without a sentence, or one beside an incident */
	if (inc) {
		sgap_incident_coarsen(inc, 40);
		report(inc, sgap_report_html, holds_page);
		report(inc, sgap_report_markdown, holds_text);
		report(inc, sgap_report_vendor, holds_text);
		report(inc, sgap_report_json, holds_json);
	}
	sgap_incident_free(inc);
	free(text);
	return 0;
}
