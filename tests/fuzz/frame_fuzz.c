// SPDX-License-Identifier: GPL-2.0-or-later
/* Byte 0: link type and options. Byte 1: bytes that were cut off. The rest: a frame. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

/* The short way and the long one make the same of it, in each field; or leave the same alone. */
static void compare_ways(const uint8_t *p, __u32 len, __u32 wire_len,
			 const struct sgap_frame_opt *opt)
{
	struct sgap_pkt one, other;

	memset(&one, 0xa5, sizeof(one));
	memset(&other, 0xa5, sizeof(other));
	if (sgap_frame_parse_ip(&one, p, len, wire_len, opt) !=
	    sgap_frame_parse_any(&other, p, len, wire_len, opt))
		abort();
	/* What lies between the fields was filled alike. */
	if (memcmp(&one, &other, sizeof(one)))	/* NOLINT(bugprone-suspicious-memory-comparison) */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = { SGAP_LINKTYPE_ETHERNET, SGAP_LINKTYPE_RAW, SGAP_LINKTYPE_SLL,
				     SGAP_LINKTYPE_SLL2 };
	struct sgap_frame_opt opt = { .ports = { .n = 1, .port = { 53 } }, .check_sum = true };
	struct sgap_pkt pkt;
	__u32 len;
	int kind;

	if (size < 2 || size > 70000)
		return 0;
	opt.flags = data[0] & 4 ? SGAP_TAP_F_TUNNELS : 0;
	len = (__u32)size - 2;
	compare_ways(data + 2, len, len + data[1], &opt);
	if (len > 14)
		compare_ways(data + 16, len - 14, len - 14 + data[1], &opt);
	kind = sgap_frame_parse(&pkt, links[data[0] & 3], data + 2, len, len + data[1], &opt);
	if (kind != pkt.kind || kind < 0 || kind > SGAP_FRAME_BAD)
		abort();
	if (kind != SGAP_FRAME_UDP && kind != SGAP_FRAME_TCP && kind != SGAP_FRAME_ICMP)
		return 0;
	if (!pkt.to_server && !pkt.from_server)
		abort();
	if (pkt.payload_len > pkt.payload_wire)
		abort();
	if (pkt.payload_len && (pkt.payload < data + 2 ||
				pkt.payload + pkt.payload_len > data + size))
		abort();
	return 0;
}
