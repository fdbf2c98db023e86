// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl_msg.h"

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

/* Where an attribute lives in its struct. A binary may be shorter or longer than
 * ours: the kernel's struct grows at its end. */
struct field {
	__u16 attr;
	__u16 type;		/* NLA_U8, ..., NLA_STRING, NLA_BINARY */
	__u16 size;
	__u16 at;
};

#define FIELD(s, a, t, m) { .attr = (a), .type = (t), \
	.size = sizeof(((struct s *)0)->m), .at = offsetof(struct s, m) }

static const struct field tap_fields[] = {
	FIELD(sgap_tap_info, SGAP_TAP_A_IFINDEX, NLA_U32, ifindex),
	FIELD(sgap_tap_info, SGAP_TAP_A_IFNAME, NLA_STRING, ifname),
	FIELD(sgap_tap_info, SGAP_TAP_A_MINOR, NLA_U32, minor),
	FIELD(sgap_tap_info, SGAP_TAP_A_PORTS, NLA_UNSPEC, ports),
	FIELD(sgap_tap_info, SGAP_TAP_A_TIMEOUT_MS, NLA_U32, timeout_ms),
	FIELD(sgap_tap_info, SGAP_TAP_A_OVERDUE_MS, NLA_U32, overdue_ms),
	FIELD(sgap_tap_info, SGAP_TAP_A_TXN_MAX, NLA_U32, txn_max),
	FIELD(sgap_tap_info, SGAP_TAP_A_SERVERS_MAX, NLA_U32, servers_max),
	FIELD(sgap_tap_info, SGAP_TAP_A_RING_BYTES, NLA_U32, ring_bytes),
	FIELD(sgap_tap_info, SGAP_TAP_A_SNAPLEN, NLA_U32, snaplen),
	FIELD(sgap_tap_info, SGAP_TAP_A_COUNTERS, NLA_UNSPEC, counters),
	FIELD(sgap_tap_info, SGAP_TAP_A_READERS, NLA_U32, readers),
	FIELD(sgap_tap_info, SGAP_TAP_A_FLAGS, NLA_U32, flags),
	FIELD(sgap_tap_info, SGAP_TAP_A_RESOLVERS, NLA_UNSPEC, resolvers),
	FIELD(sgap_tap_info, SGAP_TAP_A_PACKET_RATE, NLA_U32, packet_rate),
	FIELD(sgap_tap_info, SGAP_TAP_A_TCP_MAX, NLA_U32, tcp_max),
	FIELD(sgap_tap_info, SGAP_TAP_A_TCP_BYTES, NLA_U32, tcp_bytes),
	FIELD(sgap_tap_info, SGAP_TAP_A_PREFIX4, NLA_U8, prefix4),
	FIELD(sgap_tap_info, SGAP_TAP_A_PREFIX6, NLA_U8, prefix6),
	FIELD(sgap_tap_info, SGAP_TAP_A_ZONE_DEPTH, NLA_U8, zone_depth),
	FIELD(sgap_tap_info, SGAP_TAP_A_CENSUS_MAX, NLA_U32, census_max),
	{ 0 }
};

static const struct field server_fields[] = {
	FIELD(sgap_server_info, SGAP_SERVER_A_ADDR, NLA_UNSPEC, addr),
	FIELD(sgap_server_info, SGAP_SERVER_A_STATE, NLA_U8, state),
	FIELD(sgap_server_info, SGAP_SERVER_A_STATE_OLD, NLA_U8, state_old),
	FIELD(sgap_server_info, SGAP_SERVER_A_STATE_SINCE, NLA_U64, state_since),
	FIELD(sgap_server_info, SGAP_SERVER_A_STATS_UDP, NLA_UNSPEC, udp),
	FIELD(sgap_server_info, SGAP_SERVER_A_STATS_TCP, NLA_UNSPEC, tcp),
	FIELD(sgap_server_info, SGAP_SERVER_A_WINDOW, NLA_UNSPEC, window),
	{ 0 }
};

static const struct field census_fields[] = {
	FIELD(sgap_census_info, SGAP_CENSUS_A_KIND, NLA_U8, kind),
	FIELD(sgap_census_info, SGAP_CENSUS_A_KEY, NLA_UNSPEC, key),
	FIELD(sgap_census_info, SGAP_CENSUS_A_COUNTS, NLA_UNSPEC, counts),
	{ 0 }
};

static const struct field threshold_fields[] = {
	FIELD(sgap_threshold_info, SGAP_THRESHOLD_A_MIN, NLA_U32, min),
	FIELD(sgap_threshold_info, SGAP_THRESHOLD_A_DEGRADED, NLA_U32, degraded),
	FIELD(sgap_threshold_info, SGAP_THRESHOLD_A_FAILING, NLA_U32, failing),
	FIELD(sgap_threshold_info, SGAP_THRESHOLD_A_DEAD, NLA_U32, dead),
	FIELD(sgap_threshold_info, SGAP_THRESHOLD_A_SLOW_MS, NLA_U32, slow_ms),
	FIELD(sgap_threshold_info, SGAP_THRESHOLD_A_WINDOW_S, NLA_U32, window_s),
	{ 0 }
};

static const struct field trust_fields[] = {
	FIELD(sgap_trust_info, SGAP_TRUST_A_DESCRIPTION, NLA_STRING, description),
	FIELD(sgap_trust_info, SGAP_TRUST_A_SERIAL, NLA_U32, serial),
	FIELD(sgap_trust_info, SGAP_TRUST_A_KEYRING, NLA_U32, keyring),
	FIELD(sgap_trust_info, SGAP_TRUST_A_CLOSED, NLA_U8, closed),
	FIELD(sgap_trust_info, SGAP_TRUST_A_ROLE, NLA_STRING, role),
	FIELD(sgap_trust_info, SGAP_TRUST_A_ID, NLA_UNSPEC, id),
	FIELD(sgap_trust_info, SGAP_TRUST_A_EXPIRES, NLA_U64, expires),
	FIELD(sgap_trust_info, SGAP_TRUST_A_REVOKED_ID, NLA_UNSPEC, revoked_id),
	FIELD(sgap_trust_info, SGAP_TRUST_A_REVOKED_GRANT, NLA_UNSPEC, revoked_grant),
	{ 0 }
};

static const struct field detour_fields[] = {
	FIELD(sgap_detour_info, SGAP_DETOUR_A_SERIAL, NLA_UNSPEC, serial),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_STATE, NLA_U8, state),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_REASON, NLA_U8, reason),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_GRANT, NLA_UNSPEC, grant),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_STARTED, NLA_U64, started),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_ENDS, NLA_U64, ends),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_LEFT_MS, NLA_U64, left_ms),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_FLOWS, NLA_U64, flows),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_PURGED, NLA_U64, purged),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_SIGNER, NLA_STRING, signer),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_UID, NLA_U32, uid),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_LOGINUID, NLA_U32, loginuid),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_OVER, NLA_U64, over),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_SERVER, NLA_UNSPEC, at_server),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_FALLBACK, NLA_UNSPEC, at_fallback),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_NOTICE_MS, NLA_U32, notice_ms),
	FIELD(sgap_detour_info, SGAP_DETOUR_A_SIGNERS, NLA_UNSPEC, signers),
	{ 0 }
};

/* Copy attribute a to its place; a number must have its exact size. */
static int get_field(const struct field *f, struct nlattr *a, void *out)
{
	size_t len = (size_t)nla_len(a);

	if (f->type != NLA_UNSPEC && f->type != NLA_STRING && len != f->size)
		return -EPROTO;
	if (f->type == NLA_STRING) {
		nla_strlcpy((char *)out + f->at, a, f->size);
		return 0;
	}
	memcpy((char *)out + f->at, nla_data(a), len < f->size ? len : f->size);
	return 0;
}

/* Fill out from nest. *has, if asked for, gets a bit for each attribute found. */
static int get_fields(const struct field *f, struct nlattr *nest, void *out, __u32 *has)
{
	struct nlattr *tb[32] = { 0 };
	int ret;

	if (nla_parse_nested(tb, 31, nest, NULL) < 0)
		return -EPROTO;
	for (; f->attr; f++) {
		if (!tb[f->attr])
			continue;
		ret = get_field(f, tb[f->attr], out);
		if (ret)
			return ret;
		if (has)
			*has |= SGAP_HAS(f->attr);
	}
	return 0;
}

static int put_fields(struct nl_msg *msg, int type, const struct field *f, const void *in,
		      __u32 has)
{
	struct nlattr *nest = nla_nest_start(msg, type | NLA_F_NESTED);
	int ret = nest ? 0 : -EMSGSIZE;

	for (; f->attr && !ret; f++) {
		const char *p = (const char *)in + f->at;

		if (!(has & SGAP_HAS(f->attr)))
			continue;
		if (f->type == NLA_STRING)
			ret = nla_put_string(msg, f->attr, p);
		else
			ret = nla_put(msg, f->attr, f->size, p);
	}
	if (ret)
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int sgap_nl_msg_parse(struct nlmsghdr *nlh, struct nlattr **tb)
{
	return genlmsg_parse(nlh, 0, tb, SGAP_A_MAX, NULL) < 0 ? -EPROTO : 0;
}

int sgap_nl_msg_put_tap(struct nl_msg *msg, const struct sgap_tap_info *tap)
{
	const __u32 lists = SGAP_HAS(SGAP_TAP_A_PORTS) | SGAP_HAS(SGAP_TAP_A_RESOLVERS);
	struct nlattr *nest;
	int ret;

	ret = put_fields(msg, SGAP_A_TAP, tap_fields, tap, tap->has & ~lists);
	if (ret || !(tap->has & lists))
		return ret;
	/* These are as long as they are many. */
	nest = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, SGAP_A_TAP);
	if (!nest || (tap->has & SGAP_HAS(SGAP_TAP_A_PORTS) &&
		      nla_put(msg, SGAP_TAP_A_PORTS, (int)(tap->nports * sizeof(*tap->ports)),
			      tap->ports)))
		return -EMSGSIZE;
	if (tap->has & SGAP_HAS(SGAP_TAP_A_RESOLVERS) &&
	    nla_put(msg, SGAP_TAP_A_RESOLVERS,
		    (int)(tap->nresolvers * sizeof(*tap->resolvers)), tap->resolvers))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* An address is the first member of its struct. */
int sgap_nl_msg_put_server(struct nl_msg *msg, const struct sgap_addr *addr)
{
	return put_fields(msg, SGAP_A_SERVER, server_fields, addr,
			  SGAP_HAS(SGAP_SERVER_A_ADDR));
}

int sgap_nl_msg_put_threshold(struct nl_msg *msg, const struct sgap_threshold_info *t)
{
	return put_fields(msg, SGAP_A_THRESHOLD, threshold_fields, t, t->has);
}

int sgap_nl_msg_put_detour(struct nl_msg *msg, const struct sgap_detour_info *detour)
{
	__u32 has = SGAP_HAS(SGAP_DETOUR_A_SERIAL);

	if (detour->notice_ms)
		has |= SGAP_HAS(SGAP_DETOUR_A_NOTICE_MS);
	return put_fields(msg, SGAP_A_DETOUR, detour_fields, detour, has);
}

int sgap_nl_msg_put_trust(struct nl_msg *msg, const struct sgap_trust_info *trust)
{
	return put_fields(msg, SGAP_A_TRUST, trust_fields, trust, trust->has);
}

int sgap_nl_msg_get_tap(struct nlattr *nest, struct sgap_tap_info *tap)
{
	struct nlattr *ports, *list;

	memset(tap, 0, sizeof(*tap));
	list = nla_find(nla_data(nest), nla_len(nest), SGAP_TAP_A_RESOLVERS);
	if (list)
		tap->nresolvers = (__u16)(nla_len(list) / (int)sizeof(*tap->resolvers));
	if (tap->nresolvers > 16)
		return -EPROTO;
	ports = nla_find(nla_data(nest), nla_len(nest), SGAP_TAP_A_PORTS);
	if (ports)
		tap->nports = (__u16)(nla_len(ports) / (int)sizeof(*tap->ports));
	if (tap->nports > 8)
		return -EPROTO;
	return get_fields(tap_fields, nest, tap, &tap->has);
}

int sgap_nl_msg_get_server(struct nlattr *nest, struct sgap_server_info *server)
{
	memset(server, 0, sizeof(*server));
	return get_fields(server_fields, nest, server, NULL);
}

int sgap_nl_msg_get_census(struct nlattr *nest, struct sgap_census_info *census)
{
	struct nlattr *key = nla_find(nla_data(nest), nla_len(nest), SGAP_CENSUS_A_KEY);

	memset(census, 0, sizeof(*census));
	if (key && nla_len(key) > (int)sizeof(census->key))
		return -EPROTO;
	census->key_len = key ? (__u8)nla_len(key) : 0;
	return get_fields(census_fields, nest, census, NULL);
}

int sgap_nl_msg_get_threshold(struct nlattr *nest, struct sgap_threshold_info *t)
{
	memset(t, 0, sizeof(*t));
	return get_fields(threshold_fields, nest, t, &t->has);
}

int sgap_nl_msg_get_trust(struct nlattr *nest, struct sgap_trust_info *trust)
{
	memset(trust, 0, sizeof(*trust));
	return get_fields(trust_fields, nest, trust, &trust->has);
}

int sgap_nl_msg_get_detour(struct nlattr *nest, struct sgap_detour_info *detour)
{
	memset(detour, 0, sizeof(*detour));
	return get_fields(detour_fields, nest, detour, NULL);
}
