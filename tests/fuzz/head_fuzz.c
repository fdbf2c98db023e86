// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/ledger/*.c userspace/incident/case_json.c userspace/incident/seconds.c
// link: userspace/lib/json.c userspace/lib/effect.c userspace/lib/addr.c userspace/lib/names.c
// libs: -ljansson -lcrypto -lsqlite3 -lm
/*
 * Byte 0: which text; the rest: what a file or the ledger has of that. A head, a
 * counter-signature and a signed head are taken only as they would be written
 * anew; the snapshot of an incident is the same when it is written and read again.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident/case.h"
#include "ledger/verify.h"
#include "ledger/witness.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A last newline may be there or not, or several. */
static void head(const char *text)
{
	char again[SGAP_CHAIN_HEAD];
	struct sgap_head h;
	int ret = sgap_head_parse(&h, text);
	size_t len;

	if (ret && ret != -EINVAL)
		abort();
	if (ret)
		return;
	len = sgap_chain_head(again, &h) - 1;
	if (strncmp(text, again, len) || strspn(text + len, "\n") != strlen(text + len))
		abort();
}

static void witness(const char *text)
{
	char again[SGAP_WITNESS_TEXT];
	struct sgap_witness w;
	int ret = sgap_witness_parse(&w, text);
	const char *p;

	if (ret && ret != -EINVAL && ret != -EKEYREJECTED)
		abort();
	if (ret == -EINVAL)
		return;
	if (sgap_witness_text(again, &w) != strlen(text) || strcmp(again, text) || !*w.by)
		abort();
	/* It goes to a terminal. */
	for (p = w.by; *p; p++)
		if (*p <= ' ' || *p > '~')
			abort();
}

static void sealed(const char *text)
{
	char again[SGAP_WITNESS_TEXT], key[SGAP_HASH_HEX], sig[2 * SGAP_SEAL_SIG + 1];
	struct sgap_sealed s;
	int ret = sgap_sealed_parse(&s, text);
	size_t len;

	if (ret && ret != -EINVAL && ret != -EKEYREJECTED)
		abort();
	if (ret == -EINVAL)
		return;
	len = sgap_chain_head(again, &s.head);
	snprintf(again + len, sizeof(again) - len, "key %s\nsig %s\n", sgap_hex(key, s.key, sizeof(s.key)),
		 sgap_hex(sig, s.sig, sizeof(s.sig)));
	if (strcmp(again, text) != 0)
		abort();
}

static void snapshot(const char *text)
{
	static struct sgap_case one, two;
	json_t *obj = json_loads(text, 0, NULL), *first, *second;
	int ret;

	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	ret = sgap_case_parse(&one, obj);
	json_decref(obj);
	if (ret && ret != -EINVAL)
		abort();
	if (ret)
		return;
	first = sgap_case_json(&one);
	if (!first || sgap_case_parse(&two, first))
		abort();
	second = sgap_case_json(&two);
	if (!json_equal(first, second))
		abort();
	json_decref(first);
	json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const take[])(const char *text) = { head, witness, sealed, snapshot };
	char *text = fuzz_text(data, size);

	if (!text)
		return 0;
	take[*data % (sizeof(take) / sizeof(*take))](text);
	free(text);
	return 0;
}
