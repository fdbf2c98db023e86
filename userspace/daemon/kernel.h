/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module: there or not, its events, the grants that it should have. */
#ifndef SGAP_DAEMON_KERNEL_H
#define SGAP_DAEMON_KERNEL_H

#include <linux/types.h>

struct sgap_conf;
struct sgap_engine;
struct sgap_kernel;
struct sgap_nl;

struct sgap_kernel *sgap_kernel_new(void);
void sgap_kernel_free(struct sgap_kernel *k);
void sgap_kernel_engine(struct sgap_kernel *k, struct sgap_engine *e);

/* Connect when the module has come, and let go when it has left. */
void sgap_kernel_check(struct sgap_kernel *k, const struct sgap_conf *conf, __u64 now);

/* For requests; NULL while there is no module. */
struct sgap_nl *sgap_kernel_nl(struct sgap_kernel *k);

/* For poll, -1 while there is none; and reads what came. True when a server's
 * state changed: its record waits in a ring. */
int sgap_kernel_fd(const struct sgap_kernel *k);
int sgap_kernel_events(struct sgap_kernel *k, __u64 now);

/* Give the grants of conf's folder to the kernel, those that it does not have. */
void sgap_kernel_grants(struct sgap_kernel *k, const struct sgap_conf *conf);

/* An sgap_engine_start_fn whose ctx is a struct sgap_kernel. */
int sgap_kernel_start(void *ctx, const __u8 serial[16], __u64 n);

#endif
