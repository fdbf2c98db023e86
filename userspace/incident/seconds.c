// SPDX-License-Identifier: GPL-2.0-or-later
#include "seconds.h"

#include <stdlib.h>

#include "hist.h"

#define SLOTS (2 * SGAP_SECONDS_SERVERS)

struct server {
	struct sgap_addr addr;
	struct sgap_second second[SGAP_SECONDS_KEPT];	/* by at modulo their number */
};

struct sgap_seconds {
	struct server *server[SGAP_SECONDS_SERVERS];
	__u16 index[SLOTS];		/* number + 1 in server; 0 = free */
	__u32 n;
	__u64 overdue_ns;
};

struct sgap_seconds *sgap_seconds_new(__u32 overdue_ms)
{
	struct sgap_seconds *s = calloc(1, sizeof(*s));

	if (s)
		s->overdue_ns = overdue_ms * SGAP_NS_PER_MS;
	return s;
}

void sgap_seconds_free(struct sgap_seconds *s)
{
	__u32 i;

	if (!s)
		return;
	for (i = 0; i < s->n; i++)
		free(s->server[i]);
	free(s);
}

static __u32 slot_of(const struct sgap_seconds *s, const struct sgap_addr *addr)
{
	__u32 i = (__u32)(sgap_addr_mix(addr) % SLOTS);

	while (s->index[i] && !sgap_addr_eq(&s->server[s->index[i] - 1]->addr, addr))
		i = (i + 1) % SLOTS;
	return i;
}

static struct server *find(const struct sgap_seconds *s, const struct sgap_addr *addr)
{
	__u32 i = slot_of(s, addr);

	return s->index[i] ? s->server[s->index[i] - 1] : NULL;
}

/* Made on first sight; NULL when there are too many, or without memory. */
static struct server *get(struct sgap_seconds *s, const struct sgap_addr *addr)
{
	__u32 i = slot_of(s, addr);
	struct server *new;

	if (s->index[i])
		return s->server[s->index[i] - 1];
	new = s->n < SGAP_SECONDS_SERVERS ? calloc(1, sizeof(*new)) : NULL;
	if (!new)
		return NULL;
	new->addr = *addr;
	s->server[s->n++] = new;
	s->index[i] = (__u16)s->n;
	return new;
}

bool sgap_seconds_is_end(const struct sgap_rec_txn *rec)
{
	switch (rec->state) {
	case SGAP_TXN_ANSWERED:
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
	case SGAP_TXN_SILENT:
		return true;
	}
	return false;
}

bool sgap_seconds_is_bad(const struct sgap_rec_txn *rec)
{
	return rec->state != SGAP_TXN_ANSWERED || (rec->rcode != 0 && rec->rcode != 3);
}

static void take_end(const struct sgap_seconds *s, struct sgap_second *sec,
		     const struct sgap_rec_txn *rec)
{
	__u16 *bin;

	sec->ended++;
	sec->failed += sgap_seconds_is_bad(rec);
	if (rec->ts - rec->ts_query >= s->overdue_ns && sec->overdue)
		sec->overdue--;
	if (!rec->ts_answer || rec->ts_answer < rec->ts_query)
		return;
	bin = &sec->rtt[sgap_hist_bin((rec->ts_answer - rec->ts_query) / SGAP_NS_PER_US)];
	*bin = (__u16)(*bin + (*bin < 65535));
}

void sgap_seconds_take(struct sgap_seconds *s, const struct sgap_rec_txn *rec)
{
	__u64 at = rec->ts_query / SGAP_NS_PER_S;
	struct sgap_second *sec;
	struct server *server;
	struct sgap_addr addr;

	if (!at || (!sgap_seconds_is_end(rec) && rec->state != SGAP_TXN_OVERDUE))
		return;
	memcpy(addr.b, rec->server, sizeof(addr.b));
	server = get(s, &addr);
	if (!server)
		return;
	sec = &server->second[at % SGAP_SECONDS_KEPT];
	if (sec->at > at)
		return;		/* its place was taken by a later one */
	if (sec->at < at) {
		memset(sec, 0, sizeof(*sec));
		sec->at = at;
	}
	if (rec->state == SGAP_TXN_OVERDUE)
		sec->overdue++;
	else
		take_end(s, sec, rec);
}

void sgap_seconds_forget(struct sgap_seconds *s, __u64 after)
{
	struct sgap_second *sec;
	__u32 i, k;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < SGAP_SECONDS_KEPT; k++) {
			sec = &s->server[i]->second[k];
			if (sec->at > after)
				memset(sec, 0, sizeof(*sec));
		}
	}
}

const struct sgap_second *sgap_seconds_of(const struct sgap_seconds *s,
					  const struct sgap_addr *server, __u64 at)
{
	const struct server *found = find(s, server);
	const struct sgap_second *sec = found ? &found->second[at % SGAP_SECONDS_KEPT] : NULL;

	return sec && sec->at == at ? sec : NULL;
}

static void add(struct sgap_second *sum, const struct sgap_second *sec)
{
	if (!sec)
		return;
	sum->ended += sec->ended;
	sum->failed += sec->failed;
	sum->overdue += sec->overdue;
}

void sgap_seconds_sum(const struct sgap_seconds *s, const struct sgap_addr *server,
		      const struct sgap_addr *other, __u64 at, struct sgap_second *sum)
{
	__u32 i;

	memset(sum, 0, sizeof(*sum));
	sum->at = at;
	if (server) {
		add(sum, sgap_seconds_of(s, server, at));
		if (other)
			add(sum, sgap_seconds_of(s, other, at));
		return;
	}
	for (i = 0; i < s->n; i++)
		add(sum, sgap_seconds_of(s, &s->server[i]->addr, at));
}

const struct sgap_addr *sgap_seconds_server(const struct sgap_seconds *s, __u32 i)
{
	return i < s->n ? &s->server[i]->addr : NULL;
}

double sgap_second_quantile(const struct sgap_second *s, __u32 mille)
{
	__u64 all = 0, n = 0;
	unsigned int i;

	for (i = 0; i < SGAP_HIST_BINS; i++)
		all += s->rtt[i];
	if (!all)
		return -1.0;
	for (i = 0; i < SGAP_HIST_BINS - 1; i++) {
		n += s->rtt[i];
		if (n * 1000 > all * mille)
			break;
	}
	return (double)sgap_hist_mid(i) / 1000.0;
}
