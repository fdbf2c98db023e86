// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture.h"

#include <stdio.h>

#include "evidence.h"
#include "lib/offline.h"
#include "lib/pcap.h"

struct feed {
	struct sgap_ev *ev;
	__u32 vantage;
};

static void take(void *ctx, const struct sgap_rec_txn *rec)
{
	struct feed *feed = ctx;

	sgap_ev_record(feed->ev, feed->vantage, rec);
}

static bool wants(void *ctx, const struct sgap_addr *client, __u16 port, __u16 id)
{
	const struct feed *feed = ctx;

	return sgap_ev_wants(feed->ev, client, port, id);
}

static void take_fragment(void *ctx, __u64 ts, const struct sgap_addr *src,
			  const struct sgap_addr *dst)
{
	struct feed *feed = ctx;

	sgap_ev_fragment(feed->ev, feed->vantage, ts, src, dst);
}

/* Only one direction of the conversation is there: silence says nothing then. */
static const char *one_sided(const struct sgap_tap_counters *c)
{
	if (c->queries >= 20 && !c->responses)
		return "one-sided: queries only, no answer was captured";
	if (c->responses >= 20 && !c->queries)
		return "one-sided: answers only, no query was captured";
	return "";
}

/* What it says of itself, or else what was seen of it. */
static void say(char *note, size_t len, int ret, const struct sgap_ev *ev,
		const struct sgap_pcap *pcap, const struct sgap_tap_counters *c)
{
	if (ret < 0 || *sgap_pcap_note(pcap))
		snprintf(note, len, "%s", sgap_pcap_note(pcap));
	else if (ev->unnumbered)
		snprintf(note, len, "%u transactions are left out: there are more than %u addresses",
			 ev->unnumbered, SGAP_EV_HOSTS);
	else
		snprintf(note, len, "%s", one_sided(c));
}

static void close_vantage(struct sgap_ev *ev, __u32 n, struct sgap_offline *o)
{
	const struct sgap_tap_counters *c = sgap_offline_counters(o);
	const struct sgap_stats *udp, *tcp;
	struct sgap_vantage *v = &ev->vantage[n];
	struct sgap_addr addr;
	__u32 i;

	for (i = 0; sgap_offline_server(o, i, &addr, &udp, &tcp); i++) {
		sgap_ev_stats(ev, &addr, udp);
		sgap_ev_stats(ev, &addr, tcp);
	}

	v->first = sgap_offline_first(o);
	v->last = sgap_offline_last(o);
	v->packets = c->frames;
	v->messages = c->queries + c->responses;
	v->later_fragments = c->unparsed[SGAP_UNPARSED_FRAGMENT];
	/* A filter for port 53 lets none of them through: they have no ports. */
	v->sees_rest = v->later_fragments;
	sgap_ev_close(ev, n);
}

int sgap_capture_take(struct sgap_ev *ev, const char *name, struct sgap_pcap *pcap,
		      const struct sgap_offline_cfg *cfg, char *note, size_t len)
{
	struct feed feed = { .ev = ev };
	struct sgap_offline *o = NULL;
	struct sgap_pcap_pkt pkt;
	int ret;

	ret = sgap_ev_vantage(ev, name);
	if (ret < 0) {
		snprintf(note, len, "%s: more than %u captures", name, SGAP_EV_VANTAGES);
		return ret;
	}
	feed.vantage = (__u32)ret;
	ev->vantage[feed.vantage].sees_rest = true;	/* until the end, when it is known */
	ev->vantage[feed.vantage].summed = true;
	ret = sgap_offline_new(&o, cfg, take, &feed);
	if (ret) {
		snprintf(note, len, "%s: %s", name, strerror(-ret));
		return ret;
	}
	sgap_offline_on_fragment(o, take_fragment);
	sgap_offline_thin(o, wants);
	while ((ret = sgap_pcap_next(pcap, &pkt)) > 0)
		sgap_offline_packet(o, &pkt);
	sgap_offline_finish(o);
	close_vantage(ev, feed.vantage, o);
	say(note, len, ret, ev, pcap, sgap_offline_counters(o));
	sgap_offline_free(o);
	return ret;
}

int sgap_capture_read(struct sgap_ev *ev, const char *name, const struct sgap_offline_cfg *cfg,
		      char *note, size_t len)
{
	struct sgap_pcap *pcap = NULL;
	char odd[256];
	int ret;

	ret = sgap_pcap_open(&pcap, name, note, len);
	if (ret)
		return ret;
	ret = sgap_capture_take(ev, name, pcap, cfg, odd, sizeof(odd));
	if (ret < 0)
		snprintf(note, len, "%s: %s", name, odd);
	else
		snprintf(note, len, "%s", odd);
	sgap_pcap_free(pcap);
	return ret;
}
