/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a server is to behave, whatever it serves: the questions of RFC 8906 section 8
 * and some more, a row each, and what their answers must be like.
 */
#ifndef SGAP_PROBE_SUITE_H
#define SGAP_PROBE_SUITE_H

#include "ask.h"

enum sgap_mark {
	SGAP_MARK_FAIL,
	SGAP_MARK_PASS,
	SGAP_MARK_NOTE,		/* nothing that a server must do */
};

/**
 * struct sgap_test - one row
 * @id:		stable name
 * @what:	what is asked for, in words
 * @ref:	the section that says what is right
 * @form:	how it is asked; RD is added when recursive servers are asked
 * @qtype:	of the zone's apex
 * @bare:	RD stays as the form has it
 * @check:	judges an answer that came; says in a few words what is wrong, or is noted
 */
struct sgap_test {
	const char *id, *what, *ref;
	struct sgap_form form;
	__u16 qtype;
	bool bare;
	enum sgap_mark (*check)(const struct sgap_ask *ask, char *said, size_t size);
};

extern const struct sgap_test sgap_suite[];
#define SGAP_SUITE_MAX 32
#define SGAP_SUITE_OPENING 2	/* the first ones: they tell what kind of server it is */
extern const int sgap_suite_n;

/* The mark of any outcome; said is "" when there is nothing to say. */
enum sgap_mark sgap_suite_mark(const struct sgap_test *test, const struct sgap_ask *ask,
			       char *said, size_t size);

const char *sgap_suite_mark_name(enum sgap_mark mark);

#endif
