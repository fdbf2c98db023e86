/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP packets of a detour: what the kernel's NAT does not do for them. */
#ifndef SGAP_DETOUR_UDP_H
#define SGAP_DETOUR_UDP_H

#include "pure.h"

struct sk_buff;

/* Give it the source addr instead of from, both of its family; NF_ACCEPT or NF_DROP. */
unsigned int sgap_udp_set_source(struct sk_buff *skb, const struct sgap_addr *from,
				 const struct sgap_addr *addr);

/* SERVFAIL, REFUSED, FORMERR or NOTIMP? */
bool sgap_udp_is_bad_answer(const struct sk_buff *skb, bool v4);

#endif
