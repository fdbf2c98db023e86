// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include <math.h>
#include <stddef.h>

#include "incident.h"
#include "text.h"
#include "words.h"

/* From the stage before to this one, as a bar on the scale onset .. end. */
static void draw_bar(struct sgap_text *t, double from, double to, double span, bool later)
{
	double x = span > 0 ? 400 * from / span : 0;
	double w = span > 0 ? 400 * (to - from) / span : 0;

	sgap_text_addf(t, "<svg viewBox=\"0 0 400 10\" preserveAspectRatio=\"none\" "
		       "aria-hidden=\"true\"><rect class=\"track\" y=\"4.5\" width=\"400\" "
		       "height=\"1\"/><rect class=\"bar%s\" x=\"%.1f\" y=\"1\" width=\"%.1f\" "
		       "height=\"8\"/></svg>", later ? " later" : "", fmin(x, 398), fmax(w, 2));
}

static void clock_row(struct sgap_text *t, const struct sgap_incident *inc, int stage,
		      double before, double span)
{
	double at = inc->stage[stage] - inc->stage[SGAP_STAGE_ONSET];
	char buf[64];

	sgap_text_addf(t, "<tr><th scope=\"row\">%s<small>%s</small></th><td class=\"bars\">",
		       sgap_words_stage(stage), sgap_words_stage_about(stage));
	if (stage != SGAP_STAGE_ONSET)
		draw_bar(t, before, at, span, stage > SGAP_STAGE_RESTORED);
	sgap_text_addf(t, "</td><td class=\"n t\">%s%s</td>", at > 0 ? "+" : "",
		       sgap_words_span(buf, sizeof(buf), at));
	sgap_text_addf(t, "<td class=\"n t\">%s</td></tr>\n",
		       sgap_words_clock(buf, sizeof(buf), inc->stage[stage]));
}

static void draw_budget(struct sgap_text *t, const struct sgap_incident *inc)
{
	double outage = sgap_incident_outage(inc), share = outage / inc->budget;
	char used[48], budget[48], pct[32];

	if (isnan(outage))
		return;
	sgap_words_span(used, sizeof(used), outage);
	sgap_words_span(budget, sizeof(budget), inc->budget);
	sgap_words_share(pct, sizeof(pct), outage, inc->budget);
	sgap_text_addf(t, "<div class=\"budget\"><h3>Budget: %s from fault to service</h3>"
		       "<svg viewBox=\"0 0 400 10\" preserveAspectRatio=\"none\" role=\"img\" "
		       "aria-label=\"%s of %s used\"><rect class=\"track\" width=\"400\" "
		       "height=\"10\"/><rect class=\"bar\" width=\"%.2f\" height=\"10\"/></svg>"
		       "<p class=\"about\">%s used, %s of it.</p></div>\n",
		       budget, used, budget, 400 * fmin(fmax(share, 0.004), 1), used, pct);
}

void sgap_page_clock(struct sgap_text *t, const struct sgap_incident *inc)
{
	double onset = inc->stage[SGAP_STAGE_ONSET], span = 0, before = 0;
	bool done[SGAP_STAGES] = { false };
	int i, j, next;

	for (i = 0; i < SGAP_STAGES; i++)
		if (!isnan(inc->stage[i]))
			span = fmax(span, inc->stage[i] - onset);
	sgap_text_add(t, "<h2>The clock</h2>\n<table class=\"clock\"><thead><tr>" TH "Stage</th>"
		      "<th scope=\"col\" class=\"bars\">Time it took</th>" TH_N "After the fault</th>"
		      TH_N "UTC</th></tr></thead>\n<tbody>\n");
	/* In the order of time, whatever that was. */
	for (i = 0; i < SGAP_STAGES; i++) {
		next = -1;
		for (j = 0; j < SGAP_STAGES; j++)
			if (!done[j] && !isnan(inc->stage[j]) &&
			    (next < 0 || inc->stage[j] < inc->stage[next]))
				next = j;
		if (next < 0)
			break;
		done[next] = true;
		clock_row(t, inc, next, before, span);
		before = inc->stage[next] - onset;
	}
	sgap_text_add(t, "</tbody></table>\n");
	draw_budget(t, inc);
}
