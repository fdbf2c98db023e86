/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The taps of this network namespace: found, opened and read as they come and go. */
#ifndef SGAP_DAEMON_TAPS_H
#define SGAP_DAEMON_TAPS_H

#include "lib/conf.h"

struct sgap_engine;
struct sgap_nl;
struct sgap_taps;

struct sgap_taps *sgap_taps_new(struct sgap_engine *e);
void sgap_taps_free(struct sgap_taps *taps);

/* Tap the interfaces that conf lists, and open every tap that is not open. nl NULL:
 * the module is not there. */
void sgap_taps_scan(struct sgap_taps *taps, struct sgap_nl *nl, const struct sgap_conf *conf,
		    __u64 now);

/* Read all that waits in their rings. */
void sgap_taps_drain(struct sgap_taps *taps, __u64 now);

/* How many records of the tap were lost to us. False when it is not read. */
bool sgap_taps_missed(const struct sgap_taps *taps, const char *ifname, __u64 *missed);

unsigned int sgap_taps_count(const struct sgap_taps *taps);

#endif
