/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leases that were told of, by serial. */
#ifndef SGAP_INCIDENT_LEASES_H
#define SGAP_INCIDENT_LEASES_H

#include "lib/nl.h"

#define SGAP_LEASES 64u

struct sgap_leases {
	struct sgap_detour_info lease[SGAP_LEASES];	/* in the order in which they came */
	__u64 seen[SGAP_LEASES];	/* when each was first told of, ns since 1970 */
	__u32 n;
};

/*
 * The place of the lease of that serial. One that is new gets the last place, with all
 * else zero; when there is no room another one gives way.
 */
__u32 sgap_leases_place(struct sgap_leases *l, const __u8 serial[16], __u64 now);

/* Which of n gives way to another: the first that has ended, or the first. */
__u32 sgap_leases_spare(const struct sgap_detour_info *lease, __u32 n);

#endif
