// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "file.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"
#include "lib/json.h"
#include "out.h"
#include "store.h"
#include "subcommands.h"

struct said {
	json_t *list;		/* NULL: print */
};

static void say(void *ctx, const char *what)
{
	struct said *said = ctx;

	if (said->list)
		json_array_append_new(said->list, json_string(what));
	else
		printf("WRONG: %s\n", what);
}

static json_t *verified_json(const char *file, const struct sgap_verified *v, json_t *list)
{
	char hash[SGAP_HASH_HEX], key[SGAP_HASH_HEX];

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s?, s:s, s:O}", "file", file,
			 "whole", !v->wrong, "entries", sgap_json_u64(v->entries),
			 "heads", sgap_json_u64(v->heads), "sealed", sgap_json_u64(v->sealed),
			 "first", sgap_json_u64(v->first), "last", sgap_json_u64(v->last),
			 "key", v->keyed ? sgap_hex(key, v->key, SGAP_SEAL_KEY) : NULL,
			 "hash", sgap_hex(hash, v->hash, SGAP_HASH), "wrong", list);
}

static void print_verified(const char *file, const struct sgap_verified *v, bool keyed)
{
	char first[SGAP_OUT_TIME], last[SGAP_OUT_TIME], key[SGAP_HASH_HEX];

	printf("%s: %llu entries", file, (unsigned long long)v->entries);
	if (v->entries)
		printf(" from %s to %s", sgap_out_time(first, v->first), sgap_out_time(last, v->last));
	printf(", %llu heads, sealed up to entry %llu\n", (unsigned long long)v->heads,
	       (unsigned long long)v->sealed);
	if (v->keyed && !keyed)
		printf("sealed with key %s: compare it with what you know, or give --key\n",
		       sgap_hex(key, v->key, SGAP_SEAL_KEY));
	if (v->wrong)
		printf("NOT WHOLE: %llu things are wrong\n", (unsigned long long)v->wrong);
	else
		printf("whole\n");
}

static int read_key(const struct sgap_args *args, __u8 *key)
{
	const char *file = sgap_args_get(args, "key");
	int ret = file ? sgap_seal_read_public(key, file) : 0;

	if (ret)
		sgap_error("ledger verify: --key '%s': %s", file, ret == -EKEYREJECTED ?
			   "expected an Ed25519 public key in PEM" : strerror(-ret));
	return ret;
}

static int read_head(const struct sgap_args *args, struct sgap_head *head)
{
	const char *file = sgap_args_get(args, "head");
	size_t len = 0;
	char *text;
	int ret;

	if (!file)
		return 0;
	text = sgap_file_read("ledger verify", file, SGAP_CHAIN_HEAD, &len);
	if (!text)
		return -EINVAL;
	text[len] = '\0';
	ret = sgap_head_parse(head, text);
	if (ret)
		sgap_error("ledger verify: --head '%s': expected what 'stopgap ledger head' prints",
			   file);
	free(text);
	return ret;
}

static int run_verify(const struct sgap_args *args)
{
	const char *file = args->narg ? args->arg[0] : SGAP_STORE "/" SGAP_LEDGER_FILE;
	bool json = sgap_args_has(args, "json"), keyed = sgap_args_has(args, "key");
	struct said said = { json ? json_array() : NULL };
	struct sgap_verified v;
	struct sgap_ledger *l;
	struct sgap_head head;
	__u8 key[SGAP_SEAL_KEY];
	int ret;

	if (read_key(args, key) || read_head(args, &head))
		return SGAP_EXIT_USAGE;
	l = sgap_store_read("ledger verify", file);
	if (!l)
		return SGAP_EXIT_FAULT;
	ret = sgap_ledger_verify(l, keyed ? key : NULL, sgap_args_has(args, "head") ? &head : NULL,
				 say, &said, &v);
	sgap_ledger_close(l, 0);
	if (json)
		sgap_out_json(verified_json(file, &v, said.list));
	else
		print_verified(file, &v, keyed);
	json_decref(said.list);
	return ret || v.wrong ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}

static int print_entry(void *ctx, const struct sgap_entry *e)
{
	char hash[SGAP_HASH_HEX];

	(void)ctx;
	printf("{\"seq\":%llu,\"time\":%llu,\"type\":\"%s\",\"about\":%llu,\"hash\":\"%s\",\"payload\":",
	       (unsigned long long)e->seq, (unsigned long long)e->time, e->type,
	       (unsigned long long)e->about, sgap_hex(hash, e->hash, SGAP_HASH));
	fwrite(e->payload, 1, e->len, stdout);
	puts("}");
	return 0;
}

static int run_export(const struct sgap_args *args)
{
	const char *file = args->narg ? args->arg[0] : SGAP_STORE "/" SGAP_LEDGER_FILE;
	unsigned long long from = 1, about = 0;
	struct sgap_ledger *l;
	int ret;

	if (sgap_args_number(args, "from", 1, 1ULL << 62, &from) ||
	    sgap_args_number(args, "incident", 1, 1ULL << 62, &about))
		return SGAP_EXIT_USAGE;
	l = sgap_store_read("ledger export", file);
	if (!l)
		return SGAP_EXIT_FAULT;
	ret = sgap_ledger_each(l, from, about, print_entry, NULL);
	if (ret)
		sgap_error("ledger export: %s: %s", file, sgap_ledger_error(l));
	sgap_ledger_close(l, 0);
	return ret ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}

static int keep_last(void *ctx, const struct sgap_sealed *s)
{
	*(struct sgap_sealed *)ctx = *s;
	return 0;
}

static int run_head(const struct sgap_args *args)
{
	const char *file = args->narg ? args->arg[0] : SGAP_STORE "/" SGAP_LEDGER_FILE;
	struct sgap_ledger *l = sgap_store_read("ledger head", file);
	struct sgap_sealed last = { 0 };
	char text[SGAP_CHAIN_HEAD];
	int ret;

	if (!l)
		return SGAP_EXIT_FAULT;
	ret = sgap_ledger_heads(l, keep_last, &last);
	if (ret)
		sgap_error("ledger head: %s: %s", file, sgap_ledger_error(l));
	else if (!last.head.seq)
		sgap_error("ledger head: %s: there is none yet", file);
	sgap_ledger_close(l, 0);
	if (ret || !last.head.seq)
		return SGAP_EXIT_FAULT;
	sgap_chain_head(text, &last.head);
	fputs(text, stdout);
	return SGAP_EXIT_OK;
}

static const struct sgap_opt opts_verify[] = {
	{ 0, "key", "FILE", "the public key that it should be sealed with, as kept elsewhere",
	  SGAP_WORD_FILE },
	{ 0, "head", "FILE", "a head that was kept elsewhere, and must be in it", SGAP_WORD_FILE },
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_opt opts_export[] = {
	{ 0, "from", "SEQ", "begin with this entry", 0 },
	{ 'i', "incident", "N", "only what is about that incident", 0 },
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "verify", "[FILE]", "check chain, heads and keys; say everything that is wrong", opts_verify,
	  0, 1, SGAP_WORD_FILE, run_verify },
	{ "export", "[FILE]", "print the entries, one line of JSON each", opts_export,
	  0, 1, SGAP_WORD_FILE, run_export },
	{ "head", "[FILE]", "print the last head, to be kept elsewhere", NULL,
	  0, 1, SGAP_WORD_FILE, run_head },
	{ 0 }
};

const struct sgap_command sgap_cmd_ledger = { "ledger", "the record of all that happened", verbs };
