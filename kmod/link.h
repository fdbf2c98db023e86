/* SPDX-License-Identifier: GPL-2.0-only */
/* What an interface's link is like, and records of what changed. */
#ifndef SGAP_LINK_H
#define SGAP_LINK_H

#include "ring.h"

struct net_device;

/**
 * struct sgap_link - the link as it was when it was looked at last
 * @now: by enum sgap_link_what, those that have a value
 */
struct sgap_link {
	u64 now[__SGAP_LINK_MAX];
};

/* Under RTNL. */
void sgap_link_init(struct sgap_link *link, struct net_device *dev);
void sgap_link_update(struct sgap_link *link, struct net_device *dev, struct sgap_rings *rings);
void sgap_link_errors(struct sgap_link *link, struct net_device *dev, struct sgap_rings *rings);

/* At any time. */
void sgap_link_event(struct sgap_rings *rings, u32 what, u64 before, u64 after);

#endif
