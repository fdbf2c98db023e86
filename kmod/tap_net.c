// SPDX-License-Identifier: GPL-2.0-only
/* The taps of a network namespace, and what happens to their interfaces. */
#include "tap.h"
#include "chardev.h"

#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/**
 * struct sgap_net - what belongs to a network namespace
 * @mutex: protects @taps and each tap's options; taken inside RTNL
 * @taps: by interface index
 * @dead: taps between make_dead and destroy, while the namespace or the module goes
 */
struct sgap_net {
	struct mutex mutex;
	struct list_head taps;
	struct list_head dead;
};

static unsigned int net_id;

static struct sgap_net *to_sgap(struct net *net)
{
	return net_generic(net, net_id);
}

void sgap_net_lock(struct net *net)
{
	mutex_lock(&to_sgap(net)->mutex);
}

void sgap_net_unlock(struct net *net)
{
	mutex_unlock(&to_sgap(net)->mutex);
}

/* The first tap on an interface with an index above after. */
struct sgap_tap *sgap_net_next_locked(struct net *net, int after)
{
	struct sgap_net *sn = to_sgap(net);
	struct sgap_tap *tap;

	lockdep_assert_held(&sn->mutex);
	list_for_each_entry(tap, &sn->taps, node)
		if (tap->dev->ifindex > after)
			return tap;
	return NULL;
}

struct sgap_tap *sgap_net_find_locked(struct net *net, int ifindex)
{
	struct sgap_tap *tap = sgap_net_next_locked(net, ifindex - 1);

	return tap && tap->dev->ifindex == ifindex ? tap : NULL;
}

/* Under RTNL. */
struct sgap_tap *sgap_net_add_locked(struct net_device *dev, const struct sgap_tap_opt *opt,
				     const struct sgap_tap_size *size,
				     struct netlink_ext_ack *extack)
{
	struct sgap_net *sn = to_sgap(dev_net(dev));
	struct sgap_tap *tap, *next;

	lockdep_assert_held(&sn->mutex);
	if (sgap_net_find_locked(dev_net(dev), dev->ifindex)) {
		NL_SET_ERR_MSG(extack, "the interface already has a tap");
		return ERR_PTR(-EEXIST);
	}
	tap = sgap_tap_create(dev, opt, size, extack);
	if (IS_ERR(tap))
		return tap;
	next = sgap_net_next_locked(dev_net(dev), dev->ifindex);
	list_add_tail(&tap->node, next ? &next->node : &sn->taps);
	return tap;
}

/* Under RTNL. */
void sgap_net_del_locked(struct sgap_tap *tap)
{
	lockdep_assert_held(&to_sgap(tap->net)->mutex);
	list_del(&tap->node);
	sgap_tap_make_dead(tap);
	synchronize_net();
	sgap_tap_destroy(tap);
}

/* The same record to the readers of all taps of a network namespace. */
void sgap_net_push(struct net *net, struct sgap_rec *rec, u32 len, u16 type, u64 ts)
{
	struct sgap_net *sn = to_sgap(net);
	struct sgap_tap *tap;

	mutex_lock(&sn->mutex);
	list_for_each_entry(tap, &sn->taps, node)
		sgap_rings_push(tap->rings, rec, len, type, ts);
	mutex_unlock(&sn->mutex);
}

/* The worst state that a tap of the network namespace knows the server in. */
u8 sgap_net_server_state(struct net *net, const struct sgap_addr *addr, u64 *since)
{
	struct sgap_net *sn = to_sgap(net);
	u8 worst = SGAP_STATE_UNKNOWN;
	struct sgap_server *s;
	struct sgap_tap *tap;

	*since = 0;
	mutex_lock(&sn->mutex);
	rcu_read_lock();
	list_for_each_entry(tap, &sn->taps, node) {
		s = sgap_server_find(&tap->servers, addr);
		if (!s || READ_ONCE(s->state) <= worst)
			continue;
		worst = READ_ONCE(s->state);
		*since = READ_ONCE(s->since);
	}
	rcu_read_unlock();
	mutex_unlock(&sn->mutex);
	return worst;
}

static void renamed(struct sgap_tap *tap)
{
	sgap_chardev_rename(tap->chardev, tap->dev->name);
	sgap_link_event(tap->rings, SGAP_LINK_NAME, 0, 0);
}

static void device_event(struct sgap_tap *tap, unsigned long event)
{
	switch (event) {
	case NETDEV_UNREGISTER:
		sgap_net_del_locked(tap);
		break;
	case NETDEV_CHANGENAME:
		renamed(tap);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
	case NETDEV_FEAT_CHANGE:
		sgap_link_update(&tap->link, tap->dev, tap->rings);
		break;
	}
}

/* Called under RTNL for every interface of every network namespace. */
static int netdev_notify(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct sgap_net *sn = to_sgap(dev_net(dev));
	struct sgap_tap *tap;

	mutex_lock(&sn->mutex);
	tap = sgap_net_find_locked(dev_net(dev), dev->ifindex);
	if (tap)
		device_event(tap, event);
	mutex_unlock(&sn->mutex);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = { .notifier_call = netdev_notify };

static int __net_init net_init(struct net *net)
{
	struct sgap_net *sn = to_sgap(net);

	mutex_init(&sn->mutex);
	INIT_LIST_HEAD(&sn->taps);
	INIT_LIST_HEAD(&sn->dead);
	return 0;
}

/*
 * The network namespace or the module goes. The core waits for a grace period
 * between this and net_exit(): one for all taps.
 */
static void __net_exit net_pre_exit(struct net *net)
{
	struct sgap_net *sn = to_sgap(net);
	struct sgap_tap *tap;

	rtnl_lock();
	mutex_lock(&sn->mutex);
	list_for_each_entry(tap, &sn->taps, node)
		sgap_tap_make_dead(tap);
	list_splice_init(&sn->taps, &sn->dead);
	mutex_unlock(&sn->mutex);
	rtnl_unlock();
}

static void __net_exit net_exit(struct net *net)
{
	struct sgap_tap *tap, *next;

	list_for_each_entry_safe(tap, next, &to_sgap(net)->dead, node)
		sgap_tap_destroy(tap);
}

/* The interfaces of a namespace come after this, and go before it does. */
static struct pernet_operations state_ops = {
	.init = net_init,
	.id = &net_id,
	.size = sizeof(struct sgap_net),
};

/*
 * ORDER: as a device's operations these end before those that unregister the
 * interfaces of a namespace and wait until nobody holds them.
 */
static struct pernet_operations taps_ops = {
	.pre_exit = net_pre_exit,
	.exit = net_exit,
};

int __init sgap_net_init(void)
{
	int ret;

	ret = register_pernet_subsys(&state_ops);
	if (ret)
		return ret;
	ret = register_pernet_device(&taps_ops);
	if (ret)
		goto err_taps;
	ret = register_netdevice_notifier(&netdev_nb);
	if (ret)
		goto err_notifier;
	return 0;

err_notifier:
	unregister_pernet_device(&taps_ops);
err_taps:
	unregister_pernet_subsys(&state_ops);
	return ret;
}

void sgap_net_uninit(void)
{
	unregister_netdevice_notifier(&netdev_nb);
	unregister_pernet_device(&taps_ops);
	unregister_pernet_subsys(&state_ops);
}
