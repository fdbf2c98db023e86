// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "compat.h"
#include "tap.h"

#include <linux/notifier.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#define DUMP_BYTES 16384	/* one server with both transports takes 4.6 KiB */

/* Not const: before 6.7 a policy's pointer to it is not either. */
static struct netlink_range_validation ifindex_range = { .min = 1, .max = INT_MAX };

static const struct nla_policy tap_policy[SGAP_TAP_A_MAX + 1] = {
	[SGAP_TAP_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),
	[SGAP_TAP_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

static const struct nla_policy addr_policy[SGAP_SERVER_A_MAX + 1] = {
	[SGAP_SERVER_A_ADDR] = NLA_POLICY_EXACT_LEN(16),
};

static const struct nla_policy values_policy[SGAP_THRESHOLD_A_MAX + 1] = {
	[SGAP_THRESHOLD_A_MIN] = NLA_POLICY_MIN(NLA_U32, 1),
	[SGAP_THRESHOLD_A_DEGRADED] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[SGAP_THRESHOLD_A_FAILING] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[SGAP_THRESHOLD_A_DEAD] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[SGAP_THRESHOLD_A_SLOW_MS] = NLA_POLICY_RANGE(NLA_U32, 0, 30000),
	[SGAP_THRESHOLD_A_WINDOW_S] = NLA_POLICY_RANGE(NLA_U32, 1, SGAP_WINDOW_S),
};

const struct nla_policy sgap_netlink_server_get_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TAP] = NLA_POLICY_NESTED(tap_policy),
};

const struct nla_policy sgap_netlink_server_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TAP] = NLA_POLICY_NESTED(tap_policy),
	[SGAP_A_SERVER] = NLA_POLICY_NESTED(addr_policy),
};

const struct nla_policy sgap_netlink_threshold_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TAP] = NLA_POLICY_NESTED(tap_policy),
	[SGAP_A_SERVER] = NLA_POLICY_NESTED(addr_policy),
	[SGAP_A_THRESHOLD] = NLA_POLICY_NESTED(values_policy),
};

/* Where a dump is; begins as zeroes. */
struct dump {
	u64 seed;	/* of the tap, so that another one on its interface is not taken for it */
	u32 slot;	/* the next one */
};

static struct dump *to_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));
	return (struct dump *)cb->ctx;
}

int sgap_netlink_server_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_BYTES;
	return 0;
}

static int put_stats(struct sk_buff *skb, struct sgap_tap *tap, const struct sgap_server *s,
		     struct sgap_stats *sum)
{
	struct sgap_servers *t = &tap->servers;
	bool udp, tcp;

	/* Both at one moment. */
	sgap_servers_freeze(t);
	udp = sgap_server_sum(t, s, SGAP_PROTO_UDP, &sum[0]);
	tcp = sgap_server_sum(t, s, SGAP_PROTO_TCP, &sum[1]);
	sgap_servers_thaw(t);
	return (udp && nla_put_64bit(skb, SGAP_SERVER_A_STATS_UDP, sizeof(sum[0]), &sum[0],
				     SGAP_SERVER_A_PAD)) ||
	       (tcp && nla_put_64bit(skb, SGAP_SERVER_A_STATS_TCP, sizeof(sum[1]), &sum[1],
				     SGAP_SERVER_A_PAD));
}

static int put_server(struct sk_buff *skb, struct sgap_tap *tap, const struct sgap_server *s,
		      struct sgap_stats *sum)
{
	struct nlattr *nest = nla_nest_start(skb, SGAP_A_SERVER);
	struct sgap_window window;

	if (!nest)
		return -EMSGSIZE;
	sgap_server_window(&tap->servers, s, &window);
	if (nla_put(skb, SGAP_SERVER_A_ADDR, sizeof(s->addr.b), s->addr.b) ||
	    nla_put_u8(skb, SGAP_SERVER_A_STATE, READ_ONCE(s->state)) ||
	    nla_put_u64_64bit(skb, SGAP_SERVER_A_STATE_SINCE, READ_ONCE(s->since),
			      SGAP_SERVER_A_PAD) ||
	    nla_put(skb, SGAP_SERVER_A_WINDOW, sizeof(window), &window) ||
	    put_stats(skb, tap, s, sum))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb, struct sgap_tap *tap,
		       const struct sgap_server *s, struct sgap_stats *sum)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &sgap_genl_family, NLM_F_MULTI, SGAP_CMD_SERVER_GET);

	if (!head)
		return -EMSGSIZE;
	if (put_server(skb, tap, s, sum)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* The server in a slot cannot be evicted meanwhile: it is made to look busy. */
static struct sgap_server *server_at(struct sgap_servers *t, u32 slot)
{
	struct sgap_server *s;

	spin_lock_bh(&t->lock);
	s = rcu_dereference_protected(t->slots[slot], lockdep_is_held(&t->lock));
	if (s)
		s->pins++;
	spin_unlock_bh(&t->lock);
	return s;
}

static void server_put(struct sgap_servers *t, struct sgap_server *s)
{
	spin_lock_bh(&t->lock);
	s->pins--;
	spin_unlock_bh(&t->lock);
}

static void dump_servers(struct sk_buff *skb, struct netlink_callback *cb, struct sgap_tap *tap,
			 struct sgap_stats *sum)
{
	struct sgap_servers *t = &tap->servers;
	struct dump *dump = to_dump(cb);
	struct sgap_server *s;
	int ret;

	for (; dump->slot < t->max; dump->slot++) {
		s = server_at(t, dump->slot);
		if (!s)
			continue;
		ret = put_message(skb, cb, tap, s, sum);
		server_put(t, s);
		if (ret)
			return;
	}
}

/*
 * By slot: a server that is there from the first message to the last is in the
 * dump exactly once, whatever comes and goes around it.
 */
int sgap_netlink_server_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct dump *dump = to_dump(cb);
	struct sgap_stats *sum;
	struct sgap_tap *tap;
	int ret;

	sum = kmalloc_array(2, sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	sgap_net_lock(net);
	tap = sgap_netlink_tap_find(net, sgap_dump_attrs(cb), cb->extack);
	ret = PTR_ERR_OR_ZERO(tap);
	if (!ret && dump->seed && dump->seed != tap->seed)
		ret = -ENODEV;
	if (!ret) {
		dump->seed = tap->seed;
		dump_servers(skb, cb, tap, sum);
		ret = (int)skb->len;
	}
	sgap_net_unlock(net);
	kfree(sum);
	return ret;
}

/* 0 and *has says whether there is an address. */
static int parse_addr(struct sgap_addr *addr, bool *has, struct genl_info *info)
{
	struct nlattr *tb[SGAP_SERVER_A_MAX + 1];
	int ret;

	*has = false;
	if (!info->attrs[SGAP_A_SERVER])
		return 0;
	ret = nla_parse_nested_deprecated(tb, SGAP_SERVER_A_MAX, info->attrs[SGAP_A_SERVER],
					  NULL, NULL);
	if (ret)
		return ret;
	if (!tb[SGAP_SERVER_A_ADDR]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SGAP_A_SERVER],
				    "which server? SERVER has no ADDR");
		return -EINVAL;
	}
	nla_memcpy(addr->b, tb[SGAP_SERVER_A_ADDR], sizeof(addr->b));
	*has = true;
	return 0;
}

static int no_server(struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SGAP_A_SERVER],
			    "the tap has seen no such server");
	return -ENOENT;
}

static int reset_servers(struct genl_info *info, struct sgap_tap *tap,
			 const struct sgap_addr *addr, struct sgap_stats *sum)
{
	struct sgap_servers *t = &tap->servers;
	struct sgap_server *s;
	bool any = false;
	u32 i;

	for (i = 0; i < t->max; i++) {
		s = server_at(t, i);
		if (!s)
			continue;
		if (!addr || sgap_addr_eq(addr, &s->addr)) {
			sgap_servers_freeze(t);
			sgap_server_reset(t, s, sum);
			sgap_servers_thaw(t);
			any = true;
		}
		server_put(t, s);
	}
	return any || !addr ? 0 : no_server(info);
}

int sgap_netlink_server_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sgap_stats *sum;
	struct sgap_addr addr;
	struct sgap_tap *tap;
	bool has;
	int ret;

	ret = parse_addr(&addr, &has, info);
	if (ret)
		return ret;
	sum = kmalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	sgap_net_lock(net);
	tap = sgap_netlink_tap_find(net, info->attrs, info->extack);
	ret = IS_ERR(tap) ? PTR_ERR(tap) : reset_servers(info, tap, has ? &addr : NULL, sum);
	sgap_net_unlock(net);
	kfree(sum);
	return ret;
}

static void take_u32(u32 *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u32(a);
}

static int parse_threshold(struct sgap_threshold *th, struct genl_info *info)
{
	struct nlattr *tb[SGAP_THRESHOLD_A_MAX + 1];
	int ret;

	if (!info->attrs[SGAP_A_THRESHOLD]) {
		NL_SET_ERR_MSG(info->extack, "which thresholds? THRESHOLD is missing");
		return -EINVAL;
	}
	ret = nla_parse_nested_deprecated(tb, SGAP_THRESHOLD_A_MAX,
					  info->attrs[SGAP_A_THRESHOLD], NULL, NULL);
	if (ret)
		return ret;
	take_u32(&th->min, tb[SGAP_THRESHOLD_A_MIN]);
	take_u32(&th->degraded, tb[SGAP_THRESHOLD_A_DEGRADED]);
	take_u32(&th->failing, tb[SGAP_THRESHOLD_A_FAILING]);
	take_u32(&th->dead, tb[SGAP_THRESHOLD_A_DEAD]);
	take_u32(&th->slow_ms, tb[SGAP_THRESHOLD_A_SLOW_MS]);
	take_u32(&th->window_s, tb[SGAP_THRESHOLD_A_WINDOW_S]);
	if (th->degraded <= th->failing)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SGAP_A_THRESHOLD],
			    "DEGRADED is more than FAILING");
	return -EINVAL;
}

static int threshold_set(struct genl_info *info, struct sgap_tap *tap,
			 const struct sgap_addr *addr)
{
	struct sgap_threshold th;
	int ret;

	/* A server not seen yet begins with the tap's. */
	if (sgap_threshold_get(&tap->servers, addr, &th))
		sgap_threshold_get(&tap->servers, NULL, &th);
	ret = parse_threshold(&th, info);
	if (ret)
		return ret;
	ret = sgap_threshold_set(&tap->servers, addr, &th);
	if (ret == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "the tap's table of servers is full");
	return ret;
}

static int put_threshold(struct sk_buff *skb, const struct sgap_threshold *th)
{
	struct nlattr *nest = nla_nest_start(skb, SGAP_A_THRESHOLD);

	if (!nest ||
	    nla_put_u32(skb, SGAP_THRESHOLD_A_MIN, th->min) ||
	    nla_put_u32(skb, SGAP_THRESHOLD_A_DEGRADED, th->degraded) ||
	    nla_put_u32(skb, SGAP_THRESHOLD_A_FAILING, th->failing) ||
	    nla_put_u32(skb, SGAP_THRESHOLD_A_DEAD, th->dead) ||
	    nla_put_u32(skb, SGAP_THRESHOLD_A_SLOW_MS, th->slow_ms) ||
	    nla_put_u32(skb, SGAP_THRESHOLD_A_WINDOW_S, th->window_s))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int threshold_get(struct genl_info *info, struct sgap_tap *tap,
			 const struct sgap_addr *addr)
{
	struct sgap_threshold th;
	struct sk_buff *skb;
	void *head;

	if (sgap_threshold_get(&tap->servers, addr, &th))
		return no_server(info);
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &sgap_genl_family, 0, SGAP_CMD_THRESHOLD_GET);
	if (!head || put_threshold(skb, &th)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static int with_server(struct genl_info *info,
		       int (*fn)(struct genl_info *info, struct sgap_tap *tap,
				 const struct sgap_addr *addr))
{
	struct net *net = genl_info_net(info);
	struct sgap_addr addr;
	struct sgap_tap *tap;
	bool has;
	int ret;

	ret = parse_addr(&addr, &has, info);
	if (ret)
		return ret;
	sgap_net_lock(net);
	tap = sgap_netlink_tap_find(net, info->attrs, info->extack);
	ret = IS_ERR(tap) ? PTR_ERR(tap) : fn(info, tap, has ? &addr : NULL);
	sgap_net_unlock(net);
	return ret;
}

int sgap_netlink_threshold_set(struct sk_buff *skb, struct genl_info *info)
{
	return with_server(info, threshold_set);
}

int sgap_netlink_threshold_get(struct sk_buff *skb, struct genl_info *info)
{
	return with_server(info, threshold_get);
}

static int put_event(struct sk_buff *skb, const struct sgap_state_event *event)
{
	const struct sgap_state_change *change = event->change;
	struct nlattr *nest;

	nest = nla_nest_start(skb, SGAP_A_TAP);
	if (!nest || nla_put_u32(skb, SGAP_TAP_A_IFINDEX, (u32)event->ifindex) ||
	    nla_put_string(skb, SGAP_TAP_A_IFNAME, event->ifname))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	nest = nla_nest_start(skb, SGAP_A_SERVER);
	if (!nest || nla_put(skb, SGAP_SERVER_A_ADDR, sizeof(change->addr.b), change->addr.b) ||
	    nla_put_u8(skb, SGAP_SERVER_A_STATE, change->after) ||
	    nla_put_u8(skb, SGAP_SERVER_A_STATE_OLD, change->before) ||
	    nla_put_u64_64bit(skb, SGAP_SERVER_A_STATE_SINCE, change->ts, SGAP_SERVER_A_PAD) ||
	    nla_put(skb, SGAP_SERVER_A_WINDOW, sizeof(change->window), &change->window))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* A lost notification is seen by the listener as ENOBUFS. */
static void notify(const struct sgap_state_event *event)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!skb) {
		genl_set_err(&sgap_genl_family, event->net, 0, SGAP_NETLINK_STATE, -ENOBUFS);
		return;
	}
	head = genlmsg_put(skb, 0, 0, &sgap_genl_family, 0, SGAP_CMD_STATE_NTF);
	if (!head || put_event(skb, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast_netns(&sgap_genl_family, event->net, skb, 0, SGAP_NETLINK_STATE,
				GFP_KERNEL);
}

static int state_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct sgap_state_event *event = data;

	if (genl_has_listeners(&sgap_genl_family, event->net, SGAP_NETLINK_STATE))
		notify(event);
	return NOTIFY_DONE;
}

static struct notifier_block state_nb = { .notifier_call = state_notify };

int sgap_netlink_server_init(void)
{
	return sgap_state_register(&state_nb);
}

void sgap_netlink_server_uninit(void)
{
	sgap_state_unregister(&state_nb);
}
