// SPDX-License-Identifier: GPL-2.0-or-later
/* Byte 0: link type and options. Byte 1: bytes that were cut off. The rest: a frame. */
#include <stdint.h>
#include <stdlib.h>

#include "frame.h"

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
