// SPDX-License-Identifier: GPL-2.0-or-later
#include "leases.h"

#include <string.h>

__u32 sgap_leases_spare(const struct sgap_detour_info *lease, __u32 n)
{
	__u32 i = 0;

	while (i < n && lease[i].state != SGAP_LEASE_ENDED)
		i++;
	return i < n ? i : 0;
}

static void let_go(struct sgap_leases *l, __u32 i)
{
	l->n--;
	memmove(l->lease + i, l->lease + i + 1, (l->n - i) * sizeof(l->lease[0]));
	memmove(l->seen + i, l->seen + i + 1, (l->n - i) * sizeof(l->seen[0]));
}

__u32 sgap_leases_place(struct sgap_leases *l, const __u8 serial[16], __u64 now)
{
	__u32 i;

	for (i = 0; i < l->n; i++)
		if (!memcmp(l->lease[i].serial, serial, sizeof(l->lease[i].serial)))
			return i;
	if (l->n == SGAP_LEASES)
		let_go(l, sgap_leases_spare(l->lease, l->n));
	memset(&l->lease[l->n], 0, sizeof(l->lease[0]));
	memcpy(l->lease[l->n].serial, serial, sizeof(l->lease[0].serial));
	l->seen[l->n] = now;
	return l->n++;
}
