// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/fit.h"
#include "report/incident.h"
#include "report/report.h"
#include "report/text.h"
#include "report/words.h"

typedef void (*report_fn)(struct sgap_text *t, const struct sgap_incident *inc);

/* An incident with what a hostile name could hold in every string. */
#define EVIL "</style><script>alert(1)</script>\\\" onload='x' & | `\\n\\u001b[2J"
#define HEAD "{\"version\": 1,\n \"id\": \"one\",\n \"clock\": {\"onset\": 1000},\n"
#define LOCATE "\"locate\": {\"verdict\": {\"blame\": {\"role\": \"recursive\", " \
	       "\"address\": \"10.0.0.1\"}, \"cause\": \"server-dead\"}}"
#define SERVER "{\"queries\": [1, 2], \"failed\": [0, null], \"rtt_p50_ms\": [1, 0.5], " \
	       "\"rtt_p90_ms\": [2, 3], \"rtt_p99_ms\": [4, 1000]}"

static const char evil[] =
	"{\"version\": 1, \"id\": \"" EVIL "\", \"made_by\": \"" EVIL "\",\n"
	"\"tap\": {\"site\": \"" EVIL "\", \"host\": \"" EVIL "\", \"interface\": \"" EVIL "\", "
	"\"kernel\": \"" EVIL "\"},\n"
	"\"clock\": {\"onset\": 1000.5, \"detected\": 1002, \"restored\": 1009.75},\n"
	"\"authorised_by\": {\"name\": \"" EVIL "\", \"role\": \"" EVIL "\", \"means\": \"" EVIL "\"},\n"
	"\"locate\": {\"verdict\": {\"blame\": {\"role\": \"" EVIL "\", \"address\": \"" EVIL "\"}, "
	"\"cause\": \"" EVIL "\", \"vendor_sentence\": \"" EVIL "\", \"next_step\": \"" EVIL "\", "
	"\"reference\": [\"" EVIL "\"], \"evidence\": [{\"what\": \"" EVIL "\", "
	"\"after\": {\"n\": 1, \"of\": 2}}]}},\n"
	"\"grant\": {\"serial\": \"" EVIL "\", \"server\": \"" EVIL "\", \"fallback\": \"" EVIL "\", "
	"\"clients\": \"" EVIL "\", \"signer\": \"" EVIL "\", \"sha256\": \"" EVIL "\"},\n"
	"\"lease\": {\"started\": 1009, \"ended\": 1039, \"reason\": \"" EVIL "\"},\n"
	"\"series\": {\"start\": 999, \"step_s\": 1, \"clients\": {\"asked\": [5, 5], \"ok\": [5, 0]}, "
	"\"servers\": {\"" EVIL "\": " SERVER "}},\n"
	"\"evidence\": [{\"t\": 1001, \"client\": \"" EVIL "\", \"server\": \"" EVIL "\", "
	"\"name\": \"" EVIL "\", \"outcome\": \"" EVIL "\", \"note\": \"" EVIL "\"}],\n"
	"\"events\": [{\"t\": 1001, \"who\": \"" EVIL "\", \"what\": \"" EVIL "\"}]}\n";

static struct sgap_incident *parse(const char *json)
{
	char err[512];
	struct sgap_incident *inc = sgap_incident_parse(json, strlen(json), "in", err, sizeof(err));

	if (!inc)
		fail_msg("%s", err);
	return inc;
}

static char *make(const char *json, report_fn fn)
{
	struct sgap_incident *inc = parse(json);
	struct sgap_text t = { 0 };

	fn(&t, inc);
	assert_int_equal(t.err, 0);
	sgap_incident_free(inc);
	return t.s;
}

static void test_effect(void **state)
{
	char *text = make(HEAD LOCATE ",\n"
		"\"grant\": {\"serial\": \"1\", \"server\": \"10.0.0.1\", \"fallback\": \"10.0.0.2\", "
		"\"clients\": \"10.1.0.0/16\"},\n"
		"\"lease\": {\"started\": 1009, \"ends\": 1039, \"effect\": {\"failed_server\": 0.8, "
		"\"failed_fallback\": 0.004, \"spared\": 0.796, \"low\": 0.77, \"high\": 0.82}}}\n",
		sgap_words_remedy);

	(void)state;
	assert_non_null(strstr(text, "80.0 % of the queries of clients left with the server failed, "
			       "and 0.4 % of those led around it: it spared them 79.6 points "
			       "(95 % interval 77.0 to 82.0)."));
	free(text);
	text = make(HEAD LOCATE ",\n"
		"\"grant\": {\"serial\": \"1\", \"server\": \"10.0.0.1\", \"fallback\": \"10.0.0.2\", "
		"\"clients\": \"10.1.0.0/16\"},\n"
		"\"lease\": {\"started\": 1009, \"ends\": 1039, \"effect\": null}}\n",
		sgap_words_remedy);
	assert_non_null(strstr(text, "was sent to 10.0.0.2"));
	assert_null(strstr(text, "spared"));
	free(text);
}

#define PHASES "\"phases\": {\"before\": {\"queries\": 400, \"failed\": 392}, " \
	       "\"during\": {\"queries\": 2000, \"failed\": 2}, " \
	       "\"after\": {\"queries\": 300, \"failed\": 0}, " \
	       "\"start\": {\"spared\": 0.979, \"low\": 0.961, \"high\": 0.989}, " \
	       "\"end\": {\"spared\": -0.001, \"low\": -0.0004, \"high\": 0.0116}}"

static void test_phases(void **state)
{
	static const char said[] = "Of all queries, 0.1 % failed while the detour was on; before it "
				   "98.0 %, 97.9 points more than during it (95 % interval 96.1 to "
				   "98.9); after it 0.0 %, 0.1 points fewer than during it (95 % "
				   "interval 0.0 to 1.2).";
	static const struct {
		const char *phases, *says;
	} t[] = {
		{ PHASES, said },
		{ "\"phases\": null", NULL },
		{ "\"phases\": {\"during\": {\"queries\": 2000, \"failed\": 2}}", NULL },
		{ "\"phases\": {\"before\": {\"queries\": 0, \"failed\": 0}, \"during\": {\"queries\": 20, "
		  "\"failed\": 2}, \"after\": {\"queries\": 20, \"failed\": 20}, \"start\": null, "
		  "\"end\": {\"spared\": 0.9, \"low\": 0.6, \"high\": 0.97}}",
		  "Of all queries, 10.0 % failed while the detour was on; after it 100.0 %, 90.0 points "
		  "more than during it (95 % interval 60.0 to 97.0)." },
	};
	static const report_fn reports[] = { sgap_report_html, sgap_report_markdown };
	char json[2048], *text;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		snprintf(json, sizeof(json), HEAD LOCATE ",\n\"lease\": {\"started\": 1009, %s}}\n",
			 t[i].phases);
		for (k = 0; k < sizeof(reports) / sizeof(*reports); k++) {
			text = make(json, reports[k]);
			if (t[i].says)
				assert_non_null(strstr(text, t[i].says));
			else
				assert_null(strstr(text, "Of all queries"));
			free(text);
		}
		text = make(json, sgap_report_json);
		assert_int_equal(!strstr(text, "\"phases\":null"), i != 1);
		free(text);
	}
}

/* The bytes that only markup of our own may hold: every < begins a tag of ours. */
static void test_html_escapes(void **state)
{
	char *html = make(evil, sgap_report_html), *p;

	(void)state;
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "' onload"));
	assert_null(strchr(html, '\x1b'));
	assert_non_null(strstr(html, "&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; "
				     "onload=&#39;x&#39; &amp; |"));
	for (p = html; (p = strstr(p, "alert(1)")); p++)
		assert_memory_equal(p - strlen("script&gt;"), "script&gt;", strlen("script&gt;"));
	free(html);
}

static void test_html_is_closed(void **state)
{
	char *html = make(evil, sgap_report_html);
	static const char *const not_there[] = { "http://", "https://", "src=", "url(", "@import",
						 "style=\"", "<link", "<iframe", "unsafe" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		if (strstr(html, not_there[i]))
			fail_msg("the page holds '%s'", not_there[i]);
	assert_non_null(strstr(html, "default-src 'none'; style-src 'sha256-"));
	free(html);
}

static void test_markdown_escapes(void **state)
{
	char *md = make(evil, sgap_report_markdown), *p;

	(void)state;
	assert_null(strstr(md, "<script"));
	assert_null(strchr(md, '\x1b'));
	assert_non_null(strstr(md, "&lt;script\\>alert(1)"));
	for (p = md; (p = strstr(p, "' & |")); p++)
		fail_msg("a bar was left as it is");
	free(md);
}

/* One header line, whatever the name of the server. */
static void test_vendor_subject(void **state)
{
	char *text = make(evil, sgap_report_vendor);

	(void)state;
	assert_memory_equal(text, "Subject: ", 9);
	assert_memory_equal(strchr(text, '\n'), "\n\n", 2);
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void test_deterministic(void **state)
{
	static const report_fn fns[] = { sgap_report_html, sgap_report_markdown,
					 sgap_report_vendor, sgap_report_json };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
		char *one = make(evil, fns[i]), *two = make(evil, fns[i]);

		assert_string_equal(one, two);
		free(one);
		free(two);
	}
}

static void test_figures(void **state)
{
	char *json = make(evil, sgap_report_json);

	(void)state;
	assert_non_null(strstr(json, "\"detected_after_s\":1.5"));
	assert_non_null(strstr(json, "\"restored_after_s\":9.25"));
	assert_non_null(strstr(json, "\"located_after_s\":null"));
	free(json);
}

static void test_bad_input(void **state)
{
	static const struct {
		const char *json, *says;
	} bad[] = {
		{ "", "in:" },
		{ "[]", "in:1: the file is [], expected an object" },
		{ "{\"version\": 1,\n\"id\" 3}", "in:2:" },
		{ "{\"id\": \"x\", \"id\": \"y\"}", "duplicate" },
		{ "{\"version\": 2,\n \"id\": \"x\"}", "in:1: version is 2, expected 1" },
		{ HEAD "\"locate\": 7}", "in:4: locate is 7, expected an object" },
		{ "{\"version\": 1,\n\"id\": \"x\",\n\"clock\": {\"restored\": 4,\n\"onset\": \"noon\"},\n" LOCATE "}",
		  "in:4: clock.onset is \"noon\", expected a number" },
		{ "{\"version\": 1, \"id\": \"x\", \"clock\": {},\n" LOCATE "}",
		  "clock.onset is nothing, expected a number" },
		{ "{\"version\": 1, \"id\": \"x\", \"clock\": {\"onset\": -5},\n" LOCATE "}",
		  "clock.onset is -5, expected seconds" },
		{ HEAD LOCATE ",\n\"events\": [{\"t\": 1, \"what\": \"a\"},\n{\"t\": 2,\n\"what\": 3}]}",
		  "in:7: events[1].what is 3, expected a string" },
		{ HEAD LOCATE ",\n\"evidence\": [\n4]}", "in:6: evidence[0] is 4, expected an object" },
		{ HEAD LOCATE ",\n\"series\": {\"start\": 1, \"step_s\": 1,\n\"clients\": {\"asked\": [1, 2],\n"
		  "\"ok\": [1]}}}", "in:7: series.clients.ok is [1], expected 2 numbers" },
		{ HEAD LOCATE ",\n\"series\": {\"start\": 1, \"step_s\": 1,\n\"clients\": {\"asked\": [1,\n\"x\"],\n"
		  "\"ok\": [1, 1]}}}", "in:7: series.clients.asked[1] is \"x\", expected a number" },
		{ HEAD LOCATE ",\n\"series\": {\"start\": 1, \"step_s\": 0,\n\"clients\": {\"asked\": [],"
		  "\"ok\": []}}}", "series.step_s is 0, expected seconds" },
		{ HEAD LOCATE ",\n\"series\": {\"start\": 1, \"step_s\": 1, \"clients\": {\"asked\": [1], \"ok\": [1]},\n"
		  "\"servers\": {\"10.0.0.1\": {\"queries\": [],\n\"failed\": []}}}}",
		  "in:6: series.servers.10.0.0.1.queries is [], expected 1 numbers" },
	};
	char err[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(sgap_incident_parse(bad[i].json, strlen(bad[i].json), "in", err,
						sizeof(err)));
		if (!strstr(err, bad[i].says))
			fail_msg("'%s' instead of '%s'", err, bad[i].says);
	}
}

static void test_little_is_enough(void **state)
{
	char *html = make(HEAD LOCATE "}", sgap_report_html);

	(void)state;
	assert_non_null(strstr(html, "10.0.0.1 stopped answering; service is not restored yet"));
	assert_null(strstr(html, "nan"));
	free(html);
}

/* What a day of seconds comes down to keeps its sums. */
static void test_coarsen(void **state)
{
	struct sgap_incident *inc = parse(HEAD LOCATE ",\"series\": {\"start\": 1, \"step_s\": 1, "
		"\"clients\": {\"asked\": [1, 2, 3, 4, 5], \"ok\": [1, 0, null, 4, 5]}, "
		"\"servers\": {\"a\": {\"queries\": [1, 2, 3, 4, 5], \"failed\": [0, 0, 0, 0, 1], "
		"\"rtt_p50_ms\": [null, 1, 7, 2, null], \"rtt_p90_ms\": [1, 1, 1, 1, 1], "
		"\"rtt_p99_ms\": [1, 1, 1, 1, 1]}}}}");
	struct sgap_incident_series *s = &inc->series;

	(void)state;
	sgap_incident_coarsen(inc, 3);
	assert_int_equal(s->n, 3);
	assert_true(s->step == 2);
	assert_true(s->asked[0] == 3 && s->asked[1] == 7 && s->asked[2] == 5);
	assert_true(s->ok[0] == 1 && s->ok[1] == 4 && s->ok[2] == 5);
	assert_true(s->server[0].p50[0] == 1 && s->server[0].p50[1] == 7);
	assert_true(isnan(s->server[0].p50[2]));
	sgap_incident_free(inc);
}

#define SECONDS 1000u
#define SERVERS 20u

static json_t *numbers(double v)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < SECONDS; i++)
		json_array_append_new(list, json_real(v + (double)(i % 7) * 1000.1));
	return list;
}

/* Server i has i times as many queries as the first; the busiest is not the blamed one. */
static json_t *many_servers(void)
{
	json_t *obj = json_object();
	char address[32];
	size_t i;

	for (i = 0; i < SERVERS; i++) {
		snprintf(address, sizeof(address), "10.0.0.%zu", i + 1);
		json_object_set_new(obj, address, json_pack("{s:o, s:o, s:o, s:o, s:o}",
				    "queries", numbers((double)i * 1e5), "failed", numbers(1e5),
				    "rtt_p50_ms", numbers(1e4), "rtt_p90_ms", numbers(1e4),
				    "rtt_p99_ms", numbers(1e4)));
	}
	return obj;
}

static json_t *many_events(void)
{
	json_t *list = json_array();
	char what[64];
	size_t i;

	for (i = 0; i < 10 * SGAP_FIT_EVENTS; i++) {
		snprintf(what, sizeof(what), "event %zu of many", i);
		json_array_append_new(list, json_pack("{s:f, s:s, s:s}", "t", 1000.0 + (double)i,
						      "who", "kernel", "what", what));
	}
	return list;
}

static json_t *many_rows(void)
{
	json_t *list = json_array();
	char name[256];
	size_t i;

	memset(name, '&', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < 2 * SGAP_FIT_ROWS; i++)
		json_array_append_new(list, json_pack("{s:f, s:s, s:s, s:s, s:s}", "t", 1000.0,
				      "client", "192.0.2.1", "server", "10.0.0.1", "name", name,
				      "outcome", "REFUSED"));
	return list;
}

static char *large_incident(void)
{
	json_t *obj = json_loads(HEAD LOCATE "}", 0, NULL);
	char *text;

	json_object_set_new(obj, "grant", json_pack("{s:s, s:s, s:s, s:s}", "serial", "1",
			    "server", "10.0.0.1", "fallback", "10.0.0.2", "clients", "192.0.2.0/24"));
	json_object_set_new(obj, "series", json_pack("{s:i, s:i, s:{s:o, s:o}, s:o}", "start", 999,
			    "step_s", 1, "clients", "asked", numbers(1e6), "ok", numbers(1e6),
			    "servers", many_servers()));
	json_object_set_new(obj, "events", many_events());
	json_object_set_new(obj, "evidence", many_rows());
	text = json_dumps(obj, 0);
	json_decref(obj);
	return text;
}

/* Whatever is in it, the page stays small, and says what it leaves out. */
static void test_fit(void **state)
{
	char *json = large_incident();
	struct sgap_incident *inc = parse(json);
	struct sgap_text t = { 0 };

	(void)state;
	sgap_fit(inc);
	assert_int_equal(inc->series.nservers, SGAP_FIT_SERVERS);
	assert_string_equal(inc->series.server[0].address, "10.0.0.1");
	assert_string_equal(inc->series.server[1].address, "10.0.0.2");
	assert_string_equal(inc->series.server[2].address, "10.0.0.20");
	assert_string_equal(inc->series.server[7].address, "10.0.0.15");
	sgap_report_html(&t, inc);
	assert_int_equal(t.err, 0);
	assert_in_range(t.len, 100000, 300000);
	assert_non_null(strstr(t.s, "Servers left out for room: 12."));
	assert_non_null(strstr(t.s, "event 49 of many"));
	assert_null(strstr(t.s, "event 50 of many"));
	assert_non_null(strstr(t.s, "<td>Left out for room: 900."));
	assert_null(strstr(t.s, "event 949 of many"));
	assert_non_null(strstr(t.s, "event 950 of many"));
	assert_non_null(strstr(t.s, "Evidence: 40 single transactions"));
	assert_non_null(strstr(t.s, ">Left out for room: 40."));
	sgap_text_free(&t);
	sgap_incident_free(inc);
	free(json);
}

/* What has room is left as it is. */
static void test_fit_small(void **state)
{
	struct sgap_incident *inc = parse(evil);
	struct sgap_text t = { 0 };

	(void)state;
	sgap_fit(inc);
	assert_int_equal(inc->series.n, 2);
	sgap_report_html(&t, inc);
	assert_null(strstr(t.s, "for room"));
	sgap_text_free(&t);
	sgap_incident_free(inc);
}

static void test_words(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(sgap_words_span(buf, sizeof(buf), 0.0421), "42 ms");
	assert_string_equal(sgap_words_span(buf, sizeof(buf), 9.54), "9.5 s");
	assert_string_equal(sgap_words_span(buf, sizeof(buf), 60), "60 s");
	assert_string_equal(sgap_words_span(buf, sizeof(buf), 1860), "31 min");
	assert_string_equal(sgap_words_span(buf, sizeof(buf), 119.7), "2 min");
	assert_string_equal(sgap_words_span(buf, sizeof(buf), 7265), "2 h 1 min");
	assert_string_equal(sgap_words_span(buf, sizeof(buf), NAN), "not known");
	assert_string_equal(sgap_words_time(buf, sizeof(buf), 1790000000.9996), "2026-09-21 14:13:20.999");
	assert_string_equal(sgap_words_time(buf, sizeof(buf), 1790000001.001), "2026-09-21 14:13:21.001");
	assert_string_equal(sgap_words_share(buf, sizeof(buf), 399, 400), "99.8 %");
	assert_string_equal(sgap_words_share(buf, sizeof(buf), 99999, 100000), "> 99.9 %");
	assert_string_equal(sgap_words_share(buf, sizeof(buf), 1, 100000), "< 0.1 %");
}

static void test_wrap(void **state)
{
	struct sgap_text t = { 0 };

	(void)state;
	sgap_text_wrap(&t, "one two  three\n four", "> ", 9);
	assert_string_equal(t.s, "> one two\n> three\n> four\n");
	sgap_text_free(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effect),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_html_escapes),
		cmocka_unit_test(test_html_is_closed),
		cmocka_unit_test(test_markdown_escapes),
		cmocka_unit_test(test_vendor_subject),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_little_is_enough),
		cmocka_unit_test(test_coarsen),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_fit_small),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_wrap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
