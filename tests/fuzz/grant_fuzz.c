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
#include "quorum.h"

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

/* Signatures in a row: each is within what is left, and they come to an end. */
static void signatures(const uint8_t *data, size_t size)
{
	size_t len;

	for (; (len = sgap_signature_len(data, size)); data += len, size -= len)
		if (len < 2 || len > size)
			abort();
}

/* A role is a plain word, and the description begins with it. */
static void description(const uint8_t *data, size_t size)
{
	__u8 role[SGAP_ROLE_LEN + 1];
	char text[300] = "";
	size_t n;

	memcpy(text, data, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
	sgap_role_of(role, text);
	n = strlen((char *)role);
	if (n && (memcmp(role, text, n) || text[n] != ':'))
		abort();
	while (n--)
		if (!sgap_role_has(role[n]))
			abort();
}

/* Whoever signs beside those who are enough takes nothing away, unless of one key. */
static void signers(const struct sgap_grant_info *info, const uint8_t *data, size_t size)
{
	struct sgap_signer s[SGAP_SIGNERS_MAX] = { 0 };
	unsigned int i, n = 0;

	for (; n < SGAP_SIGNERS_MAX && size > 1; n++, data += 2, size -= 2) {
		s[n].id[0] = (__u8)n;
		s[n].id[1] = data[0];
		memcpy(s[n].role, info->roles[data[1] % SGAP_GRANT_ROLES].name, SGAP_ROLE_LEN);
	}
	for (i = 1; i < n; i++)
		if (!sgap_quorum_check(info, s, i) && sgap_quorum_check(info, s, i + 1))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = size < SGAP_GRANT_SIZE ? size : SGAP_GRANT_SIZE;
	struct sgap_grant_info a, b;
	enum sgap_refuse why;

	signatures(data, size);
	description(data, size);
	why = sgap_grant_check(data, first, &a);
	if (why) {
		if (!sgap_refuse_errno(why) || !sgap_refuse_text(why))
			abort();
		return 0;
	}
	one(data, &a);
	signers(&a, data + first, size - first);
	if (!sgap_grant_check(data + first, size - first, &b))
		two(&a, &b);
	return 0;
}
