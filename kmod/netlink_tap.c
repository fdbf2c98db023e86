// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "chardev.h"
#include "compat.h"
#include "tap.h"

#include <linux/log2.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

/* Not const: before 6.7 a policy's pointer to it is not either. */
static struct netlink_range_validation ifindex_range = { .min = 1, .max = INT_MAX };
static struct netlink_range_validation txn_range = { .min = 256, .max = 1 << 20 };
static struct netlink_range_validation servers_range = {
	.min = 1, .max = SGAP_SERVERS_MAX
};
static struct netlink_range_validation ring_range = {
	.min = SGAP_RING_BYTES_MIN, .max = SGAP_RING_BYTES_MAX
};
static struct netlink_range_validation tcp_range = { .min = 256, .max = 65536 };
static struct netlink_range_validation tcp_bytes_range = { .min = 65536, .max = 64 << 20 };
static struct netlink_range_validation snaplen_range = { .min = 0, .max = 65535 };

#define TAP_REF										\
	[SGAP_TAP_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &ifindex_range),		\
	[SGAP_TAP_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 }

#define TAP_OPTIONS									\
	[SGAP_TAP_A_PORTS] = NLA_POLICY_RANGE(NLA_BINARY, 2, 16),			\
	[SGAP_TAP_A_TIMEOUT_MS] = NLA_POLICY_RANGE(NLA_U32, 100, 30000),		\
	[SGAP_TAP_A_OVERDUE_MS] = NLA_POLICY_RANGE(NLA_U32, 50, 30000),			\
	[SGAP_TAP_A_RING_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U32, &ring_range),		\
	[SGAP_TAP_A_SNAPLEN] = NLA_POLICY_FULL_RANGE(NLA_U32, &snaplen_range),		\
	[SGAP_TAP_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, SGAP_TAP_F_ALL),			\
	[SGAP_TAP_A_RESOLVERS] = NLA_POLICY_RANGE(NLA_BINARY, 0, 16 * SGAP_RESOLVERS_MAX),	\
	[SGAP_TAP_A_PACKET_RATE] = { .type = NLA_U32 },					\
	[SGAP_TAP_A_PREFIX4] = NLA_POLICY_MAX(NLA_U8, 32),				\
	[SGAP_TAP_A_PREFIX6] = NLA_POLICY_MAX(NLA_U8, 128),				\
	[SGAP_TAP_A_ZONE_DEPTH] = NLA_POLICY_RANGE(NLA_U8, 1, SGAP_CENSUS_DEPTH_MAX)

static const struct nla_policy ref_policy[SGAP_TAP_A_MAX + 1] = { TAP_REF };

static const struct nla_policy set_policy[SGAP_TAP_A_MAX + 1] = { TAP_REF, TAP_OPTIONS };

static const struct nla_policy add_policy[SGAP_TAP_A_MAX + 1] = {
	TAP_REF, TAP_OPTIONS,
	[SGAP_TAP_A_TXN_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &txn_range),
	[SGAP_TAP_A_SERVERS_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &servers_range),
	[SGAP_TAP_A_TCP_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &tcp_range),
	[SGAP_TAP_A_TCP_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U32, &tcp_bytes_range),
	[SGAP_TAP_A_CENSUS_MAX] = NLA_POLICY_MAX(NLA_U32, SGAP_CENSUS_MAX),
};

const struct nla_policy sgap_netlink_tap_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TAP] = NLA_POLICY_NESTED(ref_policy),
};

const struct nla_policy sgap_netlink_tap_set_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TAP] = NLA_POLICY_NESTED(set_policy),
};

const struct nla_policy sgap_netlink_tap_add_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TAP] = NLA_POLICY_NESTED(add_policy),
};

/* The attributes of the TAP nest; the policy of the operation has seen them. */
static int parse_tap(struct nlattr *tb[SGAP_TAP_A_MAX + 1], struct nlattr **attrs,
		     struct netlink_ext_ack *extack)
{
	int ret;

	if (!attrs || !attrs[SGAP_A_TAP]) {
		NL_SET_ERR_MSG(extack, "which tap? TAP with IFINDEX or IFNAME is missing");
		return -EINVAL;
	}
	ret = nla_parse_nested_deprecated(tb, SGAP_TAP_A_MAX, attrs[SGAP_A_TAP], NULL, NULL);
	if (!ret && !tb[SGAP_TAP_A_IFINDEX] && !tb[SGAP_TAP_A_IFNAME]) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[SGAP_A_TAP],
				    "which tap? TAP has neither IFINDEX nor IFNAME");
		return -EINVAL;
	}
	return ret;
}

static bool is_meant(struct nlattr **tb, const struct net_device *dev)
{
	if (tb[SGAP_TAP_A_IFINDEX] &&
	    nla_get_u32(tb[SGAP_TAP_A_IFINDEX]) != (u32)dev->ifindex)
		return false;
	return !tb[SGAP_TAP_A_IFNAME] || !nla_strcmp(tb[SGAP_TAP_A_IFNAME], dev->name);
}

static struct nlattr *ref_attr(struct nlattr **tb)
{
	return tb[SGAP_TAP_A_IFINDEX] ?: tb[SGAP_TAP_A_IFNAME];
}

static struct sgap_tap *find_tap(struct net *net, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	struct sgap_tap *tap;
	int after = 0;

	while ((tap = sgap_net_next_locked(net, after))) {
		if (is_meant(tb, tap->dev))
			return tap;
		after = tap->dev->ifindex;
	}
	NL_SET_ERR_MSG_ATTR(extack, ref_attr(tb),
			    "there is no tap on that interface of this network namespace");
	return ERR_PTR(-ENODEV);
}

/**
 * sgap_netlink_tap_find - the tap that a request's TAP nest names
 * @net: of the socket, with sgap_net_lock() held
 * @attrs: of the request
 * @extack: told why not
 */
struct sgap_tap *sgap_netlink_tap_find(struct net *net, struct nlattr **attrs,
				       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SGAP_TAP_A_MAX + 1];
	int ret;

	ret = parse_tap(tb, attrs, extack);
	return ret ? ERR_PTR(ret) : find_tap(net, tb, extack);
}

static struct net_device *find_dev(struct net *net, struct nlattr **tb,
				   struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	char name[IFNAMSIZ];

	ASSERT_RTNL();
	if (tb[SGAP_TAP_A_IFINDEX]) {
		dev = __dev_get_by_index(net, (int)nla_get_u32(tb[SGAP_TAP_A_IFINDEX]));
	} else {
		nla_strscpy(name, tb[SGAP_TAP_A_IFNAME], sizeof(name));
		dev = __dev_get_by_name(net, name);
	}
	if (dev && is_meant(tb, dev))
		return dev;
	if (dev) {
		NL_SET_ERR_MSG_ATTR(extack, ref_attr(tb),
				    "IFINDEX and IFNAME are not of the same interface");
		return ERR_PTR(-EINVAL);
	}
	NL_SET_ERR_MSG_ATTR(extack, ref_attr(tb),
			    "there is no such interface in this network namespace");
	return ERR_PTR(-ENODEV);
}

static int parse_ports(struct sgap_ports *ports, const struct nlattr *a,
		       struct netlink_ext_ack *extack)
{
	u16 port[8];
	u32 i, n;

	n = (u32)nla_len(a) / sizeof(port[0]);
	if (nla_len(a) % (int)sizeof(port[0])) {
		NL_SET_ERR_MSG_ATTR(extack, a, "PORTS is not a list of 16-bit numbers");
		return -EINVAL;
	}
	nla_memcpy(port, a, sizeof(port));
	for (i = 0; i < n; i++) {
		if (!port[i]) {
			NL_SET_ERR_MSG_ATTR(extack, a, "PORTS has a 0; expected 1 to 65535");
			return -EINVAL;
		}
	}
	ports->n = (u16)n;
	memcpy(ports->port, port, n * sizeof(port[0]));
	return 0;
}

static int parse_resolvers(struct sgap_frame_opt *opt, const struct nlattr *a,
			   struct netlink_ext_ack *extack)
{
	const int each = sizeof(opt->resolver[0]);

	if (!a)
		return 0;
	if (nla_len(a) % each) {
		NL_SET_ERR_MSG_ATTR(extack, a, "RESOLVERS is not a list of 16-byte addresses");
		return -EINVAL;
	}
	opt->nresolvers = (u16)(nla_len(a) / each);
	nla_memcpy(opt->resolver, a, sizeof(opt->resolver));
	return 0;
}

static void take_u8(u8 *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u8(a);
}

static void take_u32(u32 *to, const struct nlattr *a)
{
	if (a)
		*to = nla_get_u32(a);
}

/* Options that are given replace those in opt. */
static int parse_options(struct sgap_tap_opt *opt, struct nlattr **tb,
			 struct netlink_ext_ack *extack)
{
	take_u32(&opt->timeout_ms, tb[SGAP_TAP_A_TIMEOUT_MS]);
	take_u32(&opt->overdue_ms, tb[SGAP_TAP_A_OVERDUE_MS]);
	take_u32(&opt->ring_bytes, tb[SGAP_TAP_A_RING_BYTES]);
	take_u32(&opt->snaplen, tb[SGAP_TAP_A_SNAPLEN]);
	take_u32(&opt->frame.flags, tb[SGAP_TAP_A_FLAGS]);
	take_u32(&opt->packet_rate, tb[SGAP_TAP_A_PACKET_RATE]);
	take_u8(&opt->census.prefix4, tb[SGAP_TAP_A_PREFIX4]);
	take_u8(&opt->census.prefix6, tb[SGAP_TAP_A_PREFIX6]);
	take_u8(&opt->census.zone_depth, tb[SGAP_TAP_A_ZONE_DEPTH]);
	/* A timeout below the default is asked for: what is overdue follows. */
	if (!tb[SGAP_TAP_A_OVERDUE_MS] && opt->overdue_ms > opt->timeout_ms)
		opt->overdue_ms = opt->timeout_ms;
	if (opt->overdue_ms > opt->timeout_ms) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SGAP_TAP_A_OVERDUE_MS],
				    "OVERDUE_MS is more than TIMEOUT_MS");
		return -EINVAL;
	}
	if (!is_power_of_2(opt->ring_bytes)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SGAP_TAP_A_RING_BYTES],
				    "RING_BYTES is not a power of two");
		return -EINVAL;
	}
	if (parse_resolvers(&opt->frame, tb[SGAP_TAP_A_RESOLVERS], extack))
		return -EINVAL;
	if (!tb[SGAP_TAP_A_PORTS])
		return 0;
	return parse_ports(&opt->frame.ports, tb[SGAP_TAP_A_PORTS], extack);
}

static int parse_size(struct sgap_tap_size *size, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	take_u32(&size->txn_max, tb[SGAP_TAP_A_TXN_MAX]);
	take_u32(&size->servers_max, tb[SGAP_TAP_A_SERVERS_MAX]);
	take_u32(&size->tcp_max, tb[SGAP_TAP_A_TCP_MAX]);
	take_u32(&size->tcp_bytes, tb[SGAP_TAP_A_TCP_BYTES]);
	take_u32(&size->census_max, tb[SGAP_TAP_A_CENSUS_MAX]);
	if (!is_power_of_2(size->txn_max)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SGAP_TAP_A_TXN_MAX],
				    "TXN_MAX is not a power of two");
		return -EINVAL;
	}
	if (!is_power_of_2(size->tcp_max)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SGAP_TAP_A_TCP_MAX],
				    "TCP_MAX is not a power of two");
		return -EINVAL;
	}
	if (size->census_max && (!is_power_of_2(size->census_max) ||
				size->census_max < SGAP_CENSUS_MIN)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SGAP_TAP_A_CENSUS_MAX],
				    "CENSUS_MAX is neither 0 nor a power of two from 64 up");
		return -EINVAL;
	}
	return 0;
}

static int put_options(struct sk_buff *skb, const struct sgap_tap *tap)
{
	const struct sgap_tap_opt *opt = rcu_dereference_protected(tap->opt, true);

	return nla_put(skb, SGAP_TAP_A_PORTS, opt->frame.ports.n * (int)sizeof(u16),
		       opt->frame.ports.port) ||
	       nla_put_u32(skb, SGAP_TAP_A_TIMEOUT_MS, opt->timeout_ms) ||
	       nla_put_u32(skb, SGAP_TAP_A_OVERDUE_MS, opt->overdue_ms) ||
	       nla_put_u32(skb, SGAP_TAP_A_TXN_MAX, tap->size.txn_max) ||
	       nla_put_u32(skb, SGAP_TAP_A_SERVERS_MAX, tap->size.servers_max) ||
	       nla_put_u32(skb, SGAP_TAP_A_RING_BYTES, opt->ring_bytes) ||
	       nla_put_u32(skb, SGAP_TAP_A_SNAPLEN, opt->snaplen) ||
	       nla_put_u32(skb, SGAP_TAP_A_FLAGS, opt->frame.flags) ||
	       nla_put(skb, SGAP_TAP_A_RESOLVERS,
		       opt->frame.nresolvers * (int)sizeof(opt->frame.resolver[0]),
		       opt->frame.resolver) ||
	       nla_put_u32(skb, SGAP_TAP_A_PACKET_RATE, opt->packet_rate) ||
	       nla_put_u32(skb, SGAP_TAP_A_TCP_MAX, tap->size.tcp_max) ||
	       nla_put_u32(skb, SGAP_TAP_A_TCP_BYTES, tap->size.tcp_bytes) ||
	       nla_put_u8(skb, SGAP_TAP_A_PREFIX4, opt->census.prefix4) ||
	       nla_put_u8(skb, SGAP_TAP_A_PREFIX6, opt->census.prefix6) ||
	       nla_put_u8(skb, SGAP_TAP_A_ZONE_DEPTH, opt->census.zone_depth) ||
	       nla_put_u32(skb, SGAP_TAP_A_CENSUS_MAX, tap->size.census_max);
}

static int put_tap(struct sk_buff *skb, struct sgap_tap *tap)
{
	struct nlattr *nest = nla_nest_start(skb, SGAP_A_TAP);
	struct sgap_tap_counters c;

	if (!nest)
		return -EMSGSIZE;
	sgap_tap_counters(tap, &c);
	if (nla_put_u32(skb, SGAP_TAP_A_IFINDEX, (u32)tap->dev->ifindex) ||
	    nla_put_string(skb, SGAP_TAP_A_IFNAME, tap->dev->name) ||
	    nla_put_u32(skb, SGAP_TAP_A_MINOR, (u32)sgap_chardev_minor(tap->chardev)) ||
	    put_options(skb, tap) ||
	    nla_put_u32(skb, SGAP_TAP_A_READERS, READ_ONCE(tap->rings->n)) ||
	    nla_put_64bit(skb, SGAP_TAP_A_COUNTERS, sizeof(c), &c, SGAP_TAP_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_message(struct sk_buff *skb, struct sgap_tap *tap, u32 portid, u32 seq, int flags)
{
	void *head = genlmsg_put(skb, portid, seq, &sgap_genl_family, flags, SGAP_CMD_TAP_GET);

	if (!head)
		return -EMSGSIZE;
	if (put_tap(skb, tap)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

static int reply_tap(struct genl_info *info, struct sgap_tap *tap)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int ret;

	if (!skb)
		return -ENOMEM;
	ret = put_message(skb, tap, info->snd_portid, info->snd_seq, 0);
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	return genlmsg_reply(skb, info);
}

static int tap_add(struct genl_info *info, struct nlattr **tb)
{
	struct net *net = genl_info_net(info);
	struct sgap_tap_size size;
	struct sgap_tap_opt opt;
	struct net_device *dev;
	struct sgap_tap *tap;
	int ret;

	sgap_tap_defaults(&opt, &size);
	ret = parse_options(&opt, tb, info->extack) ?: parse_size(&size, tb, info->extack);
	if (ret)
		return ret;
	dev = find_dev(net, tb, info->extack);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	tap = sgap_net_add_locked(dev, &opt, &size, info->extack);
	if (IS_ERR(tap))
		return PTR_ERR(tap);
	ret = reply_tap(info, tap);
	if (ret)
		sgap_net_del_locked(tap);
	return ret;
}

int sgap_netlink_tap_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[SGAP_TAP_A_MAX + 1];
	struct net *net = genl_info_net(info);
	int ret;

	ret = parse_tap(tb, info->attrs, info->extack);
	if (ret)
		return ret;
	rtnl_lock();
	sgap_net_lock(net);
	ret = tap_add(info, tb);
	sgap_net_unlock(net);
	rtnl_unlock();
	return ret;
}

int sgap_netlink_tap_del(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sgap_tap *tap;

	rtnl_lock();
	sgap_net_lock(net);
	tap = sgap_netlink_tap_find(net, info->attrs, info->extack);
	if (!IS_ERR(tap))
		sgap_net_del_locked(tap);
	sgap_net_unlock(net);
	rtnl_unlock();
	return PTR_ERR_OR_ZERO(tap);
}

static int tap_set(struct genl_info *info, struct nlattr **tb)
{
	struct sgap_tap_opt opt;
	struct sgap_tap *tap;
	int ret;

	tap = find_tap(genl_info_net(info), tb, info->extack);
	if (IS_ERR(tap))
		return PTR_ERR(tap);
	opt = *rcu_dereference_protected(tap->opt, true);
	ret = parse_options(&opt, tb, info->extack);
	return ret ?: sgap_tap_set(tap, &opt);
}

int sgap_netlink_tap_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[SGAP_TAP_A_MAX + 1];
	struct net *net = genl_info_net(info);
	int ret;

	ret = parse_tap(tb, info->attrs, info->extack);
	if (ret)
		return ret;
	sgap_net_lock(net);
	ret = tap_set(info, tb);
	sgap_net_unlock(net);
	return ret;
}

int sgap_netlink_tap_get(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sgap_tap *tap;
	int ret;

	sgap_net_lock(net);
	tap = sgap_netlink_tap_find(net, info->attrs, info->extack);
	ret = IS_ERR(tap) ? PTR_ERR(tap) : reply_tap(info, tap);
	sgap_net_unlock(net);
	return ret;
}

/* By interface index, so that it goes on after the one sent last. */
int sgap_netlink_tap_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct sgap_tap *tap;

	if (sgap_dump_attrs(cb) && sgap_dump_attrs(cb)[SGAP_A_TAP]) {
		NL_SET_ERR_MSG(cb->extack, "a dump is of all taps: TAP is not expected");
		return -EINVAL;
	}
	sgap_net_lock(net);
	while ((tap = sgap_net_next_locked(net, (int)cb->args[0]))) {
		if (put_message(skb, tap, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				NLM_F_MULTI))
			break;
		cb->args[0] = tap->dev->ifindex;
	}
	sgap_net_unlock(net);
	return (int)skb->len;
}
