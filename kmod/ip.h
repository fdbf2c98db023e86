/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* IPv4 and IPv6 headers, extension headers included: a part of frame.c. Pure. */
#ifndef SGAP_IP_H
#define SGAP_IP_H

#include "pure.h"

#define PROTO_HOPOPT 0
#define PROTO_ICMP 1
#define PROTO_IPIP 4
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_IPV6 41
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_GRE 47
#define PROTO_AH 51
#define PROTO_ICMPV6 58
#define PROTO_DSTOPTS 60
#define PROTO_MOBILITY 135
#define PROTO_HIP 139
#define PROTO_SHIM6 140

#define EXTENSIONS_MAX 8	/* IPv6 extension headers */

/* What is left of a frame: len bytes are there of wire that were sent. */
struct cursor {
	const __u8 *p;
	__u32 len;
	__u32 wire;
};

struct ip {
	const __u8 *src, *dst;
	__u32 frag_off;
	__u32 frag_id, frag_len;	/* of a fragment only; length as sent */
	__u8 proto, hops;
	__u8 v6, df, more, routed;
};

static inline bool step(struct cursor *c, __u32 n)
{
	if (c->len < n)
		return false;
	c->p += n;
	c->len -= n;
	c->wire -= n;
	return true;
}

/* Nothing is sent after n bytes: what follows is padding. */
static inline void trim(struct cursor *c, __u32 n)
{
	if (n < c->wire)
		c->wire = n;
	if (n < c->len)
		c->len = n;
}

static __always_inline bool take_ipv4(struct cursor *c, struct ip *ip)
{
	const __u8 *p = c->p;
	__u32 head, total;
	__u16 frag;

	if (c->len < 20)
		return false;
	head = (p[0] & 15u) * 4;
	total = sgap_get16(p + 2);
	if (!total)		/* segmentation offload: too long to say */
		total = c->wire;
	if (head < 20 || total < head || head > c->len)
		return false;
	frag = sgap_get16(p + 6);
	ip->src = p + 12;
	ip->dst = p + 16;
	ip->v6 = 0;
	ip->routed = 0;
	ip->hops = p[8];
	ip->proto = p[9];
	ip->df = frag >> 14 & 1;
	ip->more = frag >> 13 & 1;
	ip->frag_off = (frag & 0x1fffu) * 8;
	trim(c, total);
#ifdef __clang_analyzer__	/* which does not see that of a later fragment those bits are set */
	ip->frag_id = 0;
	ip->frag_len = 0;
#endif
	if (unlikely(frag & 0x3fff)) {
		ip->frag_id = sgap_get16(p + 4);
		ip->frag_len = c->wire - head;
	}
	return step(c, head);
}

/* Bytes of the extension header at c, 0 when proto is none. */
static inline __u32 extension_size(const struct cursor *c, __u8 proto)
{
	switch (proto) {
	case PROTO_HOPOPT:
	case PROTO_ROUTING:
	case PROTO_DSTOPTS:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return (c->p[1] + 1u) * 8;
	case PROTO_AH:
		return (c->p[1] + 2u) * 4;
	case PROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

static SGAP_NOINLINE bool take_extensions(struct cursor *c, struct ip *ip)
{
	__u8 next;
	__u32 n;
	int i;

	for (i = 0; i < EXTENSIONS_MAX && !ip->frag_off; i++) {
		if (c->len < 8)
			return true;
		n = extension_size(c, ip->proto);
		if (!n)
			return true;
		if (ip->proto == PROTO_FRAGMENT) {
			ip->frag_off = sgap_get16(c->p + 2) & 0xfff8u;
			ip->more = c->p[3] & 1;
			ip->frag_id = sgap_get32(c->p + 4);
			ip->frag_len = c->wire - n;
		}
		ip->routed |= ip->proto == PROTO_ROUTING;
		next = c->p[0];
		if (!step(c, n))
			return false;
		ip->proto = next;
	}
	return true;
}

static __always_inline bool take_ipv6(struct cursor *c, struct ip *ip)
{
	const __u8 *p = c->p;
	__u32 payload;

	if (c->len < 40)
		return false;
	payload = sgap_get16(p + 4);
	ip->src = p + 8;
	ip->dst = p + 24;
	ip->v6 = 1;
	ip->hops = p[7];
	ip->proto = p[6];
	ip->df = 0;
	ip->more = 0;
	ip->routed = 0;
	ip->frag_off = 0;
	step(c, 40);
	if (payload)		/* 0: a jumbogram, as long as the frame is */
		trim(c, payload);
	return take_extensions(c, ip);
}

/* The IP header, extension headers included; trims c to the IP payload. */
static __always_inline bool take_ip(struct cursor *c, struct ip *ip)
{
	if (!c->len)
		return false;
	if (c->p[0] >> 4 == 4)
		return take_ipv4(c, ip);
	return c->p[0] >> 4 == 6 && take_ipv6(c, ip);
}

#endif
