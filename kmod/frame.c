// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "frame.h"
#include "ip.h"
#include "sum.h"

#define ETHER_IPV4 0x0800
#define ETHER_IPV6 0x86dd
#define ETHER_VLAN 0x8100
#define ETHER_QINQ 0x88a8
#define ETHER_QINQ_OLD 0x9100
#define ETHER_PPPOE 0x8864
#define ETHER_MPLS 0x8847
#define ETHER_MPLS_MC 0x8848
#define ETHER_TEB 0x6558	/* Ethernet inside GRE */
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

#define PORT_VXLAN 4789
#define PORT_GTPU 2152
#define PORT_HTTPS 443

#define TAGS_MAX 8		/* VLAN, PPPoE and MPLS headers on one frame */
#define TUNNELS_MAX 4		/* IP headers on one frame */
#define GTP_EXTENSIONS_MAX 4
#define UDP_HEADER 8
#define TCP_HEADER 20

/* One PPPoE session header; returns the type of what it carries, 0 = other. */
static __u16 pppoe_type(struct cursor *c)
{
	__u16 ppp;

	if (c->len < 8)
		return 0;
	ppp = sgap_get16(c->p + 6);
	step(c, 8);
	return ppp == PPP_IPV4 ? ETHER_IPV4 : ppp == PPP_IPV6 ? ETHER_IPV6 : 0;
}

/*
 * One MPLS label. The bottom one says nothing of what follows: it is taken for
 * IP when it looks like it.
 */
static __u16 mpls_type(struct cursor *c)
{
	bool bottom;

	if (c->len < 5)
		return 0;
	bottom = c->p[2] & 1;
	step(c, 4);
	if (!bottom)
		return ETHER_MPLS;
	return c->p[0] >> 4 == 4 ? ETHER_IPV4 : c->p[0] >> 4 == 6 ? ETHER_IPV6 : 0;
}

/* Step over what lies between the Ethernet type and IP; false: no IP there. */
static bool reach_ip(struct cursor *c, __u16 type, __u32 flags)
{
	int i;

	for (i = 0; i < TAGS_MAX; i++) {
		switch (type) {
		case ETHER_IPV4:
		case ETHER_IPV6:
			return true;
		case ETHER_VLAN:
		case ETHER_QINQ:
		case ETHER_QINQ_OLD:
			if (c->len < 4)
				return false;
			type = sgap_get16(c->p + 2);
			step(c, 4);
			break;
		case ETHER_PPPOE:
			type = pppoe_type(c);
			break;
		case ETHER_MPLS:
		case ETHER_MPLS_MC:
			type = flags & SGAP_TAP_F_TUNNELS ? mpls_type(c) : 0;
			break;
		default:
			return false;
		}
	}
	return false;
}

static bool reach_ip_ethernet(struct cursor *c, __u32 flags)
{
	__u16 type;

	if (c->len < 14)
		return false;
	type = sgap_get16(c->p + 12);
	step(c, 14);
	return reach_ip(c, type, flags);
}

static bool reach_ip_link(struct cursor *c, int link_type, __u32 flags)
{
	__u16 type;

	switch (link_type) {
	case SGAP_LINKTYPE_ETHERNET:
		return reach_ip_ethernet(c, flags);
	case SGAP_LINKTYPE_RAW:
		return true;
	case SGAP_LINKTYPE_SLL:
		if (c->len < 16)
			return false;
		type = sgap_get16(c->p + 14);
		return step(c, 16) && reach_ip(c, type, flags);
	case SGAP_LINKTYPE_SLL2:
		if (c->len < 20)
			return false;
		type = sgap_get16(c->p);
		return step(c, 20) && reach_ip(c, type, flags);
	default:
		return false;
	}
}

/* RFC 2784, 2890. */
static bool enter_gre(struct cursor *c, __u32 flags)
{
	__u16 bits, type;
	__u32 n = 4;

	if (c->len < 4)
		return false;
	bits = sgap_get16(c->p);
	type = sgap_get16(c->p + 2);
	if (bits & 0x4007)	/* routing present, or a version other than 0 */
		return false;
	n += (bits >> 15 & 1) * 4 + (bits >> 13 & 1) * 4 + (bits >> 12 & 1) * 4;
	if (!step(c, n))
		return false;
	return type == ETHER_TEB ? reach_ip_ethernet(c, flags) : reach_ip(c, type, flags);
}

/* RFC 7348. */
static bool enter_vxlan(struct cursor *c, __u32 flags)
{
	if (c->len < UDP_HEADER + 8 || !(c->p[UDP_HEADER] & 0x08))
		return false;
	step(c, UDP_HEADER + 8);
	return reach_ip_ethernet(c, flags);
}

/* 3GPP TS 29.281 section 5. */
static bool enter_gtpu(struct cursor *c)
{
	__u8 bits, next;
	int i;

	if (c->len < UDP_HEADER + 8 || c->p[UDP_HEADER] >> 4 != 3 || c->p[UDP_HEADER + 1] != 0xff)
		return false;
	bits = c->p[UDP_HEADER] & 7;
	step(c, UDP_HEADER + 8);
	if (!bits)
		return true;
	if (c->len < 4)
		return false;
	next = bits & 4 ? c->p[3] : 0;
	step(c, 4);
	for (i = 0; next && i < GTP_EXTENSIONS_MAX; i++) {
		__u32 n;

		if (!c->len || !c->p[0])
			return false;
		n = c->p[0] * 4u;
		if (c->len < n)
			return false;
		next = c->p[n - 1];
		step(c, n);
	}
	return !next;
}

/* If this is a tunnel that we look into, step to the IP header inside. */
static bool enter_tunnel(struct cursor *c, const struct ip *ip, __u32 flags)
{
	struct cursor inner = *c;
	bool in = false;
	__u16 port;

	if (ip->frag_off)
		return false;
	if (ip->proto == PROTO_GRE) {
		in = enter_gre(&inner, flags);
	} else if (ip->proto == PROTO_IPIP || ip->proto == PROTO_IPV6) {
		in = true;
	} else if (ip->proto == PROTO_UDP && c->len >= UDP_HEADER) {
		port = sgap_get16(c->p + 2);
		in = (port == PORT_VXLAN && enter_vxlan(&inner, flags)) ||
		     (port == PORT_GTPU && enter_gtpu(&inner));
	}
	if (in)
		*c = inner;
	return in;
}

static inline bool is_port(const struct sgap_ports *ports, __u16 port)
{
	int i;

	for (i = 0; i < ports->n && i < 8; i++)
		if (ports->port[i] == port)
			return true;
	return false;
}

/* Ports and directions; false when neither end is a server port. */
static __always_inline bool take_ports(struct sgap_pkt *pkt, const __u8 *p,
				       const struct sgap_frame_opt *opt)
{
	__u16 sport = sgap_get16(p), dport = sgap_get16(p + 2);
	bool to = is_port(&opt->ports, dport), from = is_port(&opt->ports, sport);

	if (!to && !from)
		return false;
	pkt->sport = sport;
	pkt->dport = dport;
	pkt->to_server = to;
	pkt->from_server = from;
	return true;
}

static __always_inline void take_addr(struct sgap_addr *to, const struct ip *ip, const __u8 *p)
{
	if (ip->v6)
		memcpy(to->b, p, 16);
	else
		sgap_addr_set_v4(to, p);
}

static bool is_resolver(const struct sgap_frame_opt *opt, const struct ip *ip, const __u8 *p)
{
	struct sgap_addr addr;
	int i;

	take_addr(&addr, ip, p);
	for (i = 0; i < opt->nresolvers && i < SGAP_RESOLVERS_MAX; i++)
		if (sgap_addr_eq(&opt->resolver[i], &addr))
			return true;
	return false;
}

/* Port 443 of a resolver that is known. */
static bool take_https(struct sgap_pkt *pkt, const __u8 *p, const struct ip *ip,
		       const struct sgap_frame_opt *opt)
{
	__u16 sport = sgap_get16(p), dport = sgap_get16(p + 2);
	bool to = dport == PORT_HTTPS && is_resolver(opt, ip, ip->dst);
	bool from = sport == PORT_HTTPS && is_resolver(opt, ip, ip->src);

	pkt->sport = sport;
	pkt->dport = dport;
	pkt->to_server = to;
	pkt->from_server = from;
	return to || from;
}

/* Is it ours? By its ports, and for some by its addresses. */
static __always_inline bool take_ends(struct sgap_pkt *pkt, const __u8 *p, const struct ip *ip,
				      const struct sgap_frame_opt *opt)
{
	if (likely(take_ports(pkt, p, opt)))
		return true;
	return unlikely(opt->nresolvers) && take_https(pkt, p, ip, opt);
}

static __always_inline void take_addrs(struct sgap_pkt *pkt, const struct ip *ip)
{
	take_addr(&pkt->src, ip, ip->src);
	take_addr(&pkt->dst, ip, ip->dst);
	pkt->proto = ip->proto;
	pkt->hops = ip->hops;
	pkt->ipv6 = ip->v6;
	pkt->df = ip->df;
	pkt->more_frags = ip->more;
	pkt->badsum = 0;
	pkt->tcp_flags = 0;
	pkt->icmp_type = 0;
	pkt->icmp_code = 0;
	pkt->seq = 0;
	pkt->ack = 0;
	pkt->pid = 0;
	pkt->cgroup = 0;
	pkt->payload = NULL;
	pkt->payload_len = 0;
	pkt->payload_wire = 0;
}

static void take_fragment(struct sgap_pkt *pkt, const struct ip *ip)
{
	pkt->frag_id = ip->frag_id;
	pkt->frag_off = ip->frag_off;
	pkt->frag_len = ip->frag_len;
	pkt->frag_total = 0;
}

static __always_inline int take_udp(struct sgap_pkt *pkt, struct cursor *c,
				    const struct ip *ip, const struct sgap_frame_opt *opt)
{
	const __u8 *udp = c->p;
	__u32 len;

	if (c->len < 4 || !take_ends(pkt, udp, ip, opt))
		return SGAP_FRAME_OTHER;
	take_addrs(pkt, ip);
	if (!step(c, UDP_HEADER))
		return SGAP_FRAME_BAD;
	len = sgap_get16(udp + 4);
	if (len < UDP_HEADER || (len - UDP_HEADER > c->wire && !ip->more))
		return SGAP_FRAME_BAD;
	if (c->len > len - UDP_HEADER)
		c->len = len - UDP_HEADER;
	pkt->payload = c->p;
	pkt->payload_len = c->len;
	pkt->payload_wire = len - UDP_HEADER;
	if (unlikely(ip->more)) {
		take_fragment(pkt, ip);
		pkt->frag_total = ip->frag_len - (c->wire + UDP_HEADER) + len;
	}
	if (opt->check_sum && pkt->from_server && c->len == len - UDP_HEADER && !ip->more &&
	    !ip->routed)
		pkt->badsum = sgap_sum_udp_bad(ip->src, ip->dst, ip->v6 ? 16 : 4, udp, len);
	return SGAP_FRAME_UDP;
}

static SGAP_NOINLINE int take_tcp(struct sgap_pkt *pkt, struct cursor *c, const struct ip *ip,
				  const struct sgap_frame_opt *opt)
{
	const __u8 *tcp = c->p;
	__u32 head;

	if (c->len < 4 || !take_ends(pkt, tcp, ip, opt))
		return SGAP_FRAME_OTHER;
	take_addrs(pkt, ip);
	if (c->len < TCP_HEADER)
		return SGAP_FRAME_BAD;
	head = (tcp[12] >> 4) * 4u;
	if (head < TCP_HEADER || head > c->wire)
		return SGAP_FRAME_BAD;
	pkt->seq = sgap_get32(tcp + 4);
	pkt->ack = sgap_get32(tcp + 8);
	pkt->tcp_flags = tcp[13];
	pkt->payload_wire = c->wire - head;
	if (c->len > head) {
		pkt->payload = tcp + head;
		pkt->payload_len = c->len - head;
	}
	return SGAP_FRAME_TCP;
}

/* The errors that say what became of a packet; not redirects and the like. */
static bool is_icmp_error(__u8 proto, __u8 type)
{
	if (proto == PROTO_ICMP)
		return type == 3 || type == 11 || type == 12;
	return type >= 1 && type <= 4;
}

/* The packet that an error quotes: its IP header and 8 bytes or more. */
static bool take_quoted(struct sgap_pkt *pkt, struct cursor *c, const struct sgap_frame_opt *opt)
{
	struct ip ip;
	__u32 len;

	if (!take_ip(c, &ip) || ip.frag_off || c->len < 8 ||
	    (ip.proto != PROTO_UDP && ip.proto != PROTO_TCP) || !take_ends(pkt, c->p, &ip, opt))
		return false;
	take_addrs(pkt, &ip);
	if (ip.proto == PROTO_TCP) {
		pkt->seq = sgap_get32(c->p + 4);
		return true;
	}
	len = sgap_get16(c->p + 4);
	if (len > UDP_HEADER) {
		step(c, UDP_HEADER);
		pkt->payload = c->p;
		pkt->payload_wire = len - UDP_HEADER;
		pkt->payload_len = c->len < pkt->payload_wire ? c->len : pkt->payload_wire;
	}
	return true;
}

static SGAP_NOINLINE int take_icmp(struct sgap_pkt *pkt, struct cursor *c, const struct ip *ip,
				   const struct sgap_frame_opt *opt)
{
	const __u8 *icmp = c->p;

	if (!step(c, 8) || !is_icmp_error(ip->proto, icmp[0]) || !take_quoted(pkt, c, opt))
		return SGAP_FRAME_OTHER;
	pkt->icmp_type = icmp[0];
	pkt->icmp_code = icmp[1];
	take_addr(&pkt->icmp_from, ip, ip->src);
	return SGAP_FRAME_ICMP;
}

static int take_later_fragment(struct sgap_pkt *pkt, const struct ip *ip)
{
	if (ip->proto != PROTO_UDP)
		return SGAP_FRAME_OTHER;
	take_addrs(pkt, ip);
	take_fragment(pkt, ip);
	pkt->sport = 0;
	pkt->dport = 0;
	pkt->to_server = 0;
	pkt->from_server = 0;
	return SGAP_FRAME_FRAGMENT;
}

static __always_inline int take_transport(struct sgap_pkt *pkt, struct cursor *c,
					  const struct ip *ip, const struct sgap_frame_opt *opt)
{
	if (unlikely(ip->frag_off))
		return take_later_fragment(pkt, ip);
	if (likely(ip->proto == PROTO_UDP))
		return take_udp(pkt, c, ip, opt);
	switch (ip->proto) {
	case PROTO_TCP:
		return take_tcp(pkt, c, ip, opt);
	case PROTO_ICMP:
		return ip->v6 ? SGAP_FRAME_OTHER : take_icmp(pkt, c, ip, opt);
	case PROTO_ICMPV6:
		return ip->v6 ? take_icmp(pkt, c, ip, opt) : SGAP_FRAME_OTHER;
	default:
		return SGAP_FRAME_OTHER;
	}
}

int sgap_frame_parse_any(struct sgap_pkt *pkt, const __u8 *p, __u32 len, __u32 wire_len,
			 const struct sgap_frame_opt *opt)
{
	struct cursor c = { p, len < wire_len ? len : wire_len, wire_len };
	struct ip ip;
	int i;

	pkt->kind = SGAP_FRAME_OTHER;
	for (i = 0; i < TUNNELS_MAX; i++) {
		if (!take_ip(&c, &ip))
			break;
		if (opt->flags & SGAP_TAP_F_TUNNELS && enter_tunnel(&c, &ip, opt->flags))
			continue;
		pkt->kind = (__u8)take_transport(pkt, &c, &ip, opt);
		break;
	}
	return pkt->kind;
}

/*
 * What nearly all are: a whole datagram of UDP in IPv4 without options. The same is made of it
 * as by sgap_frame_parse_any(), with a third of the instructions. False: not such a one.
 */
static __always_inline bool parse_plain(struct sgap_pkt *pkt, const __u8 *p, __u32 len,
					const struct sgap_frame_opt *opt)
{
	struct ip ip = { .src = p + 12, .dst = p + 16, .proto = PROTO_UDP };
	__u32 total, udp_len;

	if (len < 28 || p[0] != 0x45 || p[9] != PROTO_UDP || sgap_get16(p + 6) & 0x3fff)
		return false;
	total = sgap_get16(p + 2);
	udp_len = sgap_get16(p + 24);
	if (total > len || udp_len != total - 20 || udp_len < UDP_HEADER ||
	    opt->flags & SGAP_TAP_F_TUNNELS || !take_ports(pkt, p + 20, opt))
		return false;
	ip.hops = p[8];
	ip.df = p[6] >> 6 & 1;
	take_addrs(pkt, &ip);
	pkt->kind = SGAP_FRAME_UDP;
	pkt->payload = p + 28;
	pkt->payload_len = udp_len - UDP_HEADER;
	pkt->payload_wire = udp_len - UDP_HEADER;
	if (opt->check_sum && pkt->from_server)
		pkt->badsum = sgap_sum_udp_bad(ip.src, ip.dst, 4, p + 20, udp_len);
	return true;
}

int sgap_frame_parse_ip(struct sgap_pkt *pkt, const __u8 *p, __u32 len, __u32 wire_len,
			const struct sgap_frame_opt *opt)
{
	if (likely(parse_plain(pkt, p, len < wire_len ? len : wire_len, opt)))
		return SGAP_FRAME_UDP;
	return sgap_frame_parse_any(pkt, p, len, wire_len, opt);
}

int sgap_frame_parse(struct sgap_pkt *pkt, int link_type, const __u8 *p, __u32 len,
		     __u32 wire_len, const struct sgap_frame_opt *opt)
{
	struct cursor c = { p, len < wire_len ? len : wire_len, wire_len };

	pkt->kind = SGAP_FRAME_OTHER;
	if (!reach_ip_link(&c, link_type, opt->flags))
		return SGAP_FRAME_OTHER;
	return sgap_frame_parse_ip(pkt, c.p, c.len, c.wire, opt);
}
