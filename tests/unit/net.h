/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up transactions of networks, each of clients and a server, to a verdict. */
#ifndef UNIT_NET_H
#define UNIT_NET_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "locate/evidence.h"
#include "locate/judge.h"
#include "wire.h"

#define START 1790000000ull	/* s */
#define END 60u
#define PER_S 20u
#define ALL (END * PER_S)	/* transactions */
#define HALF (ALL / 2)
#define RTT_NS (5 * SGAP_NS_PER_MS)

/* A network of its own: clients 10.net.0.*, and the server that they ask, 10.net.0.53. */
struct net {
	__u8 net;
	__u32 clients;
	__u32 from, to;		/* s: refused in between */
	__u32 slow, per_s;	/* from then on, so many a second */
};

static inline void put_addr(__u8 *p, __u8 net, __u8 host)
{
	const __u8 v4[] = { 0xff, 0xff, 10, net, 0, host };

	memset(p, 0, 10);
	memcpy(p + 10, v4, sizeof(v4));
}

static inline void put_host(struct sgap_rec_txn *r, __u32 zone, __u32 n)
{
	r->data[0] = 8;
	r->qname_len = 2 + (__u16)sprintf((char *)r->data + 1, "h%07u\5zon%02u\7example",
					  n % 10000000, zone % 100);
}

/* A host of one of nine zones. */
static inline void put_name(struct sgap_rec_txn *r, __u32 n)
{
	put_host(r, n % 9, n);
}

union room {
	struct sgap_rec_txn r;
	__u8 bytes[sizeof(struct sgap_rec_txn) + 64];
};

/* A question of one of the network's clients and a good answer. */
static inline void fill(union room *u, const struct net *n, __u32 i, __u64 ts, __u32 name)
{
	*u = (union room){ .r = {
		.id = i, .ts = ts + RTT_NS, .ts_query = ts, .ts_last = ts, .ts_answer = ts + RTT_NS,
		.client_port = (__u16)(1024 + i % 60000), .server_port = 53, .proto = 17,
		.dns_id = (__u16)(i * 7), .qtype = 1, .qclass = 1, .copies = 1, .answers = 1,
		.qflags = SGAP_DNS_RD, .aflags = SGAP_DNS_RD | SGAP_DNS_RA, .ede = SGAP_NONE16,
		.ancount = 1, .min_ttl = 1, .flags = SGAP_TXN_F_QOPT | SGAP_TXN_F_AOPT,
		.state = SGAP_TXN_ANSWERED,
		.query_size = 40, .answer_size = 56, .query_bufsize = 1232,
	} };
	put_addr(u->r.client, n->net, (__u8)(100 + i % n->clients));
	put_addr(u->r.server, n->net, 53);
	put_name(&u->r, name);
}

/* An answer without data. */
static inline void deny(union room *u, __u16 rcode)
{
	u->r.rcode = rcode;
	u->r.ancount = 0;
	u->r.min_ttl = SGAP_NONE32;
}

/* No answer, after so many seconds: it has timed out, or is overdue. */
static inline void starve(union room *u, __u8 state, __u32 after)
{
	deny(u, SGAP_NONE16);
	u->r.state = state;
	u->r.ts = u->r.ts_query + after * SGAP_NS_PER_S;
	u->r.ts_answer = 0;
	u->r.answers = 0;
	u->r.aflags = 0;
	u->r.answer_size = 0;
}

/* The client asked again a second later. */
static inline void repeat(union room *u)
{
	u->r.copies = 2;
	u->r.ts_last = u->r.ts_query + SGAP_NS_PER_S;
}

static inline void put(struct sgap_ev *ev, const struct net *n, __u32 i, __u64 ts, bool refused)
{
	union room u;

	fill(&u, n, i, ts, i + n->net * 1000000u);
	if (refused) {
		deny(&u, 5);
		u.r.ede = 18;
	}
	sgap_ev_record(ev, 0, &u.r);
}

static inline void put_net(struct sgap_ev *ev, const struct net *n)
{
	__u32 s, k, i = 0;

	for (s = 0; s < END; s++) {
		__u32 rate = s < n->slow ? PER_S : n->per_s;

		for (k = 0; k < rate; k++)
			put(ev, n, i++, (START + s) * SGAP_NS_PER_S + k * SGAP_NS_PER_S / rate,
			    s >= n->from && s < n->to);
	}
}

static inline struct sgap_ev *begin(void)
{
	struct sgap_ev *ev = sgap_ev_new(0);

	assert_non_null(ev);
	assert_int_equal(sgap_ev_vantage(ev, "test"), 0);
	ev->vantage[0].first = START * SGAP_NS_PER_S;
	ev->vantage[0].last = (START + END) * SGAP_NS_PER_S;
	return ev;
}

static inline struct sgap_judge *judge(struct sgap_ev *ev, struct sgap_verdict *v)
{
	struct sgap_judge *j;

	sgap_ev_close(ev, 0);
	assert_int_equal(sgap_ev_finish(ev), 0);
	j = sgap_judge_new(ev);
	assert_non_null(j);
	assert_int_equal(sgap_judge_run(j, v), 0);
	return j;
}

/* The time of transaction i, of PER_S a second. */
static inline __u64 at(__u32 i)
{
	return START * SGAP_NS_PER_S + i * SGAP_NS_PER_S / PER_S;
}

/*
 * The verdict on what begins with the half. cause: NULL = nobody; host: the last byte of
 * the address that is blamed; 0 = none
 */
static inline void expect(struct sgap_ev *ev, const char *cause, __u8 host)
{
	struct sgap_verdict v;
	struct sgap_judge *j = judge(ev, &v);

	if (!cause) {
		assert_null(v.best);
	} else {
		assert_non_null(v.best);
		assert_string_equal(v.best->cause->id, cause);
		assert_int_equal(ev->hosts[v.best->host].addr.b[15], host);
		assert_true(v.best->since >= at(HALF));
		assert_true(v.best->since < at(HALF) + 2 * SGAP_NS_PER_S);
	}
	sgap_judge_free(j);
	sgap_ev_free(ev);
}

#endif
