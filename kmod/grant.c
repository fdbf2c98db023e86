// SPDX-License-Identifier: GPL-2.0-only
#include "grant.h"
#include "quorum.h"
#include "trust.h"

#include <linux/mutex.h>
#include <linux/timekeeping.h>

#define USED_MAX 1024

struct used {
	u8 serial[16];
	u64 not_after;
};

static DEFINE_MUTEX(used_lock);		/* protects the next three */
static struct used used[USED_MAX];
static unsigned int used_n;
/*
 * The latest not_after among those forgotten: a grant that ends no later may
 * have been used, should the clock ever be set back.
 */
static u64 used_floor;

int sgap_grant_refuse(struct netlink_ext_ack *extack, enum sgap_refuse why)
{
	if (why && extack)
		extack->_msg = sgap_refuse_text(why);
	return -sgap_refuse_errno(why);
}

enum sgap_refuse sgap_grant_in_force(const struct sgap_grant_info *info)
{
	return sgap_grant_check_time(info, ktime_get_real_seconds());
}

/* Each signature must be good; then who they are of. -ENOMEM, or an enum sgap_refuse. */
static int verify_each(const struct sgap_signed *s, struct sgap_verified *v)
{
	const u8 *sig = s->signature;
	size_t left = s->signature_len, len;
	unsigned int signatures = 0;
	int ret;

	for (; left; sig += len, left -= len) {
		len = sgap_signature_len(sig, left);
		ret = sgap_trust_verify(s->grant, s->grant_len, sig, len ?: left);
		if (ret)
			return ret;
		if (!len)
			return SGAP_REFUSE_SIGNATURE_FORM;
		if (++signatures > SGAP_SIGNERS_MAX)
			return SGAP_REFUSE_SIGNATURES;
		ret = sgap_trust_signers(s->grant, s->grant_len, sig, len, v->signers, &v->n,
					 &v->until);
		if (ret)
			return ret;
	}
	return SGAP_REFUSE_NONE;
}

int sgap_grant_verify(const struct sgap_signed *s, struct sgap_verified *v,
		      struct netlink_ext_ack *extack)
{
	int why;

	v->n = 0;
	why = sgap_grant_check(s->grant, s->grant_len, &v->info);
	if (why)
		return sgap_grant_refuse(extack, why);
	if (!s->signature_len)
		return sgap_grant_refuse(extack, SGAP_REFUSE_UNSIGNED);
	if (s->signature_len > SGAP_GRANT_SIG_MAX)
		return sgap_grant_refuse(extack, SGAP_REFUSE_SIGNATURE_LONG);
	v->until = v->info.not_after;
	why = verify_each(s, v);
	if (why < 0)
		return why;
	if (!why)
		why = sgap_quorum_check(&v->info, v->signers, v->n);
	if (!why)
		why = sgap_grant_in_force(&v->info);
	return sgap_grant_refuse(extack, why);
}

/* Make room by forgetting what has expired. */
static void forget_expired(u64 now)
{
	unsigned int i, kept = 0;

	lockdep_assert_held(&used_lock);
	for (i = 0; i < used_n; i++) {
		if (used[i].not_after <= now)
			used_floor = max(used_floor, used[i].not_after);
		else
			used[kept++] = used[i];
	}
	used_n = kept;
}

static bool was_used(const struct sgap_grant_info *info)
{
	unsigned int i;

	lockdep_assert_held(&used_lock);
	if (info->not_after <= used_floor)
		return true;
	for (i = 0; i < used_n; i++)
		if (!memcmp(used[i].serial, info->serial, sizeof(info->serial)))
			return true;
	return false;
}

enum sgap_refuse sgap_grant_use(const struct sgap_grant_info *info)
{
	enum sgap_refuse why = SGAP_REFUSE_NONE;

	mutex_lock(&used_lock);
	if (used_n == USED_MAX)
		forget_expired(ktime_get_real_seconds());
	if (was_used(info)) {
		why = SGAP_REFUSE_USED;
	} else if (used_n == USED_MAX) {
		why = SGAP_REFUSE_MEMORY;
	} else {
		memcpy(used[used_n].serial, info->serial, sizeof(info->serial));
		used[used_n++].not_after = info->not_after;
	}
	mutex_unlock(&used_lock);
	return why;
}
