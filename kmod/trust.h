/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keyring .stopgap: whose signature under a grant counts. Root adds X.509
 * certificates (keyctl padd asymmetric) and may close it for good (keyctl
 * restrict_keyring). It lives as long as the module. A key's description may
 * give its certificate a role, see quorum.h; keyrings inside of it count for nothing.
 */
#ifndef SGAP_TRUST_H
#define SGAP_TRUST_H

#include "grant_check.h"

#include <linux/key.h>

#define SGAP_TRUST_MAX 64	/* certificates that count: the first so many */
#define SGAP_TRUST_NEVER 0	/* of what has no end */

struct sgap_trusted {
	char description[128];
	u8 role[SGAP_ROLE_LEN + 1];
	u8 id[SGAP_KEY_ID_LEN];
	u64 expires;		/* s since 1970, or SGAP_TRUST_NEVER */
};

int sgap_trust_init(void);
void sgap_trust_uninit(void);

/* The keyring's serial number, and whether it is closed. */
key_serial_t sgap_trust_keyring(void);
bool sgap_trust_closed(void);

/* The serials of at most SGAP_TRUST_MAX keys; returns how many, or -errno. */
int sgap_trust_list(key_serial_t serials[SGAP_TRUST_MAX]);

/* What the key says of itself; returns 0, or -ENOKEY when it is gone or no certificate's. */
int sgap_trust_describe(key_serial_t serial, struct sgap_trusted *t);

/* Did a trusted key sign data? Returns -ENOMEM, or an enum sgap_refuse. */
int sgap_trust_verify(const void *data, size_t len, const void *sig, size_t sig_len);

/*
 * Add to signers, of which *n are filled, those of the trusted keys that signed
 * it; *until becomes the earliest end of theirs, if that is earlier. Returns
 * -ENOMEM, or an enum sgap_refuse.
 */
int sgap_trust_signers(const void *data, size_t len, const void *sig, size_t sig_len,
		       struct sgap_signer signers[SGAP_SIGNERS_MAX], unsigned int *n, u64 *until);

#endif
