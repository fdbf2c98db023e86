// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into keepalived where the kernel has no IPVS: that part of it is told that all it
 * sets is set. Its checks, and what it says of them, are its own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define IPVS_LAST (IP_VS_BASE_CTL + 63)

typedef int (*get_fn)(int fd, int level, int name, void *value, socklen_t *len);
typedef int (*set_fn)(int fd, int level, int name, const void *value, socklen_t len);

static int is_ipvs(int level, int name)
{
	return level == IPPROTO_IP && name >= IP_VS_BASE_CTL && name <= IPVS_LAST;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	static get_fn real;

	if (is_ipvs(level, name)) {
		memset(value, 0, *len);
		return 0;
	}
	if (!real)
		real = (get_fn)dlsym(RTLD_NEXT, "getsockopt");
	return real(fd, level, name, value, len);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	static set_fn real;

	if (is_ipvs(level, name))
		return 0;
	if (!real)
		real = (set_fn)dlsym(RTLD_NEXT, "setsockopt");
	return real(fd, level, name, value, len);
}
