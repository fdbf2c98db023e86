// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(void *ctx, int is_wrong, const char *what)
{
	struct rig *r = ctx;
	char *to = is_wrong ? r->said : r->warned;

	if (strlen(to) + strlen(what) + 2 < sizeof(r->said)) {
		strcat(to, what);
		strcat(to, "\n");
	}
}

int ledger_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	snprintf(r->dir, sizeof(r->dir), "%s/ledger.XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->file, sizeof(r->file), "%s/ledger.db", r->dir);
	*state = r;
	return 0;
}

int ledger_teardown(void **state)
{
	static const char *const name[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.key",
					    "ledger.pem", "ledger.lock", "copy.db", "copy.db-wal",
					    "copy.db-shm", "other.key", "other.pem" };
	struct rig *r = *state;
	char path[256];
	size_t i;

	sgap_ledger_close(r->l, T0);
	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->dir, name[i]);
		unlink(path);
	}
	rmdir(r->dir);
	free(r);
	return 0;
}

void open_ledger(struct rig *r)
{
	assert_int_equal(sgap_ledger_open(&r->l, r->dir, T0, r->err, sizeof(r->err)), 0);
}

void close_ledger(struct rig *r)
{
	sgap_ledger_close(r->l, T0 + 100 * SECOND);
	r->l = NULL;
}

int add(struct rig *r, __u64 i, __u64 about)
{
	char text[64];
	struct sgap_entry e = { .time = T0 + i * SECOND, .about = about, .type = "test.thing",
				.payload = text };

	e.len = (size_t)snprintf(text, sizeof(text), "{\"i\":%llu,\"a\":\"b\"}", (unsigned long long)i);
	return sgap_ledger_append(r->l, &e);
}

void put(struct rig *r, const char *type, __u64 time, const char *payload)
{
	struct sgap_entry e = { .time = time, .type = type, .payload = payload,
				.len = strlen(payload) };

	assert_int_equal(sgap_ledger_append(r->l, &e), 0);
}

__u64 wrong(struct rig *r, const char *file, const __u8 *key, const struct sgap_head *head)
{
	struct sgap_ledger *l;

	r->said[0] = '\0';
	r->warned[0] = '\0';
	memset(&r->v, 0, sizeof(r->v));
	if (sgap_ledger_read(&l, file, r->err, sizeof(r->err))) {
		say(r, 1, r->err);
		return 1;
	}
	if (sgap_ledger_verify(l, key, head, say, r, &r->v))
		r->v.wrong++;
	sgap_ledger_close(l, 0);
	return r->v.wrong;
}

void sql(struct rig *r, const char *text)
{
	char *err = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(r->file, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &err) != SQLITE_OK)
		fail_msg("%s: %s", text, err);
	sqlite3_close(db);
}
