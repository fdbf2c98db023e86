/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Whose signatures a grant needs: so many certificates of each role that it
 * names. Pure: the module, the library and the fuzzer share it.
 */
#ifndef SGAP_QUORUM_H
#define SGAP_QUORUM_H

#include "grant_check.h"

/* May the byte be in a role's name? */
static inline bool sgap_role_has(__u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/*
 * The role that the description of a key gives to its certificate: "network"
 * for "network:Network desk". "" when there is none, and for what the kernel
 * makes of a certificate's subject when it is added without a description: that
 * ends in ": " and hexadecimal digits, and its beginning is the subject's choice.
 */
void sgap_role_of(__u8 role[SGAP_ROLE_LEN + 1], const char *description);

/*
 * Of the len bytes at p, those of the first signature: a DER SEQUENCE whose
 * length is given. 0 when there is none, or not all of it.
 */
size_t sgap_signature_len(const void *p, size_t len);

/*
 * Have enough signed? A public key counts once, and not at all when it is in
 * the list with more than one role. Without roles, one signer is enough.
 */
enum sgap_refuse sgap_quorum_check(const struct sgap_grant_info *info,
				   const struct sgap_signer *signers, unsigned int n);

#endif
