// SPDX-License-Identifier: GPL-2.0-or-later
#include "keep.h"

#include <stdlib.h>

#include "failure.h"
#include "pcap.h"

#define BUCKETS 16384u		/* a power of two */
#define BYTES_MAX (64u << 20)
#define AGE_NS (SGAP_AGE_MAX + 5 * SGAP_NS_PER_S)	/* longer than any timeout */
#define LINUX_SLL2 20u		/* bytes of header; the protocol is first */

struct entry {
	struct entry *older;	/* in its bucket */
	struct entry *next;	/* in order of arrival */
	struct sgap_key key;
	__u64 ts;
	__u32 len, wire_len;
	__u8 link_type;
	__u8 data[];
};

struct sgap_keep {
	enum sgap_keep_what what;
	struct sgap_frame_opt opt;
	struct entry *bucket[BUCKETS];	/* the youngest of each */
	struct entry *first, **last;
	size_t bytes;
	struct sgap_pcap_pkt now;
	struct sgap_rec_packet *rec;
	size_t room;
};

int sgap_keep_new(struct sgap_keep **out, enum sgap_keep_what what, const __u16 *ports,
		  __u16 nports, __u32 flags)
{
	struct sgap_keep *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->what = what;
	k->last = &k->first;
	k->opt.flags = flags;
	k->opt.ports.n = nports ? nports : 1;
	k->opt.ports.port[0] = 53;
	if (nports)
		memcpy(k->opt.ports.port, ports, nports * sizeof(*ports));
	*out = k;
	return 0;
}

static struct entry **bucket_of(struct sgap_keep *k, const struct sgap_key *key)
{
	return &k->bucket[sgap_txn_hash(key, 0) & (BUCKETS - 1)];
}

static size_t size_of(const struct entry *e)
{
	return sizeof(*e) + e->len;
}

/* The oldest of all is the oldest of its bucket too: the last of its chain. */
static void drop_first(struct sgap_keep *k)
{
	struct entry *e = k->first, **p = bucket_of(k, &e->key);

	while (*p != e)
		p = &(*p)->older;
	*p = e->older;
	k->first = e->next;
	if (!k->first)
		k->last = &k->first;
	k->bytes -= size_of(e);
	free(e);
}

/* A PACKET record's link type has 8 bits, which SLL2's does not fit in: what is
 * in such a frame is kept, without its header. */
static void set_bytes(struct sgap_pcap_pkt *to, const struct sgap_pcap_pkt *pkt)
{
	*to = *pkt;
	if (pkt->link_type != SGAP_LINKTYPE_SLL2 || pkt->caplen < LINUX_SLL2)
		return;
	to->link_type = SGAP_LINKTYPE_RAW;
	to->data += LINUX_SLL2;
	to->caplen -= LINUX_SLL2;
	to->len -= LINUX_SLL2;
}

static void put(struct sgap_keep *k, const struct sgap_key *key, const struct sgap_pcap_pkt *pkt)
{
	struct entry *e = malloc(sizeof(*e) + pkt->caplen), **head = bucket_of(k, key);

	if (!e)
		return;
	e->key = *key;
	e->ts = pkt->ts;
	e->len = pkt->caplen;
	e->wire_len = pkt->len;
	e->link_type = (__u8)pkt->link_type;
	memcpy(e->data, pkt->data, pkt->caplen);
	e->older = *head;
	*head = e;
	e->next = NULL;
	*k->last = e;
	k->last = &e->next;
	k->bytes += size_of(e);
}

void sgap_keep_packet(struct sgap_keep *k, const struct sgap_pcap_pkt *pkt)
{
	struct sgap_pkt parsed;
	struct sgap_key key;

	set_bytes(&k->now, pkt);
	while (k->first && (k->bytes > BYTES_MAX || sgap_age(pkt->ts, k->first->ts) > AGE_NS))
		drop_first(k);
	if (pkt->link_type < 0 ||
	    sgap_frame_parse(&parsed, pkt->link_type, pkt->data, pkt->caplen, pkt->len,
			     &k->opt) == SGAP_FRAME_OTHER)
		return;
	if (sgap_failure_key(&key, &parsed))
		put(k, &key, &k->now);
}

static const struct entry *query_of(struct sgap_keep *k, const struct sgap_rec_txn *txn)
{
	const struct entry *e;
	struct sgap_key key = {
		.client_port = txn->client_port, .server_port = txn->server_port,
		.id = txn->dns_id, .proto = txn->proto,
	};

	memcpy(key.client.b, txn->client, 16);
	memcpy(key.server.b, txn->server, 16);
	key = sgap_failure_asked(key);
	for (e = *bucket_of(k, &key); e; e = e->older)
		if (e->ts == txn->ts_query && sgap_key_same(&e->key, &key))
			return e;
	return NULL;
}

/* A record with room for len bytes of data; NULL without memory. */
static struct sgap_rec_packet *record(struct sgap_keep *k, size_t len)
{
	size_t size = (sizeof(*k->rec) + len + 7) & ~(size_t)7;
	struct sgap_rec_packet *rec;

	if (size > k->room) {
		rec = realloc(k->rec, size);
		if (!rec)
			return NULL;
		k->rec = rec;
		k->room = size;
	}
	memset(k->rec, 0, size);
	k->rec->rec.len = (__u32)size;
	k->rec->rec.type = SGAP_REC_PACKET;
	k->rec->rec.version = 1;
	return k->rec;
}

static void tell(struct sgap_keep *k, const struct sgap_rec_txn *txn, bool answer,
		 const struct sgap_pcap_pkt *pkt, sgap_keep_fn fn, void *ctx)
{
	struct sgap_rec_packet *rec = record(k, pkt->caplen);

	if (!rec)
		return;
	rec->txn_id = txn->id;
	rec->ts = pkt->ts;
	rec->wire_len = pkt->len;
	rec->cap_len = pkt->caplen;
	rec->is_answer = answer;
	rec->link_type = (__u8)pkt->link_type;
	memcpy(rec->data, pkt->data, pkt->caplen);
	fn(ctx, rec);
}

bool sgap_keep_is_failed(const struct sgap_rec_txn *txn)
{
	return sgap_failure_is(txn->state, txn->flags & SGAP_TXN_F_MALFORMED, txn->rcode);
}

/* States that end a transaction, once; and those that a packet makes. */
static bool has_query(int state)
{
	return state == SGAP_TXN_ANSWERED || state == SGAP_TXN_EVICTED ||
	       sgap_failure_is(state, false, SGAP_NONE16);
}

static bool has_answer(int state)
{
	return sgap_failure_has_answer(state) || state == SGAP_TXN_LATE ||
	       state == SGAP_TXN_DUPLICATE || state == SGAP_TXN_UNMATCHED;
}

void sgap_keep_record(struct sgap_keep *k, const struct sgap_rec_txn *txn, sgap_keep_fn fn,
		      void *ctx)
{
	const struct entry *e;

	if (k->what == SGAP_KEEP_FAILED && !sgap_keep_is_failed(txn))
		return;
	e = has_query(txn->state) ? query_of(k, txn) : NULL;
	if (e) {
		struct sgap_pcap_pkt pkt = {
			.ts = e->ts, .data = e->data, .caplen = e->len, .len = e->wire_len,
			.link_type = e->link_type,
		};

		tell(k, txn, false, &pkt, fn, ctx);
	}
	if (has_answer(txn->state) && k->now.ts == txn->ts)
		tell(k, txn, true, &k->now, fn, ctx);
}

void sgap_keep_free(struct sgap_keep *k)
{
	if (!k)
		return;
	while (k->first)
		drop_first(k);
	free(k->rec);
	free(k);
}
