/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The customer's signature, checked without the kernel; certificates. */
#ifndef SGAP_LIB_CMS_H
#define SGAP_LIB_CMS_H

#include "grant_check.h"

/**
 * sgap_cms_verify() - is sig a detached CMS signature of data by the certificate?
 * @cert: the certificate, PEM or DER
 *
 * Asks for what the kernel asks for: a signature with attributes is refused
 * even when it matches. Whether the certificate is worth trusting is not
 * looked at; in the kernel that is what the keyring says.
 *
 * Return: SGAP_REFUSE_NONE, or why the kernel would refuse it, the certificate
 * being in its keyring.
 */
enum sgap_refuse sgap_cms_verify(const void *data, size_t len, const void *sig, size_t sig_len,
				 const void *cert, size_t cert_len);

/**
 * struct sgap_cert - what a certificate says
 * @der: the whole of it, to be freed with free(3)
 * @len: its bytes
 * @name: its subject, cut
 * @id: SHA-256 of its public key, as the kernel module has it
 * @not_before: s since 1970
 * @not_after: s since 1970: the last second in which it is valid
 */
struct sgap_cert {
	unsigned char *der;
	size_t len;
	char name[256];
	__u8 id[SGAP_KEY_ID_LEN];
	__s64 not_before, not_after;
};

/**
 * sgap_cms_cert() - a certificate, PEM or DER
 *
 * Return: 0, or -EINVAL when it is no X.509 certificate, or -ENOMEM; @c->der is
 * NULL then.
 */
int sgap_cms_cert(struct sgap_cert *c, const void *cert, size_t cert_len);

#endif
