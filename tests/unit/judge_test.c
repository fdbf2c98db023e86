// SPDX-License-Identifier: GPL-2.0-or-later
/* When a lease is rolled back or handed back, by what it has counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "judge.h"

/* A second: so many queries to A and B, of which so many fail. */
struct second {
	unsigned int a, a_bad, a_lost, b, b_bad, b_lost;
};

static struct sgap_tally tally;

static void count(struct sgap_detour_counts *c, unsigned int n, unsigned int bad,
		  unsigned int lost)
{
	c->queries += n;
	c->answers += n - lost;
	c->bad += bad;
}

static enum sgap_lease_reason pass(struct sgap_judge *j, const struct second *s,
				   unsigned int rollback, unsigned int recover)
{
	count(&tally.side[SGAP_SIDE_SERVER], s->a, s->a_bad, s->a_lost);
	count(&tally.side[SGAP_SIDE_FALLBACK], s->b, s->b_bad, s->b_lost);
	return sgap_judge_tick(j, &tally, rollback, recover);
}

/* The second in which the judgement falls; 0 = not within 60. */
static int falls(const struct second *s, unsigned int rollback, unsigned int recover,
		 enum sgap_lease_reason want)
{
	enum sgap_lease_reason why;
	struct sgap_judge j;
	int t;

	sgap_judge_begin(&j, &tally);
	for (t = 1; t <= 60; t++) {
		why = pass(&j, s, rollback, recover);
		if (why == SGAP_REASON_NONE)
			continue;
		assert_int_equal(why, want);
		return t;
	}
	return 0;
}

static void rollback(void **state)
{
	(void)state;
	/* the first second has no queries that had their time */
	assert_int_equal(falls(&(struct second) { .b = 100, .b_lost = 100 }, 500, 0,
			       SGAP_REASON_ROLLBACK), 3);
	assert_int_equal(falls(&(struct second) { .b = 100, .b_bad = 60 }, 500, 0,
			       SGAP_REASON_ROLLBACK) > 0, 1);
	assert_int_equal(falls(&(struct second) { .b = 100, .b_bad = 40 }, 500, 0, 0), 0);
	assert_int_equal(falls(&(struct second) { .b = 100, .b_lost = 100 }, 0, 0, 0), 0);
}

static void few_queries_say_nothing(void **state)
{
	(void)state;
	/* fewer than 10 in 10 s */
	assert_int_equal(falls(&(struct second) { .b = 0, .b_lost = 0 }, 1, 1, 0), 0);
	assert_int_equal(falls(&(struct second) { .b = 1, .b_lost = 1 }, 500, 0,
			       SGAP_REASON_ROLLBACK), 12);
}

static void not_when_a_is_as_bad(void **state)
{
	(void)state;
	assert_int_equal(falls(&(struct second) { .a = 10, .a_lost = 10, .b = 100, .b_lost = 100 },
			       500, 0, 0), 0);
	assert_int_equal(falls(&(struct second) { .a = 10, .a_lost = 5, .b = 100, .b_lost = 100 },
			       500, 0, SGAP_REASON_ROLLBACK) > 0, 1);
}

static void recovery(void **state)
{
	(void)state;
	assert_int_equal(falls(&(struct second) { .a = 10, .b = 100 }, 0, 5,
			       SGAP_REASON_RECOVERED), 6);
	assert_int_equal(falls(&(struct second) { .a = 10, .a_bad = 10, .b = 100 }, 0, 5, 0), 0);
	assert_int_equal(falls(&(struct second) { .a = 10, .a_lost = 1, .b = 100 }, 0, 5, 0), 0);
	assert_int_equal(falls(&(struct second) { .b = 100 }, 0, 5, 0), 0);
	assert_int_equal(falls(&(struct second) { .a = 10, .b = 100 }, 0, 0, 0), 0);
}

/* A fails for a minute and is well then: the window forgets, in its time. */
static void window_forgets(void **state)
{
	const struct second bad = { .a = 10, .a_lost = 10, .b = 10 }, good = { .a = 10, .b = 10 };
	struct sgap_judge j;
	int t;

	(void)state;
	sgap_judge_begin(&j, &tally);
	for (t = 0; t < 60; t++)
		assert_int_equal(pass(&j, &bad, 500, 3), SGAP_REASON_NONE);
	assert_int_equal(sgap_judge_failures(&j, SGAP_SIDE_SERVER), 1000);
	assert_int_equal(sgap_judge_failures(&j, SGAP_SIDE_FALLBACK), 0);
	for (t = 1; pass(&j, &good, 500, 3) == SGAP_REASON_NONE; t++)
		assert_true(t < 20);
	assert_in_range(t, SGAP_JUDGE_WINDOW + 2, SGAP_JUDGE_WINDOW + 4);
}

/* One streak is not put together from two. */
static void a_break_begins_anew(void **state)
{
	const struct second bad = { .b = 10, .b_lost = 10 }, none = { .b = 0 };
	struct sgap_judge j;
	int t;

	(void)state;
	sgap_judge_begin(&j, &tally);
	pass(&j, &bad, 500, 0);
	assert_int_equal(pass(&j, &none, 500, 0), SGAP_REASON_NONE);
	for (t = 0; t < 12; t++)
		pass(&j, &none, 2000, 0);
	assert_int_equal(j.worse, 0);
	assert_int_equal(sgap_judge_failures(&j, SGAP_SIDE_FALLBACK), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rollback),
		cmocka_unit_test(few_queries_say_nothing),
		cmocka_unit_test(not_when_a_is_as_bad),
		cmocka_unit_test(recovery),
		cmocka_unit_test(window_forgets),
		cmocka_unit_test(a_break_begins_anew),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
