// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/ledger/*.c
// libs: -ljansson -lcrypto -lsqlite3
/*
 * Lines that say what is in the file of a ledger, by whoever owns it:
 *	E TYPE PAYLOAD	an entry that follows	B TYPE PAYLOAD	one whose hash is another
 *	K		an entry with our key	N		an entry of no values at all
 *	H		a head, signed		F		one that is not
 *	C		retention of all but the first entry
 *	G		entries are left out
 * What is in order is called whole, what was changed is not, and each fault has
 * its sentence.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"
#include "ledger/ledger_db.h"
#include "ledger/seal.h"
#include "ledger/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES 64

struct made {
	struct sgap_ledger l;
	__u64 rows, seq, said;
	__u8 hash[SGAP_HASH], id[SGAP_HASH];
	int bad;	/* something was done that verify must tell of */
	int first_bad;	/* and to the entry that retention leaves */
};

static EVP_PKEY *pkey;
static __u8 key[SGAP_SEAL_KEY];

static void run(struct made *m, const char *sql)
{
	if (sqlite3_exec(m->l.db, sql, NULL, NULL, NULL))
		abort();
}

/* Tables without the checks of ours: their owner can do without. */
static void setup(struct made *m)
{
	static const __u8 secret[32] = "a key that everybody may know.";
	static sqlite3 *db;
	size_t len = sizeof(key);

	if (!db) {
		pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof(secret));
		if (!pkey || EVP_PKEY_get_raw_public_key(pkey, key, &len) != 1 ||
		    sqlite3_open(":memory:", &db))
			abort();
		m->l.db = db;
		run(m, "CREATE TABLE entry (seq, time, type, about, payload, hash);"
		       "CREATE TABLE head (seq, time, ledger, hash, key, sig)");
	}
	m->l.db = db;
	run(m, "DELETE FROM entry; DELETE FROM head");
}

static void insert(struct made *m, const char *sql, __u64 time, const void *a, int a_len,
		   const void *b, int b_len, const void *c, const void *d)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(m->l.db, sql, -1, &stmt, NULL))
		abort();
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)m->seq);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)time);
	sqlite3_bind_blob(stmt, 3, a, a_len, SQLITE_TRANSIENT);
	sqlite3_bind_blob(stmt, 4, b, b_len, SQLITE_TRANSIENT);
	sqlite3_bind_blob(stmt, 5, c, SGAP_HASH, SQLITE_TRANSIENT);
	if (d)
		sqlite3_bind_blob(stmt, 6, d, SGAP_SEAL_SIG, SQLITE_TRANSIENT);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		abort();
	sqlite3_finalize(stmt);
}

static void add_entry(struct made *m, const char *type, const char *payload, int changed)
{
	struct sgap_entry e = { .seq = m->seq + 1, .time = m->seq * 1000, .type = type,
				.payload = payload, .len = strlen(payload) };
	__u8 hash[SGAP_HASH];

	if (sgap_chain_hash(hash, m->hash, &e))
		abort();
	hash[0] ^= (__u8)changed;
	m->seq++;
	m->rows++;
	insert(m, "INSERT INTO entry VALUES (?1, ?2, CAST(?3 AS TEXT), 0, CAST(?4 AS TEXT), ?5)", e.time,
	       type, (int)strlen(type), payload, (int)e.len, hash, NULL);
	memcpy(m->hash, hash, sizeof(hash));
	if (m->seq == 1)
		memcpy(m->id, hash, sizeof(hash));
	m->bad |= changed;
	m->first_bad |= m->seq == 1 && changed;
}

static void add_text(struct made *m, char *line, int changed)
{
	char *payload = strchr(line, ' ');

	if (payload)
		*payload++ = '\0';
	add_entry(m, line, payload ? payload : "", changed);
}

/* "key" is what an entry of that type names ours. */
static void add_key(struct made *m, const char *type, const char *more)
{
	char text[512], hex[SGAP_HASH_HEX];

	snprintf(text, sizeof(text), "{\"key\":\"%s\"%s}", sgap_hex(hex, key, sizeof(key)), more);
	add_entry(m, type, text, 0);
}

static void add_head(struct made *m, int forged)
{
	struct sgap_head head = { .seq = m->seq, .time = m->seq * 1000 };
	__u8 sig[SGAP_SEAL_SIG];
	char text[SGAP_CHAIN_HEAD];
	size_t len, n = sizeof(sig);
	EVP_MD_CTX *md;

	memcpy(head.hash, m->hash, SGAP_HASH);
	memcpy(head.ledger, m->id, SGAP_HASH);
	len = sgap_chain_head(text, &head);
	md = EVP_MD_CTX_new();
	if (!md || EVP_DigestSignInit(md, NULL, NULL, NULL, pkey) != 1 ||
	    EVP_DigestSign(md, sig, &n, (const __u8 *)text, len) != 1)
		abort();
	EVP_MD_CTX_free(md);
	sig[3] ^= (__u8)forged;
	insert(m, "INSERT INTO head VALUES (?1, ?2, ?3, ?4, ?5, ?6)", head.time, head.ledger, SGAP_HASH,
	       head.hash, SGAP_HASH, key, sig);
	m->bad |= forged;
}

static void cut(struct made *m)
{
	char more[160], hex[SGAP_HASH_HEX];

	if (m->seq < 2 || m->rows != m->seq)
		return;
	snprintf(more, sizeof(more), ",\"through\":%llu,\"hash\":\"%s\"", (unsigned long long)m->seq,
		 sgap_hex(hex, m->hash, SGAP_HASH));
	run(m, "DELETE FROM entry WHERE seq > 1; DELETE FROM head");
	m->rows = 1;
	m->bad = m->first_bad;
	add_key(m, "ledger.cut", more);
}

static void add_nothing(struct made *m)
{
	char sql[80];

	snprintf(sql, sizeof(sql), "INSERT INTO entry (seq) VALUES (%llu)", (unsigned long long)++m->seq);
	run(m, sql);
	m->rows++;
	m->bad = 1;
	m->first_bad |= m->seq == 1;
}

static void take_line(struct made *m, char *line)
{
	switch (*line) {
	case 'E':
	case 'B':
		add_text(m, line + 1, *line == 'B');
		break;
	case 'K':
		add_key(m, "ledger.key", "");
		break;
	case 'N':
		add_nothing(m);
		break;
	case 'H':
	case 'F':
		add_head(m, *line == 'F');
		break;
	case 'C':
		cut(m);
		break;
	case 'G':
		m->seq += 3;
		break;
	}
}

static void say(void *ctx, int wrong, const char *what)
{
	struct made *m = ctx;

	if (!*what)
		abort();
	m->said += (__u64)wrong;
}

static __u64 verify(struct made *m)
{
	struct sgap_verified v;

	m->said = 0;
	if (sgap_ledger_verify(&m->l, key, NULL, say, m, &v))
		abort();
	if (v.entries != m->rows || v.sealed > m->seq || m->said != (v.wrong > 50 ? 51 : v.wrong))
		abort();
	return v.wrong;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct made m = { 0 };
	char *text = malloc(size + 1), *line, *rest = text;
	int n = 0;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	setup(&m);
	while ((line = strsep(&rest, "\n")) && n++ < LINES)
		take_line(&m, line);
	free(text);
	if (verify(&m))
		return 0;
	if (m.bad)
		abort();
	/* Whoever changes the smallest thing of what is whole is found out. */
	if (!m.rows)
		return 0;
	run(&m, "UPDATE entry SET time = time + 1 WHERE seq = (SELECT max(seq) FROM entry)");
	if (!verify(&m))
		abort();
	return 0;
}
