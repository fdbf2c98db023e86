// SPDX-License-Identifier: GPL-2.0-or-later
#include "rig.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define REC_MAX 4096
#define RIG_FRAGS 8
#define SEED 0x5bd1e9955bd1e995ULL

static struct sgap_txn_table *lock(void *ctx, __u64 hash)
{
	struct rig *rig = ctx;

	(void)hash;
	if (rig->locked++)
		abort();
	return rig->txn;
}

static void unlock(void *ctx, __u64 hash)
{
	struct rig *rig = ctx;

	(void)hash;
	if (--rig->locked)
		abort();
}

static struct sgap_tcp_table *tcp_lock(void *ctx, __u64 hash)
{
	struct rig *rig = ctx;

	(void)hash;
	if (rig->tcp_locked++)
		abort();
	return rig->tcp;
}

static void tcp_unlock(void *ctx, __u64 hash)
{
	struct rig *rig = ctx;

	(void)hash;
	if (--rig->tcp_locked)
		abort();
}

static struct sgap_frag_table *frag_lock(void *ctx, __u64 hash)
{
	struct rig *rig = ctx;

	(void)hash;
	if (rig->frag_locked++ || rig->locked)
		abort();
	return rig->frag;
}

static void frag_unlock(void *ctx, __u64 hash)
{
	struct rig *rig = ctx;

	(void)hash;
	if (--rig->frag_locked)
		abort();
}

static bool knows(void *ctx, const struct sgap_addr *addr)
{
	struct rig *rig = ctx;
	__u32 i;

	for (i = 0; i < rig->servers; i++)
		if (sgap_addr_eq(&rig->server[i].addr, addr))
			return true;
	return false;
}

/* What must hold of every one, whatever came in. */
static void partial(void *ctx, struct sgap_rec_partial *rec)
{
	struct rig *rig = ctx;

	if (!rig->frag_locked || !rec->seen || !rec->missing || !rec->fragments ||
	    rec->seen > 65535 || rec->ts < rec->ts_first)
		abort();
	rig->partial = *rec;
}

static struct sgap_stats *stats(void *ctx, const struct sgap_addr *server, __u8 proto)
{
	struct rig *rig = ctx;
	__u32 i;

	for (i = 0; i < rig->servers; i++)
		if (rig->server[i].proto == proto && sgap_addr_eq(&rig->server[i].addr, server))
			return &rig->server[i].stats;
	if (i == RIG_SERVERS)
		return NULL;
	rig->server[i].addr = *server;
	rig->server[i].proto = proto;
	rig->servers++;
	return &rig->server[i].stats;
}

static void outcome(void *ctx, const struct sgap_txn *txn, int state, __u16 rcode, __u64 ts)
{
	struct rig *rig = ctx;

	(void)txn;
	(void)rcode;
	(void)ts;
	if (!rig->locked)
		abort();
	rig->outcomes[state]++;
}

static void ended(void *ctx, const struct sgap_txn *txn, int state, __u16 rcode, __u64 ts)
{
	static const struct sgap_census_cfg cfg = { 24, 48, 2 };
	struct rig *rig = ctx;

	if (!rig->locked)
		abort();
	sgap_census_txn(rig->census, &cfg, txn, state, rcode, ts);
}

static void record(void *ctx, const struct sgap_txn *txn, const struct sgap_msg *msg,
		   const struct sgap_pkt *pkt, int state, __u64 ts)
{
	__u32 size = sgap_stats_record_size(txn, msg);
	struct rig *rig = ctx;
	struct sgap_rec_txn *rec;

	if (!rig->locked || size > REC_MAX || size % 8)
		abort();
	rec = malloc(size);	/* its exact size, so that ASan sees what lies past it */
	if (!rec)
		abort();
	sgap_stats_record(rec, txn, msg, pkt, state, ts);
	rec->rec.len = size;
	rec->id = rig->records;
	rig->states[state]++;
	if (rig->records < RIG_RECORDS) {
		memcpy(&rig->record[rig->records], rec, sizeof(*rec));
		memcpy(rig->name[rig->records], rec->data,
		       rec->qname_len < 32 ? rec->qname_len : 32);
	}
	rig->records++;
	if (rig->each)
		rig->each(rig, rec);
	free(rec);
}

static struct sgap_tap_counters *counters(void *ctx)
{
	return &((struct rig *)ctx)->counters;
}

static void on_end(void *ctx, const struct sgap_txn *txn, int state, __u64 ts);
static void on_fail(void *ctx, const struct sgap_txn *txn, int state, __u64 ts);
static void on_tcp(void *ctx, const struct sgap_tcp_event *event);
static void on_frag(void *ctx, const struct sgap_frag *frag, enum sgap_frag_end end, __u64 ts);

static const struct sgap_track_ops ops = {
	.lock = lock,
	.unlock = unlock,
	.stats = stats,
	.outcome = outcome,
	.ended = ended,
	.record = record,
	.counters = counters,
	.end = on_end,
	.fail = on_fail,
	.tcp_lock = tcp_lock,
	.tcp_unlock = tcp_unlock,
	.tcp = on_tcp,
	.frag_lock = frag_lock,
	.frag_unlock = frag_unlock,
	.frag = on_frag,
	.knows = knows,
	.partial = partial,
};

static void on_end(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	sgap_track_end(&ops, ctx, txn, NULL, state, ts);
}

static void on_fail(void *ctx, const struct sgap_txn *txn, int state, __u64 ts)
{
	struct sgap_track_fail *fail = ctx;

	sgap_track_end(&ops, fail->ctx, txn, fail->pkt, state, ts);
}

static void on_tcp(void *ctx, const struct sgap_tcp_event *event)
{
	sgap_track_tcp_event(&ops, ctx, event);
}

static void on_frag(void *ctx, const struct sgap_frag *frag, enum sgap_frag_end end, __u64 ts)
{
	sgap_track_partial(&ops, ctx, frag, end, ts);
}

static void *table_memory(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) & ~(size_t)63);

	if (!p)
		abort();
	return memset(p, 0, size);
}

struct rig *rig_new(const struct rig_cfg *cfg)
{
	struct sgap_txn_cfg txn = {
		.timeout_ns = (cfg->timeout_ms ? cfg->timeout_ms : 5000) * SGAP_NS_PER_MS,
		.overdue_ns = (cfg->overdue_ms ? cfg->overdue_ms : 1000) * SGAP_NS_PER_MS,
	};
	struct sgap_tcp_cfg tcp = {
		.conns = cfg->conns ? cfg->conns : 64,
		.pieces = cfg->pieces ? cfg->pieces : 64,
		.timeout_ns = txn.timeout_ns,
	};
	__u32 n = cfg->txns ? cfg->txns : 256;
	struct rig *rig = calloc(1, sizeof(*rig));
	int i;

	if (!rig)
		abort();
	rig->txn = sgap_txn_table_init(table_memory(sgap_txn_table_size(n)), n, &txn);
	rig->tcp = sgap_tcp_table_init(table_memory(sgap_tcp_table_size(&tcp)), &tcp);
	rig->frag = sgap_frag_table_init(table_memory(sgap_frag_table_size(RIG_FRAGS)), RIG_FRAGS,
					 txn.timeout_ns);
	for (i = 0; i < __SGAP_CENSUS_KIND_MAX; i++)
		rig->census[i] = sgap_census_table_init(
			table_memory(sgap_census_table_size(SGAP_CENSUS_MIN)), SGAP_CENSUS_MIN);
	rig->opt.ports.n = 1;
	rig->opt.ports.port[0] = 53;
	rig->opt.check_sum = true;
	rig->now = 1000 * SGAP_NS_PER_S;
	return rig;
}

void rig_free(struct rig *rig)
{
	int i;

	for (i = 0; i < __SGAP_CENSUS_KIND_MAX; i++)
		free(rig->census[i]);
	free(rig->txn);
	free(rig->tcp);
	free(rig->frag);
	free(rig);
}

void rig_frame_raw(struct rig *rig, int link_type, const __u8 *p, __u32 len, __u32 wire_len)
{
	struct sgap_pkt pkt;

	sgap_frame_parse(&pkt, link_type, p, len, wire_len, &rig->opt);
	pkt.ts = rig->now;
	rig->counters.frames++;
	sgap_track_packet(&ops, rig, &pkt, SEED);
}

void rig_frame(struct rig *rig, const __u8 *p, __u32 len, __u32 wire_len)
{
	__u8 *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, p, len);
	rig_frame_raw(rig, SGAP_LINKTYPE_ETHERNET, copy, len, wire_len);
	free(copy);
}

void rig_expire(struct rig *rig, __u64 now)
{
	struct sgap_track_tcp tcp = { .ctx = rig, .seed = SEED };

	while (sgap_tcp_expire(rig->tcp, now, 16, on_tcp, &tcp) == 16)
		;
	lock(rig, 0);
	while (sgap_txn_expire(rig->txn, now, 16, on_end, rig) == 16)
		;
	unlock(rig, 0);
	frag_lock(rig, 0);
	sgap_frag_expire(rig->frag, now, on_frag, rig);
	frag_unlock(rig, 0);
}

const struct sgap_stats *rig_stats(const struct rig *rig, const char *server, __u8 proto)
{
	static const struct sgap_stats none;
	struct sgap_addr a = { { 0 } };
	__u8 v4[4];
	__u32 i;

	if (inet_pton(AF_INET, server, v4) == 1)
		sgap_addr_set_v4(&a, v4);
	else if (inet_pton(AF_INET6, server, a.b) != 1)
		abort();
	for (i = 0; i < rig->servers; i++)
		if (rig->server[i].proto == proto && sgap_addr_eq(&rig->server[i].addr, &a))
			return &rig->server[i].stats;
	return &none;
}

static const char *unbalanced_server(const struct sgap_stats *s, __u64 in_flight)
{
	if (s->queries != s->transactions + s->resends)
		return "queries = transactions + resends";
	if (s->responses != s->answered + s->late + s->duplicates + s->unmatched)
		return "responses = answered + late + duplicates + unmatched";
	if (s->transactions != s->answered + s->unanswered + s->failed + s->evicted + in_flight)
		return "transactions = answered + unanswered + failed + evicted + in flight";
	return NULL;
}

/* What a census's rows and others add up to is what ended. */
static bool census_balances(const struct sgap_census_table *t, const struct sgap_tap_counters *c)
{
	struct sgap_census_counts sum = t->others;
	__u32 i;

	for (i = 0; i < t->rows; i++)
		sgap_census_add(&sum, &t->row[i].counts);
	return sum.good + sum.bad == c->answered && sum.unanswered == c->unanswered &&
	       sum.failed == c->failed && sum.evicted == c->evicted;
}

const char *rig_unbalanced(const struct rig *rig)
{
	const struct sgap_tap_counters *c = &rig->counters;
	struct sgap_stats sum = { 0 };
	__u64 unparsed = 0, rcodes = 0, types = 0, sizes = 0;
	const char *why;
	__u32 i;

	for (i = 0; i < rig->servers; i++)
		sgap_stats_add(&sum, &rig->server[i].stats);
	why = unbalanced_server(&sum, sgap_txn_waiting(rig->txn));
	if (why)
		return why;
	for (i = 0; i < 16; i++)
		unparsed += c->unparsed[i];
	if (c->seen != c->queries + c->responses + unparsed + c->icmp + c->tcp_control)
		return "seen = queries + responses + unparsed + icmp + tcp_control";
	if (c->transactions != sum.transactions || c->answered != sum.answered ||
	    c->unanswered != sum.unanswered || c->failed != sum.failed ||
	    c->evicted != sum.evicted || c->queries != sum.queries ||
	    c->responses != sum.responses)
		return "the tap's counters are the sums of its servers'";
	for (i = 0; i < __SGAP_CENSUS_KIND_MAX; i++)
		if (!census_balances(rig->census[i], c))
			return "what is counted is what ended";
	for (i = 0; i < SGAP_QTYPES; i++)
		types += sum.qtype[i];
	for (i = 0; i < SGAP_SIZES; i++)
		sizes += sum.size[i];
	if (types != sum.queries || sizes != sum.responses)
		return "queries = sum of types, responses = sum of sizes";
	for (i = 0; i < SGAP_RCODES; i++)
		rcodes += sum.rcode[i];
	if (rcodes != sum.responses)
		return "responses = sum of RCODEs";
	if (rig->states[SGAP_TXN_ANSWERED] != sum.answered ||
	    rig->states[SGAP_TXN_TIMEOUT] != sum.unanswered ||
	    rig->states[SGAP_TXN_LATE] != sum.late ||
	    rig->states[SGAP_TXN_OVERDUE] != sum.overdue)
		return "records are as many as the counters say";
	return rig->locked || rig->tcp_locked ? "a lock was left" : NULL;
}
