/* SPDX-License-Identifier: GPL-2.0-only */
/* A signed grant: taken when terms, signature, time and serial are right. */
#ifndef SGAP_GRANT_H
#define SGAP_GRANT_H

#include "grant_check.h"

#include <linux/netlink.h>

#define SGAP_SIGNER_MAX 128	/* bytes of a signer's description, with the final 0 */

struct sgap_signed {
	const void *grant;
	size_t grant_len;
	const void *signature;
	size_t signature_len;
};

/* The refusal as -errno, its sentence in extack; 0 for SGAP_REFUSE_NONE. */
int sgap_grant_refuse(struct netlink_ext_ack *extack, enum sgap_refuse why);

/*
 * Is it signed by someone trusted, and in force now? Fills in info and signer.
 * Does not look at the serial. Returns 0 or -errno.
 */
int sgap_grant_verify(const struct sgap_signed *s, struct sgap_grant_info *info,
		      char signer[SGAP_SIGNER_MAX], struct netlink_ext_ack *extack);

/* Is the grant in force now, by CLOCK_REALTIME? */
enum sgap_refuse sgap_grant_in_force(const struct sgap_grant_info *info);

/*
 * Remember the serial, once and for all network namespaces, at least as long
 * as the grant would be valid. SGAP_REFUSE_USED when it was remembered before,
 * SGAP_REFUSE_MEMORY when there is no room: nothing valid is ever forgotten.
 */
enum sgap_refuse sgap_grant_use(const struct sgap_grant_info *info);

#endif
