/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stopgapd does with records, states and leases, wherever they come from:
 * the taps of this machine, or a capture.
 */
#ifndef SGAP_DAEMON_ENGINE_H
#define SGAP_DAEMON_ENGINE_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/nl.h"

struct sgap_engine;
struct sgap_hook;
struct sgap_store;

/* Start the granted detour of that serial for incident n. Returns 0 or -errno. */
typedef int (*sgap_engine_start_fn)(void *ctx, const __u8 serial[16], __u64 n);

struct sgap_engine_cfg {
	const struct sgap_conf *conf;
	struct sgap_store *store;
	struct sgap_hook *hook;		/* NULL: nobody is told */
	sgap_engine_start_fn start;	/* NULL: nothing is started */
	void *ctx;
	bool replay;			/* a capture: time is that of its packets */
	__u64 now;
};

/* Takes up the incidents that the ledger says are open. NULL without memory. */
struct sgap_engine *sgap_engine_new(const struct sgap_engine_cfg *cfg);
void sgap_engine_free(struct sgap_engine *e);

/* The configuration was read anew. */
void sgap_engine_reload(struct sgap_engine *e);

/* Any record of the tap. */
void sgap_engine_record(struct sgap_engine *e, const char *tap, __u32 overdue_ms, __u64 now,
			const struct sgap_rec *rec);
/* So many records of the tap were lost, in all. */
void sgap_engine_lost(struct sgap_engine *e, const char *tap, __u64 now, __u64 lost);
/* A server is in this state, as far as the kernel knows. */
void sgap_engine_state(struct sgap_engine *e, const char *tap, __u64 now, const __u8 *server,
		       int before, int after, __u64 ts);
void sgap_engine_lease(struct sgap_engine *e, __u64 now, const struct sgap_detour_info *d);

/* A grant that the kernel took, its signature, and its certificate if that is known. */
void sgap_engine_granted(struct sgap_engine *e, __u64 now, const struct sgap_grant *grant,
			 const void *sig, size_t sig_len, const void *cert, size_t cert_len);

/* Somebody put the clock. */
void sgap_engine_stepped(struct sgap_engine *e, __u64 now);

/* A few times a second. */
void sgap_engine_tick(struct sgap_engine *e, __u64 now);
/* What the hook did; -errno when its child is gone for good. */
int sgap_engine_told(struct sgap_engine *e, __u64 now);

struct sgap_engine_counts {
	__u64 records, judgements, opened;
	__u32 open;
	__u64 judge_us;		/* of all judgements */
};
struct sgap_engine_counts sgap_engine_counts(const struct sgap_engine *e);

/* For the status: the open incidents. */
struct sgap_cases;
struct sgap_cases *sgap_engine_cases(struct sgap_engine *e);

#endif
