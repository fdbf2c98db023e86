// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "ledger/ledger.h"
#include "lib/keep.h"
#include "lib/offline.h"
#include "lib/pcap.h"
#include "log.h"
#include "store.h"

#define TICK_NS (250 * SGAP_NS_PER_MS)

struct replay {
	struct sgap_engine_cfg cfg;
	struct sgap_engine *e;
	struct sgap_keep *keep;
	__u64 now;		/* of the packet that is read */
};

static void take_packet(void *ctx, const struct sgap_rec_packet *rec)
{
	struct replay *r = ctx;

	sgap_engine_record(r->e, "capture", 1000, r->now, &rec->rec);
}

static void take(void *ctx, const struct sgap_rec_txn *rec)
{
	struct replay *r = ctx;

	sgap_engine_record(r->e, "capture", 1000, r->now, &rec->rec);
	sgap_keep_record(r->keep, rec, take_packet, r);
}

static void tick_until(struct replay *r, __u64 ts)
{
	while (r->now + TICK_NS <= ts) {
		r->now += TICK_NS;
		sgap_engine_tick(r->e, r->now);
	}
}

/* The ledger begins with the first packet. */
static int begin(struct replay *r, __u64 ts)
{
	r->now = ts;
	r->cfg.now = ts;
	r->cfg.store = sgap_store_open(r->cfg.conf->store, ts);
	if (r->cfg.store)
		r->e = sgap_engine_new(&r->cfg);
	return r->e ? 0 : -ENOMEM;
}

static int youngest(void *ctx, const struct sgap_entry *e)
{
	__u64 *time = ctx;

	if (e->time > *time)
		*time = e->time;
	return 0;
}

/* The time up to which the ledger has entries: what was before was judged by the run
 * that made them. */
static __u64 judged_until(const struct sgap_conf *conf)
{
	char path[SGAP_LEDGER_PATH], err[256];
	struct sgap_ledger *l;
	__u64 time = 0;

	snprintf(path, sizeof(path), "%s/" SGAP_LEDGER_FILE, conf->store);
	if (sgap_ledger_read(&l, path, err, sizeof(err)))
		return 0;
	sgap_ledger_each(l, 1, 0, youngest, &time);
	sgap_ledger_close(l, 0);
	return time;
}

static int run(struct replay *r, struct sgap_offline *o, struct sgap_pcap *pcap, __u64 quiet)
{
	__u64 last = 0, skipped = 0, until = judged_until(r->cfg.conf);
	struct sgap_pcap_pkt pkt;
	int ret;

	while ((ret = sgap_pcap_next(pcap, &pkt)) > 0) {
		if (pkt.ts <= until) {
			skipped++;
			continue;
		}
		if (!r->e && begin(r, pkt.ts))
			return -ENOMEM;
		tick_until(r, pkt.ts);
		sgap_keep_packet(r->keep, &pkt);
		sgap_offline_packet(o, &pkt);
		last = pkt.ts;
	}
	if (skipped)
		sgap_log(SGAP_LOG_NOTICE, "%llu packets are from before the ledger's end: they are not "
			 "judged again", (unsigned long long)skipped);
	if (!r->e && until) {
		last = until;
		if (begin(r, until))
			return -ENOMEM;
	}
	sgap_offline_finish(o);
	/* What is over closes: time goes on after the last packet. */
	if (last)
		tick_until(r, last + quiet + 20 * SGAP_NS_PER_S);
	return ret;
}

int sgap_replay(const struct sgap_conf *conf, const char *file)
{
	struct replay r = { .cfg = { .conf = conf, .replay = true } };
	struct sgap_offline *o = NULL;
	struct sgap_pcap *pcap;
	char err[256];
	int ret;

	if (sgap_pcap_open(&pcap, file, err, sizeof(err))) {
		sgap_log(SGAP_LOG_ERROR, "%s", err);
		return 2;
	}
	ret = sgap_offline_new(&o, NULL, take, &r);
	if (!ret)
		ret = sgap_keep_new(&r.keep, SGAP_KEEP_FAILED, NULL, 0, 0);
	if (!ret)
		ret = run(&r, o, pcap, conf->quiet_ms * SGAP_NS_PER_MS);
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "'%s': %s", file,
			 *sgap_pcap_note(pcap) ? sgap_pcap_note(pcap) : strerror(-ret));
	sgap_offline_free(o);
	sgap_keep_free(r.keep);
	sgap_engine_free(r.e);
	sgap_store_close(r.cfg.store, r.now);
	sgap_pcap_free(pcap);
	return ret ? 1 : 0;
}
