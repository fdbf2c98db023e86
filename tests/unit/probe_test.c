// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions as bytes, what is taken for an answer, and how it is judged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probe/probe.h"
#include "wire.h"

#define SOA 6u

static const struct sgap_form plain = { .flags = SGAP_DNS_RD };
static const struct sgap_form edns = { .edns = true, .size = 1232, .eflags = SGAP_EDNS_DO,
				       .options = SGAP_FORM_COOKIE };

static void draw(struct sgap_query *q, const struct sgap_form *form, const char *name)
{
	__u8 wire[255];
	int len = sgap_query_name(wire, name);

	assert_true(len > 0);
	assert_int_equal(sgap_query_draw(q, form, wire, (__u16)len, SOA), 0);
}

static int asked(__u8 *buf, struct sgap_query *q, const struct sgap_form *form)
{
	int len;

	draw(q, form, "www.Example.");
	len = sgap_query_write(buf, SGAP_QUERY_MAX, q);
	assert_true(len > 0);
	return len;
}

static void test_plain_question(void **state)
{
	__u8 buf[SGAP_QUERY_MAX];
	struct sgap_query q;
	struct sgap_msg m;
	int len = asked(buf, &q, &plain);

	(void)state;
	assert_int_equal(sgap_wire_parse(&m, buf, (__u32)len, (__u32)len), 0);
	assert_int_equal(m.id, q.id);
	assert_int_equal(m.flags, SGAP_DNS_RD);
	assert_int_equal(m.qtype, SOA);
	assert_int_equal(m.qname_len, 13);
	assert_memory_equal(m.qname, "\3www\7Example", 13);
	assert_int_equal(m.has_opt, 0);
	assert_int_equal(len, 12 + 13 + 4);
}

static void test_edns_question(void **state)
{
	static const struct sgap_form all = { .flags = SGAP_DNS_CD | SGAP_DNS_AD | SGAP_DNS_Z,
		.edns = true, .size = 4096, .version = 1,
		.eflags = SGAP_EDNS_DO | SGAP_EDNS_UNKNOWN, .options = 0x1f };
	static const __u8 codes[] = { 3, 10, 8, 9, 100 }, lens[] = { 0, 8, 4, 0, 0 };
	__u8 buf[SGAP_QUERY_MAX], *p;
	struct sgap_query q;
	struct sgap_msg m;
	int len = asked(buf, &q, &all);
	size_t i;

	(void)state;
	assert_int_equal(sgap_wire_parse(&m, buf, (__u32)len, (__u32)len), 0);
	assert_int_equal(m.flags, SGAP_DNS_CD | SGAP_DNS_AD | SGAP_DNS_Z);
	assert_int_equal(m.bufsize, 4096);
	assert_int_equal(m.edns_version, 1);
	assert_int_equal(m.dnssec_ok, 1);
	p = buf + 12 + 13 + 4;	/* OPT: root, type, size, rcode, version, flags, length */
	assert_int_equal(p[7] << 8 | p[8], SGAP_EDNS_DO | SGAP_EDNS_UNKNOWN);
	for (i = 0, p += 11; i < sizeof(codes); i++) {
		assert_int_equal(p[1], codes[i]);
		assert_int_equal(p[3], lens[i]);
		if (codes[i] == 10)
			assert_memory_equal(p + 4, q.cookie, 8);
		p += 4 + lens[i];
	}
	assert_ptr_equal(p, buf + len);
}

static void test_opcode_has_no_question(void **state)
{
	static const struct sgap_form form = { .opcode = 15 };
	__u8 buf[SGAP_QUERY_MAX];
	struct sgap_reply r;
	struct sgap_query q;

	(void)state;
	assert_int_equal(asked(buf, &q, &form), 12);
	assert_int_equal(buf[2], 15 << 3);
	assert_int_equal(buf[5], 0);
	buf[2] |= 0x80;
	buf[3] = 4;	/* NOTIMP */
	assert_true(sgap_reply_is_to(&q, buf, 12));
	assert_int_equal(sgap_reply_read(&r, NULL, &q, buf, 12), 0);
	assert_int_equal(r.rcode, 4);
	assert_false(sgap_reply_is_to(&q, buf, 11));
	buf[2] = 0x80;	/* of opcode 0 */
	buf[1] ^= 1;
	assert_false(sgap_reply_is_to(&q, buf, 12));
}

static void test_names(void **state)
{
	struct sgap_probe *p = sgap_probe_new();
	char label[80];
	__u8 wire[255];
	int i;

	(void)state;
	assert_int_equal(sgap_query_name(wire, "."), 1);
	assert_int_equal(sgap_query_name(wire, "a.b"), 5);
	assert_int_equal(sgap_query_name(wire, "a.b."), 5);
	assert_int_equal(sgap_query_name(wire, ""), -EINVAL);
	assert_int_equal(sgap_query_name(wire, "a..b"), -EINVAL);
	memset(label, 'x', sizeof(label));
	label[64] = 0;
	assert_int_equal(sgap_query_name(wire, label), -EINVAL);
	assert_int_equal(sgap_probe_name(p, "www.example/AAAA"), 0);
	assert_int_equal(p->check[0].qtype, 28);
	assert_int_equal(sgap_probe_name(p, "www.example/TYPE65280"), 0);
	assert_int_equal(p->check[1].qtype, 65280);
	assert_int_equal(sgap_probe_name(p, "www.example"), 0);
	assert_int_equal(p->check[2].qtype, 1);
	assert_int_equal(sgap_probe_name(p, "www.example/NONSENSE"), -EINVAL);
	assert_int_equal(sgap_probe_name(p, "www.example/"), -EINVAL);
	assert_int_equal(sgap_probe_name(p, "/A"), -EINVAL);
	assert_int_equal(p->nchecks, 3);
	assert_int_equal(sgap_probe_name(p, "www.example/A"), 0);
	assert_int_equal(p->nchecks, 3);	/* is there already */
	for (i = 3; i < SGAP_PROBE_NAMES; i++) {
		snprintf(label, sizeof(label), "n%d.example", i);
		assert_int_equal(sgap_probe_name(p, label), 0);
	}
	assert_int_equal(sgap_probe_name(p, "more.example"), -ENOSPC);
	sgap_probe_free(p);
}

static void test_what_is_an_answer(void **state)
{
	__u8 buf[SGAP_QUERY_MAX];
	struct sgap_query q;
	int len = asked(buf, &q, &plain);

	(void)state;
	assert_false(sgap_reply_is_to(&q, buf, (size_t)len));	/* the question itself */
	buf[2] |= 0x80;
	assert_true(sgap_reply_is_to(&q, buf, (size_t)len));
	buf[13] ^= 0x20;	/* another case */
	assert_true(sgap_reply_is_to(&q, buf, (size_t)len));
	buf[13] ^= 0x01;	/* another name */
	assert_false(sgap_reply_is_to(&q, buf, (size_t)len));
	buf[13] ^= 0x21;
	buf[len - 3] = 1;	/* another type */
	assert_false(sgap_reply_is_to(&q, buf, (size_t)len));
	buf[len - 3] = SOA;
	buf[len - 1] = 3;	/* another class */
	assert_false(sgap_reply_is_to(&q, buf, (size_t)len));
	buf[len - 1] = 1;
	buf[0] ^= 1;		/* another id */
	assert_false(sgap_reply_is_to(&q, buf, (size_t)len));
	buf[0] ^= 1;
	assert_false(sgap_reply_is_to(&q, buf, 11));
	assert_false(sgap_reply_is_to(&q, buf, (size_t)len - 1));	/* half a question */
	buf[5] = 0;		/* no question: REFUSED of some servers */
	assert_true(sgap_reply_is_to(&q, buf, 12));
}

/* An answer with an SOA, an OPT with that data, in place of the question in buf. */
static size_t answer(__u8 *buf, const struct sgap_query *q, const __u8 *opt, __u8 opt_len)
{
	static const __u8 soa[] = { 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0,
				    0, 0, 0, 77, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 };
	const __u8 head[] = { 0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, opt_len };
	int len = sgap_query_write(buf, SGAP_QUERY_MAX, q);
	size_t at = 12 + q->qname_len + 4u;

	assert_true(len > 0);
	buf[2] |= 0x84;
	buf[7] = 1;
	buf[11] = 1;
	memcpy(buf + at, soa, sizeof(soa));
	memcpy(buf + at + sizeof(soa), head, sizeof(head));
	memcpy(buf + at + sizeof(soa) + sizeof(head), opt, opt_len);
	return at + sizeof(soa) + sizeof(head) + opt_len;
}

static void test_reply(void **state)
{
	__u8 buf[SGAP_QUERY_MAX], opt[64] = { 0, 15, 0, 5, 0, 22, 'n', 'o', 7,
					      0, 3, 0, 2, 0xde, 0xad, 0, 10, 0, 16 };
	struct sgap_query q;
	struct sgap_reply r;
	size_t len, i;

	(void)state;
	draw(&q, &edns, "zone.example");
	memcpy(opt + 19, q.cookie, 8);
	len = answer(buf, &q, opt, 35);
	assert_true(sgap_reply_is_to(&q, buf, len));
	assert_int_equal(sgap_reply_read(&r, NULL, &q, buf, len), 0);
	assert_true(r.has_soa && r.edns && r.same_case && r.has_question);
	assert_int_equal(r.serial, 77);
	assert_int_equal(r.size, 1232);
	assert_int_equal(r.eflags, SGAP_EDNS_DO);
	assert_int_equal(r.ede, 22);
	assert_string_equal(r.ede_text, "no.");
	assert_string_equal(r.nsid, "dead");
	assert_int_equal(r.cookie, SGAP_COOKIE_GOOD);
	assert_false(r.unknown || r.referral || r.rrsig);
	/* Every shorter one is broken, or no answer at all; none is read past its end. */
	for (i = 0; i < len; i++) {
		__u8 *cut = malloc(i + 1);

		if (!cut)
			abort();
		memcpy(cut, buf, i);
		if (sgap_reply_is_to(&q, cut, i))
			assert_int_equal(sgap_reply_read(&r, NULL, &q, cut, i), -EBADMSG);
		free(cut);
	}
}

static void test_reply_options(void **state)
{
	static const __u8 unknown[] = { 0, 100, 0, 0 }, longer[] = { 0, 15, 0, 9, 0, 22 },
		rest[] = { 0, 15, 0 }, cookie[] = { 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8 };
	__u8 buf[SGAP_QUERY_MAX];
	struct sgap_query q;
	struct sgap_reply r;

	(void)state;
	draw(&q, &edns, "zone.example");
	assert_int_equal(sgap_reply_read(&r, NULL, &q, buf, answer(buf, &q, unknown, 4)), 0);
	assert_true(r.unknown);
	assert_int_equal(sgap_reply_read(&r, NULL, &q, buf, answer(buf, &q, cookie, 12)), 0);
	assert_int_equal(r.cookie, SGAP_COOKIE_BAD);
	assert_int_equal(sgap_reply_read(&r, NULL, &q, buf, answer(buf, &q, longer, 6)), -EBADMSG);
	assert_int_equal(sgap_reply_read(&r, NULL, &q, buf, answer(buf, &q, rest, 3)), -EBADMSG);
}

static void test_marks(void **state)
{
	static const struct sgap_form form = { .size = 1232 };
	struct sgap_ask ask = { .got = SGAP_GOT_ANSWER, .form = &form };
	char said[256];
	int i, fails = 0;

	(void)state;
	ask.reply = (struct sgap_reply){ .has_soa = true, .edns = true, .same_case = true,
		.has_question = true, .ede = SGAP_NONE16, .flags = SGAP_DNS_QR };
	for (i = 0; i < sgap_suite_n; i++) {
		enum sgap_mark mark = sgap_suite_mark(&sgap_suite[i], &ask, said, sizeof(said));
		bool version = sgap_suite[i].form.version;

		if (mark == SGAP_MARK_FAIL)
			fails++;
		if (version || sgap_suite[i].form.opcode)
			assert_int_equal(mark, SGAP_MARK_FAIL);	/* NOERROR is wrong there */
	}
	/* BADVERS, NOTIMP; RD and DO that were not copied */
	assert_int_equal(fails, 4 + 1 + 2);
	for (i = 0; i < sgap_suite_n; i++) {
		ask.got = SGAP_GOT_NOTHING;
		assert_int_equal(sgap_suite_mark(&sgap_suite[i], &ask, said, sizeof(said)), 0);
		assert_string_equal(said, "no answer");
	}
}

static enum sgap_mark mark_of(const char *id, const struct sgap_reply *r, char said[256])
{
	struct sgap_ask ask = { .got = SGAP_GOT_ANSWER, .reply = *r };
	int i;

	for (i = 0; strcmp(sgap_suite[i].id, id); i++)
		assert_true(i < sgap_suite_n);
	ask.form = &sgap_suite[i].form;
	return sgap_suite_mark(&sgap_suite[i], &ask, said, 256);
}

static void test_mark_reasons(void **state)
{
	struct sgap_reply r = { .edns = true, .ede = SGAP_NONE16, .rcode = 16 };
	char said[256];

	(void)state;
	assert_int_equal(mark_of("edns1", &r, said), SGAP_MARK_PASS);
	r.version = 1;
	assert_int_equal(mark_of("edns1", &r, said), SGAP_MARK_FAIL);
	r.version = 0;
	r.unknown = true;
	assert_int_equal(mark_of("edns1-option", &r, said), SGAP_MARK_FAIL);
	assert_string_equal(said, "an unknown option came back");
	r.unknown = false;
	r.rcode = 0;
	r.referral = true;
	assert_int_equal(mark_of("edns", &r, said), SGAP_MARK_FAIL);
	assert_string_equal(said, "a referral, expected the SOA");
	r.len = 513;
	assert_int_equal(mark_of("size-512", &r, said), SGAP_MARK_FAIL);
	r.len = 512;
	assert_int_equal(mark_of("size-512", &r, said), SGAP_MARK_PASS);
	r.rcode = 4;
	assert_int_equal(mark_of("opcode", &r, said), SGAP_MARK_PASS);
	assert_int_equal(mark_of("type", &r, said), SGAP_MARK_FAIL);
	assert_string_equal(said, "NOTIMP, expected NOERROR");
	r.cookie = SGAP_COOKIE_BAD;
	assert_int_equal(mark_of("cookie", &r, said), SGAP_MARK_FAIL);
	r.cookie = SGAP_COOKIE_GOOD;
	assert_int_equal(mark_of("cookie", &r, said), SGAP_MARK_NOTE);
}

static void check_set(struct sgap_check *t, enum sgap_side side, int p, int e, int cd)
{
	const int rcode[] = { p, e, cd };
	int i;

	for (i = 0; i < SGAP_WAYS; i++) {
		t->ask[side][i].got = rcode[i] < 0 ? SGAP_GOT_NOTHING : SGAP_GOT_ANSWER;
		t->ask[side][i].reply.rcode = (__u16)rcode[i];
		t->ask[side][i].reply.ede = SGAP_NONE16;
	}
}

static void test_help(void **state)
{
	static const struct {
		int a[3], b[3], a2[3], b2[3];	/* two names; -1: no answer */
		enum sgap_would would;
		int failed, won;
	} row[] = {
		{ { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, SGAP_WOULD_NO, 0, 0 },
		{ { 5, 5, 5 }, { 0, 0, 0 }, { 5, 5, 5 }, { 0, 0, 0 }, SGAP_WOULD_YES, 2, 2 },
		{ { 5, 5, 5 }, { 0, 0, 0 }, { 5, 5, 5 }, { 2, 2, 2 }, SGAP_WOULD_PARTLY, 2, 1 },
		{ { 2, 2, 0 }, { 2, 2, 0 }, { 2, 2, 0 }, { 2, 2, 0 }, SGAP_WOULD_NO, 2, 0 },
		{ { 0, -1, -1 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, SGAP_WOULD_YES, 1, 1 },
		{ { 0, -1, -1 }, { 0, -1, -1 }, { 0, 0, 0 }, { 0, 0, 0 }, SGAP_WOULD_NO, 1, 0 },
		{ { -1, -1, -1 }, { 3, 3, 3 }, { 3, 3, 3 }, { 3, 3, 3 }, SGAP_WOULD_NO, 1, 0 },
	};
	struct sgap_check t[2] = { 0 };
	struct sgap_help help;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		check_set(&t[0], 0, row[i].a[0], row[i].a[1], row[i].a[2]);
		check_set(&t[0], 1, row[i].b[0], row[i].b[1], row[i].b[2]);
		check_set(&t[1], 0, row[i].a2[0], row[i].a2[1], row[i].a2[2]);
		check_set(&t[1], 1, row[i].b2[0], row[i].b2[1], row[i].b2[2]);
		sgap_help_judge(&help, t, 2, true);
		assert_int_equal(help.would, row[i].would);
		assert_int_equal(help.failed, row[i].failed);
		assert_int_equal(help.won, row[i].won);
		assert_true(*help.why);
		sgap_help_judge(&help, t, 2, false);
		assert_int_equal(help.would, SGAP_WOULD_UNKNOWN);
	}
	sgap_help_judge(&help, t, 0, true);
	assert_int_equal(help.would, SGAP_WOULD_UNKNOWN);
	check_set(&t[0], 0, 2, 2, 0);
	assert_true(sgap_check_is_bogus(&t[0], 0));
	check_set(&t[0], 0, 2, 2, 2);
	assert_false(sgap_check_is_bogus(&t[0], 0));
}

static struct sgap_survey *survey(void)
{
	struct sgap_survey *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	return s;
}

static void serve(struct sgap_survey *s, int rcode, bool aa, __u32 serial)
{
	struct sgap_ask *ask = &s->server[s->n++].ask;

	ask->got = rcode < 0 ? SGAP_GOT_NOTHING : SGAP_GOT_ANSWER;
	ask->reply = (struct sgap_reply){ .rcode = (__u16)rcode, .flags = aa ? SGAP_DNS_AA : 0,
		.has_soa = !rcode && serial, .serial = serial };
}

static void test_survey(void **state)
{
	static const enum sgap_serves want[] = { SGAP_SERVES_STALE, SGAP_SERVES_WELL,
		SGAP_SERVES_LAME, SGAP_SERVES_LAME, SGAP_SERVES_EXPIRED, SGAP_SERVES_SILENT,
		SGAP_SERVES_BROKEN, SGAP_SERVES_BROKEN, SGAP_SERVES_UNREACHABLE };
	struct sgap_survey *s = survey();
	size_t i;

	(void)state;
	serve(s, 0, true, 0xfffffff0u);	/* older, over the wrap */
	serve(s, 0, true, 5);
	serve(s, 5, false, 0);
	serve(s, 0, false, 5);
	serve(s, 2, false, 0);
	serve(s, -1, false, 0);
	serve(s, 1, false, 0);
	serve(s, 0, true, 0);
	serve(s, -1, false, 0);
	s->server[s->n - 1].ask.got = SGAP_GOT_UNREACHABLE;
	sgap_survey_judge(s);
	assert_int_equal(s->newest, 5);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++)
		assert_int_equal(s->server[i].serves, want[i]);
	assert_ptr_equal(sgap_survey_first(s, SGAP_SERVES_LAME), &s->server[2]);
	assert_int_equal(s->count[SGAP_SERVES_LAME], 2);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_question),
		cmocka_unit_test(test_edns_question),
		cmocka_unit_test(test_opcode_has_no_question),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_is_an_answer),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_reply_options),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_mark_reasons),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_survey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
