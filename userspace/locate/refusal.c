// SPDX-License-Identifier: GPL-2.0-or-later
#include "refusal.h"

#define HITS 5u		/* answers that show that the cache is open */
#define SERVED 5u	/* answers that show that a network is served */
#define ALL 0.9		/* of what it asks then: it is not about names */

static void count_refused(const struct sgap_ev *ev, struct sgap_refusal *r,
			  const struct sgap_obs *o)
{
	const struct sgap_question *q = &ev->questions[o->question];
	bool unproven = o->question && !sgap_is_answered(q) &&
			!(ev->names[o->name].marks & SGAP_NAME_WORKED);

	r->refused++;
	r->unproven += unproven;
	r->nobodys += unproven && q->asked_at == SGAP_SEVERAL;
	r->ra += !!(o->aflags & SGAP_DNS_RA);
	r->edns += !!(o->flags & SGAP_TXN_F_AOPT);
	r->prohibited += o->ede == 18;
	r->notauth += o->ede == 20;
	r->header_only += !!(o->flags & SGAP_TXN_F_HEADERONLY);
}

static bool differ(const struct sgap_judge *j)
{
	__u32 i, all = 0, none = 0;

	for (i = 1; i < j->ev->nhosts; i++) {
		if (j->net[i].all < 4)
			continue;
		all += sgap_share(j->net[i]) > 0.9;
		none += sgap_share(j->net[i]) < 0.1;
	}
	return all && none;
}

/* Does who is refused get what is in its cache? Its own data are for everybody. */
static bool is_open_cache(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
			  const struct sgap_obs *o)
{
	return o->server == host && o->class == SGAP_CLASS_OK && o->marks & SGAP_OBS_CACHED &&
	       !(o->aflags & SGAP_DNS_AA) && sgap_here(j, o) && sgap_during(f, o->ts) &&
	       sgap_share(j->net[j->ev->network[o->client]]) > 0.5;
}

void sgap_refusal_count(struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
			enum sgap_class bad, struct sgap_refusal *r)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i;

	memset(r, 0, sizeof(*r));
	memset(j->net, 0, ev->nhosts * sizeof(*j->net));
	r->net = j->net;
	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->server != host || !sgap_here(j, o))
			continue;
		if (o->ts < f->since)
			r->recursed += o->class == SGAP_CLASS_OK && o->aflags & SGAP_DNS_RA;
		if (!sgap_during(f, o->ts))
			continue;
		sgap_tally_add(&j->net[ev->network[o->client]], o->class == bad);
		if (o->class == SGAP_CLASS_REFUSED)
			count_refused(ev, r, o);
		else if (o->class == SGAP_CLASS_OK && !(o->marks & SGAP_OBS_CACHED))
			r->misses_ok++;
		if (o->class == SGAP_CLASS_OK && !(o->aflags & SGAP_DNS_RA) &&
		    (o->aflags & SGAP_DNS_AA || (!o->ancount && o->nscount)))
			r->own++;
	}
	r->by_network = differ(j);
	for (i = 0; i < ev->n; i++)
		r->hits_ok += is_open_cache(j, f, host, &ev->obs[i]);
}

bool sgap_refusal_there(const struct sgap_ev *ev, const struct sgap_obs *o,
			const struct sgap_refusal *r)
{
	return sgap_share(r->net[ev->network[o->client]]) > 0.5;
}

/*
 * RFC 8914: 18 is "Prohibited", an access list; 20 is "Not Authoritative", no
 * recursion for anybody. Software that gives neither: a server without recursion
 * answers all that it does not own with RA=0, and still answers what it owns.
 * A refusal that offers recursion is about the asker.
 */
double sgap_refusal_acl(const struct sgap_refusal *r)
{
	if (r->prohibited || r->notauth)
		return r->prohibited >= r->notauth ? 0.97 : 0.04;
	if (r->by_network)
		return 0.95;
	/*
	 * Who gets what is in the cache is on the list: a forwarder's refusal is passed on. A
	 * list for recursion alone takes RA away with it (RFC 1035 section 4.1.1).
	 */
	if (r->ra * 2 > r->refused && r->hits_ok > HITS)
		return 0.1;
	if (r->ra * 2 > r->refused || r->header_only * 2 > r->refused)
		return 0.9;
	if (r->own)
		return 0.1;
	if (r->edns >= 5)
		return 0.2;
	/* Who recursed for others until now has rather lost its clients from a list. */
	return r->recursed ? 0.55 : 0.3;
}

bool sgap_refusal_by_name(const struct sgap_refusal *r, const struct sgap_finding *f)
{
	bool served = f->before.all - f->before.bad >= SERVED;

	/* EDE 18 and 20 are about the asker and the server. */
	if ((r->prohibited + r->notauth) * 2 > r->refused)
		return false;
	if (served)
		return r->nobodys * 2 > r->refused && sgap_share(f->in_set) < ALL;
	return r->unproven * 2 > r->refused;
}
