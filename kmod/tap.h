/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tap: netfilter hooks on one interface, and what they feed. tap.c makes and
 * ends taps, tap_hook.c is what a packet passes, tap_net.c knows the taps of a
 * network namespace and hears what happens to their interfaces.
 */
#ifndef SGAP_TAP_H
#define SGAP_TAP_H

#include "frag.h"
#include "frame.h"
#include "link.h"
#include "server.h"
#include "snap.h"
#include "census.h"
#include "tcp.h"
#include "txn.h"

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

struct net;
struct netlink_ext_ack;
struct sgap_chardev;

#define SGAP_SHARDS_MAX 16

/* What can be set while it runs; replaced as a whole under RCU. */
struct sgap_tap_opt {
	struct rcu_head rcu;
	struct sgap_frame_opt frame;
	u32 timeout_ms, overdue_ms;
	u32 ring_bytes;
	u32 snaplen;
	u32 packet_rate;
	struct sgap_census_cfg census;
};

/* What can be set only when it is made. */
struct sgap_tap_size {
	u32 txn_max;
	u32 servers_max;
	u32 tcp_max, tcp_bytes;
	u32 census_max;
};

/**
 * struct sgap_shard - a part of the transactions and TCP connections
 * @lock: protects all of @table; bottom halves are off; inside @tcp_lock
 * @table: transactions of the flows whose hash picks this shard
 * @snap: bytes of their queries, NULL without a snap length; @lock
 * @tcp_lock: protects all of @tcp; taken inside a lane's
 * @tcp: connections of the same flows
 * @frag_lock: protects all of @frag; taken inside a lane's
 * @frag: fragmented datagrams whose hash picks this shard
 */
struct sgap_shard {
	spinlock_t lock;
	struct sgap_txn_table *table;
	struct sgap_snap *snap;
	spinlock_t tcp_lock;
	struct sgap_tcp_table *tcp;
	spinlock_t frag_lock;
	struct sgap_frag_table *frag;
} ____cacheline_aligned_in_smp;

/**
 * struct sgap_tap - a tap
 *
 * Made and ended under RTNL. Hooks reach it until the grace period after they
 * are unregistered; its timer until it is deleted; its works until they are
 * cancelled; netlink under the mutex of struct sgap_net.
 */
struct sgap_tap {
	/** @opt: as set; RCU, written under sgap_net.mutex */
	struct sgap_tap_opt __rcu *opt;
	/** @frames: all frames, per CPU */
	u64 __percpu *frames;
	/** @shards: @nshards of them, a power of two */
	struct sgap_shard *shards;
	/** @nshards: number of @shards */
	u32 nshards;
	/** @seed: of the transactions' hash, random */
	u64 seed;
	/** @servers: and the tap's own counters */
	struct sgap_servers servers;
	/** @rings: of @chardev: where records go */
	struct sgap_rings *rings;
	/** @censuses: @nlanes times a table for each kind, NULL without; a lane's lock */
	struct sgap_census_table **censuses;
	/** @census_memory: what they were allocated as */
	void *census_memory;
	/** @second: of CLOCK_MONOTONIC, that @packets were made in; the rings' lock */
	time64_t second;
	/** @packets: PACKET records of that second; the rings' lock */
	u32 packets;
	/** @bufs: per lane, for packets that are not in one piece */
	u8 *bufs;

	/** @node: in sgap_net.taps; sgap_net.mutex */
	struct list_head node;
	/** @net: its interface's; it outlives the interface and so the tap */
	struct net *net;
	/** @dev: the interface, held */
	struct net_device *dev;
	/** @tracker: of @dev's reference */
	netdevice_tracker tracker;
	/** @hooks: ingress and egress */
	struct nf_hook_ops hooks[2];
	/** @nhooks: how many of @hooks are used: loopback has ingress only */
	u32 nhooks;
	/** @size: as asked for */
	struct sgap_tap_size size;
	/** @memory: what the tables of the shards were allocated as */
	void *memory;
	/** @expire: lets time pass in the transactions */
	struct timer_list expire;
	/** @judge: finds out states, some time after servers.wake */
	struct delayed_work judge;
	/** @chardev: /dev/stopgapN */
	struct sgap_chardev *chardev;
	/** @errors: looks at the interface's error counters, once a second */
	struct delayed_work errors;
	/** @link: the interface's, as last looked at; RTNL */
	struct sgap_link link;
};

/* tap.c */
int sgap_tap_init(void);
void sgap_tap_uninit(void);
void sgap_tap_defaults(struct sgap_tap_opt *opt, struct sgap_tap_size *size);
struct sgap_tap *sgap_tap_create(struct net_device *dev, const struct sgap_tap_opt *opt,
				 const struct sgap_tap_size *size,
				 struct netlink_ext_ack *extack);
int sgap_tap_set(struct sgap_tap *tap, const struct sgap_tap_opt *opt);
void sgap_tap_make_dead(struct sgap_tap *tap);
void sgap_tap_destroy(struct sgap_tap *tap);
void sgap_tap_counters(struct sgap_tap *tap, struct sgap_tap_counters *c);

/* Of one lane: a table for each kind. */
static inline struct sgap_census_table **sgap_tap_censuses(const struct sgap_tap *tap, u32 lane)
{
	return tap->censuses ? &tap->censuses[lane * __SGAP_CENSUS_KIND_MAX] : NULL;
}

/* tap_hook.c */
unsigned int sgap_tap_ingress(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
unsigned int sgap_tap_egress(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
void sgap_tap_expire(struct timer_list *timer);

/* tap_net.c; _locked: with the mutex of the network namespace held */
int sgap_net_init(void);
void sgap_net_uninit(void);
void sgap_net_lock(struct net *net);
void sgap_net_unlock(struct net *net);
struct sgap_tap *sgap_net_add_locked(struct net_device *dev, const struct sgap_tap_opt *opt,
				     const struct sgap_tap_size *size,
				     struct netlink_ext_ack *extack);
void sgap_net_del_locked(struct sgap_tap *tap);
struct sgap_tap *sgap_net_find_locked(struct net *net, int ifindex);
struct sgap_tap *sgap_net_next_locked(struct net *net, int after);
void sgap_net_push(struct net *net, struct sgap_rec *rec, u32 len, u16 type, u64 ts);
u8 sgap_net_server_state(struct net *net, const struct sgap_addr *addr, u64 *since);

#define SGAP_TAP_BUF 16384u	/* bytes of a packet that is not in one piece */

#endif
