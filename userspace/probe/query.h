/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question as bytes: how it is put is a form, what it is about is a name and a type. */
#ifndef SGAP_PROBE_QUERY_H
#define SGAP_PROBE_QUERY_H

#include "pure.h"

#define SGAP_QUERY_MAX 512	/* bytes that hold any question of ours */
#define SGAP_DNS_Z 0x0040u	/* the reserved bit of the header */
#define SGAP_EDNS_DO 0x8000u	/* of the flags of OPT (RFC 3225) */
#define SGAP_EDNS_UNKNOWN 0x0040u	/* one of them that means nothing yet */

/* EDNS options that a form may carry. */
#define SGAP_FORM_NSID 0x01u		/* RFC 5001 */
#define SGAP_FORM_COOKIE 0x02u		/* RFC 7873 */
#define SGAP_FORM_SUBNET 0x04u		/* RFC 7871: of 0 bits, so it says nothing of anybody */
#define SGAP_FORM_EXPIRE 0x08u		/* RFC 7314 */
#define SGAP_FORM_UNKNOWN 0x10u		/* SGAP_OPTION_UNKNOWN */
#define SGAP_OPTION_UNKNOWN 100u	/* the unassigned one that RFC 8906 section 8.2.3 takes */

/**
 * struct sgap_form - how a question is put
 * @flags:	of the header: SGAP_DNS_RD, AD, CD, Z
 * @opcode:	0 = QUERY; any other goes without a question (RFC 8906 section 8.1.4)
 * @edns:	with an OPT record
 * @tcp:	over TCP
 * @spelt:	with the name's letters in random case
 * @version:	of EDNS
 * @size:	UDP size that OPT offers
 * @eflags:	of OPT: SGAP_EDNS_*
 * @options:	of OPT: SGAP_FORM_*
 */
struct sgap_form {
	__u16 flags;
	__u8 opcode;
	bool edns, tcp, spelt;
	__u8 version;
	__u16 size;
	__u16 eflags;
	__u8 options;
};

/**
 * struct sgap_query - what was asked, to hold an answer against
 * @id:		of the message
 * @qname:	as it was spelt, in wire form
 * @qname_len:	its bytes
 * @qtype:	the class is IN
 * @cookie:	the client's, when the form has one (RFC 7873 section 4)
 * @form:	how
 */
struct sgap_query {
	const struct sgap_form *form;
	__u16 id;
	__u16 qname_len, qtype;
	__u8 qname[255];
	__u8 cookie[8];
};

/*
 * Draw id, cookie and spelling at random; name is in wire form. Without random
 * numbers from the kernel: -errno.
 */
int sgap_query_draw(struct sgap_query *q, const struct sgap_form *form, const __u8 *name,
		    __u16 name_len, __u16 qtype);

/* Write the message. Returns its bytes, or -EINVAL on a name that is none, -ENOMEM, -ENOSPC. */
int sgap_query_write(__u8 *buf, size_t size, const struct sgap_query *q);

/* A name as text, with or without the final dot, to wire form. Returns its bytes or -EINVAL. */
int sgap_query_name(__u8 name[static 255], const char *text);

#endif
