// SPDX-License-Identifier: GPL-2.0-or-later
/* A shadow trial: what is chosen of what was seen, and how the answers compare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "cli/trial.h"
#include "lib/grant.h"
#include "record.h"
#include "wire.h"

/* The options' words are not parsed here. */
void sgap_error(const char *format, ...)
{
	(void)format;
}

static struct sgap_trial *trial(__u32 one_in, __u32 rate)
{
	struct sgap_trial *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_int_equal(sgap_grant_set_addr(&t->grant.server, "198.51.100.53"), 0);
	assert_int_equal(sgap_grant_set_addr(&t->grant.fallback, "198.51.100.54"), 0);
	assert_int_equal(sgap_grant_set_clients(&t->grant, "192.0.2.0/24"), 0);
	t->grant.port = 53;
	t->grant.protocols = SGAP_GRANT_P_UDP;
	t->overdue_ms = 1000;
	t->one_in = one_in;
	t->rate = rate;
	return t;
}

static union record seen(__u64 id)
{
	union record r;

	record(&r, SGAP_TXN_ANSWERED, 0);
	r.txn.id = id;
	r.txn.ancount = 1;
	r.txn.digest = 7;
	return r;
}

static void what_is_copied(void **state)
{
	struct sgap_trial *t = trial(1, 3);
	union record s = seen(1);
	const struct sgap_ask *ask = t->ask;

	(void)state;
	s.txn.flags = SGAP_TXN_F_QOPT | SGAP_TXN_F_QDO;
	s.txn.query_bufsize = 1232;
	sgap_trial_take(t, &s.txn);
	assert_int_equal(t->n, 1);
	assert_memory_equal(&ask->server, &t->grant.fallback, sizeof(ask->server));
	assert_int_equal(ask->port, 53);
	assert_int_equal(ask->qtype, 1);
	assert_int_equal(ask->qname_len, 17);
	assert_memory_equal(ask->qname, s.txn.data, 17);
	assert_true(ask->form->edns && !ask->form->tcp);
	assert_int_equal(ask->form->size, 1232);
	assert_int_equal(ask->form->eflags, SGAP_EDNS_DO);
	assert_int_equal(ask->form->flags, SGAP_DNS_RD);
	s.txn.flags = 0;
	sgap_trial_take(t, &s.txn);
	assert_false(t->ask[1].form->edns);
	assert_int_equal(t->ask[1].form->eflags, 0);
	assert_true(ask->form->edns);
	sgap_trial_take(t, &s.txn);
	sgap_trial_take(t, &s.txn);		/* above the rate */
	assert_int_equal(t->n, 3);
	assert_int_equal(t->seen, 4);
	assert_int_equal(t->over, 1);
	free(t);
}

static void what_is_not(void **state)
{
	struct sgap_trial *t = trial(1, 100);
	union record s;
	int i;

	(void)state;
	for (i = 0; i < 9; i++) {
		s = seen(1);
		switch (i) {
		case 0: s.txn.client[14] = 3; break;		/* another client */
		case 1: s.txn.server[15] = 54; break;		/* the fallback itself */
		case 2: s.txn.server_port = 5353; break;
		case 3: s.txn.proto = 6; break;			/* not granted */
		case 4: s.txn.qclass = 3; break;
		case 5: s.txn.qname_len = 0; break;
		case 6: s.txn.qname_len = 200; break;	/* longer than its record */
		case 7: s.txn.state = SGAP_TXN_TIMEOUT; break;	/* it was told as overdue */
		case 8: s.txn.ts_answer = 3000000000; break;	/* likewise */
		}
		sgap_trial_take(t, &s.txn);
		if (t->seen || t->n)
			fail_msg("case %d", i);
	}
	free(t);
}

static void one_in_n(void **state)
{
	struct sgap_trial *again = trial(10, SGAP_TRIAL_RATE_MAX);
	struct sgap_trial *t = trial(10, SGAP_TRIAL_RATE_MAX);
	union record s;
	__u64 i, even = 0, all = 0;

	(void)state;
	for (i = 0; i < 10000; i++) {
		s = seen(i);
		sgap_trial_take(t, &s.txn);
		sgap_trial_take(again, &s.txn);
		even += t->n && !(i % 2);
		all += (__u64)t->n;
		assert_int_equal(t->n, again->n);	/* the same ones each time */
		t->n = again->n = 0;
	}
	assert_int_equal(t->seen, 10000);
	assert_in_range(all, 850, 1150);
	assert_in_range(even, all * 4 / 10, all * 6 / 10);
	free(again);
	free(t);
}

static void how_it_compares(void **state)
{
	static const struct {
		int state, rcode, tc, ancount;		/* what the client got */
		int answered, now_rcode, now_tc, now_ancount, digest;
		enum sgap_answer was, now;
	} c[] = {
		{ SGAP_TXN_ANSWERED, 0, 0, 1, 1, 0, 0, 1, 7, SGAP_ANSWER_RECORDS,
		  SGAP_ANSWER_RECORDS },
		{ SGAP_TXN_ANSWERED, 0, 0, 1, 1, 0, 0, 1, 8, SGAP_ANSWER_RECORDS,
		  SGAP_ANSWER_RECORDS },
		{ SGAP_TXN_ANSWERED, 0, 0, 0, 1, 3, 0, 0, 0, SGAP_ANSWER_EMPTY,
		  SGAP_ANSWER_NXDOMAIN },
		{ SGAP_TXN_ANSWERED, 2, 0, 0, 1, 0, 1, 0, 0, SGAP_ANSWER_BAD,
		  SGAP_ANSWER_TRUNCATED },
		{ SGAP_TXN_OVERDUE, SGAP_NONE16, 0, 0, 1, 0, 0, 1, 7, SGAP_ANSWER_NONE,
		  SGAP_ANSWER_RECORDS },
		{ SGAP_TXN_ICMP, SGAP_NONE16, 0, 0, 0, 0, 0, 0, 0, SGAP_ANSWER_NONE,
		  SGAP_ANSWER_NONE },
		{ SGAP_TXN_ANSWERED, 0, 0, 1, 1, 5, 0, 0, 0, SGAP_ANSWER_RECORDS, SGAP_ANSWER_BAD },
	};
	struct sgap_trial *t = trial(1, 100);
	union record s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(*c); i++) {
		s = seen(i);
		s.txn.state = (__u8)c[i].state;
		s.txn.rcode = (__u16)c[i].rcode;
		s.txn.aflags = c[i].tc ? SGAP_DNS_TC : 0;
		s.txn.ancount = (__u16)c[i].ancount;
		sgap_trial_take(t, &s.txn);
		assert_int_equal(t->n, i + 1);
		t->ask[i].got = c[i].answered ? SGAP_GOT_ANSWER : SGAP_GOT_CLOSED;
		t->ask[i].reply.rcode = (__u16)c[i].now_rcode;
		t->ask[i].reply.flags = c[i].now_tc ? SGAP_DNS_TC : 0;
		t->ask[i].reply.ancount = (__u16)c[i].now_ancount;
		t->ask[i].reply.digest = (__u64)c[i].digest;
	}
	sgap_trial_compare(t);
	assert_int_equal(t->n, 0);
	assert_int_equal(t->copied, 7);
	for (i = 0; i < sizeof(c) / sizeof(*c); i++)
		assert_true(t->was[c[i].was][c[i].now] > 0);
	assert_int_equal(t->was[SGAP_ANSWER_RECORDS][SGAP_ANSWER_RECORDS], 2);
	assert_int_equal(t->both, 5);
	assert_int_equal(t->same_rcode, 2);
	assert_int_equal(t->records, 2);
	assert_int_equal(t->same_records, 1);
	assert_int_equal(sgap_trial_failed(t, false), 3);
	assert_int_equal(sgap_trial_failed(t, true), 2);
	free(t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_copied),
		cmocka_unit_test(what_is_not),
		cmocka_unit_test(one_in_n),
		cmocka_unit_test(how_it_compares),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
