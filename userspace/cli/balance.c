// SPDX-License-Identifier: GPL-2.0-or-later
#include "balance.h"

#include <stdio.h>

#include "lib/names.h"
#include "pure.h"

/* The conservation of uapi/stopgap.h: each side of both sums. */
struct balance {
	__u64 unparsed, parts;		/* seen = parts */
	__u64 ends;			/* transactions = ends */
	bool ok;
};

static struct balance balance_of(const struct sgap_tap_counters *c)
{
	struct balance b = { 0 };
	int i;

	for (i = 0; i < 16; i++)
		b.unparsed += c->unparsed[i];
	b.parts = c->queries + c->responses + b.unparsed + c->icmp + c->tcp_control;
	b.ends = c->answered + c->unanswered + c->failed + c->evicted + c->in_flight;
	b.ok = c->seen == b.parts && c->transactions == b.ends;
	return b;
}

bool sgap_balance(const struct sgap_tap_counters *c)
{
	return balance_of(c).ok;
}

#define U(x) ((unsigned long long)(x))

static const char *verdict(bool ok)
{
	return ok ? "balances" : "DOES NOT BALANCE";
}

static void print_unparsed(const struct sgap_tap_counters *c, __u64 sum)
{
	const char *sep = " (";
	int i;

	printf("%llu unparsed", U(sum));
	for (i = 0; i < 16; i++) {
		if (!c->unparsed[i])
			continue;
		printf("%s%s %llu", sep, sgap_names_unparsed(i), U(c->unparsed[i]));
		sep = ", ";
	}
	fputs(*sep == ',' ? ")" : "", stdout);
}

void sgap_balance_print(const struct sgap_tap_counters *c)
{
	struct balance b = balance_of(c);

	printf("  %llu frames, %llu seen = %llu queries + %llu responses + ", U(c->frames),
	       U(c->seen), U(c->queries), U(c->responses));
	print_unparsed(c, b.unparsed);
	printf(" + %llu icmp + %llu tcp control: %s\n", U(c->icmp), U(c->tcp_control),
	       verdict(c->seen == b.parts));
	printf("  %llu transactions = %llu answered + %llu unanswered + %llu failed",
	       U(c->transactions), U(c->answered), U(c->unanswered), U(c->failed));
	printf(" + %llu evicted + %llu in flight: %s\n", U(c->evicted), U(c->in_flight),
	       verdict(c->transactions == b.ends));
}
