/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ledger's inside, for its own files. */
#ifndef SGAP_LEDGER_LEDGER_DB_H
#define SGAP_LEDGER_LEDGER_DB_H

#include <sqlite3.h>

#include "chain.h"

struct sgap_ledger {
	sqlite3 *db;
	sqlite3_stmt *insert, *begin, *commit, *rollback;
	struct sgap_seal *seal;
	int lock;
	int open;		/* in a transaction */
	__u64 last, committed, sealed, unsealed;
	__u64 until;		/* reading ends there; 0 = at the end */
	__u8 hash[SGAP_HASH];	/* of entry last */
	__u8 id[SGAP_HASH];	/* of entry 1 */
	char error[256];
};

/* The triggers that retention takes away for a moment. */
#define SGAP_LEDGER_REMAINS \
	"CREATE TRIGGER entry_remains BEFORE DELETE ON entry BEGIN" \
	" SELECT RAISE(ABORT, 'the ledger is append-only'); END;" \
	"CREATE TRIGGER head_remains BEFORE DELETE ON head BEGIN" \
	" SELECT RAISE(ABORT, 'the ledger is append-only'); END;"

/* Undo what is not committed. Returns ret, with the words for it kept. */
int sgap_ledger_give_up(struct sgap_ledger *l, int ret);

/* SQLite's result as -errno; its words are kept when it is one. */
int sgap_ledger_keep(struct sgap_ledger *l, int code);
int sgap_ledger_prepare(struct sgap_ledger *l, sqlite3_stmt **stmt, const char *sql);
/* A column's bytes, if there are exactly size of them; else zeroes. */
void sgap_ledger_blob(__u8 *bytes, sqlite3_stmt *stmt, int column, int size);

#endif
