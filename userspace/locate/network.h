/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clients are taken as one network: those of an IPv4 /24 or an IPv6 /64. */
#ifndef SGAP_NETWORK_H
#define SGAP_NETWORK_H

#include "evidence.h"

#define SGAP_NETWORK_V4 24u
#define SGAP_NETWORK_V6 64u

struct sgap_addr sgap_network_of(const struct sgap_addr *a);

/* Fills ev->network. Returns 0 or -ENOMEM. */
int sgap_networks_find(struct sgap_ev *ev);

#endif
