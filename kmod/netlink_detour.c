// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "netlink_detour.h"
#include "detour.h"
#include "tap.h"

#include <linux/timekeeping.h>
#include <net/genetlink.h>
#include <net/sock.h>

#define SERIAL_LEN 16

static const struct nla_policy serial_policy[SGAP_DETOUR_A_MAX + 1] = {
	[SGAP_DETOUR_A_SERIAL] = NLA_POLICY_EXACT_LEN(SERIAL_LEN),
};

static struct netlink_range_validation notice_range = { .min = 1, .max = SGAP_NOTICE_MAX_MS };

static const struct nla_policy notice_policy[SGAP_DETOUR_A_MAX + 1] = {
	[SGAP_DETOUR_A_SERIAL] = NLA_POLICY_EXACT_LEN(SERIAL_LEN),
	[SGAP_DETOUR_A_NOTICE_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &notice_range),
};

const struct nla_policy sgap_netlink_withdraw_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_DETOUR] = NLA_POLICY_NESTED(notice_policy),
};

const struct nla_policy sgap_netlink_detour_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_DETOUR] = NLA_POLICY_NESTED(serial_policy),
};

/*
 * The lengths are checked with the rest of the grant, each with a sentence of
 * its own; what is far too long does not get that far.
 */
const struct nla_policy sgap_netlink_grant_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_GRANT] = { .type = NLA_BINARY, .len = 4 * SGAP_GRANT_SIZE },
	[SGAP_A_SIGNATURE] = { .type = NLA_BINARY, .len = 2 * SGAP_GRANT_SIG_MAX },
};

static u64 ends_at(const struct sgap_lease *lease, u64 left)
{
	if (lease->state == SGAP_LEASE_ENDED)
		return 0;
	return ktime_get_real_ns() + left;
}

static int put_times(struct sk_buff *skb, const struct sgap_lease *lease)
{
	u64 left = lease->state == SGAP_LEASE_ENDED ? 0 : sgap_lease_left(lease);

	u32 notice = sgap_lease_notice_ms(lease);

	if (notice && nla_put_u32(skb, SGAP_DETOUR_A_NOTICE_MS, notice))
		return -EMSGSIZE;
	return nla_put_u64_64bit(skb, SGAP_DETOUR_A_STARTED, lease->started, SGAP_DETOUR_A_PAD) ||
	       nla_put_u64_64bit(skb, SGAP_DETOUR_A_ENDS, ends_at(lease, left),
				 SGAP_DETOUR_A_PAD) ||
	       nla_put_u64_64bit(skb, SGAP_DETOUR_A_LEFT_MS, left / NSEC_PER_MSEC,
				 SGAP_DETOUR_A_PAD);
}

static int put_counts(struct sk_buff *skb, const struct sgap_lease *lease)
{
	struct sgap_tally t;

	sgap_lease_tally(lease, &t);
	return nla_put(skb, SGAP_DETOUR_A_SERVER, sizeof(t.side[0]), &t.side[SGAP_SIDE_SERVER]) ||
	       nla_put(skb, SGAP_DETOUR_A_FALLBACK, sizeof(t.side[0]),
		       &t.side[SGAP_SIDE_FALLBACK]) ||
	       nla_put_u64_64bit(skb, SGAP_DETOUR_A_FLOWS, sgap_lease_flows(lease),
				 SGAP_DETOUR_A_PAD) ||
	       nla_put_u64_64bit(skb, SGAP_DETOUR_A_PURGED, atomic64_read(&lease->purged),
				 SGAP_DETOUR_A_PAD) ||
	       nla_put_u64_64bit(skb, SGAP_DETOUR_A_OVER, atomic64_read(&lease->over),
				 SGAP_DETOUR_A_PAD);
}

static int put_who(struct sk_buff *skb, const struct sgap_lease *lease)
{
	return nla_put_string(skb, SGAP_DETOUR_A_SIGNER, (const char *)lease->signers[0].name) ||
	       nla_put(skb, SGAP_DETOUR_A_SIGNERS, lease->nsigners * sizeof(lease->signers[0]),
		       lease->signers) ||
	       nla_put_u32(skb, SGAP_DETOUR_A_UID, from_kuid(&init_user_ns, lease->uid)) ||
	       nla_put_u32(skb, SGAP_DETOUR_A_LOGINUID,
			   from_kuid(&init_user_ns, lease->loginuid));
}

static int put_lease(struct sk_buff *skb, const struct sgap_lease *lease)
{
	struct nlattr *nest = nla_nest_start(skb, SGAP_A_DETOUR);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put(skb, SGAP_DETOUR_A_SERIAL, SERIAL_LEN, lease->info.serial) ||
	    nla_put_u8(skb, SGAP_DETOUR_A_STATE, lease->state) ||
	    nla_put_u8(skb, SGAP_DETOUR_A_REASON, lease->reason) ||
	    nla_put(skb, SGAP_DETOUR_A_GRANT, sizeof(lease->grant), &lease->grant) ||
	    put_times(skb, lease) || put_counts(skb, lease) || put_who(skb, lease)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_message(struct sk_buff *skb, u32 portid, u32 seq, int flags, u8 cmd,
		       const struct sgap_lease *lease)
{
	void *head = genlmsg_put(skb, portid, seq, &sgap_genl_family, flags, cmd);

	if (!head)
		return -EMSGSIZE;
	if (put_lease(skb, lease)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

static void push_record(struct net *net, const struct sgap_lease *lease)
{
	struct sgap_rec_lease rec = {
		.rec = { .len = sizeof(rec), .type = SGAP_REC_LEASE, .version = 1 },
		.ts = ktime_get_real_ns(),
		.state = lease->state,
		.reason = lease->reason,
		.flows = sgap_lease_flows(lease),
	};

	memcpy(rec.serial, lease->info.serial, sizeof(rec.serial));
	memcpy(rec.server, lease->info.server.b, sizeof(rec.server));
	memcpy(rec.fallback, lease->info.fallback.b, sizeof(rec.fallback));
	sgap_net_push(net, &rec.rec, sizeof(rec), SGAP_REC_LEASE, rec.ts);
}

/* A lost notification is seen by the listener as ENOBUFS. */
static void multicast(struct net *net, const struct sgap_lease *lease)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&sgap_genl_family, net, SGAP_NETLINK_DETOUR))
		return;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb) {
		genl_set_err(&sgap_genl_family, net, 0, SGAP_NETLINK_DETOUR, -ENOBUFS);
		return;
	}
	if (put_message(skb, 0, 0, 0, SGAP_CMD_DETOUR_NTF, lease)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_multicast_netns(&sgap_genl_family, net, skb, 0, SGAP_NETLINK_DETOUR, GFP_KERNEL);
}

void sgap_netlink_detour_notify(struct net *net, const struct sgap_lease *lease)
{
	push_record(net, lease);
	multicast(net, lease);
}

static int reply_lease(struct sk_buff *skb, struct genl_info *info, const u8 *serial)
{
	struct sgap_lease_set *set = sgap_detour_leases(genl_info_net(info));
	const struct sgap_lease *lease;
	int ret = -ENOENT;

	mutex_lock(&set->lock);
	lease = sgap_lease_find(set, serial);
	if (lease)
		ret = put_message(skb, info->snd_portid, info->snd_seq, 0,
				  SGAP_CMD_DETOUR_GET, lease);
	mutex_unlock(&set->lock);
	return ret;
}

static const void *bytes_of(const struct nlattr *attr, size_t *len)
{
	*len = attr ? nla_len(attr) : 0;
	return attr ? nla_data(attr) : NULL;
}

int sgap_netlink_grant_add(struct sk_buff *skb, struct genl_info *info)
{
	const struct sgap_grant *grant;
	struct sgap_signed s;
	struct sk_buff *reply;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, SGAP_A_GRANT)) {
		NL_SET_ERR_MSG(info->extack, "the request carries no grant");
		return -EINVAL;
	}
	s.grant = bytes_of(info->attrs[SGAP_A_GRANT], &s.grant_len);
	s.signature = bytes_of(info->attrs[SGAP_A_SIGNATURE], &s.signature_len);
	reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	ret = sgap_detour_add(genl_info_net(info), &s, info->extack);
	if (ret)
		goto err_reply;
	grant = s.grant;
	ret = reply_lease(reply, info, grant->serial);
	if (ret)
		goto err_reply;
	return genlmsg_reply(reply, info);

err_reply:
	nlmsg_free(reply);
	return ret;
}

/* What a request says of a detour, and the serial that it names, or NULL. */
static const u8 *parse_detour(struct genl_info *info, struct nlattr **tb,
			      const struct nla_policy *policy)
{
	const struct nlattr *nest = info->attrs[SGAP_A_DETOUR];

	if (nest && nla_parse_nested(tb, SGAP_DETOUR_A_MAX, nest, policy, info->extack))
		return NULL;
	if (nest && tb[SGAP_DETOUR_A_SERIAL])
		return nla_data(tb[SGAP_DETOUR_A_SERIAL]);
	NL_SET_ERR_MSG(info->extack, "the request names no grant's serial");
	return NULL;
}

static const u8 *serial_of(struct genl_info *info)
{
	struct nlattr *tb[SGAP_DETOUR_A_MAX + 1];

	return parse_detour(info, tb, serial_policy);
}

int sgap_netlink_detour_start(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *serial = serial_of(info);

	return serial ? sgap_detour_start(genl_info_net(info), serial, info->extack) : -EINVAL;
}

int sgap_netlink_detour_withdraw(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[SGAP_DETOUR_A_MAX + 1];
	const u8 *serial = parse_detour(info, tb, notice_policy);
	u32 notice;

	if (!serial)
		return -EINVAL;
	notice = tb[SGAP_DETOUR_A_NOTICE_MS] ? nla_get_u32(tb[SGAP_DETOUR_A_NOTICE_MS]) : 0;
	return sgap_detour_withdraw(genl_info_net(info), serial, notice, info->extack);
}

int sgap_netlink_detour_extend(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *serial = serial_of(info);

	return serial ? sgap_detour_extend(genl_info_net(info), serial, info->extack) : -EINVAL;
}

int sgap_netlink_detour_resume(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *serial = serial_of(info);

	return serial ? sgap_detour_resume(genl_info_net(info), serial, info->extack) : -EINVAL;
}

/*
 * args[0]: how many were given out. A lease that makes room in between may make
 * one be left out: NLM_F_DUMP_INTR would not help a reader who asks again.
 */
int sgap_netlink_detour_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgap_lease_set *set = sgap_detour_leases(sock_net(skb->sk));
	const struct sgap_lease *lease;
	long i = 0;

	mutex_lock(&set->lock);
	list_for_each_entry(lease, &set->leases, list) {
		if (i++ < cb->args[0])
			continue;
		if (put_message(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
				SGAP_CMD_DETOUR_GET, lease))
			break;
		cb->args[0] = i;
	}
	mutex_unlock(&set->lock);
	return skb->len;
}
