// SPDX-License-Identifier: GPL-2.0-or-later
#include "taps.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "lib/dev.h"
#include "lib/live.h"
#include "lib/nl.h"
#include "lib/text.h"
#include "log.h"

#define TAPS 32u
#define BATCH 20000u		/* records of one tap, before the others have their turn */

struct tap {
	char ifname[16];
	struct sgap_live *live;	/* NULL: it is there, but could not be opened */
	__u32 minor, overdue_ms;
	__u64 lost;
	int error;		/* said last */
	bool met;		/* in this scan */
};

struct sgap_taps {
	struct sgap_engine *e;
	struct tap tap[TAPS];
	unsigned int n;
	char refused[SGAP_CONF_TAPS][16];	/* said last of each that conf lists */
};

struct sgap_taps *sgap_taps_new(struct sgap_engine *e)
{
	struct sgap_taps *taps = calloc(1, sizeof(*taps));

	if (taps)
		taps->e = e;
	return taps;
}

static void drop(struct sgap_taps *taps, unsigned int i)
{
	sgap_log(SGAP_LOG_NOTICE, "the tap on '%s' is gone", taps->tap[i].ifname);
	sgap_live_close(taps->tap[i].live);
	taps->n--;
	memmove(taps->tap + i, taps->tap + i + 1, (taps->n - i) * sizeof(taps->tap[0]));
}

void sgap_taps_free(struct sgap_taps *taps)
{
	if (!taps)
		return;
	while (taps->n)
		sgap_live_close(taps->tap[--taps->n].live);
	free(taps);
}

static void open_tap(struct tap *tap)
{
	char path[SGAP_DEV_PATH];
	int ret = sgap_dev_find(path, tap->ifname);

	if (!ret)
		ret = sgap_live_open(&tap->live, path);
	if (!ret)
		sgap_log(SGAP_LOG_NOTICE, "reading the tap on '%s'", tap->ifname);
	else if (ret != tap->error)
		sgap_log(SGAP_LOG_ERROR, "the tap on '%s' cannot be read: %s", tap->ifname,
			 strerror(-ret));
	tap->error = ret;
}

static int meet(void *ctx, const struct sgap_tap_info *info)
{
	struct sgap_taps *taps = ctx;
	struct tap *tap = NULL;
	unsigned int i;

	for (i = 0; i < taps->n && !tap; i++)
		if (taps->tap[i].minor == info->minor && !strcmp(taps->tap[i].ifname, info->ifname))
			tap = &taps->tap[i];
	if (!tap && taps->n < TAPS) {
		tap = &taps->tap[taps->n++];
		memset(tap, 0, sizeof(*tap));
		sgap_text_copy(tap->ifname, sizeof(tap->ifname), info->ifname);
		tap->minor = info->minor;
	}
	if (!tap)
		return 0;
	tap->met = true;
	tap->overdue_ms = info->overdue_ms ? info->overdue_ms : 1000;
	if (!tap->live)
		open_tap(tap);
	return 0;
}

/* An interface that is listed and has no tap gets one. */
static void add_listed(struct sgap_taps *taps, struct sgap_nl *nl, const struct sgap_conf *conf)
{
	__u32 i;

	for (i = 0; i < conf->ntaps; i++) {
		struct sgap_tap_info tap = { .has = SGAP_HAS(SGAP_TAP_A_IFNAME) };
		int ret;

		if (!if_nametoindex(conf->taps[i]) || !sgap_nl_tap_get(nl, conf->taps[i], &tap))
			continue;
		memset(&tap, 0, sizeof(tap));
		sgap_text_copy(tap.ifname, sizeof(tap.ifname), conf->taps[i]);
		tap.snaplen = conf->snaplen;
		tap.packet_rate = conf->packet_rate;
		tap.has = SGAP_HAS(SGAP_TAP_A_IFNAME) | SGAP_HAS(SGAP_TAP_A_SNAPLEN) |
			  SGAP_HAS(SGAP_TAP_A_PACKET_RATE);
		ret = sgap_nl_tap_add(nl, &tap);
		if (!ret)
			sgap_log(SGAP_LOG_NOTICE, "'%s' is tapped", conf->taps[i]);
		else if (strcmp(taps->refused[i], conf->taps[i]) != 0)
			sgap_log(SGAP_LOG_ERROR, "'%s' cannot be tapped: %s %s", conf->taps[i],
				 strerror(-ret), sgap_nl_sentence(nl));
		sgap_text_copy(taps->refused[i], sizeof(taps->refused[i]), ret ? conf->taps[i] : "");
	}
}

void sgap_taps_scan(struct sgap_taps *taps, struct sgap_nl *nl, const struct sgap_conf *conf,
		    __u64 now)
{
	unsigned int i;

	for (i = 0; i < taps->n; i++)
		taps->tap[i].met = false;
	if (nl) {
		add_listed(taps, nl, conf);
		if (sgap_nl_taps(nl, meet, taps))
			return;		/* not known: asked again soon */
	}
	for (i = taps->n; i-- > 0; ) {
		if (taps->tap[i].met)
			continue;
		/* The last records of a tap that is gone are still in its ring. */
		sgap_taps_drain(taps, now);
		if (i < taps->n && !taps->tap[i].met)
			drop(taps, i);
	}
}

/* Returns -errno when the tap can be read no more. */
static int drain_one(struct sgap_taps *taps, struct tap *tap, __u64 now)
{
	const struct sgap_rec *rec;
	unsigned int n = 0;
	int ret = 0;

	while (n++ < BATCH && (ret = sgap_live_next(tap->live, &rec)) > 0)
		sgap_engine_record(taps->e, tap->ifname, tap->overdue_ms, now, rec);
	if (sgap_live_lost(tap->live) != tap->lost) {
		tap->lost = sgap_live_lost(tap->live);
		sgap_engine_lost(taps->e, tap->ifname, now, tap->lost);
	}
	return ret < 0 ? ret : 0;
}

void sgap_taps_drain(struct sgap_taps *taps, __u64 now)
{
	unsigned int i;

	for (i = taps->n; i-- > 0; ) {
		int ret = taps->tap[i].live ? drain_one(taps, &taps->tap[i], now) : 0;

		if (ret && ret != -ENODEV)
			sgap_log(SGAP_LOG_ERROR, "the tap on '%s': %s", taps->tap[i].ifname,
				 strerror(-ret));
		if (ret)
			drop(taps, i);
	}
}

bool sgap_taps_missed(const struct sgap_taps *taps, const char *ifname, __u64 *missed)
{
	unsigned int i;

	for (i = 0; i < taps->n; i++) {
		if (!taps->tap[i].live || strcmp(taps->tap[i].ifname, ifname) != 0)
			continue;
		*missed = taps->tap[i].lost;
		return true;
	}
	return false;
}

unsigned int sgap_taps_count(const struct sgap_taps *taps)
{
	unsigned int i, n = 0;

	for (i = 0; i < taps->n; i++)
		n += taps->tap[i].live != NULL;
	return n;
}
