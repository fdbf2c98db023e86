/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client against its neighbours. */
#ifndef SGAP_CLIENT_H
#define SGAP_CLIENT_H

#include "rules.h"

#define SGAP_CLIENTS 256u

/* What a client does while something lasts. */
struct sgap_client {
	__u32 host;
	__u32 asked;		/* transactions */
	__u32 answered;
	__u32 absent;		/* NXDOMAIN */
	__u32 repeated;		/* the same, answered the same, within a second */
	__u32 fresh;		/* names that it asked for the first time */
};

struct sgap_clients {
	struct sgap_client c[SGAP_CLIENTS];	/* busiest first */
	__u32 n;
	__u32 asked;		/* by all of them */
};

/* All clients from since on. */
void sgap_clients_of(const struct sgap_judge *j, __u64 since, struct sgap_clients *all);

/* What they ask of one server alone; host 0 = of all. */
void sgap_clients_at(const struct sgap_judge *j, __u32 host, __u64 since,
		     struct sgap_clients *all);

/* arg is a struct sgap_client_at. */
struct sgap_client_at {
	struct sgap_at at;
	__u32 client;
};

bool sgap_by_client(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg);

/*
 * A claim that the client's share of all queries jumps and is most of them; NULL
 * when it is not so, or when it has no neighbours to be held against.
 */
struct sgap_finding *sgap_client_claim(struct sgap_judge *j, const char *cause,
				       struct sgap_clients *all);

#endif
