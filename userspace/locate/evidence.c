// SPDX-License-Identifier: GPL-2.0-or-later
/* Records -> observations: numbering of hosts and names, thinning, counters. */
#include "evidence.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "derive.h"
#include "held.h"
#include "hist.h"
#include "intern.h"
#include "stats.h"
#include "sweep.h"
#include "wire.h"

#define DUPLICATE_NS (10 * SGAP_NS_PER_MS)	/* nobody repeats so soon: one packet, twice seen */

#define HUGE_PAGE (2ul << 20)
#define THIN_MAX (1u << 20)

/* Where the kernel has no huge pages it is as any other memory. */
void *sgap_ev_room(size_t size)
{
	size_t unit = size < HUGE_PAGE / 2 ? 64 : HUGE_PAGE;
	void *p = aligned_alloc(unit, (size + unit - 1) / unit * unit);

	if (p && unit == HUGE_PAGE)
		madvise(p, size, MADV_HUGEPAGE);
	return p;
}

struct sgap_ev *sgap_ev_new(__u32 max)
{
	struct sgap_ev *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	ev->max = max ? max : SGAP_EV_OBS;
	ev->thin = 1;
	ev->obs = sgap_ev_room(ev->max * sizeof(*ev->obs));
	ev->servers = calloc(SGAP_EV_SERVERS, sizeof(*ev->servers));
	ev->open = sgap_ev_room(SGAP_EV_OPEN * sizeof(*ev->open));
	if (!ev->obs || !ev->servers || !ev->open || sgap_intern_init(ev)) {
		sgap_ev_free(ev);
		return NULL;
	}
	return ev;
}

void sgap_ev_free(struct sgap_ev *ev)
{
	if (!ev)
		return;
	sgap_intern_free(ev);
	free(ev->by_server);
	free(ev->by_client);
	free(ev->network);
	free(ev->scratch);
	free(ev->questions);
	free(ev->below);
	free(ev->open);
	free(ev->servers);
	free(ev->obs);
	free(ev);
}

int sgap_ev_vantage(struct sgap_ev *ev, const char *name)
{
	if (ev->nvantages == SGAP_EV_VANTAGES)
		return -ENOSPC;
	ev->vantage[ev->nvantages].name = name;
	return (int)ev->nvantages++;
}

/* What the rest of a datagram was waited for can no longer be found: nobody is blamed for it. */
static void forget_halves(struct sgap_ev *ev)
{
	__u32 i;

	for (i = 0; i < SGAP_EV_FRAGMENTS; i++) {
		struct sgap_ev_fragment *p = &ev->fragments[i];

		if (p->ts && p->key && p->at < ev->n && (ev->obs[p->at].key | 1) == p->key)
			ev->obs[p->at].marks |= SGAP_OBS_WHOLE;
		p->ts = 0;
	}
}

static void thin_out(struct sgap_ev *ev)
{
	__u32 i, n = 0;

	if (ev->thin >= THIN_MAX)
		return;
	forget_halves(ev);
	while (ev->n == ev->max && ev->thin < THIN_MAX) {
		ev->thin *= 2;
		for (i = 0, n = 0; i < ev->n; i++) {
			if (sgap_ev_keeps(ev, ev->obs[i].sample))
				ev->obs[n++] = ev->obs[i];
		}
		ev->n = n;
	}
	sgap_held_thin(ev);
	sgap_sweep(ev);
}

static void store(struct sgap_ev *ev, const struct sgap_obs *o)
{
	if (ev->n < ev->max)
		ev->obs[ev->n++] = *o;
}

static enum sgap_class class_of(const struct sgap_rec_txn *r)
{
	/* Other classes ask the server about itself (RFC 4892), if it likes to tell. */
	if (r->qclass > 1)
		return SGAP_CLASS_NONE;
	switch (r->state) {
	case SGAP_TXN_OVERDUE:
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_SILENT:
		return SGAP_CLASS_SILENT;
	case SGAP_TXN_ICMP:
		return SGAP_CLASS_ICMP;
	case SGAP_TXN_REFUSED:
		return SGAP_CLASS_RESET;
	case SGAP_TXN_ANSWERED:
		break;
	default:
		return SGAP_CLASS_NONE;
	}
	switch (r->rcode) {
	case 0:
	case 3:
		return SGAP_CLASS_OK;
	case 1:
	case 16:
		return SGAP_CLASS_FORMERR;
	case 2:
		return SGAP_CLASS_SERVFAIL;
	case 4:
		return SGAP_CLASS_NOTIMP;
	case 5:
		return SGAP_CLASS_REFUSED;
	case 23:	/* BADCOOKIE asks for the query again (RFC 7873 section 5.2.3) */
		return SGAP_CLASS_NONE;
	}
	return SGAP_CLASS_OTHER;
}

static bool is_zero(const __u8 *a)
{
	static const __u8 zero[16];

	return !memcmp(a, zero, sizeof(zero));
}

static __u32 span_us(__u64 from, __u64 to)
{
	__u64 us = from && to > from ? (to - from) / SGAP_NS_PER_US : 0;

	return us > 0xffffffffu ? 0xffffffffu : (__u32)us;
}

/* Of what does not change, as numbers do; name: its hash. */
static __u64 key_of(const struct sgap_addr *client, const struct sgap_rec_txn *r, __u64 name)
{
	__u64 h = sgap_mix(sgap_addr_mix(client), (__u64)r->client_port << 32 | r->dns_id);

	return sgap_mix(sgap_mix(h, (__u64)r->qtype << 8 | r->proto), name);
}

static void fill_sizes(struct sgap_obs *o, const struct sgap_rec_txn *r)
{
	o->qtype = r->qtype;
	o->rcode = r->rcode;
	o->ede = r->ede;
	o->qflags = r->qflags;
	o->aflags = r->aflags;
	o->asize = r->answer_size;
	o->bufsize = r->query_bufsize;
	o->copies = r->ts_last < r->ts_query + DUPLICATE_NS ? 1 : r->copies;
	o->answers = r->answers;
	o->ancount = r->ancount;
	o->nscount = r->nscount;
	o->port = r->client_port;
	o->msg = r->dns_id;
	o->state = r->state;
	o->class = (__u8)class_of(r);
	o->proto = r->proto;
	o->hops = r->hops;
	o->icmp_type = r->icmp_type;
	o->icmp_code = r->icmp_code;
}

static void fill(struct sgap_ev *ev, struct sgap_obs *o, __u32 vantage,
		 const struct sgap_rec_txn *r)
{
	__u64 name = sgap_intern_ahead(ev, r);

	memset(o, 0, sizeof(*o));
	o->ts = r->ts_query ? r->ts_query : r->ts;
	o->id = r->id;
	o->digest = r->digest;
	o->client = sgap_intern_host(ev, r->client);
	o->server = sgap_intern_host(ev, r->server);
	o->name = r->qname_len ? sgap_intern_name(ev, r->data, r->qname_len) : 0;
	o->rtt_us = span_us(r->ts_query, r->ts_answer);
	o->rtt_last_us = span_us(r->ts_last, r->ts_answer);
	o->min_ttl = r->min_ttl;
	o->serial = r->soa_serial;
	o->addr = r->naddr ? sgap_intern_other(ev, r->addr[0]) : 0;
	o->icmp_from = is_zero(r->icmp_from) ? 0 : sgap_intern_host(ev, r->icmp_from);
	o->connect_us = r->connect_us;
	o->flags = r->flags;
	o->vantage = (__u8)vantage;
	o->v6 = !sgap_addr_is_v4(&ev->hosts[o->server].addr);
	fill_sizes(o, r);
	o->key = key_of(&ev->hosts[o->client].addr, r, name);
}

static void flag_hosts(struct sgap_ev *ev, const struct sgap_obs *o)
{
	struct sgap_host *c = &ev->hosts[o->client], *s = &ev->hosts[o->server];

	if (o->state == SGAP_TXN_UNMATCHED || o->state == SGAP_TXN_ICMP_ANSWER)
		return;
	s->flags |= SGAP_HOST_ASKED;
	c->flags |= SGAP_HOST_ASKS;
	if (o->name)
		s->flags |= o->qflags & SGAP_DNS_RD ? SGAP_HOST_RD : SGAP_HOST_RD0;
	if (o->name && !(o->qflags & SGAP_DNS_RD))
		c->flags |= SGAP_HOST_RESOLVES;
	if (o->rcode == SGAP_NONE16)
		return;
	s->flags |= SGAP_HOST_ANSWERED;
	if (o->aflags & SGAP_DNS_RA)
		s->flags |= SGAP_HOST_RA;
	if (o->aflags & SGAP_DNS_AA)
		s->flags |= SGAP_HOST_AA;
}

static struct sgap_ev_server *server_of(struct sgap_ev *ev, __u32 host)
{
	struct sgap_host *h = &ev->hosts[host];

	if (!h->server) {
		if (!host || ev->nservers == SGAP_EV_SERVERS)
			return NULL;
		ev->servers[ev->nservers].host = host;
		h->server = ++ev->nservers;
	}
	return &ev->servers[h->server - 1];
}

static void count_answer(struct sgap_stats *s, const struct sgap_rec_txn *r)
{
	s->rcode[r->rcode < SGAP_RCODES ? r->rcode : SGAP_RCODES - 1]++;
	if (r->ede != SGAP_NONE16)
		s->ede[r->ede < SGAP_EDES ? r->ede : SGAP_EDES - 1]++;
	if (r->state == SGAP_TXN_ANSWERED)
		s->rtt_first[sgap_hist_bin(span_us(r->ts_query, r->ts_answer))]++;
}

/* Where only records tell what the server did, they count as its statistics do. */
static void count(struct sgap_stats *s, const struct sgap_rec_txn *r)
{
	if (r->rcode != SGAP_NONE16)
		count_answer(s, r);
	/* Without a question it is a connection's set-up. */
	if (!r->qname_len && (r->state == SGAP_TXN_REFUSED || r->state == SGAP_TXN_ICMP))
		s->tcp_refused++;
	if (!r->qname_len && (r->state == SGAP_TXN_REFUSED || r->state == SGAP_TXN_ICMP ||
			      r->state == SGAP_TXN_EVICTED))
		return;
	switch (r->state) {
	case SGAP_TXN_SILENT:
		s->tcp_silent++;
		return;
	case SGAP_TXN_ANSWERED:
		s->answered++;
		break;
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
	case SGAP_TXN_EVICTED:
		sgap_stats_end(s, r->state);
		break;
	default:
		return;
	}
	s->transactions++;
	s->resends += r->copies ? r->copies - 1u : 0;
}

/*
 * The other half of src's datagram to dst, of the last second; first: a first
 * fragment is looked for. It is used up, since one datagram has one first fragment.
 */
static struct sgap_ev_fragment *other_half(struct sgap_ev *ev, __u32 vantage, __u64 ts,
					   __u32 src, __u32 dst, bool first)
{
	__u32 i;

	for (i = 0; i < SGAP_EV_FRAGMENTS; i++) {
		struct sgap_ev_fragment *p = &ev->fragments[i];

		if (p->ts && !p->key == !first && p->src == src && p->dst == dst &&
		    p->vantage == vantage && p->ts + SGAP_NS_PER_S > ts &&
		    ts + SGAP_NS_PER_S > p->ts)
			return p;
	}
	return NULL;
}

static void remember_half(struct sgap_ev *ev, const struct sgap_ev_fragment *half)
{
	ev->fragments[ev->nfragments++ % SGAP_EV_FRAGMENTS] = *half;
}

void sgap_ev_fragment(struct sgap_ev *ev, __u32 vantage, __u64 ts, const struct sgap_addr *src,
		      const struct sgap_addr *dst)
{
	struct sgap_ev_fragment half = {
		.ts = ts, .src = sgap_intern_other(ev, src->b),
		.dst = sgap_intern_other(ev, dst->b), .vantage = vantage,
	}, *p = other_half(ev, vantage, ts, half.src, half.dst, true);

	if (!p) {
		remember_half(ev, &half);
		return;
	}
	if (p->at < ev->n && (ev->obs[p->at].key | 1) == p->key)
		ev->obs[p->at].marks |= SGAP_OBS_WHOLE;
	p->ts = 0;
}

/* o, a first fragment, becomes the observation of number at. */
static void take_first(struct sgap_ev *ev, struct sgap_obs *o, __u32 at)
{
	__u64 ts = o->ts + o->rtt_us * SGAP_NS_PER_US;
	struct sgap_ev_fragment half = {
		.ts = ts, .key = o->key | 1, .src = o->server, .dst = o->client,
		.vantage = o->vantage, .at = at,
	}, *p = other_half(ev, o->vantage, ts, o->server, o->client, false);

	if (!p) {
		remember_half(ev, &half);
		return;
	}
	o->marks |= SGAP_OBS_WHOLE;
	p->ts = 0;
}

/* The counters of a server; NULL when there is no room for it. */
static struct sgap_ev_server *counters_of(struct sgap_ev *ev, const __u8 *addr)
{
	return server_of(ev, ev->nservers < SGAP_EV_SERVERS ? sgap_intern_host(ev, addr) :
							      sgap_host_of(ev, addr));
}

static void count_record(struct sgap_ev *ev, const struct sgap_rec_txn *rec)
{
	struct sgap_ev_server *s = counters_of(ev, rec->server);

	if (s)
		count(&s->sum, rec);
}

void sgap_ev_stats(struct sgap_ev *ev, const struct sgap_addr *server,
		   const struct sgap_stats *stats)
{
	struct sgap_ev_server *s = stats ? counters_of(ev, server->b) : NULL;

	if (s)
		sgap_stats_add(&s->sum, stats);
}

/* A place for the record, and numbers: when none is left, and a sweep may free a quarter. */
static void make_room(struct sgap_ev *ev, const struct sgap_rec_txn *rec)
{
	if (ev->n == ev->max && rec->state != SGAP_TXN_OVERDUE && rec->state != SGAP_TXN_EVICTED)
		thin_out(ev);
	if (ev->nhosts == SGAP_EV_HOSTS && ev->swept <= SGAP_EV_HOSTS / 4 * 3) {
		forget_halves(ev);
		sgap_sweep(ev);
	}
}

void sgap_ev_record(struct sgap_ev *ev, __u32 vantage, const struct sgap_rec_txn *rec)
{
	__u32 sample = sgap_ev_sample(rec->client, rec->client_port, rec->dns_id);
	struct sgap_obs o;

	/* Of an encrypted connection no more is evidence than that TCP was set up. */
	if (rec->state == SGAP_TXN_TLS_REFUSED || rec->state == SGAP_TXN_TLS_SILENT)
		return;
	if (sgap_ev_keeps(ev, sample))
		make_room(ev, rec);
	if (!ev->vantage[vantage].summed)
		count_record(ev, rec);
	if (!sgap_ev_keeps(ev, sample))
		return;
	fill(ev, &o, vantage, rec);
	if (!o.client || !o.server) {
		/* As another's it would be false evidence. */
		ev->unnumbered++;
		return;
	}
	o.sample = sample;
	flag_hosts(ev, &o);
	if (o.state == SGAP_TXN_OVERDUE) {
		sgap_hold(ev, &o);
		return;
	}
	sgap_release(ev, &o);
	if (o.state == SGAP_TXN_EVICTED)
		return;
	if (o.flags & SGAP_TXN_F_FRAGMENT && o.state == SGAP_TXN_ANSWERED &&
	    ev->vantage[vantage].sees_rest)
		take_first(ev, &o, ev->n);
	store(ev, &o);
}

void sgap_ev_link(struct sgap_ev *ev, __u32 vantage, const struct sgap_rec_link *rec)
{
	struct sgap_ev_link *l;

	/* No cause is told by these, and drops may come each second: others keep their room. */
	if (rec->what == SGAP_LINK_AUTONEG || rec->what == SGAP_LINK_FEATURES ||
	    rec->what == SGAP_LINK_QDISC_DROPS)
		return;
	if (ev->nlinks == SGAP_EV_LINKS) {
		memmove(ev->links, ev->links + 1, sizeof(ev->links) - sizeof(ev->links[0]));
		ev->nlinks--;
	}
	l = &ev->links[ev->nlinks++];
	l->ts = rec->ts;
	l->what = rec->what;
	l->before = rec->before;
	l->after = rec->after;
	l->vantage = vantage;
}

void sgap_ev_close(struct sgap_ev *ev, __u32 vantage)
{
	const struct sgap_vantage *v = &ev->vantage[vantage];
	__u32 i;

	for (i = 0; i < SGAP_EV_OPEN && ev->nopen; i++) {
		if (!ev->open_tag[i] || ev->open[i].vantage != vantage)
			continue;
		if (ev->n == ev->max)
			thin_out(ev);
		if (!ev->open_tag[i])
			continue;
		store(ev, &ev->open[i]);
		sgap_let_go(ev, i);
	}
	if (v->first && (!ev->first || v->first < ev->first))
		ev->first = v->first;
	if (v->last > ev->last)
		ev->last = v->last;
}

int sgap_ev_finish(struct sgap_ev *ev)
{
	return sgap_derive(ev);
}
