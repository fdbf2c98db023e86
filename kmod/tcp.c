// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "tcp.h"
#include "conn.h"
#include "frame.h"
#include "opaque.h"
#include "quic.h"

#define CLOSED_NS (10 * SGAP_NS_PER_S)	/* a closed one is known, for what is repeated */
#define IDLE_NS (600 * SGAP_NS_PER_S)
#define DNS_HEADER 12u
#define PREFIX 2u

enum sgap_dir { TO_SERVER, TO_CLIENT };

/* A call's arguments that everything below needs. */
struct call {
	struct sgap_tcp_table *t;
	sgap_tcp_fn fn;
	void *ctx;
	__u64 now;
};

static void tell(const struct call *c, const struct sgap_conn *conn, int what, int why,
		 const __u8 *p, __u32 len, __u32 wire_len)
{
	struct sgap_tcp_event event = {
		.key = &conn->key, .p = p, .len = len, .wire_len = wire_len,
		.ts = c->now, .ts_syn = conn->ts_syn, .ts_syn_last = conn->ts_syn_last,
		.connect_us = conn->connect_us, .syns = conn->syns, .waiting = conn->waiting,
		.what = (__u8)what, .why = (__u8)why,
	};

	c->fn(c->ctx, &event);
}

static void lost(const struct call *c, const struct sgap_conn *conn, int why)
{
	tell(c, conn, SGAP_TCP_LOST, why, NULL, 0, 0);
}

static void reset_streams(const struct call *c, struct sgap_conn *conn)
{
	__u32 before = sgap_conn_pieces(conn);

	sgap_stream_reset(c->t->pool, &conn->stream[0]);
	sgap_stream_reset(c->t->pool, &conn->stream[1]);
	sgap_conn_book(c->t, conn, before, c->now);
}

/* Give up what a connection holds, each direction counted by why. */
static void give_up(const struct call *c, struct sgap_conn *conn, int why)
{
	__u32 before = sgap_conn_pieces(conn);
	int i;

	for (i = 0; i < 2; i++) {
		if (!conn->stream[i].pieces)
			continue;
		sgap_stream_skip(c->t->pool, &conn->stream[i]);
		lost(c, conn, why);
	}
	sgap_conn_book(c->t, conn, before, c->now);
}

/* Forget a connection; what it holds is given up. */
static void forget(const struct call *c, __u32 i)
{
	struct sgap_tcp_table *t = c->t;
	struct sgap_conn *conn = &t->conn[i];

	if (conn->holds)
		give_up(c, conn, SGAP_UNPARSED_TCP_GAP);
	sgap_conn_del(t, i);
}

/* Is something due, so long after ts? */
static bool due(__u64 now, __u64 ts, __u64 after)
{
	return sgap_age(now, ts) >= after;
}

/* What ends a SYN; if its time was over before, that did, though nobody noticed. */
static void end_attempt(const struct call *c, const struct sgap_conn *conn, int what)
{
	bool late = due(c->now, conn->ts_syn, c->t->timeout_ns);
	struct call at = *c;

	if (late)
		at.now = conn->ts_syn + c->t->timeout_ns;
	tell(&at, conn, late ? SGAP_TCP_SILENT : what, 0, NULL, 0, 0);
}

/* Forget a connection because another one needs its room. */
static void evict(const struct call *c, __u32 i)
{
	struct sgap_conn *conn = &c->t->conn[i];

	if (conn->state == SGAP_CONN_SYN)
		end_attempt(c, conn, SGAP_TCP_EVICTED);
	else if (sgap_opaque_waits(conn))
		sgap_opaque_evict(c->t, conn, c->now, c->fn, c->ctx);
	if (conn->holds)
		give_up(c, conn, SGAP_UNPARSED_TCP_MEMORY);
	forget(c, i);
}

static void on_syn(const struct call *c, struct sgap_conn *conn, const struct sgap_pkt *pkt)
{
	struct sgap_tcp_table *t = c->t;

	conn->ts_syn_last = c->now;
	if (conn->syns && conn->isn == pkt->seq) {
		conn->syns += conn->syns < 0xffff;
		return;
	}
	reset_streams(c, conn);		/* the ports are used again */
	conn->isn = pkt->seq;
	conn->ts_syn = c->now;
	conn->syns = 1;
	conn->connect_us = 0;
	conn->waiting = 0;
	conn->left = 0;
	conn->state = SGAP_CONN_SYN;
	sgap_stream_sync(&conn->stream[TO_SERVER], pkt->seq + 1);
	sgap_conn_move(t, conn, SGAP_CONN_SYNS);
	sgap_conn_due_by(t, c->now + t->timeout_ns);
	tell(c, conn, SGAP_TCP_ATTEMPT, 0, NULL, 0, 0);
}

static void connected(const struct call *c, struct sgap_conn *conn)
{
	__u64 ns = c->now > conn->ts_syn ? c->now - conn->ts_syn : 0;

	conn->connect_us = (__u32)sgap_ns_to_us(ns);
	if (!conn->connect_us)
		conn->connect_us = 1;
	conn->state = SGAP_CONN_OPEN;
	sgap_conn_move(c->t, conn, SGAP_CONN_OPENS);
	tell(c, conn, SGAP_TCP_CONNECTED, 0, NULL, 0, 0);
}

/* What the client sends next may overtake it, where several CPUs take packets. */
static void on_syn_ack(const struct call *c, struct sgap_conn *conn, const struct sgap_pkt *pkt)
{
	if (conn->state == SGAP_CONN_CLOSED || !conn->syns || conn->connect_us ||
	    pkt->ack != conn->isn + 1)
		return;
	if (!conn->stream[TO_CLIENT].synced)
		sgap_stream_sync(&conn->stream[TO_CLIENT], pkt->seq + 1);
	connected(c, conn);
}

/* The connection is over; the server ended it when to_client. */
static void on_close(const struct call *c, struct sgap_conn *conn, bool to_client)
{
	struct sgap_tcp_table *t = c->t;

	if (conn->state == SGAP_CONN_CLOSED)
		return;
	if (conn->holds)
		give_up(c, conn, SGAP_UNPARSED_TCP_GAP);
	if (conn->state == SGAP_CONN_SYN && to_client)
		tell(c, conn, SGAP_TCP_REFUSED, 0, NULL, 0, 0);
	else if (conn->waiting && to_client)
		tell(c, conn, SGAP_TCP_BROKEN, 0, NULL, 0, 0);
	conn->state = SGAP_CONN_CLOSED;
	conn->waiting = 0;
	sgap_conn_move(t, conn, SGAP_CONN_CLOSEDS);
	sgap_conn_due_by(t, c->now + CLOSED_NS);
}

/* Hand a message out. */
static void message(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir,
		    const __u8 *p, __u32 len, __u32 wire_len)
{
	if (dir == TO_SERVER)
		conn->waiting += conn->waiting < 0xffff;
	else if (conn->waiting)
		conn->waiting--;
	tell(c, conn, SGAP_TCP_MESSAGE, 0, p, len, wire_len);
}

/* A length that no DNS message has: these are not the bytes that we take them for. */
static void lose_sync(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir)
{
	sgap_stream_reset(c->t->pool, &conn->stream[dir]);
	lost(c, conn, SGAP_UNPARSED_SHORT);
}

/* Give out what has become whole; returns whether anything has. */
static bool drain(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir)
{
	struct sgap_stream *s = &conn->stream[dir];
	bool any = false;
	const __u8 *p;
	int len;

	/* Each message takes bytes away, so what is kept bounds this. */
	for (;;) {
		len = sgap_stream_message(c->t->pool, s, &p);
		if (len < 0)
			return any;
		if (len < (int)DNS_HEADER) {
			lose_sync(c, conn, dir);
			return true;
		}
		any = true;
		message(c, conn, dir, p, (__u32)len, (__u32)len);
	}
}

/* Someone has to give up pieces for conn; false: that is conn itself. */
static bool make_room(const struct call *c, const struct sgap_conn *conn)
{
	struct sgap_tcp_table *t = c->t;
	struct sgap_conn *worst = NULL;
	__u32 i = sgap_conn_first_holder(t);
	int k;

	for (k = 0; i && k < SGAP_CONN_VICTIMS; i = sgap_conn_next_holder(t, i), k++) {
		if (&t->conn[i] != conn &&
		    (!worst || *sgap_conn_held(t, &t->conn[i]) > *sgap_conn_held(t, worst)))
			worst = &t->conn[i];
	}
	if (!worst || *sgap_conn_held(t, worst) < *sgap_conn_held(t, conn))
		return false;
	give_up(c, worst, SGAP_UNPARSED_TCP_MEMORY);
	return true;
}

/* Keep bytes for later. */
static void keep(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir, __u32 seq,
		 const __u8 *p, __u32 len)
{
	struct sgap_stream *s = &conn->stream[dir];
	__u32 before = sgap_conn_pieces(conn);
	struct sgap_tcp_table *t = c->t;
	__u32 most = t->pieces / 2;
	int ret = -ENOMEM;

	if (*sgap_conn_held(t, conn) + len / SGAP_STREAM_PIECE + 1 <= most) {
		ret = sgap_stream_put(t->pool, s, seq, p, len);
		while (ret == -ENOMEM && make_room(c, conn))
			ret = sgap_stream_put(t->pool, s, seq, p, len);
	}
	if (ret) {
		bool begins = seq == s->next && len >= PREFIX && PREFIX + sgap_get16(p) >= len;

		if (!sgap_stream_skip(t->pool, s) && begins)
			sgap_stream_sync(s, seq + PREFIX + sgap_get16(p));
		lost(c, conn, SGAP_UNPARSED_TCP_MEMORY);
	}
	sgap_conn_book(c->t, conn, before, c->now);
}

/*
 * Does a segment begin like a message? For connections that were open before
 * the tap, and after a gap: a header of the right direction with at most one
 * question, and a length that the segment does not exceed by a bit.
 */
static bool begins_message(const __u8 *p, __u32 len, __u32 wire, enum sgap_dir dir)
{
	__u32 n;

	if (len < PREFIX + DNS_HEADER)
		return false;
	n = sgap_get16(p);
	if (n < DNS_HEADER || (n + PREFIX < wire && wire - n - PREFIX < PREFIX + DNS_HEADER))
		return false;
	if ((p[PREFIX + 2] >> 7) != (dir == TO_CLIENT) || (p[PREFIX + 2] & 0x78))
		return false;
	n = sgap_get16(p + PREFIX + 4);
	return n == 1 || (!n && dir == TO_CLIENT);
}

/* A segment of which only len bytes of wire were captured. */
struct data {
	const __u8 *p;
	__u32 seq, len, wire;
};

static void advance(struct sgap_stream *s, struct data *d, __u32 n)
{
	__u32 there = n < d->len ? n : d->len;

	d->p += there;
	d->len -= there;
	d->seq += n;
	d->wire -= n;
	s->next = d->seq;
}

/* In order with nothing kept: messages are given out where they lie. */
static void take_direct(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir,
			struct data *d)
{
	struct sgap_stream *s = &conn->stream[dir];
	const __u8 *p;
	__u32 n, there;

	while (d->wire) {
		if (d->len < d->wire && d->len < PREFIX) {
			s->synced = 0;
			lost(c, conn, SGAP_UNPARSED_TCP_GAP);
			return;
		}
		n = d->len < PREFIX ? 0 : sgap_get16(d->p);
		if (d->len < PREFIX || (PREFIX + n > d->wire && d->len == d->wire)) {
			keep(c, conn, dir, d->seq, d->p, d->len);
			return;
		}
		p = d->p + PREFIX;
		there = d->len - PREFIX < n ? d->len - PREFIX : n;
		if (n < DNS_HEADER) {
			lose_sync(c, conn, dir);
			return;
		}
		if (PREFIX + n > d->wire) {	/* goes on, but is cut already */
			s->next = d->seq + PREFIX + n;
			message(c, conn, dir, p, there, n);
			return;
		}
		advance(s, d, PREFIX + n);
		message(c, conn, dir, p, there, n);
	}
}

/* Drop what was seen before; false: nothing is left. */
static bool trim_seen(const struct sgap_stream *s, struct data *d)
{
	__u32 over = s->next - d->seq;
	__u32 there;

	if ((__s32)over <= 0)
		return true;
	if (over >= d->wire)
		return false;
	there = over < d->len ? over : d->len;
	d->p += there;
	d->len -= there;
	d->seq += over;
	d->wire -= over;
	return true;
}

static bool sync(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir,
		 const struct data *d)
{
	if (begins_message(d->p, d->len, d->wire, dir)) {
		sgap_stream_sync(&conn->stream[dir], d->seq);
		return true;
	}
	lost(c, conn, SGAP_UNPARSED_TCP);
	return false;
}

static void on_data(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir,
		    struct data *d)
{
	struct sgap_stream *s = &conn->stream[dir];
	__u32 before;

	if (!s->synced && !sync(c, conn, dir, d))
		return;
	if (!trim_seen(s, d))
		return;
	if (d->seq - s->next > SGAP_STREAM_AHEAD) {
		before = sgap_conn_pieces(conn);
		sgap_stream_reset(c->t->pool, s);
		sgap_conn_book(c->t, conn, before, c->now);
		lost(c, conn, SGAP_UNPARSED_TCP_GAP);
		if (!sync(c, conn, dir, d))
			return;
	}
	if (d->seq == s->next && !s->pieces) {
		take_direct(c, conn, dir, d);
		return;
	}
	keep(c, conn, dir, d->seq, d->p, d->len);
	before = sgap_conn_pieces(conn);
	if (drain(c, conn, dir))
		sgap_conn_progress(c->t, conn, c->now);
	sgap_conn_book(c->t, conn, before, c->now);
}

/* A new one: in a full chain in the place of its last, else in that of who gives way first. */
static struct sgap_conn *begin(const struct call *c, const struct sgap_key *key, __u64 hash,
			       __u32 last)
{
	__u32 victim = last ? last : sgap_conn_victim(c->t, key);

	if (victim)
		evict(c, victim);
	return sgap_conn_add(c->t, key, hash);
}

/* A packet of a connection that is not known: the one it begins, or NULL. */
static struct sgap_conn *meet(const struct call *c, const struct sgap_key *key, __u64 hash,
			      __u32 last, bool syn, const struct data *d, enum sgap_dir dir)
{
	const struct sgap_conn nobody = { .key = *key };

	/* Nothing is to be learnt from the end of an unknown one. */
	if (!syn && !d->wire)
		return NULL;
	if (!syn && !begins_message(d->p, d->len, d->wire, dir)) {
		lost(c, &nobody, SGAP_UNPARSED_TCP);
		return NULL;
	}
	return begin(c, key, hash, last);
}

static void on_flags(const struct call *c, struct sgap_conn *conn, enum sgap_dir dir,
		     const struct sgap_pkt *pkt)
{
	__u8 flags = pkt->tcp_flags;

	if (flags & SGAP_TCP_SYN) {
		if (dir == TO_SERVER && !(flags & SGAP_TCP_ACK))
			on_syn(c, conn, pkt);
		else if (dir == TO_CLIENT && flags & SGAP_TCP_ACK)
			on_syn_ack(c, conn, pkt);
		return;
	}
	/* Only one direction may be seen here: it goes on, so it was answered. */
	if (conn->state == SGAP_CONN_SYN && !(flags & SGAP_TCP_RST))
		conn->state = SGAP_CONN_OPEN;
	if (conn->state == SGAP_CONN_OPEN)
		sgap_conn_move(c->t, conn, SGAP_CONN_OPENS);
}

/* Does the FIN follow on all that was seen? Else data before it is missing. */
static bool fin_in_order(const struct sgap_conn *conn, enum sgap_dir dir,
			 const struct sgap_pkt *pkt)
{
	const struct sgap_stream *s = &conn->stream[dir];

	return !s->synced || s->next == pkt->seq + pkt->payload_wire;
}

void sgap_tcp_segment(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
		      const struct sgap_key *key, __u64 hash, bool to_server,
		      sgap_tcp_fn fn, void *ctx)
{
	struct call c = { .t = t, .fn = fn, .ctx = ctx, .now = pkt->ts };
	enum sgap_dir dir = to_server ? TO_SERVER : TO_CLIENT;
	__u8 flags = pkt->tcp_flags;
	struct data d = {
		.p = pkt->payload, .len = pkt->payload_len, .wire = pkt->payload_wire,
		.seq = pkt->seq + !!(flags & SGAP_TCP_SYN),
	};
	struct sgap_conn *conn;
	__u32 i, last;

	i = sgap_conn_find(t, hash, key, &last);
	conn = i ? &t->conn[i] : meet(&c, key, hash, last, flags & SGAP_TCP_SYN, &d, dir);
	if (!conn)
		return;
	conn->ts_seen = pkt->ts;
	on_flags(&c, conn, dir, pkt);
	if (d.wire && !(flags & SGAP_TCP_RST))
		on_data(&c, conn, dir, &d);
	if (flags & SGAP_TCP_RST)
		on_close(&c, conn, !to_server);
	else if (flags & SGAP_TCP_FIN && !to_server && fin_in_order(conn, dir, pkt))
		on_close(&c, conn, true);
}

/* What the server says first. After a Retry the client's next Initial is of the same attempt. */
static void on_quic_answer(const struct call *c, struct sgap_conn *conn,
			   const struct sgap_pkt *pkt)
{
	if (sgap_quic_is_negotiation(pkt)) {
		if (sgap_quic_negotiation_id(pkt) != conn->isn)
			return;
		end_attempt(c, conn, SGAP_TCP_REFUSED);
		forget(c, sgap_conn_index(c->t, conn));
	} else if (!sgap_quic_is_retry(pkt)) {
		connected(c, conn);
	}
}

void sgap_tcp_quic(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
		   const struct sgap_key *key, __u64 hash, bool to_server,
		   sgap_tcp_fn fn, void *ctx)
{
	struct call c = { .t = t, .fn = fn, .ctx = ctx, .now = pkt->ts };
	struct sgap_conn *conn;
	__u32 i, last;

	i = sgap_conn_find(t, hash, key, &last);
	if (!i && (!to_server || !sgap_quic_is_initial(pkt)))
		return;
	conn = i ? &t->conn[i] : begin(&c, key, hash, last);
	conn->ts_seen = pkt->ts;
	if (!conn->syns) {
		conn->ts_syn = c.now;
		conn->state = SGAP_CONN_SYN;
		sgap_conn_move(t, conn, SGAP_CONN_SYNS);
		sgap_conn_due_by(t, c.now + t->timeout_ns);
		tell(&c, conn, SGAP_TCP_ATTEMPT, 0, NULL, 0, 0);
	}
	if (to_server && conn->state == SGAP_CONN_SYN) {
		conn->ts_syn_last = c.now;
		conn->syns += conn->syns < 0xffff;
		conn->isn = sgap_quic_is_initial(pkt) ? sgap_quic_id(pkt) : conn->isn;
	} else if (!to_server && conn->state == SGAP_CONN_SYN) {
		on_quic_answer(&c, conn, pkt);
	} else {
		sgap_conn_move(t, conn, SGAP_CONN_OPENS);
	}
}

/* Not fragmentation needed (RFC 1191), nor packet too big (RFC 8201). */
static bool is_final(const struct sgap_pkt *pkt)
{
	return pkt->ipv6 ? pkt->icmp_type != 2 : pkt->icmp_type != 3 || pkt->icmp_code != 4;
}

/* Does the error quote what was sent to set the connection up? */
static bool quotes_attempt(const struct sgap_conn *conn, const struct sgap_pkt *pkt)
{
	if (conn->key.proto == SGAP_PROTO_TCP)
		return pkt->seq == conn->isn;
	return pkt->payload_len < SGAP_QUIC_ID + 4 || !conn->isn || sgap_quic_id(pkt) == conn->isn;
}

void sgap_tcp_icmp(struct sgap_tcp_table *t, const struct sgap_pkt *pkt,
		   const struct sgap_key *key, __u64 hash, sgap_tcp_fn fn, void *ctx)
{
	struct call c = { .t = t, .fn = fn, .ctx = ctx, .now = pkt->ts };
	struct sgap_conn *conn;
	__u32 i, last;

	i = sgap_conn_find(t, hash, key, &last);
	conn = &t->conn[i];
	if (!i || conn->state != SGAP_CONN_SYN || !is_final(pkt) || !quotes_attempt(conn, pkt))
		return;
	end_attempt(&c, conn, SGAP_TCP_UNREACHED);
	forget(&c, i);
}

static bool expire_one(const struct call *c)
{
	struct sgap_tcp_table *t = c->t;
	__u32 syn = sgap_conn_first(t, SGAP_CONN_SYNS);
	__u32 holder = sgap_conn_first_holder(t);
	__u32 closed = sgap_conn_first(t, SGAP_CONN_CLOSEDS);
	__u32 open = sgap_conn_first(t, SGAP_CONN_OPENS);

	if (syn && due(c->now, t->conn[syn].ts_syn, t->timeout_ns)) {
		end_attempt(c, &t->conn[syn], SGAP_TCP_SILENT);
		forget(c, syn);
	} else if (holder && due(c->now, t->conn[holder].ts_held, t->timeout_ns)) {
		give_up(c, &t->conn[holder], SGAP_UNPARSED_TCP_GAP);
	} else if (closed && due(c->now, t->conn[closed].ts_seen, CLOSED_NS)) {
		forget(c, closed);
	} else if (open && due(c->now, t->conn[open].ts_seen, IDLE_NS)) {
		forget(c, open);
	} else {
		return sgap_opaque_expire(t, c->now, c->fn, c->ctx);
	}
	return true;
}

static __u64 earliest(__u64 a, __u32 i, __u64 ts, __u64 after)
{
	return i && ts + after < a ? ts + after : a;
}

int sgap_tcp_expire(struct sgap_tcp_table *t, __u64 now, int budget, sgap_tcp_fn fn, void *ctx)
{
	struct call c = { .t = t, .fn = fn, .ctx = ctx, .now = now };
	__u32 syn, hello, holder, closed, open;
	__u64 next = ~0ULL;
	int done = 0;

	if (likely(now < t->next_due && t->next_due - now <= IDLE_NS))
		return 0;
	while (done < budget && expire_one(&c))
		done++;
	if (done == budget)
		return done;
	syn = sgap_conn_first(t, SGAP_CONN_SYNS);
	hello = sgap_conn_first(t, SGAP_CONN_HELLOS);
	holder = sgap_conn_first_holder(t);
	closed = sgap_conn_first(t, SGAP_CONN_CLOSEDS);
	open = sgap_conn_first(t, SGAP_CONN_OPENS);
	next = earliest(next, syn, t->conn[syn].ts_syn, t->timeout_ns);
	next = earliest(next, hello, t->conn[hello].ts_held, t->timeout_ns);
	next = earliest(next, holder, t->conn[holder].ts_held, t->timeout_ns);
	next = earliest(next, closed, t->conn[closed].ts_seen, CLOSED_NS);
	next = earliest(next, open, t->conn[open].ts_seen, IDLE_NS);
	t->next_due = next;
	return done;
}
