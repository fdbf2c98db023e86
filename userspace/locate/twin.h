/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which two addresses, of different families, are one server. */
#ifndef SGAP_TWIN_H
#define SGAP_TWIN_H

#include "finding.h"

/*
 * For the island that is judged: two addresses are one server's when their caches are
 * one, so that the same records run out at the same moment under both.
 */
void sgap_twins_find(struct sgap_judge *j);

/* A server's IPv4 address stands for both. */
static inline __u32 sgap_twin_first(const struct sgap_judge *j, __u32 host)
{
	__u32 twin = j->twin[host];

	return twin && !sgap_addr_is_v4(&j->ev->hosts[host].addr) ? twin : host;
}

#endif
