/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer to a question of ours, taken apart. */
#ifndef SGAP_PROBE_REPLY_H
#define SGAP_PROBE_REPLY_H

#include "pure.h"

#define SGAP_REPLY_TEXT 96
#define SGAP_REPLY_NS 16	/* name servers that are kept of one answer */
#define SGAP_REPLY_ADDRS 16	/* and addresses */

struct sgap_query;

enum sgap_cookie {
	SGAP_COOKIE_NONE,
	SGAP_COOKIE_GOOD,	/* ours, and the server's own of 8 to 32 bytes */
	SGAP_COOKIE_BAD,
};

/**
 * struct sgap_reply - what came back
 * @flags:	of the header, with the reserved bit
 * @rcode:	extended, 12 bits
 * @len:	bytes of the message
 * @has_question: it repeats the question; without one it has none at all
 * @same_case:	and spells it as we did
 * @rrsig:	there are signatures in the answer section
 * @has_soa:	there is an SOA in the answer section, with @serial
 * @referral:	no answer, no authority, but name servers in the authority section
 * @version, @size, @eflags: of OPT, when @edns
 * @unknown:	OPT has the option back that nobody can know
 * @ede:	first INFO-CODE; SGAP_NONE16 = none
 * @ede_text, @nsid: printable, cut to fit; "" = none
 * @digest:	of the answer section, as sgap_wire_parse() makes it; 0 = no records
 */
struct sgap_reply {
	__u16 flags, rcode, len;
	__u16 ancount, nscount, arcount;
	bool has_question, same_case, rrsig, has_soa, referral;
	bool edns, unknown;
	__u8 version;
	__u16 size, eflags;
	enum sgap_cookie cookie;
	__u16 ede;
	char ede_text[SGAP_REPLY_TEXT], nsid[SGAP_REPLY_TEXT];
	__u32 serial;
	__u64 digest;
};

/* Name servers and addresses of an answer, in its order, each once. */
struct sgap_reply_list {
	struct sgap_reply_ns {
		__u8 name[255];
		__u16 len;
	} ns[SGAP_REPLY_NS];
	__u32 nns;
	struct sgap_addr addr[SGAP_REPLY_ADDRS];
	__u32 naddr;
};

/*
 * Is it an answer to this question at all? The id and QR must be right, and the
 * question, when there is one, the same but for the letters' case. What is not is
 * to be passed over, as if it had not come (RFC 5452 section 9.1).
 */
bool sgap_reply_is_to(const struct sgap_query *q, const __u8 *p, size_t len);

/*
 * Take it apart; list may be NULL, else what is found is added to it. Returns 0,
 * or -EBADMSG when it is not well formed.
 */
int sgap_reply_read(struct sgap_reply *r, struct sgap_reply_list *list,
		    const struct sgap_query *q, const __u8 *p, size_t len);

#endif
