// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "ledger/ledger.h"
#include "lib/keep.h"
#include "lib/offline.h"
#include "lib/pcap.h"
#include "lib/text.h"
#include "log.h"
#include "observe.h"
#include "serve.h"
#include "store.h"

#define TICK_NS (250 * SGAP_NS_PER_MS)

struct replay {
	struct sgap_engine_cfg cfg;
	struct sgap_engine *e;
	struct sgap_offline *o;
	struct sgap_serve *serve;
	struct sgap_keep *keep;
	__u64 now;		/* of the packet that is read */
	__u64 began, first;	/* CLOCK_MONOTONIC and the capture's time then, ns */
	unsigned int speed;	/* 0: at once */
};

static __u64 mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

static void observe(void *ctx, struct sgap_metrics *m)
{
	struct replay *r = ctx;

	if (!r->e)
		return;
	sgap_observe_daemon(m, r->e, r->cfg.store);
	sgap_observe_capture(m, r->o);
}

/* Until it is the time of the capture. */
static void pace(struct replay *r)
{
	__u64 due = r->began + (r->speed ? (r->now - r->first) / r->speed : 0), now;

	while (r->speed && (now = mono_ns()) < due)
		sgap_serve_wait(r->serve, (int)((due - now) / SGAP_NS_PER_MS) + 1);
	if (r->speed)
		sgap_serve_tick(r->serve);
}

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
		pace(r);
	}
}

/* The ledger begins with the first packet. */
static int begin(struct replay *r, __u64 ts)
{
	r->now = ts;
	r->first = ts;
	r->began = mono_ns();
	r->cfg.now = ts;
	r->cfg.store = sgap_store_open(r->cfg.conf->store, ts);
	if (r->cfg.store)
		r->e = sgap_engine_new(&r->cfg);
	return r->e ? 0 : -ENOMEM;
}

static int youngest(void *ctx, const struct sgap_entry *e)
{
	__u64 *time = ctx;

	/* What the ledger says of itself was not judged. */
	if (strncmp(e->type, "ledger.", 7) && e->time > *time)
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

static int run(struct replay *r, struct sgap_pcap *pcap, __u64 quiet)
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
		sgap_offline_packet(r->o, &pkt);
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
	sgap_offline_finish(r->o);
	/* What is over closes: time goes on after the last packet. */
	if (last)
		tick_until(r, last + quiet + 20 * SGAP_NS_PER_S);
	return ret;
}

int sgap_replay(const struct sgap_conf *conf, const char *file, unsigned int speed)
{
	struct replay r = { .cfg = { .conf = conf, .replay = true }, .speed = speed };
	struct sgap_conf quiet = *conf;
	struct sgap_pcap *pcap;
	char err[256];
	int ret;

	if (sgap_pcap_open(&pcap, file, err, sizeof(err))) {
		sgap_log(SGAP_LOG_ERROR, "%s", err);
		return 2;
	}
	/* One that is over at once is listened to by nobody. */
	sgap_text_copy(quiet.listen, sizeof(quiet.listen), speed ? conf->listen : "off");
	r.serve = sgap_serve_start(&quiet, observe, &r);
	ret = r.serve ? sgap_offline_new(&r.o, NULL, take, &r) : -ENOMEM;
	if (!ret)
		ret = sgap_keep_new(&r.keep, SGAP_KEEP_FAILED, NULL, 0, 0);
	if (!ret)
		ret = run(&r, pcap, conf->quiet_ms * SGAP_NS_PER_MS);
	if (r.e)
		sgap_serve_file(r.serve);
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "'%s': %s", file,
			 *sgap_pcap_note(pcap) ? sgap_pcap_note(pcap) : strerror(-ret));
	sgap_serve_stop(r.serve);
	sgap_offline_free(r.o);
	sgap_keep_free(r.keep);
	sgap_engine_free(r.e);
	sgap_store_close(r.cfg.store, r.now);
	sgap_pcap_free(pcap);
	return ret ? 1 : 0;
}
