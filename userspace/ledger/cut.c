// SPDX-License-Identifier: GPL-2.0-or-later
#include "cut.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "age.h"
#include "ledger.h"
#include "ledger_db.h"

#define FEWEST 64u		/* entries that are worth a cut */

/* The number that sql gives for a and b; 0 without one. */
static int ask(struct sgap_ledger *l, const char *sql, __u64 a, __u64 b, __u64 *n)
{
	sqlite3_stmt *stmt;
	int ret = sgap_ledger_prepare(l, &stmt, sql), code;

	*n = 0;
	if (ret)
		return ret;
	if (sqlite3_bind_parameter_count(stmt) > 0)
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)a);
	if (sqlite3_bind_parameter_count(stmt) > 1)
		sqlite3_bind_int64(stmt, 2, (sqlite3_int64)b);
	code = sqlite3_step(stmt);
	ret = sgap_ledger_keep(l, code);
	if (code == SQLITE_ROW)
		*n = (__u64)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ret;
}

/* The last entry that has to go for the size. */
static int by_size(struct sgap_ledger *l, __u64 bytes, __u64 *through)
{
	__u64 used = 0, entries = 0, first = 0;
	int ret;

	*through = 0;
	ret = ask(l, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count,"
		  " pragma_freelist_count, pragma_page_size", 0, 0, &used);
	if (!ret)
		ret = ask(l, "SELECT count(*) FROM entry", 0, 0, &entries);
	if (!ret)
		ret = ask(l, "SELECT min(seq) FROM entry WHERE seq > 1", 0, 0, &first);
	if (ret || !bytes || used <= bytes || !first)
		return ret;
	/* A tenth below, so that it is not to be done again at once. */
	*through = first + entries * (used - bytes + bytes / 10) / used;
	return 0;
}

/* Lower *through until it is at a head and in no incident. */
static int settle(struct sgap_ledger *l, __u64 *through)
{
	__u64 split, was;
	int ret;

	do {
		was = *through;
		ret = ask(l, "SELECT max(seq) FROM head WHERE seq <= ?1", was, 0, through);
		if (!ret)
			ret = ask(l, "SELECT min(seq) FROM entry WHERE about > 0 AND seq <= ?1 AND about IN"
				  " (SELECT about FROM entry WHERE about > 0 AND seq > ?1)", *through, 0, &split);
		if (!ret && split)
			*through = split - 1;
	} while (!ret && *through && *through != was);
	return ret;
}

static int find(struct sgap_ledger *l, const struct sgap_cut_cfg *cfg, __u64 now, __u64 *through)
{
	__u64 old = 0, large;
	int ret = by_size(l, cfg->bytes, &large);

	if (!ret && cfg->age)
		ret = sgap_ledger_older(l, cfg->age, now, &old);
	if (ret)
		return ret;
	*through = old > large ? old : large;
	if (cfg->keep && *through >= cfg->keep)
		*through = cfg->keep - 1;
	if (*through >= sgap_ledger_last(l))
		*through = sgap_ledger_last(l) ? sgap_ledger_last(l) - 1 : 0;
	return settle(l, through);
}

static int add_entry(struct sgap_ledger *l, __u64 now, __u64 through, __u64 entries)
{
	char text[SGAP_CHAIN_HEAD], hash[SGAP_HASH_HEX], key[SGAP_HASH_HEX];
	struct sgap_entry e = { .time = now, .type = "ledger.cut", .payload = text };
	struct sgap_cut before;
	__u8 bytes[SGAP_HASH];
	sqlite3_stmt *stmt;
	__u64 incident;
	int ret = sgap_ledger_hash(l, through, bytes), code;

	if (!ret)
		ret = sgap_ledger_last_cut(l, &before);
	if (!ret)
		ret = ask(l, "SELECT max(about) FROM entry WHERE seq <= ?1", through, 0, &incident);
	if (!ret)
		ret = sgap_ledger_prepare(l, &stmt, "SELECT key FROM head WHERE seq = ?");
	if (ret)
		return ret;
	sgap_hex(hash, bytes, SGAP_HASH);
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)through);
	code = sqlite3_step(stmt);
	ret = sgap_ledger_keep(l, code);
	sgap_ledger_blob(bytes, stmt, 0, SGAP_HASH);
	sqlite3_finalize(stmt);
	if (ret || code != SQLITE_ROW)
		return ret ? ret : -ENOENT;
	e.len = (size_t)snprintf(text, sizeof(text), "{\"through\":%llu,\"hash\":\"%s\",\"entries\":%llu,"
				 "\"incident\":%llu,\"key\":\"%s\"}", (unsigned long long)through, hash,
				 (unsigned long long)entries, (unsigned long long)
				 (incident > before.incident ? incident : before.incident),
				 sgap_hex(key, bytes, SGAP_HASH));
	return sgap_ledger_append(l, &e);
}

static int remove_all(struct sgap_ledger *l, __u64 through)
{
	char sql[256];
	int ret;

	snprintf(sql, sizeof(sql), "DROP TRIGGER entry_remains; DROP TRIGGER head_remains;"
		 "DELETE FROM entry WHERE seq BETWEEN 2 AND %llu; DELETE FROM head WHERE seq <= %llu;",
		 (unsigned long long)through, (unsigned long long)through);
	ret = sgap_ledger_keep(l, sqlite3_exec(l->db, sql, NULL, NULL, NULL));
	if (!ret)
		ret = sgap_ledger_keep(l, sqlite3_exec(l->db, SGAP_LEDGER_REMAINS, NULL, NULL,
						       NULL));
	return ret;
}

int sgap_ledger_cut(struct sgap_ledger *l, const struct sgap_cut_cfg *cfg, __u64 now,
		    __u64 *removed)
{
	__u64 through, entries = 0;
	int ret = sgap_ledger_commit(l);

	*removed = 0;
	if (!ret)
		ret = find(l, cfg, now, &through);
	if (!ret && through)
		ret = ask(l, "SELECT count(*) FROM entry WHERE seq BETWEEN 2 AND ?1", through, 0, &entries);
	if (ret || entries < FEWEST)
		return ret;
	ret = add_entry(l, now, through, entries);
	if (ret)
		return ret;
	ret = remove_all(l, through);
	if (ret)
		return sgap_ledger_give_up(l, ret);
	ret = sgap_ledger_seal(l, now);
	if (!ret)
		*removed = entries;
	return ret;
}

static int take(struct sgap_cut *cut, const char *payload)
{
	json_t *obj = json_loads(payload, 0, NULL);
	const char *hash = json_string_value(json_object_get(obj, "hash"));
	const char *key = json_string_value(json_object_get(obj, "key"));
	json_int_t through = json_integer_value(json_object_get(obj, "through"));
	int ret = -EUCLEAN;

	if (through > 1 && hash && !sgap_unhex(cut->hash, SGAP_HASH, hash) && key &&
	    !sgap_unhex(cut->key, sizeof(cut->key), key)) {
		cut->through = (__u64)through;
		cut->incident = (__u64)json_integer_value(json_object_get(obj, "incident"));
		ret = 0;
	}
	json_decref(obj);
	return ret;
}

int sgap_ledger_last_cut(struct sgap_ledger *l, struct sgap_cut *cut)
{
	sqlite3_stmt *stmt;
	int ret, code;

	memset(cut, 0, sizeof(*cut));
	ret = sgap_ledger_prepare(l, &stmt, "SELECT payload FROM entry WHERE type = 'ledger.cut'"
				  " ORDER BY seq DESC LIMIT 1");
	if (ret)
		return ret;
	code = sqlite3_step(stmt);
	ret = sgap_ledger_keep(l, code);
	/* One that is not understood is as good as none: verify says that entries are missing. */
	if (code == SQLITE_ROW)
		take(cut, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return ret;
}
