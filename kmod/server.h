/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted: per tap, per server, and each server's state.
 *
 * Counters are written in lanes: a CPU has one to itself (CPUs share one when
 * there are more than SGAP_LANES_MAX). Whoever counts holds his lane's lock,
 * which is then uncontended; whoever wants sums that are exact takes them all.
 */
#ifndef SGAP_SERVER_H
#define SGAP_SERVER_H

#include "pure.h"

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

struct net;
struct notifier_block;
struct sgap_txn;

#define SGAP_LANES_MAX 64
#define SGAP_WINDOW_S 10	/* buckets of one second */
#define SGAP_SERVERS_MAX 65536u
#define SGAP_SERVER_BYTES 3072	/* of counters, on average, that there is room for */

/* When a window means which state; see enum sgap_threshold_attr. */
struct sgap_threshold {
	u32 min;
	u32 degraded, failing, dead;	/* per mille */
	u32 slow_ms;
	u32 window_s;
};

/*
 * One second's outcomes. unanswered may be below 0: an overdue transaction that
 * is answered after all is taken back when it is, not when it was overdue.
 */
struct sgap_bucket {
	u32 second;
	s32 ended, unanswered, bad;
};

/* What one lane has counted for a server. */
struct sgap_server_lane {
	struct sgap_bucket bucket[SGAP_WINDOW_S];
	struct sgap_stats *tcp;		/* NULL until there is any */
	struct sgap_stats udp;
};

/*
 * Bits of sgap_server.flags. DIRTY: outcomes came since the judge looked last.
 * HOT: the judge has it on its list, since there is something in its window.
 * The judge sets HOT before it clears DIRTY, so one that has neither is no
 * business of the judge's.
 */
enum {
	SGAP_SERVER_DIRTY,
	SGAP_SERVER_HOT,
};

/**
 * struct sgap_server - one server address of a tap
 */
struct sgap_server {
	/** @node: in sgap_servers.hash; RCU, written under sgap_servers.lock */
	struct hlist_node node;
	/** @addr: the key */
	struct sgap_addr addr;
	/** @slot: index in sgap_servers.slots */
	u32 slot;
	/** @th: as set for it, or the tap's */
	struct sgap_threshold th;
	/** @pins: who is looking at it; a pinned server is not evicted; sgap_servers.lock */
	u32 pins;
	/** @own: @th is its own; such a server is never evicted */
	bool own;
	/** @state: enum sgap_state; written by the judge only */
	u8 state;
	/** @since: ns, when @state came to be */
	u64 since;
	/** @t: whose it is */
	struct sgap_servers *t;
	/** @rcu: frees it after the last hook that may have found it */
	struct rcu_head rcu;
	/** @hot_node: in sgap_servers.hot; the judge's */
	struct list_head hot_node;
	/** @flags: SGAP_SERVER_DIRTY, SGAP_SERVER_HOT */
	unsigned long flags ____cacheline_aligned_in_smp;
	/** @dirty_node: in sgap_servers.dirty; of whoever set SGAP_SERVER_DIRTY */
	struct llist_node dirty_node;
	/** @used: jiffies of its last packet, give or take a quarter of a second */
	unsigned long used;
	/** @lane: made on first use, by that lane */
	struct sgap_server_lane *lane[];
};

/**
 * struct sgap_lane - one CPU's place to count
 * @lock: protects @counters, and in each server lane[] of the same index
 * @counters: the tap's
 */
struct sgap_lane {
	spinlock_t lock;
	struct sgap_tap_counters counters;
} ____cacheline_aligned_in_smp;

/**
 * struct sgap_servers - the servers of a tap
 */
struct sgap_servers {
	/** @lanes: @nlanes of them */
	struct sgap_lane *lanes;
	/** @nlanes: at most SGAP_LANES_MAX */
	u32 nlanes;
	/** @frozen: held while all lanes are */
	struct mutex frozen;
	/** @hash: of @mask + 1 heads */
	struct hlist_head *hash;
	/** @mask: of @hash */
	u32 mask;
	/** @seed: of the hash, random */
	u64 seed;
	/** @room: bytes of counters that may still be allocated */
	atomic_long_t room;
	/** @dirty: servers with new outcomes, for the judge */
	struct llist_head dirty;
	/** @wake: tells the tap that @dirty is no longer empty */
	void (*wake)(struct sgap_servers *t);
	/** @hot: servers with something in their window; the judge's alone */
	struct list_head hot;
	/** @sweep: jiffies when the judge looks at all of @hot again */
	unsigned long sweep;

	/** @lock: protects all below, and the thresholds of each server */
	spinlock_t lock;
	/** @slots: @max of them; so that a dump can go on where it ended */
	struct sgap_server __rcu **slots;
	/** @max: servers at most */
	u32 max;
	/** @n: servers now */
	u32 n;
	/** @cursor: slot where the search for a free or idle one goes on */
	u32 cursor;
	/** @evicted: servers that gave way to new ones */
	u64 evicted;
	/** @idle: jiffies without a packet after which a server may be evicted */
	unsigned long idle;
	/** @th: for servers that have none of their own */
	struct sgap_threshold th;
};

/* A change of state, as the judge found it. */
struct sgap_state_change {
	struct sgap_addr addr;
	u8 before, after;
	u64 ts;
	struct sgap_window window;
};

typedef void (*sgap_state_fn)(void *ctx, const struct sgap_state_change *change);

/*
 * The same for all the world, by a chain of notifiers: data is this struct.
 * Called in process context. A callee may sleep, but must not take RTNL nor the
 * mutex of struct sgap_net: the tap may be ending under these, waiting for it.
 */
struct sgap_state_event {
	struct net *net;
	int ifindex;
	const char *ifname;
	const struct sgap_state_change *change;
};

int sgap_state_register(struct notifier_block *nb);
void sgap_state_unregister(struct notifier_block *nb);
void sgap_state_call(struct sgap_state_event *event);

int sgap_server_init(void);
void sgap_server_uninit(void);

int sgap_servers_init(struct sgap_servers *t, u32 max, void (*wake)(struct sgap_servers *t));
void sgap_servers_free(struct sgap_servers *t);

/* Under rcu_read_lock(), with bottom halves off. */
struct sgap_server *sgap_server_find(struct sgap_servers *t, const struct sgap_addr *addr);
struct sgap_server *sgap_server_get(struct sgap_servers *t, const struct sgap_addr *addr);
struct sgap_stats *sgap_server_make_stats(struct sgap_servers *t, struct sgap_server *s,
					  u32 index, u8 proto);

/* With sgap_servers.lock held. */
struct sgap_server *sgap_server_create(struct sgap_servers *t, const struct sgap_addr *addr);

/* For the window: a transaction's outcome, in the lane of this CPU, which is number index. */
void sgap_server_outcome(struct sgap_servers *t, struct sgap_server *s, u32 index,
			 const struct sgap_txn *txn, int state, u16 rcode, u64 ts);

static inline u32 sgap_lane_index(const struct sgap_servers *t)
{
	u32 cpu = smp_processor_id();

	return likely(cpu < t->nlanes) ? cpu : cpu % t->nlanes;
}

static inline struct sgap_lane *sgap_lane(const struct sgap_servers *t)
{
	return &t->lanes[sgap_lane_index(t)];
}

/*
 * What lane number index, which is this CPU's, has counted of a server. With its lock held.
 * NULL without memory.
 */
static inline struct sgap_stats *sgap_server_stats(struct sgap_servers *t,
						   struct sgap_server *s, u32 index, u8 proto)
{
	struct sgap_server_lane *lane = s->lane[index];

	if (likely(lane && proto != SGAP_PROTO_TCP))
		return &lane->udp;
	return sgap_server_make_stats(t, s, index, proto);
}

void sgap_servers_freeze(struct sgap_servers *t);
void sgap_servers_thaw(struct sgap_servers *t);
void sgap_servers_counters(struct sgap_servers *t, struct sgap_tap_counters *sum);

/* Frozen. Does the server have counters for that transport? */
bool sgap_server_sum(struct sgap_servers *t, const struct sgap_server *s, u8 proto,
		     struct sgap_stats *sum);
void sgap_server_reset(struct sgap_servers *t, struct sgap_server *s, struct sgap_stats *sum);
void sgap_server_window(struct sgap_servers *t, const struct sgap_server *s,
			struct sgap_window *w);

/* server_state.c */
void sgap_threshold_default(struct sgap_threshold *th);
int sgap_threshold_set(struct sgap_servers *t, const struct sgap_addr *addr,
		       const struct sgap_threshold *th);
int sgap_threshold_get(struct sgap_servers *t, const struct sgap_addr *addr,
		       struct sgap_threshold *th);
bool sgap_servers_judge(struct sgap_servers *t, sgap_state_fn fn, void *ctx);

#endif
