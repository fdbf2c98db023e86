// SPDX-License-Identifier: GPL-2.0-or-later
/* The metrics as text: families whole and once, escapes, buckets, the busiest servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/exposition.h"
#include "daemon/metrics.h"
#include "hist.h"
#include "report/text.h"

static void test_labels(void **state)
{
	char buf[SGAP_EXPO_LABELS], wide[2 * SGAP_EXPO_LABELS];

	(void)state;
	assert_string_equal(sgap_expo_labels(buf, NULL), "");
	assert_string_equal(sgap_expo_labels(buf, "a", "b", "c", "", NULL), "a=\"b\",c=\"\"");
	assert_string_equal(sgap_expo_labels(buf, "a", "x\"y\\z\nw\t\xc3\xa4", NULL),
			    "a=\"x\\\"y\\\\z\\nw???\"");
	memset(wide, '"', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	sgap_expo_labels(buf, "a", wide, "b", "c", NULL);
	assert_true(strlen(buf) < SGAP_EXPO_LABELS);
	assert_int_equal(buf[strlen(buf) - 1], '"');
	assert_null(strstr(buf, "b="));
}

static void test_samples(void **state)
{
	struct sgap_text t = { 0 };

	(void)state;
	sgap_expo_family(&t, "x_total", SGAP_EXPO_COUNTER, "What it is.");
	sgap_expo_u64(&t, "x_total", "", UINT64_MAX);
	sgap_expo_seconds(&t, "y_seconds", "a=\"b\"", 1500000001);
	assert_string_equal(t.s, "# HELP x_total What it is.\n# TYPE x_total counter\n"
			    "x_total 18446744073709551615\ny_seconds{a=\"b\"} 1.500000001\n");
	sgap_text_free(&t);
}

/* The value of the sample that begins with name. */
static unsigned long long value_of(const char *text, const char *name)
{
	const char *at = text, *blank;

	while (at && strncmp(at, name, strlen(name)) != 0) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		fail_msg("there is no sample '%s'", name);
	blank = strchr(at + strlen(name), ' ');
	return strtoull(blank + 1, NULL, 10);
}

static void test_histogram(void **state)
{
	__u32 bins[SGAP_HIST_BINS] = { 0 };
	struct sgap_text t = { 0 };

	(void)state;
	bins[sgap_hist_bin(127)] += 3;		/* the last below 128 us */
	bins[sgap_hist_bin(128)] += 5;
	bins[sgap_hist_bin(8388608)] += 7;	/* past the last bucket */
	sgap_expo_histogram(&t, "h", "a=\"b\"", bins, 2000003);
	assert_int_equal(value_of(t.s, "h_bucket{a=\"b\",le=\"0.000128\"}"), 3);
	assert_int_equal(value_of(t.s, "h_bucket{a=\"b\",le=\"0.000256\"}"), 8);
	assert_int_equal(value_of(t.s, "h_bucket{a=\"b\",le=\"8.388608\"}"), 8);
	assert_int_equal(value_of(t.s, "h_bucket{a=\"b\",le=\"+Inf\"}"), 15);
	assert_int_equal(value_of(t.s, "h_count{a=\"b\"}"), 15);
	assert_non_null(strstr(t.s, "h_sum{a=\"b\"} 2.000003000\n"));
	sgap_text_free(&t);
}

static struct sgap_metrics_server *add_server(struct sgap_metrics *m, __u8 last, __u64 asked)
{
	struct sgap_metrics_server *s = sgap_metrics_server(m, asked);

	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	strcpy(s->tap, "lan0");
	sgap_addr_set_v4(&s->addr, (const __u8[]){ 192, 0, 2, last });
	s->udp.transactions = asked;
	return s;
}

static bool has(const struct sgap_text *t, const char *what)
{
	return strstr(t->s, what) != NULL;
}

static void test_busiest(void **state)
{
	struct sgap_metrics *m = sgap_metrics_new(2);
	struct sgap_text t = { 0 };

	(void)state;
	assert_non_null(add_server(m, 1, 10));
	assert_non_null(add_server(m, 2, 30));
	assert_null(add_server(m, 3, 10));
	assert_non_null(add_server(m, 4, 11));
	sgap_metrics_write(m, &t);
	assert_false(has(&t, "192.0.2.1\""));
	assert_true(has(&t, "192.0.2.2\""));
	assert_false(has(&t, "192.0.2.3\""));
	assert_int_equal(value_of(t.s, "stopgap_server_transactions_total{tap=\"lan0\","
				       "server=\"192.0.2.4\",transport=\"udp\"}"), 11);
	assert_int_equal(value_of(t.s, "stopgap_servers_omitted"), 2);
	assert_false(has(&t, "stopgap_server_state{"));	/* nobody said one */
	sgap_text_free(&t);
	sgap_metrics_free(m);

	m = sgap_metrics_new(0);
	assert_null(add_server(m, 1, 10));
	sgap_metrics_write(m, &t);
	assert_int_equal(value_of(t.s, "stopgap_servers_omitted"), 1);
	sgap_text_free(&t);
	sgap_metrics_free(m);
}

static void fill(struct sgap_metrics *m, struct sgap_case *c)
{
	struct sgap_metrics_tap *tap = sgap_metrics_tap(m, "lan0");
	struct sgap_metrics_server *s = add_server(m, 53, 9);

	if (!tap || !s || !c)
		abort();
	tap->has_reader = true;
	tap->missed = 4;
	tap->counters.seen = 100;
	tap->counters.unparsed[SGAP_UNPARSED_CUT] = 6;
	s->has_state = true;
	s->state = SGAP_STATE_DEAD;
	s->udp.rcode[5] = 8;
	s->udp.rcode[SGAP_RCODES - 1] = 1;
	s->udp.ede[18] = 2;
	m->lease[0].state = SGAP_LEASE_ACTIVE;
	m->lease[0].ends = 5 * SGAP_NS_PER_S;
	m->lease[0].at_fallback.answers = 3;
	m->lease[1].state = SGAP_LEASE_ENDED;
	m->nleases = 2;
	c->n = 7;
	strcpy(c->cause, "server-dead");
	c->budget_ms = 1860000;
	c->stage[SGAP_CASE_ONSET] = 2 * SGAP_NS_PER_S;
	m->incident[m->nincidents++] = c;
	m->engine.open = 1;
	m->store.lost = 12;
}

static void test_whole(void **state)
{
	struct sgap_case *c = calloc(1, sizeof(*c));
	struct sgap_metrics *m = sgap_metrics_new(4);
	struct sgap_text t = { 0 };

	(void)state;
	fill(m, c);
	sgap_metrics_write(m, &t);
	assert_int_equal(value_of(t.s, "stopgap_tap_seen_total{tap=\"lan0\"}"), 100);
	assert_int_equal(value_of(t.s, "stopgap_tap_unparsed_total{tap=\"lan0\",reason=\"cut\"}"), 6);
	assert_int_equal(value_of(t.s, "stopgap_reader_records_lost_total{tap=\"lan0\"}"), 4);
	assert_true(has(&t, "server=\"192.0.2.53\",state=\"dead\"} 1\n"));
	assert_true(has(&t, "server=\"192.0.2.53\",state=\"ok\"} 0\n"));
	assert_true(has(&t, "transport=\"udp\",rcode=\"REFUSED\"} 8\n"));
	assert_true(has(&t, "transport=\"udp\",rcode=\"other\"} 1\n"));
	assert_true(has(&t, "transport=\"udp\",code=\"18\"} 2\n"));
	assert_int_equal(value_of(t.s, "stopgap_leases{state=\"active\"}"), 1);
	assert_int_equal(value_of(t.s, "stopgap_leases{state=\"ended\"}"), 1);
	assert_int_equal(value_of(t.s, "stopgap_lease_end_timestamp_seconds{"), 5);
	assert_true(has(&t, "asked=\"fallback\"} 3\n"));
	assert_true(has(&t, "stopgap_incident_info{incident=\"7\",role=\"\",address=\"\",cause=\"server-dead\"} 1\n"));
	assert_int_equal(value_of(t.s, "stopgap_incident_budget_seconds{incident=\"7\"}"), 1860);
	assert_true(has(&t, "{incident=\"7\",stage=\"onset\"} 2.000000000\n"));
	assert_false(has(&t, "stage=\"restored\""));
	assert_int_equal(value_of(t.s, "stopgap_ledger_entries_lost_total"), 12);
	sgap_text_free(&t);

	sgap_metrics_clear(m);
	sgap_metrics_write(m, &t);
	assert_false(has(&t, "lan0"));
	assert_false(has(&t, "incident=\"7\""));
	sgap_text_free(&t);
	sgap_metrics_free(m);
	free(c);
}

/* Every sample follows its own TYPE, and no family comes twice. */
static void test_families(void **state)
{
	struct sgap_case *c = calloc(1, sizeof(*c));
	struct sgap_metrics *m = sgap_metrics_new(4);
	char family[128] = "", seen[64][128], *line, *rest;
	struct sgap_text t = { 0 };
	unsigned int n = 0, i;

	(void)state;
	fill(m, c);
	add_server(m, 54, 3);
	sgap_metrics_write(m, &t);
	for (line = strtok_r(t.s, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "# TYPE %127s", family) == 1) {
			for (i = 0; i < n; i++)
				assert_string_not_equal(seen[i], family);
			assert_true(n < 64);
			strcpy(seen[n++], family);
		} else if (*line != '#') {
			assert_memory_equal(line, family, strlen(family));
		}
	}
	assert_true(n > 40);
	sgap_text_free(&t);
	sgap_metrics_free(m);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_busiest),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
