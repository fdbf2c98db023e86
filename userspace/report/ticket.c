// SPDX-License-Identifier: GPL-2.0-or-later
/* The incident as Markdown for a ticket. */
#include "report.h"

#include <math.h>
#include <stdio.h>

#include "incident.h"
#include "text.h"
#include "words.h"

static void line(struct sgap_text *t, const char *name, const char *value)
{
	if (!value)
		return;
	sgap_text_addf(t, "- %s: ", name);
	sgap_text_md(t, value);
	sgap_text_add(t, "\n");
}

static void add_words(struct sgap_text *t, const struct sgap_incident *inc,
		      void (*words)(struct sgap_text *t, const struct sgap_incident *inc))
{
	struct sgap_text plain = { 0 };

	words(&plain, inc);
	sgap_text_md(t, plain.s ? plain.s : "");
	sgap_text_free(&plain);
}

static void add_facts(struct sgap_text *t, const struct sgap_incident *inc)
{
	char a[64], b[64];

	sgap_text_addf(t, "- Out of service: %s",
		       sgap_words_span(a, sizeof(a), sgap_incident_outage(inc)));
	sgap_text_addf(t, " (budget %s)\n", sgap_words_span(a, sizeof(a), inc->budget));
	sgap_text_addf(t, "- Clients hit: %s of %s\n",
		       sgap_words_count(a, sizeof(a), inc->clients_hit),
		       sgap_words_count(b, sizeof(b), inc->clients_all));
	sgap_text_addf(t, "- Failed lookups: %s of %s\n",
		       sgap_words_count(a, sizeof(a), inc->queries_failed),
		       sgap_words_count(b, sizeof(b), inc->queries_all));
}

static void add_clock(struct sgap_text *t, const struct sgap_incident *inc)
{
	char span[64], when[64];
	int i;

	sgap_text_add(t, "\n## Clock\n\n| Stage | After the fault | UTC |\n| --- | ---: | --- |\n");
	for (i = 0; i < SGAP_STAGES; i++) {
		if (isnan(inc->stage[i]))
			continue;
		sgap_words_span(span, sizeof(span), inc->stage[i] - inc->stage[SGAP_STAGE_ONSET]);
		sgap_words_time(when, sizeof(when), inc->stage[i]);
		sgap_text_addf(t, "| %s | +%s | %s |\n", sgap_words_stage(i), span, when);
	}
}

static void add_verdict(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_verdict *v = &inc->verdict;
	char pct[32];
	size_t i;

	sgap_text_add(t, "\n## Verdict\n\n");
	line(t, "At fault", v->address);
	line(t, "Role", sgap_words_role(v->role));
	line(t, "Cause", v->cause);
	line(t, "Look at", sgap_words_setting(v->cause));
	line(t, "Confidence", sgap_words_share(pct, sizeof(pct), v->confidence, 1));
	for (i = 0; i < v->nreference; i++)
		line(t, "Reference", v->reference[i]);
	line(t, "To check it again", v->next_step);
	if (v->vendor_sentence) {
		sgap_text_add(t, "\n> ");
		sgap_text_md(t, v->vendor_sentence);
		sgap_text_add(t, "\n");
	}
}

static void add_findings(struct sgap_text *t, const struct sgap_incident_verdict *v)
{
	char n[48], of[48], m[48], mof[48];
	size_t i;

	if (!v->nfinding)
		return;
	sgap_text_add(t, "\n| Seen on the wire | Before | During the fault |\n"
		      "| --- | ---: | ---: |\n");
	for (i = 0; i < v->nfinding; i++) {
		const struct sgap_incident_finding *f = &v->finding[i];

		sgap_text_add(t, "| ");
		sgap_text_md(t, f->what);
		sgap_text_addf(t, " | %s of %s | %s of %s |\n",
			       sgap_words_count(n, sizeof(n), f->before_n),
			       sgap_words_count(of, sizeof(of), f->before_of),
			       sgap_words_count(m, sizeof(m), f->after_n),
			       sgap_words_count(mof, sizeof(mof), f->after_of));
	}
}

static void add_phases(struct sgap_text *t, const struct sgap_incident *inc)
{
	struct sgap_text plain = { 0 };

	sgap_words_phases(&plain, inc);
	if (plain.len) {
		sgap_text_md(t, plain.s);
		sgap_text_add(t, "\n\n");
	}
	sgap_text_free(&plain);
}

static void add_remedy(struct sgap_text *t, const struct sgap_incident *inc)
{
	sgap_text_add(t, "\n## What was done\n\n");
	add_words(t, inc, sgap_words_remedy);
	sgap_text_add(t, "\n\n");
	add_phases(t, inc);
	line(t, "Authorised by", inc->authoriser);
	line(t, "By means of", inc->authoriser_means);
	line(t, "Grant", inc->grant.serial);
	line(t, "Signed by", inc->grant.signer);
	line(t, "Verified by", inc->grant.verified_by);
	line(t, "Detour ended because", inc->lease.reason);
}

void sgap_report_markdown(struct sgap_text *t, const struct sgap_incident *inc)
{
	sgap_text_add(t, "# ");
	add_words(t, inc, sgap_words_headline);
	sgap_text_add(t, "\n\n- Incident: ");
	sgap_text_md(t, inc->id);
	sgap_text_add(t, "\n");
	add_facts(t, inc);
	add_clock(t, inc);
	add_verdict(t, inc);
	add_findings(t, &inc->verdict);
	add_remedy(t, inc);
}
