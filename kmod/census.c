// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "census.h"
#include "stats.h"
#include "txn.h"

#define RCODE_NXDOMAIN 3
#define V4_BITS 96		/* before an IPv4 address in 16 bytes */
#define LABEL_MAX 63
#define LABELS_MAX 128

static_assert(SGAP_CENSUS_KEY % 8 == 0, "keys are hashed by words");

size_t sgap_census_table_size(__u32 rows)
{
	return sizeof(struct sgap_census_table) + (size_t)rows * sizeof(struct sgap_census_row);
}

struct sgap_census_table *sgap_census_table_init(void *mem, __u32 rows)
{
	struct sgap_census_table *t = mem;

	t->rows = rows;
	return t;
}

void sgap_census_table_clear(struct sgap_census_table *t)
{
	memset(&t->others, 0, sizeof(t->others));
	memset(t->row, 0, (size_t)t->rows * sizeof(t->row[0]));
}

__u32 sgap_census_client_key(__u8 key[SGAP_CENSUS_KEY], const struct sgap_addr *client,
			    const struct sgap_census_cfg *cfg)
{
	__u32 bits = sgap_addr_is_v4(client) ? V4_BITS + cfg->prefix4 : cfg->prefix6;
	__u32 whole = bits / 8;

	memset(key, 0, SGAP_CENSUS_KEY);
	key[0] = (__u8)bits;
	memcpy(key + 1, client->b, whole);
	if (bits % 8)
		key[1 + whole] = client->b[whole] & (__u8)(0xff00 >> bits % 8);
	return 1 + sizeof(client->b);
}

/* Where the last labels begin that fit into a key; len: no well-formed name. */
static __u32 zone_start(const __u8 *name, __u32 len, __u32 depth)
{
	__u8 start[LABELS_MAX + 1];
	__u32 n = 0, at = 0;

	while (at < len && name[at] && n < LABELS_MAX) {
		if (name[at] > LABEL_MAX)
			return len;
		start[n++] = (__u8)at;
		at += name[at] + 1u;
	}
	if (at + 1 != len || name[at])
		return len;
	start[n] = (__u8)at;
	n = n > depth ? n - depth : 0;
	while (len - (at = start[n]) > SGAP_CENSUS_KEY)
		n++;
	return at;
}

__u32 sgap_census_zone_key(__u8 key[SGAP_CENSUS_KEY], const __u8 *name, __u32 len, __u32 depth)
{
	__u32 n, i;
	__u64 x;

	memset(key, 0, SGAP_CENSUS_KEY);
	if (!name || !len || len > 255)
		return 0;
	if (len == 1)
		return !name[0];
	i = zone_start(name, len, depth);
	n = len - i;
	memcpy(key, name + i, n);
	for (i = 0; i < n; i += sizeof(x)) {
		memcpy(&x, key + i, sizeof(x));
		x = sgap_fold64(x);
		memcpy(key + i, &x, sizeof(x));
	}
	return n;
}

static __u64 key_hash(const __u8 *key, __u32 len)
{
	__u64 h = len;
	__u32 i;

	for (i = 0; i < len; i += 8)
		h = sgap_mix(h, sgap_load64(key + i));
	return h;
}

void sgap_census_add(struct sgap_census_counts *dst, const struct sgap_census_counts *src)
{
	dst->good += src->good;
	dst->bad += src->bad;
	dst->unanswered += src->unanswered;
	dst->failed += src->failed;
	dst->evicted += src->evicted;
	dst->nxdomain += src->nxdomain;
	dst->rtt_sum_us += src->rtt_sum_us;
}

struct sgap_census_counts *sgap_census_find(struct sgap_census_table *t,
					    const __u8 key[SGAP_CENSUS_KEY], __u32 len)
{
	__u64 hash = key_hash(key, len);
	struct sgap_census_row *set, *row, *light;
	int i;

	if (!len)
		return &t->others;
	set = &t->row[(__u32)(hash >> 40) & (t->rows - SGAP_CENSUS_WAYS)];
	light = set;
	for (i = 0; i < SGAP_CENSUS_WAYS; i++) {
		row = &set[i];
		if (row->hash == hash && row->len == len && !memcmp(row->key, key, len)) {
			row->weight += row->weight < ~0u;
			return &row->counts;
		}
		if (row->weight < light->weight)
			light = row;
	}
	if (light->weight) {
		light->weight--;
		return &t->others;
	}
	sgap_census_add(&t->others, &light->counts);
	memset(&light->counts, 0, sizeof(light->counts));
	memcpy(light->key, key, SGAP_CENSUS_KEY);
	light->hash = hash;
	light->len = len;
	light->weight = 1;
	return &light->counts;
}

static void count(struct sgap_census_counts *c, const struct sgap_txn *txn, int state, __u16 rcode,
		  __u64 ts)
{
	switch (state) {
	case SGAP_TXN_ANSWERED:
		if (sgap_stats_is_bad(state, rcode))
			c->bad++;
		else
			c->good++;
		c->nxdomain += rcode == RCODE_NXDOMAIN;
		if (ts > txn->ts_query)
			c->rtt_sum_us += sgap_ns_to_us(ts - txn->ts_query);
		break;
	case SGAP_TXN_TIMEOUT:
		c->unanswered++;
		break;
	case SGAP_TXN_EVICTED:
		c->evicted++;
		break;
	default:
		c->failed++;
		break;
	}
}

void sgap_census_txn(struct sgap_census_table *const t[__SGAP_CENSUS_KIND_MAX],
		    const struct sgap_census_cfg *cfg, const struct sgap_txn *txn,
		    int state, __u16 rcode, __u64 ts)
{
	__u8 key[SGAP_CENSUS_KEY];
	__u32 len;

	len = sgap_census_client_key(key, &txn->key.client, cfg);
	count(sgap_census_find(t[SGAP_CENSUS_CLIENT], key, len), txn, state, rcode, ts);
	len = sgap_census_zone_key(key, txn->qname, txn->qname_len, cfg->zone_depth);
	count(sgap_census_find(t[SGAP_CENSUS_ZONE], key, len), txn, state, rcode, ts);
}
