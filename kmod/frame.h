/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A frame's bytes -> addresses, ports, transport payload. Pure. */
#ifndef SGAP_FRAME_H
#define SGAP_FRAME_H

#include "pure.h"

enum sgap_link_type {		/* as in pcap: LINKTYPE_* */
	SGAP_LINKTYPE_ETHERNET = 1,
	SGAP_LINKTYPE_RAW = 101,
	SGAP_LINKTYPE_SLL = 113,
	SGAP_LINKTYPE_SLL2 = 276,
};

enum sgap_frame_kind {
	SGAP_FRAME_OTHER,	/* not ours: leave it */
	SGAP_FRAME_UDP,
	SGAP_FRAME_TCP,
	SGAP_FRAME_ICMP,	/* an error about a packet that is in .inner */
	SGAP_FRAME_FRAGMENT,	/* not the first */
	SGAP_FRAME_BAD,		/* ours by its ports, but cut or inconsistent */
};

struct sgap_ports {
	__u16 n;		/* 1 to 8 */
	__u16 port[8];		/* host order */
};

/* One packet. src and dst are as on the wire; the direction is the caller's. */
struct sgap_pkt {
	__u64 ts;		/* ns */
	struct sgap_addr src, dst;
	__u16 sport, dport;
	__u8 kind;		/* enum sgap_frame_kind */
	__u8 proto;		/* 17 or 6; the quoted packet's for ICMP */
	__u8 hops;		/* TTL or hop limit */
	__u8 ipv6;
	__u8 df, more_frags;	/* IPv4 DF; more fragments follow (first fragment) */
	__u8 to_server;		/* dport is a server port (sport may be as well) */
	__u8 from_server;	/* sport is a server port */
	/* Most often zero, from here to cgroup: side by side, so that this takes few stores. */
	__u8 badsum;		/* UDP checksum of a server's packet is wrong, if checked */
	__u8 tcp_flags;		/* the flag byte of the TCP header */
	__u8 icmp_type, icmp_code;
	__u32 seq, ack;
	__u32 pid;		/* of the process that sends it, and its cgroup: the caller's, */
	__u64 cgroup;		/* who sets them after parsing, if they are known; else 0 */
	const __u8 *payload;	/* transport payload within the frame's bytes */
	__u32 payload_len;	/* bytes that are there */
	__u32 payload_wire;	/* bytes that were sent, by the IP and UDP lengths */
	/* Only of a fragment (more_frags, or kind FRAGMENT); bytes of IP payload. */
	__u32 frag_id;
	__u32 frag_off, frag_len;
	__u32 frag_total;	/* of all fragments, by the UDP header of the first; else 0 */
	struct sgap_addr icmp_from;	/* ICMP: its sender; src/dst/ports: the quoted packet's */
};

#define SGAP_RESOLVERS_MAX 16

struct sgap_frame_opt {
	struct sgap_ports ports;
	__u16 nresolvers;
	struct sgap_addr resolver[SGAP_RESOLVERS_MAX];	/* port 443 of these is a server port */
	__u32 flags;		/* SGAP_TAP_F_* */
	bool check_sum;		/* verify UDP checksums of what servers send */
};

/*
 * Parse a frame of which len of wire_len bytes are there. Returns pkt->kind.
 * A packet that is not on a server port and no ICMP error about one is
 * SGAP_FRAME_OTHER after reading its headers only. Reads nothing past len.
 */
int sgap_frame_parse(struct sgap_pkt *pkt, int link_type, const __u8 *p, __u32 len,
		     __u32 wire_len, const struct sgap_frame_opt *opt);

/* The same from the IP header on; what the kernel's hook calls. */
int sgap_frame_parse_ip(struct sgap_pkt *pkt, const __u8 *p, __u32 len, __u32 wire_len,
			const struct sgap_frame_opt *opt);

/* The same again, the long way, whatever the packet is. */
int sgap_frame_parse_any(struct sgap_pkt *pkt, const __u8 *p, __u32 len, __u32 wire_len,
			 const struct sgap_frame_opt *opt);

#endif
