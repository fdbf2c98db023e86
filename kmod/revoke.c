// SPDX-License-Identifier: GPL-2.0-only
#include "revoke.h"

#include <linux/mutex.h>

static DEFINE_MUTEX(revoked_lock);	/* protects the next two */
static struct sgap_revoked revoked[SGAP_REVOKED_MAX];
static unsigned int revoked_n;

static bool is_listed(const struct sgap_revoked *what)
{
	unsigned int i;

	lockdep_assert_held(&revoked_lock);
	for (i = 0; i < revoked_n; i++)
		if (revoked[i].is_key == what->is_key &&
		    !memcmp(revoked[i].id, what->id, sizeof(what->id)))
			return true;
	return false;
}

enum sgap_refuse sgap_revoke_add(const struct sgap_revoked *what)
{
	enum sgap_refuse why = SGAP_REFUSE_NONE;

	mutex_lock(&revoked_lock);
	if (!is_listed(what)) {
		if (revoked_n == SGAP_REVOKED_MAX)
			why = SGAP_REFUSE_REVOKED_FULL;
		else
			revoked[revoked_n++] = *what;
	}
	mutex_unlock(&revoked_lock);
	return why;
}

bool sgap_revoke_get(unsigned int i, struct sgap_revoked *what)
{
	bool there;

	mutex_lock(&revoked_lock);
	there = i < revoked_n;
	if (there)
		*what = revoked[i];
	mutex_unlock(&revoked_lock);
	return there;
}

bool sgap_revoke_concerns(const struct sgap_revoked *what, const u8 serial[16],
			  const struct sgap_signer *signers, unsigned int n)
{
	unsigned int i;

	if (!what->is_key)
		return !memcmp(what->id, serial, 16);
	for (i = 0; i < n; i++)
		if (!memcmp(what->id, signers[i].id, sizeof(what->id)))
			return true;
	return false;
}

enum sgap_refuse sgap_revoke_check(const u8 serial[16], const struct sgap_signer *signers,
				   unsigned int n)
{
	enum sgap_refuse why = SGAP_REFUSE_NONE;
	unsigned int i;

	mutex_lock(&revoked_lock);
	for (i = 0; i < revoked_n && !why; i++)
		if (sgap_revoke_concerns(&revoked[i], serial, signers, n))
			why = revoked[i].is_key ? SGAP_REFUSE_KEY_REVOKED : SGAP_REFUSE_REVOKED;
	mutex_unlock(&revoked_lock);
	return why;
}
