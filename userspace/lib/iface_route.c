// SPDX-License-Identifier: GPL-2.0-or-later
/* The interface and its queueing disciplines, by rtnetlink. */
#include "iface.h"

#include <linux/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>
#include <stdio.h>

#include "text.h"

static const struct {
	rtnl_link_stat_id_t id;
	const char *name;
	enum sgap_iface_count what;
} counters[] = {
	{ RTNL_LINK_RX_PACKETS, "rx_packets", SGAP_IFACE_TRAFFIC },
	{ RTNL_LINK_TX_PACKETS, "tx_packets", SGAP_IFACE_TRAFFIC },
	{ RTNL_LINK_RX_BYTES, "rx_bytes", SGAP_IFACE_TRAFFIC },
	{ RTNL_LINK_TX_BYTES, "tx_bytes", SGAP_IFACE_TRAFFIC },
	{ RTNL_LINK_MULTICAST, "multicast", SGAP_IFACE_TRAFFIC },
	{ RTNL_LINK_RX_ERRORS, "rx_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_TX_ERRORS, "tx_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_RX_LEN_ERR, "rx_length_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_RX_CRC_ERR, "rx_crc_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_RX_FRAME_ERR, "rx_frame_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_TX_ABORT_ERR, "tx_aborted_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_TX_CARRIER_ERR, "tx_carrier_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_TX_HBEAT_ERR, "tx_heartbeat_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_TX_WIN_ERR, "tx_window_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_COLLISIONS, "collisions", SGAP_IFACE_ERROR },
	{ RTNL_LINK_RX_DROPPED, "rx_dropped", SGAP_IFACE_DROP },
	{ RTNL_LINK_TX_DROPPED, "tx_dropped", SGAP_IFACE_DROP },
	{ RTNL_LINK_RX_OVER_ERR, "rx_over_errors", SGAP_IFACE_DROP },
	{ RTNL_LINK_RX_FIFO_ERR, "rx_fifo_errors", SGAP_IFACE_DROP },
	{ RTNL_LINK_TX_FIFO_ERR, "tx_fifo_errors", SGAP_IFACE_DROP },
	{ RTNL_LINK_RX_MISSED_ERR, "rx_missed_errors", SGAP_IFACE_DROP },
	{ RTNL_LINK_RX_NOHANDLER, "rx_nohandler", SGAP_IFACE_DROP },
	{ RTNL_LINK_IP6_INHDRERRORS, "ip6_header_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_IP6_INTOOBIGERRORS, "ip6_too_big", SGAP_IFACE_SIGN },
	{ RTNL_LINK_IP6_CSUMERRORS, "ip6_checksum_errors", SGAP_IFACE_ERROR },
	{ RTNL_LINK_IP6_INTRUNCATEDPKTS, "ip6_truncated", SGAP_IFACE_ERROR },
	{ RTNL_LINK_IP6_INDISCARDS, "ip6_in_discards", SGAP_IFACE_DROP },
	{ RTNL_LINK_IP6_OUTDISCARDS, "ip6_out_discards", SGAP_IFACE_DROP },
	{ RTNL_LINK_IP6_REASMFAILS, "ip6_reassembly_failures", SGAP_IFACE_SIGN },
	{ RTNL_LINK_IP6_FRAGFAILS, "ip6_fragmentation_failures", SGAP_IFACE_SIGN },
	{ RTNL_LINK_ICMP6_INERRORS, "icmp6_in_errors", SGAP_IFACE_SIGN },
};

static void set_text(char *to, size_t size, const char *from)
{
	if (from)
		sgap_text_copy(to, size, from);
}

static void take_names(struct sgap_iface *iface, struct rtnl_link *link)
{
	set_text(iface->kind, sizeof(iface->kind), rtnl_link_get_type(link));
	set_text(iface->alias, sizeof(iface->alias), rtnl_link_get_ifalias(link));
	set_text(iface->qdisc, sizeof(iface->qdisc), rtnl_link_get_qdisc(link));
	if (rtnl_link_get_addr(link))
		nl_addr2str(rtnl_link_get_addr(link), iface->address, sizeof(iface->address));
}

static void take_params(struct sgap_iface *iface, struct rtnl_link *link)
{
	__s64 *param = iface->param;
	__u32 n;

	param[SGAP_IFACE_UP] = !!(rtnl_link_get_flags(link) & IFF_UP);
	param[SGAP_IFACE_CARRIER] = rtnl_link_get_carrier(link);
	param[SGAP_IFACE_OPERSTATE] = rtnl_link_get_operstate(link);
	if (!rtnl_link_get_carrier_changes(link, &n))
		param[SGAP_IFACE_CARRIER_CHANGES] = n;
	param[SGAP_IFACE_MTU] = rtnl_link_get_mtu(link);
	param[SGAP_IFACE_TXQLEN] = rtnl_link_get_txqlen(link);
	param[SGAP_IFACE_PROMISC] = rtnl_link_get_promiscuity(link);
	param[SGAP_IFACE_TX_QUEUES] = rtnl_link_get_num_tx_queues(link);
	param[SGAP_IFACE_RX_QUEUES] = rtnl_link_get_num_rx_queues(link);
	if (!rtnl_link_get_gso_max_size(link, &n))
		param[SGAP_IFACE_GSO_SIZE] = n;
	if (!rtnl_link_get_gso_max_segs(link, &n))
		param[SGAP_IFACE_GSO_SEGS] = n;
}

static int take_counters(struct sgap_iface *iface, struct rtnl_link *link)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(counters) && !ret; i++)
		ret = sgap_iface_add(iface, "link", counters[i].name, counters[i].what,
				     rtnl_link_get_stat(link, counters[i].id));
	return ret;
}

static int ask_link(struct sgap_iface *iface, struct nl_sock *sock, int *ifindex)
{
	struct rtnl_link *link = NULL;
	int ret;

	ret = rtnl_link_get_kernel(sock, 0, iface->name, &link);
	if (ret)
		return ret == -NLE_OBJ_NOTFOUND || ret == -NLE_NODEV ? -ENODEV : -EIO;
	*ifindex = rtnl_link_get_ifindex(link);
	take_names(iface, link);
	take_params(iface, link);
	ret = take_counters(iface, link);
	rtnl_link_put(link);
	return ret;
}

/* "fq_codel root", "fq_codel :1" */
static int take_qdisc(struct sgap_iface *iface, struct rtnl_tc *tc)
{
	static const struct {
		enum rtnl_tc_stat id;
		const char *name;
		enum sgap_iface_count what;
	} stats[] = {
		{ RTNL_TC_DROPS, "drops", SGAP_IFACE_DROP },
		{ RTNL_TC_OVERLIMITS, "overlimits", SGAP_IFACE_TRAFFIC },
		{ RTNL_TC_REQUEUES, "requeues", SGAP_IFACE_TRAFFIC },
		{ RTNL_TC_QLEN, "queued", SGAP_IFACE_TRAFFIC },
		{ RTNL_TC_BACKLOG, "backlog_bytes", SGAP_IFACE_TRAFFIC },
	};
	char name[SGAP_IFACE_NAME], handle[32], parent[32];
	size_t i;
	int ret = 0;

	rtnl_tc_handle2str(rtnl_tc_get_handle(tc), handle, sizeof(handle));
	rtnl_tc_handle2str(rtnl_tc_get_parent(tc), parent, sizeof(parent));
	for (i = 0; i < ARRAY_SIZE(stats) && !ret; i++) {
		snprintf(name, sizeof(name), "%s %s %s", rtnl_tc_get_kind(tc),
			 rtnl_tc_get_handle(tc) ? handle : parent, stats[i].name);
		ret = sgap_iface_add(iface, "qdisc", name, stats[i].what,
				     rtnl_tc_get_stat(tc, stats[i].id));
	}
	return ret;
}

static int ask_qdiscs(struct sgap_iface *iface, struct nl_sock *sock, int ifindex)
{
	struct nl_cache *cache = NULL;
	struct nl_object *obj;
	int ret = 0;

	if (rtnl_qdisc_alloc_cache(sock, &cache))
		return -EIO;
	for (obj = nl_cache_get_first(cache); obj && !ret; obj = nl_cache_get_next(obj))
		if (rtnl_tc_get_ifindex(TC_CAST(obj)) == ifindex)
			ret = take_qdisc(iface, TC_CAST(obj));
	nl_cache_free(cache);
	return ret;
}

int sgap_iface_ask_route(struct sgap_iface *iface)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ifindex, ret;

	if (!sock)
		return -ENOMEM;
	ret = nl_connect(sock, NETLINK_ROUTE) ? -EIO : ask_link(iface, sock, &ifindex);
	if (!ret)
		ret = ask_qdiscs(iface, sock, ifindex);
	nl_socket_free(sock);
	return ret;
}
