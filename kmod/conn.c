// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "conn.h"
#include "frame.h"
#include "tcp.h"

#define NONE 0u
#define CHAIN_MAX 32u
#define ALIGN64(x) (((x) + 63) & ~(size_t)63)

/* Both ends on a server port: the lower address counts as the client. */
bool sgap_tcp_key(struct sgap_key *key, const struct sgap_pkt *pkt)
{
	bool to_server = pkt->to_server;

	if (pkt->to_server && pkt->from_server) {
		to_server = memcmp(&pkt->src, &pkt->dst, sizeof(pkt->src)) < 0;
		if (sgap_addr_eq(&pkt->src, &pkt->dst))
			to_server = pkt->sport < pkt->dport;
	}
	memset(key, 0, sizeof(*key));
	key->client = to_server ? pkt->src : pkt->dst;
	key->server = to_server ? pkt->dst : pkt->src;
	key->client_port = to_server ? pkt->sport : pkt->dport;
	key->server_port = to_server ? pkt->dport : pkt->sport;
	key->proto = SGAP_PROTO_TCP;
	return to_server;
}

static size_t links_size(__u32 n, __u32 lists)
{
	return ALIGN64(((size_t)n + 1 + lists) * sizeof(struct sgap_conn_link));
}

static size_t buckets_size(__u32 n)
{
	return ALIGN64((size_t)n * sizeof(__u32));
}

size_t sgap_tcp_table_size(const struct sgap_tcp_cfg *cfg)
{
	return ALIGN64(sizeof(struct sgap_tcp_table)) +
	       ((size_t)cfg->conns + 1) * sizeof(struct sgap_conn) +
	       links_size(cfg->conns, SGAP_CONN_LISTS) + links_size(cfg->conns, 1) +
	       SGAP_CONN_CROWDS * links_size(cfg->conns, SGAP_CONN_CLASSES) +
	       buckets_size(cfg->conns) + sgap_stream_pool_size(cfg->pieces);
}

/* Empty lists, whose heads follow the links of n connections. */
static struct sgap_conn_link *lists_init(void *mem, __u32 n, __u32 lists)
{
	struct sgap_conn_link *links = mem;
	__u32 i;

	for (i = n + 1; i < n + 1 + lists; i++) {
		links[i].prev = i;
		links[i].next = i;
	}
	return links;
}

struct sgap_tcp_table *sgap_tcp_table_init(void *mem, const struct sgap_tcp_cfg *cfg)
{
	struct sgap_tcp_table *t = mem;
	__u32 n = cfg->conns;
	__u8 *p = mem;
	__u32 i;

	t->n = n;
	t->shift = 64;
	for (i = n; i > 1; i >>= 1)
		t->shift--;
	t->pieces = cfg->pieces;
	p += ALIGN64(sizeof(*t));
	t->conn = (void *)p;
	p += ((size_t)n + 1) * sizeof(struct sgap_conn);
	t->links = lists_init(p, n, SGAP_CONN_LISTS);
	p += links_size(n, SGAP_CONN_LISTS);
	t->holders = lists_init(p, n, 1);
	p += links_size(n, 1);
	for (i = 0; i < SGAP_CONN_CROWDS; i++) {
		t->crowd[i].links = lists_init(p, n, SGAP_CONN_CLASSES);
		p += links_size(n, SGAP_CONN_CLASSES);
	}
	t->buckets = (void *)p;
	p += buckets_size(n);
	t->pool = sgap_stream_pool_init(p, cfg->pieces);
	sgap_tcp_table_set(t, cfg->timeout_ns);
	return t;
}

void sgap_tcp_table_set(struct sgap_tcp_table *t, __u64 timeout_ns)
{
	t->timeout_ns = timeout_ns;
	t->next_due = 0;
}

__u32 sgap_tcp_conns(const struct sgap_tcp_table *t)
{
	return t->conns;
}

__u32 sgap_tcp_pieces_free(const struct sgap_tcp_table *t)
{
	return sgap_stream_pool_free(t->pool);
}

static void list_add(struct sgap_conn_link *links, __u32 head, __u32 i)
{
	__u32 tail = links[head].prev;

	links[i].prev = tail;
	links[i].next = head;
	links[tail].next = i;
	links[head].prev = i;
}

static void list_del(struct sgap_conn_link *links, __u32 i)
{
	struct sgap_conn_link l = links[i];

	links[l.prev].next = l.next;
	links[l.next].prev = l.prev;
}

void sgap_conn_move(struct sgap_tcp_table *t, const struct sgap_conn *conn,
		    enum sgap_conn_list list)
{
	__u32 i = sgap_conn_index(t, conn);

	list_del(t->links, i);
	list_add(t->links, t->n + 1 + list, i);
}

__u32 sgap_conn_first(const struct sgap_tcp_table *t, enum sgap_conn_list list)
{
	__u32 i = t->links[t->n + 1 + list].next;

	return i <= t->n ? i : NONE;
}

__u32 sgap_conn_first_holder(const struct sgap_tcp_table *t)
{
	return sgap_conn_next_holder(t, t->n + 1);
}

__u32 sgap_conn_next_holder(const struct sgap_tcp_table *t, __u32 i)
{
	i = t->holders[i].next;
	return i <= t->n ? i : NONE;
}

void sgap_conn_book(struct sgap_tcp_table *t, struct sgap_conn *conn, __u32 before, __u64 now)
{
	__u32 pieces = sgap_conn_pieces(conn);

	*sgap_conn_held(t, conn) += pieces - before;
	if (pieces && !conn->holds) {
		conn->ts_held = now;
		list_add(t->holders, t->n + 1, sgap_conn_index(t, conn));
		sgap_conn_due_by(t, now + t->timeout_ns);
	} else if (!pieces && conn->holds) {
		list_del(t->holders, sgap_conn_index(t, conn));
	}
	conn->holds = pieces != 0;
}

void sgap_conn_progress(struct sgap_tcp_table *t, struct sgap_conn *conn, __u64 now)
{
	__u32 i = sgap_conn_index(t, conn);

	if (!conn->holds)
		return;
	conn->ts_held = now;
	list_del(t->holders, i);
	list_add(t->holders, t->n + 1, i);
}

__u32 sgap_conn_find(const struct sgap_tcp_table *t, __u64 hash, const struct sgap_key *key,
		     __u32 *last)
{
	__u32 i = t->buckets[sgap_key_bucket(hash, t->shift)];
	__u32 steps = 0;

	*last = NONE;
	for (; i; i = t->conn[i].chain) {
		if (sgap_key_same(&t->conn[i].key, key))
			return i;
		if (++steps == CHAIN_MAX) {
			*last = i;
			return NONE;
		}
	}
	return NONE;
}

static void crowd_add(const struct sgap_tcp_table *t, struct sgap_conn_crowd *crowd,
		      __u32 class, __u32 i)
{
	list_add(crowd->links, t->n + 1 + class, i);
	if (++crowd->known[class] > t->n / 2)
		crowd->most = class;
}

static void crowd_del(struct sgap_conn_crowd *crowd, __u32 class, __u32 i)
{
	list_del(crowd->links, i);
	crowd->known[class]--;
}

static bool is_most(const struct sgap_tcp_table *t, const struct sgap_conn_crowd *crowd)
{
	return crowd->known[crowd->most] > t->n / 2;
}

/*
 * Of a class that has more than half of all: an attempt, or else what waits or is idle longest, if
 * it has one among the first of these; or else its first.
 */
static __u32 one_of_most(const struct sgap_tcp_table *t, enum sgap_conn_crowds kind)
{
	static const __u8 order[] = { SGAP_CONN_SYNS, SGAP_CONN_HELLOS, SGAP_CONN_OPENS };
	const struct sgap_conn_crowd *crowd = &t->crowd[kind];
	__u32 i, k, l;

	if (!is_most(t, crowd))
		return NONE;
	for (l = 0; l < 3; l++) {
		i = sgap_conn_first(t, order[l]);
		for (k = 0; i && i <= t->n && k < SGAP_CONN_VICTIMS; i = t->links[i].next, k++)
			if (t->conn[i].class[kind] == crowd->most)
				return i;
	}
	return crowd->links[t->n + 1 + crowd->most].next;
}

/* How many its client has, and its client's network. */
static __u32 others_of(const struct sgap_tcp_table *t, __u32 i)
{
	const struct sgap_conn *conn = &t->conn[i];
	__u32 n = 0;
	int k;

	for (k = 0; k < SGAP_CONN_CROWDS; k++)
		n += t->crowd[k].known[conn->class[k]];
	return n;
}

/* Of the first of a list, the one whose client has most. */
static __u32 worst_of(const struct sgap_tcp_table *t, enum sgap_conn_list list)
{
	__u32 i = sgap_conn_first(t, list), worst = i, k;

	for (k = 1; i && k < SGAP_CONN_VICTIMS; k++) {
		i = t->links[i].next;
		if (i > t->n)
			break;
		if (others_of(t, i) > others_of(t, worst))
			worst = i;
	}
	return worst;
}

static __u8 class_of(const struct sgap_addr *addr)
{
	return (__u8)(sgap_addr_mix(addr) >> 40) % SGAP_CONN_CLASSES;
}

static struct sgap_addr network_of(const struct sgap_addr *addr)
{
	struct sgap_addr net = *addr;
	__u32 bytes = sgap_addr_is_v4(addr) ? 15 : 6;

	memset(net.b + bytes, 0, sizeof(net.b) - bytes);
	return net;
}

static __u8 class_by(enum sgap_conn_crowds kind, const struct sgap_addr *client)
{
	struct sgap_addr net = network_of(client);

	return class_of(kind == SGAP_CONN_NETWORK ? &net : client);
}

/* Are there attempts as a flood makes them, or only some that were not answered yet? */
static bool has_many_attempts(const struct sgap_tcp_table *t)
{
	__u32 i = sgap_conn_first(t, SGAP_CONN_SYNS), k;

	for (k = 1; i && k < SGAP_CONN_VICTIMS; k++) {
		i = t->links[i].next;
		if (i > t->n)
			return false;
	}
	return i;
}

/* Of those idle longest and of those that wait longest for a server's word. */
static __u32 longest_idle(const struct sgap_tcp_table *t)
{
	__u32 open = worst_of(t, SGAP_CONN_OPENS), hello = worst_of(t, SGAP_CONN_HELLOS);

	if (!open || !hello)
		return open ? open : hello;
	return t->conn[hello].ts_seen < t->conn[open].ts_seen ? hello : open;
}

__u32 sgap_conn_victim(const struct sgap_tcp_table *t, const struct sgap_key *by)
{
	bool own = false;
	__u32 victim;
	int k;

	if (t->spare || t->used < t->n)
		return NONE;
	victim = sgap_conn_first(t, SGAP_CONN_CLOSEDS);
	if (victim)
		return victim;
	for (k = 0; k < SGAP_CONN_CROWDS; k++)
		own |= is_most(t, &t->crowd[k]) && t->crowd[k].most == class_by(k, &by->client);
	if (!own || has_many_attempts(t))
		victim = worst_of(t, SGAP_CONN_SYNS);
	for (k = 0; !victim && k < SGAP_CONN_CROWDS; k++)
		victim = one_of_most(t, k);
	return victim ? victim : longest_idle(t);
}

static void crowds_add(struct sgap_tcp_table *t, struct sgap_conn *conn)
{
	__u32 k;

	for (k = 0; k < SGAP_CONN_CROWDS; k++) {
		conn->class[k] = class_by(k, &conn->key.client);
		crowd_add(t, &t->crowd[k], conn->class[k], sgap_conn_index(t, conn));
	}
}

struct sgap_conn *sgap_conn_add(struct sgap_tcp_table *t, const struct sgap_key *key, __u64 hash)
{
	struct sgap_conn *conn;
	__u32 i = t->spare;

	if (i)
		t->spare = t->conn[i].chain;
	else
		i = ++t->used;
	conn = &t->conn[i];
	memset(conn, 0, sizeof(*conn));
	conn->key = *key;
	crowds_add(t, conn);
	conn->bucket = sgap_key_bucket(hash, t->shift);
	conn->chain = t->buckets[conn->bucket];
	conn->state = SGAP_CONN_OPEN;
	t->buckets[conn->bucket] = i;
	list_add(t->links, t->n + 1 + SGAP_CONN_OPENS, i);
	t->conns++;
	return conn;
}

static void unchain(struct sgap_tcp_table *t, __u32 i)
{
	__u32 *at = &t->buckets[t->conn[i].bucket];

	/* At most CHAIN_MAX steps: no chain grows longer. */
	while (*at && *at != i)
		at = &t->conn[*at].chain;
	if (*at)
		*at = t->conn[i].chain;
}

void sgap_conn_del(struct sgap_tcp_table *t, __u32 i)
{
	__u32 k;

	for (k = 0; k < SGAP_CONN_CROWDS; k++)
		crowd_del(&t->crowd[k], t->conn[i].class[k], i);
	list_del(t->links, i);
	unchain(t, i);
	t->conn[i].chain = t->spare;
	t->spare = i;
	t->conns--;
}
