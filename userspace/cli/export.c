// SPDX-License-Identifier: GPL-2.0-or-later
#include "export.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "bundle/bundle.h"
#include "command.h"
#include "file.h"
#include "ledger/ledger.h"
#include "ledger/seal.h"
#include "out.h"
#include "report/text.h"
#include "store.h"

#define WITH_MAX (64u << 20)	/* bytes of a file that goes with it */
#define FILES_MAX (SGAP_ARGS_MORE + 1)

static int open_seal(struct sgap_seal **seal, const char *folder)
{
	char path[SGAP_LEDGER_PATH];
	int ret;

	snprintf(path, sizeof(path), "%.4000s/" SGAP_LEDGER_KEY, folder);
	ret = sgap_seal_load(seal, path);
	if (ret)
		sgap_error("incident export: '%s': %s: the bundle is signed with it", path,
			   ret == -EKEYREJECTED ? "expected an Ed25519 private key in PEM" :
			   strerror(-ret));
	return ret;
}

/* The files of --with into file. Returns how many, or -EINVAL, and said why. */
static int read_files(const struct sgap_args *args, struct sgap_bundle_file *file)
{
	const char *path = sgap_args_get(args, "with"), *slash;
	int i, j;

	for (i = 0; path && i <= args->nmore; i++) {
		path = i ? args->more[i - 1] : path;
		slash = strrchr(path, '/');
		file[i].name = slash ? slash + 1 : path;
		for (j = 0; j < i; j++) {
			if (!strcmp(file[i].name, file[j].name)) {
				sgap_error("incident export: --with '%s': there is a '%s' already",
					   path, file[i].name);
				return -EINVAL;
			}
		}
		file[i].data = sgap_file_read("incident export", path, WITH_MAX, &file[i].len);
		if (!file[i].data)
			return -EINVAL;
	}
	return path ? i : 0;
}

static int write_bundle(const char *path, const struct sgap_text *t)
{
	int ret;

	if (!strcmp(path, "-"))
		return fwrite(t->s, 1, t->len, stdout) == t->len ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
	ret = sgap_file_write(path, t->s, t->len);
	if (!ret)
		return SGAP_EXIT_OK;
	sgap_error("incident export: '%s': %s", path, strerror(-ret));
	return SGAP_EXIT_FAULT;
}

static void say(const char *path, const struct sgap_bundle_made *m, size_t len, bool json)
{
	if (m->unsealed)
		sgap_error("incident export: %llu entries about it are not sealed yet, and not in it",
			   (unsigned long long)m->unsealed);
	if (!strcmp(path, "-"))
		return;
	if (json)
		sgap_out_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "file", path,
					"bytes", (json_int_t)len, "first", (json_int_t)m->first,
					"last", (json_int_t)m->last, "heads", (json_int_t)m->heads,
					"grants", (json_int_t)m->grants, "packets", (json_int_t)m->packets,
					"witnesses", (json_int_t)m->witnesses,
					"unsealed", (json_int_t)m->unsealed));
	else
		printf("%s: %zu bytes, entries %llu to %llu under %llu heads, %llu packets, %llu grants, %llu witnesses\n",
		       path, len, (unsigned long long)m->first, (unsigned long long)m->last,
		       (unsigned long long)m->heads, (unsigned long long)m->packets,
		       (unsigned long long)m->grants, (unsigned long long)m->witnesses);
}

static int make(const struct sgap_args *args, const char *folder, struct sgap_bundle_cfg *cfg)
{
	char path[SGAP_LEDGER_PATH], err[256], standard[64];
	const char *output = sgap_args_get(args, "output");
	struct sgap_bundle_made made;
	struct sgap_text t = { 0 };
	int ret = SGAP_EXIT_FAULT;

	snprintf(path, sizeof(path), "%.4000s/" SGAP_LEDGER_FILE, folder);
	cfg->ledger = sgap_store_read("incident export", path);
	if (!cfg->ledger)
		return SGAP_EXIT_FAULT;
	snprintf(path, sizeof(path), "%.4000s/witness", folder);
	cfg->folder = path;
	snprintf(standard, sizeof(standard), "incident-%llu.tar", (unsigned long long)cfg->n);
	output = output ? output : standard;
	if (sgap_bundle_make(&t, cfg, &made, err, sizeof(err)))
		sgap_error("incident export: '%s': %s", args->arg[0], err);
	else
		ret = write_bundle(output, &t);
	if (ret == SGAP_EXIT_OK)
		say(output, &made, t.len, sgap_args_has(args, "json"));
	sgap_text_free(&t);
	sgap_ledger_close(cfg->ledger, 0);
	cfg->folder = NULL;	/* it was ours */
	return ret;
}

int sgap_export(const struct sgap_args *args, const char *folder, __u64 n,
		const struct sgap_compose_site *site)
{
	struct sgap_bundle_file file[FILES_MAX] = { 0 };
	struct sgap_bundle_cfg cfg = { .site = site, .n = n, .file = file };
	struct sgap_seal *seal = NULL;
	int i, ret = SGAP_EXIT_FAULT, nfiles = read_files(args, file);

	if (nfiles >= 0 && !open_seal(&seal, folder)) {
		cfg.seal = seal;
		cfg.nfiles = (size_t)nfiles;
		ret = make(args, folder, &cfg);
	}
	for (i = 0; i < (int)FILES_MAX; i++)
		free((void *)(uintptr_t)file[i].data);
	sgap_seal_close(seal);
	return ret;
}
