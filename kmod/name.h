/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Names of queries that wait, kept in parts of a pool of fixed size: most are 20
 * to 30 bytes and take one. Part of the transaction table, and pure like it.
 */
#ifndef SGAP_NAME_H
#define SGAP_NAME_H

#include "pure.h"

#define SGAP_NAME_PART 32u
#define SGAP_NAME_MAX 255u

struct sgap_names {
	__u32 used;		/* parts that were ever used; numbered from 1 */
	__u32 spare;		/* given back, by next */
	__u32 free;
	__u32 *next;		/* of each part: the next one of its name, or 0 */
	__u8 *bytes;
	__u8 whole[SGAP_NAME_MAX + 1];	/* one put together */
};

static inline size_t sgap_names_size(__u32 parts)
{
	return ((size_t)parts + 1) * (SGAP_NAME_PART + sizeof(__u32));
}

static inline void sgap_names_init(struct sgap_names *names, void *mem, __u32 parts)
{
	names->bytes = mem;
	names->next = (void *)(names->bytes + ((size_t)parts + 1) * SGAP_NAME_PART);
	names->free = parts;
}

static inline __u32 sgap_names_need(__u32 len)
{
	return (len + SGAP_NAME_PART - 1) / SGAP_NAME_PART;
}

static inline __u32 sgap_names_take(struct sgap_names *names)
{
	__u32 i = names->spare;

	if (i)
		names->spare = names->next[i];
	else
		i = ++names->used;
	names->free--;
	return i;
}

/* Copies n bytes, 1 to SGAP_NAME_PART, by words of which the last two may overlap. */
static inline void sgap_names_copy(__u8 *to, const __u8 *p, __u32 n)
{
	__u32 i;
	__u64 x;

	if (unlikely(n < 8)) {
		memcpy(to, p, n);
		return;
	}
	for (i = 0; i + 8 < n; i += 8) {
		memcpy(&x, p + i, 8);
		memcpy(to + i, &x, 8);
	}
	memcpy(&x, p + n - 8, 8);
	memcpy(to + n - 8, &x, 8);
}

/* Keep a name, for which there is room; returns its first part. */
static inline __u32 sgap_names_keep(struct sgap_names *names, const __u8 *p, __u32 len)
{
	__u32 first = 0, off, i, k;

	/* From the last part to the first, so that each knows its next. */
	for (k = sgap_names_need(len); k; k--) {
		off = (k - 1) * SGAP_NAME_PART;
		i = sgap_names_take(names);
		sgap_names_copy(names->bytes + (size_t)i * SGAP_NAME_PART, p + off,
				len - off < SGAP_NAME_PART ? len - off : SGAP_NAME_PART);
		names->next[i] = first;
		first = i;
	}
	return first;
}

/* Give a name's parts back; what is in them stays until they are taken again. */
static inline void sgap_names_drop(struct sgap_names *names, __u32 first)
{
	__u32 last = first, n = 1;

	for (; names->next[last]; last = names->next[last])
		n++;
	names->next[last] = names->spare;
	names->spare = first;
	names->free += n;
}

/* The name in one piece; it stays so until the next call. */
static inline const __u8 *sgap_names_whole(struct sgap_names *names, __u32 first, __u32 len)
{
	__u32 i, n = 0;

	if (len <= SGAP_NAME_PART)
		return names->bytes + (size_t)first * SGAP_NAME_PART;
	for (i = first; i && n < SGAP_NAME_MAX; i = names->next[i], n += SGAP_NAME_PART)
		memcpy(names->whole + n, names->bytes + (size_t)i * SGAP_NAME_PART,
		       SGAP_NAME_PART);
	return names->whole;
}

#endif
