// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

char *sgap_hex(char *hex, const __u8 *bytes, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		hex[2 * i] = digit[bytes[i] >> 4];
		hex[2 * i + 1] = digit[bytes[i] & 15];
	}
	hex[2 * n] = '\0';
	return hex;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sgap_unhex(__u8 *bytes, size_t n, const char *hex)
{
	size_t i;

	if (strlen(hex) != 2 * n)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i] = (__u8)(high << 4 | low);
	}
	return 0;
}

size_t sgap_chain_entry(char buf[static SGAP_CHAIN_HEAD], const __u8 prev[static SGAP_HASH],
			const struct sgap_entry *e)
{
	char hex[SGAP_HASH_HEX];

	return (size_t)snprintf(buf, SGAP_CHAIN_HEAD,
				"stopgap-entry-1\nprev %s\nseq %llu\ntime %llu\ntype %.*s\nabout %llu\n",
				sgap_hex(hex, prev, SGAP_HASH), (unsigned long long)e->seq,
				(unsigned long long)e->time, SGAP_CHAIN_TYPE, e->type,
				(unsigned long long)e->about);
}

int sgap_chain_hash(__u8 hash[static SGAP_HASH], const __u8 prev[static SGAP_HASH],
		    const struct sgap_entry *e)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	char head[SGAP_CHAIN_HEAD];
	size_t len = sgap_chain_entry(head, prev, e);
	int ok;

	ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	     EVP_DigestUpdate(md, head, len) == 1 &&
	     EVP_DigestUpdate(md, e->payload, e->len) == 1 &&
	     EVP_DigestFinal_ex(md, hash, NULL) == 1;
	EVP_MD_CTX_free(md);
	return ok ? 0 : -EIO;
}

size_t sgap_chain_head(char buf[static SGAP_CHAIN_HEAD], const struct sgap_head *head)
{
	char ledger[SGAP_HASH_HEX], hash[SGAP_HASH_HEX];

	return (size_t)snprintf(buf, SGAP_CHAIN_HEAD,
				"stopgap-head-1\nledger %s\nseq %llu\ntime %llu\nhash %s\n",
				sgap_hex(ledger, head->ledger, SGAP_HASH),
				(unsigned long long)head->seq, (unsigned long long)head->time,
				sgap_hex(hash, head->hash, SGAP_HASH));
}
