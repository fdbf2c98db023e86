/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incident, as docs/operations.md describes incident.json. Strings belong to
 * the JSON and live as long as the incident; NULL is what the file does not say.
 * Numbers that it does not say are NAN. Times are seconds since 1970.
 */
#ifndef SGAP_REPORT_INCIDENT_H
#define SGAP_REPORT_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>

enum sgap_stage {
	SGAP_STAGE_ONSET,
	SGAP_STAGE_DETECTED,
	SGAP_STAGE_LOCATED,
	SGAP_STAGE_INFORMED,
	SGAP_STAGE_AUTHORISED,
	SGAP_STAGE_RESTORED,
	SGAP_STAGE_LEASE_END,
	SGAP_STAGE_HANDED_BACK,
	SGAP_STAGES
};

struct sgap_incident_finding {
	const char *what;
	double before_n, before_of, after_n, after_of;
};

struct sgap_incident_verdict {
	const char *role, *address, *interface, *cause;
	const char *helps, *to, *why;
	const char *vendor_sentence, *next_step;
	double since, confidence;
	const char **reference;		/* nreference of them */
	struct sgap_incident_finding *finding;	/* nfinding of them */
	size_t nreference, nfinding;
};

struct sgap_incident_grant {
	bool given;
	const char *serial, *signer, *server, *fallback, *clients, *protocols, *verified_by;
	const char *sha256;
	double issued, not_before, not_after, max_lease, verified;
};

struct sgap_incident_phase {
	double queries, failed;
};

/* Shares of failed queries, and the interval of their difference. */
struct sgap_incident_change {
	double spared, low, high;
};

struct sgap_incident_lease {
	bool given;
	const char *reason;
	double started, ends, ended, flows, purged;
	/* Shares of failed queries, with A and with B at the same time; NAN = not known. */
	double failed_server, failed_fallback, spared, spared_low, spared_high;
	/* With A before the detour, with B, with A again; NAN = not known. */
	struct sgap_incident_phase before, during, after;
	struct sgap_incident_change start, end;	/* against during: before, after */
};

struct sgap_incident_server {
	const char *address;
	double *queries, *failed, *p50, *p90, *p99;	/* n of the series each; ms */
};

struct sgap_incident_series {
	double start, step;
	size_t n, nservers;
	size_t omitted;			/* servers, for room */
	double *asked, *ok;
	struct sgap_incident_server *server;
};

struct sgap_incident_row {
	double t, id, rtt_ms;
	const char *client, *server, *name, *type, *transport, *outcome, *note;
};

struct sgap_incident_event {
	double t;
	const char *who, *what;
};

struct sgap_incident {
	const char *id, *site, *interface, *host, *kernel, *made_by;
	const char *authoriser, *authoriser_role, *authoriser_means;
	double budget;			/* s */
	double stage[SGAP_STAGES];
	double clients_hit, clients_all, queries_failed, queries_all;
	struct sgap_incident_verdict verdict;
	struct sgap_incident_grant grant;
	struct sgap_incident_lease lease;
	struct sgap_incident_series series;
	struct sgap_incident_row *row;
	struct sgap_incident_event *event;
	size_t nrows, nevents;
	size_t rows_omitted, events_omitted;	/* for room; events: from their middle */
	void *json;			/* keeps the strings */
};

/*
 * Read the incident in text (len bytes). Returns it, or NULL with a sentence in
 * err that names the line, what was found and what was expected; name is the
 * file's name in that sentence.
 */
struct sgap_incident *sgap_incident_parse(const char *text, size_t len, const char *name,
					  char *err, size_t err_len);
void sgap_incident_free(struct sgap_incident *inc);
/* What it points to, not itself. */
void sgap_incident_server_free(struct sgap_incident_server *server);

/* Merge seconds so that no series has more than max points. */
void sgap_incident_coarsen(struct sgap_incident *inc, size_t max);

/* The seconds that service was out: onset to restored, or NAN. */
double sgap_incident_outage(const struct sgap_incident *inc);

#endif
