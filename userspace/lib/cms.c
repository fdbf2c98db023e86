// SPDX-License-Identifier: GPL-2.0-or-later
#include "cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <time.h>

/* A certificate is no secret: one that is encrypted is none. OpenSSL would ask the terminal. */
static int no_pass_phrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

/* PEM when it looks so, else DER. */
static X509 *read_cert(const void *cert, size_t len)
{
	const unsigned char *p = cert;
	X509 *x509;
	BIO *bio;

	if (!memmem(cert, len, "-----BEGIN", 10))
		return d2i_X509(NULL, &p, (long)len);
	bio = BIO_new_mem_buf(cert, (int)len);
	x509 = bio ? PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL) : NULL;
	BIO_free(bio);
	return x509;
}

/* The kernel takes one form of signature only; see docs/grants.md. */
static enum sgap_refuse check_form(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	int i;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed || !CMS_is_detached(cms))
		return SGAP_REFUSE_SIGNATURE_FORM;
	if (!signers || !sk_CMS_SignerInfo_num(signers))
		return SGAP_REFUSE_UNSIGNED;
	for (i = 0; i < sk_CMS_SignerInfo_num(signers); i++)
		if (CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(signers, i)) > 0)
			return SGAP_REFUSE_TAMPERED;
	return SGAP_REFUSE_NONE;
}

/* Of all signers one must be ours: the others would need their certificates. */
static enum sgap_refuse check_signer(CMS_ContentInfo *cms, X509 *x509)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	int i;

	for (i = 0; i < sk_CMS_SignerInfo_num(signers); i++)
		if (!CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, i), x509))
			return SGAP_REFUSE_NONE;
	return SGAP_REFUSE_SIGNER;
}

/*
 * Of a BIO in memory CMS_verify() of OpenSSL 3.0 makes another, and loses it when it
 * does not know the digest: with something before it, it is none.
 */
static BIO *bio_of(const void *data, size_t len)
{
	BIO *mem = BIO_new_mem_buf(data, (int)len), *bio = mem ? BIO_new(BIO_f_null()) : NULL;

	if (bio)
		return BIO_push(bio, mem);
	BIO_free(mem);
	return NULL;
}

static enum sgap_refuse check_data(CMS_ContentInfo *cms, X509 *x509, const void *data, size_t len)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *bio = bio_of(data, len);
	enum sgap_refuse why = SGAP_REFUSE_TAMPERED;

	if (certs && bio && sk_X509_push(certs, x509) &&
	    CMS_verify(cms, certs, NULL, bio, NULL,
		       CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY) == 1)
		why = SGAP_REFUSE_NONE;
	BIO_free_all(bio);
	sk_X509_free(certs);
	return why;
}

enum sgap_refuse sgap_cms_verify(const void *data, size_t len, const void *sig, size_t sig_len,
				 const void *cert, size_t cert_len)
{
	const unsigned char *p = sig;
	enum sgap_refuse why = SGAP_REFUSE_NONE;
	CMS_ContentInfo *cms;
	X509 *x509;

	if (!sig_len)
		return SGAP_REFUSE_UNSIGNED;
	if (sig_len > SGAP_GRANT_SIG_MAX)
		return SGAP_REFUSE_SIGNATURE_LONG;
	x509 = read_cert(cert, cert_len);
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)sig_len);
	if (!x509)
		why = SGAP_REFUSE_NO_TRUST;
	else if (!cms)
		why = SGAP_REFUSE_SIGNATURE_FORM;
	if (!why)
		why = check_form(cms);
	if (!why)
		why = check_signer(cms, x509);
	if (!why)
		why = check_data(cms, x509, data, len);
	CMS_ContentInfo_free(cms);
	X509_free(x509);
	ERR_clear_error();
	return why;
}

/* s since 1970; -EINVAL when it is no time. */
static int seconds_of(__s64 *s, const ASN1_TIME *at)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(at, &tm))
		return -EINVAL;
	*s = timegm(&tm);
	return 0;
}

static int read_out(struct sgap_cert *c, X509 *x509)
{
	unsigned char *p;
	unsigned int n = 0;
	int len = i2d_X509(x509, NULL);

	if (len <= 0 || !X509_pubkey_digest(x509, EVP_sha256(), c->id, &n) ||
	    seconds_of(&c->not_before, X509_get0_notBefore(x509)) ||
	    seconds_of(&c->not_after, X509_get0_notAfter(x509)))
		return -EINVAL;
	c->der = p = malloc((size_t)len);
	if (!p)
		return -ENOMEM;
	c->len = (size_t)i2d_X509(x509, &p);
	X509_NAME_oneline(X509_get_subject_name(x509), c->name, sizeof(c->name));
	return 0;
}

int sgap_cms_cert(struct sgap_cert *c, const void *cert, size_t cert_len)
{
	X509 *x509 = read_cert(cert, cert_len);
	int ret;

	memset(c, 0, sizeof(*c));
	ret = x509 ? read_out(c, x509) : -EINVAL;
	X509_free(x509);
	ERR_clear_error();
	return ret;
}
