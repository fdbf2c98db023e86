// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "stats.h"
#include "frame.h"
#include "hist.h"
#include "txn.h"
#include "wire.h"

static inline unsigned int at_most(unsigned int x, unsigned int last)
{
	return x < last ? x : last;
}

static_assert(__SGAP_QTYPE_MAX == SGAP_QTYPES, "a counter for each class of types");

unsigned int sgap_stats_qtype(__u16 type)
{
	static const __u8 class[66] = {
		[1] = SGAP_QTYPE_A, [2] = SGAP_QTYPE_NS, [5] = SGAP_QTYPE_CNAME,
		[6] = SGAP_QTYPE_SOA, [12] = SGAP_QTYPE_PTR, [15] = SGAP_QTYPE_MX,
		[16] = SGAP_QTYPE_TXT, [28] = SGAP_QTYPE_AAAA, [33] = SGAP_QTYPE_SRV,
		[35] = SGAP_QTYPE_NAPTR, [43] = SGAP_QTYPE_DS, [48] = SGAP_QTYPE_DNSKEY,
		[64] = SGAP_QTYPE_HTTPS, [65] = SGAP_QTYPE_HTTPS,
	};

	if (likely(type < sizeof(class)))
		return class[type];
	if (type == 251 || type == 252)
		return SGAP_QTYPE_XFR;
	return type == 255 ? SGAP_QTYPE_ANY : SGAP_QTYPE_OTHER;
}

unsigned int sgap_stats_size(__u16 len)
{
	static const __u16 most[SGAP_SIZES - 1] = { 128, 256, 512, 1232, 1452, 4096, 16384 };
	unsigned int i;

	for (i = 0; i < SGAP_SIZES - 1 && len > most[i]; i++)
		;
	return i;
}

void sgap_stats_query(struct sgap_stats *s, const struct sgap_msg *msg, int fresh)
{
	s->queries++;
	s->query_bytes += msg->len;
	s->qtype[sgap_stats_qtype(msg->qtype)]++;
	if (fresh)
		s->transactions++;
	else
		s->resends++;
}

/* Time from before to after, in us; 0 when the clock went back between them. */
static inline __u64 elapsed_us(__u64 before, __u64 after)
{
	return after > before ? sgap_ns_to_us(after - before) : 0;
}

static void count_rtt(struct sgap_stats *s, const struct sgap_txn *txn, __u64 ts)
{
	__u64 first = elapsed_us(txn->ts_query, ts);
	__u64 last = txn->ts_last == txn->ts_query ? first : elapsed_us(txn->ts_last, ts);

	s->rtt_sum_us += first;
	s->rtt_first[sgap_hist_bin(first)]++;
	s->rtt_last[sgap_hist_bin(last)]++;
}

static inline bool other_case(const struct sgap_txn *txn, const struct sgap_msg *msg)
{
	return msg->qname && msg->qname_case != txn->qname_case;
}

void sgap_stats_answer(struct sgap_stats *s, const struct sgap_txn *txn,
		       const struct sgap_msg *msg, int state, __u64 ts)
{
	s->responses++;
	s->response_bytes += msg->len;
	s->size[sgap_stats_size(msg->len)]++;
	s->rcode[at_most(msg->rcode, SGAP_RCODES - 1)]++;
	if (msg->ede != SGAP_NONE16)
		s->ede[at_most(msg->ede, SGAP_EDES - 1)]++;
	if (msg->flags & SGAP_DNS_TC)
		s->truncated++;
	if (state == SGAP_TXN_UNMATCHED) {
		s->unmatched++;
		return;
	}
	if (other_case(txn, msg))
		s->case_mismatch++;
	if (state == SGAP_TXN_LATE) {
		s->late++;
	} else if (state == SGAP_TXN_DUPLICATE) {
		s->duplicates++;
	} else {
		s->answered++;
		count_rtt(s, txn, ts);
	}
}

void sgap_stats_end(struct sgap_stats *s, int state)
{
	switch (state) {
	case SGAP_TXN_OVERDUE:
		s->overdue++;
		break;
	case SGAP_TXN_TIMEOUT:
		s->unanswered++;
		break;
	case SGAP_TXN_EVICTED:
		s->evicted++;
		break;
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
		s->failed++;
		break;
	default:
		break;
	}
}

#define STATS_WORDS (sizeof(struct sgap_stats) / sizeof(__u64))
#define STATS_HISTS (offsetof(struct sgap_stats, rtt_first) / sizeof(__u64))
#define STATS_AFTER (offsetof(struct sgap_stats, tls_reset) / sizeof(__u64))

static_assert(offsetof(struct sgap_stats, rtt_first) % sizeof(__u64) == 0 &&
	      offsetof(struct sgap_stats, tls_reset) % sizeof(__u64) == 0,
	      "all but the histograms are __u64");

void sgap_stats_add(struct sgap_stats *dst, const struct sgap_stats *src)
{
	const __u64 *from = (const __u64 *)src;
	__u64 *to = (__u64 *)dst;
	unsigned int i;

	for (i = 0; i < STATS_HISTS; i++)
		to[i] += from[i];
	for (i = STATS_AFTER; i < STATS_WORDS; i++)
		to[i] += from[i];
	for (i = 0; i < SGAP_HIST_BINS; i++) {
		dst->rtt_first[i] += src->rtt_first[i];
		dst->rtt_last[i] += src->rtt_last[i];
	}
}

__u64 sgap_stats_quantile(const __u32 *hist, __u32 permille)
{
	__u64 n = 0, seen = 0, want;
	unsigned int i;

	for (i = 0; i < SGAP_HIST_BINS; i++)
		n += hist[i];
	if (!n)
		return 0;
	want = sgap_per_mille(n * permille + 999);
	for (i = 0; i < SGAP_HIST_BINS - 1; i++) {
		seen += hist[i];
		if (seen >= want && seen)
			break;
	}
	return sgap_hist_mid(i);
}

/* The variable part of a record: the name, as asked or else as answered, and two texts. */
static inline __u32 name_len(const struct sgap_txn *txn, const struct sgap_msg *msg)
{
	return txn->qname_len ? txn->qname_len : msg ? msg->qname_len : 0;
}

static inline __u32 text_len(const struct sgap_msg *msg)
{
	return msg ? at_most(msg->ede_text_len, SGAP_STATS_TEXT_MAX) : 0;
}

static inline __u32 nsid_len(const struct sgap_msg *msg)
{
	return msg ? at_most(msg->nsid_len, 255) : 0;
}

static inline __u32 padded(__u32 n)
{
	return (n + 7) & ~7u;
}

__u32 sgap_stats_record_size(const struct sgap_txn *txn, const struct sgap_msg *msg)
{
	return padded((__u32)sizeof(struct sgap_rec_txn) + name_len(txn, msg) + text_len(msg) +
		      nsid_len(msg));
}

static void put_tail(struct sgap_rec_txn *rec, const struct sgap_txn *txn,
		     const struct sgap_msg *msg)
{
	__u32 name = name_len(txn, msg), text = text_len(msg), nsid = nsid_len(msg);
	__u32 n = (__u32)sizeof(*rec) + name + text + nsid;
	__u8 *p = rec->data;

	rec->qname_len = (__u16)name;
	rec->ede_text_len = (__u16)text;
	rec->nsid_len = (__u8)nsid;
	if (name)
		memcpy(p, txn->qname_len ? txn->qname : msg->qname, name);
	if (text)
		memcpy(p + name, msg->ede_text, text);
	if (nsid)
		memcpy(p + name + text, msg->nsid, nsid);
	memset(p + name + text + nsid, 0, padded(n) - n);
}

static void put_query(struct sgap_rec_txn *rec, const struct sgap_txn *txn)
{
	rec->ts_query = txn->ts_query;
	rec->ts_last = txn->ts_last;
	memcpy(rec->client, &txn->key.client, 16);
	memcpy(rec->server, &txn->key.server, 16);
	rec->client_port = txn->key.client_port;
	rec->server_port = txn->key.server_port;
	rec->dns_id = txn->key.id;
	rec->proto = txn->key.proto;
	rec->qflags = txn->qflags;
	rec->qtype = txn->qtype;
	rec->qclass = txn->qclass;
	rec->query_size = txn->query_size;
	rec->query_bufsize = txn->bufsize;
	rec->copies = txn->copies;
	rec->answers = txn->answers;
	rec->connect_us = txn->connect_us;
	rec->flags = txn->flags;
	rec->pid = txn->pid;
	rec->cgroup = txn->cgroup;
}

static void put_answer(struct sgap_rec_txn *rec, const struct sgap_txn *txn,
		       const struct sgap_msg *msg, int state, __u64 ts)
{
	rec->ts_answer = ts;
	rec->aflags = msg->flags;
	rec->rcode = msg->rcode;
	rec->ede = msg->ede;
	rec->answer_size = msg->len;
	rec->ancount = msg->ancount;
	rec->nscount = msg->nscount;
	rec->min_ttl = msg->min_ttl;
	rec->soa_serial = msg->soa_serial;
	rec->digest = msg->digest;
	rec->naddr = msg->naddr;
	memcpy(rec->addr, msg->addr, msg->naddr * sizeof(msg->addr[0]));
	rec->edns_version = msg->edns_version;
	rec->flags |= (msg->has_opt ? SGAP_TXN_F_AOPT : 0) |
		      (msg->qname ? 0 : SGAP_TXN_F_HEADERONLY) |
		      (msg->cut ? SGAP_TXN_F_CUT : 0) |
		      (msg->malformed ? SGAP_TXN_F_MALFORMED : 0);
	if (state == SGAP_TXN_UNMATCHED) {
		rec->qtype = msg->qtype;
		rec->qclass = msg->qclass;
	} else if (other_case(txn, msg)) {
		rec->flags |= SGAP_TXN_F_CASE;
	}
}

static void put_packet(struct sgap_rec_txn *rec, const struct sgap_pkt *pkt, bool answer)
{
	if (pkt->kind == SGAP_FRAME_ICMP) {
		rec->icmp_type = pkt->icmp_type;
		rec->icmp_code = pkt->icmp_code;
		memcpy(rec->icmp_from, &pkt->icmp_from, 16);
	} else if (answer) {
		rec->hops = pkt->hops;
		rec->flags |= (pkt->more_frags ? SGAP_TXN_F_FRAGMENT : 0) |
			      (pkt->badsum ? SGAP_TXN_F_BADSUM : 0) |
			      (pkt->df ? SGAP_TXN_F_DF : 0);
	}
}

void sgap_stats_record(struct sgap_rec_txn *rec, const struct sgap_txn *txn,
		       const struct sgap_msg *msg, const struct sgap_pkt *pkt,
		       int state, __u64 ts)
{
	const size_t from = offsetof(struct sgap_rec_txn, ts);

	memset((__u8 *)rec + from, 0, sizeof(*rec) - from);
	rec->ts = ts;
	rec->state = (__u8)state;
	rec->rcode = SGAP_NONE16;
	rec->ede = SGAP_NONE16;
	rec->min_ttl = SGAP_NONE32;
	put_query(rec, txn);
	if (msg)
		put_answer(rec, txn, msg, state, ts);
	if (pkt)
		put_packet(rec, pkt, msg != NULL);
	put_tail(rec, txn, msg);
}
