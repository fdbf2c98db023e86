/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building DNS messages, packets and frames for tests. */
#ifndef UNIT_BUILD_H
#define UNIT_BUILD_H

#include "pure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Bytes that grow; put_* append. */
struct bytes {
	__u32 len;
	__u8 b[70000];
};

void put8(struct bytes *m, __u8 x);
void put16(struct bytes *m, __u16 x);
void put32(struct bytes *m, __u32 x);
void put_bytes(struct bytes *m, const void *p, __u32 n);

/* "www.example.com" or "." in wire form; spelt as it is. */
void put_name(struct bytes *m, const char *name);
void put_pointer(struct bytes *m, __u16 to);

/* Overwrites 16 bits at off. */
void set16(struct bytes *m, __u32 off, __u16 x);

/* A header with counts of 0, and a question (QDCOUNT + 1). */
void put_header(struct bytes *m, __u16 id, __u16 flags);
void put_question(struct bytes *m, const char *name, __u16 type);

/* A record up to its RDLENGTH, which end_rr() sets; section: 0 answer to 2 additional. */
__u32 begin_rr(struct bytes *m, int section, __u16 owner_pointer, __u16 type, __u32 ttl);
__u32 begin_rr_name(struct bytes *m, int section, const char *owner, __u16 type, __u32 ttl);
void end_rr(struct bytes *m, __u32 rr);

/* OPT without options; the extended RCODE's upper 8 bits, version, flags. */
__u32 begin_opt(struct bytes *m, __u16 size, __u8 rcode_hi, __u8 version, __u16 flags);
void put_option(struct bytes *m, __u16 code, const void *p, __u16 n);

/* A whole query or answer with one question. */
void make_query(struct bytes *m, __u16 id, const char *name, __u16 type);
void make_answer(struct bytes *m, __u16 id, const char *name, __u16 type, __u8 rcode);

/* A copy in memory of exactly its size, so that ASan sees a read past its end. */
__u8 *exact(const void *p, __u32 n);

/* Parse a message of which len bytes are there; m points into a copy of exactly
 * these until the next call. */
struct sgap_msg;
int parse_cut(struct sgap_msg *m, const struct bytes *b, __u32 len, __u32 wire_len);
int parse(struct sgap_msg *m, const struct bytes *b);

/* A name of so many bytes in wire form. */
void put_long_name(struct bytes *b, __u32 total);

/* Text form to address. */
struct sgap_addr addr(const char *text);

/* Headers in front of what comes next. IPv4 by src and dst text with a dot. */
struct ip_opt {
	const char *src, *dst;
	__u8 proto, ttl;
	__u16 frag;		/* the 16 bits of flags and offset, IPv4 */
};

void put_ether(struct bytes *m, __u16 type);
__u32 begin_ip(struct bytes *m, const struct ip_opt *opt);
void end_ip(struct bytes *m, __u32 ip);
__u32 begin_udp(struct bytes *m, __u16 sport, __u16 dport);
void end_udp(struct bytes *m, __u32 udp, __u32 ip);
void put_tcp(struct bytes *m, __u16 sport, __u16 dport, __u32 seq, __u32 ack, __u8 flags);

/* A deterministic random number below n. */
__u32 rnd(__u32 n);
void rnd_seed(__u64 seed);

#endif
