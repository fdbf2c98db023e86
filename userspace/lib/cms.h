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
 * sgap_cms_cert() - a certificate, PEM or DER, as DER
 * @der: to be freed with free(3)
 * @name: its subject, cut to size
 *
 * Return: bytes of *der, or -EINVAL when it is no X.509 certificate, or -ENOMEM.
 */
int sgap_cms_cert(unsigned char **der, char *name, size_t size, const void *cert,
		  size_t cert_len);

#endif
