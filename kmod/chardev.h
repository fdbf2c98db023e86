/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/stopgapN: the readers' end of a tap. */
#ifndef SGAP_CHARDEV_H
#define SGAP_CHARDEV_H

#include "ring.h"

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/if.h>

/**
 * struct sgap_chardev - device, cdev and rings in one object
 *
 * It lives as long as its struct device: open files hold it after the tap and
 * its interface have gone.
 */
struct sgap_chardev {
	/** @dev: its reference count is the object's */
	struct device dev;
	/** @cdev: its parent is @dev */
	struct cdev cdev;
	/** @rings: of the open files */
	struct sgap_rings rings;
	/** @ring_bytes: of the rings to come */
	u32 ring_bytes;
	/** @netns: inode number of the interface's network namespace */
	unsigned int netns;
	/** @ifindex: of the interface */
	int ifindex;
	/** @lock: protects @ifname, which changes when the interface is renamed */
	spinlock_t lock;
	/** @ifname: of the interface */
	char ifname[IFNAMSIZ];
};

int sgap_chardev_init(void);
void sgap_chardev_uninit(void);

struct sgap_chardev *sgap_chardev_add(const char *ifname, int ifindex, unsigned int netns,
				      u32 ring_bytes);
void sgap_chardev_rename(struct sgap_chardev *c, const char *ifname);
void sgap_chardev_del(struct sgap_chardev *c);

static inline int sgap_chardev_minor(const struct sgap_chardev *c)
{
	return MINOR(c->dev.devt);
}

#endif
