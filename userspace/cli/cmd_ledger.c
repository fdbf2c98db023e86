// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "bundle/page.h"
#include "bundle/segment.h"
#include "file.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"
#include "ledger/witness.h"
#include "lib/json.h"
#include "out.h"
#include "report/text.h"
#include "store.h"
#include "subcommands.h"

struct said {
	json_t *wrong, *warnings;	/* NULL: print */
};

static void say(void *ctx, int wrong, const char *what)
{
	struct said *said = ctx;

	if (said->wrong)
		json_array_append_new(wrong ? said->wrong : said->warnings, json_string(what));
	else
		printf("%s: %s\n", wrong ? "WRONG" : "WARNING", what);
}

static json_t *verified_json(const char *file, const struct sgap_verified *v,
			     const struct said *said)
{
	char hash[SGAP_HASH_HEX], key[SGAP_HASH_HEX];

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:s, s:O, s:O}",
			 "file", file,
			 "whole", !v->wrong, "entries", sgap_json_u64(v->entries),
			 "heads", sgap_json_u64(v->heads), "sealed", sgap_json_u64(v->sealed),
			 "cut", sgap_json_u64(v->cut), "late", sgap_json_u64(v->late),
			 "first", sgap_json_u64(v->first), "last", sgap_json_u64(v->last),
			 "key", v->keyed ? sgap_hex(key, v->key, SGAP_SEAL_KEY) : NULL,
			 "hash", sgap_hex(hash, v->hash, SGAP_HASH),
			 "wrong", said->wrong, "warnings", said->warnings);
}

static void print_verified(const char *file, const struct sgap_verified *v, bool keyed)
{
	char first[SGAP_OUT_TIME], last[SGAP_OUT_TIME], key[SGAP_HASH_HEX];

	printf("%s: %llu entries", file, (unsigned long long)v->entries);
	if (v->entries)
		printf(" from %s to %s", sgap_out_time(first, v->first), sgap_out_time(last, v->last));
	printf(", %llu heads, sealed up to entry %llu\n", (unsigned long long)v->heads,
	       (unsigned long long)v->sealed);
	if (v->cut)
		printf("entries 2 to %llu were removed by retention, which the chain says\n",
		       (unsigned long long)v->cut);
	if (v->keyed && !keyed)
		printf("sealed with key %s: compare it with what you know, or give --key\n",
		       sgap_hex(key, v->key, SGAP_SEAL_KEY));
	if (v->wrong)
		printf("NOT WHOLE: %llu things are wrong\n", (unsigned long long)v->wrong);
	else if (v->late)
		printf("whole; %llu entries were sealed late, see WARNING\n",
		       (unsigned long long)v->late);
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

/* Does a counter-signature fit the ledger? Says what it says, or what is wrong with it. */
static int check_witness(struct sgap_ledger *l, const struct sgap_verified *v, const char *file,
			 struct said *said)
{
	char when[SGAP_OUT_TIME], key[SGAP_HASH_HEX], what[SGAP_VERIFY_SAY] = "";
	__u8 hash[SGAP_HASH], id[SGAP_HASH];
	struct sgap_witness w;
	size_t len = 0;
	char *text = sgap_file_read("ledger verify", file, SGAP_WITNESS_TEXT, &len);
	int ret;

	if (!text)
		return 1;
	text[len] = '\0';
	ret = sgap_witness_parse(&w, text);
	free(text);
	if (ret)
		snprintf(what, sizeof(what), ret == -EINVAL ? "'%s' is no counter-signature" :
			 "the counter-signature '%s' is not of its key", file);
	else if (v->keyed && !memcmp(w.key, v->key, sizeof(w.key)))
		snprintf(what, sizeof(what), "'%s' is signed with the ledger's own key: nobody else saw it",
			 file);
	else if (sgap_ledger_hash(l, w.head.seq, hash) || memcmp(hash, w.head.hash, sizeof(hash)) ||
		 sgap_ledger_hash(l, 1, id) || memcmp(id, w.head.ledger, sizeof(id)))
		snprintf(what, sizeof(what), "'%s' saw another entry %llu than this one: the chain was made anew",
			 file, (unsigned long long)w.head.seq);
	if (*what)
		say(said, 1, what);
	else if (!said->wrong)
		printf("seen by %s (key %s) up to entry %llu at %s\n", w.by,
		       sgap_hex(key, w.key, SGAP_SEAL_KEY), (unsigned long long)w.head.seq,
		       sgap_out_time(when, w.time));
	return *what != '\0';
}

static __u64 check_witnesses(struct sgap_ledger *l, const struct sgap_verified *v,
			     const struct sgap_args *args, struct said *said)
{
	const char *file = sgap_args_get(args, "witness");
	__u64 wrong = 0;
	int i;

	for (i = 0; file && i <= args->nmore; i++)
		wrong += (__u64)check_witness(l, v, i ? args->more[i - 1] : file, said);
	return wrong;
}

static int run_verify(const struct sgap_args *args)
{
	const char *file = args->narg ? args->arg[0] : SGAP_STORE "/" SGAP_LEDGER_FILE;
	bool json = sgap_args_has(args, "json"), keyed = sgap_args_has(args, "key");
	struct said said = { json ? json_array() : NULL, json ? json_array() : NULL };
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
	v.wrong += check_witnesses(l, &v, args, &said);
	sgap_ledger_close(l, 0);
	if (json)
		sgap_out_json(verified_json(file, &v, &said));
	else
		print_verified(file, &v, keyed);
	json_decref(said.wrong);
	json_decref(said.warnings);
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

/* Entries, then the heads over them, as text. */
static int print_chain(struct sgap_ledger *l, __u64 from)
{
	struct sgap_text t = { 0 };
	__u64 last = sgap_ledger_last(l);
	int ret = last < from ? 0 : sgap_segment_entries(&t, l, from, last);

	if (!ret)
		ret = sgap_segment_heads(&t, l, from, last);
	if (ret >= 0)
		ret = t.err;
	if (!ret && t.len)
		ret = fwrite(t.s, 1, t.len, stdout) == t.len ? 0 : -EIO;
	sgap_text_free(&t);
	return ret;
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
	if (sgap_args_has(args, "chain"))
		ret = print_chain(l, from);
	else
		ret = sgap_ledger_each(l, from, about, print_entry, NULL);
	if (ret)
		sgap_error("ledger export: %s: %s", file, *sgap_ledger_error(l) ?
			   sgap_ledger_error(l) : strerror(-ret));
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
	if (sgap_args_has(args, "signed")) {
		struct sgap_text t = { 0 };

		sgap_segment_head(&t, &last);
		fputs(t.s ? t.s : "", stdout);
		sgap_text_free(&t);
	} else {
		sgap_chain_head(text, &last.head);
		fputs(text, stdout);
	}
	return SGAP_EXIT_OK;
}

static int read_sealed(const char *file, struct sgap_sealed *s)
{
	size_t len = 0;
	char *text = sgap_file_read("ledger countersign", file, SGAP_WITNESS_TEXT, &len);
	int ret;

	if (!text)
		return -EINVAL;
	text[len] = '\0';
	ret = sgap_sealed_parse(s, text);
	if (ret)
		sgap_error("ledger countersign: '%s': %s", file, ret == -EINVAL ?
			   "expected what 'stopgap ledger head --signed' prints" :
			   "its signature is not of its key");
	free(text);
	return ret;
}

static int run_countersign(const struct sgap_args *args)
{
	const char *path = sgap_args_get(args, "key"), *by = sgap_args_get(args, "by");
	struct sgap_witness w = { .time = sgap_out_now() };
	char text[SGAP_WITNESS_TEXT];
	struct sgap_seal *seal;
	struct sgap_sealed s;
	int ret;

	path = path ? path : SGAP_STORE "/" SGAP_LEDGER_KEY;
	if (read_sealed(args->arg[0], &s))
		return SGAP_EXIT_FAULT;
	if (!by && !gethostname(w.by, sizeof(w.by) - 1))
		by = w.by;
	ret = sgap_seal_load(&seal, path);
	if (ret) {
		sgap_error("ledger countersign: --key '%s': %s", path, ret == -EKEYREJECTED ?
			   "expected an Ed25519 private key in PEM" : strerror(-ret));
		return SGAP_EXIT_FAULT;
	}
	w.head = s.head;
	snprintf(w.by, sizeof(w.by), "%s", by ? by : "");
	ret = by && strlen(by) < sizeof(w.by) ? sgap_witness_sign(&w, seal) : -EINVAL;
	if (!memcmp(s.key, sgap_seal_public(seal), SGAP_SEAL_KEY)) {
		sgap_error("ledger countersign: '%s' is the key of that ledger itself: expected another node's",
			   path);
		ret = -EKEYREJECTED;
	} else if (ret) {
		sgap_error("ledger countersign: --by '%s': expected a name of up to %u characters without blanks",
			   by ? by : "", SGAP_WITNESS_BY - 1);
	}
	sgap_seal_close(seal);
	if (ret)
		return SGAP_EXIT_FAULT;
	sgap_witness_text(text, &w);
	fputs(text, stdout);
	return SGAP_EXIT_OK;
}

static int run_page(const struct sgap_args *args)
{
	struct sgap_text t = { 0 };
	int ret;

	(void)args;
	sgap_bundle_page(&t);
	ret = !t.err && fwrite(t.s, 1, t.len, stdout) == t.len ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
	sgap_text_free(&t);
	return ret;
}

static const struct sgap_opt opts_verify[] = {
	{ 0, "key", "FILE", "the public key that it should be sealed with, as kept elsewhere",
	  SGAP_WORD_FILE },
	{ 0, "head", "FILE", "a head that was kept elsewhere, and must be in it", SGAP_WORD_FILE },
	{ 'w', "witness", "FILE", "a counter-signature, which must be of one of its heads; several times",
	  SGAP_WORD_FILE | SGAP_WORD_MANY },
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_opt opts_export[] = {
	{ 0, "from", "SEQ", "begin with this entry", 0 },
	{ 'i', "incident", "N", "only what is about that incident", 0 },
	{ 'c', "chain", NULL, "a chain file: entries and heads byte for byte as they are hashed and signed, "
	  "for 'stopgap ledger page'", 0 },
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_opt opts_head[] = {
	{ 0, "signed", NULL, "with its key and signature, for 'stopgap ledger countersign'", 0 },
	SGAP_OPT_END
};

static const struct sgap_opt opts_countersign[] = {
	{ 'k', "key", "FILE", "this node's private key, in the place of its own ledger's", SGAP_WORD_FILE },
	{ 0, "by", "NAME", "what this node is called, in the place of its host name", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "verify", "[FILE]", "check chain, heads and keys; say everything that is wrong", opts_verify,
	  0, 1, SGAP_WORD_FILE, run_verify },
	{ "export", "[FILE]", "print the entries, one line of JSON each", opts_export,
	  0, 1, SGAP_WORD_FILE, run_export },
	{ "head", "[FILE]", "print the last head, to be kept elsewhere", opts_head,
	  0, 1, SGAP_WORD_FILE, run_head },
	{ "countersign", "HEAD", "sign that this node saw another node's head now; prints that",
	  opts_countersign, 1, 1, SGAP_WORD_FILE, run_countersign },
	{ "page", "", "print a web page that verifies bundles and chain files without a network", NULL,
	  0, 0, SGAP_WORD_TEXT, run_page },
	{ 0 }
};

const struct sgap_command sgap_cmd_ledger = { "ledger", "the record of all that happened", verbs };
