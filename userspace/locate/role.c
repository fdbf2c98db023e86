// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Roles. Who asks with RD=0 resolves by itself (RFC 1034 section 4.3.1), so whom
 * it asks so is authoritative. Who is asked with RD=1 is recursive; when all who
 * ask it so are servers themselves, it is their forwarder.
 */
#include "derive.h"
#include "evidence.h"
#include "role.h"
#include "wire.h"

#define BY_CLIENT 1u
#define BY_SERVER 2u

static void askers(const struct sgap_ev *ev, const struct sgap_ev_server *s, __u32 *rd, __u32 *rd0)
{
	__u32 i;

	*rd = 0;
	*rd0 = 0;
	for (i = 0; i < s->n; i++) {
		const struct sgap_obs *o = sgap_ev_obs_of(ev, s, i);
		__u32 by = o->marks & SGAP_OBS_ONWARD ? BY_SERVER : BY_CLIENT;

		if (o->state == SGAP_TXN_UNMATCHED || !o->name)
			continue;
		if (o->qflags & SGAP_DNS_RD)
			*rd |= by;
		else
			*rd0 |= by;
	}
}

static enum sgap_role role_of(const struct sgap_host *h, __u32 rd, __u32 rd0)
{
	if (rd & BY_CLIENT)
		return SGAP_ROLE_RECURSIVE;
	if (rd & BY_SERVER && !(rd0 & BY_SERVER && h->flags & SGAP_HOST_AA))
		return SGAP_ROLE_FORWARDER;
	if (rd0)
		return SGAP_ROLE_AUTHORITATIVE;
	return SGAP_ROLE_UNKNOWN;
}

void sgap_derive_roles(struct sgap_ev *ev)
{
	__u32 i, rd, rd0;

	for (i = 1; i < ev->nhosts; i++)
		ev->hosts[i].role = ev->hosts[i].flags & SGAP_HOST_ASKS ? SGAP_ROLE_CLIENT :
				    SGAP_ROLE_UNKNOWN;
	for (i = 0; i < ev->nservers; i++) {
		struct sgap_host *h = &ev->hosts[ev->servers[i].host];

		askers(ev, &ev->servers[i], &rd, &rd0);
		if (rd | rd0)
			h->role = (__u8)role_of(h, rd, rd0);
	}
}

const char *sgap_role_name(enum sgap_role role)
{
	static const char *const name[__SGAP_ROLE_MAX] = {
		"unknown", "client", "recursive", "forwarder", "authoritative", "link", "path",
		"middlebox", "nobody",
	};

	return name[role < __SGAP_ROLE_MAX ? role : 0];
}
