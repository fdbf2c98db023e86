/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When is an answer late? Held against the least that the server ever took. */
#ifndef SGAP_SLOW_H
#define SGAP_SLOW_H

#include "rules.h"

struct sgap_slow {
	struct sgap_at at;
	__u32 servers;		/* how many have a base */
	struct sgap_slow_base {
		__u32 host, base_us;
	} base[64];
};

/* What each front server usually takes at least, us. */
void sgap_slow_init(const struct sgap_judge *j, struct sgap_slow *slow);

/* Of a server without a base: is it late by the host's? */
bool sgap_slower(const struct sgap_slow *slow, __u32 host, const struct sgap_obs *o);

/* arg is a struct sgap_slow: late, or never. */
bool sgap_bad_slow(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);

#endif
