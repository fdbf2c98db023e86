// SPDX-License-Identifier: GPL-2.0-or-later
#include "fit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "incident.h"

#define CELLS 6000u		/* numbers in the table of the series, about */

struct rank {
	struct sgap_incident_server server;
	double weight;
};

static double weigh(const struct sgap_incident *inc, const struct sgap_incident_server *server)
{
	const char *bad = inc->verdict.address ? inc->verdict.address : inc->grant.server;
	double sum = 0;
	size_t i;

	if (bad && !strcmp(server->address, bad))
		return INFINITY;
	if (inc->grant.fallback && !strcmp(server->address, inc->grant.fallback))
		return DBL_MAX;
	for (i = 0; server->queries && i < inc->series.n; i++)
		if (!isnan(server->queries[i]))
			sum += server->queries[i];
	return sum;
}

/* The heaviest first; of the same weight by address, so that a page is always the same. */
static int compare(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->server.address, y->server.address);
}

static void fit_servers(struct sgap_incident *inc)
{
	struct sgap_incident_series *s = &inc->series;
	struct rank *rank = calloc(s->nservers + 1, sizeof(*rank));
	size_t i;

	for (i = 0; rank && i < s->nservers; i++)
		rank[i] = (struct rank){ s->server[i], weigh(inc, &s->server[i]) };
	if (rank)
		qsort(rank, s->nservers, sizeof(*rank), compare);
	for (i = 0; rank && i < s->nservers; i++)
		s->server[i] = rank[i].server;
	free(rank);
	for (; s->nservers > SGAP_FIT_SERVERS; s->omitted++)
		sgap_incident_server_free(&s->server[--s->nservers]);
}

static void fit_events(struct sgap_incident *inc)
{
	size_t half = SGAP_FIT_EVENTS / 2, more;

	if (inc->nevents <= SGAP_FIT_EVENTS)
		return;
	more = inc->nevents - SGAP_FIT_EVENTS;
	memmove(inc->event + half, inc->event + half + more, half * sizeof(*inc->event));
	inc->nevents = SGAP_FIT_EVENTS;
	inc->events_omitted = more;
}

void sgap_fit(struct sgap_incident *inc)
{
	fit_servers(inc);
	fit_events(inc);
	if (inc->nrows > SGAP_FIT_ROWS) {
		inc->rows_omitted = inc->nrows - SGAP_FIT_ROWS;
		inc->nrows = SGAP_FIT_ROWS;
	}
	/* A row of the table has two numbers, and five for each server. */
	sgap_incident_coarsen(inc, CELLS / (2 + 5 * inc->series.nservers));
}
