/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family. netlink.c has the family and the table of its
 * operations; the handlers, and the policies that are theirs alone, are in one
 * file per noun.
 */
#ifndef SGAP_NETLINK_H
#define SGAP_NETLINK_H

#include <net/netlink.h>

struct genl_family;
struct genl_info;
struct net;
struct netlink_callback;
struct netlink_ext_ack;
struct sgap_tap;
struct sk_buff;

enum sgap_netlink_group {
	SGAP_NETLINK_STATE,
	SGAP_NETLINK_DETOUR,
};

/* netlink.c */
extern struct genl_family sgap_genl_family;
int sgap_netlink_init(void);
void sgap_netlink_uninit(void);

/* netlink_tap.c; policies: a tap, and what may be set of one, and made of one */
extern const struct nla_policy sgap_netlink_tap_policy[];
extern const struct nla_policy sgap_netlink_tap_set_policy[];
extern const struct nla_policy sgap_netlink_tap_add_policy[];
struct sgap_tap *sgap_netlink_tap_find(struct net *net, struct nlattr **attrs,
				       struct netlink_ext_ack *extack);
int sgap_netlink_tap_add(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_tap_del(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_tap_set(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_tap_get(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_tap_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_server.c; policies: a tap; a tap and perhaps a server; and thresholds */
extern const struct nla_policy sgap_netlink_server_get_policy[];
extern const struct nla_policy sgap_netlink_server_policy[];
extern const struct nla_policy sgap_netlink_threshold_policy[];
int sgap_netlink_server_init(void);
void sgap_netlink_server_uninit(void);
int sgap_netlink_server_start(struct netlink_callback *cb);
int sgap_netlink_server_dump(struct sk_buff *skb, struct netlink_callback *cb);
int sgap_netlink_server_reset(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_threshold_set(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_threshold_get(struct sk_buff *skb, struct genl_info *info);

/* netlink_census.c; its policy is that of a server dump: a tap */
int sgap_netlink_census_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_detour.c; all policies are over the top level, SGAP_A_MAX + 1 long */
extern const struct nla_policy sgap_netlink_grant_policy[];
extern const struct nla_policy sgap_netlink_detour_policy[];
extern const struct nla_policy sgap_netlink_withdraw_policy[];
int sgap_netlink_grant_add(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_detour_dump(struct sk_buff *skb, struct netlink_callback *cb);
int sgap_netlink_detour_start(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_detour_withdraw(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_detour_resume(struct sk_buff *skb, struct genl_info *info);
int sgap_netlink_detour_extend(struct sk_buff *skb, struct genl_info *info);

/* netlink_trust.c; likewise */
extern const struct nla_policy sgap_netlink_revoke_policy[];
int sgap_netlink_trust_dump(struct sk_buff *skb, struct netlink_callback *cb);
int sgap_netlink_trust_revoke(struct sk_buff *skb, struct genl_info *info);

#endif
