/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What of QUIC's long header sets a connection up. Pure. */
#ifndef SGAP_QUIC_H
#define SGAP_QUIC_H

#include "frame.h"

#define SGAP_QUIC_ID 6u		/* where a long header's connection id begins */

/* Does it begin a connection? RFC 9000 section 17.2.2, and RFC 9369 for version 2. */
static inline bool sgap_quic_is_initial(const struct sgap_pkt *pkt)
{
	const __u8 *p = pkt->payload;
	__u32 version;

	if (pkt->payload_len < 5 || (p[0] & 0xc0) != 0xc0)
		return false;
	version = sgap_get32(p + 1);
	return version && (p[0] >> 4 & 3) == (version == 0x6b3343cf);
}

/*
 * The first bytes of the connection id in a long header, or 0. The client chooses it at random
 * and keeps it until the server says something (RFC 9000 section 7.2).
 */
static inline __u32 sgap_quic_id(const struct sgap_pkt *pkt)
{
	return pkt->payload_len < SGAP_QUIC_ID + 4 ? 0 : sgap_get32(pkt->payload + SGAP_QUIC_ID);
}

#endif
