/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * DNS bytes -> struct sgap_msg (RFC 1035 section 4, RFC 6891, RFC 8914). Pure.
 */
#ifndef SGAP_WIRE_H
#define SGAP_WIRE_H

#include "pure.h"

#define SGAP_WIRE_HEADER 12
#define SGAP_WIRE_NAME_MAX 255	/* bytes on the wire, RFC 1035 section 3.1 */
#define SGAP_WIRE_RRS_MAX 64	/* answer records that make the digest */

/* Flag bits of the header's second word. */
#define SGAP_DNS_QR 0x8000u
#define SGAP_DNS_OPCODE 0x7800u
#define SGAP_DNS_AA 0x0400u
#define SGAP_DNS_TC 0x0200u
#define SGAP_DNS_RD 0x0100u
#define SGAP_DNS_RA 0x0080u
#define SGAP_DNS_AD 0x0020u
#define SGAP_DNS_CD 0x0010u

/*
 * A message taken apart. Pointers are into the caller's bytes and live as long
 * as these do.
 */
struct sgap_msg {
	const __u8 *qname;	/* wire form as spelt, root included; NULL without a question */
	const __u8 *ede_text;	/* EXTRA-TEXT, not terminated */
	const __u8 *nsid;
	__u64 qname_hash;	/* of the name in lower case; 0 without a question */
	__u64 qname_case;	/* of which of its letters are in upper case; 0 = none */
	__u64 digest;		/* see sgap_wire_parse(); 0 = no answer records */
	__u32 min_ttl;		/* s; SGAP_NONE32 = no answer records */
	__u32 soa_serial;	/* of the first SOA in answer or authority */
	__u32 connect_us;	/* TCP: how long the handshake took; the caller sets it */
	__u32 pid;		/* who asks, if it is known; the caller sets these two */
	__u64 cgroup;
	__u16 len;		/* of the message */
	__u16 id, flags;
	__u16 qdcount, ancount, nscount, arcount;
	__u16 qtype, qclass;
	__u16 qname_len;
	__u16 rcode;		/* extended, 12 bits */
	__u16 ede;		/* first INFO-CODE; SGAP_NONE16 = none */
	__u16 ede_text_len, nsid_len;
	__u16 bufsize;		/* of OPT; 0 = no OPT */
	__u8 has_opt, has_soa;
	__u8 edns_version;
	__u8 dnssec_ok;
	__u8 malformed;		/* a record is bad, or a section ends too early */
	__u8 cut;		/* the bytes given end before the message does */
	__u8 naddr;
	struct sgap_addr addr[2];	/* the first naddr A or AAAA of the answer section */
};

/*
 * Take the len bytes at p, of a message that had wire_len bytes, apart.
 * Returns 0, or the enum sgap_unparsed that says why it is neither a query nor
 * an answer; then only id and flags are set, and those only if 12 bytes are there.
 *
 * The header and the question must be right. Sections after it are walked to
 * the end of the bytes; where that is not possible malformed is set (or cut, when
 * the capture ended first) and what was found before is kept. A fault within a
 * record sets malformed, leaves that record out, and the walk goes on; a capture
 * that ends in a later one then sets cut as well. Compression pointers must point
 * strictly backwards.
 *
 * The digest is the sum, modulo 2^64, of a hash per answer record over its owner in
 * lower case, type, class and RDATA, names within the RDATA of NS, CNAME, PTR, MX,
 * SOA, SRV and DNAME uncompressed and in lower case: it does not depend on order,
 * compression, case or TTL. RRSIG records are left out, since they differ from one
 * signing to the next.
 */
int sgap_wire_parse(struct sgap_msg *m, const __u8 *p, __u32 len, __u32 wire_len);

/*
 * The same for who only counts: digest, addr, min_ttl, soa_serial and has_soa stay as of a
 * message without answers, and malformed does not tell of faults within answer and
 * authority records. All else is the same, and so are all counters made of it.
 */
int sgap_wire_count(struct sgap_msg *m, const __u8 *p, __u32 len, __u32 wire_len);

/*
 * Write the name at p (wire form, len bytes) as text into buf of size bytes:
 * presentation format of RFC 1035 section 5.1, "." for the root, lower case if
 * asked. Returns the length without the final 0, or -EINVAL on a name that is
 * not well formed, -ENOSPC if buf is too small (1025 is always enough).
 */
int sgap_wire_name_text(char *buf, __u32 size, const __u8 *p, __u32 len, bool lower);

#endif
