// SPDX-License-Identifier: GPL-2.0-or-later
/* Retention: what goes, what the chain says of it, and that no clock makes anything old. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "ledger/age.h"
#include "ledger/cut.h"
#include "ledger_rig.h"

/* Retention: whole incidents go, up to a head; the chain stays whole and says so. */
static void test_cut(void **state)
{
	struct sgap_cut_cfg cfg = { .age = 150 * SECOND };
	struct rig *r = *state;
	struct sgap_head head = { .seq = 50 };
	__u64 i, removed = 0;
	struct sgap_cut cut;

	open_ledger(r);
	for (i = 0; i < 300; i++) {
		/* Incident 1 is over early, 2 goes across the age. */
		assert_int_equal(add(r, i, i < 40 ? 1 : i > 120 && i < 170 ? 2 : 0), 0);
		if (i % 20 == 19)
			assert_int_equal(sgap_ledger_seal(r->l, T0 + i * SECOND), 0);
	}
	assert_int_equal(sgap_ledger_seal(r->l, T0 + i * SECOND), 0);
	cfg.keep = 30;
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, T0 + i * SECOND, &removed), 0);
	assert_int_equal(removed, 0);		/* too few are left of it */
	cfg.keep = 0;
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, T0 + i * SECOND, &removed), 0);
	assert_int_equal(removed, 120);		/* 2 to 121: the head before incident 2 */
	assert_int_equal(sgap_ledger_last_cut(r->l, &cut), 0);
	assert_int_equal(cut.through, 121);
	assert_int_equal(cut.incident, 1);
	assert_int_equal(add(r, i, 3), 0);
	close_ledger(r);
	if (wrong(r, r->file, NULL, NULL))
		fail_msg("%s", r->said);
	assert_int_equal(r->v.cut, 121);
	assert_int_equal(wrong(r, r->file, NULL, &head), 1);
	assert_non_null(strstr(r->said, "which retention removed"));

	/* It goes on, is cut again, and says what else is missing. */
	open_ledger(r);
	cfg.age = 0;
	cfg.bytes = 1;
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, T0 + 400 * SECOND, &removed), 0);
	assert_true(removed > 100);
	close_ledger(r);
	if (wrong(r, r->file, NULL, NULL))
		fail_msg("%s", r->said);
	sql(r, DROP "DELETE FROM entry WHERE seq = (SELECT min(seq) FROM entry WHERE seq > 1)");
	assert_true(wrong(r, r->file, NULL, NULL) > 0);
	assert_non_null(strstr(r->said, "are missing"));
}

static __u64 older(struct rig *r, __u64 age, __u64 now)
{
	__u64 through = 99;

	assert_int_equal(sgap_ledger_commit(r->l), 0);
	assert_int_equal(sgap_ledger_older(r->l, age, now, &through), 0);
	return through;
}

#define YEAR (365 * 86400 * SECOND)
#define YEAR_TEXT "31536000000000000"

/* Entries 2 to 11, a second apart; 12 says that the clock was put; 13 to 22 */
static __u64 stepped(struct rig *r, __s64 step, const char *text)
{
	__u64 now = T0, i;

	open_ledger(r);
	for (i = 0; i < 10; i++)
		put(r, "test.thing", now += SECOND, "{}");
	now += (__u64)step;
	if (step)
		put(r, "clock.step", now, text);
	else
		put(r, "test.thing", now, "{}");
	for (i = 0; i < 10; i++)
		put(r, "test.thing", now += SECOND, "{}");
	return now;
}

static void test_age_forward(void **state)
{
	struct rig *r = *state;
	__u64 now = stepped(r, (__s64)YEAR, "{\"ns\":" YEAR_TEXT "}");

	assert_int_equal(older(r, 19 * SECOND, now), 0);
	assert_int_equal(older(r, 18 * SECOND, now), 2);	/* 2 is 19 s old, 3 is 18 */
	assert_int_equal(older(r, 10 * SECOND, now), 10);	/* 11 and the step are 10 */
	assert_int_equal(older(r, 9 * SECOND, now), 12);
	assert_int_equal(older(r, 3 * SECOND, now), 18);
	assert_int_equal(older(r, 19 * SECOND, now + 100 * SECOND), 22);
	assert_int_equal(older(r, YEAR, now), 0);
}

static void test_age_back(void **state)
{
	struct rig *r = *state;
	__u64 now = stepped(r, -(__s64)YEAR, "{\"ns\":-" YEAR_TEXT "}");

	assert_int_equal(older(r, 19 * SECOND, now), 0);
	assert_int_equal(older(r, 18 * SECOND, now), 2);
	assert_int_equal(older(r, 10 * SECOND, now), 10);
	assert_int_equal(older(r, 3 * SECOND, now), 18);
	/* And forward again: what is in between is not younger or older for it. */
	now += YEAR;
	put(r, "clock.step", now, "{\"ns\":" YEAR_TEXT "}");
	assert_int_equal(older(r, 18 * SECOND, now), 2);
	assert_int_equal(older(r, 3 * SECOND, now), 18);
	assert_int_equal(older(r, YEAR - 30 * SECOND, now), 0);
}

/* A step that does not say by how much counts nothing; no step, and the times count. */
static void test_age_unsaid(void **state)
{
	struct rig *r = *state;
	__u64 now = stepped(r, (__s64)YEAR, "{\"ns\":");

	assert_int_equal(older(r, 19 * SECOND, now), 0);
	assert_int_equal(older(r, 18 * SECOND, now), 2);
	close_ledger(r);
	unlink(r->file);
	now = stepped(r, 0, NULL);
	assert_int_equal(older(r, 18 * SECOND, now), 2);
	assert_int_equal(older(r, YEAR, now + YEAR), 21);	/* the last one is a year old */
	assert_int_equal(older(r, YEAR, now + YEAR - 10 * SECOND), 10);
}

/* Started, after any time, with a clock that is a year ahead, and then with one that is right. */
static void test_age_started(void **state)
{
	static const char *const begins[] = { "daemon.start", "ledger.unsealed", "ledger.key" };
	struct rig *r = *state;
	__u64 now, i;
	size_t k;

	for (k = 0; k < sizeof(begins) / sizeof(begins[0]); k++) {
		now = stepped(r, 0, NULL) + YEAR;
		put(r, begins[k], now, "{}");
		assert_int_equal(older(r, 19 * SECOND, now), 0);
		for (i = 0; i < 10; i++)
			put(r, "test.thing", now += SECOND, "{}");
		assert_int_equal(older(r, 29 * SECOND, now), 0);
		assert_int_equal(older(r, 28 * SECOND, now), 2);
		now -= 2 * YEAR;
		put(r, begins[k], now, "{}");
		for (i = 0; i < 10; i++)
			put(r, "test.thing", now += SECOND, "{}");
		assert_int_equal(older(r, 39 * SECOND, now), 0);
		assert_int_equal(older(r, 38 * SECOND, now), 2);
		assert_int_equal(older(r, 12 * SECOND, now), 30);
		assert_int_equal(older(r, 0, now + SECOND), sgap_ledger_last(r->l));
		close_ledger(r);
		unlink(r->file);
	}
}

/* The whole of it: a year forward and back, and started so; nothing is removed. */
static void test_cut_stepped(void **state)
{
	struct sgap_cut_cfg cfg = { .age = 86400 * SECOND };
	struct rig *r = *state;
	__u64 now = T0, removed, i;

	open_ledger(r);
	for (i = 0; i < 100; i++)
		put(r, "test.thing", now += SECOND, "{}");
	assert_int_equal(sgap_ledger_seal(r->l, now), 0);
	put(r, "clock.step", now += YEAR, "{\"ns\":" YEAR_TEXT "}");
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, now, &removed), 0);
	assert_int_equal(removed, 0);
	put(r, "clock.step", now -= YEAR, "{\"ns\":-" YEAR_TEXT "}");
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, now, &removed), 0);
	assert_int_equal(removed, 0);
	close_ledger(r);
	open_ledger(r);
	put(r, "daemon.start", now += YEAR, "{}");
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, now, &removed), 0);
	assert_int_equal(removed, 0);
	/* A day that it runs makes them old. */
	assert_int_equal(sgap_ledger_cut(r->l, &cfg, now + 86401 * SECOND, &removed), 0);
	assert_int_equal(removed, 102);		/* 2 to the last head: 103, the second step */
	close_ledger(r);
	if (wrong(r, r->file, NULL, NULL))
		fail_msg("%s", r->said);
	assert_int_equal(r->v.cut, 103);
	/* And it goes on where that is the oldest one. */
	open_ledger(r);
	assert_int_equal(older(r, SECOND, now + 2 * 86400 * SECOND), 105);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cut, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_age_forward, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_age_back, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_age_unsaid, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_age_started, ledger_setup, ledger_teardown),
		cmocka_unit_test_setup_teardown(test_cut_stepped, ledger_setup, ledger_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
