// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "incident.h"
#include "page.h"
#include "text.h"
#include "words.h"

/* The policy names the style sheet by its digest: nothing else is taken. */
static void add_policy(struct sgap_text *t)
{
	unsigned char md[EVP_MAX_MD_SIZE], b64[4 * EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (!EVP_Digest(sgap_page_style, strlen(sgap_page_style), md, &len, EVP_sha256(), NULL))
		t->err = -1;
	EVP_EncodeBlock(b64, md, (int)len);
	sgap_text_addf(t, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		       "'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
		       (const char *)b64);
}

static void add_head(struct sgap_text *t, const struct sgap_incident *inc)
{
	sgap_text_add(t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	add_policy(t);
	sgap_text_add(t, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Incident ");
	sgap_text_html(t, inc->id);
	sgap_text_add(t, "</title>\n<style>");
	sgap_text_add(t, sgap_page_style);
	sgap_text_add(t, "</style>\n</head>\n<body>\n<main>\n");
}

/* A pair of a definition list; nothing when there is no value. */
static void pair(struct sgap_text *t, const char *name, const char *value)
{
	if (!value)
		return;
	sgap_text_addf(t, "<dt>%s</dt><dd>", name);
	sgap_text_html(t, value);
	sgap_text_add(t, "</dd>\n");
}

static void pair_time(struct sgap_text *t, const char *name, double when)
{
	char buf[64];

	if (isnan(when))
		return;
	sgap_words_time(buf, sizeof(buf), when);
	sgap_text_addf(t, "<dt>%s</dt><dd>%s UTC</dd>\n", name, buf);
}

static void fact(struct sgap_text *t, const char *name, const char *value, const char *more)
{
	sgap_text_addf(t, "<div><dt>%s</dt><dd>", name);
	sgap_text_html(t, value);
	sgap_text_add(t, "<small>");
	sgap_text_html(t, more);
	sgap_text_add(t, "</small></dd></div>\n");
}

static void add_facts(struct sgap_text *t, const struct sgap_incident *inc)
{
	char a[64], b[64], more[128];

	sgap_text_add(t, "<dl class=\"facts\">\n");
	sgap_words_share(b, sizeof(b), sgap_incident_outage(inc), inc->budget);
	snprintf(more, sizeof(more), "%s of the budget", b);
	fact(t, "Out of service", sgap_words_span(a, sizeof(a), sgap_incident_outage(inc)), more);

	sgap_words_count(a, sizeof(a), inc->clients_hit);
	sgap_words_count(b, sizeof(b), inc->clients_all);
	snprintf(more, sizeof(more), "of %s seen", b);
	fact(t, "Clients hit", a, more);

	sgap_words_count(a, sizeof(a), inc->queries_failed);
	sgap_words_count(b, sizeof(b), inc->queries_all);
	snprintf(more, sizeof(more), "of %s in that time", b);
	fact(t, "Failed lookups", a, more);

	sgap_words_share(a, sizeof(a), inc->verdict.confidence, 1);
	fact(t, "Confidence", a, "in the verdict");
	sgap_text_add(t, "</dl>\n");
}

static void add_words(struct sgap_text *t, const struct sgap_incident *inc,
		      void (*words)(struct sgap_text *t, const struct sgap_incident *inc))
{
	struct sgap_text plain = { 0 };

	words(&plain, inc);
	sgap_text_html(t, plain.s ? plain.s : "");
	sgap_text_free(&plain);
}

static void add_top(struct sgap_text *t, const struct sgap_incident *inc)
{
	char buf[64];

	sgap_text_add(t, "<header>\n<p class=\"over\">Incident ");
	sgap_text_html(t, inc->id);
	sgap_words_time(buf, sizeof(buf), inc->stage[SGAP_STAGE_ONSET]);
	sgap_text_addf(t, " \xc2\xb7 %.10s</p>\n<h1>", buf);
	add_words(t, inc, sgap_words_headline);
	sgap_text_add(t, "</h1>\n<p class=\"lede\">");
	add_words(t, inc, sgap_words_remedy);
	sgap_text_add(t, "</p>\n</header>\n");
	add_facts(t, inc);
}

static void share_cell(struct sgap_text *t, double n, double of)
{
	char a[48], b[48], pct[32];

	if (isnan(n) || isnan(of)) {
		sgap_text_add(t, "<td class=\"n\">\xe2\x80\x93</td>");
		return;
	}
	sgap_text_addf(t, "<td class=\"n\">%s of %s<small>%s</small></td>",
		       sgap_words_count(a, sizeof(a), n), sgap_words_count(b, sizeof(b), of),
		       sgap_words_share(pct, sizeof(pct), n, of));
}

static void add_findings(struct sgap_text *t, const struct sgap_incident_verdict *v)
{
	size_t i;

	if (!v->nfinding)
		return;
	sgap_text_add(t, WIDE "Table\"><table><thead><tr>" TH "Seen on the wire</th>"
		      TH_N "Before</th>" TH_N "During the fault</th></tr></thead>\n"
		      "<tbody>\n");
	for (i = 0; i < v->nfinding; i++) {
		const struct sgap_incident_finding *f = &v->finding[i];

		sgap_text_add(t, "<tr><td>");
		sgap_text_html(t, f->what);
		sgap_text_add(t, "</td>");
		share_cell(t, f->before_n, f->before_of);
		share_cell(t, f->after_n, f->after_of);
		sgap_text_add(t, "</tr>\n");
	}
	sgap_text_add(t, "</tbody></table></div>\n");
}

static void add_verdict(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_verdict *v = &inc->verdict;
	size_t i;

	sgap_text_add(t, "<h2>What was wrong, and whose it is</h2>\n<dl class=\"pairs\">\n"
		      "<dt>At fault</dt><dd>");
	if (v->address || v->interface) {
		sgap_text_html(t, v->address ? v->address : v->interface);
		sgap_text_add(t, ", ");
	}
	sgap_text_html(t, sgap_words_role(v->role));
	sgap_text_add(t, "</dd>\n<dt>Cause</dt><dd>");
	sgap_text_html(t, sgap_words_cause(v->cause));
	sgap_text_add(t, " (<code>");
	sgap_text_html(t, v->cause);
	sgap_text_add(t, "</code>)</dd>\n");
	pair(t, "Look at", sgap_words_setting(v->cause));
	pair_time(t, "Since", isnan(v->since) ? inc->stage[SGAP_STAGE_ONSET] : v->since);
	if (v->nreference) {
		sgap_text_add(t, "<dt>Reference</dt><dd>");
		for (i = 0; i < v->nreference; i++) {
			sgap_text_add(t, i ? ", " : "");
			sgap_text_html(t, v->reference[i]);
		}
		sgap_text_add(t, "</dd>\n");
	}
	sgap_text_add(t, "</dl>\n");
	if (v->vendor_sentence) {
		sgap_text_add(t, "<blockquote><p>");
		sgap_text_html(t, v->vendor_sentence);
		sgap_text_add(t, "</p></blockquote>\n");
	}
	add_findings(t, v);
	if (v->next_step) {
		sgap_text_add(t, "<p class=\"about\">To check it again: <code>");
		sgap_text_html(t, v->next_step);
		sgap_text_add(t, "</code></p>\n");
	}
}

static void add_grant(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_grant *g = &inc->grant;
	char buf[64];

	pair(t, "Grant", g->serial);
	pair(t, "Signed by", g->signer);
	pair(t, "Verified by", g->verified_by);
	pair_time(t, "Verified at", g->verified);
	pair(t, "Clients", g->clients);
	pair(t, "Protocols", g->protocols);
	if (!isnan(g->max_lease))
		pair(t, "Longest lease", sgap_words_span(buf, sizeof(buf), g->max_lease));
	pair_time(t, "Issued", g->issued);
	pair_time(t, "Valid until", g->not_after);
	pair(t, "SHA-256 of the grant", g->sha256);
}

static void add_phases(struct sgap_text *t, const struct sgap_incident *inc)
{
	struct sgap_text plain = { 0 };

	sgap_words_phases(&plain, inc);
	if (plain.len) {
		sgap_text_add(t, "<p>");
		sgap_text_html(t, plain.s);
		sgap_text_add(t, "</p>\n");
	}
	sgap_text_free(&plain);
}

static void add_remedy(struct sgap_text *t, const struct sgap_incident *inc)
{
	const struct sgap_incident_lease *l = &inc->lease;
	char buf[64];

	sgap_text_add(t, "<h2>What was done, and who authorised it</h2>\n<p>");
	add_words(t, inc, sgap_words_remedy);
	sgap_text_add(t, "</p>\n");
	add_phases(t, inc);
	if (!inc->grant.given && !l->given && !inc->authoriser)
		return;
	sgap_text_add(t, "<dl class=\"pairs\">\n");
	pair(t, "Authorised by", inc->authoriser);
	pair(t, "As", inc->authoriser_role);
	pair(t, "By means of", inc->authoriser_means);
	if (inc->grant.given)
		add_grant(t, inc);
	if (l->given) {
		pair_time(t, "Detour from", l->started);
		pair_time(t, "Detour until", isnan(l->ended) ? l->ends : l->ended);
		pair(t, "Ended because", l->reason);
		if (!isnan(l->flows))
			pair(t, "Flows sent to B", sgap_words_count(buf, sizeof(buf), l->flows));
	}
	sgap_text_add(t, "</dl>\n");
}

static void add_events(struct sgap_text *t, const struct sgap_incident *inc)
{
	char buf[64];
	size_t i;

	if (!inc->nevents)
		return;
	sgap_text_add(t, "<h2>What happened, in order</h2>\n" WIDE "Table\"><table><thead><tr>"
		      TH "UTC</th>" TH_N "After the fault</th>" TH "Event</th>" TH "By</th>"
		      "</tr></thead>\n<tbody>\n");
	for (i = 0; i < inc->nevents; i++) {
		const struct sgap_incident_event *e = &inc->event[i];

		if (inc->events_omitted && i == inc->nevents / 2)
			sgap_text_addf(t, "<tr><td></td><td></td><td>Left out for room: %zu. "
				       "incident.json has them.</td><td></td></tr>\n", inc->events_omitted);
		sgap_text_addf(t, "<tr><td class=\"t\">%s</td>",
			       sgap_words_clock(buf, sizeof(buf), e->t));
		sgap_words_span(buf, sizeof(buf), e->t - inc->stage[SGAP_STAGE_ONSET]);
		sgap_text_addf(t, "<td class=\"n t\">%s%s</td><td class=\"w\">",
			       e->t > inc->stage[SGAP_STAGE_ONSET] ? "+" : "", buf);
		sgap_text_html(t, e->what);
		sgap_text_add(t, "</td><td class=\"k\">");
		sgap_text_html(t, e->who ? e->who : "");
		sgap_text_add(t, "</td></tr>\n");
	}
	sgap_text_add(t, "</tbody></table></div>\n");
}

static void evidence_row(struct sgap_text *t, const struct sgap_incident_row *r)
{
	const char *cells[] = { r->client, r->server, r->name, r->type, r->transport };
	char buf[64];
	size_t i;

	sgap_text_addf(t, "<tr><td class=\"t\">%s", sgap_words_clock(buf, sizeof(buf), r->t));
	if (!isnan(r->id))
		sgap_text_addf(t, "<small>record %.0f</small>", r->id);
	sgap_text_add(t, "</td>");
	for (i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		sgap_text_addf(t, "<td%s>", i == 2 ? "" : " class=\"k\"");
		sgap_text_html(t, cells[i] ? cells[i] : "");
		sgap_text_add(t, "</td>");
	}
	sgap_text_add(t, "<td class=\"k\">");
	sgap_text_html(t, r->outcome);
	if (r->note) {
		sgap_text_add(t, "<small>");
		sgap_text_html(t, r->note);
		sgap_text_add(t, "</small>");
	}
	if (isnan(r->rtt_ms))
		snprintf(buf, sizeof(buf), "\xe2\x80\x93");
	else
		snprintf(buf, sizeof(buf), "%.1f", r->rtt_ms);
	sgap_text_addf(t, "</td><td class=\"n\">%s</td></tr>\n", buf);
}

static void add_evidence(struct sgap_text *t, const struct sgap_incident *inc)
{
	size_t i;

	if (!inc->nrows)
		return;
	sgap_text_addf(t, "<h2>Evidence: %zu single transactions</h2>\n" WIDE "Table\"><table>"
		       "<thead><tr>" TH "UTC</th>" TH "Client</th>" TH "Server</th>" TH "Name</th>"
		       TH "Type</th>" TH "Over</th>" TH "Outcome</th>" TH_N "ms</th></tr></thead>\n"
		       "<tbody>\n", inc->nrows);
	for (i = 0; i < inc->nrows; i++)
		evidence_row(t, &inc->row[i]);
	sgap_text_add(t, "</tbody></table></div>\n");
	if (inc->rows_omitted)
		sgap_text_addf(t, "<p class=\"about\">Left out for room: %zu. "
			       "incident.json has them.</p>\n",
			       inc->rows_omitted);
}

static void add_foot(struct sgap_text *t, const struct sgap_incident *inc)
{
	const char *parts[] = { inc->made_by, inc->site, inc->host, inc->interface, inc->kernel };
	static const char *const names[] = { "", "site ", "host ", "interface ", "kernel " };
	bool some = false;
	size_t i;

	sgap_text_add(t, "<footer><p>");
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i])
			continue;
		sgap_text_addf(t, "%s%s", some ? " \xc2\xb7 " : "", names[i]);
		sgap_text_html(t, parts[i]);
		some = true;
	}
	sgap_text_add(t, "</p><p>All times are UTC, as the tap\xe2\x80\x99s clock gave them. The page "
		      "loads nothing and runs nothing.</p></footer>\n</main>\n</body>\n</html>\n");
}

void sgap_report_html(struct sgap_text *t, const struct sgap_incident *inc)
{
	add_head(t, inc);
	add_top(t, inc);
	sgap_page_clock(t, inc);
	sgap_page_plots(t, inc);
	add_verdict(t, inc);
	add_remedy(t, inc);
	add_events(t, inc);
	add_evidence(t, inc);
	sgap_page_numbers(t, inc);
	add_foot(t, inc);
}
