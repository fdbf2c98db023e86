// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ethtool netlink (Documentation/networking/ethtool-netlink.rst). One request
 * per message that the kernel knows; what an interface does not support it
 * refuses with EOPNOTSUPP, which is an answer like any other.
 */
#include "iface.h"

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>

#include "text.h"

#define ATTRS 32		/* more than any of these messages has today */

struct field {
	__u8 attr;
	__u8 size;
	__u8 param;
};

#define U8(attr, param) { ETHTOOL_A_##attr, 1, SGAP_IFACE_##param }
#define U32(attr, param) { ETHTOOL_A_##attr, 4, SGAP_IFACE_##param }
#define END { 0, 0, 0 }

static const struct field linkinfo[] = {
	U8(LINKINFO_PORT, PORT), U8(LINKINFO_TP_MDIX, MDIX),
	U8(LINKINFO_TRANSCEIVER, TRANSCEIVER), END
};

static const struct field linkmodes[] = {
	U8(LINKMODES_AUTONEG, AUTONEG), U32(LINKMODES_SPEED, SPEED),
	U8(LINKMODES_DUPLEX, DUPLEX), U32(LINKMODES_LANES, LANES),
	U8(LINKMODES_MASTER_SLAVE_STATE, MASTER), END
};

static const struct field linkstate[] = {
	U32(LINKSTATE_SQI, SQI), U32(LINKSTATE_SQI_MAX, SQI_MAX),
	U8(LINKSTATE_EXT_STATE, EXT_STATE), END
};

static const struct field rings[] = {
	U32(RINGS_RX, RING_RX), U32(RINGS_RX_MAX, RING_RX_MAX),
	U32(RINGS_RX_MINI, RING_MINI), U32(RINGS_RX_MINI_MAX, RING_MINI_MAX),
	U32(RINGS_RX_JUMBO, RING_JUMBO), U32(RINGS_RX_JUMBO_MAX, RING_JUMBO_MAX),
	U32(RINGS_TX, RING_TX), U32(RINGS_TX_MAX, RING_TX_MAX),
	U32(RINGS_RX_BUF_LEN, RING_BUF), U32(RINGS_CQE_SIZE, RING_CQE),
	U8(RINGS_TX_PUSH, RING_PUSH), END
};

static const struct field channels[] = {
	U32(CHANNELS_RX_COUNT, CH_RX), U32(CHANNELS_RX_MAX, CH_RX_MAX),
	U32(CHANNELS_TX_COUNT, CH_TX), U32(CHANNELS_TX_MAX, CH_TX_MAX),
	U32(CHANNELS_OTHER_COUNT, CH_OTHER), U32(CHANNELS_OTHER_MAX, CH_OTHER_MAX),
	U32(CHANNELS_COMBINED_COUNT, CH_COMBINED),
	U32(CHANNELS_COMBINED_MAX, CH_COMBINED_MAX), END
};

static const struct field coalesce[] = {
	U8(COALESCE_USE_ADAPTIVE_RX, CO_ADAPTIVE_RX), U8(COALESCE_USE_ADAPTIVE_TX, CO_ADAPTIVE_TX),
	U32(COALESCE_RX_USECS, CO_RX_USECS), U32(COALESCE_RX_MAX_FRAMES, CO_RX_FRAMES),
	U32(COALESCE_RX_USECS_IRQ, CO_RX_USECS_IRQ),
	U32(COALESCE_RX_MAX_FRAMES_IRQ, CO_RX_FRAMES_IRQ),
	U32(COALESCE_TX_USECS, CO_TX_USECS), U32(COALESCE_TX_MAX_FRAMES, CO_TX_FRAMES),
	U32(COALESCE_TX_USECS_IRQ, CO_TX_USECS_IRQ),
	U32(COALESCE_TX_MAX_FRAMES_IRQ, CO_TX_FRAMES_IRQ),
	U32(COALESCE_STATS_BLOCK_USECS, CO_STATS_USECS),
	U32(COALESCE_PKT_RATE_LOW, CO_RATE_LOW), U32(COALESCE_RX_USECS_LOW, CO_RX_USECS_LOW),
	U32(COALESCE_RX_MAX_FRAMES_LOW, CO_RX_FRAMES_LOW),
	U32(COALESCE_TX_USECS_LOW, CO_TX_USECS_LOW),
	U32(COALESCE_TX_MAX_FRAMES_LOW, CO_TX_FRAMES_LOW),
	U32(COALESCE_PKT_RATE_HIGH, CO_RATE_HIGH), U32(COALESCE_RX_USECS_HIGH, CO_RX_USECS_HIGH),
	U32(COALESCE_RX_MAX_FRAMES_HIGH, CO_RX_FRAMES_HIGH),
	U32(COALESCE_TX_USECS_HIGH, CO_TX_USECS_HIGH),
	U32(COALESCE_TX_MAX_FRAMES_HIGH, CO_TX_FRAMES_HIGH),
	U32(COALESCE_RATE_SAMPLE_INTERVAL, CO_SAMPLE),
	U8(COALESCE_USE_CQE_MODE_TX, CO_CQE_TX), U8(COALESCE_USE_CQE_MODE_RX, CO_CQE_RX), END
};

static const struct field pause_fields[] = {
	U8(PAUSE_AUTONEG, PAUSE_AUTONEG), U8(PAUSE_RX, PAUSE_RX), U8(PAUSE_TX, PAUSE_TX), END
};

static const struct field eee[] = {
	U8(EEE_ENABLED, EEE_ENABLED), U8(EEE_ACTIVE, EEE_ACTIVE),
	U8(EEE_TX_LPI_ENABLED, EEE_LPI), U32(EEE_TX_LPI_TIMER, EEE_TIMER), END
};

static const struct field fec[] = { U8(FEC_AUTO, FEC_AUTO), END };
static const struct field none[] = { END };

/* What a request is and what is read from its answer. */
struct question {
	__u8 cmd;
	__u8 header;		/* attribute of the header */
	bool stats;		/* ask for statistics too */
	const struct field *fields;
	/* What fields do not say; 0 or -ENOMEM. */
	int (*more)(struct sgap_iface *iface, struct nlattr **tb);
};

static void take_fields(struct sgap_iface *iface, struct nlattr **tb, const struct field *f)
{
	for (; f->size; f++) {
		const struct nlattr *a = tb[f->attr];

		if (!a || nla_len(a) < f->size)
			continue;
		iface->param[f->param] = f->size == 1 ? nla_get_u8(a) : nla_get_u32(a);
	}
}

/* Told of each bit of a bitset. mask: it is a list without mask, all bits are set. */
typedef int (*bit_fn)(void *ctx, const char *name, bool value);

static int each_bit(struct nlattr *bitset, bit_fn fn, void *ctx)
{
	struct nlattr *tb[ETHTOOL_A_BITSET_MAX + 1], *bit, *b[ETHTOOL_A_BITSET_BIT_MAX + 1];
	int rem, ret = 0;
	bool list;

	if (!bitset || nla_parse_nested(tb, ETHTOOL_A_BITSET_MAX, bitset, NULL) ||
	    !tb[ETHTOOL_A_BITSET_BITS])
		return 0;
	list = tb[ETHTOOL_A_BITSET_NOMASK];
	nla_for_each_nested(bit, tb[ETHTOOL_A_BITSET_BITS], rem) {
		if (nla_parse_nested(b, ETHTOOL_A_BITSET_BIT_MAX, bit, NULL) ||
		    !b[ETHTOOL_A_BITSET_BIT_NAME])
			continue;
		ret = fn(ctx, nla_get_string(b[ETHTOOL_A_BITSET_BIT_NAME]),
			 list || b[ETHTOOL_A_BITSET_BIT_VALUE]);
		if (ret)
			break;
	}
	return ret;
}

static int add_mode(void *ctx, const char *name, bool value)
{
	return value ? sgap_iface_add_mode(ctx, name) : 0;
}

/* All bits of OURS are supported; those that are set are advertised. */
static int add_supported(void *ctx, const char *name, bool value)
{
	(void)value;
	return sgap_iface_add_mode(ctx, name);
}

/* -1, as a number without sign, and 255 say that it is not known. */
static int more_linkmodes(struct sgap_iface *iface, struct nlattr **tb)
{
	int ret;

	if (iface->param[SGAP_IFACE_SPEED] >= 0xffffffffLL || !iface->param[SGAP_IFACE_SPEED])
		iface->param[SGAP_IFACE_SPEED] = SGAP_IFACE_NONE;
	if (iface->param[SGAP_IFACE_DUPLEX] > 1)
		iface->param[SGAP_IFACE_DUPLEX] = SGAP_IFACE_NONE;
	if (iface->param[SGAP_IFACE_MASTER] == MASTER_SLAVE_STATE_UNKNOWN ||
	    iface->param[SGAP_IFACE_MASTER] == MASTER_SLAVE_CFG_UNSUPPORTED)
		iface->param[SGAP_IFACE_MASTER] = SGAP_IFACE_NONE;
	ret = each_bit(tb[ETHTOOL_A_LINKMODES_OURS], add_supported, &iface->supported);
	if (!ret)
		ret = each_bit(tb[ETHTOOL_A_LINKMODES_OURS], add_mode, &iface->ours);
	if (!ret)
		ret = each_bit(tb[ETHTOOL_A_LINKMODES_PEER], add_mode, &iface->peer);
	return ret;
}

static int set_active(void *ctx, const char *name, bool value)
{
	struct sgap_iface_feature *f = sgap_iface_feature(ctx, name);

	if (f)
		f->active = value;
	return f ? 0 : -ENOMEM;
}

static int set_can(void *ctx, const char *name, bool value)
{
	struct sgap_iface_feature *f = sgap_iface_feature(ctx, name);

	if (f)
		f->can = value;
	return f ? 0 : -ENOMEM;
}

static int set_wanted(void *ctx, const char *name, bool value)
{
	struct sgap_iface_feature *f = sgap_iface_feature(ctx, name);

	if (f)
		f->wanted = value;
	return f ? 0 : -ENOMEM;
}

static int more_features(struct sgap_iface *iface, struct nlattr **tb)
{
	int ret = each_bit(tb[ETHTOOL_A_FEATURES_ACTIVE], set_active, iface);

	if (!ret)
		ret = each_bit(tb[ETHTOOL_A_FEATURES_HW], set_can, iface);
	if (!ret)
		ret = each_bit(tb[ETHTOOL_A_FEATURES_WANTED], set_wanted, iface);
	return ret;
}

static int more_pause(struct sgap_iface *iface, struct nlattr **tb)
{
	struct nlattr *stat[ETHTOOL_A_PAUSE_STAT_MAX + 1];
	int ret = 0;

	if (!tb[ETHTOOL_A_PAUSE_STATS] ||
	    nla_parse_nested(stat, ETHTOOL_A_PAUSE_STAT_MAX, tb[ETHTOOL_A_PAUSE_STATS], NULL))
		return 0;
	if (stat[ETHTOOL_A_PAUSE_STAT_RX_FRAMES])
		ret = sgap_iface_add(iface, "pause", "rx_pause_frames", SGAP_IFACE_SIGN,
				     nla_get_u64(stat[ETHTOOL_A_PAUSE_STAT_RX_FRAMES]));
	if (!ret && stat[ETHTOOL_A_PAUSE_STAT_TX_FRAMES])
		ret = sgap_iface_add(iface, "pause", "tx_pause_frames", SGAP_IFACE_SIGN,
				     nla_get_u64(stat[ETHTOOL_A_PAUSE_STAT_TX_FRAMES]));
	return ret;
}

static int add_fec(void *ctx, const char *name, bool value)
{
	struct sgap_iface *iface = ctx;
	size_t at = strlen(iface->fec);

	if (value)
		snprintf(iface->fec + at, sizeof(iface->fec) - at, "%s%s", at ? " " : "", name);
	return 0;
}

/* What is active is told as the number of a link mode. */
static void take_active_fec(struct sgap_iface *iface, const struct nlattr *active)
{
	static const struct { __u32 mode; enum sgap_iface_fec fec; } known[] = {
		{ ETHTOOL_LINK_MODE_FEC_NONE_BIT, SGAP_IFACE_FEC_NONE },
		{ ETHTOOL_LINK_MODE_FEC_RS_BIT, SGAP_IFACE_FEC_RS },
		{ ETHTOOL_LINK_MODE_FEC_BASER_BIT, SGAP_IFACE_FEC_BASER },
		{ ETHTOOL_LINK_MODE_FEC_LLRS_BIT, SGAP_IFACE_FEC_LLRS },
	};
	size_t i;

	for (i = 0; active && nla_len(active) >= 4 && i < ARRAY_SIZE(known); i++)
		if (known[i].mode == nla_get_u32(active))
			iface->param[SGAP_IFACE_FEC_ACTIVE] = known[i].fec;
}

/* An array: the total, then one per lane. */
static int more_fec(struct sgap_iface *iface, struct nlattr **tb)
{
	static const struct { __u8 attr; const char *name; enum sgap_iface_count what; } stats[] = {
		{ ETHTOOL_A_FEC_STAT_CORRECTED, "corrected_blocks", SGAP_IFACE_SIGN },
		{ ETHTOOL_A_FEC_STAT_UNCORR, "uncorrectable_blocks", SGAP_IFACE_ERROR },
		{ ETHTOOL_A_FEC_STAT_CORR_BITS, "corrected_bits", SGAP_IFACE_SIGN },
	};
	struct nlattr *stat[ETHTOOL_A_FEC_STAT_MAX + 1];
	int ret = each_bit(tb[ETHTOOL_A_FEC_MODES], add_fec, iface);
	size_t i;

	take_active_fec(iface, tb[ETHTOOL_A_FEC_ACTIVE]);
	if (ret || !tb[ETHTOOL_A_FEC_STATS] ||
	    nla_parse_nested(stat, ETHTOOL_A_FEC_STAT_MAX, tb[ETHTOOL_A_FEC_STATS], NULL))
		return ret;
	for (i = 0; i < ARRAY_SIZE(stats) && !ret; i++) {
		const struct nlattr *a = stat[stats[i].attr];
		__u64 total;

		if (!a || nla_len(a) < (int)sizeof(total))
			continue;
		memcpy(&total, nla_data(a), sizeof(total));
		ret = sgap_iface_add(iface, "fec", stats[i].name, stats[i].what, total);
	}
	return ret;
}

/* Names of linux/net/ethtool/stats.c, which the kernel gives by a request of its
 * own; those that tell of an error are known here, the rest by group and number. */
static const char *standard_name(__u32 group, __u32 id)
{
	static const char *const mac[] = {
		[2] = "SingleCollisionFrames", [3] = "MultipleCollisionFrames",
		[5] = "FrameCheckSequenceErrors", [6] = "AlignmentErrors",
		[8] = "FramesWithDeferredXmissions", [9] = "LateCollisions",
		[10] = "FramesAbortedDueToXSColls", [11] = "FramesLostDueToIntMACXmitError",
		[12] = "CarrierSenseErrors", [14] = "FramesLostDueToIntMACRcvError",
		[17] = "FramesWithExcessiveDeferral", [20] = "InRangeLengthErrors",
		[21] = "OutOfRangeLengthField", [22] = "FrameTooLongErrors",
	};
	static const char *const rmon[] = {
		"etherStatsUndersizePkts", "etherStatsOversizePkts", "etherStatsFragments",
		"etherStatsJabbers",
	};

	switch (group) {
	case ETHTOOL_STATS_ETH_PHY:
		return id == 0 ? "SymbolErrorDuringCarrier" : NULL;
	case ETHTOOL_STATS_ETH_MAC:
		return id < ARRAY_SIZE(mac) ? mac[id] : NULL;
	case ETHTOOL_STATS_RMON:
		return id < ARRAY_SIZE(rmon) ? rmon[id] : NULL;
	default:
		return NULL;
	}
}

static int take_group(struct sgap_iface *iface, struct nlattr *group)
{
	struct nlattr *attr, *stat;
	__u32 id = ~0u;
	int rem, left, ret = 0;

	nla_for_each_nested(attr, group, rem) {
		if (nla_type(attr) == ETHTOOL_A_STATS_GRP_ID)
			id = nla_get_u32(attr);
		if (nla_type(attr) != ETHTOOL_A_STATS_GRP_STAT)
			continue;
		nla_for_each_nested(stat, attr, left) {
			const char *name = standard_name(id, (__u32)nla_type(stat));

			if (name && !ret && nla_len(stat) >= 8)
				ret = sgap_iface_add(iface, "ethtool", name, SGAP_IFACE_ERROR,
						     nla_get_u64(stat));
		}
	}
	return ret;
}

static const struct question questions[] = {
	{ ETHTOOL_MSG_LINKINFO_GET, ETHTOOL_A_LINKINFO_HEADER, false, linkinfo, NULL },
	{ ETHTOOL_MSG_LINKMODES_GET, ETHTOOL_A_LINKMODES_HEADER, false, linkmodes, more_linkmodes },
	{ ETHTOOL_MSG_LINKSTATE_GET, ETHTOOL_A_LINKSTATE_HEADER, false, linkstate, NULL },
	{ ETHTOOL_MSG_RINGS_GET, ETHTOOL_A_RINGS_HEADER, false, rings, NULL },
	{ ETHTOOL_MSG_CHANNELS_GET, ETHTOOL_A_CHANNELS_HEADER, false, channels, NULL },
	{ ETHTOOL_MSG_COALESCE_GET, ETHTOOL_A_COALESCE_HEADER, false, coalesce, NULL },
	{ ETHTOOL_MSG_PAUSE_GET, ETHTOOL_A_PAUSE_HEADER, true, pause_fields, more_pause },
	{ ETHTOOL_MSG_EEE_GET, ETHTOOL_A_EEE_HEADER, false, eee, NULL },
	{ ETHTOOL_MSG_FEC_GET, ETHTOOL_A_FEC_HEADER, true, fec, more_fec },
	{ ETHTOOL_MSG_FEATURES_GET, ETHTOOL_A_FEATURES_HEADER, false, none, more_features },
	{ ETHTOOL_MSG_STATS_GET, ETHTOOL_A_STATS_HEADER, false, none, NULL },
};

struct answer {
	struct sgap_iface *iface;
	const struct question *q;
	int err;
};

static int take_groups(struct answer *answer, struct nlmsghdr *msg)
{
	struct genlmsghdr *genl = nlmsg_data(msg);
	struct nlattr *attr;
	int rem, ret = 0;

	/* The attribute GRP comes several times: once for each group. */
	nla_for_each_attr(attr, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0), rem)
		if (nla_type(attr) == ETHTOOL_A_STATS_GRP && !ret)
			ret = take_group(answer->iface, attr);
	return ret;
}

static int take_answer(struct nl_msg *msg, void *ctx)
{
	struct answer *answer = ctx;
	struct nlattr *tb[ATTRS];

	if (answer->err)
		return NL_OK;
	if (answer->q->cmd == ETHTOOL_MSG_STATS_GET) {
		answer->err = take_groups(answer, nlmsg_hdr(msg));
		return NL_OK;
	}
	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, ATTRS - 1, NULL))
		return NL_OK;
	take_fields(answer->iface, tb, answer->q->fields);
	if (answer->q->more)
		answer->err = answer->q->more(answer->iface, tb);
	return NL_OK;
}

/* All groups of statistics, as a bitset of numbers. */
static int put_groups(struct nl_msg *msg)
{
	static const __u32 groups = 1 << ETHTOOL_STATS_ETH_PHY | 1 << ETHTOOL_STATS_ETH_MAC |
				    1 << ETHTOOL_STATS_RMON;
	struct nlattr *nest = nla_nest_start(msg, ETHTOOL_A_STATS_GROUPS | NLA_F_NESTED);

	if (!nest || nla_put_flag(msg, ETHTOOL_A_BITSET_NOMASK) ||
	    nla_put_u32(msg, ETHTOOL_A_BITSET_SIZE, __ETHTOOL_STATS_CNT) ||
	    nla_put(msg, ETHTOOL_A_BITSET_VALUE, sizeof(groups), &groups))
		return -ENOMEM;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_question(struct nl_msg *msg, const struct question *q, const char *name)
{
	struct nlattr *nest = nla_nest_start(msg, q->header | NLA_F_NESTED);

	if (!nest || nla_put_string(msg, ETHTOOL_A_HEADER_DEV_NAME, name) ||
	    (q->stats && nla_put_u32(msg, ETHTOOL_A_HEADER_FLAGS, ETHTOOL_FLAG_STATS)))
		return -ENOMEM;
	nla_nest_end(msg, nest);
	return q->cmd == ETHTOOL_MSG_STATS_GET ? put_groups(msg) : 0;
}

/* What the kernel refuses is no error: the interface, or this kernel, lacks it. */
static int ask(struct nl_sock *sock, int family, struct sgap_iface *iface,
	       const struct question *q)
{
	struct answer answer = { .iface = iface, .q = q };
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, q->cmd,
			 ETHTOOL_GENL_VERSION) ||
	    put_question(msg, q, iface->name)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, take_answer, &answer);
	/* Without an acknowledgement there is one message: the answer, or an error. */
	if (nl_send_auto(sock, msg) >= 0)
		nl_recvmsgs_default(sock);
	nlmsg_free(msg);
	return answer.err;
}

int sgap_iface_ask_ethtool(struct sgap_iface *iface)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ret = 0, family;
	size_t i;

	if (!sock)
		return -ENOMEM;
	if (genl_connect(sock)) {
		ret = -EIO;
		goto out;
	}
	family = genl_ctrl_resolve(sock, ETHTOOL_GENL_NAME);
	nl_socket_disable_auto_ack(sock);
	for (i = 0; i < ARRAY_SIZE(questions) && family >= 0 && !ret; i++)
		ret = ask(sock, family, iface, &questions[i]);
out:
	nl_socket_free(sock);
	return ret;
}
