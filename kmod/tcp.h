/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * TCP segments on a server port -> connections, handshake times and DNS
 * messages. Pure: as with txn.h, one table is one shard, and memory, time and
 * lock are the caller's. A shard is picked by sgap_txn_flow() of sgap_tcp_key().
 *
 * Memory is bounded twice: so many connections, and so many pieces of messages
 * that are not whole yet. When the pieces are used up, who holds most gives up:
 * clients are told apart by a hash of their address, and none may hold more than
 * half. When there is no room for a connection, one that is closed gives way, or
 * an attempt, or what is idle longest, of who has most; who has more than half of all does
 * not take an attempt's place while there are few. A
 * connection that was open before the tap is joined where a segment begins like a message.
 */
#ifndef SGAP_TCP_H
#define SGAP_TCP_H

#include "key.h"

struct sgap_pkt;

#define SGAP_TCP_FIN 0x01
#define SGAP_TCP_SYN 0x02
#define SGAP_TCP_RST 0x04
#define SGAP_TCP_ACK 0x10

struct sgap_tcp_cfg {
	__u32 conns;		/* a power of two, 16 and up */
	__u32 pieces;		/* of SGAP_STREAM_PIECE bytes, 4 and up */
	__u64 timeout_ns;	/* SYN without answer; gap not filled; message not whole */
};

enum sgap_tcp_what {
	SGAP_TCP_MESSAGE,	/* p, len, wire_len: a message in the packet's direction */
	SGAP_TCP_ATTEMPT,	/* the first SYN of a connection */
	SGAP_TCP_CONNECTED,	/* SYN+ACK: connect_us */
	SGAP_TCP_REFUSED,	/* RST to a SYN */
	SGAP_TCP_UNREACHED,	/* an ICMP error about a SYN, or a QUIC Initial */
	SGAP_TCP_SILENT,	/* SYN never answered */
	SGAP_TCP_EVICTED,	/* SYN forgotten unanswered: there was no room for it */
	SGAP_TCP_BROKEN,	/* the server ended it with queries left open */
	SGAP_TCP_LOST,		/* something was given up: why */
	/* Of sgap_opaque_segment(), after CONNECTED: the server had no word but these. */
	SGAP_TCP_TLS_RESET,	/* RST */
	SGAP_TCP_TLS_CLOSED,	/* FIN */
	SGAP_TCP_TLS_ALERT,	/* a fatal alert */
	SGAP_TCP_TLS_SILENT,	/* nothing at all */
	SGAP_TCP_TLS_EVICTED,	/* forgotten while the client waited: there was no room for it */
};

struct sgap_tcp_event {
	const struct sgap_key *key;	/* id is 0 */
	const __u8 *p;
	__u64 ts;
	__u64 ts_syn;		/* first SYN; 0 = not seen */
	__u64 ts_syn_last;
	__u32 len, wire_len;
	__u32 connect_us;	/* SYN -> SYN+ACK; 0 = not seen */
	__u16 syns;
	__u16 waiting;		/* queries left open, roughly */
	__u8 what;		/* enum sgap_tcp_what */
	__u8 why;		/* enum sgap_unparsed */
};

typedef void (*sgap_tcp_fn)(void *ctx, const struct sgap_tcp_event *event);

struct sgap_tcp_table;

size_t sgap_tcp_table_size(const struct sgap_tcp_cfg *cfg);

/* Make mem, zeroed, 64-byte aligned and sgap_tcp_table_size() long, a table. */
struct sgap_tcp_table *sgap_tcp_table_init(void *mem, const struct sgap_tcp_cfg *cfg);

void sgap_tcp_table_set(struct sgap_tcp_table *t, __u64 timeout_ns);

/* The connection of a packet; returns whether it goes to the server. */
bool sgap_tcp_key(struct sgap_key *key, const struct sgap_pkt *pkt);

/* One segment; hash is sgap_txn_hash() of sgap_tcp_key(). */
void sgap_tcp_segment(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
		      const struct sgap_key *key, __u64 hash, bool to_server,
		      sgap_tcp_fn fn, void *ctx);

/*
 * One UDP packet of DNS over QUIC: a connection is an Initial of the client's, and is set up
 * when the server says anything but Retry, and refused when it knows none of the client's
 * version. key->proto is 17; events are ATTEMPT, CONNECTED, REFUSED, SILENT and UNREACHED.
 */
void sgap_tcp_quic(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
		   const struct sgap_key *key, __u64 hash, bool to_server,
		   sgap_tcp_fn fn, void *ctx);

/*
 * An ICMP error about a packet to the server: pkt is what it quotes, key and hash are that
 * packet's. It ends a connection that is being set up: as most stacks do (RFC 5461), whatever
 * kind of error it is, but for one that says only how large a packet may be. It has to quote
 * what was sent, the SYN's number or the Initial's connection id, as far as the quote reaches
 * (RFC 5927 section 4.1, RFC 9000 section 14.2.1): with the ports alone anybody could end what
 * he does not see. A connection that is set up goes on (RFC 1122 section 4.2.3.9).
 */
void sgap_tcp_icmp(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
		   const struct sgap_key *key, __u64 hash, sgap_tcp_fn fn, void *ctx);

/* Let time pass until now; as sgap_txn_expire(). */
int sgap_tcp_expire(struct sgap_tcp_table *t, __u64 now, int budget, sgap_tcp_fn fn, void *ctx);

/* How many connections are known, and how many pieces are free. */
__u32 sgap_tcp_conns(const struct sgap_tcp_table *t);
__u32 sgap_tcp_pieces_free(const struct sgap_tcp_table *t);

#endif
