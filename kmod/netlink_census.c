// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "compat.h"
#include "tap.h"

#include <net/genetlink.h>
#include <net/sock.h>

/* Where a dump is; begins as zeroes. */
struct dump {
	u64 seed;	/* of the tap, so that another one on its interface is not taken for it */
	u32 table;	/* a lane's, of a kind */
	u32 row;	/* 0: all others; then the rows */
};

static struct dump *to_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));
	return (struct dump *)cb->ctx;
}

static int put_row(struct sk_buff *skb, u8 kind, const struct sgap_census_row *row)
{
	struct nlattr *nest = nla_nest_start(skb, SGAP_A_CENSUS);

	if (!nest || nla_put_u8(skb, SGAP_CENSUS_A_KIND, kind) ||
	    (row->len && nla_put(skb, SGAP_CENSUS_A_KEY, (int)row->len, row->key)) ||
	    nla_put_64bit(skb, SGAP_CENSUS_A_COUNTS, sizeof(row->counts), &row->counts,
			  SGAP_CENSUS_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb, u8 kind,
		       const struct sgap_census_row *row)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				 &sgap_genl_family, NLM_F_MULTI, SGAP_CMD_CENSUS_GET);

	if (!head)
		return -EMSGSIZE;
	if (put_row(skb, kind, row)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* Row i of a table as it stands; false: it is empty. */
static bool get_row(struct sgap_lane *lane, const struct sgap_census_table *t, u32 i,
		    struct sgap_census_row *row)
{
	spin_lock_bh(&lane->lock);
	if (i) {
		*row = t->row[i - 1];
	} else {
		memset(row, 0, sizeof(*row));
		row->counts = t->others;
	}
	spin_unlock_bh(&lane->lock);
	return !i || row->len;
}

static void dump_tables(struct sk_buff *skb, struct netlink_callback *cb, struct sgap_tap *tap)
{
	u32 n = tap->censuses ? tap->servers.nlanes * __SGAP_CENSUS_KIND_MAX : 0;
	struct dump *dump = to_dump(cb);
	struct sgap_census_row row;
	struct sgap_lane *lane;

	for (; dump->table < n; dump->table++, dump->row = 0) {
		lane = &tap->servers.lanes[dump->table / __SGAP_CENSUS_KIND_MAX];
		for (; dump->row <= tap->size.census_max; dump->row++) {
			if (get_row(lane, tap->censuses[dump->table], dump->row, &row) &&
			    put_message(skb, cb, dump->table % __SGAP_CENSUS_KIND_MAX, &row))
				return;
		}
	}
}

int sgap_netlink_census_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct dump *dump = to_dump(cb);
	struct sgap_tap *tap;
	int ret;

	sgap_net_lock(net);
	tap = sgap_netlink_tap_find(net, sgap_dump_attrs(cb), cb->extack);
	ret = PTR_ERR_OR_ZERO(tap);
	if (!ret && dump->seed && dump->seed != tap->seed)
		ret = -ENODEV;
	if (!ret) {
		dump->seed = tap->seed;
		dump_tables(skb, cb, tap);
		ret = (int)skb->len;
	}
	sgap_net_unlock(net);
	return ret;
}
