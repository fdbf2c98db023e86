/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the metrics to whom they are for: over HTTP, and as a file. */
#ifndef SGAP_DAEMON_SERVE_H
#define SGAP_DAEMON_SERVE_H

struct sgap_conf;
struct sgap_metrics;
struct sgap_serve;

/* Fill m, which is clear, with what is now. Called when somebody asks, at most once a
 * second, and for the file. */
typedef void (*sgap_serve_fn)(void *ctx, struct sgap_metrics *m);

/* Listen where conf says; if that cannot be, it is said and the rest goes on. Makes all
 * system calls that are not allowed later. NULL without memory. */
struct sgap_serve *sgap_serve_start(const struct sgap_conf *conf, sgap_serve_fn fn, void *ctx);
void sgap_serve_stop(struct sgap_serve *s);

/* For poll; -1 when nobody is listened to. */
int sgap_serve_fd(const struct sgap_serve *s);
/* Answer who has asked. */
void sgap_serve_run(struct sgap_serve *s);
/* The same, and wait for at most so many ms for somebody to ask. */
void sgap_serve_wait(struct sgap_serve *s, int ms);

/* Write conf's file, if it has one. Another file than before: that one is removed. */
void sgap_serve_file(struct sgap_serve *s);
/* The same when it is time for it. */
void sgap_serve_tick(struct sgap_serve *s);
/* What the file says is no longer so. */
void sgap_serve_unlink(struct sgap_serve *s);

#endif
