// SPDX-License-Identifier: GPL-2.0-or-later
#include "intern.h"

#include <stdio.h>
#include <stdlib.h>

#include "derive.h"
#include "key.h"
#include "wire.h"

#define HOST_SLOTS (2 * SGAP_EV_HOSTS)
#define NAME_SLOTS (2 * SGAP_EV_NAMES)
#define STEPS 256u		/* more in half a table are of hashes that somebody chose */

/*
 * A slot of an index has a number and, above it, some bits of the hash: what only shares a place
 * is passed by without being read.
 */
#define NUMBER_BITS 16
#define NUMBER(slot) ((slot) & ((1u << NUMBER_BITS) - 1))

static_assert(SGAP_EV_HOSTS <= 1u << NUMBER_BITS && SGAP_EV_NAMES <= 1u << NUMBER_BITS,
	      "every number fits");

static __u32 place_of(__u64 spread, __u32 slots)
{
	return (__u32)(spread >> 40) % slots;
}

static __u32 tag_of(__u64 spread)
{
	return (__u32)(spread >> 24) << NUMBER_BITS;
}

static bool has_tag(__u32 slot, __u32 tag)
{
	return !((slot ^ tag) >> NUMBER_BITS);
}

/* Zeroed, and where the kernel has them in huge pages: each look-up reads another place. */
static void *table(size_t size)
{
	void *p = sgap_ev_room(size);

	return p ? memset(p, 0, size) : NULL;
}

int sgap_intern_init(struct sgap_ev *ev)
{
	ev->hosts = table(SGAP_EV_HOSTS * sizeof(*ev->hosts));
	ev->names = table(SGAP_EV_NAMES * sizeof(*ev->names));
	ev->host_index = table(HOST_SLOTS * sizeof(*ev->host_index));
	ev->name_index = table(NAME_SLOTS * sizeof(*ev->name_index));
	ev->arena = sgap_ev_room(SGAP_EV_ARENA);
	if (!ev->hosts || !ev->names || !ev->arena || !ev->host_index || !ev->name_index)
		return -ENOMEM;
	ev->nhosts = 1;
	ev->nnames = 1;
	return 0;
}

void sgap_intern_free(struct sgap_ev *ev)
{
	free(ev->hosts);
	free(ev->names);
	free(ev->arena);
	free(ev->host_index);
	free(ev->name_index);
}

static __u64 host_spread(const __u8 *addr)
{
	struct sgap_addr a;

	memcpy(a.b, addr, sizeof(a.b));
	return sgap_addr_mix(&a);
}

/* One that is new is given a number only while fewer than room are. */
static __u32 host_number(struct sgap_ev *ev, const __u8 *addr, __u32 room)
{
	__u64 hash = host_spread(addr);
	__u32 i, slot, tag = tag_of(hash), steps = 0;

	for (i = place_of(hash, HOST_SLOTS); (slot = ev->host_index[i]); i = (i + 1) % HOST_SLOTS) {
		if (has_tag(slot, tag) && !memcmp(ev->hosts[NUMBER(slot)].addr.b, addr, 16))
			return NUMBER(slot);
		if (++steps == STEPS)
			return 0;
	}
	if (ev->nhosts >= room)
		return 0;
	memcpy(ev->hosts[ev->nhosts].addr.b, addr, 16);
	ev->host_index[i] = tag | ev->nhosts;
	return ev->nhosts++;
}

__u32 sgap_intern_host(struct sgap_ev *ev, const __u8 *addr)
{
	return host_number(ev, addr, SGAP_EV_HOSTS);
}

__u32 sgap_intern_other(struct sgap_ev *ev, const __u8 *addr)
{
	return host_number(ev, addr, SGAP_EV_HOSTS / 2);
}

__u32 sgap_host_of(struct sgap_ev *ev, const __u8 *addr)
{
	return host_number(ev, addr, 0);
}

static __u64 name_hash(const __u8 *p, __u32 len)
{
	__u64 h = len, w;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		h = sgap_mix(h, w);
	}
	w = 0;
	memcpy(&w, p, len);
	return sgap_mix(h, w);
}

/* low: gets the name in lower case, of which the hash is. */
static __u64 lower_hash(__u8 *low, const __u8 *p, __u32 len)
{
	__u32 i;

	for (i = 0; i < len; i++)
		low[i] = p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i];
	return name_hash(low, len);
}

__u64 sgap_intern_ahead(const struct sgap_ev *ev, const struct sgap_rec_txn *r)
{
	const __u32 *client = &ev->host_index[place_of(host_spread(r->client), HOST_SLOTS)];
	const __u32 *addr = &ev->host_index[place_of(host_spread(r->addr[0]), HOST_SLOTS)];
	const __u32 *name;
	__u8 low[SGAP_WIRE_NAME_MAX];
	__u64 hash = 0;

	__builtin_prefetch(client);
	__builtin_prefetch(addr);
	if (r->qname_len <= sizeof(low))
		hash = lower_hash(low, r->data, r->qname_len);
	name = &ev->name_index[place_of(sgap_key_spread(hash), NAME_SLOTS)];
	__builtin_prefetch(name);
	__builtin_prefetch(&ev->hosts[NUMBER(*client)]);
	__builtin_prefetch(&ev->hosts[NUMBER(*addr)]);
	__builtin_prefetch(&ev->names[NUMBER(*name)]);
	return hash;
}

/*
 * p is in lower case and well formed. 0 = not there: *at is where in the index it would be,
 * NAME_SLOTS = nowhere.
 */
static __u32 name_find(const struct sgap_ev *ev, const __u8 *p, __u32 len, __u64 hash, __u32 *at)
{
	__u32 i = place_of(sgap_key_spread(hash), NAME_SLOTS), slot, steps = 0;
	__u32 tag = tag_of(sgap_key_spread(hash));

	for (; (slot = ev->name_index[i]); i = (i + 1) % NAME_SLOTS) {
		const struct sgap_name *n = &ev->names[NUMBER(slot)];

		if (has_tag(slot, tag) && n->hash == hash && n->len == len &&
		    !memcmp(ev->arena + n->offset, p, len))
			return NUMBER(slot);
		if (++steps == STEPS) {
			*at = NAME_SLOTS;
			return 0;
		}
	}
	*at = i;
	return 0;
}

/* parent is the number of what follows the first label. */
static __u32 name_add(struct sgap_ev *ev, const __u8 *p, __u32 len, __u64 hash, __u32 at,
		      __u32 parent)
{
	struct sgap_name *n;

	if (ev->nnames == SGAP_EV_NAMES || SGAP_EV_ARENA - ev->arena_used < len ||
	    at == NAME_SLOTS) {
		ev->names_short = true;
		return parent;
	}
	n = &ev->names[ev->nnames];
	n->hash = hash;
	n->parent = parent;
	n->offset = ev->arena_used;
	n->len = (__u16)len;
	n->labels = (__u8)(parent ? ev->names[parent].labels + 1 : len > 1);
	memcpy(ev->arena + ev->arena_used, p, len);
	ev->arena_used += len;
	ev->name_index[at] = tag_of(sgap_key_spread(hash)) | ev->nnames;
	return ev->nnames++;
}

/* Where each label begins; 0 when the name is not well formed. */
static __u32 label_starts(const __u8 *p, __u32 len, __u8 *start)
{
	__u32 at = 0, n = 0;

	while (at < len && p[at]) {
		start[n++] = (__u8)at;
		if (p[at] > 63)
			return 0;
		at += 1u + p[at];
	}
	return at == len - 1 ? n : 0;
}

__u32 sgap_intern_name(struct sgap_ev *ev, const __u8 *p, __u32 len)
{
	__u8 low[SGAP_WIRE_NAME_MAX], start[128];
	__u32 n, at = 0, num, parent = 0;
	__u64 hash;

	if (!len || len > sizeof(low))
		return 0;
	hash = lower_hash(low, p, len);
	num = name_find(ev, low, len, hash, &at);
	if (num) {
		ev->names[num].marks |= SGAP_NAME_ASKED;
		return num;
	}
	n = label_starts(low, len, start);
	if (!n && len > 1)
		return 0;
	if (!n)
		return name_add(ev, low, len, hash, at, 0);
	while (n--) {
		hash = name_hash(low + start[n], len - start[n]);
		num = name_find(ev, low + start[n], len - start[n], hash, &at);
		if (!num)
			num = name_add(ev, low + start[n], len - start[n], hash, at, parent);
		if (num == parent)
			return parent;
		parent = num;
	}
	ev->names[num].marks |= SGAP_NAME_ASKED;
	return num;
}

static void put(__u32 *index, __u32 slots, __u64 spread, __u32 number)
{
	__u32 i = place_of(spread, slots);

	while (index[i])
		i = (i + 1) % slots;
	index[i] = tag_of(spread) | number;
}

void sgap_intern_reindex(struct sgap_ev *ev)
{
	__u32 i;

	memset(ev->host_index, 0, HOST_SLOTS * sizeof(*ev->host_index));
	memset(ev->name_index, 0, NAME_SLOTS * sizeof(*ev->name_index));
	for (i = 1; i < ev->nhosts; i++)
		put(ev->host_index, HOST_SLOTS, host_spread(ev->hosts[i].addr.b), i);
	for (i = 1; i < ev->nnames; i++)
		put(ev->name_index, NAME_SLOTS, sgap_key_spread(ev->names[i].hash), i);
}

bool sgap_ev_under(const struct sgap_ev *ev, __u32 name, __u32 zone)
{
	for (; name; name = ev->names[name].parent) {
		if (name == zone)
			return true;
	}
	return false;
}

const char *sgap_ev_name_text(const struct sgap_ev *ev, __u32 name, char *buf)
{
	const struct sgap_name *n = &ev->names[name];
	int len = name ? sgap_wire_name_text(buf, 1025, ev->arena + n->offset, n->len, true) : -1;

	if (len < 0) {
		buf[0] = '\0';
		return buf;
	}
	if (len > 1 && buf[len - 1] == '.')
		buf[len - 1] = '\0';
	return buf;
}
