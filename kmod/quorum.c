// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "quorum.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Does it end in ": " and hexadecimal digits? */
static bool is_the_kernels(const char *description)
{
	size_t end = strlen(description), n = end;

	while (n && is_hex(description[n - 1]))
		n--;
	return n < end && n >= 2 && description[n - 1] == ' ' && description[n - 2] == ':';
}

void sgap_role_of(__u8 role[SGAP_ROLE_LEN + 1], const char *description)
{
	size_t n = 0;

	memset(role, 0, SGAP_ROLE_LEN + 1);
	while (n <= SGAP_ROLE_LEN && sgap_role_has((__u8)description[n]))
		n++;
	if (n && n <= SGAP_ROLE_LEN && description[n] == ':' && !is_the_kernels(description))
		memcpy(role, description, n);
}

size_t sgap_signature_len(const void *p, size_t len)
{
	const __u8 *b = p;
	size_t n = 0;
	int i, more;

	if (len < 2 || b[0] != 0x30)
		return 0;
	if (b[1] < 0x80) {
		n = 2 + (size_t)b[1];
		return n <= len ? n : 0;
	}
	more = b[1] & 0x7f;
	if (more < 1 || more > 2 || len < 2 + (size_t)more)
		return 0;
	for (i = 0; i < more; i++)
		n = n << 8 | b[2 + i];
	n += 2 + (size_t)more;
	return n <= len ? n : 0;
}

static bool same_key(const struct sgap_signer *a, const struct sgap_signer *b)
{
	return !memcmp(a->id, b->id, sizeof(a->id));
}

/* Is signer i the first of its key, and the key of no other role? */
static bool counts(const struct sgap_signer *signers, unsigned int n, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < n; j++) {
		if (j == i || !same_key(&signers[j], &signers[i]))
			continue;
		if (j < i || memcmp(signers[j].role, signers[i].role, sizeof(signers[i].role)))
			return false;
	}
	return true;
}

static unsigned int count_role(const struct sgap_grant_role *role,
			       const struct sgap_signer *signers, unsigned int n)
{
	unsigned int i, found = 0;

	for (i = 0; i < n; i++)
		if (!memcmp(signers[i].role, role->name, SGAP_ROLE_LEN) && counts(signers, n, i))
			found++;
	return found;
}

enum sgap_refuse sgap_quorum_check(const struct sgap_grant_info *info,
				   const struct sgap_signer *signers, unsigned int n)
{
	const struct sgap_grant_role *role;
	int i;

	for (i = 0; i < SGAP_GRANT_ROLES; i++) {
		role = &info->roles[i];
		if (role->name[0] && count_role(role, signers, n) < role->signers)
			return SGAP_REFUSE_QUORUM;
	}
	return n ? SGAP_REFUSE_NONE : SGAP_REFUSE_SIGNER;
}
