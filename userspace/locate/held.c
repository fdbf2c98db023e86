// SPDX-License-Identifier: GPL-2.0-or-later
#include "held.h"

#define PLACES 8u		/* that one may be held in */

/* The first of its places, and a byte to tell it by before one is read. */
static __u32 place_of(const struct sgap_ev *ev, const struct sgap_obs *o, __u8 *tag)
{
	__u64 h = sgap_mix(o->key, sgap_addr_mix(&ev->hosts[o->server].addr));

	*tag = (__u8)(h >> 32) | 1;
	return (__u32)h;
}

static bool is_held(const struct sgap_obs *held, const struct sgap_obs *o)
{
	return held->key == o->key && held->client == o->client && held->server == o->server &&
	       held->vantage == o->vantage;
}

void sgap_let_go(struct sgap_ev *ev, __u32 at)
{
	ev->open_tag[at] = 0;
	ev->nopen--;
}

void sgap_hold(struct sgap_ev *ev, const struct sgap_obs *o)
{
	__u8 tag;
	__u32 first = place_of(ev, o, &tag), at, i = 0;

	do {
		at = (first + i) % SGAP_EV_OPEN;
		if (!ev->open_tag[at] || (ev->open_tag[at] == tag && is_held(&ev->open[at], o)))
			break;
	} while (++i < PLACES);
	ev->nopen += !ev->open_tag[at];
	ev->open_tag[at] = tag;
	ev->open[at] = *o;
}

void sgap_release(struct sgap_ev *ev, const struct sgap_obs *o)
{
	__u8 tag;
	__u32 first, at, i;

	if (!ev->nopen)
		return;
	first = place_of(ev, o, &tag);
	/* In more than one, when a place before it was free again. */
	for (i = 0; i < PLACES; i++) {
		at = (first + i) % SGAP_EV_OPEN;
		if (ev->open_tag[at] == tag && is_held(&ev->open[at], o))
			sgap_let_go(ev, at);
	}
}

void sgap_held_thin(struct sgap_ev *ev)
{
	__u32 i;

	for (i = 0; i < SGAP_EV_OPEN && ev->nopen; i++) {
		if (ev->open_tag[i] && !sgap_ev_keeps(ev, ev->open[i].sample))
			sgap_let_go(ev, i);
	}
}
