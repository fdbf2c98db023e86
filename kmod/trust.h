/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keyring .stopgap: whose signature under a grant counts. Root adds X.509
 * certificates (keyctl padd asymmetric) and may close it for good (keyctl
 * restrict_keyring). It lives as long as the module.
 */
#ifndef SGAP_TRUST_H
#define SGAP_TRUST_H

#include "grant_check.h"

#include <linux/key.h>

#define SGAP_TRUST_MAX 64	/* certificates that are listed and named */

int sgap_trust_init(void);
void sgap_trust_uninit(void);

/* The keyring's serial number, and whether it is closed. */
key_serial_t sgap_trust_keyring(void);
bool sgap_trust_closed(void);

/* The serials of at most SGAP_TRUST_MAX keys; returns how many, or -errno. */
int sgap_trust_list(key_serial_t serials[SGAP_TRUST_MAX]);

/* The key's description; returns 0, or -ENOKEY when it is gone. */
int sgap_trust_describe(key_serial_t serial, char *buf, size_t size);

/* Did a trusted key sign data? Returns -ENOMEM, or an enum sgap_refuse. */
int sgap_trust_verify(const void *data, size_t len, const void *sig, size_t sig_len);

/*
 * Which of the trusted keys signed it; data must have been verified. When that
 * cannot be found out, buf is empty.
 */
void sgap_trust_signer(const void *data, size_t len, const void *sig, size_t sig_len,
		       char *buf, size_t size);

#endif
