/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks kernel, engine and store for what the metrics tell. */
#ifndef SGAP_DAEMON_OBSERVE_H
#define SGAP_DAEMON_OBSERVE_H

struct sgap_engine;
struct sgap_metrics;
struct sgap_nl;
struct sgap_offline;
struct sgap_store;
struct sgap_taps;

/* What the daemon itself counts, and its open incidents. */
void sgap_observe_daemon(struct sgap_metrics *m, struct sgap_engine *e,
			 const struct sgap_store *store);

/* Taps, servers and leases of the kernel. nl NULL: the module is not there. */
void sgap_observe_kernel(struct sgap_metrics *m, struct sgap_nl *nl, const struct sgap_taps *taps);

/* The tap and the servers of a capture. */
void sgap_observe_capture(struct sgap_metrics *m, const struct sgap_offline *o);

#endif
