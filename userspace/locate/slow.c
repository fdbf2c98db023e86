// SPDX-License-Identifier: GPL-2.0-or-later
#include "slow.h"

#define TIMES 4u		/* an answer may take so many times the base ... */
#define MORE_US 100000u		/* ... and this: what a lookup far away adds */

void sgap_slow_init(const struct sgap_judge *j, struct sgap_slow *slow)
{
	__u32 i, n;

	memset(slow, 0, sizeof(*slow));
	for (i = 0; i < j->ev->nservers && slow->servers < 64; i++) {
		const struct sgap_at at = { j->ev->servers[i].host };
		__u32 us;

		if (!sgap_is_front(j, &j->ev->servers[i]))
			continue;
		us = sgap_rtt(j, sgap_in_server, &at, 0, ~0ULL, 100, &n);
		if (n >= 10)
			slow->base[slow->servers++] = (struct sgap_slow_base){ at.host, us };
	}
}

static __u32 base_of(const struct sgap_slow *slow, __u32 host)
{
	__u32 i;

	for (i = 0; i < slow->servers; i++) {
		if (slow->base[i].host == host)
			return slow->base[i].base_us;
	}
	return 0;
}

bool sgap_slower(const struct sgap_slow *slow, __u32 host, const struct sgap_obs *o)
{
	return !base_of(slow, o->server) && o->rtt_us > TIMES * base_of(slow, host) + MORE_US;
}

bool sgap_bad_slow(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	__u32 base = base_of(arg, o->server);

	(void)ev;
	if (!base || o->proto != 17)
		return false;
	return o->rtt_us > TIMES * base + MORE_US || o->class == SGAP_CLASS_SILENT;
}
