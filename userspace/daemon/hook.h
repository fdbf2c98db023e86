/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells the vendor: a child that runs the program of [policy] inform, and no
 * other. It was forked before the daemon locked itself in, has no capability,
 * and reads the configuration itself: the daemon cannot make it run anything else.
 */
#ifndef SGAP_DAEMON_HOOK_H
#define SGAP_DAEMON_HOOK_H

#include <linux/types.h>

struct sgap_conf;
struct sgap_hook;

/* conf as now; path is read again by sgap_hook_reload(). */
struct sgap_hook *sgap_hook_start(const struct sgap_conf *conf, const char *path);
void sgap_hook_stop(struct sgap_hook *hook);
void sgap_hook_reload(struct sgap_hook *hook);

/* Give it the message of incident n. Returns 0 or -errno. */
int sgap_hook_tell(struct sgap_hook *hook, __u64 n, const char *message);

/* For poll; and what became of a message: 1, 0 when nothing did, or -EPIPE. */
int sgap_hook_fd(const struct sgap_hook *hook);
struct sgap_hook_result {
	__u64 n;
	int status;		/* exit status, or 128 + signal; -1 = could not be run */
};
int sgap_hook_result(struct sgap_hook *hook, struct sgap_hook_result *result);

#endif
