// SPDX-License-Identifier: GPL-2.0-or-later
#include "tap_opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "command.h"
#include "lib/addr.h"
#include "lib/nl.h"
#include "lib/offline.h"
#include "lib/text.h"
#include "out.h"

/* "53,5353" */
static int parse_ports(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	const char *text = sgap_args_get(args, "ports"), *p = text;
	unsigned long n;
	char *end;

	if (!text)
		return 0;
	do {
		n = strtoul(p, &end, 10);
		if (*p < '0' || *p > '9' || !n || n > 65535 || (*end && *end != ',') ||
		    tap->nports == 8) {
			sgap_error("%s: --ports '%s': expected one to eight numbers, as 53,5353",
				   args->path, text);
			return -EINVAL;
		}
		tap->ports[tap->nports++] = (__u16)n;
		p = end + 1;
	} while (*end);
	tap->has |= SGAP_HAS(SGAP_TAP_A_PORTS);
	return 0;
}

/* Whole-number options that go to the kernel as they are. */
static int parse_numbers(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	const struct {
		const char *name;
		unsigned long long min, max;
		int attr;
		__u32 *to;	/* or */
		__u8 *byte;
	} opts[] = {
		{ "ring-bytes", 65536, 64 << 20, SGAP_TAP_A_RING_BYTES, .to = &tap->ring_bytes },
		{ "snaplen", 0, 65535, SGAP_TAP_A_SNAPLEN, .to = &tap->snaplen },
		{ "txn-max", 256, 1 << 20, SGAP_TAP_A_TXN_MAX, .to = &tap->txn_max },
		{ "servers-max", 1, 65536, SGAP_TAP_A_SERVERS_MAX, .to = &tap->servers_max },
		{ "packet-rate", 0, 0xffffffff, SGAP_TAP_A_PACKET_RATE, .to = &tap->packet_rate },
		{ "tcp-max", 256, 65536, SGAP_TAP_A_TCP_MAX, .to = &tap->tcp_max },
		{ "tcp-bytes", 65536, 64 << 20, SGAP_TAP_A_TCP_BYTES, .to = &tap->tcp_bytes },
		{ "census-max", 0, 4096, SGAP_TAP_A_CENSUS_MAX, .to = &tap->census_max },
		{ "prefix4", 0, 32, SGAP_TAP_A_PREFIX4, .byte = &tap->prefix4 },
		{ "prefix6", 0, 128, SGAP_TAP_A_PREFIX6, .byte = &tap->prefix6 },
		{ "zone-depth", 1, 8, SGAP_TAP_A_ZONE_DEPTH, .byte = &tap->zone_depth },
	};
	unsigned long long n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(opts); i++) {
		if (!sgap_args_has(args, opts[i].name))
			continue;
		if (sgap_args_number(args, opts[i].name, opts[i].min, opts[i].max, &n))
			return -EINVAL;
		if (opts[i].byte)
			*opts[i].byte = (__u8)n;
		else
			*opts[i].to = (__u32)n;
		tap->has |= SGAP_HAS(opts[i].attr);
	}
	return 0;
}

/* "1.1.1.1,2606:4700:4700::1111"; "" for none. */
static int parse_resolvers(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	const char *text = sgap_args_get(args, "resolvers"), *p = text;
	char one[SGAP_ADDR_TEXT];
	struct sgap_addr addr;
	size_t n;

	if (!text)
		return 0;
	tap->has |= SGAP_HAS(SGAP_TAP_A_RESOLVERS);
	while (*p) {
		n = strcspn(p, ",");
		snprintf(one, sizeof(one), "%.*s", (int)n, p);
		if (tap->nresolvers == 16 || n >= sizeof(one) || sgap_addr_parse(&addr, one)) {
			sgap_error("%s: --resolvers '%s': expected at most 16 addresses, as 192.0.2.1,2001:db8::1",
				   args->path, text);
			return -EINVAL;
		}
		memcpy(tap->resolvers[tap->nresolvers++], addr.b, sizeof(addr.b));
		p += n + (p[n] == ',');
	}
	return 0;
}

static int parse_times(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	unsigned long long timeout = 5000, overdue = 1000;

	if (sgap_args_duration(args, "timeout", 100, 30000, &timeout) ||
	    sgap_args_duration(args, "overdue", 50, 30000, &overdue))
		return -EINVAL;
	if (sgap_args_has(args, "timeout"))
		tap->has |= SGAP_HAS(SGAP_TAP_A_TIMEOUT_MS);
	if (sgap_args_has(args, "overdue"))
		tap->has |= SGAP_HAS(SGAP_TAP_A_OVERDUE_MS);
	tap->timeout_ms = (__u32)timeout;
	tap->overdue_ms = (__u32)overdue;
	return 0;
}

static void parse_flags(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	if (sgap_args_has(args, "span"))
		tap->flags |= SGAP_TAP_F_SPAN;
	if (sgap_args_has(args, "tunnels"))
		tap->flags |= SGAP_TAP_F_TUNNELS;
	if (tap->flags || sgap_args_has(args, "plain"))
		tap->has |= SGAP_HAS(SGAP_TAP_A_FLAGS);
}

int sgap_tap_opt_parse(const struct sgap_args *args, struct sgap_tap_info *tap)
{
	memset(tap, 0, sizeof(*tap));
	parse_flags(args, tap);
	return parse_ports(args, tap) || parse_numbers(args, tap) || parse_times(args, tap) ||
	       parse_resolvers(args, tap) ? -EINVAL : 0;
}

static void take_census(struct sgap_census_cfg *cfg, const struct sgap_tap_info *tap)
{
	*cfg = (struct sgap_census_cfg){ .prefix4 = 24, .prefix6 = 48, .zone_depth = 2 };
	if (tap->has & SGAP_HAS(SGAP_TAP_A_PREFIX4))
		cfg->prefix4 = tap->prefix4;
	if (tap->has & SGAP_HAS(SGAP_TAP_A_PREFIX6))
		cfg->prefix6 = tap->prefix6;
	if (tap->has & SGAP_HAS(SGAP_TAP_A_ZONE_DEPTH))
		cfg->zone_depth = tap->zone_depth;
}

int sgap_tap_opt_offline(const struct sgap_args *args, struct sgap_offline_cfg *cfg)
{
	struct sgap_tap_info tap;

	if (sgap_tap_opt_parse(args, &tap))
		return -EINVAL;
	memset(cfg, 0, sizeof(*cfg));
	cfg->flags = tap.flags;
	cfg->timeout_ms = tap.timeout_ms;
	cfg->overdue_ms = tap.overdue_ms;
	cfg->nports = tap.nports;
	memcpy(cfg->ports, tap.ports, sizeof(cfg->ports));
	cfg->nresolvers = tap.nresolvers;
	memcpy(cfg->resolvers, tap.resolvers, sizeof(cfg->resolvers));
	take_census(&cfg->census, &tap);
	return 0;
}

int sgap_tap_opt_none(const struct sgap_args *args)
{
	static const struct sgap_opt opts[] = { SGAP_OPTS_PCAP, SGAP_OPT_END };
	size_t i;

	for (i = 0; opts[i].name; i++) {
		if (!sgap_args_has(args, opts[i].name))
			continue;
		sgap_error("%s: --%s is for --pcap: a tap has an option of that name itself",
			   args->path, opts[i].name);
		return -EINVAL;
	}
	return 0;
}
