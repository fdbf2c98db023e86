/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The Internet checksum. Pure. */
#ifndef SGAP_SUM_H
#define SGAP_SUM_H

#include "pure.h"

/*
 * Ones' complement sum of n bytes, in whatever byte order: folded it is the
 * same (RFC 1071 section 2). Sums of 32-bit words need no carry on the way.
 */
static inline __u64 sgap_sum_bytes(__u64 sum, const __u8 *p, __u32 n)
{
	__u64 other = 0;
	__u32 x[8];

	for (; n >= sizeof(x); p += sizeof(x), n -= sizeof(x)) {
		memcpy(x, p, sizeof(x));
		sum += (__u64)x[0] + x[1] + x[2] + x[3];
		other += (__u64)x[4] + x[5] + x[6] + x[7];
	}
	sum += other;
	for (; n >= 4; p += 4, n -= 4) {
		memcpy(x, p, 4);
		sum += x[0];
	}
	x[0] = 0;
	memcpy(x, p, n);
	return sum + x[0];
}

/* Is the checksum of a UDP datagram of n bytes wrong? alen: 4 or 16 bytes of address. */
static inline bool sgap_sum_udp_bad(const __u8 *src, const __u8 *dst, __u32 alen,
				    const __u8 *udp, __u32 n)
{
	__u8 pseudo[8] = { 0, 0, (__u8)(n >> 8), (__u8)n, 0, 0, 0, SGAP_PROTO_UDP };
	__u64 sum;

	if (!udp[6] && !udp[7])
		return false;
	sum = sgap_sum_bytes(0, pseudo, sizeof(pseudo));
	sum = sgap_sum_bytes(sum, src, alen);
	sum = sgap_sum_bytes(sum, dst, alen);
	sum = sgap_sum_bytes(sum, udp, n);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum != 0xffff;
}

#endif
