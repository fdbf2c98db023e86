// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "command.h"
#include "lib/dev.h"
#include "lib/live.h"
#include "lib/nl.h"
#include "lib/offline.h"
#include "lib/pcap.h"
#include "out.h"
#include "tap_opt.h"

#define BATCH 512		/* packets or records of one step */

struct sgap_source {
	const char *path;	/* of the command, for messages */
	const char *name;
	struct sgap_live *live;
	struct sgap_pcap *pcap;
	struct sgap_offline *offline;
	struct sgap_keep *keep;
	int err;		/* what broke it */
	__u64 limit;
	struct sgap_pcap_pkt next;	/* one that was read, but is younger than limit */
	bool has_next;
	sgap_source_fn fn;	/* during a step */
	void *ctx;
};

/* The device of the tap; every way that it may be missing has its sentence. */
static int open_device(struct sgap_source *s)
{
	char path[SGAP_DEV_PATH];
	int ret = sgap_dev_find(path, s->name);

	if (ret == -ENOENT) {
		sgap_error("%s: %s of the tap on '%s' is missing: mount devtmpfs on /dev",
			   s->path, path, s->name);
		return SGAP_EXIT_FAULT;
	}
	if (ret) {
		sgap_error("%s: there is no tap on '%s': 'stopgap tap add %s' makes one",
			   s->path, s->name, s->name);
		return SGAP_EXIT_FAULT;
	}
	ret = sgap_live_open(&s->live, path);
	if (!ret)
		return SGAP_EXIT_OK;
	if (ret == -EACCES || ret == -EPERM)
		sgap_error("%s: %s: this needs root, or to be of the device's group (%s)",
			   s->path, path, strerrorname_np(-ret));
	else
		sgap_error("%s: %s: %s (%s)", s->path, path, strerror(-ret),
			   strerrorname_np(-ret));
	return SGAP_EXIT_FAULT;
}

/* Packets are wanted: does the tap keep any? Who may not ask finds out by himself. */
static int check_snaplen(const struct sgap_source *s, struct sgap_nl *nl)
{
	struct sgap_tap_info tap;

	if (sgap_nl_tap_get(nl, s->name, &tap) || tap.snaplen)
		return SGAP_EXIT_OK;
	sgap_error("%s: the tap on '%s' keeps no packets: 'stopgap tap add %s --snaplen 1500' makes one that does",
		   s->path, s->name, s->name);
	return SGAP_EXIT_FAULT;
}

static int open_live(struct sgap_source *s, const struct sgap_args *args,
		     enum sgap_source_packets packets)
{
	struct sgap_nl *nl = sgap_out_connect(args);	/* says it when no module is loaded */
	int ret = SGAP_EXIT_OK;

	if (!nl)
		return SGAP_EXIT_FAULT;
	s->name = args->arg[0];
	if (strlen(s->name) > 15) {
		sgap_error("%s: '%s' is not the name of an interface: expected 1 to 15 characters",
			   s->path, s->name);
		ret = SGAP_EXIT_USAGE;
	}
	if (!ret)
		ret = open_device(s);
	if (!ret && packets)
		ret = check_snaplen(s, nl);
	sgap_nl_close(nl);
	return ret;
}

static void take_packet(void *ctx, const struct sgap_rec_packet *rec)
{
	struct sgap_source *s = ctx;

	s->fn(s->ctx, &rec->rec);
}

static void take_txn(void *ctx, const struct sgap_rec_txn *rec)
{
	struct sgap_source *s = ctx;

	s->fn(s->ctx, &rec->rec);
	if (s->keep)
		sgap_keep_record(s->keep, rec, take_packet, s);
}

static void take_partial(void *ctx, const struct sgap_rec_partial *rec)
{
	struct sgap_source *s = ctx;

	s->fn(s->ctx, &rec->rec);
}

static int open_pcap(struct sgap_source *s, const struct sgap_args *args,
		     enum sgap_source_packets packets)
{
	struct sgap_offline_cfg cfg;
	char why[256];
	int ret;

	if (sgap_tap_opt_offline(args, &cfg))
		return SGAP_EXIT_USAGE;
	s->name = sgap_args_get(args, "pcap");
	if (sgap_pcap_open(&s->pcap, s->name, why, sizeof(why))) {
		sgap_error("%s: %s", s->path, why);
		return SGAP_EXIT_FAULT;
	}
	ret = sgap_offline_new(&s->offline, &cfg, take_txn, s);
	if (!ret)
		sgap_offline_on_partial(s->offline, take_partial);
	if (!ret && packets)
		ret = sgap_keep_new(&s->keep, packets == SGAP_SOURCE_ALL ? SGAP_KEEP_ALL :
				    SGAP_KEEP_FAILED, cfg.ports, cfg.nports, cfg.flags);
	if (ret)
		sgap_error("%s: %s", s->path, strerror(-ret));
	return ret ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}

int sgap_source_open(struct sgap_source **out, const struct sgap_args *args,
		     enum sgap_source_packets packets)
{
	struct sgap_source *s;
	int ret;

	if (!args->narg == !sgap_args_has(args, "pcap")) {
		sgap_error("%s: expected either DEV, an interface with a tap, or --pcap FILE",
			   args->path);
		return SGAP_EXIT_USAGE;
	}
	if (args->narg && sgap_tap_opt_none(args))
		return SGAP_EXIT_USAGE;
	s = calloc(1, sizeof(*s));
	if (!s) {
		sgap_error("%s: %s", args->path, strerror(ENOMEM));
		return SGAP_EXIT_FAULT;
	}
	s->path = args->path;
	s->limit = ~0ULL;
	ret = args->narg ? open_live(s, args, packets) : open_pcap(s, args, packets);
	if (ret) {
		sgap_source_close(s);
		return ret;
	}
	*out = s;
	return SGAP_EXIT_OK;
}

static enum sgap_source_step step_live(struct sgap_source *s)
{
	const struct sgap_rec *rec;
	int n, ret = 0;

	for (n = 0; n < BATCH; n++) {
		ret = sgap_live_next(s->live, &rec);
		if (ret <= 0)
			break;
		s->fn(s->ctx, rec);
	}
	if (ret >= 0)
		return ret ? SGAP_SOURCE_MORE : SGAP_SOURCE_WAIT;
	s->err = ret;
	return SGAP_SOURCE_BROKEN;
}

/* The next packet of the capture as sgap_pcap_next(); -EAGAIN: not yet. */
static int next_packet(struct sgap_source *s)
{
	int ret = s->has_next ? 1 : sgap_pcap_next(s->pcap, &s->next);

	s->has_next = ret > 0 && s->next.ts > s->limit;
	return s->has_next ? -EAGAIN : ret;
}

static enum sgap_source_step step_pcap(struct sgap_source *s)
{
	int n, ret = 0;

	for (n = 0; n < BATCH; n++) {
		ret = next_packet(s);
		if (ret <= 0)
			break;
		if (s->keep)
			sgap_keep_packet(s->keep, &s->next);
		sgap_offline_packet(s->offline, &s->next);
	}
	if (ret > 0)
		return SGAP_SOURCE_MORE;
	if (ret == -EAGAIN)
		return SGAP_SOURCE_WAIT;
	sgap_offline_finish(s->offline);
	s->err = ret;
	return ret ? SGAP_SOURCE_BROKEN : SGAP_SOURCE_END;
}

int sgap_source_complain(const struct sgap_source *s)
{
	if (s->pcap)	/* its note is said when it is closed */
		return SGAP_EXIT_FAULT;
	if (s->err != -ENODEV)
		return sgap_error_kernel(NULL, s->err, "%s '%s'", s->path, s->name);
	sgap_error("%s: the tap on '%s' is gone", s->path, s->name);
	return SGAP_EXIT_FAULT;
}

void sgap_source_limit(struct sgap_source *s, __u64 ts)
{
	s->limit = ts;
}

enum sgap_source_step sgap_source_step(struct sgap_source *s, sgap_source_fn fn, void *ctx)
{
	s->fn = fn;
	s->ctx = ctx;
	return s->live ? step_live(s) : step_pcap(s);
}

__u64 sgap_source_held(const struct sgap_source *s)
{
	return s->has_next ? s->next.ts : 0;
}

bool sgap_source_is_live(const struct sgap_source *s)
{
	return s->live;
}

const char *sgap_source_name(const struct sgap_source *s)
{
	return s->name;
}

int sgap_source_fd(const struct sgap_source *s)
{
	return s->live ? sgap_live_fd(s->live) : -1;
}

__u64 sgap_source_now(const struct sgap_source *s)
{
	return s->offline ? sgap_offline_last(s->offline) : 0;
}

__u64 sgap_source_lost(const struct sgap_source *s)
{
	return s->live ? sgap_live_lost(s->live) : 0;
}

void sgap_source_close(struct sgap_source *s)
{
	if (!s)
		return;
	if (s->live && sgap_live_lost(s->live))
		sgap_error("%s: %llu records were lost: this reader was too slow", s->path,
			   (unsigned long long)sgap_live_lost(s->live));
	if (s->pcap && *sgap_pcap_note(s->pcap))
		sgap_error("%s: %s: %s", s->path, s->name, sgap_pcap_note(s->pcap));
	sgap_live_close(s->live);
	sgap_keep_free(s->keep);
	sgap_offline_free(s->offline);
	sgap_pcap_free(s->pcap);
	free(s);
}
