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

/*
 * Does the server want to see that the client is where it says before it does anything for
 * it? RFC 9000 section 17.2.5, and RFC 9369 section 3.2 for version 2.
 */
static inline bool sgap_quic_is_retry(const struct sgap_pkt *pkt)
{
	const __u8 *p = pkt->payload;

	if (pkt->payload_len < 5 || (p[0] & 0xc0) != 0xc0)
		return false;
	return (p[0] >> 4 & 3) == (sgap_get32(p + 1) == 0x6b3343cf ? 0 : 3);
}

/* Does the server know none of the client's version? RFC 9000 section 17.2.1. */
static inline bool sgap_quic_is_negotiation(const struct sgap_pkt *pkt)
{
	return pkt->payload_len >= 5 && pkt->payload[0] & 0x80 && !sgap_get32(pkt->payload + 1);
}

/*
 * Of such a packet, what sgap_quic_id() of the Initial is that it is about, or 0. Who does not
 * see that one cannot know it.
 */
static inline __u32 sgap_quic_negotiation_id(const struct sgap_pkt *pkt)
{
	const __u8 *p = pkt->payload;
	__u32 at;

	if (pkt->payload_len < SGAP_QUIC_ID)
		return 0;
	at = SGAP_QUIC_ID + p[SGAP_QUIC_ID - 1];
	return pkt->payload_len < at + 5 || p[at] < 4 ? 0 : sgap_get32(p + at + 1);
}

#endif
