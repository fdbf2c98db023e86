// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "plot.h"
#include "text.h"
#include "words.h"

#define BANDS 3
#define SERVERS_DRAWN 4

/* From the fault to the remedy, the detour, and what came after it. */
static void make_bands(const struct sgap_incident *inc, struct sgap_plot_band *band)
{
	const double *s = inc->stage;
	double last = inc->series.start + inc->series.step * (double)inc->series.n;
	double end = isnan(s[SGAP_STAGE_LEASE_END]) ? s[SGAP_STAGE_HANDED_BACK] :
						      s[SGAP_STAGE_LEASE_END];
	double back = s[SGAP_STAGE_RESTORED];
	int i;

	band[0] = (struct sgap_plot_band){ s[SGAP_STAGE_ONSET], isnan(back) ? last : back,
					   "fault", "fault" };
	band[1] = (struct sgap_plot_band){ back, isnan(end) ? last : end, "detour", "detour" };
	band[2] = (struct sgap_plot_band){ end, last, "detour over", "after" };
	for (i = 0; i < BANDS; i++) {
		band[i].from -= s[SGAP_STAGE_ONSET];
		band[i].to -= s[SGAP_STAGE_ONSET];
	}
}

static void start_plot(struct sgap_plot *p, const struct sgap_incident *inc,
		       const struct sgap_plot_band *band)
{
	memset(p, 0, sizeof(*p));
	p->t0 = inc->series.start - inc->stage[SGAP_STAGE_ONSET];
	p->step = inc->series.step;
	p->n = inc->series.n;
	p->band = band;
	p->nbands = BANDS;
}

static void figure(struct sgap_text *t, const struct sgap_plot *p)
{
	sgap_text_addf(t, "<figure><h3>%s</h3>" WIDE "Plot\">\n", p->title);
	sgap_plot_svg(t, p);
	sgap_text_add(t, "</div><figcaption>");
	sgap_text_html(t, p->desc);
	sgap_text_add(t, "</figcaption></figure>\n");
}

static void plot_success(struct sgap_text *t, const struct sgap_incident *inc,
			 const struct sgap_plot_band *band)
{
	const struct sgap_incident_series *s = &inc->series;
	double *share = calloc(s->n, sizeof(*share));
	struct sgap_plot_line line = { .class = "all", .v = share, .fill = true };
	struct sgap_plot p;
	size_t i;

	if (!share) {
		t->err = -1;
		return;
	}
	for (i = 0; i < s->n; i++)
		share[i] = s->asked[i] > 0 ? 100 * s->ok[i] / s->asked[i] : NAN;
	start_plot(&p, inc, band);
	p.id = "success";
	p.title = "Lookups that succeeded";
	p.desc = "Share of the clients\xe2\x80\x99 lookups that got a usable answer, by the "
		 "time they were asked. Time counts from the start of the fault.";
	p.unit = "%";
	p.top = 100;
	p.line = &line;
	p.nlines = 1;
	figure(t, &p);
	free(share);
}

/* The colour of a server: who is blamed, who helped, any other. */
static const char *server_class(const struct sgap_incident *inc, const char *address)
{
	const char *bad = inc->verdict.address ? inc->verdict.address : inc->grant.server;

	if (bad && !strcmp(address, bad))
		return "a";
	if (inc->grant.fallback && !strcmp(address, inc->grant.fallback))
		return "b";
	return "c";
}

static void plot_queries(struct sgap_text *t, const struct sgap_incident *inc,
			 const struct sgap_plot_band *band)
{
	const struct sgap_incident_series *s = &inc->series;
	struct sgap_plot_line line[SERVERS_DRAWN];
	struct sgap_plot p;
	size_t i;

	start_plot(&p, inc, band);
	for (i = 0; i < s->nservers && i < SERVERS_DRAWN; i++)
		line[i] = (struct sgap_plot_line){ s->server[i].address,
						   server_class(inc, s->server[i].address),
						   s->server[i].queries, false };
	p.id = "queries";
	p.title = "Queries by server";
	p.desc = "Queries on the wire, by the server that they reached.";
	p.unit = s->step == 1 ? "per s" : "queries";
	p.line = line;
	p.nlines = i;
	figure(t, &p);
}

static void plot_rtt(struct sgap_text *t, const struct sgap_incident *inc,
		     const struct sgap_plot_band *band)
{
	static const char *const dashed[] = { "a dash", "b dash", "c dash" };
	const struct sgap_incident_series *s = &inc->series;
	struct sgap_plot_line line[2 * SERVERS_DRAWN];
	struct sgap_plot p;
	size_t i, n = 0;

	start_plot(&p, inc, band);
	for (i = 0; i < s->nservers && i < SERVERS_DRAWN; i++) {
		const char *class = server_class(inc, s->server[i].address);

		line[n++] = (struct sgap_plot_line){ NULL, dashed[class[0] - 'a'],
						     s->server[i].p99, false };
		line[n++] = (struct sgap_plot_line){ s->server[i].address, class,
						     s->server[i].p50, false };
	}
	p.id = "rtt";
	p.title = "Time to answer";
	p.desc = "From query to answer at the tap: the median (line) and the slowest "
		 "hundredth (dots). No line, no answers.";
	p.unit = "ms";
	p.log = true;
	p.line = line;
	p.nlines = n;
	figure(t, &p);
}

void sgap_page_plots(struct sgap_text *t, const struct sgap_incident *inc)
{
	struct sgap_plot_band band[BANDS];

	if (!inc->series.n)
		return;
	make_bands(inc, band);
	sgap_text_add(t, "<h2>What the clients saw</h2>\n");
	plot_success(t, inc, band);
	if (!inc->series.nservers)
		return;
	plot_queries(t, inc, band);
	plot_rtt(t, inc, band);
}

static void number_cell(struct sgap_text *t, const double *v, size_t i, const char *fmt)
{
	char buf[48];

	if (!v || isnan(v[i]))
		snprintf(buf, sizeof(buf), "\xe2\x80\x93");
	else if (fmt)
		snprintf(buf, sizeof(buf), "%.1f", v[i]);
	else
		sgap_words_count(buf, sizeof(buf), v[i]);
	sgap_text_addf(t, "<td>%s</td>", buf);
}

static void number_heads(struct sgap_text *t, const struct sgap_incident_series *s)
{
	size_t i;

	sgap_text_add(t, "<thead><tr>" TH "Time, UTC</th>" TH_N "Lookups</th>"
		      TH_N "Succeeded</th>");
	for (i = 0; i < s->nservers; i++) {
		sgap_text_add(t, TH_N);
		sgap_text_html(t, s->server[i].address);
		sgap_text_add(t, "<small>queries</small></th>" TH_N "<small>failed</small>"
			      "</th>" TH_N "<small>p50 ms</small></th>" TH_N
			      "<small>p90 ms</small></th>" TH_N "<small>p99 ms</small></th>");
	}
	sgap_text_add(t, "</tr></thead>\n<tbody>\n");
}

void sgap_page_numbers(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_series *s = &inc->series;
	char buf[64];
	size_t i, j;

	if (!s->n)
		return;
	sgap_text_addf(t, "<h2>The numbers behind the plots</h2>\n<details class=\"numbers\">"
		       "<summary>%zu rows, one per %g s</summary>" WIDE "Table of the numbers\"><table>\n",
		       s->n, s->step);
	number_heads(t, s);
	for (i = 0; i < s->n; i++) {
		sgap_words_clock(buf, sizeof(buf), s->start + s->step * (double)i);
		sgap_text_addf(t, "<tr><td class=\"t\">%.8s</td>", buf);
		number_cell(t, s->asked, i, NULL);
		number_cell(t, s->ok, i, NULL);
		for (j = 0; j < s->nservers; j++) {
			number_cell(t, s->server[j].queries, i, NULL);
			number_cell(t, s->server[j].failed, i, NULL);
			number_cell(t, s->server[j].p50, i, "ms");
			number_cell(t, s->server[j].p90, i, "ms");
			number_cell(t, s->server[j].p99, i, "ms");
		}
		sgap_text_add(t, "</tr>\n");
	}
	sgap_text_add(t, "</tbody></table></div></details>\n");
	if (s->omitted)
		sgap_text_addf(t, "<p class=\"about\">Servers left out for room: %zu. "
			       "incident.json has their numbers.</p>\n", s->omitted);
}
