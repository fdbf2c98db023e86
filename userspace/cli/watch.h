/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tap's transactions for a while, and something to do in between. */
#ifndef SGAP_CLI_WATCH_H
#define SGAP_CLI_WATCH_H

#include "pure.h"

struct sgap_args;

/**
 * struct sgap_watch - what is done with them
 * @take:	told of each transaction
 * @pause:	called every @every_ms, and at the end; NULL: never. -errno ends it
 * @ctx:	of both
 */
struct sgap_watch {
	void (*take)(void *ctx, const struct sgap_rec_txn *txn);
	int (*pause)(void *ctx);
	void *ctx;
	__u64 every_ms;
};

/*
 * Watch the tap of the option --tap for so long, or until a signal. Returns 0; or
 * -errno, and has said on stderr what is wrong.
 */
int sgap_watch_tap(const struct sgap_args *args, const struct sgap_watch *w, __u64 for_ms);

#endif
