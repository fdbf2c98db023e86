/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the pure rooms (frame, wire, tcp, txn, stats, track) need, in the kernel
 * and in userspace. They allocate nothing, take no lock, read no clock and print
 * nothing: memory, time and locking are the caller's.
 */
#ifndef SGAP_PURE_H
#define SGAP_PURE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>
#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#endif

#include "uapi/stopgap.h"

/* What would make a function that is called for each packet save registers for it. */
#define SGAP_NOINLINE __attribute__((__noinline__))

/*
 * A variable that is written before it is read: kernels that zero all of them would do so for
 * each packet.
 */
#if __has_attribute(uninitialized)
#define SGAP_UNINIT __attribute__((uninitialized))
#else
#define SGAP_UNINIT
#endif

#define SGAP_PROTO_TCP 6
#define SGAP_PROTO_UDP 17

#define SGAP_NS_PER_US 1000ULL
#define SGAP_NS_PER_MS 1000000ULL
#define SGAP_NS_PER_S 1000000000ULL

/* An address as in the uapi: 16 bytes, IPv4 as IPv4-mapped. */
struct sgap_addr {
	__u8 b[16];
} __attribute__((aligned(8)));

static inline bool sgap_addr_is_v4(const struct sgap_addr *a)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(a->b, mapped, sizeof(mapped));
}

/* Its two halves, as the machine has them. */
static inline __u64 sgap_addr_net(const struct sgap_addr *a)
{
	__u64 x;

	memcpy(&x, a->b, sizeof(x));
	return x;
}

static inline __u64 sgap_addr_host(const struct sgap_addr *a)
{
	__u64 x;

	memcpy(&x, a->b + 8, sizeof(x));
	return x;
}

static __always_inline bool sgap_addr_eq(const struct sgap_addr *a, const struct sgap_addr *b)
{
	return sgap_addr_net(a) == sgap_addr_net(b) && sgap_addr_host(a) == sgap_addr_host(b);
}

static __always_inline void sgap_addr_set_v4(struct sgap_addr *a, const void *be32)
{
	memset(a->b, 0, 8);
	memcpy(a->b + 8, "\0\0\xff\xff", 4);
	memcpy(a->b + 12, be32, 4);
}

static inline __u16 sgap_get16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

static inline __u32 sgap_get32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

/*
 * The 8 bytes at p as a little-endian number, so that hashes of bytes are the
 * same on every machine.
 */
static inline __u64 sgap_load64(const __u8 *p)
{
	__u64 x;

	memcpy(&x, p, sizeof(x));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/*
 * 8 bytes with A to Z in lower case. A label's length is at most 63, below 'A',
 * so a whole name can be folded without looking at its labels.
 */
static inline __u64 sgap_fold64(__u64 x)
{
	__u64 low = x & 0x7f7f7f7f7f7f7f7fULL;
	__u64 ge_a = low + (0x80ULL - 'A') * 0x0101010101010101ULL;
	__u64 gt_z = low + (0x7fULL - 'Z') * 0x0101010101010101ULL;

	return x | ((ge_a ^ gt_z) & ~x & 0x8080808080808080ULL) >> 2;
}

/* Mixes x into h; good enough for buckets, not for secrets. */
static inline __u64 sgap_mix(__u64 h, __u64 x)
{
	h ^= x;
	h *= 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 32);
}

/* Both halves of the product of two words, one on the other. */
static inline __u64 sgap_fold_product(__u64 a, __u64 b)
{
	/* No variable: one of 16 bytes has the whole stack frame aligned. */
	return a * b ^ (__u64)((__uint128_t)a * b >> 64);
}

/*
 * An address as a number without a secret: the same for all. Who has time to compute can choose
 * addresses that meet: for places where that costs no more than time. Its last byte, in which
 * most differ, is in each bit of the number.
 */
static inline __u64 sgap_addr_mix(const struct sgap_addr *a)
{
	__u64 h = sgap_fold_product(sgap_addr_net(a) ^ 0xd6e8feb86659fd93ULL,
				    0x9e3779b97f4a7c15ULL) ^ sgap_addr_host(a);

	h = sgap_fold_product(h ^ 0xd6e8feb86659fd93ULL, 0x9e3779b97f4a7c15ULL);
	return sgap_fold_product(h ^ 0xd6e8feb86659fd93ULL, 0x9e3779b97f4a7c15ULL);
}

static inline __u64 sgap_ns_to_us(__u64 ns)
{
#ifdef __KERNEL__
	return div_u64(ns, 1000);
#else
	return ns / 1000;
#endif
}

/* x / 1000, for shares in per mille. */
static inline __u64 sgap_per_mille(__u64 x)
{
	return sgap_ns_to_us(x);
}

#endif
