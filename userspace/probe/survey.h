/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All servers of a zone, each asked for its SOA. */
#ifndef SGAP_PROBE_SURVEY_H
#define SGAP_PROBE_SURVEY_H

#include "ask.h"

#define SGAP_SURVEY_MAX 32	/* addresses */

enum sgap_serves {
	SGAP_SERVES_WELL,
	SGAP_SERVES_STALE,	/* a serial older than another server's (RFC 1982) */
	SGAP_SERVES_LAME,	/* not with authority, or refused (RFC 1912 section 2.8) */
	SGAP_SERVES_EXPIRED,	/* it has the zone, and cannot serve it */
	SGAP_SERVES_BROKEN,	/* another error */
	SGAP_SERVES_SILENT,
	SGAP_SERVES_UNREACHABLE,	/* no way to it from here: nothing is known of it */
	__SGAP_SERVES_MAX
};

struct sgap_survey_server {
	struct sgap_reply_ns name;	/* len 0: not by a name */
	struct sgap_ask ask;		/* SOA, RD=0 */
	enum sgap_serves serves;
};

/**
 * struct sgap_survey - a zone's servers
 * @zone:	its name in wire form
 * @list:	name servers, as looked up
 * @n:		addresses that were asked
 * @more:	there are more than are asked
 * @newest:	serial, if one serves the zone
 * @count:	servers by enum sgap_serves
 */
struct sgap_survey {
	__u8 zone[255];
	__u16 zone_len;
	struct sgap_reply_list list;
	struct sgap_survey_server server[SGAP_SURVEY_MAX];
	__u32 n;
	bool more;
	__u32 newest;
	__u32 count[__SGAP_SERVES_MAX];
};

/*
 * Look the zone's servers up at the resolvers (the second is asked for what the first
 * does not know), and ask each address. Returns 0 or -errno.
 */
int sgap_survey_run(struct sgap_survey *s, const struct sgap_addr *resolver, int nresolvers,
		    __u16 port, struct sgap_pace *pace);

/* Pure: what each answer means, and the newest serial. */
void sgap_survey_judge(struct sgap_survey *s);

/* The first server of that kind; NULL = none. */
const struct sgap_survey_server *sgap_survey_first(const struct sgap_survey *s,
						   enum sgap_serves serves);

const char *sgap_serves_name(enum sgap_serves serves);

/* Is serial a older than b? (RFC 1982 section 3.2) */
static inline bool sgap_serial_older(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

#endif
