/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon proper: one thread, one epoll. */
#ifndef SGAP_DAEMON_LOOP_H
#define SGAP_DAEMON_LOOP_H

struct sgap_conf;

/* Run until SIGTERM or SIGINT; SIGHUP reads path anew. store, when given, overrides
 * the configuration's. Returns the exit status. */
int sgap_loop(struct sgap_conf *conf, char *path, const char *store);

#endif
