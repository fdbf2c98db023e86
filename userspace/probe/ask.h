/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions put to a DNS server by ourselves, many at once. */
#ifndef SGAP_PROBE_ASK_H
#define SGAP_PROBE_ASK_H

#include "pure.h"

/**
 * struct sgap_ask - a question, and what came of it
 * @server:	who is asked, over UDP
 * @port:	at which port
 * @qname:	the name in wire form
 * @qname_len:	its bytes
 * @qtype:	its type; the class is IN
 * @bufsize:	of its OPT; 0: without OPT
 * @dnssec_ok:	its OPT has DO
 * @answered:	an answer to this question came in time
 * @rcode:	of the answer
 * @ancount:	its answer records
 * @truncated:	it had TC: the whole answer is to be had over TCP
 * @digest:	of its records, see sgap_wire_parse(); 0 = none
 * @rtt_us:	from the query that was answered to its answer
 */
struct sgap_ask {
	struct sgap_addr server;
	__u16 port;
	__u8 qname[255];
	__u16 qname_len;
	__u16 qtype;
	__u16 bufsize;
	bool dnssec_ok;

	bool answered;
	__u16 rcode;
	__u16 ancount;
	bool truncated;
	__u64 digest;
	__u32 rtt_us;
};

/*
 * Ask all n, each at most tries times and each time for up to wait_ms. Who does
 * not answer is not an error. Returns 0 or -errno.
 */
int sgap_ask(struct sgap_ask *ask, int n, int tries, int wait_ms);

#endif
