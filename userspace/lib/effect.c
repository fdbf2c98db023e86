// SPDX-License-Identifier: GPL-2.0-or-later
#include "effect.h"

#include <math.h>

#define Z 1.959963984540054	/* of 97.5 % */

struct interval {
	double low, high;
};

static struct interval wilson(const struct sgap_share *s)
{
	double z2 = Z * Z, mid = s->p + z2 / (2 * s->n), by = 1 + z2 / s->n;
	double half = Z * sqrt((s->p * (1 - s->p) + z2 / (4 * s->n)) / s->n);

	return (struct interval){ fmax(0, (mid - half) / by), fmin(1, (mid + half) / by) };
}

void sgap_effect_between(struct sgap_effect *e, const struct sgap_share *server,
			 const struct sgap_share *fallback)
{
	struct interval a = wilson(server), b = wilson(fallback);

	e->server = server->p;
	e->fallback = fallback->p;
	e->spared = server->p - fallback->p;
	e->low = fmax(-1, e->spared - hypot(server->p - a.low, b.high - fallback->p));
	e->high = fmin(1, e->spared + hypot(a.high - server->p, fallback->p - b.low));
}

/* An answer that came twice may make more good answers than queries. */
static struct sgap_share failures(const struct sgap_detour_counts *c)
{
	double good = (double)(c->answers - (c->bad < c->answers ? c->bad : c->answers));
	double n = (double)c->queries;

	return (struct sgap_share){ good < n ? (n - good) / n : 0, n };
}

bool sgap_effect_of(struct sgap_effect *e, const struct sgap_detour_counts *server,
		    const struct sgap_detour_counts *fallback)
{
	struct sgap_share a, b;

	memset(e, 0, sizeof(*e));
	if (server->queries < SGAP_EFFECT_MIN || fallback->queries < SGAP_EFFECT_MIN)
		return false;
	a = failures(server);
	b = failures(fallback);
	sgap_effect_between(e, &a, &b);
	return true;
}
