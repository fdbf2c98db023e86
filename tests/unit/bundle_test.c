// SPDX-License-Identifier: GPL-2.0-or-later
/* A bundle: the same bytes each time, and no byte of it can be changed unseen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle.h"
#include "bundle/page.h"
#include "bundle/parts.h"
#include "bundle/tar.h"
#include "incident/compose.h"
#include "ledger/ledger.h"
#include "ledger/seal.h"
#include "ledger/witness.h"
#include "report/text.h"

#define T0 1790000000000000000ULL
#define SECOND 1000000000ULL
#define SERIAL "00112233445566778899aabbccddeeff"
#define CASE "\"case\":{\"n\":1,\"id\":\"one\",\"tap\":\"t0\",\"server\":\"192.0.2.1\",\"role\":\"recursive\"," \
	     "\"cause\":\"server-dead\",\"address\":\"192.0.2.1\",\"percent\":90,\"budget_ms\":1860000," \
	     "\"clock\":{\"onset\":1790000001000000000,\"detected\":1790000002000000000}}"

struct rig {
	char dir[64], file[128], err[256];
	struct sgap_seal *seal;
	struct sgap_ledger *l;
	struct sgap_text t;
	struct sgap_bundle_made made;
};

static const struct {
	const char *type, *payload;
	__u64 about;
} entries[] = {
	{ "daemon.start", "{\"pid\":1}", 0 },
	{ "grant", "{\"serial\":\"" SERIAL "\",\"grant\":\"0102\",\"signature\":\"0304\"}", 0 },
	{ "incident.open", "{\"why\":\"a server fails\"," CASE "}", 1 },
	{ "incident.lease", "{\"lease\":{\"serial\":\"" SERIAL "\",\"state\":\"active\",\"reason\":\"none\","
	  "\"signer\":\"Customer\",\"grant\":{\"server\":\"192.0.2.1\",\"fallback\":\"192.0.2.2\",\"clients\":\"192.0.2.0/24\"}}," CASE "}", 1 },
	{ "incident.row", "{\"id\":7,\"ts_query\":1790000001500000000,\"client\":\"192.0.2.9\","
	  "\"server\":\"192.0.2.1\",\"state\":\"timeout\"}", 1 },
	{ "incident.packet", "{\"id\":7,\"ts\":1790000001500000000,\"answer\":false,\"link_type\":1,"
	  "\"wire_len\":60,\"data\":\"00ff00ff\"}", 1 },
	{ "server.state", "{\"tap\":\"t0\"}", 0 },
	{ "incident.close", "{" CASE "}", 1 },
	{ "daemon.stop", "{}", 0 },
};

static void fill(struct rig *r)
{
	struct sgap_ledger *l;
	size_t i;

	assert_int_equal(sgap_ledger_open(&l, r->dir, T0, r->err, sizeof(r->err)), 0);
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct sgap_entry e = { .time = T0 + i * SECOND, .about = entries[i].about,
					.type = entries[i].type, .payload = entries[i].payload,
					.len = strlen(entries[i].payload) };

		assert_int_equal(sgap_ledger_append(l, &e), 0);
		if (i % 3 == 1)
			assert_int_equal(sgap_ledger_seal(l, T0 + i * SECOND), 0);
	}
	sgap_ledger_close(l, T0 + 100 * SECOND);
}

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char path[160];

	snprintf(r->dir, sizeof(r->dir), "%s/bundle.XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->file, sizeof(r->file), "%s/ledger.db", r->dir);
	fill(r);
	snprintf(path, sizeof(path), "%s/ledger.key", r->dir);
	assert_int_equal(sgap_seal_load(&r->seal, path), 0);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;
	char command[128];

	sgap_ledger_close(r->l, 0);
	sgap_seal_close(r->seal);
	sgap_text_free(&r->t);
	snprintf(command, sizeof(command), "rm -r %s", r->dir);
	assert_int_equal(system(command), 0);
	free(r);
	return 0;
}

/* Returns what sgap_bundle_make() does. */
static int make(struct rig *r, const struct sgap_bundle_cfg *with)
{
	static const struct sgap_compose_site site = { .host = "h" };
	struct sgap_bundle_cfg cfg = *with;
	int ret;

	sgap_ledger_close(r->l, 0);
	r->l = NULL;
	sgap_text_free(&r->t);
	assert_int_equal(sgap_ledger_read(&r->l, r->file, r->err, sizeof(r->err)), 0);
	cfg.ledger = r->l;
	cfg.site = &site;
	cfg.seal = cfg.seal ? cfg.seal : r->seal;
	cfg.n = cfg.n ? cfg.n : 1;
	ret = sgap_bundle_make(&r->t, &cfg, &r->made, r->err, sizeof(r->err));
	return ret;
}

/* The check of README, part 1, in the same steps. */
static int holds(const char *b, size_t len, const __u8 *key)
{
	char rest[SGAP_BUNDLE_TAIL - SGAP_SEAL_SIG], hex[SGAP_HASH_HEX], want[SGAP_HASH_HEX];
	__u8 md[SGAP_HASH];
	const char *tail = b + len - SGAP_BUNDLE_TAIL;

	if (len < SGAP_BUNDLE_TAIL)
		return 0;
	memcpy(rest, tail, SGAP_BUNDLE_SIG);
	memcpy(rest + SGAP_BUNDLE_SIG, tail + SGAP_BUNDLE_SIG + SGAP_SEAL_SIG,
	       sizeof(rest) - SGAP_BUNDLE_SIG);
	assert_int_equal(EVP_Digest(rest, sizeof(rest), md, NULL, EVP_sha256(), NULL), 1);
	assert_int_equal(sgap_bundle_tail(want, sizeof(want)), 0);
	return !strcmp(sgap_hex(hex, md, sizeof(md)), want) &&
	       sgap_seal_check(key, (const __u8 *)tail + SGAP_BUNDLE_SIG, b,
			       len - SGAP_BUNDLE_TAIL);
}

/* Every byte of headers, padding and small members; samples of the large ones. */
static void test_flips(void **state)
{
	const struct sgap_bundle_cfg cfg = { 0 };
	struct rig *r = *state;
	const __u8 *key = sgap_seal_public(r->seal);
	size_t at, i, tried = 0, members = 0;

	if (make(r, &cfg))
		fail_msg("%s", r->err);
	assert_true(holds(r->t.s, r->t.len, key));
	for (at = 0; at + SGAP_BUNDLE_TAIL / 2 < r->t.len; members++) {
		size_t size = strtoul(r->t.s + at + 124, NULL, 8);
		size_t end = at + SGAP_TAR_BLOCK + (size + SGAP_TAR_BLOCK - 1) / SGAP_TAR_BLOCK *
			     SGAP_TAR_BLOCK;

		/* Headers are alike: all of the first and last, samples of the others. */
		for (i = at; i < end; i += i < at + SGAP_TAR_BLOCK ? (at ? 17 : 1) :
							 size < 512 ? 1 : 1 + size / 150) {
			r->t.s[i] ^= (char)(1 << (i % 8));
			assert_false(holds(r->t.s, r->t.len, key));
			r->t.s[i] ^= (char)(1 << (i % 8));
			tried++;
		}
		at = end;
	}
	for (i = r->t.len - SGAP_BUNDLE_TAIL; i < r->t.len; i++) {
		r->t.s[i] ^= 1;
		assert_false(holds(r->t.s, r->t.len, key));
		r->t.s[i] ^= 1;
		tried++;
	}
	assert_false(holds(r->t.s, r->t.len - 512, key));
	assert_true(holds(r->t.s, r->t.len, key));
	print_message("# %zu changes in %zu members, all found\n", tried, members);
	assert_true(members > 12 && tried > 3000);
}

static void test_same(void **state)
{
	const struct sgap_bundle_cfg cfg = { 0 };
	struct rig *r = *state;
	struct sgap_ledger *l;
	struct sgap_text was;

	if (make(r, &cfg))
		fail_msg("%s", r->err);
	assert_int_equal(r->made.first, 4);
	assert_int_equal(r->made.packets, 1);
	assert_int_equal(r->made.grants, 1);
	assert_int_equal(r->made.unsealed, 0);
	was = r->t;
	memset(&r->t, 0, sizeof(r->t));
	/* The ledger goes on with other things: the bundle stays what it was. */
	assert_int_equal(sgap_ledger_open(&l, r->dir, T0 + 200 * SECOND, r->err, sizeof(r->err)),
			 0);
	sgap_ledger_close(l, T0 + 200 * SECOND);
	if (make(r, &cfg))
		fail_msg("%s", r->err);
	assert_int_equal(was.len, r->t.len);
	assert_memory_equal(was.s, r->t.s, was.len);
	sgap_text_free(&was);
}

static void test_refused(void **state)
{
	struct sgap_bundle_cfg cfg = { .n = 9 };
	struct rig *r = *state;
	char path[160];
	int made;

	assert_int_equal(make(r, &cfg), -ENOENT);
	assert_string_equal(r->err, "there is no such incident");
	snprintf(path, sizeof(path), "%s/other.key", r->dir);
	cfg.n = 1;
	assert_int_equal(sgap_seal_open((struct sgap_seal **)(uintptr_t)&cfg.seal, path, &made), 0);
	assert_int_equal(make(r, &cfg), -EKEYREJECTED);
	sgap_seal_close((struct sgap_seal *)(uintptr_t)cfg.seal);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static size_t found;

static void find(void *ctx, const char *name, const void *data, size_t len)
{
	(void)data;
	assert_true(len > 0);
	found += !strcmp(name, ctx);
}

/* Files of heads that are in the bundle, and no others. */
static void test_witnesses(void **state)
{
	struct rig *r = *state;
	char folder[128], head[] = "witness/head-6.txt", file[] = "witness/head-6-tsa.tsr";

	snprintf(folder, sizeof(folder), "%s/witness", r->dir);
	assert_int_equal(sgap_ledger_read(&r->l, r->file, r->err, sizeof(r->err)), 0);
	assert_int_equal(sgap_parts_witnesses(r->l, folder, 1, 9, find, NULL), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	put_file(folder, "head-6-tsa.tsr", "x");
	put_file(folder, "head-6-n2.witness", "x");
	put_file(folder, "head-60-n2.witness", "x");
	put_file(folder, "head-x.tsr", "x");
	put_file(folder, "notes", "x");
	found = 0;
	assert_int_equal(sgap_parts_witnesses(r->l, folder, 1, 9, find, file), 2);
	assert_int_equal(sgap_parts_witnesses(r->l, folder, 1, 9, find, head), 2);
	assert_int_equal(found, 2);
}

static void test_witness_text(void **state)
{
	struct sgap_witness w = { .time = T0, .head = { .seq = 5, .time = T0 } }, back;
	char text[SGAP_WITNESS_TEXT];
	struct rig *r = *state;
	size_t len, i;

	strcpy(w.by, "two words");
	assert_int_equal(sgap_witness_sign(&w, r->seal), -EINVAL);
	strcpy(w.by, "node-2");
	assert_int_equal(sgap_witness_sign(&w, r->seal), 0);
	len = sgap_witness_text(text, &w);
	assert_int_equal(sgap_witness_parse(&back, text), 0);
	assert_string_equal(back.by, "node-2");
	assert_int_equal(back.head.seq, 5);
	for (i = 0; i < len; i++) {
		text[i] ^= 1;
		assert_true(sgap_witness_parse(&back, text) < 0);
		text[i] ^= 1;
	}
}

/* The page knows the tail that bundles have. */
static void test_page(void **state)
{
	char hex[SGAP_HASH_HEX];
	struct sgap_text t = { 0 };

	(void)state;
	assert_int_equal(sgap_bundle_tail(hex, sizeof(hex)), 0);
	sgap_bundle_page(&t);
	assert_int_equal(t.err, 0);
	assert_non_null(strstr(t.s, hex));
	assert_non_null(strstr(t.s, "content=\"default-src 'none'; script-src 'sha256-"));
	assert_null(strstr(t.s, "unsafe"));
	assert_null(strstr(t.s, "@POLICY@"));
	sgap_text_free(&t);
}

static void test_tar(void **state)
{
	struct sgap_text t = { 0 };
	char name[200];

	(void)state;
	sgap_tar_add(&t, "a", 1, "x", 1);
	assert_int_equal(t.len, 1024);
	assert_string_equal(t.s + 124, "00000000001");
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	sgap_tar_add(&t, name, 1, "x", 1);
	assert_int_equal(t.err, -ENAMETOOLONG);
	sgap_text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flips, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_witnesses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_witness_text, setup, teardown),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_tar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
