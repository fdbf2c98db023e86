// SPDX-License-Identifier: GPL-2.0-only
#include "link.h"

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/timekeeping.h>
#include <net/gen_stats.h>
#include <net/sch_generic.h>

/*
 * What the disciplines of the transmit queues dropped, with what is inside of each. One that all
 * queues share counts once. A root that is there only to have one per queue (mq) drops nothing.
 */
static u64 qdisc_drops(struct net_device *dev)
{
	struct gnet_stats_queue stats;
	struct Qdisc *q, *last = NULL;
	unsigned int i;
	u64 drops = 0;

	for (i = 0; i < dev->num_tx_queues; i++) {
		q = rtnl_dereference(netdev_get_tx_queue(dev, i)->qdisc_sleeping);
		if (!q || q == last)
			continue;
		last = q;
		memset(&stats, 0, sizeof(stats));
		gnet_stats_add_queue(&stats, q->cpu_qstats, &q->qstats);
		drops += stats.drops;
	}
	return drops;
}

static void look_at_errors(u64 *now, struct net_device *dev)
{
	struct rtnl_link_stats64 stats;

	dev_get_stats(dev, &stats);
	now[SGAP_LINK_RX_ERRORS] = stats.rx_errors;
	now[SGAP_LINK_TX_ERRORS] = stats.tx_errors;
	now[SGAP_LINK_RX_DROPPED] = stats.rx_dropped;
	now[SGAP_LINK_TX_DROPPED] = stats.tx_dropped;
	now[SGAP_LINK_QDISC_DROPS] = qdisc_drops(dev);
}

static void look_at(u64 *now, struct net_device *dev)
{
	struct ethtool_link_ksettings ks = {};

	ASSERT_RTNL();
	now[SGAP_LINK_CARRIER] = netif_carrier_ok(dev);
	now[SGAP_LINK_MTU] = dev->mtu;
	now[SGAP_LINK_FEATURES] = dev->features;
	if (netif_device_present(dev) && !__ethtool_get_link_ksettings(dev, &ks)) {
		now[SGAP_LINK_SPEED] = ks.base.speed;
		now[SGAP_LINK_DUPLEX] = ks.base.duplex;
		now[SGAP_LINK_AUTONEG] = ks.base.autoneg;
	}
	look_at_errors(now, dev);
}

void sgap_link_init(struct sgap_link *link, struct net_device *dev)
{
	memset(link, 0, sizeof(*link));
	look_at(link->now, dev);
}

/* They only rise; a new queueing discipline begins at 0, and that is no change. */
static bool is_counter(u32 what)
{
	return (what >= SGAP_LINK_RX_ERRORS && what <= SGAP_LINK_TX_DROPPED) ||
	       what == SGAP_LINK_QDISC_DROPS;
}

/* A LINK record of each value that is another one now. */
void sgap_link_update(struct sgap_link *link, struct net_device *dev, struct sgap_rings *rings)
{
	struct sgap_link old = *link;
	u32 what;

	look_at(link->now, dev);
	for (what = 0; what < __SGAP_LINK_MAX; what++)
		if (is_counter(what) ? link->now[what] > old.now[what] :
		    link->now[what] != old.now[what])
			sgap_link_event(rings, what, old.now[what], link->now[what]);
}

/*
 * The same of the error counters that rose. An interface that loses packets may tell nobody:
 * so they are looked at now and then.
 */
void sgap_link_errors(struct sgap_link *link, struct net_device *dev, struct sgap_rings *rings)
{
	struct sgap_link old = *link;
	u32 what;

	ASSERT_RTNL();
	look_at_errors(link->now, dev);
	for (what = 0; what < __SGAP_LINK_MAX; what++)
		if (is_counter(what) && link->now[what] > old.now[what])
			sgap_link_event(rings, what, old.now[what], link->now[what]);
}

void sgap_link_event(struct sgap_rings *rings, u32 what, u64 before, u64 after)
{
	struct sgap_rec_link rec = {
		.ts = ktime_get_real_ns(), .what = what, .before = before, .after = after,
	};

	sgap_rings_push(rings, &rec.rec, sizeof(rec), SGAP_REC_LINK, rec.ts);
}
