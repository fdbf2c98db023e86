// SPDX-License-Identifier: GPL-2.0-or-later
#include "page.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "report/text.h"

/* The page as it is written, in verify.html of this folder. */
__asm__(".pushsection .rodata\n"
	"sgap_verify_page: .incbin \"userspace/bundle/verify.html\"\n"
	".byte 0\n"
	".popsection");
extern const char sgap_verify_page[];

/* The digest of what is between two tags, as a source of the policy. */
static void add_source(struct sgap_text *t, const char *begin, const char *end)
{
	const char *from = strstr(sgap_verify_page, begin), *to = from ? strstr(from, end) : NULL;
	unsigned char md[EVP_MAX_MD_SIZE], b64[4 * EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (!to) {
		t->err = -EINVAL;
		return;
	}
	from += strlen(begin);
	if (!EVP_Digest(from, (size_t)(to - from), md, &len, EVP_sha256(), NULL))
		t->err = -EIO;
	EVP_EncodeBlock(b64, md, (int)len);
	sgap_text_addf(t, "'sha256-%s'", (const char *)b64);
}

void sgap_bundle_page(struct sgap_text *t)
{
	static const char mark[] = "@POLICY@";
	const char *at = strstr(sgap_verify_page, mark);

	if (!at) {
		t->err = -EINVAL;
		return;
	}
	sgap_text_addn(t, sgap_verify_page, (size_t)(at - sgap_verify_page));
	sgap_text_add(t, "default-src 'none'; script-src ");
	add_source(t, "<script>", "</script>");
	sgap_text_add(t, "; style-src ");
	add_source(t, "<style>", "</style>");
	sgap_text_add(t, "; base-uri 'none'; form-action 'none'");
	sgap_text_add(t, at + strlen(mark));
}
