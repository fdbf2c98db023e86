// SPDX-License-Identifier: GPL-2.0-or-later
/* The effect of a detour and its interval, against published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "lib/effect.h"

static struct sgap_detour_counts counts(__u64 queries, __u64 failed)
{
	return (struct sgap_detour_counts){ .queries = queries, .answers = queries - failed };
}

static void near(double got, double want)
{
	if (fabs(got - want) > 0.00005)
		fail_msg("%.5f, not %.5f", got, want);
}

/* Newcombe 1998, table II, method 10. */
static void published(void **state)
{
	static const struct {
		int a, n, b, m;
		double low, high;
	} t[] = {
		{ 56, 70, 48, 80, 0.0524, 0.3339 },
		{ 9, 10, 3, 10, 0.1705, 0.8090 },
		{ 5, 56, 0, 29, -0.0381, 0.1926 },
		{ 0, 10, 0, 20, -0.1611, 0.2775 },
		{ 10, 10, 0, 20, 0.6791, 1.0000 },
	};
	struct sgap_detour_counts a, b;
	struct sgap_effect e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		a = counts((__u64)t[i].n, (__u64)t[i].a);
		b = counts((__u64)t[i].m, (__u64)t[i].b);
		assert_true(sgap_effect_of(&e, &a, &b));
		near(e.spared, (double)t[i].a / t[i].n - (double)t[i].b / t[i].m);
		near(e.low, t[i].low);
		near(e.high, t[i].high);
		/* the other way round, it is the same with the other sign */
		assert_true(sgap_effect_of(&e, &b, &a));
		near(e.low, -t[i].high);
		near(e.high, -t[i].low);
	}
}

static void what_fails(void **state)
{
	struct sgap_detour_counts a = { .queries = 100, .answers = 90, .bad = 40 };
	struct sgap_detour_counts b = { .queries = 100, .answers = 103, .bad = 0 };
	struct sgap_effect e;

	(void)state;
	assert_true(sgap_effect_of(&e, &a, &b));
	near(e.server, 0.5);
	near(e.fallback, 0);		/* answers that came twice are no failures */
	b.bad = 200;			/* read while it is counted */
	assert_true(sgap_effect_of(&e, &a, &b));
	near(e.fallback, 1);
}

static void too_few(void **state)
{
	struct sgap_detour_counts a = counts(SGAP_EFFECT_MIN, 0);
	struct sgap_detour_counts b = counts(SGAP_EFFECT_MIN - 1, 0);
	struct sgap_effect e;

	(void)state;
	assert_false(sgap_effect_of(&e, &a, &b));
	assert_false(sgap_effect_of(&e, &b, &a));
	near(e.high, 0);
	assert_true(sgap_effect_of(&e, &a, &a));
	near(e.spared, 0);
	assert_true(e.low < 0 && e.high > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(what_fails),
		cmocka_unit_test(too_few),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
