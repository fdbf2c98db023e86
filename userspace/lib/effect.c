// SPDX-License-Identifier: GPL-2.0-or-later
#include "effect.h"

#include <math.h>

#define Z 1.959963984540054	/* of 97.5 % */

struct share {
	double p, low, high;
};

static struct share wilson(double k, double n)
{
	double z2 = Z * Z, p = k / n, mid = p + z2 / (2 * n);
	double half = Z * sqrt((p * (1 - p) + z2 / (4 * n)) / n), by = 1 + z2 / n;

	return (struct share){ p, fmax(0, (mid - half) / by), fmin(1, (mid + half) / by) };
}

/* An answer that came twice may make more good answers than queries. */
static struct share failures(const struct sgap_detour_counts *c)
{
	double good = (double)(c->answers - (c->bad < c->answers ? c->bad : c->answers));
	double n = (double)c->queries;

	return wilson(good < n ? n - good : 0, n);
}

bool sgap_effect_of(struct sgap_effect *e, const struct sgap_detour_counts *server,
		    const struct sgap_detour_counts *fallback)
{
	struct share a, b;

	memset(e, 0, sizeof(*e));
	if (server->queries < SGAP_EFFECT_MIN || fallback->queries < SGAP_EFFECT_MIN)
		return false;
	a = failures(server);
	b = failures(fallback);
	e->server = a.p;
	e->fallback = b.p;
	e->spared = a.p - b.p;
	e->low = e->spared - hypot(a.p - a.low, b.high - b.p);
	e->high = e->spared + hypot(a.high - a.p, b.p - b.low);
	return true;
}
