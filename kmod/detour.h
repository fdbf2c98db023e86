/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The detour: while a lease is active, new flows from the granted clients to
 * the server are translated to the fallback by the kernel's own NAT.
 */
#ifndef SGAP_DETOUR_H
#define SGAP_DETOUR_H

#include "lease.h"

struct net;
struct sgap_revoked;

/* Told of every change of a lease; process context, under the set's lock. */
typedef void (*sgap_detour_listener)(struct net *net, const struct sgap_lease *lease);

int sgap_detour_init(sgap_detour_listener listener);
void sgap_detour_uninit(void);

/* The leases of a network namespace. */
struct sgap_lease_set *sgap_detour_leases(struct net *net);

/* Load a grant that was verified. Returns 0 or -errno. */
int sgap_detour_add(struct net *net, const struct sgap_signed *s, struct netlink_ext_ack *extack);

int sgap_detour_start(struct net *net, const u8 serial[16], struct netlink_ext_ack *extack);
/* In so many ms; 0: now. */
int sgap_detour_withdraw(struct net *net, const u8 serial[16], u32 notice_ms,
			 struct netlink_ext_ack *extack);
/* Again after a withdrawal, or as if none had been announced. */
int sgap_detour_resume(struct net *net, const u8 serial[16], struct netlink_ext_ack *extack);
/* Put the end off, once, by what the grant agrees to. */
int sgap_detour_extend(struct net *net, const u8 serial[16], struct netlink_ext_ack *extack);
/* On the revocation list, and end what it concerns, in all network namespaces. */
int sgap_detour_revoke(const struct sgap_revoked *what, struct netlink_ext_ack *extack);

#endif
