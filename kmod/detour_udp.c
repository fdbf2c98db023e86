// SPDX-License-Identifier: GPL-2.0-only
#include "detour_udp.h"
#include "stats.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

static void fix_sum(struct udphdr *uh, struct sk_buff *skb, const u8 from[16], const u8 to[16],
		    bool v4)
{
	__be32 a[4], b[4];

	if (!uh->check && skb->ip_summed != CHECKSUM_PARTIAL)
		return;
	memcpy(a, from, sizeof(a));
	memcpy(b, to, sizeof(b));
	if (v4)
		inet_proto_csum_replace4(&uh->check, skb, a[3], b[3], true);
	else
		inet_proto_csum_replace16(&uh->check, skb, a, b, true);
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}

/* Where the UDP header begins, or a negative number. */
static int udp_offset(const struct sk_buff *skb, bool v4)
{
	__be16 frag_off;
	u8 next;

	if (v4)
		return skb_network_offset(skb) + ip_hdrlen(skb);
	next = ipv6_hdr(skb)->nexthdr;
	return ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(struct ipv6hdr),
				&next, &frag_off);
}

unsigned int sgap_udp_set_source(struct sk_buff *skb, const struct sgap_addr *from,
				 const struct sgap_addr *addr)
{
	bool v4 = sgap_addr_is_v4(addr);
	int off = udp_offset(skb, v4);
	struct iphdr *iph;
	__be32 to;

	if (off < 0 || skb_ensure_writable(skb, off + sizeof(struct udphdr)))
		return NF_DROP;
	fix_sum((struct udphdr *)(skb->data + off), skb, from->b, addr->b, v4);
	if (!v4) {
		memcpy(&ipv6_hdr(skb)->saddr, addr->b, 16);
		return NF_ACCEPT;
	}
	iph = ip_hdr(skb);
	memcpy(&to, addr->b + 12, sizeof(to));
	csum_replace4(&iph->check, iph->saddr, to);
	iph->saddr = to;
	return NF_ACCEPT;
}

bool sgap_udp_is_bad_answer(const struct sk_buff *skb, bool v4)
{
	const u8 *flags;
	int off = udp_offset(skb, v4);
	u8 buf;

	if (off < 0)
		return false;
	flags = skb_header_pointer(skb, off + sizeof(struct udphdr) + 3, 1, &buf);
	return flags && sgap_stats_is_refusal(*flags & 0x0f);
}
