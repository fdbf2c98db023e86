// SPDX-License-Identifier: GPL-2.0-only
/* From outcomes to a server's state: the window, the thresholds, the judge. */
#include "server.h"
#include "stats.h"
#include "txn.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

static BLOCKING_NOTIFIER_HEAD(state_chain);

int sgap_state_register(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&state_chain, nb);
}

void sgap_state_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&state_chain, nb);
}

void sgap_state_call(struct sgap_state_event *event)
{
	blocking_notifier_call_chain(&state_chain, event->change->after, event);
}

void sgap_threshold_default(struct sgap_threshold *th)
{
	*th = (struct sgap_threshold){
		.min = 10, .degraded = 100, .failing = 500, .dead = 950, .window_s = 10,
	};
}

static struct sgap_bucket *bucket_now(struct sgap_server_lane *lane)
{
	u32 second = (u32)ktime_get_seconds();
	struct sgap_bucket *b = &lane->bucket[second % SGAP_WINDOW_S];

	if (b->second != second)
		*b = (struct sgap_bucket){ .second = second };
	return b;
}

static bool is_slow(const struct sgap_server *s, const struct sgap_txn *txn, u64 ts)
{
	u32 limit = READ_ONCE(s->th.slow_ms);

	return limit && ts > txn->ts_query + limit * SGAP_NS_PER_MS;
}

/*
 * Each transaction is in the window once: when it is answered or fails, or
 * earlier, when it becomes overdue. One that is answered after that is bad, but
 * not unanswered any more.
 */
static bool count_outcome(struct sgap_bucket *b, const struct sgap_server *s,
			  const struct sgap_txn *txn, int state, u16 rcode, u64 ts)
{
	switch (state) {
	case SGAP_TXN_ANSWERED:
		if (txn->overdue) {
			b->unanswered--;
			return true;
		}
		b->ended++;
		b->bad += sgap_stats_is_bad(state, rcode) || is_slow(s, txn, ts);
		return true;
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
		if (txn->overdue)
			return false;
		fallthrough;
	case SGAP_TXN_OVERDUE:
		b->ended++;
		b->unanswered++;
		b->bad++;
		return true;
	default:
		return false;
	}
}

/**
 * sgap_server_outcome - put a transaction's outcome into the window
 * @t: the tap's servers
 * @s: the server
 * @index: of this CPU's lane
 * @txn: the transaction
 * @state: enum sgap_txn_state
 * @rcode: of the answer
 * @ts: when
 *
 * With the lane's lock held, after sgap_server_stats().
 */
void sgap_server_outcome(struct sgap_servers *t, struct sgap_server *s, u32 index,
			 const struct sgap_txn *txn, int state, u16 rcode, u64 ts)
{
	struct sgap_server_lane *lane = s->lane[index];

	if (!lane || !count_outcome(bucket_now(lane), s, txn, state, rcode, ts))
		return;
	if (test_bit(SGAP_SERVER_DIRTY, &s->flags) ||
	    test_and_set_bit(SGAP_SERVER_DIRTY, &s->flags))
		return;
	if (llist_add(&s->dirty_node, &t->dirty))
		t->wake(t);
}

static void add_lane(const struct sgap_server_lane *lane, u32 now, u32 seconds, s64 sum[3])
{
	u32 i;

	for (i = 0; i < SGAP_WINDOW_S; i++) {
		const struct sgap_bucket *b = &lane->bucket[i];

		if (now - b->second >= seconds)
			continue;
		sum[0] += b->ended;
		sum[1] += b->unanswered;
		sum[2] += b->bad;
	}
}

/* The last seconds of a server, summed lane by lane. */
void sgap_server_window(struct sgap_servers *t, const struct sgap_server *s,
			struct sgap_window *w)
{
	u32 seconds = READ_ONCE(s->th.window_s), now = (u32)ktime_get_seconds(), i;
	s64 sum[3] = {};

	for (i = 0; i < t->nlanes; i++) {
		spin_lock_bh(&t->lanes[i].lock);
		if (s->lane[i])
			add_lane(s->lane[i], now, seconds, sum);
		spin_unlock_bh(&t->lanes[i].lock);
	}
	w->ended = (u32)sum[0];
	w->unanswered = (u32)clamp_t(s64, sum[1], 0, sum[0]);
	w->bad = (u32)clamp_t(s64, sum[2], 0, sum[0]);
	w->reserved = 0;
}

static u8 state_of(const struct sgap_threshold *th, const struct sgap_window *w)
{
	if (!w->ended || w->ended < th->min)
		return SGAP_STATE_UNKNOWN;
	if (w->unanswered * 1000ULL >= (u64)th->dead * w->ended)
		return SGAP_STATE_DEAD;
	if (w->bad * 1000ULL >= (u64)th->failing * w->ended)
		return SGAP_STATE_FAILING;
	if (w->bad * 1000ULL >= (u64)th->degraded * w->ended)
		return SGAP_STATE_DEGRADED;
	return SGAP_STATE_OK;
}

/* Judge one server; returns whether its window still has something in it. */
static bool judge(struct sgap_servers *t, struct sgap_server *s, sgap_state_fn fn, void *ctx)
{
	struct sgap_state_change change;
	struct sgap_threshold th;

	spin_lock_bh(&t->lock);
	th = s->th;
	spin_unlock_bh(&t->lock);
	sgap_server_window(t, s, &change.window);
	change.after = state_of(&th, &change.window);
	if (change.after != s->state) {
		change.addr = s->addr;
		change.before = s->state;
		change.ts = ktime_get_real_ns();
		s->since = change.ts;
		WRITE_ONCE(s->state, change.after);
		fn(ctx, &change);
	}
	return change.window.ended || change.after != SGAP_STATE_UNKNOWN;
}

/* Those with new outcomes: each joins the hot ones. */
static void judge_dirty(struct sgap_servers *t, sgap_state_fn fn, void *ctx)
{
	struct llist_node *list = llist_del_all(&t->dirty);
	struct sgap_server *s, *next;

	llist_for_each_entry_safe(s, next, list, dirty_node) {
		if (!test_and_set_bit(SGAP_SERVER_HOT, &s->flags))
			list_add(&s->hot_node, &t->hot);
		/*
		 * The lane's lock orders: an outcome that the sum below misses
		 * comes after it, sees the bit clear and makes it dirty again.
		 */
		clear_bit(SGAP_SERVER_DIRTY, &s->flags);
		judge(t, s, fn, ctx);
		cond_resched();
	}
}

/* Time passes in the windows of the hot ones, even when nothing comes. */
static void judge_hot(struct sgap_servers *t, sgap_state_fn fn, void *ctx)
{
	struct sgap_server *s, *next;

	list_for_each_entry_safe(s, next, &t->hot, hot_node) {
		if (!judge(t, s, fn, ctx)) {
			list_del(&s->hot_node);
			/* From here on it may be evicted. */
			clear_bit_unlock(SGAP_SERVER_HOT, &s->flags);
		}
		cond_resched();
	}
}

/**
 * sgap_servers_judge - find out whose state has changed
 * @t: the tap's servers
 * @fn: told of each change of state
 * @ctx: for @fn
 *
 * In process context, one at a time. Returns whether it has to be called again
 * after a second though nothing may wake it. A server that is dirty or hot is
 * not evicted, so it stays valid.
 */
bool sgap_servers_judge(struct sgap_servers *t, sgap_state_fn fn, void *ctx)
{
	judge_dirty(t, fn, ctx);
	if (time_after_eq(jiffies, t->sweep)) {
		judge_hot(t, fn, ctx);
		t->sweep = jiffies + HZ;
	}
	return !list_empty(&t->hot);
}

/*
 * Set the thresholds of one server, made if need be, or of all that have none
 * of their own when addr is NULL.
 */
int sgap_threshold_set(struct sgap_servers *t, const struct sgap_addr *addr,
		       const struct sgap_threshold *th)
{
	struct sgap_server *s;
	int ret = 0;
	u32 i;

	rcu_read_lock();
	spin_lock_bh(&t->lock);
	if (addr) {
		s = sgap_server_find(t, addr) ?: sgap_server_create(t, addr);
		ret = PTR_ERR_OR_ZERO(s);
		if (!ret) {
			s->th = *th;
			s->own = true;
		}
	} else {
		t->th = *th;
		for (i = 0; i < t->max; i++) {
			s = rcu_dereference_protected(t->slots[i], lockdep_is_held(&t->lock));
			if (s && !s->own)
				s->th = *th;
		}
	}
	spin_unlock_bh(&t->lock);
	rcu_read_unlock();
	return ret;
}

int sgap_threshold_get(struct sgap_servers *t, const struct sgap_addr *addr,
		       struct sgap_threshold *th)
{
	struct sgap_server *s;
	int ret = 0;

	rcu_read_lock();
	spin_lock_bh(&t->lock);
	s = addr ? sgap_server_find(t, addr) : NULL;
	if (addr && !s)
		ret = -ENOENT;
	else
		*th = s ? s->th : t->th;
	spin_unlock_bh(&t->lock);
	rcu_read_unlock();
	return ret;
}
