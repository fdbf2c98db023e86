// SPDX-License-Identifier: GPL-2.0-or-later
/* The message to the vendor, and the report's figures as JSON. */
#include "report.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "text.h"
#include "words.h"

#define SAMPLES 12
#define WIDTH 76

static void plain_or(struct sgap_text *t, const char *s, const char *otherwise)
{
	sgap_text_plain(t, s ? s : otherwise);
}

static void add_subject(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_verdict *v = &inc->verdict;
	double since = isnan(v->since) ? inc->stage[SGAP_STAGE_ONSET] : v->since;
	char buf[64];

	sgap_text_add(t, "Subject: ");
	plain_or(t, v->address, sgap_words_role(v->role));
	sgap_words_time(buf, sizeof(buf), since);
	sgap_text_addf(t, " %s since %.19s UTC\n\n", sgap_words_cause(v->cause), buf);
}

static void add_findings(struct sgap_text *t, const struct sgap_incident_verdict *v)
{
	size_t i;

	if (v->nfinding)
		sgap_text_add(t, "\nCounted on the wire (before the fault; during it):\n");
	for (i = 0; i < v->nfinding; i++) {
		const struct sgap_incident_finding *f = &v->finding[i];

		sgap_text_add(t, "  ");
		sgap_text_plain(t, f->what);
		if (!isnan(f->before_of))
			sgap_text_addf(t, ": %.0f of %.0f;", f->before_n, f->before_of);
		else
			sgap_text_add(t, ": not known;");
		if (!isnan(f->after_of))
			sgap_text_addf(t, " %.0f of %.0f\n", f->after_n, f->after_of);
		else
			sgap_text_add(t, " not known\n");
	}
}

static void add_samples(struct sgap_text *t, const struct sgap_incident *inc)
{
	size_t i, n = inc->nrows < SAMPLES ? inc->nrows : SAMPLES;
	char buf[64];

	if (!n)
		return;
	sgap_text_addf(t, "\n%zu of the transactions (UTC, client, name, type, outcome):\n", n);
	for (i = 0; i < n; i++) {
		const struct sgap_incident_row *r = &inc->row[i];

		sgap_text_addf(t, "  %s  ", sgap_words_time(buf, sizeof(buf), r->t));
		sgap_text_plain(t, r->client);
		sgap_text_add(t, "  ");
		plain_or(t, r->name, "-");
		sgap_text_add(t, "  ");
		plain_or(t, r->type, "-");
		sgap_text_add(t, "  ");
		sgap_text_plain(t, r->outcome);
		sgap_text_add(t, "\n");
	}
}

void sgap_report_vendor(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_verdict *v = &inc->verdict;
	const char *setting = sgap_words_setting(v->cause);
	size_t i;

	add_subject(t, inc);
	if (v->vendor_sentence)
		sgap_text_wrap(t, v->vendor_sentence, "", WIDTH);
	if (setting) {
		sgap_text_add(t, "\nPlease look at:\n");
		sgap_text_wrap(t, setting, "  ", WIDTH);
	}
	add_findings(t, v);
	add_samples(t, inc);
	for (i = 0; i < v->nreference; i++) {
		sgap_text_add(t, i ? ", " : "\nReference: ");
		sgap_text_plain(t, v->reference[i]);
	}
	sgap_text_add(t, v->nreference ? "\n" : "");
	if (v->next_step) {
		sgap_text_add(t, "\nTo see it yourself:\n  ");
		sgap_text_plain(t, v->next_step);
		sgap_text_add(t, "\n");
	}
	if (inc->lease.given) {
		sgap_text_add(t, "\nUntil it is repaired, our customer has authorised a detour around it,\n"
			      "which ends by itself. Please tell us when it is repaired.\n");
	}
	sgap_text_add(t, "\nIncident ");
	sgap_text_plain(t, inc->id);
	sgap_text_add(t, "\n");
}

/* To the millisecond: what is below is the arithmetic's, not the clock's. */
static json_t *number(double x)
{
	return isnan(x) ? json_null() : json_real(round(x * 1000) / 1000);
}

static json_t *string(const char *s)
{
	return s ? json_string(s) : json_null();
}

void sgap_report_json(struct sgap_text *t, const struct sgap_incident *inc)
{
	const double *s = inc->stage, onset = s[SGAP_STAGE_ONSET];
	json_t *o, *lease = json_object_get(inc->json, "lease");
	char *line;

	o = json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:O?,s:O?}", "version", 1,
		      "id", string(inc->id), "cause", string(inc->verdict.cause),
		      "blame", string(inc->verdict.address), "onset", number(onset),
		      "detected_after_s", number(s[SGAP_STAGE_DETECTED] - onset),
		      "located_after_s", number(s[SGAP_STAGE_LOCATED] - onset),
		      "authorised_after_s", number(s[SGAP_STAGE_AUTHORISED] - onset),
		      "restored_after_s", number(sgap_incident_outage(inc)),
		      "budget_s", number(inc->budget), "clients_hit", number(inc->clients_hit),
		      "queries_failed", number(inc->queries_failed),
		      "effect", json_object_get(lease, "effect"),
		      "phases", json_object_get(lease, "phases"));
	line = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
	if (line) {
		sgap_text_add(t, line);
		sgap_text_add(t, "\n");
	} else {
		t->err = -1;
	}
	free(line);
	json_decref(o);
}
