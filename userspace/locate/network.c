// SPDX-License-Identifier: GPL-2.0-or-later
#include "network.h"

#include <stdlib.h>

struct sgap_addr sgap_network_of(const struct sgap_addr *a)
{
	struct sgap_addr net = *a;

	if (sgap_addr_is_v4(a))
		net.b[15] = 0;
	else
		memset(net.b + 8, 0, 8);
	return net;
}

/* The slot of the network of host i: the first of its hosts, or 0. mask: all slots, less one. */
static __u32 *slot_of(const struct sgap_ev *ev, __u32 *slots, __u32 mask, __u32 i)
{
	struct sgap_addr net = sgap_network_of(&ev->hosts[i].addr), other;
	__u32 at = sgap_addr_mix(&net) & mask;

	for (; slots[at]; at = (at + 1) & mask) {
		other = sgap_network_of(&ev->hosts[slots[at]].addr);
		if (sgap_addr_eq(&net, &other))
			break;
	}
	return &slots[at];
}

int sgap_networks_find(struct sgap_ev *ev)
{
	__u32 size = 64, i, *slots, *at;

	free(ev->network);
	ev->network = calloc(ev->nhosts, sizeof(*ev->network));
	if (!ev->network)
		return -ENOMEM;
	while (size < 2 * ev->nhosts)
		size *= 2;
	slots = calloc(size, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (i = 1; i < ev->nhosts; i++) {
		if (!(ev->hosts[i].flags & SGAP_HOST_ASKS))
			continue;
		at = slot_of(ev, slots, size - 1, i);
		if (!*at)
			*at = i;
		ev->network[i] = *at;
	}
	free(slots);
	return 0;
}
