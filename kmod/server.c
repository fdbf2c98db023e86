// SPDX-License-Identifier: GPL-2.0-only
#include "server.h"
#include "key.h"
#include "stats.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>

/* How many slots a search for room looks at: it is done in softirq. */
#define SEARCH 64

#define MODEST (GFP_ATOMIC | __GFP_ZERO | __GFP_NOWARN)

static struct kmem_cache *lane_cache;
static struct kmem_cache *tcp_cache;

static inline struct hlist_head *hash_head(struct sgap_servers *t, const struct sgap_addr *addr)
{
	return &t->hash[sgap_addr_hash(addr, t->seed) & t->mask];
}

static __always_inline struct sgap_server *find(struct sgap_servers *t,
						const struct sgap_addr *addr)
{
	struct sgap_server *s;

	hlist_for_each_entry_rcu(s, hash_head(t, addr), node, rcu_read_lock_bh_held())
		if (sgap_addr_eq(&s->addr, addr))
			return s;
	return NULL;
}

/**
 * sgap_server_find - the server of an address, or NULL
 * @t: the tap's servers
 * @addr: of the server
 */
struct sgap_server *sgap_server_find(struct sgap_servers *t, const struct sgap_addr *addr)
{
	return find(t, addr);
}

/* Counters cost room, so that many servers on many CPUs stay within bounds. */
static void *room_alloc(struct sgap_servers *t, struct kmem_cache *cache)
{
	long size = kmem_cache_size(cache);
	void *p = NULL;

	if (atomic_long_sub_return(size, &t->room) >= 0)
		p = kmem_cache_alloc(cache, MODEST);
	if (!p)
		atomic_long_add(size, &t->room);
	return p;
}

static void room_free(struct sgap_servers *t, struct kmem_cache *cache, void *p)
{
	atomic_long_add(kmem_cache_size(cache), &t->room);
	kmem_cache_free(cache, p);
}

static void server_free(struct sgap_servers *t, struct sgap_server *s)
{
	u32 i;

	for (i = 0; i < t->nlanes; i++) {
		if (!s->lane[i])
			continue;
		if (s->lane[i]->tcp)
			room_free(t, tcp_cache, s->lane[i]->tcp);
		room_free(t, lane_cache, s->lane[i]);
	}
	kfree(s);
}

static void server_free_rcu(struct rcu_head *rcu)
{
	struct sgap_server *s = container_of(rcu, struct sgap_server, rcu);

	server_free(s->t, s);
}

static struct sgap_server *at_slot(const struct sgap_servers *t, u32 i)
{
	return rcu_dereference_protected(t->slots[i], lockdep_is_held(&t->lock));
}

/*
 * A server that has long had no packet, has nothing in its window and no
 * thresholds of its own.
 */
static bool is_idle(const struct sgap_servers *t, const struct sgap_server *s)
{
	return !s->own && !s->pins && !s->flags &&
	       time_after(jiffies, READ_ONCE(s->used) + t->idle);
}

/*
 * Whoever sets DIRTY may put the server on the dirty list; having set it here
 * keeps every hook that still sees the server from doing so. Its memory goes
 * after the grace period that ends the last of these.
 */
static bool evict(struct sgap_servers *t, struct sgap_server *s)
{
	if (test_and_set_bit(SGAP_SERVER_DIRTY, &s->flags))
		return false;
	if (test_bit(SGAP_SERVER_HOT, &s->flags)) {
		clear_bit(SGAP_SERVER_DIRTY, &s->flags);
		return false;
	}
	hlist_del_rcu(&s->node);
	RCU_INIT_POINTER(t->slots[s->slot], NULL);
	t->n--;
	t->evicted++;
	call_rcu(&s->rcu, server_free_rcu);
	return true;
}

/*
 * A slot for a new server, or -ENOSPC. When all are taken, or the room is, the longest idle
 * of the next SEARCH servers gives way; each search goes on where the last ended.
 */
static int find_slot(struct sgap_servers *t)
{
	struct sgap_server *s, *oldest = NULL;
	u32 i, n = min_t(u32, t->max, SEARCH);
	bool full;

	lockdep_assert_held(&t->lock);
	full = t->n == t->max || atomic_long_read(&t->room) < SGAP_SERVER_BYTES;
	for (i = 0; i < (full ? n : t->max); i++) {
		t->cursor = t->cursor + 1 < t->max ? t->cursor + 1 : 0;
		s = at_slot(t, t->cursor);
		if (!s && !full)
			return (int)t->cursor;
		if (s && full && is_idle(t, s) &&
		    (!oldest || time_before(s->used, oldest->used)))
			oldest = s;
	}
	if (oldest && evict(t, oldest))
		return (int)oldest->slot;
	return -ENOSPC;
}

/* With t->lock held. -ENOSPC when there is no room in the table, or -ENOMEM. */
struct sgap_server *sgap_server_create(struct sgap_servers *t, const struct sgap_addr *addr)
{
	struct sgap_server *s;
	int slot;

	lockdep_assert_held(&t->lock);
	slot = find_slot(t);
	if (slot < 0)
		return ERR_PTR(slot);
	s = kzalloc(struct_size(s, lane, t->nlanes), MODEST);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->t = t;
	s->addr = *addr;
	s->slot = (u32)slot;
	s->th = t->th;
	s->used = jiffies;
	t->n++;
	rcu_assign_pointer(t->slots[slot], s);
	hlist_add_head_rcu(&s->node, hash_head(t, addr));
	return s;
}

static noinline struct sgap_server *get_slowly(struct sgap_servers *t,
					       const struct sgap_addr *addr)
{
	struct sgap_server *s;

	spin_lock_bh(&t->lock);
	s = find(t, addr);
	if (!s)
		s = sgap_server_create(t, addr);
	spin_unlock_bh(&t->lock);
	return IS_ERR(s) ? NULL : s;
}

/**
 * sgap_server_get - the server of an address, made if it is not there
 * @t: the tap's servers
 * @addr: of the server
 *
 * Returns NULL when the table is full and nobody in it is idle, or without memory.
 */
struct sgap_server *sgap_server_get(struct sgap_servers *t, const struct sgap_addr *addr)
{
	struct sgap_server *s = find(t, addr);

	if (unlikely(!s))
		return get_slowly(t, addr);
	/* Seldom, so that CPUs do not take the line from each other. */
	if (unlikely(time_after(jiffies, READ_ONCE(s->used) + HZ / 4)))
		WRITE_ONCE(s->used, jiffies);
	return s;
}

/**
 * sgap_server_make_stats - this CPU's counters of a server, made where they are not there
 * @t: the tap's servers
 * @s: the server
 * @index: of this CPU's lane
 * @proto: 17 or 6
 *
 * With the lane's lock held. NULL without memory.
 */
struct sgap_stats *sgap_server_make_stats(struct sgap_servers *t, struct sgap_server *s,
					  u32 index, u8 proto)
{
	/* Read by others under the lane's lock only, which we hold. */
	struct sgap_server_lane **lane = &s->lane[index];

	lockdep_assert_held(&sgap_lane(t)->lock);
	if (!*lane)
		*lane = room_alloc(t, lane_cache);
	if (!*lane || proto != SGAP_PROTO_TCP)
		return *lane ? &(*lane)->udp : NULL;
	if (!(*lane)->tcp)
		(*lane)->tcp = room_alloc(t, tcp_cache);
	return (*lane)->tcp;
}

/*
 * All that is counted stands still until thaw. Sleeps to get there. (sparse
 * cannot count locks in a loop: it is told that there is none.)
 */
void sgap_servers_freeze(struct sgap_servers *t)
{
	u32 i;

	mutex_lock(&t->frozen);
	local_bh_disable();
	for (i = 0; i < t->nlanes; i++) {
		spin_lock_nest_lock(&t->lanes[i].lock, &t->frozen);
		__release(&t->lanes[i].lock);
	}
}

void sgap_servers_thaw(struct sgap_servers *t)
{
	u32 i;

	for (i = t->nlanes; i-- > 0;) {
		__acquire(&t->lanes[i].lock);
		spin_unlock(&t->lanes[i].lock);
	}
	local_bh_enable();
	mutex_unlock(&t->frozen);
}

static_assert(sizeof(struct sgap_tap_counters) % sizeof(u64) == 0, "all of it is u64");

/* Frozen. The tap's counters but for those that are read elsewhere. */
void sgap_servers_counters(struct sgap_servers *t, struct sgap_tap_counters *sum)
{
	u64 *to = (u64 *)sum;
	u32 i, k;

	lockdep_assert_held(&t->frozen);
	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < t->nlanes; i++)
		for (k = 0; k < sizeof(*sum) / sizeof(u64); k++)
			to[k] += ((const u64 *)&t->lanes[i].counters)[k];
	sum->servers = READ_ONCE(t->n);
	sum->servers_evicted = READ_ONCE(t->evicted);
}

bool sgap_server_sum(struct sgap_servers *t, const struct sgap_server *s, u8 proto,
		     struct sgap_stats *sum)
{
	const struct sgap_stats *one;
	bool any = false;
	u32 i;

	lockdep_assert_held(&t->frozen);
	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < t->nlanes; i++) {
		if (!s->lane[i])
			continue;
		one = proto == SGAP_PROTO_TCP ? s->lane[i]->tcp : &s->lane[i]->udp;
		if (one)
			sgap_stats_add(sum, one);
		any |= !!one;
	}
	return any;
}

/* What is in flight stays: it was asked, and will be answered. */
static void reset_proto(struct sgap_servers *t, struct sgap_server *s, u8 proto,
			struct sgap_stats *sum)
{
	struct sgap_stats *one, *first = NULL;
	u64 in_flight;
	u32 i;

	if (!sgap_server_sum(t, s, proto, sum))
		return;
	in_flight = sum->transactions - sum->answered - sum->unanswered - sum->failed -
		    sum->evicted;
	for (i = 0; i < t->nlanes; i++) {
		if (!s->lane[i])
			continue;
		one = proto == SGAP_PROTO_TCP ? s->lane[i]->tcp : &s->lane[i]->udp;
		if (!one)
			continue;
		memset(one, 0, sizeof(*one));
		first = first ?: one;
	}
	first->transactions = in_flight;
	first->queries = in_flight;
}

/* Frozen. Counters back to zero; sum is the caller's memory to work in. */
void sgap_server_reset(struct sgap_servers *t, struct sgap_server *s, struct sgap_stats *sum)
{
	lockdep_assert_held(&t->frozen);
	reset_proto(t, s, SGAP_PROTO_UDP, sum);
	reset_proto(t, s, SGAP_PROTO_TCP, sum);
}

static int lanes_init(struct sgap_servers *t)
{
	u32 i;

	t->nlanes = min_t(u32, nr_cpu_ids, SGAP_LANES_MAX);
	t->lanes = kvcalloc(t->nlanes, sizeof(*t->lanes), GFP_KERNEL_ACCOUNT);
	if (!t->lanes)
		return -ENOMEM;
	for (i = 0; i < t->nlanes; i++)
		spin_lock_init(&t->lanes[i].lock);
	return 0;
}

/**
 * sgap_servers_init - a tap's servers and counters
 * @t: zeroed
 * @max: servers at most
 * @wake: called when the judge has something to do; from any context
 *
 * What it has got by an error is left to sgap_servers_free().
 */
int sgap_servers_init(struct sgap_servers *t, u32 max, void (*wake)(struct sgap_servers *t))
{
	u32 heads = roundup_pow_of_two(max);
	int ret;

	ret = lanes_init(t);
	if (ret)
		return ret;
	t->hash = kvcalloc(heads, sizeof(*t->hash), GFP_KERNEL_ACCOUNT);
	t->slots = kvcalloc(max, sizeof(*t->slots), GFP_KERNEL_ACCOUNT);
	if (!t->hash || !t->slots)
		return -ENOMEM;
	t->mask = heads - 1;
	t->max = max;
	t->cursor = max - 1;
	t->wake = wake;
	atomic_long_set(&t->room, (long)max * SGAP_SERVER_BYTES);
	mutex_init(&t->frozen);
	spin_lock_init(&t->lock);
	init_llist_head(&t->dirty);
	INIT_LIST_HEAD(&t->hot);
	get_random_bytes(&t->seed, sizeof(t->seed));
	sgap_threshold_default(&t->th);
	return 0;
}

/* Nobody can reach it any more. */
void sgap_servers_free(struct sgap_servers *t)
{
	struct sgap_server *s;
	u32 i;

	if (t->evicted)
		rcu_barrier();		/* server_free_rcu() gives the room back */
	for (i = 0; t->slots && i < t->max; i++) {
		s = rcu_dereference_protected(t->slots[i], true);
		if (s)
			server_free(t, s);
	}
	kvfree(t->slots);
	kvfree(t->hash);
	kvfree(t->lanes);
}

int __init sgap_server_init(void)
{
	lane_cache = KMEM_CACHE(sgap_server_lane, SLAB_HWCACHE_ALIGN);
	if (!lane_cache)
		return -ENOMEM;
	tcp_cache = KMEM_CACHE(sgap_stats, SLAB_HWCACHE_ALIGN);
	if (!tcp_cache) {
		kmem_cache_destroy(lane_cache);
		return -ENOMEM;
	}
	return 0;
}

void sgap_server_uninit(void)
{
	rcu_barrier();		/* server_free_rcu() */
	kmem_cache_destroy(tcp_cache);
	kmem_cache_destroy(lane_cache);
}
