// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "compat.h"
#include "uapi/stopgap.h"

#include <linux/module.h>
#include <net/genetlink.h>

#define SGAP_OP(name, policy_, perm)			\
	.cmd = SGAP_CMD_##name, .policy = (policy_),	\
	.maxattr = SGAP_A_MAX, .flags = (perm)

#ifdef SGAP_WITH_DETOUR
/* Dumps of everything take no attribute at all. */
static const struct nla_policy none_policy[SGAP_A_MAX + 1] = {};
#endif

/*
 * Sorted by command. GENL_UNS_ADMIN_PERM: CAP_NET_ADMIN in the user namespace
 * that owns the network namespace.
 */
static const struct genl_ops netlink_ops[] = {
	{ SGAP_OP(TAP_ADD, sgap_netlink_tap_add_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_tap_add },
	{ SGAP_OP(TAP_DEL, sgap_netlink_tap_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_tap_del },
	{ SGAP_OP(TAP_GET, sgap_netlink_tap_policy, 0),
	  .doit = sgap_netlink_tap_get, .dumpit = sgap_netlink_tap_dump },
	{ SGAP_OP(TAP_SET, sgap_netlink_tap_set_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_tap_set },
	{ SGAP_OP(SERVER_GET, sgap_netlink_server_get_policy, GENL_UNS_ADMIN_PERM),
	  .start = sgap_netlink_server_start, .dumpit = sgap_netlink_server_dump },
	{ SGAP_OP(SERVER_RESET, sgap_netlink_server_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_server_reset },
	{ SGAP_OP(THRESHOLD_SET, sgap_netlink_threshold_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_threshold_set },
	{ SGAP_OP(THRESHOLD_GET, sgap_netlink_server_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_threshold_get },
#ifdef SGAP_WITH_DETOUR
	{ SGAP_OP(TRUST_GET, none_policy, GENL_UNS_ADMIN_PERM),
	  .dumpit = sgap_netlink_trust_dump },
	{ SGAP_OP(GRANT_ADD, sgap_netlink_grant_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_grant_add },
	{ SGAP_OP(DETOUR_GET, none_policy, GENL_UNS_ADMIN_PERM),
	  .dumpit = sgap_netlink_detour_dump },
	{ SGAP_OP(DETOUR_START, sgap_netlink_detour_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_detour_start },
	{ SGAP_OP(DETOUR_WITHDRAW, sgap_netlink_withdraw_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_detour_withdraw },
	{ SGAP_OP(DETOUR_RESUME, sgap_netlink_detour_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_detour_resume },
	{ SGAP_OP(DETOUR_EXTEND, sgap_netlink_detour_policy, GENL_UNS_ADMIN_PERM),
	  .doit = sgap_netlink_detour_extend },
	/* It is for all network namespaces, so the first user namespace's. */
	{ SGAP_OP(TRUST_REVOKE, sgap_netlink_revoke_policy, GENL_ADMIN_PERM),
	  .doit = sgap_netlink_trust_revoke },
#endif
	{ SGAP_OP(CENSUS_GET, sgap_netlink_server_get_policy, GENL_UNS_ADMIN_PERM),
	  .dumpit = sgap_netlink_census_dump },
};

static const struct genl_multicast_group netlink_groups[] = {
	[SGAP_NETLINK_STATE] = {
		.name = SGAP_MCGRP_STATE,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[SGAP_NETLINK_DETOUR] = {
		.name = SGAP_MCGRP_DETOUR,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family sgap_genl_family __ro_after_init = {
	.name = SGAP_GENL_NAME,
	.version = SGAP_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = netlink_ops,
	.n_ops = ARRAY_SIZE(netlink_ops),
	.mcgrps = netlink_groups,
	.n_mcgrps = ARRAY_SIZE(netlink_groups),
};

int __init sgap_netlink_init(void)
{
	int ret;

	ret = sgap_netlink_server_init();
	if (ret)
		return ret;
	ret = genl_register_family(&sgap_genl_family);
	if (ret)
		sgap_netlink_server_uninit();
	return ret;
}

/* No notification is on its way any more once the first step is done. */
void sgap_netlink_uninit(void)
{
	sgap_netlink_server_uninit();
	genl_unregister_family(&sgap_genl_family);
}

MODULE_ALIAS_GENL_FAMILY(SGAP_GENL_NAME);
