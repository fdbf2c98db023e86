// SPDX-License-Identifier: GPL-2.0-or-later
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

int sgap_stop_open(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

enum sgap_stop sgap_stop_wait(int stop, int fd, int timeout_ms)
{
	struct pollfd pfd[2] = { { .fd = stop, .events = POLLIN },
				 { .fd = fd, .events = POLLIN } };
	int n = poll(pfd, 2, timeout_ms);

	if (n > 0 && pfd[0].revents)
		return SGAP_STOP_ASKED;
	return n > 0 ? SGAP_STOP_READY : SGAP_STOP_TIME;
}
