/* SPDX-License-Identifier: GPL-2.0-only */
/* The packets of a detour: hooks, translation, and flows of the phase before. */
#ifndef SGAP_DETOUR_NAT_H
#define SGAP_DETOUR_NAT_H

#include <linux/types.h>

struct net;
struct sgap_lease;

/* Take, and give back, conntrack, NAT and the hooks for a family (NFPROTO_*). */
int sgap_detour_nat_get(struct net *net, u8 family);
void sgap_detour_nat_put(struct net *net, u8 family);

/*
 * Remove the conntrack entries of the lease's scope that do not lead where they
 * should in its phase; with gentle only those of TCP connections that are not
 * established. Returns how many. May sleep.
 */
unsigned int sgap_detour_nat_purge(struct sgap_lease *lease, bool gentle);

#endif
