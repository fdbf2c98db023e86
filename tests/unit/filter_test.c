// SPDX-License-Identifier: GPL-2.0-or-later
/* Which transactions the options of trace and top let through. */
#include "record.h"

#include <stdio.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/out.h"

static char said[512];

void sgap_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(said, sizeof(said), format, ap);
	va_end(ap);
}

static const struct sgap_opt opts[] = {
	{ 'f', "failed", NULL, "", 0 }, { 's', "server", "PREFIX", "", 0 },
	{ 'c', "client", "PREFIX", "", 0 }, { 'n', "name", "SUFFIX", "", 0 },
	{ 'r', "rcode", "RCODE", "", 0 }, { 0, "rtt", "TIME", "", 0 }, SGAP_OPT_END
};
static const struct sgap_verb verb = { NULL, "", "", opts, 0, 0, 0, NULL };

/* The words of one command line, up to NULL. */
static int parse_words(struct sgap_filter *f, const char *const *words)
{
	char copy[8][128], *argv[9] = { copy[0] };
	struct sgap_args args;
	int n;

	strcpy(copy[0], "trace");
	for (n = 1; words[n - 1]; n++) {
		strcpy(copy[n], words[n - 1]);
		argv[n] = copy[n];
	}
	argv[n] = NULL;
	*said = 0;
	assert_int_equal(sgap_args_parse(&args, &verb, "trace", n, argv), 0);
	return sgap_filter_parse(f, &args);
}

#define PARSE(f, ...) parse_words(f, (const char *const[]){ __VA_ARGS__, NULL })

static void test_each(void **state)
{
	struct sgap_filter f;
	union record r;

	(void)state;
	record(&r, SGAP_TXN_ANSWERED, 0);
#define TAKES(yes, ...) do { \
		assert_int_equal(PARSE(&f, __VA_ARGS__), 0); \
		assert_int_equal(sgap_filter_takes(&f, &r.txn), yes); \
	} while (0)
	TAKES(1, "--server", "198.51.100.53");
	TAKES(1, "--server", "198.51.100.0/26");
	TAKES(0, "--server", "198.51.100.64/26");
	TAKES(0, "--server", "2001:db8::/32");
	TAKES(1, "-c", "192.0.2.0/31");
	TAKES(0, "-c", "192.0.2.2");
	TAKES(1, "--name", "example.org");
	TAKES(1, "--name", ".EXAMPLE.org.");
	TAKES(1, "--name", "www.example.org");
	TAKES(1, "--name", "");
	TAKES(0, "--name", "xample.org");
	TAKES(0, "--name", "a.www.example.org");
	TAKES(1, "--rcode", "noerror");
	TAKES(0, "--rcode", "2");
	TAKES(1, "--rtt", "12ms");
	TAKES(0, "--rtt", "13ms");
	TAKES(0, "--failed");
	r.txn.rcode = 2;
	TAKES(1, "--failed");
	TAKES(1, "-f", "-s", "198.51.100.53", "-n", "org", "-r", "servfail");
	TAKES(0, "-f", "-s", "198.51.100.54", "-n", "org", "-r", "servfail");
	record(&r, SGAP_TXN_TIMEOUT, SGAP_NONE16);
	TAKES(1, "--failed");
	TAKES(0, "--rtt", "1ms");
	TAKES(0, "--rcode", "0");
	record(&r, SGAP_TXN_LATE, 0);
	TAKES(1, "--failed");
	r.txn.qname_len = 0;
	TAKES(0, "--name", "org");
#undef TAKES
}

static void test_wrong(void **state)
{
	struct sgap_filter f;
	char name[100];

	(void)state;
#define SAYS(what, ...) do { \
		assert_int_equal(PARSE(&f, __VA_ARGS__), -EINVAL); \
		assert_non_null(strstr(said, what)); \
	} while (0)
	SAYS("--server 'x': expected an address", "-s", "x");
	SAYS("'192.0.2.1/24': expected no bits set", "-c", "192.0.2.1/24");
	SAYS("--rcode 'BAD'", "-r", "BAD");
	SAYS("--rtt '5': expected a time with unit", "--rtt", "5");
#undef SAYS
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	assert_int_equal(PARSE(&f, "-n", name), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
