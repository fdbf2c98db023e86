// SPDX-License-Identifier: GPL-2.0-or-later
#include "suite.h"

#include <stdio.h>

#include "lib/names.h"
#include "wire.h"

#define BADVERS 16u
#define NOTIMP 4u

#define SOA 6u
#define DNSKEY 48u
#define UNASSIGNED 1000u	/* a type that means nothing, as in RFC 8906 section 8.1.2 */

#define SIZE 1232u		/* RFC 9715 section 3.2 */

static enum sgap_mark fail(char *said, size_t size, const char *what)
{
	snprintf(said, size, "%s", what);
	return SGAP_MARK_FAIL;
}

static enum sgap_mark want_rcode(const struct sgap_ask *ask, __u16 rcode, char *said, size_t size)
{
	char want[SGAP_NAME_TEXT], text[64];

	if (ask->reply.rcode == rcode)
		return SGAP_MARK_PASS;
	snprintf(said, size, "%s, expected %s", sgap_ask_text(text, sizeof(text), ask),
		 sgap_names_rcode(want, rcode));
	return SGAP_MARK_FAIL;
}

static enum sgap_mark want_soa(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_rcode(ask, 0, said, size);

	if (mark && !ask->reply.has_soa)
		mark = fail(said, size, ask->reply.referral ? "a referral, expected the SOA" :
							       "no SOA in the answer");
	if (mark && ask->reply.flags & SGAP_DNS_Z)
		mark = fail(said, size, "the reserved bit came back");
	return mark;
}

static enum sgap_mark want_rd(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_soa(ask, said, size);

	if (mark && !(ask->reply.flags & SGAP_DNS_RD))
		mark = fail(said, size, "RD=1 was not copied");
	return mark;
}

/* What a server does with RD=0 is its own affair, as long as it answers. */
static enum sgap_mark want_answer(const struct sgap_ask *ask, char *said, size_t size)
{
	char text[64];

	if (ask->reply.flags & SGAP_DNS_RD)
		return fail(said, size, "RD=0 was not copied");
	snprintf(said, size, "%s", sgap_ask_text(text, sizeof(text), ask));
	return SGAP_MARK_PASS;
}

static enum sgap_mark want_no_data(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_rcode(ask, 0, said, size);

	return mark && ask->reply.ancount ? fail(said, size, "records, expected none") : mark;
}

static enum sgap_mark want_notimp(const struct sgap_ask *ask, char *said, size_t size)
{
	return want_rcode(ask, NOTIMP, said, size);
}

static enum sgap_mark want_opt(const struct sgap_ask *ask, char *said, size_t size)
{
	if (!ask->reply.edns)
		return fail(said, size, "no OPT in the answer");
	if (ask->reply.version)
		return fail(said, size, "EDNS version in the answer is not 0");
	if (ask->reply.eflags & SGAP_EDNS_UNKNOWN)
		return fail(said, size, "an unknown EDNS flag came back");
	return ask->reply.unknown ? fail(said, size, "an unknown option came back") :
				    SGAP_MARK_PASS;
}

static enum sgap_mark want_edns(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_soa(ask, said, size);

	return mark ? want_opt(ask, said, size) : mark;
}

static enum sgap_mark want_badvers(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_rcode(ask, BADVERS, said, size);

	if (mark && ask->reply.has_soa)
		mark = fail(said, size, "an SOA beside BADVERS");
	return mark ? want_opt(ask, said, size) : mark;
}

static enum sgap_mark want_do(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_edns(ask, said, size);

	if (mark && !(ask->reply.eflags & SGAP_EDNS_DO))
		mark = fail(said, size, "DO=1 was not copied");
	if (mark)
		snprintf(said, size, "%s", ask->reply.rrsig ? "signed" : "not signed");
	return mark;
}

/* A large answer: whole, or cut with TC, but with OPT and not larger than was offered. */
static enum sgap_mark want_fit(const struct sgap_ask *ask, char *said, size_t size)
{
	enum sgap_mark mark = want_rcode(ask, 0, said, size);

	if (mark)
		mark = want_opt(ask, said, size);
	if (!mark)
		return mark;
	snprintf(said, size, "%u bytes%s", ask->reply.len,
		 ask->reply.flags & SGAP_DNS_TC ? ", truncated" : "");
	return ask->reply.len <= ask->form->size ? SGAP_MARK_PASS : SGAP_MARK_FAIL;
}

static enum sgap_mark want_case(const struct sgap_ask *ask, char *said, size_t size)
{
	if (!ask->reply.has_question)
		return fail(said, size, "the question is not repeated");
	return ask->reply.same_case ? SGAP_MARK_PASS :
				      fail(said, size, "the spelling of the name came back changed");
}

static enum sgap_mark note_nsid(const struct sgap_ask *ask, char *said, size_t size)
{
	snprintf(said, size, "%s", *ask->reply.nsid ? ask->reply.nsid : "not offered");
	return SGAP_MARK_NOTE;
}

static enum sgap_mark note_cookie(const struct sgap_ask *ask, char *said, size_t size)
{
	if (ask->reply.cookie == SGAP_COOKIE_BAD)
		return fail(said, size, "a cookie that is not to ours");
	snprintf(said, size, "%s", ask->reply.cookie ? "offered" : "not offered");
	return SGAP_MARK_NOTE;
}

static enum sgap_mark note_ede(const struct sgap_ask *ask, char *said, size_t size)
{
	const struct sgap_reply *r = &ask->reply;

	if (r->ede == SGAP_NONE16)
		snprintf(said, size, "none on this answer");
	else
		snprintf(said, size, "EDE %u%s%s%s%s", r->ede,
			 *sgap_names_ede(r->ede) ? " " : "", sgap_names_ede(r->ede),
			 *r->ede_text ? ": " : "", r->ede_text);
	return SGAP_MARK_NOTE;
}

#define EDNS(...) { .edns = true, .size = SIZE, __VA_ARGS__ }

const struct sgap_test sgap_suite[] = {
	{ "soa", "SOA of the zone, RD=1", "RFC 8906 section 8.1.3.4", { .flags = SGAP_DNS_RD },
	  SOA, true, want_rd },
	{ "norec", "the same, RD=0", "RFC 8906 section 8.1.1", { 0 }, SOA, true, want_answer },
	{ "type", "a type that nobody knows", "RFC 8906 section 8.1.2", { 0 }, UNASSIGNED, false,
	  want_no_data },
	{ "cd", "CD=1", "RFC 8906 section 8.1.3.1", { .flags = SGAP_DNS_CD }, SOA, false,
	  want_soa },
	{ "ad", "AD=1", "RFC 8906 section 8.1.3.2", { .flags = SGAP_DNS_AD }, SOA, false,
	  want_soa },
	{ "reserved", "the reserved bit set", "RFC 8906 section 8.1.3.3", { .flags = SGAP_DNS_Z },
	  SOA, false, want_soa },
	{ "opcode", "opcode 15", "RFC 8906 section 8.1.4", { .opcode = 15 }, SOA, true,
	  want_notimp },
	{ "tcp", "over TCP", "RFC 8906 section 8.1.5", { .tcp = true }, SOA, false, want_soa },
	{ "edns", "EDNS", "RFC 8906 section 8.2.1", EDNS(.version = 0), SOA, false, want_edns },
	{ "edns1", "EDNS version 1", "RFC 8906 section 8.2.2", EDNS(.version = 1), SOA, false,
	  want_badvers },
	{ "option", "an unknown option", "RFC 8906 section 8.2.3",
	  EDNS(.options = SGAP_FORM_UNKNOWN), SOA, false, want_edns },
	{ "flag", "an unknown EDNS flag", "RFC 8906 section 8.2.4",
	  EDNS(.eflags = SGAP_EDNS_UNKNOWN), SOA, false, want_edns },
	{ "edns1-flag", "version 1, unknown flag", "RFC 8906 section 8.2.5",
	  EDNS(.version = 1, .eflags = SGAP_EDNS_UNKNOWN), SOA, false, want_badvers },
	{ "edns1-option", "version 1, unknown option", "RFC 8906 section 8.2.6",
	  EDNS(.version = 1, .options = SGAP_FORM_UNKNOWN), SOA, false, want_badvers },
	{ "size-512", "a large answer, 512 bytes", "RFC 8906 section 8.2.7",
	  { .edns = true, .size = 512, .eflags = SGAP_EDNS_DO }, DNSKEY, false, want_fit },
	{ "size-1232", "the same, 1232 bytes", "RFC 6891 section 6.2.5",
	  { .edns = true, .size = 1232, .eflags = SGAP_EDNS_DO }, DNSKEY, false, want_fit },
	{ "size-4096", "the same, 4096 bytes", "RFC 6891 section 6.2.5",
	  { .edns = true, .size = 4096, .eflags = SGAP_EDNS_DO }, DNSKEY, false, want_fit },
	{ "do", "DO=1", "RFC 8906 section 8.2.8", EDNS(.eflags = SGAP_EDNS_DO), SOA, false,
	  want_do },
	{ "edns1-do", "version 1, DO=1", "RFC 8906 section 8.2.9",
	  EDNS(.version = 1, .eflags = SGAP_EDNS_DO), SOA, false, want_badvers },
	{ "options", "several options at once", "RFC 8906 section 8.2.10",
	  EDNS(.options = SGAP_FORM_NSID | SGAP_FORM_COOKIE | SGAP_FORM_SUBNET | SGAP_FORM_EXPIRE),
	  SOA, false, want_edns },
	{ "edns-tcp", "EDNS over TCP", "RFC 8906 section 3.2.7", EDNS(.tcp = true), SOA, false,
	  want_edns },
	{ "case", "the name's spelling", "RFC 1035 section 4.1.1", { .spelt = true }, SOA, false,
	  want_case },
	{ "nsid", "its name (NSID)", "RFC 5001 section 2.2", EDNS(.options = SGAP_FORM_NSID), SOA,
	  false, note_nsid },
	{ "cookie", "cookies", "RFC 7873 section 5.2", EDNS(.options = SGAP_FORM_COOKIE), SOA,
	  false, note_cookie },
	{ "ede", "extended errors", "RFC 8914 section 3", EDNS(.version = 0), SOA, false, note_ede },
};

const int sgap_suite_n = sizeof(sgap_suite) / sizeof(*sgap_suite);
_Static_assert(sizeof(sgap_suite) / sizeof(*sgap_suite) <= SGAP_SUITE_MAX, "asks have no room");

enum sgap_mark sgap_suite_mark(const struct sgap_test *test, const struct sgap_ask *ask,
			       char *said, size_t size)
{
	char text[96];

	*said = 0;
	if (ask->got == SGAP_GOT_ANSWER)
		return test->check(ask, said, size);
	return fail(said, size, sgap_ask_text(text, sizeof(text), ask));
}

const char *sgap_suite_mark_name(enum sgap_mark mark)
{
	static const char *const name[] = { "fail", "pass", "note" };

	return name[mark];
}
