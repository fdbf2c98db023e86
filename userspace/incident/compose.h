/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of one incident -> incident.json, as docs/operations.md describes it. */
#ifndef SGAP_INCIDENT_COMPOSE_H
#define SGAP_INCIDENT_COMPOSE_H

#include <jansson.h>

#include "pure.h"

struct sgap_compose;
struct sgap_entry;
struct sgap_ledger;

/* Where it was; NULL = unknown. */
struct sgap_compose_site {
	const char *site, *host, *kernel;
};

/* Incident n of the ledger as a JSON object; NULL when there is none (*err 0) or
 * on failure (*err -errno). */
json_t *sgap_compose(struct sgap_ledger *l, __u64 n, const struct sgap_compose_site *site,
		     int *err);

/* Every incident of the ledger, newest snapshot each: {"case": .., "open": bool}. */
json_t *sgap_compose_list(struct sgap_ledger *l, int *err);

#endif
