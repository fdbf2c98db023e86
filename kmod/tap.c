// SPDX-License-Identifier: GPL-2.0-only
#include "tap.h"
#include "chardev.h"
#include "stream.h"
#include "trace.h"

#include <linux/if_arp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/netfilter_netdev.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define JUDGE_MS 20	/* from an outcome to the judgement */
#define SNAPS 1024u	/* queries, SYNs and segments whose bytes are kept, if any are */
#define FRAGS 512u	/* fragmented datagrams that are followed: 64 KiB */

static struct workqueue_struct *judges;

/* 2.8 MiB of transactions, 1.4 of connections, at most 3 of servers. */
void sgap_tap_defaults(struct sgap_tap_opt *opt, struct sgap_tap_size *size)
{
	*opt = (struct sgap_tap_opt){
		.frame.ports = { .n = 1, .port = { 53 } },
		.timeout_ms = 5000,
		.overdue_ms = 1000,
		.ring_bytes = 1u << 20,
		.packet_rate = 1000,
		.census = { .prefix4 = 24, .prefix6 = 48, .zone_depth = 2 },
	};
	*size = (struct sgap_tap_size){
		.txn_max = 16384, .servers_max = 1024, .tcp_max = 2048, .tcp_bytes = 1u << 19,
		.census_max = 256,
	};
}

static void wake_judge(struct sgap_servers *servers)
{
	struct sgap_tap *tap = container_of(servers, struct sgap_tap, servers);

	mod_delayed_work(judges, &tap->judge, msecs_to_jiffies(JUDGE_MS));
}

static void state_changed(void *ctx, const struct sgap_state_change *change)
{
	struct sgap_tap *tap = ctx;
	struct sgap_state_event event = {
		.net = tap->net, .ifindex = tap->dev->ifindex, .ifname = tap->dev->name,
		.change = change,
	};
	struct sgap_rec_state rec = {
		.ts = change->ts, .before = change->before, .after = change->after,
		.window = change->window,
	};

	memcpy(rec.server, change->addr.b, sizeof(rec.server));
	trace_sgap_state(event.ifindex, &change->addr, change->before, change->after,
			 &change->window);
	sgap_rings_push(tap->rings, &rec.rec, sizeof(rec), SGAP_REC_STATE, rec.ts);
	sgap_state_call(&event);
}

static void judge_work(struct work_struct *work)
{
	struct sgap_tap *tap = container_of(to_delayed_work(work), struct sgap_tap, judge);

	if (sgap_servers_judge(&tap->servers, state_changed, tap))
		queue_delayed_work(judges, &tap->judge, HZ);
}

static void look_again(struct sgap_tap *tap, unsigned long after)
{
	queue_delayed_work(system_power_efficient_wq, &tap->errors, after);
}

/* Not waiting for RTNL: who has it may be waiting for this to end. */
static void errors_work(struct work_struct *work)
{
	struct sgap_tap *tap = container_of(to_delayed_work(work), struct sgap_tap, errors);

	if (!rtnl_trylock()) {
		look_again(tap, HZ / 20);
		return;
	}
	sgap_link_errors(&tap->link, tap->dev, tap->rings);
	rtnl_unlock();
	look_again(tap, HZ);
}

/* Fewer shards than transactions by far, more than CPUs. */
static u32 count_shards(u32 txn_max)
{
	u32 n = roundup_pow_of_two(2 * num_possible_cpus());

	return min3(n, (u32)SGAP_SHARDS_MAX, txn_max / 64);
}

static void txn_config(const struct sgap_tap *tap, const struct sgap_tap_opt *opt,
		       struct sgap_txn_cfg *cfg)
{
	cfg->timeout_ns = opt->timeout_ms * SGAP_NS_PER_MS;
	cfg->overdue_ns = opt->overdue_ms * SGAP_NS_PER_MS;
	cfg->seed = tap->seed;
}

/* Each shard's part of the connections and of the pieces of their messages. */
static void tcp_config(const struct sgap_tap *tap, const struct sgap_tap_opt *opt,
		       struct sgap_tcp_cfg *cfg)
{
	cfg->conns = max(tap->size.tcp_max / tap->nshards, 16u);
	cfg->pieces = max(tap->size.tcp_bytes / SGAP_STREAM_PIECE / tap->nshards, 16u);
	cfg->timeout_ns = opt->timeout_ms * SGAP_NS_PER_MS;
}

/* A shard's part of the memory, in the order of shard_init(). */
static size_t shard_size(const struct sgap_tap *tap, u32 txns, const struct sgap_tcp_cfg *tcp)
{
	return ALIGN(sgap_txn_table_size(txns), 64) + ALIGN(sgap_tcp_table_size(tcp), 64) +
	       sgap_frag_table_size(FRAGS / tap->nshards);
}

static void shard_init(struct sgap_tap *tap, u32 i, u32 txns,
		       const struct sgap_txn_cfg *txn, const struct sgap_tcp_cfg *tcp)
{
	u8 *mem = (u8 *)PTR_ALIGN(tap->memory, 64) + i * shard_size(tap, txns, tcp);
	struct sgap_shard *shard = &tap->shards[i];

	spin_lock_init(&shard->lock);
	spin_lock_init(&shard->tcp_lock);
	spin_lock_init(&shard->frag_lock);
	shard->table = sgap_txn_table_init(mem, txns, txn);
	mem += ALIGN(sgap_txn_table_size(txns), 64);
	shard->tcp = sgap_tcp_table_init(mem, tcp);
	mem += ALIGN(sgap_tcp_table_size(tcp), 64);
	shard->frag = sgap_frag_table_init(mem, FRAGS / tap->nshards, txn->timeout_ns);
}

static int shards_init(struct sgap_tap *tap, const struct sgap_tap_opt *opt)
{
	struct sgap_txn_cfg txn;
	struct sgap_tcp_cfg tcp;
	u32 i, each;

	tap->seed = get_random_u64();
	tap->nshards = count_shards(tap->size.txn_max);
	each = tap->size.txn_max / tap->nshards;
	txn_config(tap, opt, &txn);
	tcp_config(tap, opt, &tcp);
	tap->shards = kcalloc(tap->nshards, sizeof(*tap->shards), GFP_KERNEL_ACCOUNT);
	/* Not kvzalloc(): that takes whole huge pages, of which up to 2 MiB stay unused. */
	tap->memory = __vmalloc(shard_size(tap, each, &tcp) * tap->nshards + 64,
				GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!tap->shards || !tap->memory)
		return -ENOMEM;
	for (i = 0; i < tap->nshards; i++)
		shard_init(tap, i, each, &txn, &tcp);
	return 0;
}

static void free_snaps(struct sgap_snap **snap, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		sgap_snap_free(snap[i]);
}

/* Stores for a snap length, none for 0. */
static int alloc_snaps(struct sgap_snap **snap, u32 n, u32 snaplen)
{
	u32 i;

	for (i = 0; i < n; i++) {
		snap[i] = snaplen ? sgap_snap_alloc(SNAPS / n, snaplen) : NULL;
		if (snaplen && !snap[i]) {
			free_snaps(snap, i);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Puts these in the place of those that are there, and those in theirs. */
static void swap_snaps(struct sgap_tap *tap, struct sgap_snap **snap)
{
	u32 i;

	for (i = 0; i < tap->nshards; i++) {
		spin_lock_bh(&tap->shards[i].lock);
		swap(tap->shards[i].snap, snap[i]);
		spin_unlock_bh(&tap->shards[i].lock);
	}
}

static int snaps_init(struct sgap_tap *tap, u32 snaplen)
{
	struct sgap_snap *snap[SGAP_SHARDS_MAX];
	int ret = alloc_snaps(snap, tap->nshards, snaplen);

	if (!ret)
		swap_snaps(tap, snap);
	return ret;
}

static int census_init(struct sgap_tap *tap)
{
	size_t size = sgap_census_table_size(tap->size.census_max);
	u32 i, n = tap->servers.nlanes * __SGAP_CENSUS_KIND_MAX;

	if (!tap->size.census_max)
		return 0;
	tap->censuses = kcalloc(n, sizeof(*tap->censuses), GFP_KERNEL_ACCOUNT);
	tap->census_memory = kvcalloc(n, size, GFP_KERNEL_ACCOUNT);
	if (!tap->censuses || !tap->census_memory)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		tap->censuses[i] = sgap_census_table_init((u8 *)tap->census_memory + i * size,
							tap->size.census_max);
	return 0;
}

/* What is counted by other prefixes and another depth than before begins anew. */
static void census_clear(struct sgap_tap *tap)
{
	struct sgap_census_table **t;
	u32 i, kind;

	for (i = 0; i < tap->servers.nlanes; i++) {
		t = sgap_tap_censuses(tap, i);
		spin_lock_bh(&tap->servers.lanes[i].lock);
		for (kind = 0; t && kind < __SGAP_CENSUS_KIND_MAX; kind++)
			sgap_census_table_clear(t[kind]);
		spin_unlock_bh(&tap->servers.lanes[i].lock);
	}
}

static void set_idle(struct sgap_tap *tap, const struct sgap_tap_opt *opt)
{
	/* So long that none of its transactions waits any more. */
	WRITE_ONCE(tap->servers.idle, msecs_to_jiffies(opt->timeout_ms + 1000));
}

static void tap_free(struct sgap_tap *tap)
{
	u32 i;

	for (i = 0; tap->shards && i < tap->nshards; i++)
		sgap_snap_free(tap->shards[i].snap);
	kfree(rcu_access_pointer(tap->opt));
	sgap_servers_free(&tap->servers);
	kvfree(tap->census_memory);
	kfree(tap->censuses);
	kvfree(tap->bufs);
	vfree(tap->memory);
	kfree(tap->shards);
	free_percpu(tap->frames);
	kfree(tap);
}

static struct sgap_tap *tap_alloc(const struct sgap_tap_opt *opt,
				  const struct sgap_tap_size *size)
{
	struct sgap_tap_opt *copy;
	struct sgap_tap *tap;

	tap = kzalloc(sizeof(*tap), GFP_KERNEL_ACCOUNT);
	if (!tap)
		return NULL;
	tap->size = *size;
	copy = kmemdup(opt, sizeof(*opt), GFP_KERNEL_ACCOUNT);
	RCU_INIT_POINTER(tap->opt, copy);
	tap->frames = alloc_percpu_gfp(u64, GFP_KERNEL_ACCOUNT);
	if (!copy || !tap->frames || shards_init(tap, opt) || snaps_init(tap, opt->snaplen) ||
	    sgap_servers_init(&tap->servers, size->servers_max, wake_judge) || census_init(tap))
		goto err_alloc;
	set_idle(tap, opt);
	tap->bufs = kvcalloc(tap->servers.nlanes, SGAP_TAP_BUF, GFP_KERNEL_ACCOUNT);
	if (!tap->bufs)
		goto err_alloc;
	timer_setup(&tap->expire, sgap_tap_expire, 0);
	INIT_DELAYED_WORK(&tap->judge, judge_work);
	INIT_DELAYED_WORK(&tap->errors, errors_work);
	return tap;

err_alloc:
	tap_free(tap);
	return NULL;
}

static bool is_ethernet(const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER || dev->type == ARPHRD_LOOPBACK;
}

static void set_hook(struct sgap_tap *tap, nf_hookfn *fn, unsigned int hooknum)
{
	tap->hooks[tap->nhooks++] = (struct nf_hook_ops){
		.hook = fn, .dev = tap->dev, .priv = tap, .pf = NFPROTO_NETDEV,
		.hooknum = hooknum, .priority = INT_MIN,
	};
}

/* What leaves through loopback comes in by it, and is seen there. */
static int hooks_register(struct sgap_tap *tap)
{
	set_hook(tap, sgap_tap_ingress, NF_NETDEV_INGRESS);
	if (!(tap->dev->flags & IFF_LOOPBACK))
		set_hook(tap, sgap_tap_egress, NF_NETDEV_EGRESS);
	return nf_register_net_hooks(tap->net, tap->hooks, tap->nhooks);
}

static int chardev_init(struct sgap_tap *tap, const struct sgap_tap_opt *opt)
{
	struct sgap_chardev *c;

	c = sgap_chardev_add(tap->dev->name, tap->dev->ifindex, tap->net->ns.inum,
			     opt->ring_bytes);
	if (IS_ERR(c))
		return PTR_ERR(c);
	tap->chardev = c;
	tap->rings = &c->rings;
	return 0;
}

/**
 * sgap_tap_create - tap an interface
 * @dev: Ethernet-like, and without a tap
 * @opt: options
 * @size: sizes
 * @extack: told why not
 *
 * Under RTNL.
 */
struct sgap_tap *sgap_tap_create(struct net_device *dev, const struct sgap_tap_opt *opt,
				 const struct sgap_tap_size *size,
				 struct netlink_ext_ack *extack)
{
	struct sgap_tap *tap;
	int ret;

	ASSERT_RTNL();
	if (!is_ethernet(dev)) {
		NL_SET_ERR_MSG(extack, "the interface is not Ethernet-like");
		return ERR_PTR(-EOPNOTSUPP);
	}
	tap = tap_alloc(opt, size);
	if (!tap)
		return ERR_PTR(-ENOMEM);
	tap->net = dev_net(dev);
	tap->dev = dev;
	netdev_hold(dev, &tap->tracker, GFP_KERNEL);
	ret = chardev_init(tap, opt);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the character device cannot be made");
		goto err_chardev;
	}
	sgap_link_init(&tap->link, dev);
	mod_timer(&tap->expire, jiffies + 1);
	ret = hooks_register(tap);
	if (ret) {
		NL_SET_ERR_MSG(extack, "the netfilter hooks cannot be registered");
		goto err_hooks;
	}
	look_again(tap, HZ);
	return tap;

err_hooks:
	synchronize_net();	/* one of the hooks may have been there for a moment */
	timer_delete_sync(&tap->expire);
	cancel_delayed_work_sync(&tap->judge);
	sgap_chardev_del(tap->chardev);
err_chardev:
	netdev_put(dev, &tap->tracker);
	tap_free(tap);
	return ERR_PTR(ret);
}

/* Other options from the next packet on; with the mutex that guards tap->opt. */
int sgap_tap_set(struct sgap_tap *tap, const struct sgap_tap_opt *opt)
{
	struct sgap_tap_opt *new = kmemdup(opt, sizeof(*opt), GFP_KERNEL_ACCOUNT), *old;
	struct sgap_snap *snap[SGAP_SHARDS_MAX];
	struct sgap_txn_cfg cfg;
	bool recensus;
	u32 i;

	if (!new)
		return -ENOMEM;
	if (alloc_snaps(snap, tap->nshards, opt->snaplen)) {
		kfree(new);
		return -ENOMEM;
	}
	swap_snaps(tap, snap);
	free_snaps(snap, tap->nshards);
	old = rcu_replace_pointer(tap->opt, new, true);
	recensus = memcmp(&old->census, &new->census, sizeof(new->census));
	kfree_rcu(old, rcu);
	if (recensus)
		census_clear(tap);
	txn_config(tap, opt, &cfg);
	for (i = 0; i < tap->nshards; i++) {
		spin_lock_bh(&tap->shards[i].lock);
		sgap_txn_table_set(tap->shards[i].table, &cfg);
		spin_unlock_bh(&tap->shards[i].lock);
		spin_lock_bh(&tap->shards[i].tcp_lock);
		sgap_tcp_table_set(tap->shards[i].tcp, cfg.timeout_ns);
		spin_unlock_bh(&tap->shards[i].tcp_lock);
		spin_lock_bh(&tap->shards[i].frag_lock);
		sgap_frag_table_set(tap->shards[i].frag, cfg.timeout_ns);
		spin_unlock_bh(&tap->shards[i].frag_lock);
	}
	set_idle(tap, opt);
	WRITE_ONCE(tap->chardev->ring_bytes, opt->ring_bytes);
	return 0;
}

/*
 * First step of the end, under RTNL: no packet finds the hooks any more. Those
 * that are in them now are out after a grace period, which the caller sees to.
 * The interface may be on its way out, so its counters are looked at no more.
 */
void sgap_tap_make_dead(struct sgap_tap *tap)
{
	nf_unregister_net_hooks(tap->net, tap->hooks, tap->nhooks);
	cancel_delayed_work_sync(&tap->errors);
}

/*
 * Last step. Who may still hold the tap, and why he lets go: the hooks, over by
 * the grace period; the timer, deleted here, and no one else starts it; the
 * judge, started by the former two, so cancelled after them. Open files hold
 * the character device, which knows nothing of the tap.
 */
void sgap_tap_destroy(struct sgap_tap *tap)
{
	timer_delete_sync(&tap->expire);
	cancel_delayed_work_sync(&tap->judge);
	sgap_link_event(tap->rings, SGAP_LINK_GONE, 0, 0);
	sgap_chardev_del(tap->chardev);
	netdev_put(tap->dev, &tap->tracker);
	tap_free(tap);
}

/* All of the tap's counters at one moment. */
void sgap_tap_counters(struct sgap_tap *tap, struct sgap_tap_counters *c)
{
	struct sgap_ring_totals totals;
	unsigned int cpu;
	u32 i;

	sgap_servers_freeze(&tap->servers);
	sgap_servers_counters(&tap->servers, c);
	/* The tables stand still too: their locks are taken inside a lane's. */
	for (i = 0; i < tap->nshards; i++)
		c->in_flight += sgap_txn_waiting(tap->shards[i].table);
	sgap_servers_thaw(&tap->servers);
	for_each_possible_cpu(cpu)
		c->frames += *per_cpu_ptr(tap->frames, cpu);
	sgap_rings_totals(tap->rings, &totals);
	c->records_made = totals.made;
	c->records_read = totals.read;
	c->records_lost = totals.lost;
}

int __init sgap_tap_init(void)
{
	judges = alloc_workqueue("stopgap", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return judges ? 0 : -ENOMEM;
}

void sgap_tap_uninit(void)
{
	destroy_workqueue(judges);
}
