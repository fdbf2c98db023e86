/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which clients and servers are of one network: only those are held against each other. */
#ifndef SGAP_ISLAND_H
#define SGAP_ISLAND_H

#include "evidence.h"

#define SGAP_ISLANDS 8u		/* judged; what is beyond the first ones is of none */

/*
 * Number the islands into of[host], from 1 on by the time of their first query, 0 for
 * hosts of none: clients of one network and the servers that they ask are of one.
 * onward: there are no clients, and servers that ask stand for them. node holds one
 * number per host and is scratch. Returns how many there are.
 */
__u32 sgap_islands(const struct sgap_ev *ev, bool onward, __u8 *of, __u32 *node);

#endif
