// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/grant.c
/*
 * The terms room: one grant, or two in a row. What is accepted is the same when
 * it is written anew, and two grants that are in each other's way are so from
 * both sides.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lib/grant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(const uint8_t *data, const struct sgap_grant_info *info)
{
	struct sgap_grant again;

	if (sgap_grant_encode(info, &again) || memcmp(&again, data, sizeof(again)))
		abort();
	if (sgap_grant_check_time(info, info->not_before) ||
	    sgap_grant_check_time(info, info->not_after) != SGAP_REFUSE_EXPIRED)
		abort();
	if (!sgap_grant_in_prefix(info, &info->clients) || sgap_grant_rank(&info->clients) > 999)
		abort();
}

static void two(const struct sgap_grant_info *a, const struct sgap_grant_info *b)
{
	if (sgap_grant_check_pair(a, b) != sgap_grant_check_pair(b, a))
		abort();
	if (sgap_grant_check_pair(a, a) != SGAP_REFUSE_OVERLAP)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size < SGAP_GRANT_SIZE ? size : SGAP_GRANT_SIZE;
	struct sgap_grant_info a, b;
	enum sgap_refuse why;

	why = sgap_grant_check(data, first, &a);
	if (why) {
		if (!sgap_refuse_errno(why) || !sgap_refuse_text(why))
			abort();
		return 0;
	}
	one(data, &a);
	if (!sgap_grant_check(data + first, size - first, &b))
		two(&a, &b);
	return 0;
}
