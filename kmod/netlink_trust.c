// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "detour.h"
#include "revoke.h"
#include "trust.h"

#include <linux/slab.h>
#include <net/genetlink.h>

#define SERIAL_LEN 16

static const struct nla_policy revoke_policy[SGAP_TRUST_A_MAX + 1] = {
	[SGAP_TRUST_A_REVOKED_ID] = NLA_POLICY_EXACT_LEN(SGAP_KEY_ID_LEN),
	[SGAP_TRUST_A_REVOKED_GRANT] = NLA_POLICY_EXACT_LEN(SERIAL_LEN),
};

const struct nla_policy sgap_netlink_revoke_policy[SGAP_A_MAX + 1] = {
	[SGAP_A_TRUST] = NLA_POLICY_NESTED(revoke_policy),
};

static int put_ring(struct sk_buff *skb)
{
	return nla_put_u32(skb, SGAP_TRUST_A_KEYRING, sgap_trust_keyring()) ||
	       nla_put_u8(skb, SGAP_TRUST_A_CLOSED, sgap_trust_closed());
}

static int put_key(struct sk_buff *skb, key_serial_t serial)
{
	struct sgap_trusted t = {};

	/* Gone since the list was made, or no certificate: then it says nothing. */
	if (sgap_trust_describe(serial, &t))
		memset(&t, 0, sizeof(t));
	return nla_put_u32(skb, SGAP_TRUST_A_SERIAL, serial) ||
	       nla_put_string(skb, SGAP_TRUST_A_DESCRIPTION, t.description) ||
	       nla_put_string(skb, SGAP_TRUST_A_ROLE, (const char *)t.role) ||
	       nla_put(skb, SGAP_TRUST_A_ID, sizeof(t.id), t.id) ||
	       nla_put_u64_64bit(skb, SGAP_TRUST_A_EXPIRES, t.expires, SGAP_TRUST_A_PAD);
}

static int put_revoked(struct sk_buff *skb, const struct sgap_revoked *r)
{
	if (r->is_key)
		return nla_put(skb, SGAP_TRUST_A_REVOKED_ID, sizeof(r->id), r->id);
	return nla_put(skb, SGAP_TRUST_A_REVOKED_GRANT, SERIAL_LEN, r->id);
}

/* What a dump gives out, in this order: the keyring, its keys, the revocation list. */
struct entry {
	key_serial_t key;	/* 0: not a key */
	const struct sgap_revoked *revoked;	/* NULL: not an entry of that list */
};

static int put_entry(struct sk_buff *skb, const struct entry *e)
{
	if (e->revoked)
		return put_revoked(skb, e->revoked);
	return e->key ? put_key(skb, e->key) : put_ring(skb);
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb, const struct entry *e)
{
	struct nlattr *nest;
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &sgap_genl_family, NLM_F_MULTI, SGAP_CMD_TRUST_GET);
	if (!head)
		return -EMSGSIZE;
	nest = nla_nest_start(skb, SGAP_A_TRUST);
	if (!nest || put_entry(skb, e)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	genlmsg_end(skb, head);
	return 0;
}

/* args[0]: how many of the keyring and its keys were given out; args[1]: of the list. */
int sgap_netlink_trust_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sgap_revoked revoked;
	struct entry e = {};
	key_serial_t *serials;
	int n;

	serials = kcalloc(SGAP_TRUST_MAX + 1, sizeof(*serials), GFP_KERNEL);
	if (!serials)
		return -ENOMEM;
	n = sgap_trust_list(serials + 1);
	if (n < 0)
		goto out;
	for (; cb->args[0] <= n; cb->args[0]++) {
		e.key = serials[cb->args[0]];
		if (put_message(skb, cb, &e))
			goto out_full;
	}
	e.revoked = &revoked;
	while (sgap_revoke_get(cb->args[1], &revoked) && !put_message(skb, cb, &e))
		cb->args[1]++;
out_full:
	n = skb->len;
out:
	kfree(serials);
	return n;
}

static int parse_revoked(struct genl_info *info, struct sgap_revoked *what)
{
	struct nlattr *tb[SGAP_TRUST_A_MAX + 1] = {}, *a;
	int ret = 0;

	if (info->attrs[SGAP_A_TRUST])
		ret = nla_parse_nested(tb, SGAP_TRUST_A_MAX, info->attrs[SGAP_A_TRUST],
				       revoke_policy, info->extack);
	if (ret)
		return ret;
	what->is_key = tb[SGAP_TRUST_A_REVOKED_ID];
	a = tb[what->is_key ? SGAP_TRUST_A_REVOKED_ID : SGAP_TRUST_A_REVOKED_GRANT];
	if (!a || (what->is_key && tb[SGAP_TRUST_A_REVOKED_GRANT])) {
		NL_SET_ERR_MSG(info->extack,
			       "the request names not one thing to revoke: a key's id or a grant's serial");
		return -EINVAL;
	}
	memcpy(what->id, nla_data(a), nla_len(a));
	return 0;
}

int sgap_netlink_trust_revoke(struct sk_buff *skb, struct genl_info *info)
{
	struct sgap_revoked what = {};
	int ret = parse_revoked(info, &what);

	return ret ? ret : sgap_detour_revoke(&what, info->extack);
}
