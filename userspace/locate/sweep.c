// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep.h"

#include <stdlib.h>

#include "intern.h"

/* By number: whether it is used, then its new number. */
struct sweep {
	__u32 *host, *name;
};

typedef void (*each_fn)(struct sgap_obs *o, const struct sweep *s);

static void each_obs(struct sgap_ev *ev, const struct sweep *s, each_fn fn)
{
	__u32 i;

	for (i = 0; i < ev->n; i++)
		fn(&ev->obs[i], s);
	for (i = 0; i < SGAP_EV_OPEN && ev->nopen; i++) {
		if (ev->open_tag[i])
			fn(&ev->open[i], s);
	}
}

static void use(struct sgap_obs *o, const struct sweep *s)
{
	s->host[o->client] = 1;
	s->host[o->server] = 1;
	s->host[o->addr] = 1;
	s->host[o->icmp_from] = 1;
	s->name[o->name] = 1;
}

static void renumber(struct sgap_obs *o, const struct sweep *s)
{
	o->client = s->host[o->client];
	o->server = s->host[o->server];
	o->addr = s->host[o->addr];
	o->icmp_from = s->host[o->icmp_from];
	o->name = s->name[o->name];
}

static void mark(struct sgap_ev *ev, const struct sweep *s)
{
	__u32 i;

	each_obs(ev, s, use);
	for (i = 0; i < ev->nservers; i++)
		s->host[ev->servers[i].host] = 1;
	for (i = ev->nnames; --i;) {
		if (s->name[i])
			s->name[ev->names[i].parent] = 1;
	}
}

static void close_hosts(struct sgap_ev *ev, const struct sweep *s)
{
	__u32 i, n = 1;

	s->host[0] = 0;
	for (i = 1; i < ev->nhosts; i++) {
		if (!s->host[i])
			continue;
		ev->hosts[n] = ev->hosts[i];
		s->host[i] = n++;
	}
	memset(ev->hosts + n, 0, (ev->nhosts - n) * sizeof(*ev->hosts));
	ev->nhosts = n;
}

/* A name comes after its ancestors, in the numbers as in the arena. */
static void close_names(struct sgap_ev *ev, const struct sweep *s)
{
	__u32 i, n = 1, used = 0;

	s->name[0] = 0;
	for (i = 1; i < ev->nnames; i++) {
		struct sgap_name name = ev->names[i];

		if (!s->name[i])
			continue;
		memmove(ev->arena + used, ev->arena + name.offset, name.len);
		name.offset = used;
		name.parent = s->name[name.parent];
		used += name.len;
		ev->names[n] = name;
		s->name[i] = n++;
	}
	memset(ev->names + n, 0, (ev->nnames - n) * sizeof(*ev->names));
	ev->nnames = n;
	ev->arena_used = used;
}

void sgap_sweep(struct sgap_ev *ev)
{
	struct sweep s = {
		calloc(ev->nhosts, sizeof(*s.host)), calloc(ev->nnames, sizeof(*s.name)),
	};
	__u32 i;

	if (s.host && s.name) {
		mark(ev, &s);
		close_hosts(ev, &s);
		close_names(ev, &s);
		each_obs(ev, &s, renumber);
		for (i = 0; i < ev->nservers; i++)
			ev->servers[i].host = s.host[ev->servers[i].host];
		sgap_intern_reindex(ev);
		ev->swept = ev->nhosts;
	}
	free(s.host);
	free(s.name);
}
