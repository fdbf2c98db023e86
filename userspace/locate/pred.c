// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules.h"

#include <math.h>

#include "twin.h"

#define PATIENCE_NS (6 * SGAP_NS_PER_S)	/* who got no answer has asked again by then */
#define UNFELT 0.3		/* of silent ones asked again: fewer, and the capture is at fault */
#define UNFELT_MIN 8u
#define MISSES 3u		/* that go bad: no chance any more */
#define ALIKE_HOSTS 128u
#define ALIKE_MIN 12u		/* outcomes of a host that let it be held against others */
#define ALIKE 2.5		/* shares of those that are hit alike differ by no more */

bool sgap_is_front(const struct sgap_judge *j, const struct sgap_ev_server *s)
{
	enum sgap_role role = j->ev->hosts[s->host].role;

	if (s->n < SGAP_SERVER_MIN || j->islands[s->host] != j->island)
		return false;
	return role == SGAP_ROLE_RECURSIVE || (j->onward && role != SGAP_ROLE_AUTHORITATIVE) ||
	       role == SGAP_ROLE_UNKNOWN;
}

void sgap_each_front(struct sgap_judge *j, void (*fn)(struct sgap_judge *j, __u32 host))
{
	__u32 i;

	for (i = 0; i < j->ev->nservers; i++) {
		if (sgap_is_front(j, &j->ev->servers[i]))
			fn(j, j->ev->servers[i].host);
	}
}

static bool at(const struct sgap_obs *o, const void *arg)
{
	const struct sgap_at *a = arg;

	return !a->host || o->server == a->host;
}

bool sgap_in_server(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	return at(o, arg);
}

bool sgap_in_miss(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	return at(o, arg) && o->name && !(o->marks & SGAP_OBS_CACHED);
}

bool sgap_in_hit(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	return at(o, arg) && o->marks & SGAP_OBS_CACHED;
}

bool sgap_in_any(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)o;
	(void)arg;
	return true;
}

bool sgap_bad_unanswered(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SILENT || o->class == SGAP_CLASS_ICMP ||
	       o->class == SGAP_CLASS_RESET;
}

/* Lost between two vantage points. */
bool sgap_bad_on_way(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_ON_WAY);
}

bool sgap_bad_failed(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_obs_failed(o);
}

bool sgap_bad_refused(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_REFUSED;
}

bool sgap_bad_servfail(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return o->class == SGAP_CLASS_SERVFAIL;
}

bool sgap_is_port_unreachable(const struct sgap_obs *o)
{
	if (o->class != SGAP_CLASS_ICMP || o->icmp_from != o->server)
		return false;
	return o->v6 ? o->icmp_type == 1 && o->icmp_code == 4 :
		       o->icmp_type == 3 && o->icmp_code == 3;
}

bool sgap_is_prohibited(const struct sgap_obs *o)
{
	if (o->class != SGAP_CLASS_ICMP)
		return false;
	if (o->v6)
		return o->icmp_type == 1 && (o->icmp_code == 1 || o->icmp_code == 5);
	return o->icmp_type == 3 &&
	       (o->icmp_code == 9 || o->icmp_code == 10 || o->icmp_code == 13 ||
		(o->icmp_code == 3 && o->icmp_from != o->server));
}

bool sgap_is_time_exceeded(const struct sgap_obs *o)
{
	return o->class == SGAP_CLASS_ICMP && o->icmp_type == (o->v6 ? 3 : 11);
}

__u32 sgap_count_in(const struct sgap_judge *j, const struct sgap_finding *f, sgap_obs_fn pred,
		    const void *arg)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, n = 0;

	for (i = 0; i < ev->n; i++) {
		if (sgap_bit(f->in, i) && pred(ev, &ev->obs[i], arg))
			n++;
	}
	return n;
}

/* Outcomes of servers other than the finding's: while it lasts, or before it began. */
static struct sgap_tally others(const struct sgap_judge *j, const struct sgap_finding *f,
				bool before, sgap_obs_fn over, const void *arg)
{
	const struct sgap_ev *ev = j->ev;
	__u32 host = sgap_twin_first(j, f->host), i;
	struct sgap_tally t = { 0, 0 };

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_here(j, o) || sgap_twin_first(j, o->server) == host ||
		    !(ev->hosts[o->server].flags & SGAP_HOST_ANSWERED) ||
		    !(before ? o->ts < f->since : sgap_during(f, o->ts)) ||
		    !j->onward != !(o->marks & SGAP_OBS_ONWARD) || (over && !over(ev, o, arg)))
			continue;
		sgap_tally_add(&t, sgap_obs_failed(o));
	}
	return t;
}

struct sgap_tally sgap_others(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return others(j, f, false, NULL, NULL);
}

struct sgap_tally sgap_others_before(const struct sgap_judge *j, const struct sgap_finding *f)
{
	return others(j, f, true, NULL, NULL);
}

struct sgap_tally sgap_others_of(const struct sgap_judge *j, const struct sgap_finding *f,
				 sgap_obs_fn over, const void *arg)
{
	return others(j, f, false, over, arg);
}

/* A host's outcomes, for as many hosts as are told apart. */
struct by_host {
	__u32 host;
	struct sgap_tally t;
};

static struct by_host *host_in(struct by_host *hosts, __u32 *n, __u32 host)
{
	__u32 i;

	for (i = 0; i < *n; i++) {
		if (hosts[i].host == host)
			return &hosts[i];
	}
	if (*n == ALIKE_HOSTS)
		return NULL;
	hosts[*n] = (struct by_host){ .host = host };
	return &hosts[(*n)++];
}

__u32 sgap_alike(const struct sgap_judge *j, const struct sgap_finding *f, sgap_obs_fn bad,
		 const void *arg, bool clients)
{
	struct by_host hosts[ALIKE_HOSTS], *h;
	const struct sgap_ev *ev = j->ev;
	double low = 1, high = 0;
	__u32 i, n = 0, all = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_bit(f->in, i))
			continue;
		h = host_in(hosts, &n, clients ? o->client : sgap_twin_first(j, o->server));
		if (h)
			sgap_tally_add(&h->t, bad(ev, o, arg));
	}
	for (i = 0; i < n; i++) {
		if (hosts[i].t.all < ALIKE_MIN)
			continue;
		all++;
		low = fmin(low, sgap_share_high(hosts[i].t));
		high = fmax(high, sgap_share_low(hosts[i].t));
	}
	return low * ALIKE < high ? 0 : all;
}

bool sgap_misses_alike(const struct sgap_judge *j, const struct sgap_finding *f, sgap_obs_fn in,
		       sgap_obs_fn bad, const void *arg)
{
	const struct sgap_ev *ev = j->ev;
	struct sgap_tally t = { 0, 0 };
	__u32 i;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_here(j, o) || !sgap_during(f, o->ts) || !in(ev, o, arg) ||
		    o->marks & SGAP_OBS_CACHED ||
		    (o->marks & SGAP_OBS_QUICK && o->class == SGAP_CLASS_OK))
			continue;
		sgap_tally_add(&t, bad(ev, o, arg));
	}
	return t.bad >= MISSES && sgap_share(t) * 3 > sgap_share(f->in_set);
}

bool sgap_unfelt(const struct sgap_judge *j, const struct sgap_finding *f)
{
	struct sgap_tally silent = { 0, 0 }, well = { 0, 0 };
	const struct sgap_ev *ev = j->ev;
	__u32 i, bad = 0;
	double usual;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!sgap_bit(f->in, i) || o->ts + PATIENCE_NS > ev->last)
			continue;
		bad += sgap_bit(f->bad, i);
		if (o->class == SGAP_CLASS_SILENT)
			sgap_tally_add(&silent, o->copies > 1 || o->marks & SGAP_OBS_RETRIED);
		else if (o->class == SGAP_CLASS_OK)
			sgap_tally_add(&well, !!(o->marks & SGAP_OBS_RETRIED));
	}
	/* Popular names are asked again anyway. */
	usual = sgap_share(well);
	return silent.all >= UNFELT_MIN && silent.all * 2 > bad &&
	       sgap_share(silent) < usual + UNFELT * (1 - usual);
}

bool sgap_moved(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 n[2][256] = { { 0 } }, best[2] = { 0, 0 }, i, k;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		if (o->server == f->host && o->hops && sgap_here(j, o))
			n[o->ts >= f->since][o->hops]++;
	}
	for (k = 0; k < 2; k++) {
		for (i = 1; i < 256; i++) {
			if (n[k][i] > n[k][best[k]])
				best[k] = i;
		}
	}
	return best[0] && best[1] && best[0] != best[1];
}

__u32 sgap_rtt(const struct sgap_judge *j, sgap_obs_fn of, const void *arg, __u64 from, __u64 to,
	       __u32 permille, __u32 *n)
{
	const struct sgap_ev *ev = j->ev;
	__u32 *v = ev->scratch, i, k = 0;

	for (i = 0; i < ev->n; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (o->rtt_us && o->ts >= from && o->ts < to && sgap_here(j, o) &&
		    of(ev, o, arg))
			v[k++] = o->rtt_us;
	}
	if (n)
		*n = k;
	return sgap_select(v, k, permille);
}

bool sgap_others_stand(const struct sgap_ev *ev, const struct sgap_obs *o, __u64 since)
{
	const struct sgap_question *q = &ev->questions[o->question];
	__u32 i, k;

	for (i = 0; i < SGAP_DIGESTS && i < q->ndigests; i++) {
		for (k = 0; k < 2; k++) {
			const struct sgap_holder *h = &q->digest[i].holder[k];

			if (q->digest[i].digest != o->digest && h->host &&
			    h->host != o->server && h->fetched > since)
				return true;
		}
	}
	return false;
}

__u32 sgap_types(const struct sgap_judge *j, __u16 *types, __u32 max)
{
	__u32 i, k, n = 0;

	for (i = 1; i <= j->ev->nquestions && n < max; i++) {
		for (k = 0; k < n && types[k] != j->ev->questions[i].type; k++)
			;
		if (k == n)
			types[n++] = j->ev->questions[i].type;
	}
	return n;
}
