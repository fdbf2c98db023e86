/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that the HTML page is put together from. */
#ifndef SGAP_REPORT_PAGE_H
#define SGAP_REPORT_PAGE_H

struct sgap_incident;
struct sgap_text;

/* A column's header, its numbers to the right; and a box that scrolls sideways, by the
 * keyboard too, up to the name that it is read out with. */
#define TH "<th scope=\"col\">"
#define TH_N "<th scope=\"col\" class=\"n\">"
#define WIDE "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\""

/* The style sheet, between <style> and </style>. */
extern const char sgap_page_style[];

/* The plots of the series, and the table of their numbers. */
void sgap_page_plots(struct sgap_text *t, const struct sgap_incident *inc);
void sgap_page_numbers(struct sgap_text *t, const struct sgap_incident *inc);

/* The stages on a time scale, and the budget. */
void sgap_page_clock(struct sgap_text *t, const struct sgap_incident *inc);

#endif
