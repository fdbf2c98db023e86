/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules look at: a bounded, evenly thinned set of transactions with
 * hosts and names numbered, built in one pass over TXN records. After
 * sgap_ev_finish() it is read-only, and every rule is a pure function of it.
 */
#ifndef SGAP_EVIDENCE_H
#define SGAP_EVIDENCE_H

#include "pure.h"

#define SGAP_EV_OBS 32768u	/* transactions kept; beyond, every second, fourth, ... */
#define SGAP_EV_NAMES 65536u	/* names and their ancestors told apart */
#define SGAP_EV_ARENA (4u << 20)	/* bytes of names */
#define SGAP_EV_OPEN 8192u	/* overdue ones remembered until they end */
#define SGAP_EV_HOSTS 65536u	/* addresses told apart */
#define SGAP_EV_SERVERS 1024u	/* of them, with counters of their own */
#define SGAP_EV_VANTAGES 8u
#define SGAP_EV_FRAGMENTS 64u	/* looked back through, for the other half */
#define SGAP_EV_LINKS 64u	/* changes of an interface kept */

/* How a transaction went. */
enum sgap_class {
	SGAP_CLASS_NONE,	/* says nothing: too young to judge, evicted, a copy, not IN */
	SGAP_CLASS_OK,		/* NOERROR or NXDOMAIN */
	SGAP_CLASS_SILENT,	/* no answer */
	SGAP_CLASS_ICMP,	/* no answer but an ICMP error */
	SGAP_CLASS_RESET,	/* TCP reset before an answer */
	SGAP_CLASS_SERVFAIL,
	SGAP_CLASS_REFUSED,
	SGAP_CLASS_FORMERR,	/* FORMERR, BADVERS */
	SGAP_CLASS_NOTIMP,
	SGAP_CLASS_OTHER,
	__SGAP_CLASS_MAX
};

/* Flags of an observation that the pass over all of them found. */
#define SGAP_OBS_CACHED 0x0001u	/* the server gave the same answer before, its TTL runs */
#define SGAP_OBS_SEEN 0x0002u	/* the server answered it before, TTL over */
#define SGAP_OBS_COPY 0x0004u	/* another vantage point has it, and that one counts */
#define SGAP_OBS_FOREIGN 0x0008u	/* silent, but another address sent the answer */
#define SGAP_OBS_LOST 0x0010u	/* a vantage point nearer to the server saw the answer */
#define SGAP_OBS_ASTRAY 0x0020u	/* a vantage point nearer to the server never saw the query */
#define SGAP_OBS_ON_WAY (SGAP_OBS_LOST | SGAP_OBS_ASTRAY)	/* lost between two of them */
#define SGAP_OBS_AGAIN 0x0040u	/* answered, but the client asked the same at once again */
#define SGAP_OBS_TCP_OK 0x0080u	/* truncated, and a TCP query got the answer */
#define SGAP_OBS_TCP_BAD 0x0100u	/* truncated, and TCP failed */
#define SGAP_OBS_SIGNED 0x0200u	/* somebody answered a name of that zone with AD */
#define SGAP_OBS_PLAIN_OK 0x0400u	/* failed with EDNS; asked again without, answered */
#define SGAP_OBS_ONWARD 0x0800u	/* the asker is a server itself */
#define SGAP_OBS_TWO 0x1000u	/* two answers that differ */
#define SGAP_OBS_LATE 0x2000u	/* answered after the timeout */
#define SGAP_OBS_SLIP 0x4000u	/* truncated, though the answer would fit */
#define SGAP_OBS_ABSENT 0x8000u	/* it was said not to exist, by any server at any time */
#define SGAP_OBS_EXISTS 0x10000u	/* there was data, from any server at any time */
#define SGAP_OBS_COMPARED 0x20000u	/* another server's answer is known */
#define SGAP_OBS_DIFFERS 0x40000u	/* the server gave other data before, others still do */
#define SGAP_OBS_LIVES 0x80000u	/* others, or the same before, give it a time to live */
#define SGAP_OBS_BIG 0x100000u	/* its answer is too big for one frame */
#define SGAP_OBS_NEWPORT 0x200000u	/* first use of the client's port */
#define SGAP_OBS_REPEAT 0x400000u	/* the client got the same answer within a second before */
#define SGAP_OBS_BACKWARD 0x2000000u	/* an older SOA serial than the same server gave before */
#define SGAP_OBS_OLDER 0x4000000u	/* an older one than another gave, with authority */
#define SGAP_OBS_WHOLE 0x1000000u	/* a later fragment of the answer was seen */
#define SGAP_OBS_QUICK 0x10000000u	/* as fast as the server's cache: it was in there */
#define SGAP_OBS_RETRIED 0x8000000u	/* the client asked the same again within ten seconds */
#define SGAP_OBS_TOLD 0x20000000u	/* one server's own copy against what another was told,
					 * or, asked by a server, against another's own */
#define SGAP_OBS_ODD 0x40000000u	/* ... and they differ */
#define SGAP_OBS_ENDING 0x80000000u	/* TTL 0 or 1, left over of what the server gave before */
#define SGAP_OBS_REJECTED 0x800000u	/* the client's side sent an ICMP error about the answer */

/*
 * The client asked the same within ten seconds before; and that failed, and the first try is not
 * ten seconds ago: this is one of the same lookup.
 */
#define SGAP_FOLLOWS_AGAIN 1u
#define SGAP_FOLLOWS_TRY 2u

/* One transaction. What nearly every rule looks at comes first: it is one cache line. */
struct sgap_obs {
	__u64 ts;		/* first copy of the query, or the answer when that is all */
	__u32 client, server;	/* hosts */
	__u32 name;		/* 0 = unknown */
	__u32 question;		/* number of its question; 0 = none */
	__u32 marks;		/* SGAP_OBS_* */
	__u32 flags;		/* SGAP_TXN_F_* */
	__u32 rtt_us, rtt_last_us;	/* 0 = no answer */
	__u16 qtype, rcode, ede;
	__u16 qflags, aflags;
	__u16 ancount;
	__u8 state, class;
	__u8 proto, hops;
	__u8 vantage;
	__u8 v6;
	__u8 icmp_type, icmp_code;
	__u8 follows;		/* SGAP_FOLLOWS_* */
	__u8 tried;		/* tenths of a second since the first try */
	__u16 msg;		/* the query's DNS id */

	__u64 id;		/* of the record */
	__u64 digest;
	__u64 key;		/* client, port, id, name, type: not the server */
	__u32 min_ttl, serial;
	__u32 addr;		/* host number of the first A or AAAA; 0 = none */
	__u32 icmp_from;	/* host; 0 = none */
	__u32 foreign;		/* host that sent the answer in the server's place; 0 = none */
	__u32 connect_us;
	__u32 sample;		/* decides whether it is kept */
	__u16 asize, bufsize;
	__u16 copies, answers, nscount;
	__u16 port;		/* the client's */
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct sgap_obs) == 128, "two cache lines");

/* What an address was seen to do. */
#define SGAP_HOST_ASKED 0x01u	/* queries went to it */
#define SGAP_HOST_ASKS 0x02u	/* queries came from it */
#define SGAP_HOST_ANSWERED 0x04u	/* answers came from it */
#define SGAP_HOST_RA 0x08u	/* and offered recursion */
#define SGAP_HOST_AA 0x10u	/* and were authoritative */
#define SGAP_HOST_RD 0x20u	/* it was asked for recursion */
#define SGAP_HOST_RD0 0x40u	/* it was asked without */
#define SGAP_HOST_RESOLVES 0x80u	/* it asks without recursion desired: a resolver */
#define SGAP_HOST_TIMED 0x100u	/* how fast its cache answers is known: SGAP_OBS_QUICK tells */

enum sgap_role {
	SGAP_ROLE_UNKNOWN,
	SGAP_ROLE_CLIENT,
	SGAP_ROLE_RECURSIVE,
	SGAP_ROLE_FORWARDER,
	SGAP_ROLE_AUTHORITATIVE,
	SGAP_ROLE_LINK,
	SGAP_ROLE_PATH,
	SGAP_ROLE_MIDDLEBOX,
	SGAP_ROLE_NOBODY,
	__SGAP_ROLE_MAX
};

struct sgap_host {
	struct sgap_addr addr;
	__u32 server;		/* number + 1 in servers; 0 = none */
	__u32 first, n;		/* what it asked: by_client[first ... first + n) */
	__u16 flags;		/* SGAP_HOST_* */
	__u8 role;		/* enum sgap_role */
	__u8 reserved;
};

/* Exact counters, of all transactions and not of those kept. */
struct sgap_ev_server {
	__u32 host;
	__u32 first, n;		/* its observations: by_server[first ... first + n) */
	struct sgap_stats sum;
};

#define SGAP_SAME 4u

/* The SOA serials in all servers' answers that must be of one zone. */
struct sgap_serials {
	__u32 newest, newest_from;	/* and who gave it first */
	__u32 common;		/* the first one that two servers gave */
	__u32 same[SGAP_SAME];	/* who gave it; 0 = nobody. The others may have other views. */
	__u32 old, old_from;	/* the last one that was older, with authority */
	__u8 newest_aa;
	__u8 apart;		/* two with authority differed before any two agreed */
	__u8 follows;		/* the older one grows: it lags, and does not stand */
	__u8 sank;		/* a server's serial went back */
	__u8 served_older, went_back;	/* somebody's serial was older, with or without AA */
};

/* The longest time to live of answers with data. */
struct sgap_ttl {
	__u32 most;		/* s */
	__u32 whole;		/* had again later: so it is not what a cache had left of more */
	__u64 first;		/* when it was had first */
};

struct sgap_name {
	__u64 hash;
	__u32 parent;		/* 0 = the root or unknown */
	__u32 offset;		/* in the arena: wire form, lower case */
	__u32 a_question;	/* its question of type A; 0 = was not asked */
	__u16 len;
	__u8 labels;		/* without the root */
	__u8 marks;		/* SGAP_NAME_* */
};

/* What the names just below one have in common. */
struct sgap_below {
	__u64 last_ok, last_try;	/* when one was looked up well, and when at all; or 0 */
	struct sgap_ttl ttl;
	struct sgap_serials serials;	/* of those that do not exist */
};

#define SGAP_NAME_SIGNED 1u	/* answers at or below it had AD */
#define SGAP_NAME_ASKED 2u	/* was a question, not an ancestor only */
#define SGAP_NAME_WORKED 4u	/* it, or one below it, had a good answer in an earlier judgement */

struct sgap_vantage {
	const char *name;
	__u64 first, last;	/* of its packets, ns */
	__u64 packets, messages, lost, later_fragments;
	bool summed;		/* its records do not count: sgap_ev_stats() tells all */
	bool sees_rest;		/* later fragments are told of, by sgap_ev_fragment() */
};

/* What all servers together say to one question. */
#define SGAP_SEVERAL 0xffffffffu	/* hosts */
#define SGAP_DIGESTS 4u
struct sgap_question {
	__u32 name;
	__u16 type;
	__u16 max_size;		/* bytes, of a whole answer */
	struct sgap_ttl ttl;
	__u64 last_ok, last_try;	/* when it was looked up well, and when at all; or 0 */
	__u32 data, absent, empty;	/* answers with records, NXDOMAIN, NOERROR without */
	__u32 absent_at, data_at;	/* host that said so; ~0 = several */
	__u32 asked_at;		/* host that clients asked; ~0 = several */
	struct {
		__u64 digest;
		__u32 host;	/* who gave it; SGAP_SEVERAL */
		__u32 n;
		__u64 first, last;
		struct sgap_holder {	/* who has it in its cache, the last two */
			__u32 host;
			__u64 ts, ends;	/* its last answer, and when that runs out */
			__u64 fetched;	/* it asked anew after this, and got the same */
		} holder[2];
	} digest[SGAP_DIGESTS];
	__u32 ndigests;		/* beyond SGAP_DIGESTS: a spread */
	struct sgap_told {	/* the last data of two servers without authority, one with */
		__u64 digest, ts, ends;
		__u32 host, client;
	} told[2], own, copy[2];	/* copy: of two that servers ask, with authority */
	struct sgap_serials serials;
};

/* Did anybody answer it well, at any time? */
static inline bool sgap_is_answered(const struct sgap_question *q)
{
	return q->data || q->absent || q->empty;
}

struct sgap_ev_link {
	__u64 ts, before, after;
	__u32 what;		/* enum sgap_link_what */
	__u32 vantage;
};

struct sgap_ev {
	struct sgap_obs *obs;	/* by ts after sgap_ev_finish() */
	__u32 n, max;
	__u32 thin;		/* one of thin transactions is kept: 1, 2, 4, ... */
	struct sgap_host *hosts;
	__u32 nhosts;
	struct sgap_ev_server *servers;
	__u32 nservers;
	struct sgap_name *names;
	__u32 nnames;
	struct sgap_below *below;	/* by name, after sgap_ev_finish() */
	__u8 *arena;
	__u32 arena_used;
	__u32 *host_index, *name_index;
	struct sgap_obs *open;	/* overdue ones that may still be answered */
	__u8 open_tag[SGAP_EV_OPEN];	/* of each place; 0 = free */
	__u32 nopen;
	__u32 swept;		/* hosts that the last sweep left */
	__u32 unnumbered;	/* transactions left out: their hosts found no number */
	bool names_short;	/* a name found no room: some stand for others below them */
	struct sgap_question *questions;	/* from 1 on */
	__u32 nquestions;
	__u32 *by_server;	/* observation numbers, by server, then by ts */
	__u32 *by_client;	/* the same, by client */
	__u32 *network;		/* by host: the first that asks of its network; 0 = does not ask */
	__u32 *scratch;		/* room for one number per observation */
	struct sgap_vantage vantage[SGAP_EV_VANTAGES];
	__u32 nvantages;
	__u32 before[SGAP_EV_VANTAGES];	/* bits: those on the same way, nearer to the clients */
	struct sgap_ev_fragment {	/* first fragments without the rest, and the reverse */
		__u64 ts;	/* 0 = free */
		__u64 key;	/* of the observation; 0 = a later fragment */
		__u32 src, dst, vantage, at;
	} fragments[SGAP_EV_FRAGMENTS];
	__u32 nfragments;	/* so many so far: the next goes to this modulo the room */
	struct sgap_ev_link links[SGAP_EV_LINKS];
	__u32 nlinks;
	__u64 first, last;	/* of all vantage points */
};

/* Returns NULL without memory. max: transactions kept; 0 = SGAP_EV_OBS. */
struct sgap_ev *sgap_ev_new(__u32 max);
void sgap_ev_free(struct sgap_ev *ev);

/* When anybody gave that answer first; ~0 = nobody did, or too many others were given. */
static inline __u64 sgap_first_given(const struct sgap_question *q, __u64 digest)
{
	__u32 i;

	for (i = 0; i < q->ndigests && i < SGAP_DIGESTS; i++) {
		if (q->digest[i].digest == digest)
			return q->digest[i].first;
	}
	return ~0ull;
}

/*
 * When was the answer fetched? What its TTL lacks of the longest is its age, and a second is
 * lost to rounding: this is the earliest, two seconds later the latest.
 */
static inline __u64 sgap_fetched_at(const struct sgap_ttl *ttl, const struct sgap_obs *o)
{
	__u64 age = (o->min_ttl < ttl->most ? ttl->most - o->min_ttl : 0) + 1ull;

	return o->ts > age * SGAP_NS_PER_S ? o->ts - age * SGAP_NS_PER_S : 0;
}

/*
 * The serials that an answer's must agree with besides its own question's; NULL = none. That
 * of a name that does not exist is of the zone that would have it (RFC 2308 section 3), and
 * for servers with authority all names below one share it.
 */
static inline struct sgap_serials *sgap_ev_below(const struct sgap_ev *ev,
						 const struct sgap_obs *o)
{
	__u32 above = ev->names[o->name].parent;

	/* The name may stand for others below it. */
	if (o->rcode != 3 || o->ancount || !above || ev->names_short)
		return NULL;
	return &ev->below[above].serials;
}

/* A new vantage point; its records follow. Returns its number or -ENOSPC. */
int sgap_ev_vantage(struct sgap_ev *ev, const char *name);

/* One TXN record of the vantage point. */
void sgap_ev_record(struct sgap_ev *ev, __u32 vantage, const struct sgap_rec_txn *rec);

/*
 * One for a query and all that belongs to it, whatever the server and the question: what
 * belongs together stays.
 */
static inline __u32 sgap_ev_sample(const __u8 *client, __u16 port, __u16 id)
{
	__u64 x[2];

	memcpy(x, client, sizeof(x));
	return (__u32)(sgap_mix(sgap_mix(x[0], x[1]), (__u64)port << 32 | id) *
		       0x9e3779b97f4a7c15ULL >> 40);
}

/* Would a transaction of that sample be kept? Once false, it stays so. */
static inline bool sgap_ev_keeps(const struct sgap_ev *ev, __u32 sample)
{
	return !(sample & (ev->thin - 1));
}

static inline bool sgap_ev_wants(const struct sgap_ev *ev, const struct sgap_addr *client,
				 __u16 port, __u16 id)
{
	return sgap_ev_keeps(ev, sgap_ev_sample(client->b, port, id));
}

/* What a server did at a vantage point that is summed; NULL = nothing. */
void sgap_ev_stats(struct sgap_ev *ev, const struct sgap_addr *server,
		   const struct sgap_stats *stats);

/* A fragment of UDP that is not the first: records do not tell of them. */
void sgap_ev_fragment(struct sgap_ev *ev, __u32 vantage, __u64 ts, const struct sgap_addr *src,
		      const struct sgap_addr *dst);

/* One LINK record of the vantage point. */
void sgap_ev_link(struct sgap_ev *ev, __u32 vantage, const struct sgap_rec_link *rec);

/* All records of a vantage point are there (its times and sums are filled in). */
void sgap_ev_close(struct sgap_ev *ev, __u32 vantage);

/* Put in order and derive what takes more than one transaction. Returns 0 or -ENOMEM. */
int sgap_ev_finish(struct sgap_ev *ev);

/* Is name at or below zone? */
bool sgap_ev_under(const struct sgap_ev *ev, __u32 name, __u32 zone);

/* The name as text, without the final dot; buf holds 1025 bytes. Returns buf. */
const char *sgap_ev_name_text(const struct sgap_ev *ev, __u32 name, char *buf);

static inline struct sgap_obs *sgap_ev_obs_of(const struct sgap_ev *ev,
					      const struct sgap_ev_server *s, __u32 i)
{
	return &ev->obs[ev->by_server[s->first + i]];
}

static inline bool sgap_obs_counts(const struct sgap_obs *o)
{
	return o->class != SGAP_CLASS_NONE && !(o->marks & SGAP_OBS_COPY);
}

/* From a cache, after its time (RFC 8767, RFC 8914 sections 4.4 and 4.20). */
static inline bool sgap_obs_stale(const struct sgap_obs *o)
{
	return o->ede == 3 || o->ede == 19;
}

static inline bool sgap_obs_failed(const struct sgap_obs *o)
{
	return o->class > SGAP_CLASS_OK;
}

#endif
