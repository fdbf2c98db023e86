/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions put to DNS servers by ourselves, many at once, no faster than agreed. */
#ifndef SGAP_PROBE_ASK_H
#define SGAP_PROBE_ASK_H

#include "query.h"
#include "reply.h"

/* What became of a question. */
enum sgap_got {
	SGAP_GOT_NOTHING,	/* no answer in time, however often it was asked */
	SGAP_GOT_ANSWER,
	SGAP_GOT_GARBAGE,	/* an answer that is not well formed */
	SGAP_GOT_CLOSED,	/* the host says that nothing listens: ICMP, or a TCP reset */
	SGAP_GOT_UNREACHABLE,	/* a router, or this host, says that there is no way */
	SGAP_GOT_CUT,		/* TCP was accepted and closed without an answer */
};

/**
 * struct sgap_ask - a question, and what came of it
 * @server:	who is asked
 * @port:	at which port
 * @qname:	the name in wire form
 * @qname_len:	its bytes
 * @qtype:	its type; the class is IN
 * @form:	how it is put; NULL = plain, with RD, as old a form as any server understands
 * @list:	takes name servers and addresses of the answer; NULL = nobody wants them
 * @got:	the rest is filled in by sgap_ask()
 * @err:	errno of the host, with CLOSED and UNREACHABLE
 * @sent:	how often it was asked
 * @strays:	messages that came and were no answer to it
 * @other:	and an address that one of them came from, whose id and question were right
 * @rtt_us:	from the query that was answered to its answer
 * @reply:	when there is an answer
 */
struct sgap_ask {
	struct sgap_addr server;
	__u16 port;
	__u16 qname_len;
	__u8 qname[255];
	__u16 qtype;
	const struct sgap_form *form;
	struct sgap_reply_list *list;

	enum sgap_got got;
	int err;
	__u32 sent, strays;
	bool has_other;
	struct sgap_addr other;
	__u32 rtt_us;
	struct sgap_reply reply;
};

/**
 * struct sgap_pace - how, and how fast
 * @tries:	how often a question is put that stays unanswered, 1 or more
 * @wait_ms:	how long each time
 * @apart:	not together with another of the same server, name and type, for up to 0.3 s:
 *		a forwarder may merge such questions, and give all the same answer
 * @rate:	queries a second, over all servers; a TCP connection is one; 0 = no limit
 * @sent:	queries so far
 * @next:	us of the monotonic clock: none before this
 */
struct sgap_pace {
	int tries, wait_ms;
	bool apart;
	__u32 rate;
	__u64 sent, next;
};

/* Ask all n. Who does not answer is not an error. Returns 0 or -errno. */
int sgap_ask(struct sgap_ask *const *ask, int n, struct sgap_pace *pace);

/* What became of it, in words: "no answer", "NOERROR", "SERVFAIL (EDE 22)"; returns buf. */
const char *sgap_ask_text(char *buf, size_t size, const struct sgap_ask *ask);

/* The same with what an answer holds and its time: "NOERROR, 2 records, 3.1 ms". */
const char *sgap_ask_outcome(char *buf, size_t size, const struct sgap_ask *ask);

/* NOERROR or NXDOMAIN. */
static inline bool sgap_ask_is_good(const struct sgap_ask *ask)
{
	return ask->got == SGAP_GOT_ANSWER && (ask->reply.rcode == 0 || ask->reply.rcode == 3);
}

#endif
