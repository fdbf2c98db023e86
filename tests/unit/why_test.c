// SPDX-License-Identifier: GPL-2.0-or-later
/* The sentence on a transaction. */
#include "record.h"

#include "lib/why.h"

static void says(const union record *r, const char *want)
{
	char buf[SGAP_WHY_TEXT];

	assert_string_equal(sgap_why_text(buf, &r->txn), want);
}

static void test_answers(void **state)
{
	union record r;

	(void)state;
	record(&r, SGAP_TXN_ANSWERED, 2);
	set_ede(&r, 22, "at delegation\x1b[31m example.org");
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: SERVFAIL after 12.500 ms, EDE 22 (No Reachable Authority) \"at delegation?[31m example.org\"");
	record(&r, SGAP_TXN_ANSWERED, 0)->flags = SGAP_TXN_F_MALFORMED;
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: NOERROR after 12.500 ms, and its records cannot be read to the end");
	record(&r, SGAP_TXN_LATE, 5)->copies = 3;
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: REFUSED after 12.500 ms, when it had been given up, sent 3 times");
	record(&r, SGAP_TXN_UNMATCHED, 0)->ts_query = 0;
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: NOERROR, to no query that was seen");
}

static void test_ends(void **state)
{
	union record r;

	(void)state;
	record(&r, SGAP_TXN_TIMEOUT, SGAP_NONE16);
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: no answer within 5.0 s");
	record(&r, SGAP_TXN_ICMP, SGAP_NONE16)->icmp_type = 3;
	r.txn.icmp_code = 13;
	memcpy(r.txn.icmp_from, addr("203.0.113.1").b, 16);
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: administratively prohibited (ICMP type 3 code 13) from 203.0.113.1 after 5000.000 ms");
	memcpy(r.txn.icmp_from, addr("2001:db8::1").b, 16);
	r.txn.icmp_type = 1;
	r.txn.icmp_code = 4;
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP for www.example.org. A: port unreachable (ICMPv6 type 1 code 4) from 2001:db8::1 after 5000.000 ms");
	record(&r, SGAP_TXN_SILENT, SGAP_NONE16)->proto = 6;
	r.txn.qname_len = 0;
	r.txn.copies = 2;
	says(&r, "192.0.2.1 asked 198.51.100.53 over TCP: nothing answered the SYN, sent 2 times");
	r.txn.proto = 17;
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP: nothing answered the QUIC Initial, sent 2 times");
	r.txn.state = SGAP_TXN_REFUSED;
	says(&r, "192.0.2.1 asked 198.51.100.53 over UDP: the server knows no QUIC of the client's version after 5000.000 ms, sent 2 times");
	r.txn.proto = 6;
	r.txn.state = SGAP_TXN_ICMP;
	r.txn.icmp_type = 3;
	r.txn.icmp_code = 1;
	memcpy(r.txn.icmp_from, addr("203.0.113.1").b, 16);
	says(&r, "192.0.2.1 asked 198.51.100.53 over TCP: host unreachable (ICMP type 3 code 1) from 203.0.113.1 after 5000.000 ms, sent 2 times");
	r.txn.state = SGAP_TXN_CONNECTED;
	r.txn.copies = 1;
	says(&r, "192.0.2.1 asked 198.51.100.53 over TCP: connected after 5000.000 ms");
}

/* Nothing is longer than the buffer, whatever a record says. */
static void test_long(void **state)
{
	char buf[SGAP_WHY_TEXT], text[1500];
	struct bytes name = { 0 };
	union record r;
	size_t i;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	put_long_name(&name, 255);
	record(&r, SGAP_TXN_ANSWERED, 2);
	memcpy(r.txn.data, name.b, name.len);
	r.txn.qname_len = (__u16)name.len;
	set_ede(&r, 65000, text);
	sgap_why_text(buf, &r.txn);
	assert_in_range(strlen(buf), 300, sizeof(buf) - 1);
	for (i = 0; buf[i]; i++)
		assert_in_range(buf[i], 0x20, 0x7e);
	r.txn.ede_text_len = 65535;	/* longer than the record */
	sgap_why_text(buf, &r.txn);
	r.txn.qname_len = 65535;
	sgap_why_text(buf, &r.txn);
	assert_null(strstr(buf, " for "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
