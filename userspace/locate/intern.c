// SPDX-License-Identifier: GPL-2.0-or-later
#include "intern.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire.h"

#define HOST_SLOTS (2 * SGAP_EV_HOSTS)
#define NAME_SLOTS (2 * SGAP_EV_NAMES)

/* The high bits of a product are the mixed ones; addresses differ in few bits only. */
static __u32 slot_of(__u64 hash, __u32 slots)
{
	return (__u32)((hash * 0x9e3779b97f4a7c15ULL) >> 40) % slots;
}

int sgap_intern_init(struct sgap_ev *ev)
{
	ev->hosts = calloc(SGAP_EV_HOSTS, sizeof(*ev->hosts));
	ev->names = calloc(SGAP_EV_NAMES, sizeof(*ev->names));
	ev->arena = malloc(SGAP_EV_ARENA);
	ev->host_index = calloc(HOST_SLOTS, sizeof(*ev->host_index));
	ev->name_index = calloc(NAME_SLOTS, sizeof(*ev->name_index));
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

__u32 sgap_intern_host(struct sgap_ev *ev, const __u8 *addr)
{
	__u64 x[2];
	__u32 slot;

	memcpy(x, addr, sizeof(x));
	slot = slot_of(sgap_mix(sgap_mix(0, x[0]), x[1]), HOST_SLOTS);
	for (; ev->host_index[slot]; slot = (slot + 1) % HOST_SLOTS) {
		if (!memcmp(ev->hosts[ev->host_index[slot]].addr.b, addr, 16))
			return ev->host_index[slot];
	}
	if (ev->nhosts == SGAP_EV_HOSTS)
		return 0;
	memcpy(ev->hosts[ev->nhosts].addr.b, addr, 16);
	ev->host_index[slot] = ev->nhosts;
	return ev->nhosts++;
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

/* p is in lower case and well formed; parent is the number of the rest. */
static __u32 name_find(const struct sgap_ev *ev, const __u8 *p, __u32 len, __u64 hash,
		       __u32 *slot)
{
	__u32 i = slot_of(hash, NAME_SLOTS);

	for (; ev->name_index[i]; i = (i + 1) % NAME_SLOTS) {
		const struct sgap_name *n = &ev->names[ev->name_index[i]];

		if (n->hash == hash && n->len == len && !memcmp(ev->arena + n->offset, p, len))
			return ev->name_index[i];
	}
	*slot = i;
	return 0;
}

static __u32 name_add(struct sgap_ev *ev, const __u8 *p, __u32 len, __u64 hash, __u32 slot,
		      __u32 parent)
{
	struct sgap_name *n;

	if (ev->nnames == SGAP_EV_NAMES || SGAP_EV_ARENA - ev->arena_used < len)
		return parent;
	n = &ev->names[ev->nnames];
	n->hash = hash;
	n->parent = parent;
	n->offset = ev->arena_used;
	n->len = (__u16)len;
	n->labels = (__u8)(parent ? ev->names[parent].labels + 1 : len > 1);
	memcpy(ev->arena + ev->arena_used, p, len);
	ev->arena_used += len;
	ev->name_index[slot] = ev->nnames;
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
	__u32 i, n, slot = 0, num, parent = 0;
	__u64 hash;

	if (!len || len > sizeof(low))
		return 0;
	for (i = 0; i < len; i++)
		low[i] = p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i];
	hash = name_hash(low, len);
	num = name_find(ev, low, len, hash, &slot);
	if (num) {
		ev->names[num].marks |= SGAP_NAME_ASKED;
		return num;
	}
	n = label_starts(low, len, start);
	if (!n && len > 1)
		return 0;
	if (!n)
		return name_add(ev, low, len, hash, slot, 0);
	while (n--) {
		hash = name_hash(low + start[n], len - start[n]);
		num = name_find(ev, low + start[n], len - start[n], hash, &slot);
		if (!num)
			num = name_add(ev, low + start[n], len - start[n], hash, slot, parent);
		if (num == parent)
			return parent;
		parent = num;
	}
	ev->names[num].marks |= SGAP_NAME_ASKED;
	return num;
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
