// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "age.h"
#include "ledger_db.h"
#include "seal.h"

#define VERSION 2
#define APPLICATION 0x53474150	/* "SGAP" */
#define BUSY_MS 3000

/* Version n is reached from n - 1 by step n - 1. */
static const char *const steps[VERSION] = {
	"CREATE TABLE entry ("
	" seq INTEGER PRIMARY KEY CHECK (seq > 0),"
	" time INTEGER NOT NULL,"
	" type TEXT NOT NULL,"
	" about INTEGER NOT NULL,"
	" payload TEXT NOT NULL,"
	" hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT;"
	"CREATE INDEX entry_about ON entry (about, seq) WHERE about > 0;"
	"CREATE TABLE head ("
	" seq INTEGER PRIMARY KEY,"
	" time INTEGER NOT NULL,"
	" ledger BLOB NOT NULL CHECK (length(ledger) = 32),"
	" hash BLOB NOT NULL CHECK (length(hash) = 32),"
	" key BLOB NOT NULL CHECK (length(key) = 32),"
	" sig BLOB NOT NULL CHECK (length(sig) = 64)) STRICT;"
	"CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN"
	" SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
	"CREATE TRIGGER head_stays BEFORE UPDATE ON head BEGIN"
	" SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
	SGAP_LEDGER_REMAINS,
	"CREATE INDEX entry_break ON entry (seq) WHERE " SGAP_AGE_BREAKS ";",
};

static int run(struct sgap_ledger *l, const char *sql)
{
	return sgap_ledger_keep(l, sqlite3_exec(l->db, sql, NULL, NULL, NULL));
}

static int step(struct sgap_ledger *l, sqlite3_stmt *stmt)
{
	int ret = sgap_ledger_keep(l, sqlite3_step(stmt));

	sqlite3_reset(stmt);
	return ret;
}

/* The first column of the first row as a number; fallback without a row. */
static int number(struct sgap_ledger *l, const char *sql, __u64 *n)
{
	sqlite3_stmt *stmt;
	int ret = sgap_ledger_prepare(l, &stmt, sql), code;

	if (ret)
		return ret;
	code = sqlite3_step(stmt);
	ret = sgap_ledger_keep(l, code);
	if (!ret && code == SQLITE_ROW)
		*n = (__u64)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ret;
}

/* Where the chain ends now, by the file. */
static int find_end(struct sgap_ledger *l)
{
	sqlite3_stmt *stmt;
	int ret, code;

	l->last = 0;
	l->sealed = 0;
	memset(l->hash, 0, sizeof(l->hash));
	memset(l->id, 0, sizeof(l->id));
	ret = sgap_ledger_prepare(l, &stmt, "SELECT seq, hash FROM entry WHERE seq = 1 OR"
		      " seq = (SELECT max(seq) FROM entry) ORDER BY seq");
	if (ret)
		return ret;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		l->last = (__u64)sqlite3_column_int64(stmt, 0);
		sgap_ledger_blob(l->hash, stmt, 1, SGAP_HASH);
		if (l->last == 1)
			memcpy(l->id, l->hash, SGAP_HASH);
	}
	ret = sgap_ledger_keep(l, code);
	sqlite3_finalize(stmt);
	l->committed = l->last;
	return ret ? ret : number(l, "SELECT coalesce(max(seq), 0) FROM head", &l->sealed);
}

static int migrate(struct sgap_ledger *l, char *err, size_t size)
{
	__u64 version = 0, application = 0, tables = 0;
	char sql[64];
	int ret;

	ret = number(l, "PRAGMA user_version", &version);
	if (!ret)
		ret = number(l, "PRAGMA application_id", &application);
	if (!ret)
		ret = number(l, "SELECT count(*) FROM sqlite_schema", &tables);
	if (ret)
		return ret;
	if (tables && application != APPLICATION) {
		snprintf(err, size, "it is an SQLite file, but not a ledger");
		return -EUCLEAN;
	}
	if (version > VERSION) {
		snprintf(err, size, "it has version %llu, this program knows up to %d",
			 (unsigned long long)version, VERSION);
		return -EPROTO;
	}
	for (; version < VERSION && !ret; version++) {
		snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
			 APPLICATION, (int)version + 1);
		ret = run(l, "BEGIN IMMEDIATE");
		if (!ret)
			ret = run(l, steps[version]);
		if (!ret)
			ret = run(l, sql);
		if (!ret)
			ret = run(l, "COMMIT");
		if (ret)
			sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return ret;
}

static int prepare_all(struct sgap_ledger *l)
{
	int ret = sgap_ledger_prepare(l, &l->insert, "INSERT INTO entry"
				      " (seq, time, type, about, payload, hash)"
				      " VALUES (?, ?, ?, ?, ?, ?)");

	if (!ret)
		ret = sgap_ledger_prepare(l, &l->begin, "BEGIN IMMEDIATE");
	if (!ret)
		ret = sgap_ledger_prepare(l, &l->commit, "COMMIT");
	if (!ret)
		ret = sgap_ledger_prepare(l, &l->rollback, "ROLLBACK");
	return ret;
}

/* before: the key that sealed the ledger until now; NULL = it is new */
static int add_key(struct sgap_ledger *l, __u64 now, const __u8 *before)
{
	char text[SGAP_CHAIN_HEAD], key[SGAP_HASH_HEX], old[SGAP_HASH_HEX];
	struct sgap_entry e = { .time = now, .type = "ledger.key", .payload = text };

	sgap_hex(key, sgap_seal_public(l->seal), SGAP_SEAL_KEY);
	e.len = (size_t)snprintf(text, sizeof(text), "{\"key\":\"%s\",\"previous\":%s%s%s}", key,
				 before ? "\"" : "null",
				 before ? sgap_hex(old, before, SGAP_SEAL_KEY) : "",
				 before ? "\"" : "");
	return sgap_ledger_append(l, &e);
}

/* The key of the last head; 0 when there is none. */
static int last_key(struct sgap_ledger *l, __u8 *key)
{
	sqlite3_stmt *stmt;
	int ret = sgap_ledger_prepare(l, &stmt, "SELECT key FROM head ORDER BY seq DESC LIMIT 1"), code;

	if (ret)
		return ret;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		sgap_ledger_blob(key, stmt, 0, SGAP_SEAL_KEY);
	ret = sgap_ledger_keep(l, code);
	sqlite3_finalize(stmt);
	return ret ? ret : code == SQLITE_ROW;
}

/* Does the last entry about a key name this one? Killed before it was sealed, it has no head. */
static int is_named(struct sgap_ledger *l, const __u8 *key)
{
	__u8 named[SGAP_SEAL_KEY];
	const char *hex = NULL;
	sqlite3_stmt *stmt;
	int ret = sgap_ledger_prepare(l, &stmt, "SELECT json_extract(payload, '$.key') FROM entry"
				      " WHERE type = 'ledger.key' ORDER BY seq DESC LIMIT 1"), code;

	if (ret)
		return ret;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		hex = (const char *)sqlite3_column_text(stmt, 0);
	ret = hex && !sgap_unhex(named, sizeof(named), hex) && !memcmp(named, key, sizeof(named));
	code = sgap_ledger_keep(l, code);
	sqlite3_finalize(stmt);
	return code ? code : ret;
}

/* What no head covered when the ledger was opened, the chain says. */
static int add_unsealed(struct sgap_ledger *l, __u64 now)
{
	char text[SGAP_CHAIN_HEAD];
	struct sgap_entry e = { .time = now, .type = SGAP_LEDGER_UNSEALED, .payload = text };

	if (!l->unsealed)
		return 0;
	e.len = (size_t)snprintf(text, sizeof(text), "{\"entries\":%llu,\"from\":%llu,\"to\":%llu}",
				 (unsigned long long)l->unsealed, (unsigned long long)l->sealed + 1,
				 (unsigned long long)l->last);
	return sgap_ledger_append(l, &e);
}

/*
 * A new ledger begins with its key. One whose key was lost goes on with another,
 * and says so in its chain; what was not sealed is sealed now, and said too.
 */
static int begin_run(struct sgap_ledger *l, __u64 now)
{
	const __u8 *ours = sgap_seal_public(l->seal);
	__u8 key[SGAP_SEAL_KEY];
	int any = last_key(l, key), ret = any < 0 ? any : add_unsealed(l, now);

	if (!ret && (!any || memcmp(key, ours, sizeof(key)))) {
		ret = is_named(l, ours);
		if (ret >= 0)
			ret = ret ? 0 : add_key(l, now, any ? key : NULL);
	}
	return ret ? ret : sgap_ledger_seal(l, now);
}

static int lock_folder(struct sgap_ledger *l, const char *dir, char *path)
{
	snprintf(path, SGAP_LEDGER_PATH, "%.4000s/%s", dir, "ledger.lock");
	l->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->lock < 0)
		return -errno;
	if (flock(l->lock, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

static int open_db(struct sgap_ledger *l, const char *path, int flags)
{
	int ret;

	ret = sgap_ledger_keep(l, sqlite3_open_v2(path, &l->db, flags | SQLITE_OPEN_NOMUTEX, NULL));
	if (!ret)
		sqlite3_busy_timeout(l->db, BUSY_MS);
	return ret;
}

static int open_steps(struct sgap_ledger *l, const char *dir, __u64 now, char *err, size_t size)
{
	char path[SGAP_LEDGER_PATH];
	int ret, made;

	ret = lock_folder(l, dir, path);
	if (ret) {
		snprintf(err, size, ret == -EBUSY ? "another process is writing to it" :
			 "cannot lock it: %s", strerror(-ret));
		return ret;
	}
	snprintf(path, sizeof(path), "%.4000s/%s", dir, SGAP_LEDGER_FILE);
	ret = open_db(l, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (!ret)
		ret = run(l, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			  "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
	if (!ret)
		ret = sgap_ledger_integrity(l, err, size);
	if (!ret)
		ret = migrate(l, err, size);
	if (!ret)
		ret = find_end(l);
	if (!ret)
		ret = prepare_all(l);
	if (ret)
		return ret;
	l->unsealed = l->last - l->sealed;
	snprintf(path, sizeof(path), "%.4000s/%s", dir, SGAP_LEDGER_KEY);
	ret = sgap_seal_open(&l->seal, path, &made);
	if (ret) {
		snprintf(err, size, "its key %.200s: %s", path, strerror(-ret));
		return ret;
	}
	return begin_run(l, now);
}

static void free_all(struct sgap_ledger *l)
{
	sqlite3_finalize(l->insert);
	sqlite3_finalize(l->begin);
	sqlite3_finalize(l->commit);
	sqlite3_finalize(l->rollback);
	sqlite3_close(l->db);
	sgap_seal_close(l->seal);
	if (l->lock >= 0)
		close(l->lock);
	free(l);
}

int sgap_ledger_open(struct sgap_ledger **out, const char *dir, __u64 now, char *err, size_t size)
{
	struct sgap_ledger *l = calloc(1, sizeof(*l));
	int ret;

	*err = '\0';
	if (!l)
		return -ENOMEM;
	l->lock = -1;
	if (strlen(dir) > 3900)
		ret = -ENAMETOOLONG;
	else
		ret = open_steps(l, dir, now, err, size);
	if (!ret) {
		*out = l;
		return 0;
	}
	if (!*err)
		snprintf(err, size, "%s", *l->error ? l->error : strerror(-ret));
	free_all(l);
	return ret;
}

int sgap_ledger_read(struct sgap_ledger **out, const char *path, char *err, size_t size)
{
	struct sgap_ledger *l = calloc(1, sizeof(*l));
	struct stat st;
	int ret;

	*err = '\0';
	if (!l)
		return -ENOMEM;
	l->lock = -1;
	ret = stat(path, &st) ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
	if (!ret)
		ret = open_db(l, path, SQLITE_OPEN_READONLY);
	/* What is read is of one moment, whatever is written meanwhile. */
	if (!ret)
		ret = run(l, "BEGIN");
	if (!ret)
		ret = find_end(l);
	if (!ret) {
		*out = l;
		return 0;
	}
	snprintf(err, size, "%s", *l->error ? l->error : strerror(-ret));
	free_all(l);
	return ret;
}

void sgap_ledger_close(struct sgap_ledger *l, __u64 now)
{
	if (!l)
		return;
	if (l->seal && !sgap_ledger_commit(l))
		sgap_ledger_seal(l, now);
	free_all(l);
}

int sgap_ledger_limit(struct sgap_ledger *l, __u32 pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %u", pages);
	return run(l, sql);
}

const char *sgap_ledger_error(const struct sgap_ledger *l)
{
	return l->error;
}

__u64 sgap_ledger_unsealed(const struct sgap_ledger *l)
{
	return l->unsealed;
}

__u64 sgap_ledger_last(const struct sgap_ledger *l)
{
	return l->committed;
}

__u64 sgap_ledger_sealed(const struct sgap_ledger *l)
{
	return l->sealed;
}

/* Forget what was not committed. The chain goes on where the file ends. */
int sgap_ledger_give_up(struct sgap_ledger *l, int ret)
{
	char why[sizeof(l->error)];

	memcpy(why, l->error, sizeof(why));
	if (l->open)
		step(l, l->rollback);
	l->open = 0;
	find_end(l);
	memcpy(l->error, why, sizeof(why));
	return ret;
}

static int insert(struct sgap_ledger *l, const struct sgap_entry *e)
{
	sqlite3_bind_int64(l->insert, 1, (sqlite3_int64)e->seq);
	sqlite3_bind_int64(l->insert, 2, (sqlite3_int64)e->time);
	sqlite3_bind_text(l->insert, 3, e->type, -1, SQLITE_STATIC);
	sqlite3_bind_int64(l->insert, 4, (sqlite3_int64)e->about);
	sqlite3_bind_text(l->insert, 5, e->payload, (int)e->len, SQLITE_STATIC);
	sqlite3_bind_blob(l->insert, 6, e->hash, SGAP_HASH, SQLITE_STATIC);
	return step(l, l->insert);
}

int sgap_ledger_append(struct sgap_ledger *l, struct sgap_entry *e)
{
	int ret = 0;

	if (strlen(e->type) >= SGAP_CHAIN_TYPE || e->len > 1u << 30 ||
	    memchr(e->payload, '\n', e->len) || memchr(e->payload, '\0', e->len))
		return -EINVAL;
	if (!l->open) {
		ret = step(l, l->begin);
		l->open = !ret;
	}
	e->seq = l->last + 1;
	if (!ret)
		ret = sgap_chain_hash(e->hash, l->hash, e);
	if (!ret)
		ret = insert(l, e);
	if (ret)
		return sgap_ledger_give_up(l, ret);
	l->last = e->seq;
	memcpy(l->hash, e->hash, SGAP_HASH);
	if (e->seq == 1)
		memcpy(l->id, e->hash, SGAP_HASH);
	return 0;
}

int sgap_ledger_commit(struct sgap_ledger *l)
{
	int ret;

	if (!l->open)
		return 0;
	ret = step(l, l->commit);
	if (ret)
		return sgap_ledger_give_up(l, ret);
	l->open = 0;
	l->committed = l->last;
	return 0;
}

static int insert_head(struct sgap_ledger *l, const struct sgap_head *head, const __u8 *sig)
{
	sqlite3_stmt *stmt;
	int ret = sgap_ledger_prepare(l, &stmt, "INSERT INTO head (seq, time, ledger, hash, key, sig)"
				      " VALUES (?, ?, ?, ?, ?, ?)");

	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)head->seq);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)head->time);
	sqlite3_bind_blob(stmt, 3, head->ledger, SGAP_HASH, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 4, head->hash, SGAP_HASH, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 5, sgap_seal_public(l->seal), SGAP_SEAL_KEY, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 6, sig, SGAP_SEAL_SIG, SQLITE_STATIC);
	ret = sgap_ledger_keep(l, sqlite3_step(stmt));
	sqlite3_finalize(stmt);
	return ret;
}

int sgap_ledger_seal(struct sgap_ledger *l, __u64 now)
{
	struct sgap_head head = { .time = now };
	char text[SGAP_CHAIN_HEAD];
	__u8 sig[SGAP_SEAL_SIG];
	size_t len;
	int ret;

	if (l->last <= l->sealed)
		return sgap_ledger_commit(l);
	head.seq = l->last;
	memcpy(head.ledger, l->id, SGAP_HASH);
	memcpy(head.hash, l->hash, SGAP_HASH);
	len = sgap_chain_head(text, &head);
	ret = sgap_seal_sign(l->seal, sig, text, len);
	/* In the transaction of what is not committed: an entry and its head, or neither. */
	if (!ret)
		ret = insert_head(l, &head, sig);
	if (ret)
		return sgap_ledger_give_up(l, ret);
	ret = sgap_ledger_commit(l);
	if (!ret)
		l->sealed = head.seq;
	return ret;
}
