// SPDX-License-Identifier: GPL-2.0-or-later
#include "iface_says.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

#define MANY_CHANGES 10		/* of the carrier since it is there: up, down, ... */
#define SLOW_COALESCE_US 1000
#define FEC_SPEED 25000		/* Mb/s: from here on cables are made to need it */
#define IPV6_MTU 1280
#define ETHERNET_MTU 1500

const char *const sgap_iface_weights[__SGAP_IFACE_WEIGHT_MAX] = { "note", "warning", "fault" };

struct say {
	const struct sgap_iface *now, *before;
	sgap_iface_says_fn fn;
	void *ctx;
};

__attribute__((format(printf, 4, 5)))
static void say(struct say *s, enum sgap_iface_weight weight, const char *about,
		const char *format, ...)
{
	char text[SGAP_IFACE_SAYS_TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	s->fn(s->ctx, weight, about, text);
}

static __s64 value(const struct say *s, enum sgap_iface_param param)
{
	return s->now->param[param];
}

static bool is(const struct say *s, enum sgap_iface_param param, __s64 want)
{
	return value(s, param) == want;
}

static bool is_loopback(const struct say *s)
{
	return !strcmp(s->now->name, "lo");
}

/* The kernel names its virtual interfaces' kind; a card has none. */
static bool is_card(const struct say *s)
{
	return !*s->now->kind && !is_loopback(s);
}

double sgap_iface_rate(const struct sgap_iface *now, const struct sgap_iface *before,
		       const struct sgap_iface_counter *counter)
{
	const struct sgap_iface_counter *old = before ? sgap_iface_counter(before, counter) : NULL;

	if (!old || now->ts <= before->ts || counter->value < old->value)
		return -1;
	return (double)(counter->value - old->value) * 1e9 / (double)(now->ts - before->ts);
}

static void say_state(struct say *s)
{
	__s64 reason = value(s, SGAP_IFACE_EXT_STATE);
	const char *why = sgap_iface_word(SGAP_IFACE_KIND_EXT_STATE, reason);

	if (is(s, SGAP_IFACE_UP, 0)) {
		say(s, SGAP_IFACE_FAULT, "up", "It is switched off ('ip link set %s up').",
		    s->now->name);
		return;
	}
	if (is(s, SGAP_IFACE_CARRIER, 0) && why)
		say(s, SGAP_IFACE_FAULT, "carrier", "It has no carrier, so nothing passes: %s.", why);
	else if (is(s, SGAP_IFACE_CARRIER, 0))
		say(s, SGAP_IFACE_FAULT, "carrier",
		    "It has no carrier, so nothing passes: the cable, or what is at its other end.");
	else if (is(s, SGAP_IFACE_OPERSTATE, 3) || is(s, SGAP_IFACE_OPERSTATE, 5))
		say(s, SGAP_IFACE_FAULT, "operstate", "It is up, but %s: nothing passes.",
		    sgap_iface_word(SGAP_IFACE_KIND_OPERSTATE, value(s, SGAP_IFACE_OPERSTATE)));
	if (value(s, SGAP_IFACE_CARRIER_CHANGES) > MANY_CHANGES)
		say(s, SGAP_IFACE_WARNING, "carrier_changes",
		    "Its carrier came and went %lld times since it is there: each time all packets on their way are lost.",
		    (long long)value(s, SGAP_IFACE_CARRIER_CHANGES) / 2);
}

static void say_duplex(struct say *s)
{
	if (!is(s, SGAP_IFACE_DUPLEX, 0))
		return;
	say(s, SGAP_IFACE_FAULT, "duplex",
	    "It runs at half duplex%s: it loses frames under load when the other side does not.",
	    is(s, SGAP_IFACE_AUTONEG, 0) ? ", with autonegotiation off" : "");
}

/* "1000baseT/Full" -> 1000 */
static __u32 mode_speed(const char *name)
{
	char *end;
	unsigned long speed = strtoul(name, &end, 10);

	return !strncmp(end, "base", 4) ? (__u32)speed : 0;
}

static __u32 fastest(const struct sgap_iface_modes *modes)
{
	__u32 best = 0, speed;
	size_t i;

	for (i = 0; i < modes->n; i++) {
		speed = mode_speed(modes->name[i]);
		best = speed > best ? speed : best;
	}
	return best;
}

static void say_speed(struct say *s)
{
	__u32 able = fastest(&s->now->supported), peer = fastest(&s->now->peer);
	__s64 speed = value(s, SGAP_IFACE_SPEED);

	if (speed > 0 && speed < able && peer && peer < able)
		say(s, SGAP_IFACE_NOTE, "speed",
		    "It runs at %lld Mb/s, though it can do %u: the other side offers no more.",
		    (long long)speed, able);
	else if (speed > 0 && speed < able)
		say(s, SGAP_IFACE_WARNING, "speed", "It runs at %lld Mb/s, though it can do %u.",
		    (long long)speed, able);
	if (is(s, SGAP_IFACE_AUTONEG, 0) && able > 100 && is_card(s))
		say(s, SGAP_IFACE_WARNING, "autonegotiation",
		    "Autonegotiation is off: if the other side negotiates, it falls back to half duplex.");
	if (value(s, SGAP_IFACE_SQI_MAX) > 0 && sgap_iface_has(s->now, SGAP_IFACE_SQI) &&
	    value(s, SGAP_IFACE_SQI) * 2 < value(s, SGAP_IFACE_SQI_MAX))
		say(s, SGAP_IFACE_WARNING, "signal_quality",
		    "The signal is bad: quality %lld of %lld.",
		    (long long)value(s, SGAP_IFACE_SQI), (long long)value(s, SGAP_IFACE_SQI_MAX));
}

static void say_mtu(struct say *s)
{
	__s64 mtu = value(s, SGAP_IFACE_MTU);

	if (is_loopback(s))
		return;
	if (mtu < IPV6_MTU)
		say(s, SGAP_IFACE_FAULT, "mtu",
		    "Its MTU is %lld: IPv6 needs %d, and DNS answers of the usual %d bytes are cut into fragments.",
		    (long long)mtu, IPV6_MTU, 1232);
	else if (mtu < ETHERNET_MTU)
		say(s, SGAP_IFACE_NOTE, "mtu",
		    "Its MTU is %lld and not %d, as behind a tunnel or PPPoE: larger packets are cut, or lost where ICMP is filtered.",
		    (long long)mtu, ETHERNET_MTU);
	else if (mtu > ETHERNET_MTU)
		say(s, SGAP_IFACE_NOTE, "mtu",
		    "Its MTU is %lld: every device of this link must have that, or large answers vanish without a word.",
		    (long long)mtu);
}

/* Sum of the counters of this kind whose names begin so. */
static __u64 sum_of(const struct say *s, enum sgap_iface_count what, const char *prefix)
{
	__u64 sum = 0;
	size_t i;

	for (i = 0; i < s->now->ncounters; i++)
		if (s->now->counter[i].what == what &&
		    !strncmp(s->now->counter[i].name, prefix, strlen(prefix)))
			sum += s->now->counter[i].value;
	return sum;
}

static void say_ring(struct say *s, const char *about, enum sgap_iface_param ring,
		     enum sgap_iface_param max, const char *prefix)
{
	if (value(s, ring) <= 0 || value(s, ring) >= value(s, max) ||
	    !sum_of(s, SGAP_IFACE_DROP, prefix))
		return;
	say(s, SGAP_IFACE_WARNING, about,
	    "Its ring has %lld places of %lld that it may have, and packets were dropped: 'ethtool -G %s %s %lld'.",
	    (long long)value(s, ring), (long long)value(s, max), s->now->name, about,
	    (long long)value(s, max));
}

static void say_buffers(struct say *s)
{
	__s64 usecs = value(s, SGAP_IFACE_CO_RX_USECS);

	say_ring(s, "rx", SGAP_IFACE_RING_RX, SGAP_IFACE_RING_RX_MAX, "rx_");
	say_ring(s, "tx", SGAP_IFACE_RING_TX, SGAP_IFACE_RING_TX_MAX, "tx_");
	if (usecs >= SLOW_COALESCE_US && !is(s, SGAP_IFACE_CO_ADAPTIVE_RX, 1))
		say(s, SGAP_IFACE_WARNING, "rx_usecs",
		    "Interrupts are held back for %lld us: so much later every answer may be read.",
		    (long long)usecs);
	usecs = value(s, SGAP_IFACE_CO_TX_USECS);
	if (usecs >= SLOW_COALESCE_US && !is(s, SGAP_IFACE_CO_ADAPTIVE_TX, 1))
		say(s, SGAP_IFACE_WARNING, "tx_usecs",
		    "That packets are sent is told up to %lld us late: until then their buffers and their place in the ring are taken.",
		    (long long)usecs);
	if (is_card(s) && is(s, SGAP_IFACE_TXQLEN, 0))
		say(s, SGAP_IFACE_NOTE, "txqueuelen",
		    "It queues nothing: what comes while it sends is dropped.");
	if (value(s, SGAP_IFACE_PROMISC) > 0)
		say(s, SGAP_IFACE_NOTE, "promiscuity",
		    "It takes frames for other hosts too (promiscuous mode), as for a capture or a bridge.");
	if (is(s, SGAP_IFACE_EEE_ACTIVE, 1))
		say(s, SGAP_IFACE_NOTE, "eee",
		    "Energy-efficient Ethernet is active: after a pause the first packet waits until the link is awake.");
}

/* Both ways, or none, is usual. */
static void say_pause(struct say *s)
{
	if (is(s, SGAP_IFACE_PAUSE_RX, 1) && is(s, SGAP_IFACE_PAUSE_TX, 0))
		say(s, SGAP_IFACE_NOTE, "pause",
		    "It stops when the other side asks for a pause, but never asks for one itself: what it has no room for is dropped.");
	else if (is(s, SGAP_IFACE_PAUSE_RX, 0) && is(s, SGAP_IFACE_PAUSE_TX, 1))
		say(s, SGAP_IFACE_NOTE, "pause",
		    "It asks the other side for a pause when it has no room, but does not stop when it is asked: what the other side has no room for is dropped.");
}

static const char *fec_in(const struct sgap_iface_modes *modes)
{
	static const char *const kinds[] = { "RS", "BASER", "LLRS" };
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(kinds); k++)
		for (i = 0; i < modes->n; i++)
			if (!strcmp(modes->name[i], kinds[k]))
				return kinds[k];
	return NULL;
}

static void say_fec(struct say *s)
{
	const char *ours = fec_in(&s->now->supported), *peers = fec_in(&s->now->peer);

	if (!is(s, SGAP_IFACE_FEC_ACTIVE, SGAP_IFACE_FEC_NONE) || !ours)
		return;
	if (is(s, SGAP_IFACE_AUTONEG, 1) && peers)
		say(s, SGAP_IFACE_WARNING, "fec",
		    "Forward error correction is off, though it can do %s and the other side offers %s: each bit error loses a frame.",
		    ours, peers);
	else if (value(s, SGAP_IFACE_SPEED) >= FEC_SPEED)
		say(s, SGAP_IFACE_NOTE, "fec",
		    "Forward error correction is off, though it can do %s: at %lld Mb/s each bit error of a long cable loses a frame.",
		    ours, (long long)value(s, SGAP_IFACE_SPEED));
}

static void say_one_channel(struct say *s, const char *about, enum sgap_iface_param channels,
			    enum sgap_iface_param max)
{
	if (!is(s, channels, 1) || value(s, max) < 2)
		return;
	say(s, SGAP_IFACE_NOTE, about,
	    "It uses one channel of %lld: one CPU has all its packets to deal with ('ethtool -L %s %s %lld').",
	    (long long)value(s, max), s->now->name, about, (long long)value(s, max));
}

static void say_channels(struct say *s)
{
	say_one_channel(s, "combined", SGAP_IFACE_CH_COMBINED, SGAP_IFACE_CH_COMBINED_MAX);
	say_one_channel(s, "rx", SGAP_IFACE_CH_RX, SGAP_IFACE_CH_RX_MAX);
}

static const struct sgap_iface_feature *feature(const struct say *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->now->nfeatures; i++)
		if (!strcmp(s->now->feature[i].name, name))
			return &s->now->feature[i];
	return NULL;
}

static void say_features(struct say *s)
{
	const struct sgap_iface_feature *f = feature(s, "rx-checksum");
	size_t i;

	if (f && f->can && !f->active)
		say(s, SGAP_IFACE_NOTE, "rx-checksum",
		    "Checksums of what it receives are checked by the CPU: that costs, and was switched off by somebody.");
	f = feature(s, "rx-lro");
	if (f && f->active)
		say(s, SGAP_IFACE_WARNING, "rx-lro",
		    "Large receive offload is on: packets that are forwarded are changed by it.");
	for (i = 0; i < s->now->nfeatures; i++) {
		f = &s->now->feature[i];
		if (f->wanted && !f->active && f->can)
			say(s, SGAP_IFACE_NOTE, f->name,
			    "%s was asked for, but something else keeps it off.", f->name);
	}
}

static enum sgap_iface_weight weight_of(const struct sgap_iface_counter *c, double rate)
{
	if (c->what == SGAP_IFACE_ERROR)
		return rate > 0 ? SGAP_IFACE_FAULT : SGAP_IFACE_WARNING;
	if (!strcmp(c->source, "pause"))
		return rate > 0 ? SGAP_IFACE_WARNING : SGAP_IFACE_NOTE;
	return c->what == SGAP_IFACE_DROP && rate > 0 ? SGAP_IFACE_WARNING : SGAP_IFACE_NOTE;
}

static const char *meaning(const struct sgap_iface_counter *c)
{
	static const struct { const char *name, *means; } known[] = {
		{ "rx_crc_errors", "frames came damaged: cable, transceiver or the port at the other end" },
		{ "FrameCheckSequenceErrors", "frames came damaged: cable, transceiver or the port at the other end" },
		{ "SymbolErrorDuringCarrier", "the signal is damaged: cable or transceiver" },
		{ "rx_missed_errors", "the card had no room: its ring is too small, or the CPU too slow" },
		{ "rx_fifo_errors", "the card's buffer was full" },
		{ "rx_over_errors", "the card's buffer was full" },
		{ "rx_dropped", "received, but dropped: no room, or no protocol that wants it" },
		{ "rx_nohandler", "received on an interface that takes nothing, as the spare one of a bond" },
		{ "tx_dropped", "not sent: no room, or no link" },
		{ "tx_carrier_errors", "the link was lost while it sent" },
		{ "collisions", "two sides sent at once: half duplex, or a wrong idea of it at one side" },
		{ "LateCollisions", "one side believes in half duplex, the other does not" },
		{ "ip6_too_big", "packets that it should forward are too big for the next link" },
		{ "ip6_reassembly_failures", "fragments did not all arrive: large answers are lost" },
		{ "rx_pause_frames", "the other side asks it to stop sending for a while: it is overloaded" },
		{ "tx_pause_frames", "it asks the other side to stop for a while: this host is overloaded" },
		{ "uncorrectable_blocks", "so bad a signal that error correction could not mend it" },
		{ "corrected_blocks", "bit errors, mended by forward error correction" },
		{ "corrected_bits", "bit errors, mended by forward error correction" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].name, c->name))
			return known[i].means;
	if (!strcmp(c->source, "qdisc"))
		return "the queue was full: more is sent than the link, or its shaping, lets through";
	return c->what == SGAP_IFACE_DROP ? "packets were given up" :
	       c->what == SGAP_IFACE_ERROR ? "none of these should be" : "worth a look";
}

static void say_counters(struct say *s)
{
	size_t i;

	for (i = 0; i < s->now->ncounters; i++) {
		const struct sgap_iface_counter *c = &s->now->counter[i];
		double rate = sgap_iface_rate(s->now, s->before, c);

		if (c->what == SGAP_IFACE_TRAFFIC || !c->value)
			continue;
		if (rate > 0)
			say(s, weight_of(c, rate), c->name, "%s: %llu, %.1f more each second: %s.",
			    c->name, (unsigned long long)c->value, rate, meaning(c));
		else
			say(s, weight_of(c, rate), c->name, "%s: %llu%s: %s.", c->name,
			    (unsigned long long)c->value, rate < 0 ? "" : ", no more just now",
			    meaning(c));
	}
}

void sgap_iface_says(const struct sgap_iface *now, const struct sgap_iface *before,
		     sgap_iface_says_fn fn, void *ctx)
{
	struct say s = { .now = now, .before = before, .fn = fn, .ctx = ctx };

	say_state(&s);
	say_duplex(&s);
	say_speed(&s);
	say_mtu(&s);
	say_buffers(&s);
	say_pause(&s);
	say_fec(&s);
	say_channels(&s);
	say_features(&s);
	say_counters(&s);
}
