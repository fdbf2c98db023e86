// SPDX-License-Identifier: GPL-2.0-or-later
/* From an incident's entries in the ledger to what incident.json says of its detour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident/compose.h"
#include "ledger/ledger.h"

#define START 1790000000ULL
#define SECOND 1000000000ULL
#define CASE "\"case\":{\"n\":1,\"id\":\"one\",\"tap\":\"t0\",\"server\":\"192.0.2.1\",\"role\":\"recursive\"," \
	     "\"cause\":\"server-dead\",\"address\":\"192.0.2.1\",\"percent\":90,\"budget_ms\":1860000," \
	     "\"clock\":{\"onset\":1790000005400000000,\"detected\":1790000006000000000}}"
#define GRANT "\"signer\":\"Customer\",\"grant\":{\"server\":\"192.0.2.1\",\"fallback\":\"192.0.2.2\"," \
	      "\"clients\":\"192.0.2.0/24\"}"

static void append(struct sgap_ledger *l, __u64 at, const char *type, const char *payload)
{
	struct sgap_entry e = { .time = (START + at) * SECOND, .about = 1, .type = type,
				.payload = payload, .len = strlen(payload) };

	assert_int_equal(sgap_ledger_append(l, &e), 0);
}

static void lease(struct sgap_ledger *l, __u64 at, const char *state, __u64 started)
{
	char payload[1024];

	snprintf(payload, sizeof(payload), "{\"lease\":{\"serial\":\"00\",\"state\":\"%s\","
		 "\"reason\":\"none\",\"started\":%llu," GRANT "}," CASE "}", state,
		 (unsigned long long)(started ? (START + started) * SECOND : 0));
	append(l, at, "incident.lease", payload);
}

/* Ten queries a second, ok of them with a useful answer. */
static void series(struct sgap_ledger *l, __u64 at, __u64 first, int seconds, int ok)
{
	char payload[1024], *p = payload;
	int i;

	p += sprintf(p, "{\"start\":%llu,\"step\":1,\"clients\":{\"asked\":[10",
		     (unsigned long long)(START + first));
	for (i = 1; i < seconds; i++)
		p += sprintf(p, ",10");
	p += sprintf(p, "],\"ok\":[%d", ok);
	for (i = 1; i < seconds; i++)
		p += sprintf(p, ",%d", ok);
	sprintf(p, "]},\"servers\":{},\"seen\":[],\"hit\":[]}");
	append(l, at, "incident.series", payload);
}

/* Onset in second 5, a detour from 12 to 22, which the daemon saw at 15; closed at 40. */
static void fill(const char *dir, bool detour)
{
	struct sgap_ledger *l;
	char err[256];

	assert_int_equal(sgap_ledger_open(&l, dir, START * SECOND, err, sizeof(err)), 0);
	append(l, 6, "incident.open", "{\"why\":\"a server fails\"," CASE "}");
	lease(l, 7, "armed", 0);
	if (detour)
		lease(l, 15, "active", 12);
	series(l, 17, 0, 6, 10);
	series(l, 18, 6, 6, 0);
	if (detour)
		lease(l, 22, "withdrawn", 12);
	series(l, 30, 12, 10, 10);
	series(l, 39, 22, 10, 0);
	append(l, 40, "incident.close", "{" CASE "}");
	sgap_ledger_close(l, (START + 50) * SECOND);
}

/* The "lease" of incident.json. */
static json_t *compose(bool detour)
{
	static const struct sgap_compose_site site = { .host = "h" };
	char dir[64], file[128], command[128], err[256];
	struct sgap_ledger *l;
	json_t *obj, *part;
	int ret;

	snprintf(dir, sizeof(dir), "%s/compose.XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(dir));
	fill(dir, detour);
	snprintf(file, sizeof(file), "%s/ledger.db", dir);
	assert_int_equal(sgap_ledger_read(&l, file, err, sizeof(err)), 0);
	obj = sgap_compose(l, 1, &site, &ret);
	assert_int_equal(ret, 0);
	assert_non_null(obj);
	part = json_incref(json_object_get(obj, "lease"));
	json_decref(obj);
	sgap_ledger_close(l, 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	return part;
}

static double number(json_t *obj, const char *part, const char *key)
{
	return json_number_value(json_object_get(json_object_get(obj, part), key));
}

static void test_phases(void **state)
{
	json_t *part = compose(true), *phases = json_object_get(part, "phases");

	(void)state;
	assert_int_equal(number(phases, "before", "queries"), 50);	/* 6 to 10 */
	assert_int_equal(number(phases, "before", "failed"), 50);
	assert_int_equal(number(phases, "during", "queries"), 80);	/* 13 to 20 */
	assert_int_equal(number(phases, "during", "failed"), 0);
	assert_int_equal(number(phases, "after", "queries"), 90);	/* 23 to 31 */
	assert_int_equal(number(phases, "after", "failed"), 90);
	assert_true(number(phases, "start", "spared") == 1);
	assert_true(number(phases, "start", "low") > 0.9);
	assert_true(number(phases, "end", "spared") == 1);
	json_decref(part);
}

static void test_without(void **state)
{
	(void)state;
	assert_null(compose(false));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_without),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
