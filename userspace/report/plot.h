/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Line plots over time as SVG, the same bytes for the same input everywhere.
 * Colours are classes of the page's style sheet, so they follow light, dark and
 * print.
 */
#ifndef SGAP_REPORT_PLOT_H
#define SGAP_REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

struct sgap_text;

struct sgap_plot_line {
	const char *label;	/* shown at the line's end; NULL = not */
	const char *class;	/* of the style sheet */
	const double *v;	/* n values; NAN = a gap */
	bool fill;		/* shade the area below */
};

struct sgap_plot_band {
	double from, to;	/* seconds on the axis; NAN = none */
	const char *label, *class;
};

struct sgap_plot {
	const char *id, *title, *desc;	/* title and desc are read out by screen readers */
	const char *unit;	/* of the y axis: "%", "/s", "ms" */
	double t0, step;	/* seconds on the axis of the first point, and between points */
	size_t n;
	double top;		/* end of the y axis; 0 = from the data */
	bool log;		/* logarithmic y axis */
	const struct sgap_plot_line *line;
	size_t nlines;
	const struct sgap_plot_band *band;
	size_t nbands;
};

void sgap_plot_svg(struct sgap_text *t, const struct sgap_plot *p);

#endif
