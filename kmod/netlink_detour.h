/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SGAP_NETLINK_DETOUR_H
#define SGAP_NETLINK_DETOUR_H

struct net;
struct sgap_lease;

/* The listener of detour: a lease's change as record and multicast. */
void sgap_netlink_detour_notify(struct net *net, const struct sgap_lease *lease);

#endif
