/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The leases of one network namespace: what was granted, the state it is in
 * and its clock. What a state means for packets is detour's.
 *
 * A lease's clock is CLOCK_BOOTTIME, so neither a set clock nor a suspend nor
 * a missing process keeps it. It is set from the grant's CLOCK_REALTIME window
 * when the grant is loaded, shortened at its start, and once put off again as far
 * as the grant itself agrees to.
 */
#ifndef SGAP_LEASE_H
#define SGAP_LEASE_H

#include "grant.h"
#include "judge.h"

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#define SGAP_LEASES_MAX 64	/* in one network namespace, ended ones included */

struct net;

/* What packets see of a lease. */
enum sgap_phase {
	SGAP_PHASE_OFF,
	SGAP_PHASE_ON,		/* new flows of the scope go to the fallback */
	SGAP_PHASE_DRAIN,	/* no longer, but late answers are looked after */
};

struct sgap_lease {
	struct list_head list;		/* in the set; RCU for packets */
	struct sgap_lease_set *set;
	struct sgap_grant_info info;	/* does not change */
	struct sgap_grant grant;	/* as it was signed */
	struct sgap_signer signers[SGAP_SIGNERS_MAX];	/* nor do they, */
	u8 nsigners;			/* nor this */
	u64 until;			/* s since 1970: not_after, or a signer's certificate's */

	/* protected by set->lock; phase and deadline are read without it */
	u64 deadline;			/* CLOCK_BOOTTIME, ns */
	u64 latest;			/* CLOCK_BOOTTIME, ns: until, also for extensions */
	u64 warn;			/* CLOCK_BOOTTIME, ns: its end is told; 0 = it was */
	u64 notice;			/* CLOCK_BOOTTIME, ns: withdrawn then; 0 = no notice */
	u64 started;			/* CLOCK_REALTIME, ns; 0 = never */
	kuid_t uid, loginuid;
	u8 state;			/* enum sgap_lease_state */
	u8 reason;			/* enum sgap_lease_reason */
	u8 phase;			/* enum sgap_phase */
	bool hooked;			/* holds the hooks and the module */
	bool extended;

	struct hrtimer timer;
	struct work_struct end_work;
	struct delayed_work purge_work;
	unsigned long phase_since;	/* jiffies */
	bool unsettled;			/* flows of the phase before may be left */
	u64 late_until;			/* CLOCK_BOOTTIME, ns: for late answers of B */
	u64 __percpu *flows;
	atomic64_t purged;

	struct delayed_work watch_work;	/* standing: looks at the condition */
	u64 bad_since;			/* CLOCK_BOOTTIME, ns; 0 = it does not hold; set->lock */
	atomic64_t next_flow;		/* CLOCK_BOOTTIME, ns: when max_rate is used up until */
	atomic64_t over;

	struct sgap_tally __percpu *tally;
	struct delayed_work judge_work;	/* each second while active, if asked for */
	struct sgap_judge judge;	/* set->lock, like the next two */
	u64 wait_until;			/* CLOCK_BOOTTIME, ns: standing, not before that again */
	u8 rollbacks;
	struct sgap_lease *next_dead;
};

struct sgap_lease_set {
	struct mutex lock;		/* protects all below and the leases */
	struct list_head leases;	/* oldest first */
	unsigned int n;
	bool dying;
	struct net *net;
	const struct sgap_lease_ops *ops;
};

struct sgap_lease_ops {
	/* Under the lock, when a lease's time is over: it is to be ended. */
	void (*expired)(struct sgap_lease *lease);
	/* The same, when the time of its notice has come: it is to be withdrawn. */
	void (*noticed)(struct sgap_lease *lease);
	/* The same, when it is active and will be over soon. */
	void (*ending)(struct sgap_lease *lease);
	/* purge_work, watch_work and judge_work */
	work_func_t purge, watch, judge;
};

void sgap_lease_set_init(struct sgap_lease_set *set, struct net *net,
			 const struct sgap_lease_ops *ops);

/* Who asks: the current task. */
struct sgap_lease *sgap_lease_new(const struct sgap_grant *grant, const struct sgap_verified *v);

/* Make room, if there is need and can be; not under the lock. */
void sgap_lease_set_trim(struct sgap_lease_set *set);

/*
 * Put it in the set, armed, its clock running; it is the set's from then on.
 * Under the lock.
 */
enum sgap_refuse sgap_lease_add(struct sgap_lease_set *set, struct sgap_lease *lease);

/* One that is not in a set. */
void sgap_lease_free(struct sgap_lease *lease);

/* The newest lease of that serial, or NULL. Under the lock. */
struct sgap_lease *sgap_lease_find(const struct sgap_lease_set *set, const u8 serial[16]);

/*
 * May it become active now: by hand (resume false: it must be armed) or again
 * (true: it must be withdrawn)? Checks state, time and the other leases.
 */
enum sgap_refuse sgap_lease_may_start(const struct sgap_lease *lease, bool resume);

/* The current task asks for a change of the lease; under the lock. */
void sgap_lease_sign(struct sgap_lease *lease);

/* Changes of state; under the lock. Activating sets or shortens the deadline. */
void sgap_lease_activate(struct sgap_lease *lease, enum sgap_lease_reason why);
void sgap_lease_deactivate(struct sgap_lease *lease, enum sgap_lease_state state,
			   enum sgap_lease_reason why);

/* It is to be withdrawn in so many ms (0: not any more); under the lock. */
void sgap_lease_set_notice(struct sgap_lease *lease, u32 ms);

/* Put the end off, as agreed and no later than the grant is valid; under the lock. */
enum sgap_refuse sgap_lease_extend(struct sgap_lease *lease);

/* ms until it is withdrawn, at least 1; 0 without notice. Under the lock. */
u32 sgap_lease_notice_ms(const struct sgap_lease *lease);

/* Take all leases out of the set and free them: nothing reaches them by then. */
void sgap_lease_set_destroy(struct sgap_lease_set *set);

u64 sgap_lease_flows(const struct sgap_lease *lease);
void sgap_lease_tally(const struct sgap_lease *lease, struct sgap_tally *sum);

/* ns until it ends by itself; 0 when it is over. */
u64 sgap_lease_left(const struct sgap_lease *lease);

#endif
