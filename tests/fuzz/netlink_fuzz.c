// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/nl_msg.c
// libs: $(pkg-config --cflags --libs libnl-genl-3.0)
/*
 * Byte 0: what the attributes are of; the rest: the attributes, as a kernel that is
 * newer, older or another may send them. What was understood is sent and understood
 * the same.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nl_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union info {
	__u32 has;	/* each begins with it */
	struct sgap_tap_info tap;
	struct sgap_threshold_info threshold;
	struct sgap_trust_info trust;
};

static int get_tap(struct nlattr *nest, union info *i)
{
	int ret = sgap_nl_msg_get_tap(nest, &i->tap);

	if (!ret && (i->tap.nports > 8 || i->tap.nresolvers > 16 ||
		     strnlen(i->tap.ifname, sizeof(i->tap.ifname)) == sizeof(i->tap.ifname)))
		abort();
	return ret;
}

static int put_tap(struct nl_msg *msg, const union info *i)
{
	return sgap_nl_msg_put_tap(msg, &i->tap);
}

static int get_threshold(struct nlattr *nest, union info *i)
{
	return sgap_nl_msg_get_threshold(nest, &i->threshold);
}

static int put_threshold(struct nl_msg *msg, const union info *i)
{
	return sgap_nl_msg_put_threshold(msg, &i->threshold);
}

static int get_trust(struct nlattr *nest, union info *i)
{
	int ret = sgap_nl_msg_get_trust(nest, &i->trust);

	if (!ret && (strnlen(i->trust.description, sizeof(i->trust.description)) ==
		     sizeof(i->trust.description) ||
		     strnlen(i->trust.role, sizeof(i->trust.role)) == sizeof(i->trust.role)))
		abort();
	return ret;
}

static int put_trust(struct nl_msg *msg, const union info *i)
{
	return sgap_nl_msg_put_trust(msg, &i->trust);
}

/* Those that are only read. */
static int get_server(struct nlattr *nest, union info *i)
{
	struct sgap_server_info server;

	(void)i;
	return sgap_nl_msg_get_server(nest, &server);
}

static int get_census(struct nlattr *nest, union info *i)
{
	struct sgap_census_info census;
	int ret = sgap_nl_msg_get_census(nest, &census);

	(void)i;
	if (!ret && census.key_len > sizeof(census.key))
		abort();
	return ret;
}

static int get_detour(struct nlattr *nest, union info *i)
{
	struct sgap_detour_info detour;
	int ret = sgap_nl_msg_get_detour(nest, &detour);

	(void)i;
	if (!ret && strnlen(detour.signer, sizeof(detour.signer)) == sizeof(detour.signer))
		abort();
	return ret;
}

static const struct kind {
	int attr;
	int (*get)(struct nlattr *nest, union info *i);
	int (*put)(struct nl_msg *msg, const union info *i);
} kinds[] = {
	{ SGAP_A_TAP, get_tap, put_tap },
	{ SGAP_A_THRESHOLD, get_threshold, put_threshold },
	{ SGAP_A_TRUST, get_trust, put_trust },
	{ SGAP_A_SERVER, get_server, NULL },
	{ SGAP_A_CENSUS, get_census, NULL },
	{ SGAP_A_DETOUR, get_detour, NULL },
};

/* A message with it, as nl.c begins one. */
static struct nl_msg *message(const struct kind *k, const union info *info)
{
	struct nl_msg *msg = nlmsg_alloc_size(32768);

	if (!msg || !genlmsg_put(msg, 0, 0, 0x20, 0, 0, 1, 1) || k->put(msg, info))
		abort();
	return msg;
}

static void take_twice(const struct kind *k, const union info *info)
{
	struct nl_msg *one = message(k, info), *two;
	struct nlattr *tb[SGAP_A_MAX + 1];
	static union info again;

	if (sgap_nl_msg_parse(nlmsg_hdr(one), tb) || !tb[k->attr] || k->get(tb[k->attr], &again))
		abort();
	two = message(k, &again);
	if (nlmsg_hdr(one)->nlmsg_len != nlmsg_hdr(two)->nlmsg_len ||
	    memcmp(nlmsg_hdr(one), nlmsg_hdr(two), nlmsg_hdr(one)->nlmsg_len))
		abort();
	nlmsg_free(one);
	nlmsg_free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const __u32 lists = SGAP_HAS(SGAP_TAP_A_PORTS) | SGAP_HAS(SGAP_TAP_A_RESOLVERS);
	static union info info;
	const struct kind *k;
	struct nlattr *nest;
	int ret;

	if (!size || size > 32768)
		return 0;
	k = &kinds[*data % (sizeof(kinds) / sizeof(*kinds))];
	nest = malloc(NLA_HDRLEN + size - 1);
	if (!nest)
		return 0;
	nest->nla_type = (__u16)k->attr;
	nest->nla_len = (__u16)(NLA_HDRLEN + size - 1);
	memcpy((char *)nest + NLA_HDRLEN, data + 1, size - 1);
	ret = k->get(nest, &info);
	if (ret && ret != -EPROTO)
		abort();
	/* An empty nest is not sent; ports and resolvers go into one that has more. */
	if (!ret && k->put && info.has & ~lists)
		take_twice(k, &info);
	free(nest);
	return 0;
}
