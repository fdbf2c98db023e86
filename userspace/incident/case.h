/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incidents as they come and go: verdicts, server states, leases and records in,
 * entries for the ledger out. Pure: time is a parameter, nothing is read or
 * written. What an incident is can be had again from its entries.
 */
#ifndef SGAP_INCIDENT_CASE_H
#define SGAP_INCIDENT_CASE_H

#include <jansson.h>

#include "pure.h"

#define SGAP_CASES_OPEN 32u	/* at once; beyond, trouble is counted into none */
#define SGAP_CASE_TAPS 8u
#define SGAP_CASE_HOSTS 4096u	/* clients told apart, per incident */
#define SGAP_CASE_ROWS 40u

struct sgap_cases;
struct sgap_detour_info;
struct sgap_said;

/* The clock of an incident, in the order of its stages. */
enum sgap_case_stage {
	SGAP_CASE_ONSET,
	SGAP_CASE_DETECTED,
	SGAP_CASE_LOCATED,
	SGAP_CASE_INFORMED,
	SGAP_CASE_AUTHORISED,
	SGAP_CASE_RESTORED,
	SGAP_CASE_LEASE_END,
	SGAP_CASE_HANDED_BACK,
	SGAP_CASE_STAGES
};

extern const char *const sgap_case_stages[SGAP_CASE_STAGES];

struct sgap_case_hosts {
	struct sgap_addr addr[SGAP_CASE_HOSTS];
	__u16 index[2 * SGAP_CASE_HOSTS];
	__u32 n;
};

/* An open incident. */
struct sgap_case {
	__u64 n;		/* its number */
	char id[80];
	char tap[16];
	struct sgap_addr server, fallback;
	bool has_server, has_fallback;	/* without a server: all that clients ask */
	char role[24], cause[48], address[48];
	__u32 percent;		/* confidence of the verdict */
	bool helps;
	__u64 stage[SGAP_CASE_STAGES];	/* ns; 0 = not yet */
	__u64 budget_ms;
	__u64 flushed;		/* series are written up to this second */
	__u64 judged;		/* seconds are judged up to this one */
	__u64 run, run_asked;	/* first second of the present well run; 0 = none */
	__u64 well_since;	/* ns; 0 = is not well */
	bool loud;		/* failures are seen in the answers themselves */
	bool blamed;		/* the last verdict still says so */
	__u64 again, again_every;	/* the verdict's counts are written anew then, ns */
	__u32 unblamed;		/* verdicts in a row that do not */
	__u8 serial[16];	/* of its lease */
	__u8 lease_state;	/* enum sgap_lease_state; NONE = no lease */
	__u64 lease_began;
	__u32 rows;
	__u64 row;		/* transaction of the last one */
	__u32 informs;		/* how often telling the vendor was tried */
	__u64 inform_next;	/* not before, ns */
	bool starts;		/* its detour was started, or refused */
	struct sgap_case_hosts seen, hit;	/* clients */
	__u32 seen_told, hit_told;	/* of them in the ledger */
};

struct sgap_cases_cfg {
	__u64 budget_ms, quiet_ms;
	bool own_states;	/* no kernel says how servers fare */
};

/* An entry about c; payload is the callee's. */
typedef void (*sgap_cases_fn)(void *ctx, const struct sgap_case *c, __u64 time, const char *type,
			      json_t *payload);

/* NULL without memory. next: number of the next incident. */
struct sgap_cases *sgap_cases_new(const struct sgap_cases_cfg *cfg, __u64 next, sgap_cases_fn fn,
				  void *ctx);
void sgap_cases_free(struct sgap_cases *cs);
void sgap_cases_config(struct sgap_cases *cs, const struct sgap_cases_cfg *cfg);

/* A record of the tap. */
void sgap_cases_record(struct sgap_cases *cs, const char *tap, __u32 overdue_ms,
		       const struct sgap_rec_txn *rec);

/* A packet of the transaction that was recorded last: kept with its row, if it has one. */
void sgap_cases_packet(struct sgap_cases *cs, const char *tap, const struct sgap_rec_packet *rec);

/* A server's state changed. */
void sgap_cases_state(struct sgap_cases *cs, __u64 now, const char *tap,
		      const struct sgap_addr *server, int before, int after, __u64 ts);

/* What the judge says now; tap: whose records it was about. */
void sgap_cases_verdict(struct sgap_cases *cs, __u64 now, const char *tap,
			const struct sgap_said *said);

/* A detour as the kernel has it. */
void sgap_cases_lease(struct sgap_cases *cs, __u64 now, const struct sgap_detour_info *d);

/* The vendor of incident n was told at ts. */
void sgap_cases_informed(struct sgap_cases *cs, __u64 n, __u64 ts);

/* The clock was put to now: seconds are judged from there on. */
void sgap_cases_stepped(struct sgap_cases *cs, __u64 now);

/* Time passes: call it a few times a second. */
void sgap_cases_tick(struct sgap_cases *cs, __u64 now);

/* Open incident i, in order of their numbers; NULL past the last one. */
struct sgap_case *sgap_cases_get(struct sgap_cases *cs, __u32 i);

/* After a restart: an incident as its last snapshot has it; then its series. */
int sgap_cases_load(struct sgap_cases *cs, const json_t *snapshot);
void sgap_cases_load_series(struct sgap_cases *cs, __u64 n, const json_t *series);
/* And each of its rows: how many it has. */
void sgap_cases_load_row(struct sgap_cases *cs, __u64 n);

/* The snapshot of an incident, which entries carry as "case". */
json_t *sgap_case_json(const struct sgap_case *c);
/* And back. Returns 0 or -EINVAL. */
int sgap_case_parse(struct sgap_case *c, const json_t *snapshot);

/* Add addr; true when it is new and there was room. */
bool sgap_case_hosts_add(struct sgap_case_hosts *hosts, const struct sgap_addr *addr);

/* The series of seconds first to last; what was before began is unknown. */
struct sgap_seconds;
json_t *sgap_case_series(struct sgap_case *c, const struct sgap_seconds *s, __u64 began,
			 __u64 first, __u64 last);

#endif
