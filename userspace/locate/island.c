// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture may hold networks that have nothing to do with each other. That a server
 * of one is well says nothing about the way to those of another, so servers are held
 * against each other only when clients of one network ask them.
 */
#include "island.h"

#include "finding.h"

static __u32 root(__u32 *node, __u32 i)
{
	while (node[i] != i) {
		node[i] = node[node[i]];
		i = node[i];
	}
	return i;
}

static void join(__u32 *node, __u32 a, __u32 b)
{
	a = root(node, a);
	b = root(node, b);
	node[a > b ? a : b] = a < b ? a : b;
}

/* Hosts of a network that ask are one. */
static void join_networks(const struct sgap_ev *ev, __u32 *node)
{
	__u32 i;

	for (i = 1; i < ev->nhosts; i++) {
		if (ev->network[i])
			join(node, ev->network[i], i);
	}
}

static bool tells(const struct sgap_obs *o, bool onward)
{
	return sgap_obs_counts(o) && (onward || !(o->marks & SGAP_OBS_ONWARD));
}

/*
 * Nothing on the wire says which IPv6 clients are the same hosts as the IPv4 ones.
 * Where there is but one IPv4 network, they are taken for its.
 */
static void join_families(const struct sgap_ev *ev, bool onward, __u32 *node)
{
	__u32 i, one = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!tells(o, onward) || o->v6)
			continue;
		if (one && root(node, o->client) != root(node, one))
			return;
		one = o->client;
	}
	for (i = 0; one && i < ev->n; i++) {
		if (tells(&ev->obs[i], onward))
			join(node, one, ev->obs[i].client);
	}
}

__u32 sgap_islands(const struct sgap_ev *ev, bool onward, __u8 *of, __u32 *node)
{
	__u32 i, r, n = 0;

	memset(of, 0, ev->nhosts);
	for (i = 0; i < ev->nhosts; i++)
		node[i] = i;
	join_networks(ev, node);
	for (i = 0; i < ev->n; i++) {
		if (tells(&ev->obs[i], onward))
			join(node, ev->obs[i].client, ev->obs[i].server);
	}
	join_families(ev, onward, node);
	for (i = 0; i < ev->n; i++) {
		if (!tells(&ev->obs[i], onward))
			continue;
		r = root(node, ev->obs[i].client);
		if (!of[r] && n < SGAP_ISLANDS)
			of[r] = (__u8)++n;
	}
	for (i = 0; i < ev->nhosts; i++)
		of[i] = of[root(node, i)];
	return n;
}
