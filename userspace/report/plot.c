// SPDX-License-Identifier: GPL-2.0-or-later
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* The drawing's size and the plot area in it, in SVG units. */
#define W 720.0
#define H 212.0
#define X0 46.0
#define X1 614.0
#define Y0 30.0
#define Y1 180.0

struct axes {
	double x_lo, x_hi;	/* seconds */
	double y_lo, y_hi;
	bool log;
};

static double px(const struct axes *a, double x)
{
	double f = (x - a->x_lo) / (a->x_hi - a->x_lo);

	return X0 + fmin(fmax(f, 0), 1) * (X1 - X0);
}

static double py(const struct axes *a, double y)
{
	double f;

	if (a->log)
		f = log10(fmax(y, a->y_lo) / a->y_lo) / log10(a->y_hi / a->y_lo);
	else
		f = (y - a->y_lo) / (a->y_hi - a->y_lo);
	return Y1 - fmin(fmax(f, 0), 1) * (Y1 - Y0);
}

/* The smallest of 1, 2, 2.5, 5 x 10^k that is not below x. */
static double nice(double x)
{
	static const double steps[] = { 1, 2, 2.5, 5 };
	double p = pow(10, floor(log10(x)));
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (x <= p * steps[i])
			return p * steps[i];
	return p * 10;
}

static void find_range(const struct sgap_plot *p, double *lo, double *hi)
{
	size_t i, j;

	*lo = INFINITY;
	*hi = -INFINITY;
	for (i = 0; i < p->nlines; i++) {
		for (j = 0; j < p->n; j++) {
			double v = p->line[i].v ? p->line[i].v[j] : NAN;

			if (isnan(v))
				continue;
			*hi = fmax(*hi, v);
			if (v > 0)
				*lo = fmin(*lo, v);
		}
	}
}

static struct axes make_axes(const struct sgap_plot *p)
{
	struct axes a = { .x_lo = p->t0, .log = p->log };
	double lo, hi;

	a.x_hi = p->t0 + p->step * (double)(p->n > 1 ? p->n - 1 : 1);
	find_range(p, &lo, &hi);
	if (p->log) {
		a.y_lo = isinf(lo) ? 1 : pow(10, floor(log10(lo)));
		a.y_hi = isinf(hi) || hi <= 0 ? 10 : pow(10, ceil(log10(hi)));
		if (a.y_hi <= a.y_lo)
			a.y_hi = a.y_lo * 10;
	} else {
		a.y_hi = p->top > 0 ? p->top : isinf(hi) || hi <= 0 ? 1 : 4 * nice(hi / 4);
	}
	return a;
}

static void draw_y_tick(struct sgap_text *t, const struct sgap_plot *p, const struct axes *a,
			double v)
{
	double y = py(a, v);

	sgap_text_addf(t, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
		       "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
		       X0, y, X1, X0 - 7, y + 4, v);
	if (v == a->y_hi && p->unit)
		sgap_text_addf(t, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" "
			       "text-anchor=\"end\">%s</text>\n", X0 - 7, y - 11, p->unit);
}

static void draw_y_axis(struct sgap_text *t, const struct sgap_plot *p, const struct axes *a)
{
	double v;
	int i;

	if (a->log) {
		int decades = (int)lround(log10(a->y_hi / a->y_lo));
		int every = decades > 5 ? 2 : 1;

		for (i = decades; i >= 0; i -= every)
			draw_y_tick(t, p, a, a->y_hi / pow(10, decades - i));
		return;
	}
	for (i = 0; i <= 4; i++) {
		v = a->y_lo + (a->y_hi - a->y_lo) * i / 4;
		draw_y_tick(t, p, a, v);
	}
}

static void tick_label(char *buf, size_t size, double x, double step)
{
	const char *sign = x > 0 ? "+" : x < 0 ? "\xe2\x88\x92" : "";
	double s = fabs(x);

	if (x == 0)
		snprintf(buf, size, "0");
	else if (step < 60)
		snprintf(buf, size, "%s%g s", sign, s);
	else if (step < 3600)
		snprintf(buf, size, "%s%g min", sign, s / 60);
	else
		snprintf(buf, size, "%s%g h", sign, s / 3600);
}

static void draw_x_axis(struct sgap_text *t, const struct axes *a)
{
	static const double steps[] = { 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600,
					7200, 14400, 21600, 43200, 86400 };
	double span = a->x_hi - a->x_lo, step = 86400, x;
	char label[32];
	size_t i;
	long k;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (span / steps[i] <= 9) {
			step = steps[i];
			break;
		}
	}
	while (span / step > 9)
		step *= 2;
	sgap_text_addf(t, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>\n", X0, Y1, X1);
	for (k = lrint(ceil(a->x_lo / step)); (double)k * step <= a->x_hi; k++) {
		x = (double)k * step;
		tick_label(label, sizeof(label), x, step);
		sgap_text_addf(t, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>"
			       "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">"
			       "%s</text>\n", px(a, x), Y1, px(a, x), Y1 + 18, label);
	}
}

/* Rough width of a label of 12-unit text. */
static double text_width(const char *s)
{
	return 6.6 * (double)strlen(s);
}

static void draw_bands(struct sgap_text *t, const struct sgap_plot *p, const struct axes *a)
{
	double free_from = X0;
	size_t i;

	for (i = 0; i < p->nbands; i++) {
		const struct sgap_plot_band *b = &p->band[i];
		double from = px(a, b->from), to = px(a, b->to), at;

		if (isnan(b->from) || isnan(b->to) || b->to <= a->x_lo || b->from >= a->x_hi)
			continue;
		sgap_text_addf(t, "<rect class=\"band %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			       "height=\"%.1f\"/><path class=\"edge %s\" d=\"M%.1f %.1fV%.1f\"/>\n",
			       b->class, from, Y0, to - from, Y1 - Y0, b->class, from,
			       Y0 - 6, Y1);
		at = fmax(from, free_from);
		free_from = at + text_width(b->label) + 10;
		sgap_text_addf(t, "<text class=\"mark %s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
			       b->class, at + 1, Y0 - 12, b->label);
	}
}

/* The points of one unbroken run, from i on. Returns where it ends. */
static size_t draw_run(struct sgap_text *t, const struct sgap_plot *p, const struct axes *a,
		       const struct sgap_plot_line *l, size_t i)
{
	size_t first = i;

	sgap_text_addf(t, "M");
	for (; i < p->n && !isnan(l->v[i]); i++)
		sgap_text_addf(t, "%s%.1f %.1f", i > first ? "L" : "",
			       px(a, p->t0 + p->step * (double)i), py(a, l->v[i]));
	if (i == first + 1)
		sgap_text_add(t, "h1");
	if (l->fill)
		sgap_text_addf(t, "V%.1fH%.1fZ", Y1, px(a, p->t0 + p->step * (double)first));
	return i;
}

static void draw_line(struct sgap_text *t, const struct sgap_plot *p, const struct axes *a,
		      const struct sgap_plot_line *l)
{
	int pass;
	size_t i;

	/* The area first, then the line over it. */
	for (pass = l->fill ? 0 : 1; pass < 2; pass++) {
		struct sgap_plot_line one = *l;

		one.fill = pass == 0;
		sgap_text_addf(t, "<path class=\"%s %s\" d=\"", pass ? "line" : "area", l->class);
		for (i = 0; i < p->n;)
			if (isnan(l->v[i]))
				i++;
			else
				i = draw_run(t, p, a, &one, i);
		sgap_text_add(t, "\"/>\n");
	}
}

static double last_value(const struct sgap_plot *p, const struct sgap_plot_line *l)
{
	size_t i;

	for (i = p->n; i-- > 0;)
		if (!isnan(l->v[i]))
			return l->v[i];
	return NAN;
}

#define LABELS_MAX 8

/* Labels right of the lines' ends, moved apart where they would touch. */
static void draw_labels(struct sgap_text *t, const struct sgap_plot *p, const struct axes *a)
{
	double at[LABELS_MAX];
	size_t order[LABELS_MAX], n = 0, i, j;

	for (i = 0; i < p->nlines && n < LABELS_MAX; i++) {
		double v = p->line[i].v && p->line[i].label ? last_value(p, &p->line[i]) : NAN;

		if (isnan(v))
			continue;
		for (j = n++; j > 0 && at[j - 1] > py(a, v); j--) {
			at[j] = at[j - 1];
			order[j] = order[j - 1];
		}
		at[j] = py(a, v);
		order[j] = i;
	}
	for (i = 1; i < n; i++)
		at[i] = fmax(at[i], at[i - 1] + 15);
	for (i = n; i-- > 0;)
		at[i] = fmin(at[i], (i + 1 < n ? at[i + 1] : Y1 + 19) - 15);
	for (i = 0; i < n; i++) {
		sgap_text_addf(t, "<text class=\"label %s\" x=\"%.1f\" y=\"%.1f\">",
			       p->line[order[i]].class, X1 + 8, at[i] + 4);
		sgap_text_html(t, p->line[order[i]].label);
		sgap_text_add(t, "</text>\n");
	}
}

void sgap_plot_svg(struct sgap_text *t, const struct sgap_plot *p)
{
	struct axes a = make_axes(p);
	size_t i;

	sgap_text_addf(t, "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n"
		       "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">", W, H, p->id, p->id,
		       p->id, p->title, p->id);
	sgap_text_html(t, p->desc);
	sgap_text_add(t, "</desc>\n");
	draw_bands(t, p, &a);
	draw_y_axis(t, p, &a);
	draw_x_axis(t, &a);
	for (i = 0; i < p->nlines; i++)
		if (p->line[i].v)
			draw_line(t, p, &a, &p->line[i]);
	draw_labels(t, p, &a);
	sgap_text_add(t, "</svg>\n");
}
