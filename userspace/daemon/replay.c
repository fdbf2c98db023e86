// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "lib/offline.h"
#include "lib/pcap.h"
#include "log.h"
#include "store.h"

#define TICK_NS (250 * SGAP_NS_PER_MS)

struct replay {
	struct sgap_engine_cfg cfg;
	struct sgap_engine *e;
	__u64 now;		/* of the packet that is read */
};

static void take(void *ctx, const struct sgap_rec_txn *rec)
{
	struct replay *r = ctx;

	sgap_engine_record(r->e, "capture", 1000, r->now, &rec->rec);
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

static int run(struct replay *r, struct sgap_offline *o, struct sgap_pcap *pcap, __u64 quiet)
{
	struct sgap_pcap_pkt pkt;
	__u64 last = 0;
	int ret;

	while ((ret = sgap_pcap_next(pcap, &pkt)) > 0) {
		if (!r->e && begin(r, pkt.ts))
			return -ENOMEM;
		tick_until(r, pkt.ts);
		sgap_offline_packet(o, &pkt);
		last = pkt.ts;
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
		ret = run(&r, o, pcap, conf->quiet_ms * SGAP_NS_PER_MS);
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "'%s': %s", file,
			 *sgap_pcap_note(pcap) ? sgap_pcap_note(pcap) : strerror(-ret));
	sgap_offline_free(o);
	sgap_engine_free(r.e);
	sgap_store_close(r.cfg.store, r.now);
	sgap_pcap_free(pcap);
	return ret ? 1 : 0;
}
