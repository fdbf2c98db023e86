// SPDX-License-Identifier: GPL-2.0-or-later
/* What only the ethtool ioctl tells: the driver, and its own counters. */
#include "iface.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

#define COUNTERS_MAX 16384u	/* more than any driver has */

static int call(int fd, const struct sgap_iface *iface, void *request)
{
	struct ifreq ifr = { .ifr_data = request };

	sgap_text_copy(ifr.ifr_name, sizeof(ifr.ifr_name), iface->name);
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

static void ask_info(int fd, struct sgap_iface *iface, __u32 *counters)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	*counters = 0;
	if (call(fd, iface, &info))
		return;
	sgap_text_copy(iface->driver, sizeof(iface->driver), info.driver);
	sgap_text_copy(iface->driver_version, sizeof(iface->driver_version), info.version);
	if (strcmp(info.fw_version, "N/A") != 0)
		sgap_text_copy(iface->firmware, sizeof(iface->firmware), info.fw_version);
	if (strcmp(info.bus_info, "N/A") != 0)
		sgap_text_copy(iface->bus, sizeof(iface->bus), info.bus_info);
	*counters = info.n_stats;
}

static int take_counters(struct sgap_iface *iface, const struct ethtool_gstrings *names,
			 const struct ethtool_stats *stats)
{
	__u32 n = names->len < stats->n_stats ? names->len : stats->n_stats, i;
	char name[ETH_GSTRING_LEN + 1];
	int ret = 0;

	for (i = 0; i < n && !ret; i++) {
		memcpy(name, names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		name[ETH_GSTRING_LEN] = 0;
		ret = sgap_iface_add(iface, "driver", name, sgap_iface_what(name), stats->data[i]);
	}
	return ret;
}

/* Their number may change between two calls: the kernel writes no more than
 * there are then, so there is room for twice as many. */
static int ask_counters(int fd, struct sgap_iface *iface, __u32 n)
{
	size_t room = 2 * (size_t)n;
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + room * ETH_GSTRING_LEN);
	struct ethtool_stats *stats = calloc(1, sizeof(*stats) + room * sizeof(__u64));
	int ret = -ENOMEM;

	if (names && stats) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_STATS;
		names->len = n;
		stats->cmd = ETHTOOL_GSTATS;
		stats->n_stats = n;
		ret = 0;
		if (!call(fd, iface, names) && !call(fd, iface, stats) && names->len <= room &&
		    stats->n_stats <= room)
			ret = take_counters(iface, names, stats);
	}
	free(names);
	free(stats);
	return ret;
}

int sgap_iface_ask_driver(struct sgap_iface *iface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;
	__u32 n;

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ask_info(fd, iface, &n);
	if (n && n <= COUNTERS_MAX)
		ret = ask_counters(fd, iface, n);
	close(fd);
	return ret;
}
