/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stopgapd knows at one moment, as text for Prometheus. Pure. */
#ifndef SGAP_DAEMON_METRICS_H
#define SGAP_DAEMON_METRICS_H

#include "engine.h"
#include "incident/case.h"
#include "lib/nl.h"
#include "store.h"

struct sgap_text;

#define SGAP_METRICS_TAPS 32u
#define SGAP_METRICS_LEASES 64u

struct sgap_metrics_tap {
	char name[16];
	bool has_reader;
	struct sgap_tap_counters counters;
	__u64 missed;		/* records that stopgapd itself lost */
};

struct sgap_metrics_server {
	char tap[16];
	struct sgap_addr addr;
	bool has_state;		/* the kernel says it; for a capture nobody does */
	__u8 state;		/* enum sgap_state */
	struct sgap_stats udp, tcp;
};

struct sgap_metrics {
	__u64 started;		/* ns */
	bool module;		/* it is loaded, and answers */
	__u32 ntaps, nleases, nincidents;
	struct sgap_metrics_tap tap[SGAP_METRICS_TAPS];
	struct sgap_detour_info lease[SGAP_METRICS_LEASES];
	const struct sgap_case *incident[SGAP_CASES_OPEN];	/* the open ones */
	struct sgap_engine_counts engine;
	struct sgap_store_counts store;
	__u32 nservers, servers_max;
	__u64 omitted;		/* servers beyond servers_max */
	struct sgap_metrics_server *server;
};

/* For servers_max servers. NULL without memory. */
struct sgap_metrics *sgap_metrics_new(__u32 servers_max);
void sgap_metrics_free(struct sgap_metrics *m);

/* Forget taps, servers, leases and incidents. */
void sgap_metrics_clear(struct sgap_metrics *m);

/* A tap to fill in; NULL when there is no room for another. */
struct sgap_metrics_tap *sgap_metrics_tap(struct sgap_metrics *m, const char *name);

/* A server with so many transactions, to fill in: the busiest servers_max are kept.
 * NULL when it is not one of them. */
struct sgap_metrics_server *sgap_metrics_server(struct sgap_metrics *m, __u64 transactions);

/* Add the whole exposition to t. */
void sgap_metrics_write(const struct sgap_metrics *m, struct sgap_text *t);

#endif
