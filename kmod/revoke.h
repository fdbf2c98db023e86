/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The revocation list: public keys whose signatures count no more, and grants
 * that are refused by their serial. One for all network namespaces; nothing is
 * ever taken off it, and it lives as long as the module.
 */
#ifndef SGAP_REVOKE_H
#define SGAP_REVOKE_H

#include "grant_check.h"

#define SGAP_REVOKED_MAX 256

struct sgap_revoked {
	bool is_key;		/* else a grant's serial, in the first 16 bytes */
	u8 id[SGAP_KEY_ID_LEN];
};

/* Process context, all of them; SGAP_REFUSE_REVOKED_FULL, or on the list by now. */
enum sgap_refuse sgap_revoke_add(const struct sgap_revoked *what);

/* Entry i, oldest first; false when there are not so many. */
bool sgap_revoke_get(unsigned int i, struct sgap_revoked *what);

/* Does the entry concern a grant of that serial, signed by these? */
bool sgap_revoke_concerns(const struct sgap_revoked *what, const u8 serial[16],
			  const struct sgap_signer *signers, unsigned int n);

/* Is the grant, or one of those who signed it, on the list? */
enum sgap_refuse sgap_revoke_check(const u8 serial[16], const struct sgap_signer *signers,
				   unsigned int n);

#endif
