// SPDX-License-Identifier: GPL-2.0-only
/* What a packet passes. It is looked at and never changed, held or dropped. */
#include "tap.h"
#include "failure.h"
#include "stats.h"
#include "track.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#include <linux/cgroup.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include <net/sock.h>

#define EXPIRE_BUDGET 256	/* transactions of a shard in one go */
#define EXPIRE_MS 40
#define IP_OFFSET_MASK 0x1fff	/* of the second half of an IPv4 header's second word */

/* A stamp of the network card's is taken when it is no older than this. */
#define STAMP_AGE_NS SGAP_NS_PER_S

/* What the functions below know of the packet at hand. */
struct ctx {
	struct sgap_tap *tap;
	struct sgap_lane *lane;
	struct sgap_server *server;	/* the one last asked for */
	const struct sgap_bytes *bytes;	/* of the packet; NULL: it is the time */
	const struct sgap_tap_opt *opt;
	u32 index;			/* of the lane */
	bool detail;			/* records are made, so messages are parsed for them */
};

static struct sgap_shard *shard_of(const struct sgap_tap *tap, u64 hash)
{
	return &tap->shards[sgap_txn_flow(hash) & (tap->nshards - 1)];
}

/* The lock is held from one function to the other: sparse need not know. */
static struct sgap_txn_table *track_lock(void *p, u64 hash)
{
	struct sgap_shard *shard = shard_of(((struct ctx *)p)->tap, hash);

	spin_lock(&shard->lock);
	__release(&shard->lock);
	return shard->table;
}

static void track_unlock(void *p, u64 hash)
{
	struct sgap_shard *shard = shard_of(((struct ctx *)p)->tap, hash);

	__acquire(&shard->lock);
	spin_unlock(&shard->lock);
}

static struct sgap_tcp_table *track_tcp_lock(void *p, u64 hash)
{
	struct sgap_shard *shard = shard_of(((struct ctx *)p)->tap, hash);

	spin_lock(&shard->tcp_lock);
	__release(&shard->tcp_lock);
	return shard->tcp;
}

static void track_tcp_unlock(void *p, u64 hash)
{
	struct sgap_shard *shard = shard_of(((struct ctx *)p)->tap, hash);

	__acquire(&shard->tcp_lock);
	spin_unlock(&shard->tcp_lock);
}

static struct sgap_frag_table *track_frag_lock(void *p, u64 hash)
{
	struct sgap_shard *shard = shard_of(((struct ctx *)p)->tap, hash);

	spin_lock(&shard->frag_lock);
	__release(&shard->frag_lock);
	return shard->frag;
}

static void track_frag_unlock(void *p, u64 hash)
{
	struct sgap_shard *shard = shard_of(((struct ctx *)p)->tap, hash);

	__acquire(&shard->frag_lock);
	spin_unlock(&shard->frag_lock);
}

static __always_inline struct sgap_server *server_of(struct ctx *ctx,
						     const struct sgap_addr *addr)
{
	if (!ctx->server || !sgap_addr_eq(&ctx->server->addr, addr))
		ctx->server = sgap_server_get(&ctx->tap->servers, addr);
	return ctx->server;
}

static struct sgap_stats *track_stats(void *p, const struct sgap_addr *addr, u8 proto)
{
	struct ctx *ctx = p;
	struct sgap_server *s = server_of(ctx, addr);

	return s ? sgap_server_stats(&ctx->tap->servers, s, ctx->index, proto) : NULL;
}

static void track_outcome(void *p, const struct sgap_txn *txn, int state, u16 rcode, u64 ts)
{
	struct ctx *ctx = p;
	struct sgap_server *s = server_of(ctx, &txn->key.server);

	if (s)
		sgap_server_outcome(&ctx->tap->servers, s, ctx->index, txn, state, rcode, ts);
}

static void track_ended(void *p, const struct sgap_txn *txn, int state, u16 rcode, u64 ts)
{
	struct ctx *ctx = p;
	struct sgap_census_table **t = sgap_tap_censuses(ctx->tap, ctx->index);

	lockdep_assert_held(&ctx->lane->lock);
	if (t)
		sgap_census_txn(t, &ctx->opt->census, txn, state, rcode, ts);
}

/* Without a reader, and without anybody who traces, no record is made. */
static bool wants_detail(const struct sgap_tap *tap)
{
	return !sgap_rings_idle(tap->rings) || trace_sgap_txn_enabled();
}

/* Field by field: an initializer would be a loop over the whole. */
static __always_inline void ctx_init(struct ctx *ctx, struct sgap_tap *tap,
				     const struct sgap_tap_opt *opt)
{
	ctx->tap = tap;
	ctx->opt = opt;
	ctx->index = sgap_lane_index(&tap->servers);
	ctx->lane = &tap->servers.lanes[ctx->index];
	ctx->server = NULL;
	ctx->bytes = NULL;
	ctx->detail = wants_detail(tap);
}

/* As found when the packet came: who opens the device meanwhile gets the next one. */
static bool track_detail(void *p)
{
	return ((struct ctx *)p)->detail;
}

static void put_packet(struct sgap_rings *rings, const struct sgap_bytes *bytes, u32 snaplen,
		       u64 txn_id, bool answer, u64 ts)
{
	u32 cap = min(bytes->len, snaplen), len = ALIGN(sizeof(struct sgap_rec_packet) + cap, 8);
	struct sgap_rec_packet *rec;

	lockdep_assert_held(&rings->lock);
	rec = (struct sgap_rec_packet *)sgap_rings_reserve(rings, len, SGAP_REC_PACKET, ts);
	if (!rec)
		return;
	memset(rec, 0, len);
	rec->txn_id = txn_id;
	rec->ts = ts;
	rec->wire_len = bytes->wire_len;
	rec->cap_len = cap;
	rec->is_answer = answer;
	rec->link_type = bytes->link_type;
	memcpy(rec->data, bytes->p, cap);
	sgap_rings_commit(rings, &rec->rec, len, SGAP_REC_PACKET);
}

static bool is_failure(int state, const struct sgap_msg *msg)
{
	return sgap_failure_is(state, msg && msg->malformed, msg ? msg->rcode : SGAP_NONE16);
}

/* May another PACKET record be made now? */
static bool within_rate(struct ctx *ctx)
{
	time64_t second = ktime_get_seconds();
	struct sgap_tap *tap = ctx->tap;

	lockdep_assert_held(&tap->rings->lock);
	if (!ctx->opt->packet_rate)
		return true;
	if (second != tap->second) {
		tap->second = second;
		tap->packets = 0;
	}
	if (tap->packets >= ctx->opt->packet_rate) {
		ctx->lane->counters.packets_held++;
		return false;
	}
	tap->packets++;
	return true;
}

/* The bytes of what asked and of what ended it, of what failed, as far as they are known. */
static void put_packets(struct ctx *ctx, const struct sgap_txn *txn, int state, u64 ts)
{
	const struct sgap_key key = sgap_failure_asked(txn->key);
	u64 hash = sgap_txn_hash(&key, ctx->tap->seed);
	struct sgap_shard *shard = shard_of(ctx->tap, hash);
	struct sgap_rings *rings = ctx->tap->rings;
	u64 id = rings->txn_id;
	struct sgap_bytes query;

	lockdep_assert_held(&shard->lock);
	if (shard->snap && sgap_snap_get(shard->snap, &key, hash, txn->ts_query, &query) &&
	    within_rate(ctx))
		put_packet(rings, &query, ctx->opt->snaplen, id, false, txn->ts_query);
	if (ctx->bytes && sgap_failure_has_answer(state) && within_rate(ctx))
		put_packet(rings, ctx->bytes, ctx->opt->snaplen, id, true, ts);
}

static void track_record(void *p, const struct sgap_txn *txn, const struct sgap_msg *msg,
			 const struct sgap_pkt *pkt, int state, u64 ts)
{
	struct ctx *ctx = p;
	struct sgap_rings *rings = ctx->tap->rings;
	struct sgap_rec_txn *rec;
	u32 len;

	if (!ctx->detail)
		return;
	trace_sgap_txn(ctx->tap->dev->ifindex, txn, msg ? msg->rcode : SGAP_NONE16, state, ts);
	if (sgap_rings_idle(rings))
		return;
	len = sgap_stats_record_size(txn, msg);
	spin_lock(&rings->lock);
	rec = (struct sgap_rec_txn *)sgap_rings_reserve(rings, len, SGAP_REC_TXN, ts);
	if (rec) {
		sgap_stats_record(rec, txn, msg, pkt, state, ts);
		sgap_rings_commit(rings, &rec->rec, len, SGAP_REC_TXN);
		if (unlikely(ctx->opt->snaplen) && is_failure(state, msg))
			put_packets(ctx, txn, state, ts);
	}
	spin_unlock(&rings->lock);
}

static bool track_knows(void *p, const struct sgap_addr *addr)
{
	return sgap_server_find(&((struct ctx *)p)->tap->servers, addr);
}

static void track_partial(void *p, struct sgap_rec_partial *rec)
{
	sgap_rings_push(((struct ctx *)p)->tap->rings, &rec->rec, sizeof(*rec),
			SGAP_REC_PARTIAL, rec->ts);
}

static struct sgap_tap_counters *track_counters(void *p)
{
	return &((struct ctx *)p)->lane->counters;
}

static void track_end(void *p, const struct sgap_txn *txn, int state, u64 ts);
static void track_fail(void *p, const struct sgap_txn *txn, int state, u64 ts);
static void track_tcp(void *p, const struct sgap_tcp_event *event);
static void track_frag(void *p, const struct sgap_frag *frag, enum sgap_frag_end end, u64 ts);

static const struct sgap_track_ops track_ops = {
	.lock = track_lock,
	.unlock = track_unlock,
	.stats = track_stats,
	.outcome = track_outcome,
	.ended = track_ended,
	.detail = track_detail,
	.record = track_record,
	.counters = track_counters,
	.end = track_end,
	.fail = track_fail,
	.tcp_lock = track_tcp_lock,
	.tcp_unlock = track_tcp_unlock,
	.tcp = track_tcp,
	.frag_lock = track_frag_lock,
	.frag_unlock = track_frag_unlock,
	.frag = track_frag,
	.knows = track_knows,
	.partial = track_partial,
};

static void track_end(void *p, const struct sgap_txn *txn, int state, u64 ts)
{
	sgap_track_end(&track_ops, p, txn, NULL, state, ts);
}

static void track_fail(void *p, const struct sgap_txn *txn, int state, u64 ts)
{
	struct sgap_track_fail *fail = p;

	sgap_track_end(&track_ops, fail->ctx, txn, fail->pkt, state, ts);
}

static void track_tcp(void *p, const struct sgap_tcp_event *event)
{
	sgap_track_tcp_event(&track_ops, p, event);
}

static void track_frag(void *p, const struct sgap_frag *frag, enum sgap_frag_end end, u64 ts)
{
	sgap_track_partial(&track_ops, p, frag, end, ts);
}

/* Whose port 443 that may be is seen to later. */
static __always_inline bool on_port(const struct sgap_frame_opt *opt, const u8 *l4)
{
	u16 sport = sgap_get16(l4), dport = sgap_get16(l4 + 2);
	u32 i = 0;

	do {
		if (dport == opt->ports.port[i] || sport == opt->ports.port[i])
			return true;
	} while (++i < opt->ports.n);
	return unlikely(opt->nresolvers) && (sport == 443 || dport == 443);
}

/* Seldom, but something that we look into may follow. */
static __always_inline bool wants_rare(const struct sgap_frame_opt *opt, bool v6, u8 proto)
{
	switch (proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case 139:			/* HIP */
	case 140:			/* Shim6 */
		return v6;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_GRE:
		return opt->flags & SGAP_TAP_F_TUNNELS;
	default:
		return false;
	}
}

static __always_inline bool wants_type(const struct sgap_frame_opt *opt, __be16 type)
{
	switch (type) {
	case htons(ETH_P_8021Q):
	case htons(ETH_P_8021AD):
	case htons(ETH_P_QINQ1):
	case htons(ETH_P_PPP_SES):
		return true;
	case htons(ETH_P_MPLS_UC):
	case htons(ETH_P_MPLS_MC):
		return opt->flags & SGAP_TAP_F_TUNNELS;
	default:
		return false;
	}
}

static __always_inline bool wants_icmp(bool v6, u8 type)
{
	return v6 ? type >= 1 && type <= 4 : type == 3 || type == 11 || type == 12;
}

/*
 * May this be ours? Reads one header; says yes when that is not in one piece.
 * What it says yes to is parsed properly.
 */
static __always_inline bool wants(const struct sgap_frame_opt *opt, __be16 type,
				  const u8 *p, u32 len)
{
	bool v6 = type == htons(ETH_P_IPV6);
	u32 head;
	u8 proto;

	if (!v6 && type != htons(ETH_P_IP))
		return wants_type(opt, type);
	head = v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	if (unlikely(len < head + 4))
		return true;
	proto = v6 ? p[6] : p[9];
	if (!v6) {
		head = (p[0] & 15) * 4;
		if (unlikely(sgap_get16(p + 6) & IP_OFFSET_MASK))
			return proto == IPPROTO_UDP;
		if (unlikely(len < head + 4))
			return true;
	}
	if (proto == IPPROTO_UDP)
		return on_port(opt, p + head) || opt->flags & SGAP_TAP_F_TUNNELS;
	if (proto == IPPROTO_TCP)
		return on_port(opt, p + head);
	if (proto == (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return wants_icmp(v6, p[head]);
	return wants_rare(opt, v6, proto);
}

/*
 * The clock of the records is CLOCK_REALTIME. At ingress the stamp that the
 * skb came with is nearer to the wire, if it has one; at egress the field may
 * mean when the packet is to be sent.
 */
static u64 stamp_of(const struct sk_buff *skb, bool ingress)
{
	u64 now = ktime_get_real_ns(), stamp;

	if (!ingress)
		return now;
	stamp = (u64)ktime_to_ns(skb_tstamp(skb));
	return now - stamp < STAMP_AGE_NS ? stamp : now;
}

/* The skb's bytes from off on, in one piece: where they are, or in buf. */
static const u8 *bytes_of(const struct sk_buff *skb, int off, u32 *len, u8 *buf)
{
	u32 n = skb->len - off;

	*len = n;
	if (likely(!skb_is_nonlinear(skb)))
		return skb->data + off;
	*len = min(n, SGAP_TAP_BUF);
	if (skb_copy_bits(skb, off, buf, *len))
		*len = 0;
	return buf;
}

/* The bytes of what asks, should it fail. */
static void keep_query(struct ctx *ctx, const struct sgap_pkt *pkt)
{
	struct sgap_shard *shard;
	struct sgap_key key;
	u64 hash;

	if (!sgap_failure_key(&key, pkt))
		return;
	hash = sgap_txn_hash(&key, ctx->tap->seed);
	shard = shard_of(ctx->tap, hash);
	spin_lock(&shard->lock);
	if (shard->snap)
		sgap_snap_put(shard->snap, &key, hash, pkt->ts, ctx->bytes);
	spin_unlock(&shard->lock);
}

/*
 * Who sends it: the cgroup of the socket, and the process, if this is a send of its own and
 * not the stack's for it. Not for what is passed on.
 */
static void take_owner(struct sgap_pkt *pkt, const struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	if (!sk || !sk_fullsock(sk))
		return;
#ifdef CONFIG_SOCK_CGROUP_DATA
	pkt->cgroup = cgroup_id(sock_cgroup_ptr(&sk->sk_cgrp_data));
#endif
	if (in_task() && !(current->flags & PF_KTHREAD))
		pkt->pid = (u32)task_tgid_nr(current);
}

/* off: of the IP header, or of the Ethernet header if that is what type says. */
static noinline void take(struct sgap_tap *tap, const struct sgap_tap_opt *opt,
			  const struct sk_buff *skb, int off, bool ip, bool ingress)
{
	struct sgap_bytes bytes SGAP_UNINIT;
	struct sgap_pkt pkt SGAP_UNINIT;
	struct ctx ctx SGAP_UNINIT;

	ctx_init(&ctx, tap, opt);
	ctx.bytes = &bytes;
	bytes.wire_len = skb->len - off;
	bytes.link_type = ip ? SGAP_LINKTYPE_RAW : SGAP_LINKTYPE_ETHERNET;
	spin_lock(&ctx.lane->lock);
	bytes.p = bytes_of(skb, off, &bytes.len, tap->bufs + ctx.index * SGAP_TAP_BUF);
	if (likely(ip))
		sgap_frame_parse_ip(&pkt, bytes.p, bytes.len, bytes.wire_len, &opt->frame);
	else
		sgap_frame_parse(&pkt, SGAP_LINKTYPE_ETHERNET, bytes.p, bytes.len,
				 bytes.wire_len, &opt->frame);
	if (pkt.kind != SGAP_FRAME_OTHER) {
		pkt.ts = stamp_of(skb, ingress);
		if (!ingress && pkt.to_server)
			take_owner(&pkt, skb);
		sgap_track_packet(&track_ops, &ctx, &pkt, tap->seed);
		if (unlikely(opt->snaplen))
			keep_query(&ctx, &pkt);
	}
	spin_unlock(&ctx.lane->lock);
}

/* At egress bottom halves are off, which is as good as rcu_read_lock(). */
static __always_inline const struct sgap_tap_opt *options(const struct sgap_tap *tap)
{
	return rcu_dereference_check(tap->opt, rcu_read_lock_bh_held());
}

static bool is_ip(__be16 type)
{
	return type == htons(ETH_P_IP) || type == htons(ETH_P_IPV6);
}

/*
 * Here skb->data is at the network header, a VLAN tag is in skb->vlan_tci.
 * Frames for others are taken where they are ours to pass on (a bridge's port
 * and the like) or a mirror port is what we are told to look at.
 */
unsigned int sgap_tap_ingress(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct sgap_tap *tap = priv;
	const struct sgap_tap_opt *opt = options(tap);
	bool ip = is_ip(skb->protocol);

	this_cpu_inc(*tap->frames);
	if (likely(!wants(&opt->frame, skb->protocol, skb->data, skb_headlen(skb))))
		return NF_ACCEPT;
	if (skb->pkt_type == PACKET_OTHERHOST && !(opt->frame.flags & SGAP_TAP_F_SPAN) &&
	    !rcu_access_pointer(skb->dev->rx_handler))
		return NF_ACCEPT;
	if (ip || skb_mac_header_was_set(skb))
		take(tap, opt, skb, ip ? 0 : skb_mac_offset(skb), ip, true);
	return NF_ACCEPT;
}

/*
 * Here skb->data is at the Ethernet header. A mirror port's own frames are
 * nobody's; nothing is counted twice there.
 */
unsigned int sgap_tap_egress(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct sgap_tap *tap = priv;
	const struct sgap_tap_opt *opt = options(tap);
	__be16 type;
	bool ip;

	this_cpu_inc(*tap->frames);
	if (unlikely(skb_headlen(skb) < ETH_HLEN))
		return NF_ACCEPT;
	type = ((const struct ethhdr *)skb->data)->h_proto;
	if (likely(!wants(&opt->frame, type, skb->data + ETH_HLEN, skb_headlen(skb) - ETH_HLEN)))
		return NF_ACCEPT;
	if (opt->frame.flags & SGAP_TAP_F_SPAN)
		return NF_ACCEPT;
	ip = is_ip(type);
	take(tap, opt, skb, ip ? ETH_HLEN : 0, ip, false);
	return NF_ACCEPT;
}

/* Returns whether more is due than the budget allowed for. */
static bool expire_shard(struct ctx *ctx, struct sgap_shard *shard, u64 now)
{
	struct sgap_track_tcp tcp = { .ctx = ctx, .seed = ctx->tap->seed };
	int n, conns;

	spin_lock(&ctx->lane->lock);
	spin_lock(&shard->tcp_lock);
	conns = sgap_tcp_expire(shard->tcp, now, EXPIRE_BUDGET, track_tcp, &tcp);
	spin_unlock(&shard->tcp_lock);
	spin_lock(&shard->lock);
	n = sgap_txn_expire(shard->table, now, EXPIRE_BUDGET, track_end, ctx);
	spin_unlock(&shard->lock);
	spin_lock(&shard->frag_lock);
	sgap_frag_expire(shard->frag, now, track_frag, ctx);
	spin_unlock(&shard->frag_lock);
	spin_unlock(&ctx->lane->lock);
	return n >= EXPIRE_BUDGET || conns >= EXPIRE_BUDGET;
}

/* Softirq. Time passes: soon again when there was more than could be done. */
void sgap_tap_expire(struct timer_list *timer)
{
	struct sgap_tap *tap = container_of(timer, struct sgap_tap, expire);
	struct ctx ctx;
	bool more = false;
	u32 i;

	rcu_read_lock();
	ctx_init(&ctx, tap, options(tap));
	for (i = 0; i < tap->nshards; i++)
		more |= expire_shard(&ctx, &tap->shards[i], ktime_get_real_ns());
	rcu_read_unlock();
	mod_timer(timer, jiffies + (more ? 1 : msecs_to_jiffies(EXPIRE_MS)));
}
