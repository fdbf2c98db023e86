// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "wire.h"

#define TYPE_A 1
#define TYPE_NS 2
#define TYPE_CNAME 5
#define TYPE_SOA 6
#define TYPE_PTR 12
#define TYPE_MX 15
#define TYPE_AAAA 28
#define TYPE_SRV 33
#define TYPE_DNAME 39
#define TYPE_OPT 41
#define TYPE_RRSIG 46
#define CLASS_IN 1

#define OPTION_NSID 3
#define OPTION_EDE 15

#define RR_FIXED 10		/* type, class, TTL, RDLENGTH */
#define SOA_FIXED 20		/* serial to minimum */
#define LABEL_MAX 63
#define POINTER 0xc0
#define HEADROOM 8
#define HOPS_MAX 127		/* a name has no more labels than that */

/* The bytes of a message and what is known of it. */
struct walk {
	const __u8 *p;
	__u32 len;
	__u32 off;
	__u32 records;		/* that went into the digest */
	struct sgap_msg *m;
};

struct rr {
	__u32 owner;		/* offsets */
	__u32 rdata;
	__u32 ttl;
	__u16 type, class;
	__u16 rdlen;
};

/*
 * The last 8 bytes of n, or all n < 8 of them, 1 or more. Reads the 8 bytes that end
 * there, so whatever is hashed has 8 bytes in front of it that are ours: a
 * message's header, or HEADROOM.
 */
static inline __u64 load_last(const __u8 *p, __u32 n)
{
	__u64 x = sgap_load64(p + n - 8);

	return likely(n >= 8) ? x : x >> (64 - 8 * n);
}

static inline __u64 hash_bytes(__u64 h, const __u8 *p, __u32 n)
{
	h = sgap_mix(h, n);
	for (; n >= 8; p += 8, n -= 8)
		h = sgap_mix(h, sgap_load64(p));
	return n ? sgap_mix(h, load_last(p, n)) : h;
}

/*
 * n: bytes from here to the name's end. Case is bit 5 of each byte; below it, *upper is told which
 * word it is.
 */
static __always_inline __u64 mix_name(__u64 h, __u64 x, __u32 n, __u64 *upper)
{
	__u64 low = sgap_fold64(x);

	if (unlikely(low != x))
		*upper = sgap_mix(*upper, (low ^ x) | (n - 1) >> 3);
	return sgap_mix(h, low);
}

/*
 * The name's hash in lower case, and in *upper one of which letters are not; 0: none. By
 * words, of which the last two may overlap.
 */
static __always_inline __u64 hash_name(const __u8 *p, __u32 n, __u64 *upper)
{
	__u64 h = n, x = load_last(p, n);

	*upper = 0;
	for (; n > 8; p += 8, n -= 8)
		h = mix_name(h, sgap_load64(p), n, upper);
	return mix_name(h, x, n, upper);
}

/* Bytes of the uncompressed name at off, or 0: bad, or *cut: the bytes end within it. */
static inline __u32 plain_name(const __u8 *p, __u32 len, __u32 off, bool *cut)
{
	__u32 end = off + SGAP_WIRE_NAME_MAX < len ? off + SGAP_WIRE_NAME_MAX : len;
	__u32 at = off;
	__u32 label;

	*cut = false;
	while (at < end) {
		label = p[at];
		if (label > LABEL_MAX)
			return 0;
		at += label + 1;
		if (!label)
			return at - off;
	}
	*cut = at >= len && at - off <= SGAP_WIRE_NAME_MAX;
	return 0;
}

/*
 * Bytes that the name at off takes there, a pointer being its end; 0: bad or
 * past the end of the bytes.
 */
static __u32 skip_name(const struct walk *w, __u32 off)
{
	__u32 at = off;
	__u32 label;

	while (at < w->len) {
		label = w->p[at];
		if (label >= POINTER)
			return at + 2 <= w->len ? at + 2 - off : 0;
		if (label > LABEL_MAX)
			return 0;
		at += label + 1;
		if (at - off > SGAP_WIRE_NAME_MAX)
			return 0;
		if (!label)
			return at - off;
	}
	return 0;
}

/*
 * Write the name at off without compression; returns its length, or 0: bad.
 * Each pointer must lead before the place that the last one led to.
 */
static __u32 expand_name(const struct walk *w, __u32 off, __u8 *out)
{
	__u32 start = off, n = 0, hops = 0;
	__u32 label, to;

	while (off < w->len) {
		label = w->p[off];
		if (label >= POINTER) {
			if (off + 2 > w->len || ++hops > HOPS_MAX)
				return 0;
			to = sgap_get16(w->p + off) & 0x3fff;
			if (to >= start || to < SGAP_WIRE_HEADER)
				return 0;
			start = to;
			off = to;
			continue;
		}
		if (label > LABEL_MAX || n + label + 1 > SGAP_WIRE_NAME_MAX ||
		    off + label + 1 > w->len)
			return 0;
		memcpy(out + n, w->p + off, label + 1);
		n += label + 1;
		off += label + 1;
		if (!label)
			return n;
	}
	return 0;
}

/* Hash of the possibly compressed name at off in lower case; 0: bad name. */
static __u64 long_name_hash(const struct walk *w, __u32 off)
{
	__u8 name[HEADROOM + SGAP_WIRE_NAME_MAX + 1];
	__u64 upper;
	__u32 n;

	memset(name, 0, HEADROOM);
	n = expand_name(w, off, name + HEADROOM);
	return n ? hash_name(name + HEADROOM, n, &upper) : 0;
}

/* The same; nearly all names are a pointer to the question's. */
static inline __u64 any_name_hash(const struct walk *w, __u32 off)
{
	if (likely(off + 2 <= w->len && w->m->qname &&
		   sgap_get16(w->p + off) == (POINTER << 8 | SGAP_WIRE_HEADER)))
		return w->m->qname_hash;
	return long_name_hash(w, off);
}

/*
 * How the RDATA of types with names in it is laid out (RFC 3597 section 4 knows
 * no others that may be compressed).
 */
static bool rdata_names(__u16 type, __u32 *before, __u32 *names)
{
	*before = 0;
	*names = 1;
	switch (type) {
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_PTR:
	case TYPE_DNAME:
		return true;
	case TYPE_MX:
		*before = 2;
		return true;
	case TYPE_SRV:
		*before = 6;
		return true;
	case TYPE_SOA:
		*names = 2;
		return true;
	default:
		return false;
	}
}

/* Add the RDATA to h; returns false when the names in it are bad. */
static bool hash_rdata(const struct walk *w, const struct rr *rr, __u64 *h)
{
	__u32 off = rr->rdata, end = rr->rdata + rr->rdlen;
	__u32 before, names, n;
	__u64 name;

	if (!rdata_names(rr->type, &before, &names)) {
		*h = hash_bytes(*h, w->p + off, rr->rdlen);
		return true;
	}
	if (before > rr->rdlen)
		return false;
	*h = hash_bytes(*h, w->p + off, before);
	off += before;
	while (names--) {
		n = skip_name(w, off);
		name = n ? any_name_hash(w, off) : 0;
		if (!name || off + n > end)
			return false;
		*h = sgap_mix(*h, name);
		off += n;
	}
	*h = hash_bytes(*h, w->p + off, end - off);
	return true;
}

static void take_addr(const struct walk *w, const struct rr *rr)
{
	struct sgap_msg *m = w->m;

	if (m->naddr == 2 || rr->class != CLASS_IN)
		return;
	if (rr->type == TYPE_A && rr->rdlen == 4)
		sgap_addr_set_v4(&m->addr[m->naddr++], w->p + rr->rdata);
	else if (rr->type == TYPE_AAAA && rr->rdlen == 16)
		memcpy(m->addr[m->naddr++].b, w->p + rr->rdata, 16);
}

static bool take_soa(const struct walk *w, const struct rr *rr)
{
	__u32 off = rr->rdata, end = rr->rdata + rr->rdlen;
	__u32 n, i;

	for (i = 0; i < 2; i++) {
		n = skip_name(w, off);
		if (!n || off + n > end)
			return false;
		off += n;
	}
	if (end - off != SOA_FIXED)
		return false;
	w->m->has_soa = 1;
	w->m->soa_serial = sgap_get32(w->p + off);
	return true;
}

/* One record of the answer section; false: malformed. */
static bool take_answer(struct walk *w, const struct rr *rr)
{
	struct sgap_msg *m = w->m;
	__u32 ttl = rr->ttl >> 31 ? 0 : rr->ttl;	/* RFC 2181 section 8 */
	__u64 h;

	if (ttl < m->min_ttl)
		m->min_ttl = ttl;
	take_addr(w, rr);
	if (rr->type == TYPE_RRSIG || w->records == SGAP_WIRE_RRS_MAX)
		return true;
	h = any_name_hash(w, rr->owner);
	if (!h)
		return false;
	h = sgap_mix(h, (__u32)rr->type << 16 | rr->class);
	if (!hash_rdata(w, rr, &h))
		return false;
	m->digest += h;
	w->records++;
	return true;
}

static bool take_option(struct sgap_msg *m, __u16 code, const __u8 *p, __u16 len)
{
	if (code == OPTION_NSID && !m->nsid) {
		m->nsid = p;
		m->nsid_len = len;
	} else if (code == OPTION_EDE && m->ede == SGAP_NONE16) {
		if (len < 2)
			return false;
		m->ede = sgap_get16(p);
		m->ede_text = p + 2;
		m->ede_text_len = len - 2;
	}
	return true;
}

/* RFC 6891 section 6.1; a second OPT is a fault. */
static bool take_opt(const struct walk *w, const struct rr *rr)
{
	const __u8 *p = w->p + rr->rdata;
	struct sgap_msg *m = w->m;
	__u32 left = rr->rdlen;
	__u16 code, n;

	if (m->has_opt || w->p[rr->owner])
		return false;
	m->has_opt = 1;
	m->bufsize = rr->class;
	m->rcode |= (__u16)(rr->ttl >> 24 << 4);
	m->edns_version = (__u8)(rr->ttl >> 16);
	m->dnssec_ok = rr->ttl >> 15 & 1;
	while (left) {
		if (left < 4)
			return false;
		code = sgap_get16(p);
		n = sgap_get16(p + 2);
		if (n > left - 4 || !take_option(m, code, p + 4, n))
			return false;
		p += 4 + n;
		left -= 4 + n;
	}
	return true;
}

/* Read the record at w->off and step over it; false: past the end or bad. */
static inline bool next_rr(struct walk *w, struct rr *rr)
{
	const __u8 *f;
	__u32 n;

	if (likely(w->off + 2 <= w->len && w->p[w->off] >= POINTER))
		n = 2;
	else
		n = skip_name(w, w->off);
	if (!n || w->len - w->off - n < RR_FIXED)
		return false;
	rr->owner = w->off;
	f = w->p + w->off + n;
	rr->type = sgap_get16(f);
	rr->class = sgap_get16(f + 2);
	rr->ttl = sgap_get32(f + 4);
	rr->rdlen = sgap_get16(f + 8);
	rr->rdata = w->off + n + RR_FIXED;
	if (rr->rdlen > w->len - rr->rdata)
		return false;
	w->off = rr->rdata + rr->rdlen;
	return true;
}

enum part { ANSWER, AUTHORITY, ADDITIONAL };

/* What is in one record; false: malformed. Where it ends is not in doubt. */
static __always_inline bool take_rr(struct walk *w, const struct rr *rr, enum part in,
				    bool detail)
{
	bool ok = true;

	if (in == ADDITIONAL)
		return rr->type != TYPE_OPT || take_opt(w, rr);
	if (!detail)
		return true;
	if (in == ANSWER)
		ok = take_answer(w, rr);
	if (rr->type == TYPE_SOA && !w->m->has_soa)
		ok &= take_soa(w, rr);
	return ok;
}

/* Inlined for each part, so that the questions which part it is cost nothing. */
static __always_inline bool take_section(struct walk *w, enum part in, __u32 count, bool detail)
{
	struct rr rr SGAP_UNINIT;

	/* Each record takes 11 bytes or more, so the bytes bound this. */
	for (; count; count--) {
		if (!next_rr(w, &rr))
			return false;
		if (!take_rr(w, &rr, in, detail))
			w->m->malformed = 1;
	}
	return true;
}

static __always_inline int take_question(struct walk *w)
{
	struct sgap_msg *m = w->m;
	bool cut;
	__u32 n;

	n = plain_name(w->p, w->len, w->off, &cut);
	if (!n)
		return cut ? SGAP_UNPARSED_CUT : SGAP_UNPARSED_NAME;
	if (w->len - w->off - n < 4)
		return SGAP_UNPARSED_CUT;
	m->qname = w->p + w->off;
	m->qname_len = (__u16)n;
	m->qname_hash = hash_name(m->qname, n, &m->qname_case);
	m->qtype = sgap_get16(m->qname + n);
	m->qclass = sgap_get16(m->qname + n + 2);
	w->off += n + 4;
	return 0;
}

static inline void take_header(struct sgap_msg *m, const __u8 *p, __u32 wire_len)
{
	m->len = (__u16)(wire_len > 0xffff ? 0xffff : wire_len);
	m->id = sgap_get16(p);
	m->flags = sgap_get16(p + 2);
	m->qdcount = sgap_get16(p + 4);
	m->ancount = sgap_get16(p + 6);
	m->nscount = sgap_get16(p + 8);
	m->arcount = sgap_get16(p + 10);
	m->rcode = m->flags & 15;
	m->ede = SGAP_NONE16;
	m->min_ttl = SGAP_NONE32;
}

static __always_inline int parse(struct sgap_msg *m, const __u8 *p, __u32 len,
				 __u32 wire_len, bool detail)
{
	struct walk w = { .p = p, .len = len, .off = SGAP_WIRE_HEADER, .records = 0, .m = m };
	int why;

	memset(m, 0, offsetof(struct sgap_msg, addr));
	if (len < SGAP_WIRE_HEADER)
		return wire_len < SGAP_WIRE_HEADER ? SGAP_UNPARSED_SHORT : SGAP_UNPARSED_CUT;
	take_header(m, p, wire_len);
	if (m->flags & SGAP_DNS_OPCODE)
		return SGAP_UNPARSED_OPCODE;
	if (m->qdcount > 1 || (!m->qdcount && !(m->flags & SGAP_DNS_QR)))
		return SGAP_UNPARSED_QDCOUNT;
	if (m->qdcount) {
		why = take_question(&w);
		if (why)
			return why;
	}
	if (!take_section(&w, ANSWER, m->ancount, detail) ||
	    !take_section(&w, AUTHORITY, m->nscount, detail) ||
	    !take_section(&w, ADDITIONAL, m->arcount, detail)) {
		m->cut = len < wire_len;
		m->malformed |= !m->cut;
	}
	return 0;
}

int sgap_wire_parse(struct sgap_msg *m, const __u8 *p, __u32 len, __u32 wire_len)
{
	return parse(m, p, len, wire_len, true);
}

int sgap_wire_count(struct sgap_msg *m, const __u8 *p, __u32 len, __u32 wire_len)
{
	return parse(m, p, len, wire_len, false);
}

/* One byte of a label as text; returns how many characters, at most 4. */
static __u32 text_byte(char *out, __u8 c, bool lower)
{
	if (lower && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' ||
	    c == '@' || c == '$') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c > ' ' && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

/* A label and its dot; returns the new length or -ENOSPC. */
static int text_label(char *buf, __u32 size, __u32 at, const __u8 *p, __u32 n, bool lower)
{
	char c[4];
	__u32 k;

	for (; n; p++, n--) {
		k = text_byte(c, *p, lower);
		if (at + k >= size)
			return -ENOSPC;
		memcpy(buf + at, c, k);
		at += k;
	}
	if (at + 1 >= size)
		return -ENOSPC;
	buf[at] = '.';
	return (int)at + 1;
}

int sgap_wire_name_text(char *buf, __u32 size, const __u8 *p, __u32 len, bool lower)
{
	__u32 off;
	int at = 0;
	bool cut;

	if (!len || plain_name(p, len, 0, &cut) != len)
		return -EINVAL;
	if (len == 1)
		at = text_label(buf, size, 0, p, 0, lower);
	for (off = 0; at >= 0 && p[off]; off += p[off] + 1)
		at = text_label(buf, size, (__u32)at, p + off + 1, p[off], lower);
	if (at >= 0)
		buf[at] = '\0';
	return at;
}
