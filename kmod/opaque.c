// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "opaque.h"

#define TO_CLIENT 1	/* of sgap_conn.stream */

static void tell(const struct sgap_conn *conn, int what, __u64 ts, sgap_tcp_fn fn, void *ctx)
{
	const struct sgap_tcp_event event = {
		.key = &conn->key, .ts = ts, .ts_syn = conn->ts_syn,
		.ts_syn_last = conn->ts_syn_last, .connect_us = conn->connect_us,
		.syns = conn->syns, .what = (__u8)what,
	};

	fn(ctx, &event);
}

/* Has the client waited for too long? Then that is how it ended, whatever came after it. */
static bool is_late(const struct sgap_tcp_table *t, const struct sgap_conn *conn, __u64 now)
{
	return conn->waiting && sgap_age(now, conn->ts_held) >= t->timeout_ns;
}

static void tell_late(const struct sgap_tcp_table *t, const struct sgap_conn *conn,
		      sgap_tcp_fn fn, void *ctx)
{
	tell(conn, SGAP_TCP_TLS_SILENT, conn->ts_held + t->timeout_ns, fn, ctx);
}

bool sgap_opaque_expire(struct sgap_tcp_table *t, __u64 now, sgap_tcp_fn fn, void *ctx)
{
	__u32 i = sgap_conn_first(t, SGAP_CONN_HELLOS);

	if (!i || !is_late(t, &t->conn[i], now))
		return false;
	tell_late(t, &t->conn[i], fn, ctx);
	sgap_conn_del(t, i);
	return true;
}

void sgap_opaque_evict(const struct sgap_tcp_table *t, const struct sgap_conn *conn, __u64 now,
		       sgap_tcp_fn fn, void *ctx)
{
	if (is_late(t, conn, now))
		tell_late(t, conn, fn, ctx);
	else
		tell(conn, SGAP_TCP_TLS_EVICTED, now, fn, ctx);
}

/* The client says something for the first time, goes on, or has no more to say. */
static void from_client(struct sgap_tcp_table *t, struct sgap_conn *conn,
			const struct sgap_pkt *pkt)
{
	if (pkt->tcp_flags & SGAP_TCP_RST) {
		sgap_conn_del(t, sgap_conn_index(t, conn));
		return;
	}
	if (!conn->waiting && pkt->payload_wire) {
		conn->waiting = 1;
		conn->ts_held = pkt->ts;
		sgap_conn_move(t, conn, SGAP_CONN_HELLOS);
		sgap_conn_due_by(t, pkt->ts + t->timeout_ns);
	} else if (!conn->waiting) {
		sgap_conn_move(t, conn, SGAP_CONN_OPENS);
	}
	conn->left |= !!(pkt->tcp_flags & SGAP_TCP_FIN);
}

/*
 * Is the server to blame for the end? Not when the client went first, nor when something of the
 * server's was missed before it, nor when the client said nothing for long.
 */
static bool ends_early(const struct sgap_tcp_table *t, const struct sgap_conn *conn,
		       const struct sgap_pkt *pkt)
{
	return !conn->left && pkt->seq == conn->stream[TO_CLIENT].next &&
	       (conn->waiting || sgap_age(pkt->ts, conn->ts_syn) < t->timeout_ns);
}

/* The server's first word, or the end without one: there is no more to learn, it is forgotten. */
static void from_server(struct sgap_tcp_table *t, struct sgap_conn *conn,
			const struct sgap_pkt *pkt, sgap_tcp_fn fn, void *ctx)
{
	bool reset = pkt->tcp_flags & SGAP_TCP_RST, says = pkt->payload_wire && !reset;

	if (!says && !reset && (!(pkt->tcp_flags & SGAP_TCP_FIN) ||
				pkt->seq != conn->stream[TO_CLIENT].next))
		return;
	if (is_late(t, conn, pkt->ts))
		tell_late(t, conn, fn, ctx);
	else if (says && sgap_opaque_alert(pkt) && pkt->seq == conn->stream[TO_CLIENT].next)
		tell(conn, SGAP_TCP_TLS_ALERT, pkt->ts, fn, ctx);
	else if (!says && ends_early(t, conn, pkt))
		tell(conn, reset ? SGAP_TCP_TLS_RESET : SGAP_TCP_TLS_CLOSED, pkt->ts, fn, ctx);
	sgap_conn_del(t, sgap_conn_index(t, conn));
}

void sgap_opaque_segment(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
			 const struct sgap_key *key, __u64 hash, bool to_server,
			 sgap_tcp_fn fn, void *ctx)
{
	struct sgap_conn *conn;
	struct sgap_pkt bare;
	__u32 i, last;

	i = sgap_conn_find(t, hash, key, &last);
	conn = &t->conn[i];
	if (!i && !(pkt->tcp_flags & SGAP_TCP_SYN))
		return;
	/* Without a SYN+ACK only one side may be seen here, whose silence says nothing. */
	if (!i || !conn->connect_us || pkt->tcp_flags & SGAP_TCP_SYN) {
		bare = *pkt;
		bare.payload_len = 0;
		bare.payload_wire = 0;
		sgap_tcp_segment(t, &bare, key, hash, to_server, fn, ctx);
		return;
	}
	conn->ts_seen = pkt->ts;
	if (to_server)
		from_client(t, conn, pkt);
	else
		from_server(t, conn, pkt, fn, ctx);
}
