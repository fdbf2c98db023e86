// SPDX-License-Identifier: GPL-2.0-or-later
/* The ledger: what is committed stays, and every change of it is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger_rig.h"

static void fill(struct rig *r, __u64 n)
{
	__u64 i;

	open_ledger(r);
	for (i = 0; i < n; i++) {
		assert_int_equal(add(r, i, i % 3), 0);
		if (i == n / 2)
			assert_int_equal(sgap_ledger_seal(r->l, T0 + i * SECOND), 0);
	}
	assert_int_equal(sgap_ledger_commit(r->l), 0);
}

static void test_whole(void **state)
{
	struct rig *r = *state;

	fill(r, 20);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	assert_int_equal(r->v.entries, 21);	/* its key is the first */
	assert_int_equal(r->v.sealed, 21);
	assert_true(r->v.keyed);
	assert_int_equal(r->v.first, T0);
}

static void test_goes_on(void **state)
{
	struct rig *r = *state;
	__u64 i;

	for (i = 0; i < 5; i++) {
		open_ledger(r);
		assert_int_equal(sgap_ledger_unsealed(r->l), 0);
		assert_int_equal(add(r, i, 0), 0);
		close_ledger(r);
	}
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	assert_int_equal(r->v.entries, 6);
}

/* Killed after the first entry, its key, and before the head: the key is not named again. */
static void test_no_head_yet(void **state)
{
	struct rig *r = *state;

	open_ledger(r);
	close_ledger(r);
	sql(r, DROP "DELETE FROM head;");
	open_ledger(r);
	assert_int_equal(sgap_ledger_unsealed(r->l), 1);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	assert_int_equal(r->v.entries, 2);
	assert_int_equal(r->v.sealed, 2);
	assert_int_equal(r->v.late, 1);
}

/* What a run finds without a head is sealed, and the chain says so for good. */
static void test_sealed_late(void **state)
{
	struct rig *r = *state;
	__u64 i;

	fill(r, 8);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	assert_int_equal(r->v.late, 0);
	sql(r, DROP "DELETE FROM head WHERE seq = (SELECT max(seq) FROM head)");
	assert_int_equal(wrong(r, r->file, NULL, NULL), 1);
	open_ledger(r);
	assert_int_equal(sgap_ledger_unsealed(r->l), 3);
	assert_int_equal(sgap_ledger_sealed(r->l), 10);
	close_ledger(r);
	open_ledger(r);
	assert_int_equal(sgap_ledger_unsealed(r->l), 0);
	for (i = 8; i < 12; i++)
		assert_int_equal(add(r, i, 0), 0);
	close_ledger(r);
	if (wrong(r, r->file, NULL, NULL))
		fail_msg("%s", r->said);
	assert_int_equal(r->v.late, 3);
	assert_int_equal(r->v.entries, 14);
	assert_string_equal(r->warned, "entries 7 to 9 had no head when a run began, and were sealed then, "
			    "by entry 10: until then whoever could write the file could change them\n");
}

/* An entry that claims to be it, and a head where it says that there was none. */
static void test_late_forged(void **state)
{
	static const char *const payload[] = {
		"{\"entries\":2,\"from\":1,\"to\":3}", "{\"entries\":2,\"from\":3,\"to\":4}",
		"{\"entries\":0,\"from\":4,\"to\":3}", "{\"entries\":4,\"from\":0,\"to\":3}",
		"{\"entries\":-1,\"from\":5,\"to\":3}", "{\"entries\":\"3\"}", "[]", "",
	};
	struct sgap_entry e = { .time = T0, .type = SGAP_LEDGER_UNSEALED };
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < sizeof(payload) / sizeof(payload[0]); i++) {
		unlink(r->file);
		fill(r, 2);
		e.payload = payload[i];
		e.len = strlen(payload[i]);
		assert_int_equal(sgap_ledger_append(r->l, &e), 0);
		close_ledger(r);
		if (wrong(r, r->file, NULL, NULL) != 1)
			fail_msg("%s: %s", payload[i], r->said);
		assert_non_null(strstr(r->said, "entry 4 says of entries without a head what cannot be"));
		assert_int_equal(r->v.late, 0);
	}
	unlink(r->file);
	fill(r, 2);
	assert_int_equal(sgap_ledger_seal(r->l, T0), 0);
	e.payload = "{\"entries\":3,\"from\":1,\"to\":3}";
	e.len = strlen(e.payload);
	assert_int_equal(sgap_ledger_append(r->l, &e), 0);
	close_ledger(r);
	assert_true(wrong(r, r->file, NULL, NULL) > 0);
	assert_non_null(strstr(r->said, "there is a head at entry 3, of which entry 4 says that it had none"));
}

static void test_one_writer(void **state)
{
	struct sgap_ledger *second;
	struct rig *r = *state;

	open_ledger(r);
	assert_int_equal(sgap_ledger_open(&second, r->dir, T0, r->err, sizeof(r->err)), -EBUSY);
	assert_string_equal(r->err, "another process is writing to it");
}

static void test_tail(void **state)
{
	struct rig *r = *state;

	fill(r, 8);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 1);
	assert_string_equal(r->said, "entries 7 to 9 are not sealed: no good head covers them\n");
}

static void test_append_only(void **state)
{
	struct rig *r = *state;
	sqlite3 *db;

	fill(r, 3);
	close_ledger(r);
	assert_int_equal(sqlite3_open(r->file, &db), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "UPDATE entry SET time = 1", 0, 0, 0), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "DELETE FROM entry", 0, 0, 0), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "UPDATE head SET time = 1", 0, 0, 0), SQLITE_OK);
	assert_int_not_equal(sqlite3_exec(db, "DELETE FROM head", 0, 0, 0), SQLITE_OK);
	sqlite3_close(db);
}

/* What somebody who owns the file may do with it, and what verify must say. */
static void test_forged(void **state)
{
	static const struct {
		const char *sql, *says;
	} forged[] = {
		{ "UPDATE entry SET payload = '{\"i\":5,\"a\":\"c\"}' WHERE seq = 7", "entry 7 was changed" },
		{ "UPDATE entry SET time = time + 1 WHERE seq = 7", "entry 7 was changed" },
		{ "UPDATE entry SET type = 'test.thinh' WHERE seq = 7", "entry 7 was changed" },
		{ "UPDATE entry SET about = 9 WHERE seq = 7", "entry 7 was changed" },
		{ "UPDATE entry SET type = 'test' || char(10) || 'x' WHERE seq = 7",
		  "entry 7 is not in the form" },
		{ "UPDATE entry SET hash = zeroblob(32) WHERE seq = 7", "entry 7 was changed" },
		{ "DELETE FROM entry WHERE seq = 7", "entries 7 to 7 are missing" },
		{ "DELETE FROM entry WHERE seq > 18", "the end was cut off" },
		{ "DELETE FROM entry WHERE seq = 1", "entries 1 to 1 are missing" },
		{ "DELETE FROM head WHERE seq = (SELECT max(seq) FROM head)",
		  "entries 13 to 21 are not sealed" },
		{ "DELETE FROM head", "entries 1 to 21 are not sealed" },
		{ "UPDATE head SET sig = zeroblob(64) WHERE seq = 12", "not of its key" },
		{ "UPDATE head SET key = zeroblob(32) WHERE seq = 12", "not of its key" },
		{ "UPDATE head SET hash = zeroblob(32) WHERE seq = 12", "seals another chain" },
		{ "UPDATE head SET time = time + 1 WHERE seq = 12", "not of its key" },
		{ "UPDATE head SET ledger = zeroblob(32) WHERE seq = 12", "of another ledger" },
		{ "UPDATE head SET seq = 11 WHERE seq = 12", "seals another chain" },
	};
	struct rig *r = *state;
	size_t i;

	fill(r, 20);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	sql(r, DROP "PRAGMA journal_mode = DELETE");
	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		char back[128], text[512];

		snprintf(back, sizeof(back), "%s/copy.db", r->dir);
		unlink(back);
		snprintf(text, sizeof(text), "VACUUM INTO '%s'", back);
		sql(r, text);
		sql(r, forged[i].sql);
		if (!wrong(r, r->file, NULL, NULL) || !strstr(r->said, forged[i].says))
			fail_msg("%s: expected '%s', got: %s", forged[i].sql, forged[i].says, r->said);
		assert_int_equal(rename(back, r->file), 0);
	}
}

/* A chain that is whole, but made anew with a newer key. */
static void test_resealed(void **state)
{
	struct rig *r = *state;
	struct sgap_head head;
	char path[160], to[160];
	__u8 key[SGAP_SEAL_KEY];

	fill(r, 5);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	memcpy(head.hash, r->v.hash, SGAP_HASH);
	head.seq = r->v.entries;
	snprintf(path, sizeof(path), "%s/ledger.pem", r->dir);
	assert_int_equal(sgap_seal_read_public(key, path), 0);
	assert_int_equal(wrong(r, r->file, key, &head), 0);

	/* Another key goes on with it. */
	snprintf(path, sizeof(path), "%s/ledger.key", r->dir);
	snprintf(to, sizeof(to), "%s/other.key", r->dir);
	assert_int_equal(rename(path, to), 0);
	open_ledger(r);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 1);
	assert_non_null(strstr(r->said, "entry 7: from here on the ledger is sealed with another key"));

	/* Its old heads sealed again with the new key. */
	sql(r, DROP "UPDATE head SET key = (SELECT key FROM head ORDER BY seq DESC LIMIT 1)");
	assert_true(wrong(r, r->file, NULL, NULL) > 1);
	assert_non_null(strstr(r->said, "was sealed again, with a key that is newer"));

	/* All of it made anew: only who knows key or head from elsewhere can tell. */
	unlink(r->file);
	fill(r, 5);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	assert_int_equal(wrong(r, r->file, key, NULL), 1);
	assert_non_null(strstr(r->said, "another key than the one given"));
	assert_int_equal(wrong(r, r->file, NULL, &head), 1);
	assert_non_null(strstr(r->said, "the chain was made anew"));
	head.seq = 100;
	assert_int_equal(wrong(r, r->file, NULL, &head), 1);
	assert_non_null(strstr(r->said, "the end was cut off"));
}

/* Everything that the ledger says, as one hash. */
struct sum {
	__u64 h;
};

static void mix(struct sum *s, const void *p, size_t n)
{
	const __u8 *b = p;

	while (n--)
		s->h = (s->h ^ *b++) * 0x100000001b3ULL;
}

static int sum_entry(void *ctx, const struct sgap_entry *e)
{
	mix(ctx, &e->seq, sizeof(e->seq));
	mix(ctx, &e->time, sizeof(e->time));
	mix(ctx, &e->about, sizeof(e->about));
	mix(ctx, e->type, strlen(e->type));
	mix(ctx, e->payload, e->len);
	mix(ctx, e->hash, SGAP_HASH);
	return 0;
}

static int sum_head(void *ctx, const struct sgap_sealed *s)
{
	mix(ctx, &s->head, sizeof(s->head));
	mix(ctx, s->key, sizeof(s->key));
	mix(ctx, s->sig, sizeof(s->sig));
	return 0;
}

static __u64 sum_of(struct rig *r, const char *file)
{
	struct sum s = { 0xcbf29ce484222325ULL };
	struct sgap_ledger *l;

	if (sgap_ledger_read(&l, file, r->err, sizeof(r->err)))
		return 0;
	if (sgap_ledger_each(l, 1, 0, sum_entry, &s) || sgap_ledger_heads(l, sum_head, &s))
		s.h = 0;
	sgap_ledger_close(l, 0);
	return s.h;
}

/*
 * One byte changed anywhere in the file: either verify finds it, or it is one
 * that means nothing (unused space) and every entry and head reads as before.
 */
static void test_flips(void **state)
{
	struct rig *r = *state;
	size_t size, i, found = 0, tried = 0;
	char copy[128];
	__u64 sum;
	__u8 *all;
	FILE *f;

	fill(r, 12);
	close_ledger(r);
	sql(r, "PRAGMA journal_mode = DELETE");
	sum = sum_of(r, r->file);
	assert_true(sum != 0);
	f = fopen(r->file, "re");
	assert_non_null(f);
	all = malloc(1 << 20);
	if (!all)
		abort();
	size = fread(all, 1, 1 << 20, f);
	fclose(f);
	snprintf(copy, sizeof(copy), "%s/copy.db", r->dir);
	for (i = 0; i < size; i++) {
		/* Unused space is zero: a few samples of it are enough. */
		if (!all[i] && i % 61)
			continue;
		all[i] ^= (__u8)(1u << (i % 8));
		f = fopen(copy, "we");
		assert_non_null(f);
		assert_int_equal(fwrite(all, 1, size, f), size);
		fclose(f);
		all[i] ^= (__u8)(1u << (i % 8));
		tried++;
		if (wrong(r, copy, NULL, NULL))
			found++;
		else if (sum_of(r, copy) != sum)
			fail_msg("a change of byte %zu was passed over", i);
	}
	free(all);
	print_message("# %zu of %zu changes were found; the others change nothing\n", found, tried);
	assert_true(found > tried / 4);
}

/* A process that dies at any moment: what it was told is committed, is there. */
static void test_killed(void **state)
{
	struct rig *r = *state;
	__u64 told = 0, n = 0;
	int i, fd[2], status;

	for (i = 0; i < 12; i++) {
		pid_t pid;

		assert_int_equal(pipe(fd), 0);
		pid = fork();
		if (!pid) {
			close(fd[0]);
			if (sgap_ledger_open(&r->l, r->dir, T0, r->err, sizeof(r->err)))
				_exit(2);
			for (;; n++) {
				__u64 seq;

				if (add(r, n, 0) || sgap_ledger_commit(r->l))
					_exit(3);
				if (n % 7 == 3)
					sgap_ledger_seal(r->l, T0);
				seq = sgap_ledger_last(r->l);
				if (write(fd[1], &seq, sizeof(seq)) != sizeof(seq))
					_exit(4);
			}
		}
		close(fd[1]);
		for (n = 0; n < 5 + 9 * (__u64)i; n++)
			assert_int_equal(read(fd[0], &told, sizeof(told)), sizeof(told));
		kill(pid, SIGKILL);
		while (read(fd[0], &n, sizeof(n)) == sizeof(n))
			told = n;
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		close(fd[0]);
		n = 0;
		open_ledger(r);
		assert_true(sgap_ledger_last(r->l) >= told);
		assert_int_equal(sgap_ledger_sealed(r->l), sgap_ledger_last(r->l));
		close_ledger(r);
		assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
	}
}

static void test_refused(void **state)
{
	struct rig *r = *state;
	struct sgap_entry bad = { .type = "test.thing", .payload = "{\n}", .len = 3 };
	char text[512];
	FILE *f;

	assert_int_equal(sgap_ledger_open(&r->l, "/nowhere/at/all", T0, r->err, sizeof(r->err)), -ENOENT);
	open_ledger(r);
	assert_int_equal(sgap_ledger_append(r->l, &bad), -EINVAL);
	assert_int_equal(add(r, 1, 0), 0);
	close_ledger(r);
	sql(r, "PRAGMA user_version = 9");
	assert_int_equal(sgap_ledger_open(&r->l, r->dir, T0, r->err, sizeof(r->err)), -EPROTO);
	assert_string_equal(r->err, "it has version 9, this program knows up to 2");
	sql(r, "PRAGMA application_id = 1");
	assert_int_equal(sgap_ledger_open(&r->l, r->dir, T0, r->err, sizeof(r->err)), -EUCLEAN);
	f = fopen(r->file, "we");
	assert_non_null(f);
	memset(text, 'x', sizeof(text));
	assert_int_equal(fwrite(text, 1, sizeof(text), f), sizeof(text));
	fclose(f);
	assert_int_equal(sgap_ledger_open(&r->l, r->dir, T0, r->err, sizeof(r->err)), -EUCLEAN);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 1);
}

/* A disk that is full: the failed entries can be added again, the chain stays whole. */
static void test_full(void **state)
{
	struct rig *r = *state;
	char big[65536];
	struct sgap_entry e = { .time = T0, .type = "test.big", .payload = big, .len = sizeof(big) };
	int ret = 0, i;

	memset(big, ' ', sizeof(big));
	open_ledger(r);
	for (i = 0; i < 40 && !ret; i++) {
		if (i == 10)
			ret = sgap_ledger_limit(r->l, 100);
		if (!ret)
			ret = sgap_ledger_append(r->l, &e);
		if (!ret)
			ret = sgap_ledger_commit(r->l);
	}
	assert_int_equal(ret, -ENOSPC);
	assert_string_equal(sgap_ledger_error(r->l), "database or disk is full");
	assert_int_equal(sgap_ledger_limit(r->l, 1u << 20), 0);
	assert_int_equal(sgap_ledger_append(r->l, &e), 0);
	assert_int_equal(sgap_ledger_commit(r->l), 0);
	close_ledger(r);
	assert_int_equal(wrong(r, r->file, NULL, NULL), 0);
}

static void test_head_text(void **state)
{
	struct sgap_head head = { .seq = 12, .time = T0 }, back;
	char text[SGAP_CHAIN_HEAD];
	size_t i, len;

	(void)state;
	memset(head.hash, 0xab, sizeof(head.hash));
	len = sgap_chain_head(text, &head);
	assert_int_equal(sgap_head_parse(&back, text), 0);
	assert_memory_equal(&head, &back, sizeof(head));
	for (i = 0; i < len; i++) {	/* its last newline too */
		char was = text[i];

		text[i] = '\t';
		assert_int_equal(sgap_head_parse(&back, text), -EINVAL);
		text[i] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_goes_on, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_no_head_yet, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_sealed_late, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_late_forged, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_one_writer, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_tail, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_append_only, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_forged, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_resealed, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_flips, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_killed, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_refused, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_full, ledger_setup, ledger_teardown),
		cmocka_unit_test(test_head_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
