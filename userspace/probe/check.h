/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name that failed, put to the server and to its fallback: would the fallback help? */
#ifndef SGAP_PROBE_CHECK_H
#define SGAP_PROBE_CHECK_H

#include "ask.h"

enum sgap_side {
	SGAP_SIDE_SERVER,
	SGAP_SIDE_FALLBACK,
	SGAP_SIDES
};

/* The ways that each is put, all with RD. */
enum sgap_way {
	SGAP_WAY_PLAIN,
	SGAP_WAY_EDNS,		/* with DO */
	SGAP_WAY_UNCHECKED,	/* with DO and CD: not to be validated */
	SGAP_WAYS
};

struct sgap_check {
	__u8 qname[255];
	__u16 qname_len, qtype;
	struct sgap_ask ask[SGAP_SIDES][SGAP_WAYS];
};

enum sgap_would {
	SGAP_WOULD_UNKNOWN,
	SGAP_WOULD_YES,
	SGAP_WOULD_PARTLY,
	SGAP_WOULD_NO,
};

#define SGAP_HELP_TEXT 160

/**
 * struct sgap_help - would the fallback help?
 * @names:	how many were put to both
 * @failed:	of them, those that the server fails
 * @won:	of these, those that the fallback answers
 * @why:	in words
 */
struct sgap_help {
	enum sgap_would would;
	int names, failed, won;
	char why[SGAP_HELP_TEXT];
};

/* Fill in the asks; port is that of both. */
void sgap_check_put(struct sgap_check *c, const struct sgap_addr *server,
		    const struct sgap_addr *fallback, __u16 port);

/* Does this side answer the name, whether asked plainly or with EDNS? */
bool sgap_check_is_good(const struct sgap_check *c, enum sgap_side side);

/* Does it answer the name only when told not to validate? */
bool sgap_check_is_bogus(const struct sgap_check *c, enum sgap_side side);

/*
 * Pure. That a name does not exist is an answer of the fallback only when the server
 * says so, too.
 */
void sgap_help_judge(struct sgap_help *help, const struct sgap_check *checks, int n,
		     bool has_fallback);

const char *sgap_would_name(enum sgap_would would);

#endif
