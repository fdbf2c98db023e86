// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "stream.h"

#define NONE 0u		/* pieces are numbered from 1 */
#define MESSAGE_MAX 65535u
#define PREFIX 2u

struct piece {
	__u32 next;
	__u32 seq;		/* of the first byte that is left */
	__u16 off, len;		/* what is left of data */
	__u32 reserved;
	__u8 data[SGAP_STREAM_PIECE];
};

static_assert(sizeof(struct piece) == 512, "pieces fill cache lines");

struct sgap_stream_pool {
	__u32 n;
	__u32 used;		/* that were ever used */
	__u32 spare;		/* given back, by next */
	__u32 free;
	struct piece *pieces;
	__u8 message[MESSAGE_MAX + PREFIX];
};

static size_t head_size(void)
{
	return (sizeof(struct sgap_stream_pool) + 63) & ~(size_t)63;
}

size_t sgap_stream_pool_size(__u32 n)
{
	return head_size() + ((size_t)n + 1) * sizeof(struct piece);
}

struct sgap_stream_pool *sgap_stream_pool_init(void *mem, __u32 n)
{
	struct sgap_stream_pool *pool = mem;

	pool->n = n;
	pool->free = n;
	pool->pieces = (void *)((__u8 *)mem + head_size());
	return pool;
}

__u32 sgap_stream_pool_free(const struct sgap_stream_pool *pool)
{
	return pool->free;
}

static __u32 take_piece(struct sgap_stream_pool *pool)
{
	__u32 i = pool->spare;

	if (i)
		pool->spare = pool->pieces[i].next;
	else if (pool->used < pool->n)
		i = ++pool->used;
	else
		return NONE;
	pool->free--;
	return i;
}

/* Take the first piece off the stream. */
static void drop_first(struct sgap_stream_pool *pool, struct sgap_stream *s)
{
	__u32 i = s->first;

	s->first = pool->pieces[i].next;
	if (s->edge == i)
		s->edge = NONE;
	s->pieces--;
	pool->pieces[i].next = pool->spare;
	pool->spare = i;
	pool->free++;
}

void sgap_stream_reset(struct sgap_stream_pool *pool, struct sgap_stream *s)
{
	while (s->first)
		drop_first(pool, s);
	s->edge = NONE;
	s->have = 0;
	s->synced = 0;
}

void sgap_stream_sync(struct sgap_stream *s, __u32 seq)
{
	s->next = seq;
	s->synced = 1;
}

/* Let the row of pieces that follow each other grow over what was a gap. */
static void grow_row(const struct sgap_stream_pool *pool, struct sgap_stream *s)
{
	__u32 i = s->edge ? pool->pieces[s->edge].next : s->first;

	/* At most SGAP_STREAM_PIECES steps. */
	while (i && pool->pieces[i].seq == s->next + s->have) {
		s->have += pool->pieces[i].len;
		s->edge = i;
		i = pool->pieces[i].next;
	}
}

/* Put bytes into the free end of a piece; returns how many fitted. */
static __u32 fill_piece(struct piece *piece, const __u8 *p, __u32 len)
{
	__u32 end = piece->off + piece->len;
	__u32 room = SGAP_STREAM_PIECE - end;

	if (len > room)
		len = room;
	memcpy(piece->data + end, p, len);
	piece->len += len;
	return len;
}

/* Bytes at seq, which lie in a gap of the stream, after piece at (NONE: first). */
static int put_gap(struct sgap_stream_pool *pool, struct sgap_stream *s, __u32 at,
		   __u32 seq, const __u8 *p, __u32 len)
{
	struct piece *piece;
	__u32 i, n;

	piece = at ? &pool->pieces[at] : NULL;
	if (piece && piece->seq + piece->len == seq) {
		n = fill_piece(piece, p, len);
		if (at == s->edge)
			s->have += n;
		seq += n;
		p += n;
		len -= n;
	}
	while (len) {
		if (s->pieces == SGAP_STREAM_PIECES)
			return -EOVERFLOW;
		i = take_piece(pool);
		if (!i)
			return -ENOMEM;
		piece = &pool->pieces[i];
		piece->seq = seq;
		piece->off = 0;
		piece->len = 0;
		piece->next = at ? pool->pieces[at].next : s->first;
		if (at)
			pool->pieces[at].next = i;
		else
			s->first = i;
		s->pieces++;
		n = fill_piece(piece, p, len);
		seq += n;
		p += n;
		len -= n;
		at = i;
	}
	return 0;
}

/* Let the bytes begin after end when they begin before it; false: none is left. */
static bool trim_front(__u32 end, __u32 *seq, const __u8 **p, __u32 *len)
{
	__u32 over = end - *seq;

	if ((__s32)over <= 0)
		return *len;
	if (over >= *len)
		return false;
	*seq += over;
	*p += over;
	*len -= over;
	return true;
}

int sgap_stream_put(struct sgap_stream_pool *pool, struct sgap_stream *s, __u32 seq,
		    const __u8 *p, __u32 len)
{
	__u32 at = NONE, next = s->first;
	__u32 gap;
	int ret = 0;

	/* In order, which is usual: behind the row that is there. */
	if (s->edge && seq - s->next >= s->have) {
		at = s->edge;
		next = pool->pieces[at].next;
	}
	while (!ret && len) {
		while (next && (__s32)(pool->pieces[next].seq - seq) <= 0) {
			at = next;
			next = pool->pieces[at].next;
		}
		if (at && !trim_front(pool->pieces[at].seq + pool->pieces[at].len, &seq, &p, &len))
			break;
		gap = next ? pool->pieces[next].seq - seq : len;
		if (gap > len)
			gap = len;
		ret = put_gap(pool, s, at, seq, p, gap);
		seq += gap;
		p += gap;
		len -= gap;
	}
	grow_row(pool, s);
	return ret;
}

/* Copy the first n bytes of the row, which has as many. */
static void copy_row(const struct sgap_stream_pool *pool, const struct sgap_stream *s,
		     __u8 *out, __u32 n)
{
	const struct piece *piece;
	__u32 i, k;

	for (i = s->first; n; i = piece->next) {
		piece = &pool->pieces[i];
		k = piece->len < n ? piece->len : n;
		memcpy(out, piece->data + piece->off, k);
		out += k;
		n -= k;
	}
}

/* Drop the first n bytes of the row, or all of it when it has fewer. */
static void drop_row(struct sgap_stream_pool *pool, struct sgap_stream *s, __u32 n)
{
	struct piece *piece;

	if (n > s->have)
		n = s->have;
	s->next += n;
	s->have -= n;
	while (n) {
		piece = &pool->pieces[s->first];
		if (n < piece->len) {
			piece->seq += n;
			piece->off += n;
			piece->len -= n;
			return;
		}
		n -= piece->len;
		drop_first(pool, s);
	}
}

int sgap_stream_message(struct sgap_stream_pool *pool, struct sgap_stream *s, const __u8 **p)
{
	__u8 prefix[PREFIX];
	__u32 len;

	if (s->have < PREFIX)
		return -EAGAIN;
	copy_row(pool, s, prefix, PREFIX);
	len = sgap_get16(prefix);
	if (s->have < PREFIX + len)
		return -EAGAIN;
	copy_row(pool, s, pool->message, PREFIX + len);
	drop_row(pool, s, PREFIX + len);
	*p = pool->message + PREFIX;
	return (int)len;
}

/* Is anything kept from end on? */
static bool keeps_after(const struct sgap_stream_pool *pool, const struct sgap_stream *s,
			__u32 end)
{
	const struct piece *piece;
	__u32 i;

	for (i = s->first; i; i = piece->next) {
		piece = &pool->pieces[i];
		if ((__s32)(piece->seq + piece->len - end) > 0)
			return true;
	}
	return false;
}

bool sgap_stream_skip(struct sgap_stream_pool *pool, struct sgap_stream *s)
{
	__u8 prefix[PREFIX];
	bool lost = true;
	__u32 end = 0;

	if (s->have >= PREFIX) {
		copy_row(pool, s, prefix, PREFIX);
		end = s->next + PREFIX + sgap_get16(prefix);
		lost = keeps_after(pool, s, end);
	}
	sgap_stream_reset(pool, s);
	if (!lost)
		sgap_stream_sync(s, end);
	return !lost;
}
