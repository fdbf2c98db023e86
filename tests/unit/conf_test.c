// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: what is understood, and how it says what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/conf.h"

struct said {
	char text[4096];
};

static void say(void *ctx, unsigned int line, const char *what)
{
	struct said *said = ctx;
	size_t len = strlen(said->text);

	snprintf(said->text + len, sizeof(said->text) - len, "%u: %s\n", line, what);
}

static int parse(struct sgap_conf *conf, struct said *said, const char *text)
{
	said->text[0] = '\0';
	return sgap_conf_parse(conf, text, strlen(text), say, said);
}

static void test_default(void **state)
{
	struct sgap_conf conf;
	struct said said;

	(void)state;
	assert_int_equal(parse(&conf, &said, ""), 0);
	assert_string_equal(conf.store, "/var/lib/stopgap");
	assert_string_equal(conf.user, "stopgap");
	assert_int_equal(conf.budget_ms, 31 * 60000);
	assert_int_equal(conf.seal_ms, 60000);
	assert_int_equal(conf.start, SGAP_START_NEVER);
	assert_int_equal(conf.confidence, 80);
	assert_int_equal(conf.ntaps, 0);
	assert_int_equal(conf.snaplen, 1522);
	assert_int_equal(conf.packet_rate, 200);
	assert_null(conf.inform[0]);
	assert_string_equal(conf.listen, "127.0.0.1:9353");
	assert_string_equal(conf.textfile, "");
	assert_int_equal(conf.every_ms, 15000);
	assert_int_equal(conf.servers, 100);
}

static void test_all(void **state)
{
	struct sgap_conf conf;
	struct said said;

	(void)state;
	assert_int_equal(parse(&conf, &said,
			       "# a comment\n\n[daemon]\nstore = /srv/x # here\nsite = site #1\n"
			       "judge=500ms\n  seal =\t2m \r\nkeep = 90d\nkeep-size = 64\n[tap]\ninterfaces = lan0  wan0\n"
			       "snaplen = 0\npacket-rate = 4294967295\n"
			       "[incident]\nbudget = 31s\n[policy]\nstart = located\nuse = all\n"
			       "confidence = 95\ninform = /usr/bin/mail -s  stopgap noc@example.com"), 0);
	assert_string_equal(said.text, "");
	assert_string_equal(conf.store, "/srv/x");
	assert_string_equal(conf.site, "site");
	assert_int_equal(conf.judge_ms, 500);
	assert_int_equal(conf.seal_ms, 120000);
	assert_int_equal(conf.keep_ms, 7776000000);
	assert_int_equal(conf.keep_mib, 64);
	assert_int_equal(conf.ntaps, 2);
	assert_string_equal(conf.taps[1], "wan0");
	assert_int_equal(conf.snaplen, 0);
	assert_int_equal(conf.packet_rate, 0xffffffff);
	assert_int_equal(conf.start, SGAP_START_LOCATED);
	assert_int_equal(conf.use, SGAP_USE_ALL);
	assert_int_equal(conf.confidence, 95);
	assert_string_equal(conf.inform[0], "/usr/bin/mail");
	assert_string_equal(conf.inform[3], "noc@example.com");
	assert_null(conf.inform[4]);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "store = /x", "1: 'store' stands before the first [SECTION]\n" },
		{ "\n[deamon]\nstore = /x", "2: '[deamon]' is no section: expected one of: daemon, tap, incident, policy, metrics\n" },
		{ "[daemon]\nstor = /x", "2: 'stor' is not a setting of [daemon]: expected one of: store, user, site, judge, seal, keep, keep-size\n" },
		{ "[daemon]\nstore = x", "2: store 'x': expected a path that begins with /\n" },
		{ "[daemon]\nstore", "2: 'store': expected NAME = VALUE, or [SECTION]\n" },
		{ "[daemon", "1: '[daemon': expected [SECTION]\n" },
		{ "[daemon]\nseal = 1", "2: seal '1': expected a time from 1s to 1h\n" },
		{ "[daemon]\nseal = 2h", "2: seal '2h': expected a time from 1s to 1h\n" },
		{ "[daemon]\nkeep = 30m", "2: keep '30m': expected a time from 1h to 3650d\n" },
		{ "[daemon]\nkeep-size = 1G", "2: keep-size '1G': expected a number from 16 to 1048576\n" },
		{ "[daemon]\nseal = 2m\n\nseal = 3m", "4: 'seal' is set a second time; the first is in line 2\n" },
		{ "[tap]\ninterfaces = lan0 averyveryverylongname", "2: interfaces 'averyveryverylongname': expected names of interfaces, with blanks between\n" },
		{ "[tap]\ninterfaces = a b c d e f g h i", "2: interfaces: 'i' is one too many: expected at most 8\n" },
		{ "[tap]\nsnaplen = 1k", "2: snaplen '1k': expected a number from 0 to 65535\n" },
		{ "[tap]\nsnaplen = 65536", "2: snaplen '65536': expected a number from 0 to 65535\n" },
		{ "[tap]\npacket-rate = 4294967296", "2: packet-rate '4294967296': expected a number from 0 to 4294967295\n" },
		{ "[policy]\nstart = yes", "2: start 'yes': expected one of: never located\n" },
		{ "[policy]\nconfidence = 101", "2: confidence '101': expected a number from 50 to 100\n" },
		{ "[policy]\nconfidence = -1", "2: confidence '-1': expected a number from 50 to 100\n" },
		{ "[metrics]\nlisten = 9353", "2: listen '9353': expected ADDRESS:PORT, [ADDRESS]:PORT or off\n" },
		{ "[metrics]\nlisten = ::1:9353", "2: listen '::1:9353': expected ADDRESS:PORT, [ADDRESS]:PORT or off\n" },
		{ "[metrics]\ntextfile = x.prom", "2: textfile 'x.prom': expected a path that begins with /\n" },
		{ "[metrics]\nservers = 1001", "2: servers '1001': expected a number from 0 to 1000\n" },
		{ "[policy]\ninform = mail noc", "2: inform 'mail noc': expected the whole path of a program, and its arguments\n" },
	};
	struct sgap_conf conf;
	struct said said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(&conf, &said, bad[i].text), 1);
		assert_string_equal(said.text, bad[i].says);
	}
	assert_int_equal(parse(&conf, &said, "[daemon]\nseal = x\njudge = y"), 2);
	assert_int_equal(sgap_conf_parse(&conf, "[tap]\0", 6, say, &said), 1);
}

/* What is shown, read again, is the same. */
static void test_again(void **state)
{
	struct sgap_conf conf, again;
	struct sgap_conf_line line;
	char text[8192] = "";
	struct said said;
	__u32 i;

	(void)state;
	assert_int_equal(parse(&conf, &said, "[policy]\ninform = /bin/a b\nuse = all\n[tap]\ninterfaces = x y"), 0);
	for (i = 0; sgap_conf_show(&conf, i, &line); i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "[%s]\n%s = %s\n", line.section, line.name,
			 line.value);
	}
	assert_int_equal(i, 22);
	assert_int_equal(parse(&again, &said, text), 0);
	memset(conf.inform, 0, sizeof(conf.inform));
	memset(again.inform, 0, sizeof(again.inform));
	assert_memory_equal(&conf, &again, sizeof(conf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
