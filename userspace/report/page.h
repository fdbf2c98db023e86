/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that the HTML page is put together from. */
#ifndef SGAP_REPORT_PAGE_H
#define SGAP_REPORT_PAGE_H

struct sgap_incident;
struct sgap_text;

/* The style sheet, between <style> and </style>. */
extern const char sgap_page_style[];

/* The plots of the series, and the table of their numbers. */
void sgap_page_plots(struct sgap_text *t, const struct sgap_incident *inc);
void sgap_page_numbers(struct sgap_text *t, const struct sgap_incident *inc);

/* The stages on a time scale, and the budget. */
void sgap_page_clock(struct sgap_text *t, const struct sgap_incident *inc);

#endif
