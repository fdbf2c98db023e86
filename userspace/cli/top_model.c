// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_model.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "filter.h"
#include "hist.h"
#include "lib/addr.h"
#include "stats.h"
#include "wire.h"

#define ROWS 4096u
#define BUCKETS 8192u
#define SAMPLE 16u		/* rows that are looked at for one to give way */

struct row {
	struct row *next;	/* in its bucket */
	__u8 key[SGAP_WIRE_NAME_MAX];
	__u8 key_len;
	__u64 total, failed;
	__u64 second;		/* of the last of history, s since 1970 */
	__u32 history[SGAP_TOP_HISTORY];	/* by second modulo */
	__u32 rtt[SGAP_HIST_BINS];
};

struct table {
	struct row *row[ROWS];
	struct row *bucket[BUCKETS];
	struct row **sorted;	/* of a picture */
	size_t n, nsorted, hand;
	__u64 evicted;
};

struct sgap_top {
	unsigned int depth;
	__u64 now;
	struct table table[__SGAP_TOP_BY_MAX];
	struct row sum;
};

/* What a picture is sorted by, for qsort_r(). */
struct order {
	enum sgap_top_by by;
	enum sgap_top_sort sort;
	bool reverse;
	__u64 second;
};

struct sgap_top *sgap_top_new(unsigned int depth)
{
	struct sgap_top *top = calloc(1, sizeof(*top));
	int i;

	if (!top)
		return NULL;
	top->depth = depth;
	for (i = 0; i < __SGAP_TOP_BY_MAX; i++) {
		top->table[i].sorted = calloc(ROWS, sizeof(struct row *));
		if (!top->table[i].sorted) {
			sgap_top_free(top);
			return NULL;
		}
	}
	return top;
}

void sgap_top_free(struct sgap_top *top)
{
	size_t i, k;

	for (i = 0; top && i < __SGAP_TOP_BY_MAX; i++) {
		for (k = 0; k < top->table[i].n; k++)
			free(top->table[i].row[k]);
		free(top->table[i].sorted);
	}
	free(top);
}

static struct row **bucket_of(struct table *t, const __u8 *key, size_t len)
{
	__u64 h = len;
	size_t i;

	for (i = 0; i < len; i++)
		h = sgap_mix(h, key[i]);
	return &t->bucket[h & (BUCKETS - 1)];
}

/* The row with the least total of the next few. It is given to somebody else. */
static struct row *evict(struct table *t)
{
	struct row *least = NULL, **p;
	unsigned int i;

	for (i = 0; i < SAMPLE; i++) {
		struct row *r = t->row[t->hand++ % t->n];

		if (!least || r->total < least->total)
			least = r;
	}
	for (p = bucket_of(t, least->key, least->key_len); *p != least; p = &(*p)->next)
		;
	*p = least->next;
	t->evicted++;
	memset(least, 0, sizeof(*least));
	return least;
}

static struct row *row_of(struct table *t, const __u8 *key, size_t len)
{
	struct row **head = bucket_of(t, key, len), *r;

	for (r = *head; r; r = r->next)
		if (r->key_len == len && !memcmp(r->key, key, len))
			return r;
	if (t->n < ROWS) {
		r = calloc(1, sizeof(*r));
		if (!r)
			return NULL;
		t->row[t->n++] = r;
	} else {
		r = evict(t);
	}
	memcpy(r->key, key, len);
	r->key_len = (__u8)len;
	r->next = *head;
	*head = r;
	return r;
}

struct sgap_top *sgap_top_copy(const struct sgap_top *top)
{
	struct sgap_top *copy = sgap_top_new(top->depth);
	struct row *to, *next;
	size_t i, k;

	if (!copy)
		return NULL;
	copy->now = top->now;
	copy->sum = top->sum;
	for (i = 0; i < __SGAP_TOP_BY_MAX; i++) {
		const struct table *from = &top->table[i];

		copy->table[i].evicted = from->evicted;
		for (k = 0; k < from->n; k++) {
			to = row_of(&copy->table[i], from->row[k]->key, from->row[k]->key_len);
			if (!to) {
				sgap_top_free(copy);
				return NULL;
			}
			next = to->next;
			*to = *from->row[k];
			to->next = next;
		}
	}
	return copy;
}

/* Seconds that went by count nothing. */
static void roll(struct row *r, __u64 second)
{
	__u64 s;

	if (second <= r->second)
		return;
	for (s = r->second + 1; s <= second && s <= r->second + SGAP_TOP_HISTORY; s++)
		r->history[s % SGAP_TOP_HISTORY] = 0;
	r->second = second;
}

static void count(struct row *r, const struct sgap_rec_txn *txn)
{
	__u64 second = txn->ts / SGAP_NS_PER_S;

	roll(r, second);
	r->total++;
	r->failed += sgap_filter_is_failed(txn);
	if (second + SGAP_TOP_HISTORY > r->second)
		r->history[second % SGAP_TOP_HISTORY]++;
	if (txn->state == SGAP_TXN_ANSWERED && txn->ts_answer >= txn->ts_query)
		r->rtt[sgap_hist_bin((txn->ts_answer - txn->ts_query) / SGAP_NS_PER_US)]++;
}

/* The last labels of the name, in lower case. Returns its length, 0 = no name. */
static size_t zone_of(__u8 *zone, const struct sgap_rec_txn *txn, unsigned int depth)
{
	size_t at[SGAP_WIRE_NAME_MAX / 2 + 1], n = 0, pos = 0, start, i;
	size_t room = (txn->rec.len & SGAP_REC_LEN) - sizeof(*txn), len = txn->qname_len;

	if (!len || len > room || len > SGAP_WIRE_NAME_MAX)
		return 0;
	while (pos < len && txn->data[pos] && n < sizeof(at) / sizeof(*at)) {
		at[n++] = pos;
		pos += txn->data[pos] + 1u;
	}
	if (pos + 1 != len)
		return 0;
	start = depth && n > depth ? at[n - depth] : 0;
	for (i = start; i < len; i++)
		zone[i - start] = (__u8)tolower(txn->data[i]);
	return len - start;
}

static bool has_ended(const struct sgap_rec_txn *txn)
{
	switch (txn->state) {
	case SGAP_TXN_ANSWERED:
	case SGAP_TXN_TIMEOUT:
	case SGAP_TXN_EVICTED:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
	case SGAP_TXN_SILENT:
		return true;
	default:
		return false;
	}
}

void sgap_top_take(struct sgap_top *top, const struct sgap_rec_txn *txn)
{
	__u8 zone[SGAP_WIRE_NAME_MAX];
	struct row *r;
	size_t len;

	if ((txn->rec.len & SGAP_REC_LEN) < sizeof(*txn) || !has_ended(txn))
		return;
	sgap_top_now(top, txn->ts);
	count(&top->sum, txn);
	r = row_of(&top->table[SGAP_TOP_SERVERS], txn->server, 16);
	if (r)
		count(r, txn);
	r = row_of(&top->table[SGAP_TOP_CLIENTS], txn->client, 16);
	if (r)
		count(r, txn);
	len = zone_of(zone, txn, top->depth);
	r = len ? row_of(&top->table[SGAP_TOP_ZONES], zone, len) : NULL;
	if (r)
		count(r, txn);
}

void sgap_top_now(struct sgap_top *top, __u64 ts)
{
	if (ts > top->now)
		top->now = ts;
}

__u64 sgap_top_time(const struct sgap_top *top)
{
	return top->now;
}

/* How many ended in a second, which must not be younger than the row's last. */
static __u32 in_second(const struct row *r, __u64 second)
{
	if (second > r->second || second + SGAP_TOP_HISTORY <= r->second)
		return 0;
	return r->history[second % SGAP_TOP_HISTORY];
}

/* Of the seconds that are over. */
static __u32 in_window(const struct row *r, __u64 second)
{
	__u32 sum = 0;
	__u64 s;

	for (s = second > SGAP_TOP_WINDOW ? second - SGAP_TOP_WINDOW : 0; s < second; s++)
		sum += in_second(r, s);
	return sum;
}

static void name_of(char *name, enum sgap_top_by by, const struct row *r)
{
	if (by != SGAP_TOP_ZONES)
		sgap_addr_text(name, r->key);
	else if (sgap_wire_name_text(name, SGAP_TOP_NAME, r->key, r->key_len, true) < 0)
		strcpy(name, "?");
}

static int compare(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static double share(const struct row *r)
{
	return r->total ? (double)r->failed / (double)r->total : 0;
}

static int compare_names(const struct row *a, const struct row *b, enum sgap_top_by by)
{
	char x[SGAP_TOP_NAME], y[SGAP_TOP_NAME];

	if (by != SGAP_TOP_ZONES)
		return memcmp(a->key, b->key, 16);
	name_of(x, by, a);
	name_of(y, by, b);
	return strcasecmp(x, y);
}

static double quantile(const struct row *r, __u32 permille)
{
	return (double)sgap_stats_quantile(r->rtt, permille);
}

/* Equal ones are in the order of their totals, then of their names. */
static int by_order(const void *pa, const void *pb, void *ctx)
{
	const struct row *a = *(struct row *const *)pa, *b = *(struct row *const *)pb;
	const struct order *o = ctx;
	int ret = 0;

	switch (o->sort) {
	case SGAP_TOP_RATE:
		ret = compare(in_window(a, o->second), in_window(b, o->second));
		break;
	case SGAP_TOP_FAILED:
		ret = compare(share(a), share(b));
		break;
	case SGAP_TOP_P50:
		ret = compare(quantile(a, 500), quantile(b, 500));
		break;
	case SGAP_TOP_P99:
		ret = compare(quantile(a, 990), quantile(b, 990));
		break;
	case SGAP_TOP_ALPHA:
		ret = compare_names(a, b, o->by);
		break;
	default:
		break;
	}
	if (!ret)
		ret = compare((double)a->total, (double)b->total);
	if (!ret)
		ret = compare_names(a, b, o->by);
	return o->reverse ? -ret : ret;
}

size_t sgap_top_sort(struct sgap_top *top, enum sgap_top_by by, enum sgap_top_sort sort,
		     bool reverse, const char *filter)
{
	struct order order = {
		.by = by, .sort = sort, .reverse = reverse, .second = top->now / SGAP_NS_PER_S,
	};
	struct table *t = &top->table[by];
	char name[SGAP_TOP_NAME];
	size_t i;

	t->nsorted = 0;
	for (i = 0; i < t->n; i++) {
		name_of(name, by, t->row[i]);
		if (!*filter || strcasestr(name, filter))
			t->sorted[t->nsorted++] = t->row[i];
	}
	if (t->nsorted)
		qsort_r(t->sorted, t->nsorted, sizeof(*t->sorted), by_order, &order);
	return t->nsorted;
}

static void picture(const struct sgap_top *top, const struct row *r, struct sgap_top_row *row)
{
	__u64 second = top->now / SGAP_NS_PER_S;
	int i;

	row->total = r->total;
	row->failed = r->failed;
	row->rate = (double)in_window(r, second) / SGAP_TOP_WINDOW;
	row->p50_us = sgap_stats_quantile(r->rtt, 500);
	row->p99_us = sgap_stats_quantile(r->rtt, 990);
	for (i = 0; i < SGAP_TOP_HISTORY; i++)
		row->history[i] = second + (__u64)i + 1 < SGAP_TOP_HISTORY ? 0 :
				  in_second(r, second + (__u64)i + 1 - SGAP_TOP_HISTORY);
}

void sgap_top_row(const struct sgap_top *top, enum sgap_top_by by, size_t i,
		  struct sgap_top_row *row)
{
	const struct row *r = top->table[by].sorted[i];

	name_of(row->name, by, r);
	picture(top, r, row);
}

void sgap_top_sum(const struct sgap_top *top, struct sgap_top_row *row)
{
	strcpy(row->name, "all");
	picture(top, &top->sum, row);
}

size_t sgap_top_rows(const struct sgap_top *top, enum sgap_top_by by)
{
	return top->table[by].n;
}

__u64 sgap_top_evicted(const struct sgap_top *top, enum sgap_top_by by)
{
	return top->table[by].evicted;
}
