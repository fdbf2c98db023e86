/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: an SQLite file of entries chained by SHA-256, with signed heads.
 * What is committed survives kill -9 and power cuts; nothing is ever changed.
 */
#ifndef SGAP_LEDGER_LEDGER_H
#define SGAP_LEDGER_LEDGER_H

#include "chain.h"

struct sgap_ledger;

#define SGAP_LEDGER_FILE "ledger.db"
#define SGAP_LEDGER_KEY "ledger.key"	/* private; ledger.pem is its public half */
#define SGAP_LEDGER_PATH 4096

/*
 * Open the ledger of a folder for writing; made when there is none. One process
 * at a time: -EBUSY otherwise. -EUCLEAN when the file is damaged or is no ledger,
 * -EPROTO when a newer version wrote it. err gets a sentence.
 */
int sgap_ledger_open(struct sgap_ledger **l, const char *dir, __u64 now, char *err, size_t size);

/* Open a file for reading, as it is now, whoever may be writing to it. */
int sgap_ledger_read(struct sgap_ledger **l, const char *path, char *err, size_t size);

/* Seals what is not sealed, and closes. */
void sgap_ledger_close(struct sgap_ledger *l, __u64 now);

/* SQLite's words for the last failure. */
const char *sgap_ledger_error(const struct sgap_ledger *l);

/* Let the file grow to so many pages of 4 KiB at most, then -ENOSPC. */
int sgap_ledger_limit(struct sgap_ledger *l, __u32 pages);

/*
 * Entries that the last run left without a head. They have one now, and an entry of this
 * type names them: {"entries":N,"from":SEQ,"to":SEQ}.
 */
#define SGAP_LEDGER_UNSEALED "ledger.unsealed"
__u64 sgap_ledger_unsealed(const struct sgap_ledger *l);

/*
 * Add an entry; e->seq and e->hash are filled in. It counts once
 * sgap_ledger_commit() has returned 0. After any error all that was not committed
 * is gone, and may be added again.
 */
int sgap_ledger_append(struct sgap_ledger *l, struct sgap_entry *e);
int sgap_ledger_commit(struct sgap_ledger *l);

/* Commit, with a signed head when there is something new: both or, on an error, neither. */
int sgap_ledger_seal(struct sgap_ledger *l, __u64 now);

/* Seq of the last committed entry, 0 = none; and of the last head. */
__u64 sgap_ledger_last(const struct sgap_ledger *l);
__u64 sgap_ledger_sealed(const struct sgap_ledger *l);

/*
 * Each entry from seq on, about one incident or (0) all. fn's non-zero return
 * ends it and is returned; -EIO when the file cannot be read on.
 */
typedef int (*sgap_entry_fn)(void *ctx, const struct sgap_entry *e);
int sgap_ledger_each(struct sgap_ledger *l, __u64 from, __u64 about, sgap_entry_fn fn, void *ctx);

/* The hash that the entry after seq builds on: of entry seq, zeroes for 0, also
 * of the last one that retention removed; -ENOENT when it is not known. */
int sgap_ledger_hash(struct sgap_ledger *l, __u64 seq, __u8 hash[static SGAP_HASH]);

/* From now on what is read of l ends with this entry; 0 = with the last one. */
void sgap_ledger_until(struct sgap_ledger *l, __u64 seq);

/* A head with its key and signature. */
struct sgap_sealed {
	struct sgap_head head;
	__u8 key[32], sig[64];
};
typedef int (*sgap_sealed_fn)(void *ctx, const struct sgap_sealed *s);
int sgap_ledger_heads(struct sgap_ledger *l, sgap_sealed_fn fn, void *ctx);

/* PRAGMA integrity_check: 0 when it says "ok", else -EUCLEAN and its words in err. */
int sgap_ledger_integrity(struct sgap_ledger *l, char *err, size_t size);

#endif
