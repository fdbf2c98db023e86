// SPDX-License-Identifier: GPL-2.0-or-later
/* One table, one thread: the locks of sgap_track_ops are nothing here. */
#include "offline.h"

#include <stdlib.h>

#include "pcap.h"
#include "track.h"

#define TXN_MAX 32768u
#define SERVERS_MAX 4096u
#define TCP_CONNS 4096u
#define TCP_PIECES 2048u	/* of half a KiB */
#define FRAGS 512u
#define EXPIRE_BUDGET 64
#define RECORD_MAX (sizeof(struct sgap_rec_txn) + SGAP_WIRE_NAME_MAX + 2 * (size_t)65536)

/* rtt histograms make it 2 KiB, so the counters are made on first sight. */
struct server {
	struct sgap_addr addr;
	struct sgap_stats *stats[2];	/* UDP, TCP */
};

struct sgap_offline {
	struct sgap_frame_opt opt;
	struct sgap_txn_table *table;
	struct sgap_tcp_table *tcp;
	struct sgap_frag_table *frag;
	struct sgap_tap_counters counters;
	struct sgap_census_table *census[__SGAP_CENSUS_KIND_MAX];	/* NULL both or none */
	struct sgap_census_cfg census_cfg;
	sgap_offline_fn fn;
	sgap_offline_fragment_fn fragment;
	sgap_offline_partial_fn partial;
	sgap_offline_wants_fn wants;	/* NULL: all records */
	bool detail;		/* of the packet at hand */
	void *ctx;
	__u64 first, last, next_expire;
	__u64 records, overflow;
	struct server *servers;
	__u32 nservers, servers_max;
	__u32 *index;		/* open addressing: server number + 1, 0 = free */
	__u32 index_mask;
	__u32 hit;		/* the server found last */
	struct sgap_rec_txn *rec;
};

/* NULL: not there, and *free is where it would be. */
static struct server *server_find(struct sgap_offline *o, const struct sgap_addr *addr, __u32 *free)
{
	__u32 i = (__u32)sgap_addr_mix(addr) & o->index_mask;
	struct server *s;

	for (; o->index[i]; i = (i + 1) & o->index_mask) {
		s = &o->servers[o->index[i] - 1];
		if (sgap_addr_eq(&s->addr, addr)) {
			o->hit = o->index[i] - 1;
			return s;
		}
	}
	*free = i;
	return NULL;
}

static struct server *server_get(struct sgap_offline *o, const struct sgap_addr *addr)
{
	struct server *s;
	__u32 i;

	if (o->nservers && sgap_addr_eq(&o->servers[o->hit].addr, addr))
		return &o->servers[o->hit];
	s = server_find(o, addr, &i);
	if (s)
		return s;
	if (o->nservers == o->servers_max)
		return NULL;
	s = &o->servers[o->nservers++];
	s->addr = *addr;
	o->index[i] = o->nservers;
	return s;
}

static struct sgap_txn_table *op_lock(void *ctx, __u64 hash)
{
	struct sgap_offline *o = ctx;

	(void)hash;
	return o->table;
}

static void op_unlock(void *ctx, __u64 hash)
{
	(void)ctx;
	(void)hash;
}

static struct sgap_tcp_table *op_tcp_lock(void *ctx, __u64 hash)
{
	struct sgap_offline *o = ctx;

	(void)hash;
	return o->tcp;
}

static struct sgap_stats *op_stats(void *ctx, const struct sgap_addr *addr, __u8 proto)
{
	struct sgap_offline *o = ctx;
	struct server *s = server_get(o, addr);
	struct sgap_stats *stats;
	int tcp = proto == 6;

	if (!s) {
		o->overflow++;
		return NULL;
	}
	stats = s->stats[tcp];
	if (unlikely(!stats)) {
		stats = calloc(1, sizeof(*stats));
		s->stats[tcp] = stats;
	}
	return stats;
}

static void op_outcome(void *ctx, const struct sgap_txn *txn, int state, __u16 rcode, __u64 ts)
{
	(void)ctx;
	(void)txn;
	(void)state;
	(void)rcode;
	(void)ts;
}

static void op_ended(void *ctx, const struct sgap_txn *txn, int state, __u16 rcode, __u64 ts)
{
	struct sgap_offline *o = ctx;

	if (o->census[0])
		sgap_census_txn(o->census, &o->census_cfg, txn, state, rcode, ts);
}

static bool op_detail(void *ctx)
{
	struct sgap_offline *o = ctx;

	return o->detail;
}

static void make_record(struct sgap_offline *o, const struct sgap_txn *txn,
			const struct sgap_msg *msg, const struct sgap_pkt *pkt, int state, __u64 ts)
{
	__u32 size = sgap_stats_record_size(txn, msg);

	sgap_stats_record(o->rec, txn, msg, pkt, state, ts);
	o->rec->rec.len = size;
	o->rec->rec.type = SGAP_REC_TXN;
	o->rec->rec.version = 1;
	o->rec->rec.reserved = 0;
	o->rec->id = o->records;
	o->fn(o->ctx, o->rec);
}

/* A message that was not taken apart is not wanted; what ends without one is asked about. */
static inline bool is_wanted(const struct sgap_offline *o, const struct sgap_txn *txn,
			     const struct sgap_msg *msg)
{
	return !o->wants || ((!msg || o->detail) &&
			     o->wants(o->ctx, &txn->key.client, txn->key.client_port, txn->key.id));
}

static void op_record(void *ctx, const struct sgap_txn *txn, const struct sgap_msg *msg,
		      const struct sgap_pkt *pkt, int state, __u64 ts)
{
	struct sgap_offline *o = ctx;

	o->counters.records_made++;
	o->records++;
	if (o->fn && is_wanted(o, txn, msg))
		make_record(o, txn, msg, pkt, state, ts);
}

static struct sgap_frag_table *op_frag_lock(void *ctx, __u64 hash)
{
	struct sgap_offline *o = ctx;

	(void)hash;
	return o->frag;
}

static bool op_knows(void *ctx, const struct sgap_addr *addr)
{
	__u32 unused;

	return server_find(ctx, addr, &unused);
}

static void op_partial(void *ctx, struct sgap_rec_partial *rec)
{
	struct sgap_offline *o = ctx;

	o->counters.records_made++;
	rec->rec.len = sizeof(*rec);
	rec->rec.type = SGAP_REC_PARTIAL;
	rec->rec.version = 1;
	if (o->partial)
		o->partial(o->ctx, rec);
}

static struct sgap_tap_counters *op_counters(void *ctx)
{
	struct sgap_offline *o = ctx;

	return &o->counters;
}

static void op_end(void *ctx, const struct sgap_txn *txn, int state, __u64 ts);
static void op_fail(void *ctx, const struct sgap_txn *txn, int state, __u64 ts);
static void op_tcp(void *ctx, const struct sgap_tcp_event *event);
static void op_frag(void *ctx, const struct sgap_frag *frag, enum sgap_frag_end end, __u64 ts);

static const struct sgap_track_ops ops = {
	.lock = op_lock,
	.unlock = op_unlock,
	.stats = op_stats,
	.outcome = op_outcome,
	.ended = op_ended,
	.detail = op_detail,
	.record = op_record,
	.counters = op_counters,
	.end = op_end,
	.fail = op_fail,
	.tcp_lock = op_tcp_lock,
	.tcp_unlock = op_unlock,
	.tcp = op_tcp,
	.frag_lock = op_frag_lock,
	.frag_unlock = op_unlock,
	.frag = op_frag,
	.knows = op_knows,
	.partial = op_partial,
};

static void op_end(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	sgap_track_end(&ops, ctx, txn, NULL, state, ts);
}

static void op_fail(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	const struct sgap_track_fail *fail = ctx;

	sgap_track_end(&ops, fail->ctx, txn, fail->pkt, state, ts);
}

static void op_tcp(void *ctx, const struct sgap_tcp_event *event)
{
	sgap_track_tcp_event(&ops, ctx, event);
}

static void op_frag(void *ctx, const struct sgap_frag *frag, enum sgap_frag_end end, __u64 ts)
{
	sgap_track_partial(&ops, ctx, frag, end, ts);
}

/* Zeroed, in whole cache lines. */
static void *table_memory(size_t size)
{
	void *mem;

	size = (size + 63) & ~(size_t)63;
	mem = aligned_alloc(64, size);
	return mem ? memset(mem, 0, size) : NULL;
}

static int tables_init(struct sgap_offline *o, __u32 n, const struct sgap_txn_cfg *txn)
{
	const struct sgap_tcp_cfg tcp = {
		.conns = TCP_CONNS, .pieces = TCP_PIECES, .timeout_ns = txn->timeout_ns,
	};
	void *mem = table_memory(sgap_txn_table_size(n));

	if (!mem)
		return -ENOMEM;
	o->table = sgap_txn_table_init(mem, n, txn);
	mem = table_memory(sgap_tcp_table_size(&tcp));
	if (!mem)
		return -ENOMEM;
	o->tcp = sgap_tcp_table_init(mem, &tcp);
	mem = table_memory(sgap_frag_table_size(FRAGS));
	if (!mem)
		return -ENOMEM;
	o->frag = sgap_frag_table_init(mem, FRAGS, txn->timeout_ns);
	return 0;
}

static int offline_init(struct sgap_offline *o, const struct sgap_offline_cfg *cfg)
{
	__u32 n = cfg->txn_max ? cfg->txn_max : TXN_MAX, slots = 16;
	struct sgap_txn_cfg txn = {
		.timeout_ns = (cfg->timeout_ms ? cfg->timeout_ms : 5000) * SGAP_NS_PER_MS,
		.overdue_ns = (cfg->overdue_ms ? cfg->overdue_ms : 1000) * SGAP_NS_PER_MS,
	};

	o->servers_max = cfg->servers_max ? cfg->servers_max : SERVERS_MAX;
	while (slots < 2 * o->servers_max)
		slots *= 2;
	o->index_mask = slots - 1;
	o->index = calloc(slots, sizeof(*o->index));
	o->servers = calloc(o->servers_max, sizeof(*o->servers));
	o->rec = calloc(1, RECORD_MAX);
	if (!o->index || !o->servers || !o->rec)
		return -ENOMEM;
	return tables_init(o, n, &txn);
}

static int census_init(struct sgap_offline *o, const struct sgap_offline_cfg *cfg)
{
	static const struct sgap_census_cfg usual = { 24, 48, 2 };
	void *mem;
	int i;

	o->census_cfg = cfg->census.zone_depth ? cfg->census : usual;
	for (i = 0; cfg->census_max && i < __SGAP_CENSUS_KIND_MAX; i++) {
		mem = calloc(1, sgap_census_table_size(cfg->census_max));
		if (!mem)
			return -ENOMEM;
		o->census[i] = sgap_census_table_init(mem, cfg->census_max);
	}
	return 0;
}

int sgap_offline_new(struct sgap_offline **out, const struct sgap_offline_cfg *cfg,
		     sgap_offline_fn fn, void *ctx)
{
	static const struct sgap_offline_cfg defaults;
	struct sgap_offline *o = calloc(1, sizeof(*o));
	int ret;

	if (!o)
		return -ENOMEM;
	if (!cfg)
		cfg = &defaults;
	o->fn = fn;
	o->ctx = ctx;
	o->opt.flags = cfg->flags;
	o->opt.check_sum = fn;	/* it is in records alone */
	o->detail = fn;
	o->opt.nresolvers = cfg->nresolvers < SGAP_RESOLVERS_MAX ? cfg->nresolvers :
								    SGAP_RESOLVERS_MAX;
	memcpy(o->opt.resolver, cfg->resolvers, sizeof(o->opt.resolver));
	o->opt.ports.n = cfg->nports ? cfg->nports : 1;
	memcpy(o->opt.ports.port, cfg->ports, sizeof(cfg->ports));
	if (!cfg->nports)
		o->opt.ports.port[0] = 53;
	ret = offline_init(o, cfg);
	if (!ret)
		ret = census_init(o, cfg);
	if (ret) {
		sgap_offline_free(o);
		return ret;
	}
	*out = o;
	return 0;
}

/* Let time pass; returns whether more is due. */
static bool expire(struct sgap_offline *o)
{
	struct sgap_track_tcp tcp = { .ctx = o };
	int conns = sgap_tcp_expire(o->tcp, o->last, EXPIRE_BUDGET, op_tcp, &tcp);
	int txns = sgap_txn_expire(o->table, o->last, EXPIRE_BUDGET, op_end, o);

	sgap_frag_expire(o->frag, o->last, op_frag, o);
	return conns == EXPIRE_BUDGET || txns == EXPIRE_BUDGET;
}

/*
 * Is a record made of this packet? One of an answer is; of a query it has what counting
 * finds. A TCP segment may be of several.
 */
static bool wants_packet(struct sgap_offline *o, const struct sgap_pkt *pkt)
{
	if (pkt->kind != SGAP_FRAME_UDP || pkt->payload_len < SGAP_WIRE_HEADER)
		return true;
	return pkt->payload[2] & 0x80 &&
	       o->wants(o->ctx, &pkt->dst, pkt->dport, sgap_get16(pkt->payload));
}

/* The checksum of an answer is in its record alone. */
static void check_sum(struct sgap_offline *o, struct sgap_pkt *pkt, const struct sgap_pcap_pkt *p)
{
	o->opt.check_sum = true;
	sgap_frame_parse(pkt, p->link_type, p->data, p->caplen, p->len, &o->opt);
	o->opt.check_sum = false;
}

static void take(struct sgap_offline *o, struct sgap_pkt *pkt, const struct sgap_pcap_pkt *p)
{
	if (o->wants) {
		o->detail = wants_packet(o, pkt);
		if (o->detail && pkt->kind == SGAP_FRAME_UDP && pkt->from_server)
			check_sum(o, pkt, p);
	}
	sgap_track_packet(&ops, o, pkt, 0);
	if (unlikely(pkt->kind == SGAP_FRAME_FRAGMENT) && o->fragment)
		o->fragment(o->ctx, pkt->ts, &pkt->src, &pkt->dst);
}

void sgap_offline_on_fragment(struct sgap_offline *o, sgap_offline_fragment_fn fn)
{
	o->fragment = fn;
}

void sgap_offline_on_partial(struct sgap_offline *o, sgap_offline_partial_fn fn)
{
	o->partial = fn;
}

void sgap_offline_thin(struct sgap_offline *o, sgap_offline_wants_fn wants)
{
	o->wants = wants;
	o->opt.check_sum = false;
}

void sgap_offline_packet(struct sgap_offline *o, const struct sgap_pcap_pkt *p)
{
	struct sgap_pkt pkt;

	o->counters.frames++;
	if (!o->first || p->ts < o->first)
		o->first = p->ts;
	if (p->ts > o->last)
		o->last = p->ts;
	pkt.ts = p->ts;
	if (p->link_type >= 0 &&
	    sgap_frame_parse(&pkt, p->link_type, p->data, p->caplen, p->len, &o->opt) !=
	    SGAP_FRAME_OTHER)
		take(o, &pkt, p);
	if (o->last >= o->next_expire) {
		expire(o);
		o->next_expire = o->last + SGAP_NS_PER_MS;
	}
}

void sgap_offline_finish(struct sgap_offline *o)
{
	while (expire(o))
		;
	o->counters.in_flight = sgap_txn_waiting(o->table);
	o->counters.servers = o->nservers;
}

__u64 sgap_offline_first(const struct sgap_offline *o)
{
	return o->first;
}

__u64 sgap_offline_last(const struct sgap_offline *o)
{
	return o->last;
}

const struct sgap_tap_counters *sgap_offline_counters(const struct sgap_offline *o)
{
	return &o->counters;
}

bool sgap_offline_server(const struct sgap_offline *o, __u32 i, struct sgap_addr *addr,
			 const struct sgap_stats **udp, const struct sgap_stats **tcp)
{
	if (i >= o->nservers)
		return false;
	*addr = o->servers[i].addr;
	*udp = o->servers[i].stats[0];
	*tcp = o->servers[i].stats[1];
	return true;
}

const struct sgap_census_table *sgap_offline_census(const struct sgap_offline *o,
						  enum sgap_census_kind kind)
{
	return o->census[kind];
}

__u64 sgap_offline_overflow(const struct sgap_offline *o)
{
	return o->overflow;
}

void sgap_offline_free(struct sgap_offline *o)
{
	__u32 i;

	if (!o)
		return;
	for (i = 0; i < o->nservers; i++) {
		free(o->servers[i].stats[0]);
		free(o->servers[i].stats[1]);
	}
	for (i = 0; i < __SGAP_CENSUS_KIND_MAX; i++)
		free(o->census[i]);
	free(o->servers);
	free(o->index);
	free(o->table);
	free(o->tcp);
	free(o->frag);
	free(o->rec);
	free(o);
}
