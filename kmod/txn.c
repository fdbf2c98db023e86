// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "txn.h"
#include "txn_table.h"
#include "wire.h"

#define CHAIN_MAX 32u		/* slots of one bucket: what a flood can make a look-up cost */
#define ALIGN64(x) (((x) + 63) & ~(size_t)63)

/* Parts of names: some are long, and not all slots wait. */
static inline __u32 parts_of(__u32 n)
{
	return n + n / 2;
}

static size_t buckets_size(__u32 n)
{
	return ALIGN64(2 * (size_t)n * sizeof(__u32));
}

static size_t next_size(__u32 n)
{
	return ALIGN64(((size_t)n + 1) * sizeof(__u32));
}

static size_t links_size(__u32 n)
{
	return ALIGN64(((size_t)n + 1 + LISTS) * sizeof(struct link));
}

size_t sgap_txn_table_size(__u32 n)
{
	return ALIGN64(sizeof(struct sgap_txn_table)) +
	       ((size_t)n + 1) * (sizeof(struct hot) + sizeof(struct cold)) +
	       links_size(n) + buckets_size(n) + next_size(n) +
	       ALIGN64(sgap_names_size(parts_of(n)));
}

void sgap_txn_table_set(struct sgap_txn_table *t, const struct sgap_txn_cfg *cfg)
{
	t->timeout_ns = cfg->timeout_ns;
	t->overdue_ns = cfg->overdue_ns < cfg->timeout_ns ? cfg->overdue_ns : cfg->timeout_ns;
	t->next_due = 0;
}

struct sgap_txn_table *sgap_txn_table_init(void *mem, __u32 n, const struct sgap_txn_cfg *cfg)
{
	struct sgap_txn_table *t = mem;
	__u8 *p = mem;
	__u32 i;

	t->n = n;
	t->shift = 63;
	for (i = n; i > 1; i >>= 1)
		t->shift--;
	p += ALIGN64(sizeof(*t));
	t->hot = (void *)p;
	p += ((size_t)n + 1) * sizeof(struct hot);
	t->cold = (void *)p;
	p += ((size_t)n + 1) * sizeof(struct cold);
	t->links = (void *)p;
	p += links_size(n);
	t->buckets = (void *)p;
	p += buckets_size(n);
	t->next = (void *)p;
	p += next_size(n);
	sgap_names_init(&t->names, p, parts_of(n));
	for (i = n + 1; i < n + 1 + LISTS; i++)
		t->links[i].prev = t->links[i].next = i;
	sgap_txn_table_set(t, cfg);
	return t;
}

__u32 sgap_txn_waiting(const struct sgap_txn_table *t)
{
	return t->waiting;
}

static void drop_name(struct sgap_txn_table *t, __u32 s)
{
	if (t->cold[s].name)
		sgap_names_drop(&t->names, t->cold[s].name);
	t->cold[s].name = NONE;
}

static void fill(struct sgap_txn_table *t, __u32 s, struct sgap_txn *txn)
{
	const struct hot *hot = &t->hot[s];
	const struct cold *cold = &t->cold[s];

	txn->key = hot->key;
	txn->ts_query = hot->ts_query;
	txn->ts_last = cold->ts_last;
	txn->qname_hash = hot->qname_hash;
	txn->qname_case = cold->qname_case;
	txn->connect_us = cold->connect_us;
	txn->qflags = cold->qflags;
	txn->qtype = hot->qtype;
	txn->qclass = cold->qclass;
	txn->query_size = cold->query_size;
	txn->bufsize = cold->bufsize;
	txn->copies = cold->copies;
	txn->answers = cold->answers;
	txn->qname = cold->name ? sgap_names_whole(&t->names, cold->name, cold->qname_len) : NULL;
	txn->qname_len = cold->name ? cold->qname_len : 0;
	txn->flags = cold->flags;
	txn->state = hot->state;
	txn->overdue = hot->overdue;
	txn->pid = cold->pid;
	txn->cgroup = cold->cgroup;
}

static void tell(struct sgap_txn_table *t, __u32 s, int state, __u64 ts,
		 sgap_txn_fn fn, void *ctx)
{
	struct sgap_txn txn SGAP_UNINIT;

	if (!fn)
		return;
	fill(t, s, &txn);
	fn(ctx, &txn, state, ts);
}

static void end(struct sgap_txn_table *t, __u32 s, int state)
{
	list_del(t, s);
	list_add(t, ENDED, s);
	t->hot[s].state = (__u8)state;
	t->waiting--;
}

static void end_and_tell(struct sgap_txn_table *t, __u32 s, int state, __u64 ts,
			 sgap_txn_fn fn, void *ctx)
{
	end(t, s, state);
	tell(t, s, state, ts, fn, ctx);
	drop_name(t, s);
}

static void make_overdue(struct sgap_txn_table *t, __u32 s, sgap_txn_fn fn, void *ctx)
{
	list_del(t, s);
	list_add(t, OVERDUE, s);
	t->hot[s].overdue = 1;
	tell(t, s, SGAP_TXN_OVERDUE, t->hot[s].ts_query + t->overdue_ns, fn, ctx);
}

/* Let time pass for one slot, in case expire() has not come to it yet. */
static void settle(struct sgap_txn_table *t, __u32 s, __u64 now, sgap_txn_fn fn, void *ctx)
{
	const struct hot *hot = &t->hot[s];
	__u64 old = sgap_age(now, hot->ts_query);

	if (hot->state != SGAP_TXN_NONE)
		return;
	if (!hot->overdue && old >= t->overdue_ns)
		make_overdue(t, s, fn, ctx);
	if (old >= t->timeout_ns)
		end_and_tell(t, s, SGAP_TXN_TIMEOUT, hot->ts_query + t->timeout_ns, fn, ctx);
}

/* A slot is needed for another: if it still waits, it does no longer. */
static void evict(struct sgap_txn_table *t, __u32 s, __u64 ts, sgap_txn_fn fn, void *ctx)
{
	settle(t, s, ts, fn, ctx);
	if (t->hot[s].state == SGAP_TXN_NONE)
		end_and_tell(t, s, SGAP_TXN_EVICTED, ts, fn, ctx);
}

/* Take a slot out of its bucket. */
static void unchain(struct sgap_txn_table *t, __u32 s)
{
	__u32 *at = &t->buckets[t->cold[s].bucket];

	/* At most CHAIN_MAX steps: insert() lets no chain grow longer. */
	while (*at && slot_of(*at) != s)
		at = &t->next[slot_of(*at)];
	if (*at)
		*at = t->next[s];
}

/* Forget an ended slot; it belongs to no list afterwards. */
static void forget(struct sgap_txn_table *t, __u32 s)
{
	list_del(t, s);
	unchain(t, s);
}

static void give_back(struct sgap_txn_table *t, __u32 s)
{
	forget(t, s);
	t->next[s] = t->spare;
	t->spare = s;
}

/* The waiting one that came first. */
static __u32 oldest_waiting(const struct sgap_txn_table *t)
{
	__u32 a = list_head(t, OVERDUE), b = list_head(t, WAITING);

	if (!a || !b)
		return a ? a : b;
	return t->hot[a].ts_query <= t->hot[b].ts_query ? a : b;
}

/*
 * Those that will be forgotten next were last used long ago: have their cache
 * lines fetched meanwhile, and the bucket of the first, whose slot is here now.
 */
static inline void fetch_next(const struct sgap_txn_table *t)
{
	__u32 first = list_head(t, ENDED);
	__u32 second = t->links[first].next;

	__builtin_prefetch(&t->buckets[t->cold[first].bucket], 1);
	if (second > t->n)
		return;
	__builtin_prefetch(&t->hot[second], 1);
	__builtin_prefetch(&t->cold[second], 1);
	__builtin_prefetch(&t->links[t->links[second].next]);
}

static __u32 take_slot(struct sgap_txn_table *t, __u64 ts, sgap_txn_fn fn, void *ctx)
{
	__u32 s = t->spare;

	if (s) {
		t->spare = t->next[s];
		return s;
	}
	if (t->used < t->n)
		return ++t->used;
	s = list_head(t, ENDED);
	if (!s) {
		s = oldest_waiting(t);
		evict(t, s, ts, fn, ctx);
	}
	forget(t, s);
	fetch_next(t);
	return s;
}

/* Keep a name; returns its first part. For want of room the oldest that wait go. */
static __u32 keep_name(struct sgap_txn_table *t, const struct sgap_msg *msg, __u64 ts,
		       sgap_txn_fn fn, void *ctx)
{
	__u32 need = sgap_names_need(msg->qname_len);
	__u32 s;

	/* All parts that are not free belong to waiting ones, so this ends. */
	while (t->names.free < need) {
		s = oldest_waiting(t);
		evict(t, s, ts, fn, ctx);
		give_back(t, s);
	}
	return sgap_names_keep(&t->names, msg->qname, msg->qname_len);
}

/*
 * The slot of key and question, or NONE. *last is the end of its bucket's chain
 * when that is full.
 */
static __u32 find(const struct sgap_txn_table *t, __u64 hash, const struct sgap_key *key,
		  const struct sgap_msg *msg, __u32 *last)
{
	__u32 tag = tag_of(hash), steps = 0;
	__u32 ref, s;

	*last = NONE;
	for (ref = t->buckets[sgap_key_bucket(hash, t->shift)]; ref; ref = t->next[s]) {
		s = slot_of(ref);
		if (has_tag(ref, tag) && t->hot[s].qname_hash == msg->qname_hash &&
		    t->hot[s].qtype == msg->qtype && sgap_key_same(&t->hot[s].key, key))
			return s;
		if (++steps == CHAIN_MAX) {
			*last = s;
			return NONE;
		}
	}
	return NONE;
}

/*
 * The slot that an answer without a question is for: of those with its key the
 * waiting one that came first, else the one that came last.
 */
static __u32 find_any(const struct sgap_txn_table *t, __u64 hash, const struct sgap_key *key)
{
	__u32 tag = tag_of(hash), best = NONE;
	__u32 ref, s;

	/* New ones are put in front, so the chain runs from young to old. */
	for (ref = t->buckets[sgap_key_bucket(hash, t->shift)]; ref; ref = t->next[s]) {
		s = slot_of(ref);
		if (!has_tag(ref, tag) || !sgap_key_same(&t->hot[s].key, key))
			continue;
		if (!best || t->hot[s].state == SGAP_TXN_NONE)
			best = s;
	}
	return best;
}

/* A slot begins (again) with this query. */
static void start(struct sgap_txn_table *t, __u32 s, const struct sgap_msg *msg, __u64 ts,
		  __u32 name, __u16 flags)
{
	struct hot *hot = &t->hot[s];
	struct cold *cold = &t->cold[s];

	hot->ts_query = ts;
	hot->state = SGAP_TXN_NONE;
	hot->overdue = 0;
	cold->ts_last = ts;
	cold->qname_case = msg->qname_case;
	cold->name = name;
	cold->connect_us = msg->connect_us;
	cold->pid = msg->pid;
	cold->cgroup = msg->cgroup;
	cold->qflags = msg->flags;
	cold->qclass = msg->qclass;
	cold->query_size = msg->len;
	cold->bufsize = msg->bufsize;
	cold->copies = 1;
	cold->answers = 0;
	cold->qname_len = msg->qname_len;
	cold->flags = flags | (msg->has_opt ? SGAP_TXN_F_QOPT : 0) |
		      (msg->dnssec_ok ? SGAP_TXN_F_QDO : 0);
	list_add(t, WAITING, s);
	t->waiting++;
	if (ts + t->overdue_ns < t->next_due)
		t->next_due = ts + t->overdue_ns;
}

static __u32 insert(struct sgap_txn_table *t, __u64 hash, const struct sgap_key *key,
		    const struct sgap_msg *msg, __u64 ts, sgap_txn_fn fn, void *ctx)
{
	__u32 bucket = sgap_key_bucket(hash, t->shift);
	__u32 name = keep_name(t, msg, ts, fn, ctx);
	__u32 s = take_slot(t, ts, fn, ctx);
	struct hot *hot = &t->hot[s];

	hot->key = *key;
	hot->qname_hash = msg->qname_hash;
	hot->qtype = msg->qtype;
	t->next[s] = t->buckets[bucket];
	t->buckets[bucket] = s | tag_of(hash);
	t->cold[s].bucket = bucket;
	start(t, s, msg, ts, name, 0);
	return s;
}

/* The same query again. Returns whether it begins a new transaction. */
static bool repeat(struct sgap_txn_table *t, __u32 s, const struct sgap_msg *msg, __u64 ts,
		   sgap_txn_fn fn, void *ctx)
{
	struct cold *cold = &t->cold[s];
	__u64 old = sgap_age(ts, t->hot[s].ts_query);
	__u32 name;

	settle(t, s, ts, fn, ctx);
	if (old < t->timeout_ns) {
		cold->ts_last = ts;
		cold->copies += cold->copies < 0xffff;
		return false;
	}
	/* settle() has ended it, so making room for the name cannot evict it. */
	name = keep_name(t, msg, ts, fn, ctx);
	list_del(t, s);
	start(t, s, msg, ts, name, old > SGAP_TXN_KEEP_NS ? 0 : SGAP_TXN_F_REOPENED);
	return true;
}

int sgap_txn_query(struct sgap_txn_table *t, const struct sgap_key *key, __u64 hash,
		   const struct sgap_msg *msg, __u64 ts, struct sgap_txn *txn,
		   sgap_txn_fn fn, void *ctx)
{
	bool fresh = true;
	__u32 s, last;

	s = find(t, hash, key, msg, &last);
	if (s) {
		fresh = repeat(t, s, msg, ts, fn, ctx);
	} else {
		if (unlikely(last)) {
			evict(t, last, ts, fn, ctx);
			give_back(t, last);
		}
		s = insert(t, hash, key, msg, ts, fn, ctx);
	}
	if (txn)
		fill(t, s, txn);
	return fresh;
}

/* An answer for slot s, whose time has passed up to now. */
static int answered(struct sgap_txn_table *t, __u32 s)
{
	struct cold *cold = &t->cold[s];
	int state;

	if (t->hot[s].state == SGAP_TXN_NONE) {
		end(t, s, SGAP_TXN_ANSWERED);
		state = SGAP_TXN_ANSWERED;
	} else {
		state = cold->answers ? SGAP_TXN_DUPLICATE : SGAP_TXN_LATE;
	}
	cold->answers += cold->answers < 0xffff;
	return state;
}

int sgap_txn_answer(struct sgap_txn_table *t, const struct sgap_key *key, __u64 hash,
		    const struct sgap_msg *msg, __u64 ts, struct sgap_txn *txn,
		    sgap_txn_fn fn, void *ctx)
{
	__u32 s, last;
	int state;

	s = msg->qname ? find(t, hash, key, msg, &last) : find_any(t, hash, key);
	if (!s || sgap_age(ts, t->hot[s].ts_query) > SGAP_TXN_KEEP_NS) {
		memset(txn, 0, sizeof(*txn));
		txn->key = *key;
		return SGAP_TXN_UNMATCHED;
	}
	settle(t, s, ts, fn, ctx);
	state = answered(t, s);
	fill(t, s, txn);
	drop_name(t, s);
	return state;
}

/* End slot s if it still waits at ts. */
static int fail_one(struct sgap_txn_table *t, __u32 s, int state, __u64 ts,
		    sgap_txn_fn fn, void *ctx)
{
	settle(t, s, ts, fn, ctx);
	if (t->hot[s].state != SGAP_TXN_NONE)
		return 0;
	end_and_tell(t, s, state, ts, fn, ctx);
	return 1;
}

static int fail_flow(struct sgap_txn_table *t, enum list list, const struct sgap_key *key,
		     int state, __u64 ts, sgap_txn_fn fn, void *ctx)
{
	__u32 s = t->links[t->n + 1 + list].prev;
	int budget = SGAP_TXN_FAIL_MAX;
	int ended = 0;
	__u32 before;

	for (; s <= t->n && budget--; s = before) {
		before = t->links[s].prev;
		if (sgap_key_same_flow(&t->hot[s].key, key))
			ended += fail_one(t, s, state, ts, fn, ctx);
	}
	return ended;
}

int sgap_txn_fail(struct sgap_txn_table *t, const struct sgap_key *key, __u64 hash,
		  bool any_id, int state, __u64 ts, sgap_txn_fn fn, void *ctx)
{
	__u32 tag = tag_of(hash), ref, s;
	int ended = 0;

	if (any_id)
		return fail_flow(t, WAITING, key, state, ts, fn, ctx) +
		       fail_flow(t, OVERDUE, key, state, ts, fn, ctx);
	for (ref = t->buckets[sgap_key_bucket(hash, t->shift)]; ref; ref = t->next[s]) {
		s = slot_of(ref);
		if (has_tag(ref, tag) && sgap_key_same(&t->hot[s].key, key))
			ended += fail_one(t, s, state, ts, fn, ctx);
	}
	return ended;
}

/* When the head of a list is due, by its own clock; ~0 without one. */
static __u64 due(const struct sgap_txn_table *t, enum list list, __u64 after)
{
	__u32 s = list_head(t, list);

	return s ? t->hot[s].ts_query + after : ~0ULL;
}

static inline bool is_due(const struct sgap_txn_table *t, __u32 s, __u64 now, __u64 after)
{
	return s && sgap_age(now, t->hot[s].ts_query) >= after;
}

/* Handle what is due first; false when nothing is. */
static bool expire_one(struct sgap_txn_table *t, __u64 now, sgap_txn_fn fn, void *ctx)
{
	__u32 waiting = list_head(t, WAITING);
	__u32 overdue = list_head(t, OVERDUE);
	__u32 ended = list_head(t, ENDED);
	bool late = is_due(t, waiting, now, t->overdue_ns);
	bool over = is_due(t, overdue, now, t->timeout_ns);

	if (late && (!over || due(t, WAITING, t->overdue_ns) <= due(t, OVERDUE, t->timeout_ns)))
		make_overdue(t, waiting, fn, ctx);
	else if (over)
		end_and_tell(t, overdue, SGAP_TXN_TIMEOUT,
			     t->hot[overdue].ts_query + t->timeout_ns, fn, ctx);
	else if (is_due(t, ended, now, SGAP_TXN_KEEP_NS + 1))
		give_back(t, ended);
	else
		return false;
	return true;
}

static SGAP_NOINLINE int expire_due(struct sgap_txn_table *t, __u64 now, int budget,
				    sgap_txn_fn fn, void *ctx)
{
	__u64 next, at;
	int done = 0;

	while (done < budget && expire_one(t, now, fn, ctx))
		done++;
	if (done == budget)
		return done;
	next = due(t, WAITING, t->overdue_ns);
	at = due(t, OVERDUE, t->timeout_ns);
	next = at < next ? at : next;
	at = due(t, ENDED, SGAP_TXN_KEEP_NS + 1);
	t->next_due = at < next ? at : next;
	return done;
}

int sgap_txn_expire(struct sgap_txn_table *t, __u64 now, int budget, sgap_txn_fn fn, void *ctx)
{
	if (likely(now < t->next_due && t->next_due - now <= SGAP_TXN_KEEP_NS))
		return 0;
	return expire_due(t, now, budget, fn, ctx);
}
