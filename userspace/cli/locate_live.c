// SPDX-License-Identifier: GPL-2.0-or-later
#include "locate_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "command.h"
#include "lib/addr.h"
#include "lib/dev.h"
#include "lib/live.h"
#include "lib/nl.h"
#include "locate/answer.h"
#include "locate/evidence.h"
#include "locate/judge.h"
#include "locate/recent.h"
#include "locate_answer.h"
#include "out.h"
#include "stop.h"

#define JUDGE_MS 500

struct watch {
	struct sgap_live *live;
	struct sgap_recent *recent;
	const char *dev;
	char last[128];		/* what the verdict before said */
	const struct sgap_args *args;
	int status;
};

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

static int drain(struct watch *w)
{
	const struct sgap_rec *rec;
	int ret;

	while ((ret = sgap_live_next(w->live, &rec)) > 0) {
		ret = sgap_recent_keep(w->recent, 0, rec);
		if (ret)
			return ret;
	}
	sgap_recent_lost(w->recent, 0, sgap_live_lost(w->live));
	return ret;
}

/* Who and why, without the counts: these change with every second. */
static void say_short(char *buf, size_t size, const struct sgap_judge *j,
		      const struct sgap_verdict *v)
{
	char who[SGAP_ADDR_TEXT];

	if (!v->best)
		snprintf(buf, size, "%d", v->lacks);
	else
		snprintf(buf, size, "%s %s", v->best->cause->id,
			 sgap_addr_text(who, j->ev->hosts[v->best->host].addr.b));
}

static int print(void *ctx, const struct sgap_judge *j, const struct sgap_verdict *v)
{
	struct watch *w = ctx;
	const struct sgap_answer_source source = { "live", "" };
	char now[sizeof(w->last)];
	int ret;

	w->status = sgap_answer_exit(v);
	say_short(now, sizeof(now), j, v);
	if (!strcmp(now, w->last))
		return 0;
	strcpy(w->last, now);
	ret = sgap_locate_answer(w->args, &source, j, v);
	return ret ? ret : sgap_out_flush() ? 0 : -EPIPE;
}

static int follow(struct watch *w, int stop, unsigned long long for_ms)
{
	__u64 start = clock_ns(CLOCK_MONOTONIC), next = start, now;
	int ret;

	for (;;) {
		ret = drain(w);
		if (ret)
			break;
		now = clock_ns(CLOCK_MONOTONIC);
		if (now >= next) {
			ret = sgap_recent_judge(w->recent, clock_ns(CLOCK_REALTIME), print, w);
			if (ret)
				break;
			next = now + JUDGE_MS * SGAP_NS_PER_MS;
		}
		if (for_ms && now - start >= for_ms * SGAP_NS_PER_MS)
			return w->status;
		/* Records are taken in batches: what waits does so in the ring. */
		if (sgap_stop_wait(stop, -1, 100) == SGAP_STOP_ASKED)
			return w->status;
	}
	if (ret == -ENODEV) {
		sgap_error("locate: the tap on '%s' is gone", w->dev);
		return SGAP_EXIT_USAGE;
	}
	sgap_error("locate: '%s': %s", w->dev, strerror(-ret));
	return SGAP_EXIT_USAGE;
}

static int open_tap(struct watch *w)
{
	char path[SGAP_DEV_PATH];
	int ret = sgap_dev_find(path, w->dev);

	if (ret) {
		sgap_error("locate: there is no tap on '%s': 'stopgap tap add %s' makes one",
			   w->dev, w->dev);
		return ret;
	}
	ret = sgap_live_open(&w->live, path);
	if (ret)
		sgap_error("locate: %s: %s (%s)", path, strerror(-ret), strerrorname_np(-ret));
	return ret;
}

int sgap_locate_live(const struct sgap_args *args)
{
	struct watch w = { .dev = sgap_args_get(args, "live"),
			   .args = args, .status = SGAP_EXIT_USAGE };
	unsigned long long for_ms = 0;
	struct sgap_nl *nl;
	int stop = -1;

	if (sgap_args_duration(args, "for", 1000, 86400000, &for_ms))
		return SGAP_EXIT_USAGE;
	nl = sgap_out_connect(args);	/* enters --netns; says it when no module is loaded */
	if (!nl)
		return SGAP_EXIT_USAGE;
	sgap_nl_close(nl);
	w.recent = sgap_recent_new(clock_ns(CLOCK_REALTIME));
	if (w.recent && sgap_recent_vantage(w.recent, w.dev) >= 0 && !open_tap(&w)) {
		stop = sgap_stop_open();
		if (stop >= 0)
			w.status = follow(&w, stop, for_ms);
	}
	if (stop >= 0)
		close(stop);
	if (w.live)
		sgap_live_close(w.live);
	sgap_recent_free(w.recent);
	return w.status;
}
