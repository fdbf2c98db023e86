// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cut.h"
#include "ledger_db.h"

static int code_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	}
	return -EIO;
}

int sgap_ledger_keep(struct sgap_ledger *l, int code)
{
	if (code_errno(code))
		snprintf(l->error, sizeof(l->error), "%s", sqlite3_errmsg(l->db));
	return code_errno(code);
}

int sgap_ledger_prepare(struct sgap_ledger *l, sqlite3_stmt **stmt, const char *sql)
{
	return sgap_ledger_keep(l, sqlite3_prepare_v2(l->db, sql, -1, stmt, NULL));
}

void sgap_ledger_blob(__u8 *hash, sqlite3_stmt *stmt, int column, int size)
{
	const void *blob = sqlite3_column_blob(stmt, column);

	memset(hash, 0, (size_t)size);
	if (blob && sqlite3_column_bytes(stmt, column) == size)
		memcpy(hash, blob, (size_t)size);
}

int sgap_ledger_integrity(struct sgap_ledger *l, char *err, size_t size)
{
	sqlite3_stmt *stmt;
	const char *text;
	int ret, code;

	ret = sgap_ledger_prepare(l, &stmt, "PRAGMA integrity_check(1)");
	if (ret) {
		snprintf(err, size, "%s", l->error);
		return ret;
	}
	code = sqlite3_step(stmt);
	text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	if (!text) {
		ret = code_errno(code) ? code_errno(code) : -EUCLEAN;
		snprintf(err, size, "%s", sqlite3_errmsg(l->db));
	} else if (strcmp(text, "ok")) {
		ret = -EUCLEAN;
		snprintf(err, size, "%s", text);
	}
	sqlite3_finalize(stmt);
	return ret;
}

static void take_entry(struct sgap_entry *e, sqlite3_stmt *stmt)
{
	e->seq = (__u64)sqlite3_column_int64(stmt, 0);
	e->time = (__u64)sqlite3_column_int64(stmt, 1);
	e->type = (const char *)sqlite3_column_text(stmt, 2);
	e->about = (__u64)sqlite3_column_int64(stmt, 3);
	e->payload = (const char *)sqlite3_column_text(stmt, 4);
	e->len = (size_t)sqlite3_column_bytes(stmt, 4);
	sgap_ledger_blob(e->hash, stmt, 5, SGAP_HASH);
	if (!e->type)
		e->type = "";
	if (!e->payload)
		e->payload = "";
}

int sgap_ledger_each(struct sgap_ledger *l, __u64 from, __u64 about, sgap_entry_fn fn, void *ctx)
{
	struct sgap_entry e;
	sqlite3_stmt *stmt;
	int ret, code;

	ret = sgap_ledger_prepare(l, &stmt, about ?
		      "SELECT seq, time, type, about, payload, hash FROM entry"
		      " WHERE seq BETWEEN ?1 AND ?3 AND about > 0 AND about = ?2 ORDER BY seq" :
		      "SELECT seq, time, type, about, payload, hash FROM entry"
		      " WHERE seq BETWEEN ?1 AND ?3 AND 0 = ?2 ORDER BY seq");
	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)from);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)about);
	sqlite3_bind_int64(stmt, 3, l->until ? (sqlite3_int64)l->until : INT64_MAX);
	while (!ret && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
		ret = sgap_ledger_keep(l, code);
		if (ret)
			break;
		take_entry(&e, stmt);
		ret = fn(ctx, &e);
	}
	sqlite3_finalize(stmt);
	return ret;
}

int sgap_ledger_heads(struct sgap_ledger *l, sgap_sealed_fn fn, void *ctx)
{
	struct sgap_sealed s;
	sqlite3_stmt *stmt;
	int ret, code;

	ret = sgap_ledger_prepare(l, &stmt, "SELECT seq, time, ledger, hash, key, sig FROM head ORDER BY seq");
	if (ret)
		return ret;
	while (!ret && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
		ret = sgap_ledger_keep(l, code);
		if (ret)
			break;
		s.head.seq = (__u64)sqlite3_column_int64(stmt, 0);
		s.head.time = (__u64)sqlite3_column_int64(stmt, 1);
		sgap_ledger_blob(s.head.ledger, stmt, 2, SGAP_HASH);
		sgap_ledger_blob(s.head.hash, stmt, 3, SGAP_HASH);
		sgap_ledger_blob(s.key, stmt, 4, (int)sizeof(s.key));
		sgap_ledger_blob(s.sig, stmt, 5, (int)sizeof(s.sig));
		ret = fn(ctx, &s);
	}
	sqlite3_finalize(stmt);
	return ret;
}

void sgap_ledger_until(struct sgap_ledger *l, __u64 seq)
{
	l->until = seq;
}

int sgap_ledger_hash(struct sgap_ledger *l, __u64 seq, __u8 hash[static SGAP_HASH])
{
	struct sgap_cut cut;
	sqlite3_stmt *stmt;
	int ret, code;

	memset(hash, 0, SGAP_HASH);
	if (!seq)
		return 0;
	ret = sgap_ledger_prepare(l, &stmt, "SELECT hash FROM entry WHERE seq = ?");
	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)seq);
	code = sqlite3_step(stmt);
	ret = sgap_ledger_keep(l, code);
	if (code == SQLITE_ROW)
		sgap_ledger_blob(hash, stmt, 0, SGAP_HASH);
	sqlite3_finalize(stmt);
	if (ret || code == SQLITE_ROW)
		return ret;
	ret = sgap_ledger_last_cut(l, &cut);
	memcpy(hash, cut.hash, SGAP_HASH);
	return ret ? ret : cut.through == seq ? 0 : -ENOENT;
}
