// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "lib/dev.h"
#include "lib/live.h"
#include "lib/rec.h"
#include "out.h"
#include "stop.h"

static __u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000 + (__u64)ts.tv_nsec / 1000000;
}

static int read_all(struct sgap_live *live, const struct sgap_watch *w)
{
	const struct sgap_rec *rec;
	int ret;

	while ((ret = sgap_live_next(live, &rec)) > 0)
		if (rec->type == SGAP_REC_TXN && sgap_rec_is_whole(rec))
			w->take(w->ctx, (const void *)rec);
	return ret;
}

static int follow(struct sgap_live *live, const struct sgap_watch *w, __u64 for_ms)
{
	__u64 now = now_ms(), end = now + for_ms, due = w->pause ? now + w->every_ms : end;
	int ret = 0, stop = sgap_stop_open();

	if (stop < 0)
		return stop;
	while (!ret && (now = now_ms()) < end) {
		__u64 next = due < end ? due : end;

		if (now < next && sgap_stop_wait(stop, sgap_live_fd(live), (int)(next - now)) ==
				  SGAP_STOP_ASKED)
			break;
		ret = read_all(live, w);
		if (!ret && w->pause && now_ms() >= due) {
			ret = w->pause(w->ctx);
			due = now_ms() + w->every_ms;
		}
	}
	if (!ret && w->pause)
		ret = w->pause(w->ctx);
	close(stop);
	return ret;
}

int sgap_watch_tap(const struct sgap_args *args, const struct sgap_watch *w, __u64 for_ms)
{
	const char *dev = sgap_args_get(args, "tap");
	struct sgap_live *live = NULL;
	char path[SGAP_DEV_PATH];
	int ret = sgap_dev_find(path, dev);

	if (ret) {
		sgap_error("%s: there is no tap on '%s': 'stopgap tap add %s' makes one",
			   args->path, dev, dev);
		return ret;
	}
	ret = sgap_live_open(&live, path);
	if (!ret)
		ret = follow(live, w, for_ms);
	sgap_live_close(live);
	if (ret)
		sgap_error("%s: %s: %s (%s)", args->path, path, strerror(-ret),
			   strerrorname_np(-ret));
	return ret;
}
