/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live source: the records of one tap, through the mapped ring. */
#ifndef SGAP_LIB_LIVE_H
#define SGAP_LIB_LIVE_H

#include "pure.h"

struct sgap_live;

/* Open a device node, as of sgap_dev_find(). Returns 0 or -errno. */
int sgap_live_open(struct sgap_live **live, const char *path);
void sgap_live_close(struct sgap_live *live);

/* For poll(2) with POLLIN: readable when records wait, POLLHUP when the tap is gone. */
int sgap_live_fd(const struct sgap_live *live);

/*
 * The next record, without waiting: returns 1 and *rec, which stays until the
 * next call; 0 when none waits; -ENODEV when the tap is gone and all its
 * records were read; -EPROTO when the ring is not what the contract says.
 */
int sgap_live_next(struct sgap_live *live, const struct sgap_rec **rec);

/* How many records this reader lost so far. */
__u64 sgap_live_lost(const struct sgap_live *live);

#endif
