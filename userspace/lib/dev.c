// SPDX-License-Identifier: GPL-2.0-or-later
#include "dev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

#define CLASS "/sys/class/stopgap"

/* The inode number of our network namespace, as the attribute netns has it. */
static unsigned long long own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : (unsigned long long)st.st_ino;
}

/* Two namespaces may each have an eth0: the attribute tells them apart. */
static bool is_ours(const char *want, const char *ifname, const char *netns)
{
	if (!ifname || strcmp(ifname, want) != 0)
		return false;
	return !netns || strtoull(netns, NULL, 10) == own_netns();
}

static int find_udev(char *path, struct udev *udev, const char *ifname)
{
	struct udev_enumerate *all = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	int ret = -ENODEV;

	if (!all)
		return -ENOMEM;
	udev_enumerate_add_match_subsystem(all, "stopgap");
	udev_enumerate_scan_devices(all);
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(all)) {
		const char *sys = udev_list_entry_get_name(entry);
		struct udev_device *dev = udev_device_new_from_syspath(udev, sys);
		const char *node;

		if (!dev)
			continue;
		node = udev_device_get_devnode(dev);
		if (node && strlen(node) < SGAP_DEV_PATH &&
		    is_ours(ifname, udev_device_get_sysattr_value(dev, "ifname"),
			    udev_device_get_sysattr_value(dev, "netns"))) {
			sgap_text_copy(path, SGAP_DEV_PATH, node);
			ret = 0;
		}
		udev_device_unref(dev);
	}
	udev_enumerate_unref(all);
	return ret;
}

/* The first line of CLASS/device/attr in buf; NULL when there is none. */
static const char *attr(char *buf, size_t size, const char *device, const char *name)
{
	char file[512];
	FILE *f;

	if (snprintf(file, sizeof(file), CLASS "/%s/%s", device, name) >= (int)sizeof(file))
		return NULL;
	f = fopen(file, "re");
	if (!f)
		return NULL;
	if (!fgets(buf, (int)size, f))
		buf = NULL;
	else
		buf[strcspn(buf, "\n")] = 0;
	fclose(f);
	return buf;
}

static int find_sysfs(char *path, const char *ifname)
{
	char name[64], netns[64];
	struct dirent *d;
	int ret = -ENODEV;
	DIR *dir = opendir(CLASS);

	if (!dir)
		return -ENODEV;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (!is_ours(ifname, attr(name, sizeof(name), d->d_name, "ifname"),
			     attr(netns, sizeof(netns), d->d_name, "netns")))
			continue;
		if (snprintf(path, SGAP_DEV_PATH, "/dev/%s", d->d_name) < SGAP_DEV_PATH)
			ret = 0;
		break;
	}
	closedir(dir);
	return ret;
}

int sgap_dev_find(char path[static SGAP_DEV_PATH], const char *ifname)
{
	struct udev *udev = udev_new();
	struct stat st;
	int ret = -ENODEV;

	if (udev) {
		ret = find_udev(path, udev, ifname);
		udev_unref(udev);
	}
	if (ret)
		ret = find_sysfs(path, ifname);
	if (ret)
		return ret;
	return stat(path, &st) || !S_ISCHR(st.st_mode) ? -ENOENT : 0;
}

int sgap_dev_netns(const char *name)
{
	char path[256];
	int fd, ret;

	ret = snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	if (ret >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return ret;
}
