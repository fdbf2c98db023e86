/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An incident as a page for the customer, a ticket, and a message to the vendor. */
#ifndef SGAP_REPORT_REPORT_H
#define SGAP_REPORT_REPORT_H

struct sgap_incident;
struct sgap_text;

/* One self-contained HTML page: no script, no request, its own style only. */
void sgap_report_html(struct sgap_text *t, const struct sgap_incident *inc);

/* Markdown for a ticket. */
void sgap_report_markdown(struct sgap_text *t, const struct sgap_incident *inc);

/* Plain text for the vendor: what is wrong, since when, with samples. */
void sgap_report_vendor(struct sgap_text *t, const struct sgap_incident *inc);

/* The figures of the report, as one line of JSON. */
void sgap_report_json(struct sgap_text *t, const struct sgap_incident *inc);

#endif
