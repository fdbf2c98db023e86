// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One client that asks many times what its neighbours do (RFC 4697 section 2):
 * client-loop: the same again and again though it was answered.
 * search-list-storm: mostly names that do not exist, each below several suffixes.
 * client-flood: mostly names that were never asked before and do not exist.
 * Much work alone is no fault: all three need answers that the client has no use for.
 */
#include <ctype.h>
#include <stdio.h>

#include "client.h"

#define BELOW 0.33	/* of absent names, below another suffix; the first of a label is none */

static bool same_label(const struct sgap_ev *ev, __u32 a, __u32 b)
{
	const __u8 *x = ev->arena + ev->names[a].offset, *y = ev->arena + ev->names[b].offset;

	return !memcmp(x, y, *x + 1ul);
}

/* A byte in decimal, or four bits of one in hexadecimal. */
static bool is_part(const __u8 *label)
{
	__u32 i;

	for (i = 1; i <= *label; i++) {
		if (!(*label == 1 ? isxdigit(label[i]) : isdigit(label[i])))
			return false;
	}
	return *label && *label <= 3;
}

static bool is_absent(const struct sgap_obs *o, __u32 client)
{
	return o->client == client && o->rcode == 3 && o->name && sgap_obs_counts(o);
}

/*
 * Does the name begin with an address backwards? Reverse lookups and block lists (RFC 1035
 * section 3.5, RFC 5782) are mostly new and mostly absent, and all of use.
 */
static bool is_reverse(const struct sgap_ev *ev, const struct sgap_obs *o)
{
	const __u8 *p = ev->arena + ev->names[o->name].offset;
	__u32 i;

	for (i = 0; i < 4 && is_part(p); i++)
		p += *p + 1;
	return i == 4;
}

static __u32 reverse(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i, n = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		n += o->ts >= f->since && sgap_here(j, o) && is_absent(o, f->host) &&
		     is_reverse(j->ev, o);
	}
	return n;
}

/*
 * Absent names of a client by their first label: all of them, and bad those whose
 * label was tried below another name before, as far as the slot still tells.
 */
static struct sgap_tally suffixed(const struct sgap_judge *j, __u32 client)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	memset(j->tree, 0, ev->nnames * sizeof(*j->tree));
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];
		const struct sgap_name *name = &ev->names[o->name];
		const __u8 *label = ev->arena + name->offset;
		__u64 h = 0;
		__u32 k, slot, was;

		if (!is_absent(o, client) || is_reverse(ev, o))
			continue;
		for (k = 0; k <= label[0]; k++)
			h = sgap_mix(h, label[k]);
		slot = (__u32)h % ev->nnames;
		was = j->tree[slot];
		if (was != o->name)
			sgap_tally_add(&t, was && same_label(ev, was, o->name));
		j->tree[slot] = o->name;
	}
	return t;
}

static const struct sgap_client *others(const struct sgap_clients *all, struct sgap_client *sum)
{
	__u32 i;

	memset(sum, 0, sizeof(*sum));
	for (i = 1; i < all->n; i++) {
		sum->asked += all->c[i].asked;
		sum->absent += all->c[i].absent;
		sum->repeated += all->c[i].repeated;
	}
	return sum;
}

void sgap_rule_client_loop(struct sgap_judge *j)
{
	struct sgap_clients all;
	struct sgap_client rest;
	struct sgap_finding *f = sgap_client_claim(j, "client-loop", &all);

	if (!f)
		return;
	others(&all, &rest);
	f->certain = 0.9;
	snprintf(f->detail, sizeof(f->detail), "%u of its %u questions repeat one just answered",
		 all.c[0].repeated, all.c[0].asked);
	if (all.c[0].repeated * 10 < all.c[0].asked * 6 || rest.repeated * 4 > rest.asked)
		sgap_unclaim(j);
}

void sgap_rule_search_storm(struct sgap_judge *j)
{
	struct sgap_clients all;
	struct sgap_client rest;
	struct sgap_finding *f = sgap_client_claim(j, "search-list-storm", &all);
	struct sgap_tally below;

	if (!f)
		return;
	others(&all, &rest);
	below = suffixed(j, f->host);
	f->certain = 0.88;
	snprintf(f->detail, sizeof(f->detail), "%u of %u questions for absent names, %u tried below another suffix",
		 all.c[0].absent, all.c[0].asked, below.bad);
	if (all.c[0].absent * 2 < all.c[0].asked || rest.absent * 10 > rest.asked * 4 ||
	    sgap_share(below) < BELOW)
		sgap_unclaim(j);
}

void sgap_rule_client_flood(struct sgap_judge *j)
{
	struct sgap_clients all;
	struct sgap_client rest;
	struct sgap_finding *f = sgap_client_claim(j, "client-flood", &all);

	if (!f)
		return;
	others(&all, &rest);
	f->certain = sgap_share(suffixed(j, f->host)) < BELOW ? 0.88 : 0.1;
	snprintf(f->detail, sizeof(f->detail), "%u of its %u names were new, %u do not exist",
		 all.c[0].fresh, all.c[0].asked, all.c[0].absent);
	if (all.c[0].fresh * 10 < all.c[0].asked * 7 || all.c[0].absent * 2 < all.c[0].asked ||
	    reverse(j, f) * 2 > all.c[0].absent)
		sgap_unclaim(j);
}
