/* SPDX-License-Identifier: GPL-2.0-only */
/* A signed grant: taken when terms, signature, time and serial are right. */
#ifndef SGAP_GRANT_H
#define SGAP_GRANT_H

#include "grant_check.h"

#include <linux/netlink.h>

struct sgap_signed {
	const void *grant;
	size_t grant_len;
	const void *signature;
	size_t signature_len;	/* of all signatures, one after the other */
};

/* What was found out of a signed grant. */
struct sgap_verified {
	struct sgap_grant_info info;
	struct sgap_signer signers[SGAP_SIGNERS_MAX];
	unsigned int n;
	u64 until;		/* s since 1970: its end, or an earlier one of who signed */
};

/* The refusal as -errno, its sentence in extack; 0 for SGAP_REFUSE_NONE. */
int sgap_grant_refuse(struct netlink_ext_ack *extack, enum sgap_refuse why);

/*
 * Is it signed by all who are needed, and in force now? Fills in v. Does not
 * look at serials and the revocation list. Returns 0 or -errno.
 */
int sgap_grant_verify(const struct sgap_signed *s, struct sgap_verified *v,
		      struct netlink_ext_ack *extack);

/* Is the grant in force now, by CLOCK_REALTIME? */
enum sgap_refuse sgap_grant_in_force(const struct sgap_grant_info *info);

/*
 * Remember the serial, once and for all network namespaces, at least as long
 * as the grant would be valid. SGAP_REFUSE_USED when it was remembered before,
 * SGAP_REFUSE_MEMORY when there is no room: nothing valid is ever forgotten.
 */
enum sgap_refuse sgap_grant_use(const struct sgap_grant_info *info);

#endif
