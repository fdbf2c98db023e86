/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * One direction of a TCP connection: segments -> length-prefixed DNS messages
 * (RFC 1035 section 4.2.2, RFC 7766 section 8). Pure. What cannot be given out
 * at once is kept in pieces of a pool that many streams share.
 */
#ifndef SGAP_STREAM_H
#define SGAP_STREAM_H

#include "pure.h"

#define SGAP_STREAM_PIECE 496		/* bytes of data that one piece holds */
#define SGAP_STREAM_PIECES 160		/* that one stream may hold: a message of 64 KiB and some */
#define SGAP_STREAM_AHEAD (1u << 18)	/* a segment further ahead than this is no mere gap */

struct sgap_stream {
	__u32 next;		/* sequence number of the first byte that was not given out */
	__u32 have;		/* bytes in a row from there that are kept */
	__u32 first, edge;	/* pieces: the first, and the last of those in a row */
	__u16 pieces;
	__u8 synced;		/* next is where a message begins */
};

/* Bytes that a pool of n pieces needs, 64-byte aligned and zeroed. */
size_t sgap_stream_pool_size(__u32 n);

struct sgap_stream_pool *sgap_stream_pool_init(void *mem, __u32 n);

__u32 sgap_stream_pool_free(const struct sgap_stream_pool *pool);

/* Forget all that is kept. The stream has to be synced anew. */
void sgap_stream_reset(struct sgap_stream_pool *pool, struct sgap_stream *s);

/* A message begins at seq. */
void sgap_stream_sync(struct sgap_stream *s, __u32 seq);

/*
 * Keep len bytes that begin at seq, at or after s->next. What is kept already
 * stays as it is. Returns 0, or -ENOMEM when the pool is empty, or -EOVERFLOW
 * when the stream has its share; some of the bytes may have been kept then.
 */
int sgap_stream_put(struct sgap_stream_pool *pool, struct sgap_stream *s, __u32 seq,
		    const __u8 *p, __u32 len);

/*
 * The next whole message: its length, and *p, which is good until the next call
 * for this pool. -EAGAIN when it is not whole.
 */
int sgap_stream_message(struct sgap_stream_pool *pool, struct sgap_stream *s, const __u8 **p);

/*
 * Give the message at s->next up, with all that is kept, and go on behind it.
 * Returns false when its length is not known, or when what came behind it had
 * to go as well; then the stream has to be synced anew.
 */
bool sgap_stream_skip(struct sgap_stream_pool *pool, struct sgap_stream *s);

#endif
