// SPDX-License-Identifier: GPL-2.0-or-later
#include "segment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report/text.h"

struct find {
	struct sgap_segment *s;
	__u64 last;		/* entry about the incident that is sealed */
};

static int take_last_head(void *ctx, const struct sgap_sealed *sealed)
{
	struct find *f = ctx;

	f->s->head = *sealed;
	return 0;
}

static int take_about(void *ctx, const struct sgap_entry *e)
{
	struct find *f = ctx;

	if (!f->s->first)
		f->s->first = e->seq;
	if (e->seq <= f->s->head.head.seq)
		f->last = e->seq;
	else
		f->s->unsealed++;
	return 0;
}

/* Ends at the first one that covers all. */
static int take_head(void *ctx, const struct sgap_sealed *sealed)
{
	struct find *f = ctx;

	if (sealed->head.seq < f->last)
		return 0;
	f->s->head = *sealed;
	return 1;
}

int sgap_segment_find(struct sgap_segment *s, struct sgap_ledger *l, __u64 n)
{
	struct find f = { .s = s };
	int ret;

	memset(s, 0, sizeof(*s));
	ret = sgap_ledger_heads(l, take_last_head, &f);
	if (!ret)
		ret = sgap_ledger_each(l, 1, n, take_about, &f);
	if (ret)
		return ret;
	if (!s->first)
		return -ENOENT;
	if (!f.last)
		return -EAGAIN;
	ret = sgap_ledger_heads(l, take_head, &f);
	if (ret < 0)
		return ret;
	s->last = s->head.head.seq;
	return 0;
}

struct put {
	struct sgap_text *t;
	struct sgap_ledger *l;
	__u64 first, last, seq;
	__u8 prev[SGAP_HASH];
	int n;
};

static int put_entry(void *ctx, const struct sgap_entry *e)
{
	char head[SGAP_CHAIN_HEAD];
	struct put *p = ctx;

	if (e->seq > p->last)
		return 1;
	if (p->seq && e->seq != p->seq + 1) {
		__u8 hash[SGAP_HASH];

		/* After retention it is known, after any other gap not: the check says so. */
		if (!sgap_ledger_hash(p->l, e->seq - 1, hash))
			memcpy(p->prev, hash, SGAP_HASH);
	}
	p->seq = e->seq;
	sgap_text_addn(p->t, head, sgap_chain_entry(head, p->prev, e));
	sgap_text_addn(p->t, e->payload, e->len);
	sgap_text_add(p->t, "\n");
	memcpy(p->prev, e->hash, SGAP_HASH);
	return p->t->err;
}

int sgap_segment_entries(struct sgap_text *t, struct sgap_ledger *l, __u64 first, __u64 last)
{
	struct put p = { .t = t, .l = l, .last = last };
	int ret = sgap_ledger_hash(l, first - 1, p.prev);

	if (!ret)
		ret = sgap_ledger_each(l, first, 0, put_entry, &p);
	return ret < 0 ? ret : 0;
}

void sgap_segment_head(struct sgap_text *t, const struct sgap_sealed *s)
{
	char head[SGAP_CHAIN_HEAD], key[SGAP_HASH_HEX], sig[2 * sizeof(s->sig) + 1];

	sgap_text_addn(t, head, sgap_chain_head(head, &s->head));
	sgap_text_addf(t, "key %s\nsig %s\n", sgap_hex(key, s->key, sizeof(s->key)),
		       sgap_hex(sig, s->sig, sizeof(s->sig)));
}

static int put_head(void *ctx, const struct sgap_sealed *s)
{
	struct put *p = ctx;

	if (s->head.seq < p->first || s->head.seq > p->last)
		return 0;
	sgap_segment_head(p->t, s);
	p->n++;
	return p->t->err;
}

int sgap_segment_heads(struct sgap_text *t, struct sgap_ledger *l, __u64 first, __u64 last)
{
	struct put p = { .t = t, .first = first, .last = last };
	int ret = sgap_ledger_heads(l, put_head, &p);

	return ret ? ret : p.n;
}
