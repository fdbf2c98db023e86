// SPDX-License-Identifier: GPL-2.0-only
/*
 * A change of phase must lose no answer and leave no flow behind. Removing all
 * conntrack entries of the scope at once would do neither: the answers on their
 * way would be lost or, worse, a late answer would make a new entry with its
 * sender as the original side, and that client's port would bypass NAT for as
 * long as it is used. So, while a lease is unsettled or in force:
 *
 * - a client's packet to the server that an entry would take to the wrong place
 *   removes this entry and starts a new flow (kill_stale());
 * - a late answer of the server that belongs to no entry passes untracked, and
 *   makes none, which would clash with the one that leads to the fallback, after
 *   the end as well (after_conntrack());
 * - after the end, and after a new start, so does a late answer of the fallback,
 *   which is given the server's address on its way out (on_way_out());
 * - what is left after two seconds is removed (sgap_detour_nat_purge()), TCP
 *   connections that are established only then.
 */
#include "detour_nat.h"
#include "detour.h"
#include "detour_udp.h"

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rculist.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>

static void addr_of(struct sgap_addr *a, u16 l3num, const union nf_inet_addr *from)
{
	if (l3num == NFPROTO_IPV4)
		sgap_addr_set_v4(a, &from->ip);
	else
		memcpy(a->b, &from->in6, sizeof(a->b));
}

static bool is_addr(const struct sgap_addr *a, u16 l3num, const union nf_inet_addr *other)
{
	struct sgap_addr b;

	addr_of(&b, l3num, other);
	return sgap_addr_eq(a, &b);
}

static bool has_client(const struct sgap_lease *lease, u16 l3num, const union nf_inet_addr *addr)
{
	struct sgap_addr a;

	addr_of(&a, l3num, addr);
	return sgap_grant_has_client(&lease->info, &a);
}

static u8 proto_bit(u8 protonum)
{
	switch (protonum) {
	case IPPROTO_UDP:
		return SGAP_GRANT_P_UDP;
	case IPPROTO_TCP:
		return SGAP_GRANT_P_TCP;
	default:
		return 0;
	}
}

/* To the server from anyone in the prefix, within the share or not. */
static bool is_for_server(const struct sgap_lease *lease, const struct nf_conntrack_tuple *t)
{
	struct sgap_addr client;

	if (t->dst.u.all != cpu_to_be16(lease->info.port) ||
	    !(lease->info.protocols & proto_bit(t->dst.protonum)) ||
	    !is_addr(&lease->info.server, t->src.l3num, &t->dst.u3))
		return false;
	addr_of(&client, t->src.l3num, &t->src.u3);
	return sgap_grant_in_prefix(&lease->info, &client);
}

/* From a granted client to the server. */
static bool to_server(const struct sgap_lease *lease, const struct nf_conntrack_tuple *t)
{
	return is_for_server(lease, t) && has_client(lease, t->src.l3num, &t->src.u3);
}

/* From a server's port to a granted client. */
static bool to_client(const struct sgap_lease *lease, const struct nf_conntrack_tuple *t)
{
	return t->src.u.all == cpu_to_be16(lease->info.port) &&
	       lease->info.protocols & proto_bit(t->dst.protonum) &&
	       has_client(lease, t->src.l3num, &t->dst.u3);
}

/* The deadline counts, not the moment when the work gets round to it. */
static bool in_force(const struct sgap_lease *lease)
{
	return READ_ONCE(lease->phase) == SGAP_PHASE_ON && sgap_lease_left(lease);
}

/* Where does a flow go that is to the server in direction dir? */
static bool leads_to_fallback(const struct sgap_lease *lease, const struct nf_conn *ct,
			      enum ip_conntrack_dir dir)
{
	const struct nf_conntrack_tuple *back = &ct->tuplehash[!dir].tuple;

	return is_addr(&lease->info.fallback, back->src.l3num, &back->src.u3);
}

/* The lease that is for this flow now; NULL: it is the server's. */
static const struct sgap_lease *lease_for(struct net *net, const struct nf_conntrack_tuple *t)
{
	const struct sgap_lease *lease;

	list_for_each_entry_rcu(lease, &sgap_detour_leases(net)->leases, list)
		if (in_force(lease) && to_server(lease, t))
			return lease;
	return NULL;
}

/* What one lease led to its fallback before may be another's by now. */
static bool is_stale(const struct sgap_lease *lease, const struct nf_conn *ct,
		     enum ip_conntrack_dir dir)
{
	const struct sgap_lease *now = lease_for(lease->set->net, &ct->tuplehash[dir].tuple);

	return now ? !leads_to_fallback(now, ct, dir) : leads_to_fallback(lease, ct, dir);
}

/*
 * May answers of the fallback still come whose entries have gone? The deadline may
 * have passed and the work not have seen it yet.
 */
static bool is_draining(const struct sgap_lease *lease, u64 grace)
{
	if (READ_ONCE(lease->phase) == SGAP_PHASE_ON && !sgap_lease_left(lease))
		return true;
	return ktime_get_boottime_ns() < READ_ONCE(lease->late_until) + grace;
}

/* A TCP connection that carries something; it may end what it has begun. */
static bool is_established(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) == IPPROTO_TCP && test_bit(IPS_SEEN_REPLY_BIT, &ct->status);
}

/*
 * At most max_rate flows a second, evenly: each one uses up its share of time,
 * and one may run ahead by a tenth of a second.
 */
static bool within_rate(struct sgap_lease *lease)
{
	s64 now, next, cost;

	if (!lease->info.max_rate)
		return true;
	now = ktime_get_boottime_ns();
	cost = NSEC_PER_SEC / lease->info.max_rate;
	next = atomic64_read(&lease->next_flow);
	do {
		if (next > now + (s64)NSEC_PER_SEC / 10) {
			atomic64_inc(&lease->over);
			return false;
		}
	} while (!atomic64_try_cmpxchg(&lease->next_flow, &next, max(next, now) + cost));
	return true;
}

/* New flows of the scope, before all other destination NAT. */
static unsigned int nat_new_flow(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct nf_nat_range2 range = { .flags = NF_NAT_RANGE_MAP_IPS };
	const struct nf_conntrack_tuple *tuple;
	enum ip_conntrack_info ctinfo;
	struct sgap_lease *lease;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (!ct || ctinfo != IP_CT_NEW)
		return NF_ACCEPT;
	tuple = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	list_for_each_entry_rcu(lease, &sgap_detour_leases(state->net)->leases, list) {
		if (!to_server(lease, tuple) || !in_force(lease))
			continue;
		if (!within_rate(lease))
			return NF_ACCEPT;
		if (state->pf == NFPROTO_IPV4)
			memcpy(&range.min_addr.ip, lease->info.fallback.b + 12, 4);
		else
			memcpy(&range.min_addr.in6, lease->info.fallback.b, 16);
		range.max_addr = range.min_addr;
		this_cpu_inc(*lease->flows);
		return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST);
	}
	return NF_ACCEPT;
}

static struct nf_conn *find_entry(struct net *net, const struct nf_conntrack_tuple *tuple,
				  enum ip_conntrack_dir *dir)
{
	struct nf_conntrack_tuple_hash *h = nf_conntrack_find_get(net, &nf_ct_zone_dflt, tuple);

	if (!h)
		return NULL;
	*dir = NF_CT_DIRECTION(h);
	return nf_ct_tuplehash_to_ctrack(h);
}

static void kill_stale(struct sgap_lease *lease, struct net *net,
		       const struct nf_conntrack_tuple *tuple)
{
	enum ip_conntrack_dir dir;
	struct nf_conn *ct = find_entry(net, tuple, &dir);

	if (!ct)
		return;
	if (is_stale(lease, ct, dir) && !is_established(ct) && nf_ct_delete(ct, 0, 0))
		atomic64_inc(&lease->purged);
	nf_ct_put(ct);
}

/*
 * A rule that takes DNS out of connection tracking would take it out of the
 * detour as well.
 */
static bool undo_notrack(struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	if (nf_ct_get(skb, &ctinfo))
		return false;
	if (ctinfo == IP_CT_UNTRACKED)
		nf_reset_ct(skb);
	return true;
}

/* From the server or the fallback. */
static bool from_either(const struct sgap_lease *lease, const struct nf_conntrack_tuple *t)
{
	return t->src.u.all == cpu_to_be16(lease->info.port) &&
	       (is_addr(&lease->info.server, t->src.l3num, &t->src.u3) ||
		is_addr(&lease->info.fallback, t->src.l3num, &t->src.u3));
}

/* To whom source NAT has made of a granted client, on a rule's advice untracked? */
static bool to_masked_client(const struct sgap_lease *lease, const struct sk_buff *skb,
			     struct net *net, const struct nf_conntrack_tuple *tuple)
{
	enum ip_conntrack_info ctinfo;
	enum ip_conntrack_dir dir;
	struct nf_conn *ct;
	bool is;

	if (nf_ct_get(skb, &ctinfo) || ctinfo != IP_CT_UNTRACKED)
		return false;
	ct = find_entry(net, tuple, &dir);
	if (!ct)
		return false;
	is = to_server(lease, &ct->tuplehash[!dir].tuple);
	nf_ct_put(ct);
	return is;
}

static void look_at(struct sgap_lease *lease, struct sk_buff *skb, struct net *net,
		    const struct nf_conntrack_tuple *tuple)
{
	if (to_server(lease, tuple)) {
		if (undo_notrack(skb) && (READ_ONCE(lease->unsettled) || !in_force(lease)))
			kill_stale(lease, net, tuple);
	} else if (from_either(lease, tuple) &&
		   (to_client(lease, tuple) || to_masked_client(lease, skb, net, tuple))) {
		undo_notrack(skb);
	}
}

/* Just before connection tracking. */
static unsigned int before_conntrack(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct nf_conntrack_tuple tuple;
	struct sgap_lease *lease;

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf, state->net, &tuple))
		return NF_ACCEPT;
	if (!proto_bit(tuple.dst.protonum))
		return NF_ACCEPT;
	list_for_each_entry_rcu(lease, &sgap_detour_leases(state->net)->leases, list)
		if (READ_ONCE(lease->phase) != SGAP_PHASE_OFF)
			look_at(lease, skb, state->net, &tuple);
	return NF_ACCEPT;
}

/* Is it, having no entry, an answer to what was asked before a change of phase? */
static bool is_late(const struct sgap_lease *lease, const struct nf_conntrack_tuple *t)
{
	if (READ_ONCE(lease->phase) == SGAP_PHASE_OFF || !to_client(lease, t))
		return false;
	if (is_draining(lease, 0))
		return from_either(lease, t);
	return in_force(lease) && is_addr(&lease->info.server, t->src.l3num, &t->src.u3);
}

/* TCP that nobody knows any more would only tell the client B's address. */
static unsigned int pass_late(const struct sgap_lease *lease, struct sk_buff *skb,
			      const struct nf_conntrack_tuple *t)
{
	bool from_server = is_addr(&lease->info.server, t->src.l3num, &t->src.u3);

	if (t->dst.protonum == IPPROTO_TCP && !from_server)
		return NF_DROP;
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

/*
 * Just after connection tracking, which has taken a late answer for the first
 * packet of a flow, or for nothing it knows. Nobody else can have its new entry.
 */
static unsigned int after_conntrack(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct nf_conntrack_tuple tuple;
	enum ip_conntrack_info ctinfo;
	struct sgap_lease *lease;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (ct ? ctinfo != IP_CT_NEW : ctinfo == IP_CT_UNTRACKED)
		return NF_ACCEPT;
	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf, state->net, &tuple) ||
	    !proto_bit(tuple.dst.protonum))
		return NF_ACCEPT;
	list_for_each_entry_rcu(lease, &sgap_detour_leases(state->net)->leases, list)
		if (is_late(lease, &tuple))
			return pass_late(lease, skb, &tuple);
	return NF_ACCEPT;
}

static void count(const struct sgap_lease *lease, const struct nf_conn *ct, bool is_answer,
		  bool is_bad)
{
	int side = leads_to_fallback(lease, ct, IP_CT_DIR_ORIGINAL);

	if (!is_answer) {
		this_cpu_inc(lease->tally->side[side].queries);
		return;
	}
	this_cpu_inc(lease->tally->side[side].answers);
	if (is_bad)
		this_cpu_inc(lease->tally->side[side].bad);
}

/* Messages of the scope, while the detour is on; over UDP, where one is a packet. */
static void count_message(const struct nf_conn *ct, enum ip_conntrack_info ctinfo,
			  const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct nf_conntrack_tuple *tuple = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	bool is_answer = CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY;
	struct sgap_lease *lease;

	if (tuple->dst.protonum != IPPROTO_UDP || ctinfo == IP_CT_RELATED ||
	    ctinfo == IP_CT_RELATED_REPLY)
		return;
	list_for_each_entry_rcu(lease, &sgap_detour_leases(state->net)->leases, list)
		if (READ_ONCE(lease->phase) == SGAP_PHASE_ON && is_for_server(lease, tuple))
			count(lease, ct, is_answer,
			      is_answer && sgap_udp_is_bad_answer(skb, state->pf == NFPROTO_IPV4));
}

/*
 * On the way out, where NAT changes sources: so that routing and its checks have
 * seen where the answer really comes from, as they do with NAT.
 */
static unsigned int on_way_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct nf_conntrack_tuple tuple;
	enum ip_conntrack_info ctinfo;
	struct sgap_lease *lease;
	struct nf_conn *ct;

	ct = nf_ct_get(skb, &ctinfo);
	if (ct)
		count_message(ct, ctinfo, skb, state);
	if (ct || ctinfo != IP_CT_UNTRACKED)
		return NF_ACCEPT;
	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf, state->net, &tuple) ||
	    tuple.dst.protonum != IPPROTO_UDP)
		return NF_ACCEPT;
	list_for_each_entry_rcu(lease, &sgap_detour_leases(state->net)->leases, list) {
		if (READ_ONCE(lease->phase) == SGAP_PHASE_OFF || !to_client(lease, &tuple))
			continue;
		if (is_addr(&lease->info.fallback, tuple.src.l3num, &tuple.src.u3) &&
		    is_draining(lease, NSEC_PER_SEC))
			return sgap_udp_set_source(skb, &lease->info.fallback, &lease->info.server);
	}
	return NF_ACCEPT;
}

#define NAT_OPS(pf_, point, prio) \
	{ .hook = nat_new_flow, .pf = (pf_), .hooknum = (point), .priority = (prio) }
#define PATH_OPS(fn, pf_, point, prio) \
	{ .hook = (fn), .pf = (pf_), .hooknum = (point), .priority = (prio) }

/*
 * One before the place of nftables' and iptables' own destination NAT: the first
 * to translate a flow wins, and a signed lease that only works when nobody else
 * has a rule would be none.
 */
static const struct nf_hook_ops nat_ops_v4[] = {
	NAT_OPS(NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST - 1),
	NAT_OPS(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST - 1),
};

static const struct nf_hook_ops nat_ops_v6[] = {
	NAT_OPS(NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_NAT_DST - 1),
	NAT_OPS(NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_NAT_DST - 1),
};

static const struct nf_hook_ops path_ops_v4[] = {
	PATH_OPS(before_conntrack, NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK - 1),
	PATH_OPS(before_conntrack, NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_CONNTRACK - 1),
	PATH_OPS(after_conntrack, NFPROTO_IPV4, NF_INET_PRE_ROUTING, NF_IP_PRI_CONNTRACK + 1),
	PATH_OPS(on_way_out, NFPROTO_IPV4, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC),
	PATH_OPS(on_way_out, NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC),
};

static const struct nf_hook_ops path_ops_v6[] = {
	PATH_OPS(before_conntrack, NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK - 1),
	PATH_OPS(before_conntrack, NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP6_PRI_CONNTRACK - 1),
	PATH_OPS(after_conntrack, NFPROTO_IPV6, NF_INET_PRE_ROUTING, NF_IP6_PRI_CONNTRACK + 1),
	PATH_OPS(on_way_out, NFPROTO_IPV6, NF_INET_POST_ROUTING, NF_IP6_PRI_NAT_SRC),
	PATH_OPS(on_way_out, NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_NAT_SRC),
};

struct family {
	const struct nf_hook_ops *nat, *path;
	int (*nat_register)(struct net *net, const struct nf_hook_ops *ops);
	void (*nat_unregister)(struct net *net, const struct nf_hook_ops *ops);
};

static const struct family family_v4 = {
	nat_ops_v4, path_ops_v4, nf_nat_ipv4_register_fn, nf_nat_ipv4_unregister_fn,
};

static const struct family family_v6 = {
	nat_ops_v6, path_ops_v6, nf_nat_ipv6_register_fn, nf_nat_ipv6_unregister_fn,
};

static const struct family *family_of(u8 pf)
{
	return pf == NFPROTO_IPV4 ? &family_v4 : &family_v6;
}

/* Connection tracking first: without it the NAT hooks never see a flow. */
int sgap_detour_nat_get(struct net *net, u8 pf)
{
	const struct family *f = family_of(pf);
	int ret;

	ret = nf_ct_netns_get(net, pf);
	if (ret)
		return ret;
	ret = f->nat_register(net, &f->nat[0]);
	if (ret)
		goto err_ct;
	ret = f->nat_register(net, &f->nat[1]);
	if (ret)
		goto err_nat0;
	ret = nf_register_net_hooks(net, f->path, ARRAY_SIZE(path_ops_v4));
	if (ret)
		goto err_nat1;
	return 0;

err_nat1:
	f->nat_unregister(net, &f->nat[1]);
err_nat0:
	f->nat_unregister(net, &f->nat[0]);
err_ct:
	nf_ct_netns_put(net, pf);
	return ret;
}

void sgap_detour_nat_put(struct net *net, u8 pf)
{
	const struct family *f = family_of(pf);

	nf_unregister_net_hooks(net, f->path, ARRAY_SIZE(path_ops_v4));
	f->nat_unregister(net, &f->nat[1]);
	f->nat_unregister(net, &f->nat[0]);
	nf_ct_netns_put(net, pf);
}

struct purge {
	const struct sgap_lease *lease;
	unsigned int n;
	bool gentle;
};

static int must_go(struct nf_conn *ct, void *data)
{
	struct purge *p = data;
	bool stale;
	int dir;

	for (dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		if (!to_server(p->lease, &ct->tuplehash[dir].tuple))
			continue;
		rcu_read_lock();
		stale = is_stale(p->lease, ct, dir);
		rcu_read_unlock();
		if (!stale)
			continue;
		if (p->gentle && (nf_ct_protonum(ct) != IPPROTO_TCP || is_established(ct)))
			continue;
		p->n++;
		return 1;
	}
	return 0;
}

unsigned int sgap_detour_nat_purge(struct sgap_lease *lease, bool gentle)
{
	struct purge p = { .lease = lease, .gentle = gentle };
	struct nf_ct_iter_data iter = { .net = lease->set->net, .data = &p };

	nf_ct_iterate_cleanup_net(must_go, &iter);
	atomic64_add(p.n, &lease->purged);
	return p.n;
}
