// SPDX-License-Identifier: GPL-2.0-or-later
/* Before, during and after a detour: which seconds, and with what interval. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "incident/phases.h"

static void near(double got, double want)
{
	if (fabs(got - want) > 0.00005)
		fail_msg("%.5f, not %.5f", got, want);
}

static struct sgap_share share_of(const int (*seconds)[2], size_t n)
{
	struct sgap_phase p = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		sgap_phase_add(&p, seconds[i][0], seconds[i][1]);
	return sgap_phase_share(&p);
}

/* Each worked out by hand. */
static void clusters(void **state)
{
	static const int even[][2] = { { 10, 4 }, { 10, 4 }, { 5, 2 }, { 0, 0 } };
	static const int by_chance[][2] = { { 4, 1 }, { 6, 3 }, { 10, 2 } };
	static const int together[][2] = { { 4, 4 }, { 6, 0 }, { 10, 2 } };
	static const int all_or_none[][2] = { { 10, 10 }, { 10, 0 } };
	static const int all[][2] = { { 10, 10 }, { 3, 3 } };
	struct sgap_share s;

	(void)state;
	s = share_of(even, 4);
	near(s.p, 0.4);
	near(s.n, 25);
	s = share_of(by_chance, 3);	/* 1.5 * (0.2^2 + 1.2^2 + 1^2) < 20 * 0.3 * 0.7 */
	near(s.p, 0.3);
	near(s.n, 20);
	s = share_of(together, 3);	/* 20 / (1.5 * (2.8^2 + 1.8^2 + 1^2) / 4.2) */
	near(s.p, 0.3);
	near(s.n, 4.63576);
	s = share_of(all_or_none, 2);	/* two seconds, and no more: 20 / (2 * 50 / 5) */
	near(s.p, 0.5);
	near(s.n, 1);
	s = share_of(all, 2);
	near(s.p, 1);
	near(s.n, 13);
	s = share_of(all, 1);
	near(s.n, 10);
	near(share_of(all, 0).n, 0);
}

struct made {
	json_t *asked, *ok;
};

static void add(struct made *m, int seconds, int asked, int failed)
{
	for (; seconds > 0; seconds--) {
		json_array_append_new(m->asked, json_integer(asked));
		json_array_append_new(m->ok, json_integer(asked - failed));
	}
}

static void add_unknown(struct made *m)
{
	json_array_append_new(m->asked, json_null());
	json_array_append_new(m->ok, json_null());
}

static struct made made_new(void)
{
	return (struct made){ json_array(), json_array() };
}

/* The "phases" of what was made; it is freed. */
static json_t *phases(struct made *m, __u64 start, __u64 onset, const struct sgap_switches *sw)
{
	json_t *obj = sgap_phases_json(m->asked, m->ok, start, onset, sw);

	json_decref(m->asked);
	json_decref(m->ok);
	assert_non_null(obj);
	return obj;
}

static double number(json_t *obj, const char *part, const char *key)
{
	json_t *value = json_object_get(json_object_get(obj, part), key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

/* Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80, second by second alike. */
static void published(void **state)
{
	struct sgap_switches sw = { 0 };
	struct made m = made_new();
	json_t *obj;

	(void)state;
	add(&m, 5, 10, 0);		/* 100: before the onset, which is in 105 */
	add(&m, 1, 10, 1);
	add(&m, 7, 10, 8);		/* 106 to 112 */
	add(&m, 2, 10, 5);		/* 113 and 114: the start */
	add(&m, 8, 10, 6);		/* 115 to 122 */
	add(&m, 2, 10, 3);		/* 123 and 124: the end */
	add(&m, 7, 10, 8);		/* 125 to 131 */
	sgap_switches_add(&sw, 114, true);
	sgap_switches_add(&sw, 124, false);
	obj = phases(&m, 100, 105, &sw);
	assert_int_equal(number(obj, "before", "seconds"), 7);
	assert_int_equal(number(obj, "before", "queries"), 70);
	assert_int_equal(number(obj, "before", "failed"), 56);
	assert_int_equal(number(obj, "during", "seconds"), 8);
	assert_int_equal(number(obj, "during", "queries"), 80);
	assert_int_equal(number(obj, "during", "failed"), 48);
	assert_int_equal(number(obj, "after", "queries"), 70);
	assert_int_equal(number(obj, "after", "failed"), 56);
	near(number(obj, "start", "spared"), 0.2);
	near(number(obj, "start", "low"), 0.0524);
	near(number(obj, "start", "high"), 0.3339);
	near(number(obj, "end", "low"), 0.0524);
	near(number(obj, "end", "high"), 0.3339);
	json_decref(obj);
}

/* A detour that came and went twice, and seconds that nobody looked at. */
static void twice(void **state)
{
	struct sgap_switches sw = { 0 };
	struct made m = made_new();
	json_t *obj;

	(void)state;
	sgap_switches_add(&sw, 90, false);	/* armed, or withdrawn: nothing was on */
	sgap_switches_add(&sw, 110, true);
	sgap_switches_add(&sw, 111, true);	/* extended: it is on still */
	sgap_switches_add(&sw, 120, false);
	sgap_switches_add(&sw, 121, false);
	sgap_switches_add(&sw, 130, true);
	assert_int_equal(sw.n, 3);
	add(&m, 9, 20, 20);		/* 100 to 108, of which 100 has the onset */
	add(&m, 2, 20, 7);
	add(&m, 7, 20, 0);		/* 111 to 118, */
	add_unknown(&m);		/* one of them not known */
	add(&m, 2, 20, 7);
	add(&m, 8, 20, 20);		/* 121 to 128 */
	add(&m, 2, 20, 7);
	add(&m, 5, 20, 0);		/* 131 to 135 */
	obj = phases(&m, 100, 100, &sw);
	assert_int_equal(number(obj, "before", "queries"), 160);
	assert_int_equal(number(obj, "before", "failed"), 160);
	assert_int_equal(number(obj, "during", "seconds"), 12);
	assert_int_equal(number(obj, "during", "queries"), 240);
	assert_int_equal(number(obj, "during", "failed"), 0);
	assert_int_equal(number(obj, "after", "queries"), 160);
	near(number(obj, "start", "spared"), 1);
	near(number(obj, "end", "spared"), 1);
	assert_true(number(obj, "end", "low") > 0.9);
	json_decref(obj);
}

static void too_little(void **state)
{
	struct sgap_switches sw = { 0 };
	struct made m = made_new();
	json_t *obj;

	(void)state;
	add(&m, 20, 10, 5);
	obj = phases(&m, 100, 100, &sw);
	assert_true(json_is_null(obj));		/* it was never on */
	json_decref(obj);
	m = made_new();
	add(&m, 13, 10, 5);
	sgap_switches_add(&sw, 101, true);	/* no second of before is left */
	sgap_switches_add(&sw, 99, false);	/* a clock that was put back */
	assert_int_equal(sw.at[1], 101);
	sw.at[1] = 112;
	obj = phases(&m, 100, 100, &sw);
	assert_int_equal(number(obj, "before", "queries"), 0);
	assert_int_equal(number(obj, "during", "queries"), 90);
	assert_int_equal(number(obj, "after", "queries"), 0);
	assert_true(json_is_null(json_object_get(obj, "start")));
	assert_true(json_is_null(json_object_get(obj, "end")));
	json_decref(obj);
}

static void many(void **state)
{
	struct sgap_switches sw = { 0 };
	__u32 i;

	(void)state;
	for (i = 0; i < 3 * SGAP_PHASES_SWITCHES; i++)
		sgap_switches_add(&sw, 100 + i, !(i & 1));
	assert_int_equal(sw.n, SGAP_PHASES_SWITCHES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(clusters),
		cmocka_unit_test(published),
		cmocka_unit_test(twice),
		cmocka_unit_test(too_little),
		cmocka_unit_test(many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
