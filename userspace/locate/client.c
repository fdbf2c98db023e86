// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <stdlib.h>

#define SHARE 0.4	/* of all queries, by one of several clients */
#define TIMES 4u	/* the next busy one's queries */

static struct sgap_client *find(const struct sgap_judge *j, struct sgap_clients *all, __u32 host)
{
	__u32 at = j->seat[host];

	if (at)
		return &all->c[at - 1];
	if (all->n == SGAP_CLIENTS)
		return NULL;
	memset(&all->c[all->n], 0, sizeof(all->c[0]));
	all->c[all->n].host = host;
	j->seat[host] = ++all->n;
	return &all->c[all->n - 1];
}

static int compare(const void *a, const void *b)
{
	const struct sgap_client *x = a, *y = b;

	if (x->asked != y->asked)
		return x->asked > y->asked ? -1 : 1;
	return x->host < y->host ? -1 : 1;
}

void sgap_clients_at(const struct sgap_judge *j, __u32 host, __u64 since,
		     struct sgap_clients *all)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	all->n = 0;
	all->asked = 0;
	memset(j->tree, 0, ev->nnames * sizeof(*j->tree));
	memset(j->seat, 0, ev->nhosts * sizeof(*j->seat));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		struct sgap_client *c;

		if (!sgap_here(j, o) || o->marks & SGAP_OBS_ONWARD || !o->name ||
		    (host && o->server != host))
			continue;
		c = o->ts >= since ? find(j, all, o->client) : NULL;
		if (c) {
			all->asked++;
			c->asked++;
			c->answered += o->class == SGAP_CLASS_OK;
			c->absent += o->rcode == 3;
			c->repeated += !!(o->marks & SGAP_OBS_REPEAT);
			c->fresh += !j->tree[o->name];
		}
		j->tree[o->name] = o->client;
	}
	qsort(all->c, all->n, sizeof(all->c[0]), compare);
}

void sgap_clients_of(const struct sgap_judge *j, __u64 since, struct sgap_clients *all)
{
	sgap_clients_at(j, 0, since, all);
}

bool sgap_by_client(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	const struct sgap_client_at *a = arg;

	(void)ev;
	return o->client == a->client;
}

struct sgap_finding *sgap_client_claim(struct sgap_judge *j, const char *cause,
				       struct sgap_clients *all)
{
	struct sgap_client_at at = { { 0 }, 0 };
	const struct sgap_claim c = {
		.cause = cause, .in = sgap_in_any, .bad = sgap_by_client, .arg = &at,
		.floor = SHARE,
	};
	struct sgap_finding *f;

	sgap_clients_of(j, 0, all);
	if (all->n < 3)
		return NULL;
	at.client = all->c[0].host;
	f = sgap_claim(j, &c);
	if (!f)
		return NULL;
	sgap_clients_of(j, f->since, all);
	if (all->n < 3 || all->c[0].host != at.client ||
	    all->c[0].asked < TIMES * all->c[1].asked) {
		sgap_unclaim(j);
		return NULL;
	}
	f->host = at.client;
	f->role = SGAP_ROLE_CLIENT;
	f->helps = SGAP_HELPS_NO;
	sgap_fact(j, f, "queries that are this client's", sgap_in_any, sgap_by_client, &at);
	return f;
}
