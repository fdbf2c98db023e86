// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/cms.c
// libs: -lcrypto
/*
 * Bytes 0 and 1: how long the certificate is; then it, then a signature. What is
 * read of a certificate is the same of its DER; a signature that holds does not
 * hold for other data, and nothing else of it does either.
 */
#include <errno.h>
#include <openssl/ui.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int asked(UI *ui)
{
	(void)ui;
	abort();
}

/* Whatever is in a file, nobody is asked for a pass phrase. */
static void ask_nobody(void)
{
	static UI_METHOD *method;

	if (method)
		return;
	method = UI_create_method("nobody");
	if (!method || UI_method_set_opener(method, asked))
		abort();
	UI_set_default_method(method);
}

static void certificate(const uint8_t *p, size_t len)
{
	struct sgap_cert a, b;
	int ret = sgap_cms_cert(&a, p, len);

	if (ret ? a.der || ret != -EINVAL : !a.der || !a.len)
		abort();
	if (ret)
		return;
	if (sgap_cms_cert(&b, a.der, a.len) || a.len != b.len || memcmp(a.der, b.der, a.len) ||
	    memcmp(a.id, b.id, sizeof(a.id)) || strcmp(a.name, b.name) ||
	    a.not_before != b.not_before || a.not_after != b.not_after)
		abort();
	free(a.der);
	free(b.der);
}

static enum sgap_refuse verify(const uint8_t *text, const uint8_t *cert, size_t cert_len,
			       const uint8_t *sig, size_t sig_len)
{
	enum sgap_refuse why = sgap_cms_verify(text, SGAP_GRANT_SIZE, sig, sig_len, cert, cert_len);

	if (why && (!sgap_refuse_errno(why) || !sgap_refuse_text(why)))
		abort();
	if (!why && (!sig_len || sig_len > SGAP_GRANT_SIG_MAX))
		abort();
	return why;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t text[SGAP_GRANT_SIZE], *cert;
	size_t len;

	if (size < 2)
		return 0;
	len = (size_t)(data[0] << 8 | data[1]);
	data += 2;
	size -= 2;
	if (len > size)
		len = size;
	/* Of its own size, so that a read past its end is seen. */
	cert = malloc(len ? len : 1);
	if (!cert)
		return 0;
	memcpy(cert, data, len);
	ask_nobody();
	certificate(cert, len);
	memset(text, 'g', sizeof(text));
	if (!verify(text, cert, len, data + len, size - len)) {
		text[size % sizeof(text)] ^= 1;
		if (verify(text, cert, len, data + len, size - len) != SGAP_REFUSE_TAMPERED)
			abort();
	}
	free(cert);
	return 0;
}
