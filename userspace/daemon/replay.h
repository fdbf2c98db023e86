/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture in the place of the taps: the same engine, the packets' time. */
#ifndef SGAP_DAEMON_REPLAY_H
#define SGAP_DAEMON_REPLAY_H

#include "lib/conf.h"

/* Run the file through, into the store of conf: speed times as fast as it was, with
 * metrics meanwhile, or (0) at once. Returns the exit status. */
int sgap_replay(const struct sgap_conf *conf, const char *file, unsigned int speed);

#endif
