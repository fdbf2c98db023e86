// SPDX-License-Identifier: GPL-2.0-or-later
#include "known.h"

#include <errno.h>
#include <stdlib.h>

#include "key.h"

#define HOST 0x5eedull		/* an address hashes to another number than a name */

/* 0 is a free slot. */
static __u64 key_of(__u64 hash)
{
	return hash ? hash : 1;
}

static __u64 host_key(const struct sgap_ev *ev, __u32 i)
{
	return key_of(sgap_addr_hash(&ev->hosts[i].addr, HOST));
}

static __u64 name_key(const struct sgap_ev *ev, __u32 i)
{
	return key_of(sgap_key_spread(ev->names[i].hash));
}

/* Where the key is, or belongs. The table is never more than half full. */
static __u64 *place(const struct sgap_known *k, __u64 key)
{
	__u32 i = (__u32)(key >> 32) & k->mask;

	while (k->slot[i] && k->slot[i] != key)
		i = (i + 1) & k->mask;
	return &k->slot[i];
}

static bool has(const struct sgap_known *k, __u64 key)
{
	return k->slot && *place(k, key);
}

static int make(struct sgap_known *k, __u32 n)
{
	k->mask = 1023;
	while (k->mask < 2 * n)
		k->mask = 2 * k->mask + 1;
	k->slot = calloc(k->mask + 1ul, sizeof(*k->slot));
	return k->slot ? 0 : -ENOMEM;
}

/* Names that got a good answer, and all above them. */
static void learn_names(struct sgap_known *next, const struct sgap_ev *ev)
{
	__u32 i, name;

	for (i = 1; i <= ev->nquestions; i++) {
		const struct sgap_question *q = &ev->questions[i];

		if (!sgap_is_answered(q))
			continue;
		for (name = q->name; name; name = ev->names[name].parent) {
			__u64 key = name_key(ev, name), *at = place(next, key);

			if (*at)
				break;
			*at = key;
		}
	}
}

int sgap_known_recall(struct sgap_known *known, struct sgap_ev *ev)
{
	struct sgap_known next;
	__u64 key;
	__u32 i;

	if (make(&next, ev->nnames + ev->nhosts))
		return -ENOMEM;
	learn_names(&next, ev);
	for (i = 1; i < ev->nnames; i++) {
		key = name_key(ev, i);
		if (!has(known, key))
			continue;
		ev->names[i].marks |= SGAP_NAME_WORKED;
		*place(&next, key) = key;
	}
	for (i = 1; i < ev->nhosts; i++) {
		key = host_key(ev, i);
		if (!has(known, key) && !(ev->hosts[i].flags & SGAP_HOST_ANSWERED))
			continue;
		ev->hosts[i].flags |= SGAP_HOST_ANSWERED;
		*place(&next, key) = key;
	}
	sgap_known_free(known);
	*known = next;
	return 0;
}

void sgap_known_free(struct sgap_known *known)
{
	free(known->slot);
	known->slot = NULL;
}
