/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * DNS inside TLS, HTTPS and QUIC: what is in there is never looked at. Of a connection over
 * TCP it is told when the server had no word for it once it was set up: that it ended it, or was
 * silent. Lengths, flags and sequence numbers tell that. Pure.
 */
#ifndef SGAP_OPAQUE_H
#define SGAP_OPAQUE_H

#include "conn.h"
#include "frame.h"
#include "tcp.h"

/* Ports of DNS inside TLS, QUIC and HTTPS. */
static inline bool sgap_opaque_port(__u16 server_port)
{
	return server_port == 853 || server_port == 443;
}

/* A fatal alert before anything is encrypted (RFC 8446 section 5.1): no handshake. */
static inline bool sgap_opaque_alert(const struct sgap_pkt *pkt)
{
	const __u8 *p = pkt->payload;

	return pkt->proto == SGAP_PROTO_TCP && pkt->payload_len == 7 &&
	       pkt->payload_wire == 7 && p[0] == 21 && p[1] == 3 &&
	       !p[3] && p[4] == 2 && p[5] == 2;
}

/*
 * A segment of such a connection, in the place of sgap_tcp_segment(), which it hands it to until
 * TCP is set up. Then the connection is known until the server says anything.
 */
void sgap_opaque_segment(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
			 const struct sgap_key *key, __u64 hash, bool to_server,
			 sgap_tcp_fn fn, void *ctx);

/* Does its client wait for the server's first word? */
static inline bool sgap_opaque_waits(const struct sgap_conn *conn)
{
	return conn->key.proto == SGAP_PROTO_TCP && conn->waiting &&
	       sgap_opaque_port(conn->key.server_port);
}

/* Such a one gives way to another: it was silent, if its time is over, or is not known. */
void sgap_opaque_evict(const struct sgap_tcp_table *t, const struct sgap_conn *conn, __u64 now,
		       sgap_tcp_fn fn, void *ctx);

/* The time of the connection whose client waits longest is over, if it is: whether it was. */
bool sgap_opaque_expire(struct sgap_tcp_table *t, __u64 now, sgap_tcp_fn fn, void *ctx);

#endif
