/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a resolver asks of others, and what it gets: seen only from its server side. */
#ifndef SGAP_UPSTREAM_H
#define SGAP_UPSTREAM_H

#include "rules.h"

#define SGAP_UPSTREAMS 64u

/* One lookup that succeeds for so many that fail: it is not what lies behind. */
#define SGAP_LOOKUPS 20u

struct sgap_upstream {
	__u32 host;
	__u32 n;		/* questions to it while the finding lasts */
	__u32 recursive;	/* of them with RD=1 */
	__u32 silent, refused, servfail, icmp;
	__u32 back;		/* questions that it asks of the resolver */
};

struct sgap_upstreams {
	struct sgap_upstream up[SGAP_UPSTREAMS];	/* most asked first */
	__u32 n;
};

/* Whom the host asks while the finding lasts. */
void sgap_upstreams_of(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
		       struct sgap_upstreams *u);

/*
 * Was it seen to ask before, and now that lookups fail it asks next to nothing? Then
 * its questions do not leave it, and nobody behind it can have said no.
 */
bool sgap_asks_no_more(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host);

/* How the misses of a resolver fail while the finding lasts. */
struct sgap_misses {
	__u32 failed;		/* SERVFAIL, REFUSED or silence */
	__u32 slow;		/* of them silent or after more than a second */
	__u32 silent;
	__u32 no_ra;		/* of them answered with RA=0: it does not even try */
	__u32 ok;		/* answered well, with what neither its own data nor stale is */
	__u32 late;		/* of them so late that it may have been looked up */
	__u32 fetched;		/* of these, shown by a whole TTL to be, after it had begun */
	struct sgap_tally hits;	/* what was in its cache: failed of all */
	__u32 late_hits;	/* good, but late for that */
	__u32 ede[32];
};

/* Does it recurse for its clients, even if in vain? */
static inline bool sgap_tries(const struct sgap_misses *m)
{
	return m->no_ra * 2 <= m->failed - m->silent;
}

/* Is even its cache slow? */
static inline bool sgap_cache_is_late(const struct sgap_misses *m)
{
	return m->late_hits * 2 > m->hits.all - m->hits.bad;
}

/*
 * How many of the late ones were looked up? The share that is late of its cache's own answers is
 * late for other reasons; twice that, as there are few.
 */
static inline __u32 sgap_lookups(const struct sgap_misses *m)
{
	__u32 hits = m->hits.all - m->hits.bad;
	__u32 chance = sgap_cache_is_late(m) || !hits ? 0 : 2 * m->late_hits * m->ok / hits;

	return m->late > chance ? m->late - chance : 0;
}

/* Are some shown to be, more than chance would have it? */
static inline bool sgap_fetches(const struct sgap_misses *m)
{
	return m->fetched > 2;
}

/* Do lookups still succeed? */
static inline bool sgap_looks_up(const struct sgap_misses *m)
{
	return (sgap_fetches(m) && sgap_lookups(m)) || sgap_lookups(m) * SGAP_LOOKUPS > m->failed;
}

/* Does none? It may be that neither can be said. */
static inline bool sgap_finds_nothing(const struct sgap_misses *m)
{
	return !m->fetched && sgap_lookups(m) * SGAP_LOOKUPS <= m->failed;
}

/* Does it say that it got answers, and does not believe them (EDE 6 to 12)? */
static inline bool sgap_disbelieves(const struct sgap_misses *m)
{
	__u32 i, n = 0;

	for (i = 6; i <= 12; i++)
		n += m->ede[i];
	return n > m->ede[22] + m->ede[23];
}

/* Does it still answer from its cache at once, and more than what was on its way already? */
static inline bool sgap_cache_works(const struct sgap_misses *m)
{
	return m->hits.all >= m->hits.bad + 3 && m->hits.bad * 2 <= m->hits.all &&
	       !sgap_cache_is_late(m);
}

void sgap_misses_of(const struct sgap_judge *j, const struct sgap_finding *f, __u32 host,
		    struct sgap_misses *m);

#endif
