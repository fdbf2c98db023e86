/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The character device of a tap: found by interface, in any state of udev. */
#ifndef SGAP_LIB_DEV_H
#define SGAP_LIB_DEV_H

#include <stddef.h>

#define SGAP_DEV_PATH 64

/*
 * Write the device node of the tap on ifname, in this process's network
 * namespace, to path. Asks libudev, which reads sysfs and so needs no udevd,
 * then sysfs itself. Returns 0, -ENODEV when there is no tap on ifname, or
 * -ENOENT when there is one but its node is not in /dev (path then names it).
 */
int sgap_dev_find(char path[static SGAP_DEV_PATH], const char *ifname);

/* Enter the network namespace NAME of "ip netns", or of a path with a slash. */
int sgap_dev_netns(const char *name);

#endif
