/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGINT and SIGTERM as a descriptor: a command that waits ends in order. */
#ifndef SGAP_CLI_STOP_H
#define SGAP_CLI_STOP_H

/* Returns a descriptor, or -errno. */
int sgap_stop_open(void);

enum sgap_stop {
	SGAP_STOP_TIME,		/* the time was over */
	SGAP_STOP_READY,	/* fd has something */
	SGAP_STOP_ASKED,	/* the user wants an end */
};

/* Wait for fd (-1 = for none), at most so long (-1 = for ever). */
enum sgap_stop sgap_stop_wait(int stop, int fd, int timeout_ms);

#endif
