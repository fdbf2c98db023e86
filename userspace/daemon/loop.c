// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "drop.h"
#include "engine.h"
#include "hook.h"
#include "kernel.h"
#include "lib/text.h"
#include "log.h"
#include "observe.h"
#include "serve.h"
#include "store.h"
#include "taps.h"

#define TURN_MS 50u		/* records are taken in batches: what waits does so in the ring */
#define SCAN_NS SGAP_NS_PER_S
#define STEP_NS SGAP_NS_PER_S	/* a jump of the clock that is worth an entry */

struct loop {
	struct sgap_conf *conf;
	char *path;
	const char *store_dir;
	struct sgap_store *store;
	struct sgap_hook *hook;
	struct sgap_engine *e;
	struct sgap_kernel *k;
	struct sgap_taps *taps;
	struct sgap_serve *serve;
	int epoll, signals, timer;
	int kernel_fd;		/* that epoll knows of */
	__u64 scan_next, dog_next, dog_every;
	__s64 offset;		/* of the clock to the time since boot, ns */
	bool ready, stop;
};

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

static int watch(const struct loop *l, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void say(void *ctx, unsigned int line, const char *what)
{
	sgap_log(SGAP_LOG_ERROR, "%s:%u: %s", (const char *)ctx, line, what);
}

static void reload(struct loop *l, __u64 now)
{
	static struct sgap_conf fresh;
	int ret = sgap_conf_read(&fresh, l->path, say, l->path);

	if (ret) {
		sgap_log(SGAP_LOG_ERROR, "'%s' is not taken over; all stays as it was: %s", l->path,
			 ret < 0 ? strerror(-ret) : "see above");
		return;
	}
	sgap_notify("RELOADING=1\nMONOTONIC_USEC=%llu",
		    (unsigned long long)(clock_ns(CLOCK_MONOTONIC) / 1000));
	/* Read anew rather than copied: its words are pointers into itself. */
	sgap_conf_read(l->conf, l->path, NULL, NULL);
	if (l->store_dir)
		sgap_text_copy(l->conf->store, sizeof(l->conf->store), l->store_dir);
	sgap_hook_reload(l->hook);
	sgap_engine_reload(l->e);
	sgap_kernel_grants(l->k, l->conf);
	sgap_store_put(l->store, now, "daemon.reload", 0, json_object());
	sgap_log(SGAP_LOG_NOTICE, "'%s' was read anew", l->path);
	sgap_notify("READY=1");
}

static void take_signals(struct loop *l, __u64 now)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(l, now);
		else
			l->stop = true;
	}
}

/*
 * The time by the clock, and what it is ahead of the time since boot. False when the
 * process was held up between the two, and the latter cannot be told.
 */
static bool read_clocks(__u64 *now, __s64 *offset)
{
	__u64 before = clock_ns(CLOCK_BOOTTIME), after;

	*now = clock_ns(CLOCK_REALTIME);
	after = clock_ns(CLOCK_BOOTTIME);
	*offset = (__s64)(*now - after);
	return after - before < STEP_NS / 4;
}

/*
 * The time by the clock. Times in the ledger are of it: when somebody put it, the ledger
 * says so before anything that has a time of the new one.
 */
static __u64 take_time(struct loop *l)
{
	__s64 offset, step;
	__u64 now;

	if (!read_clocks(&now, &offset))
		return now;
	step = offset - l->offset;
	if (step <= (__s64)STEP_NS && step >= -(__s64)STEP_NS)
		return now;
	/* It is not to be lost: retention goes by it. Later, then. */
	if (sgap_store_full(l->store))
		return now;
	sgap_log(SGAP_LOG_WARNING, "the clock was put %s by %lld ms", step < 0 ? "back" : "forward",
		 (long long)llabs(step) / (long long)SGAP_NS_PER_MS);
	sgap_store_put(l->store, now, "clock.step", 0, json_pack("{s:I}", "ns", (json_int_t)step));
	if (l->e)
		sgap_engine_stepped(l->e, now);
	l->offset = offset;
	return now;
}

static void follow_kernel(struct loop *l, __u64 now)
{
	int fd;

	sgap_kernel_check(l->k, l->conf, now);
	fd = sgap_kernel_fd(l->k);
	/* A closed descriptor has left epoll by itself. */
	if (fd >= 0 && fd != l->kernel_fd && watch(l, fd))
		fd = -1;
	l->kernel_fd = fd;
	sgap_taps_scan(l->taps, sgap_kernel_nl(l->k), l->conf, now);
}

static void report_status(struct loop *l)
{
	struct sgap_engine_counts counts = sgap_engine_counts(l->e);
	struct sgap_store_counts stored = sgap_store_counts(l->store);

	sgap_notify("STATUS=%u taps, %u incidents open, %llu entries written, %llu wait, %llu lost",
		    sgap_taps_count(l->taps), counts.open, (unsigned long long)stored.written,
		    (unsigned long long)stored.waiting, (unsigned long long)stored.lost);
}

static void turn(struct loop *l)
{
	__u64 now = take_time(l), since = clock_ns(CLOCK_MONOTONIC);

	if (since >= l->scan_next) {
		l->scan_next = since + SCAN_NS;
		follow_kernel(l, now);
		report_status(l);
	}
	sgap_taps_drain(l->taps, now);
	sgap_engine_tick(l->e, now);
	sgap_serve_run(l->serve);
	sgap_serve_tick(l->serve);
	if (!l->ready) {
		l->ready = true;
		sgap_notify("READY=1");
	}
	if (l->dog_every && since >= l->dog_next) {
		l->dog_next = since + l->dog_every;
		sgap_notify("WATCHDOG=1");
	}
}

/* Its end is readable for ever: it is looked at once. */
static void take_hook(struct loop *l, __u64 now)
{
	int fd = sgap_hook_fd(l->hook);

	if (!sgap_engine_told(l->e, now))
		return;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
	sgap_log(SGAP_LOG_ERROR, "inform: the child that runs it has ended; "
		 "until a restart nobody is informed");
}

static int run(struct loop *l)
{
	struct epoll_event events[8];
	__u64 ticks;
	int i, n;

	while (!l->stop) {
		n = epoll_wait(l->epoll, events, 8, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (i = 0; i < n; i++) {
			__u64 now = take_time(l);
			int fd = events[i].data.fd;

			if (fd == l->signals)
				take_signals(l, now);
			else if (fd == sgap_hook_fd(l->hook))
				take_hook(l, now);
			else if (fd == sgap_serve_fd(l->serve))
				sgap_serve_run(l->serve);
			else if (fd == l->timer && read(fd, &ticks, sizeof(ticks)) == sizeof(ticks))
				turn(l);
			else if (fd == sgap_kernel_fd(l->k) && sgap_kernel_events(l->k, now))
				sgap_taps_drain(l->taps, now);
		}
	}
	return 0;
}

static void observe(void *ctx, struct sgap_metrics *m)
{
	struct loop *l = ctx;

	sgap_observe_daemon(m, l->e, l->store);
	sgap_observe_kernel(m, sgap_kernel_nl(l->k), l->taps);
}

static int open_fds(struct loop *l)
{
	const struct timespec every = { .tv_nsec = TURN_MS * (long)SGAP_NS_PER_MS };
	const struct itimerspec spec = { every, every };
	sigset_t set;
	int ret;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->epoll < 0 || l->signals < 0 || l->timer < 0 ||
	    timerfd_settime(l->timer, 0, &spec, NULL))
		return -errno;
	l->serve = sgap_serve_start(l->conf, observe, l);
	if (!l->serve)
		return -ENOMEM;
	ret = watch(l, l->signals);
	if (!ret)
		ret = watch(l, l->timer);
	if (!ret && sgap_serve_fd(l->serve) >= 0)
		ret = watch(l, sgap_serve_fd(l->serve));
	return ret ? ret : watch(l, sgap_hook_fd(l->hook));
}

static int build(struct loop *l)
{
	struct sgap_engine_cfg cfg = { .conf = l->conf, .start = sgap_kernel_start };
	int tries = 100;

	while (!read_clocks(&cfg.now, &l->offset) && --tries)
		;
	l->store = sgap_store_open(l->conf->store, cfg.now);
	l->k = sgap_kernel_new();
	cfg.store = l->store;
	cfg.hook = l->hook;
	cfg.ctx = l->k;
	if (l->store)
		l->e = sgap_engine_new(&cfg);
	if (l->e)
		l->taps = sgap_taps_new(l->e);
	if (!l->k || !l->taps)
		return -ENOMEM;
	sgap_kernel_engine(l->k, l->e);
	sgap_store_put(l->store, cfg.now, "daemon.start", 0,
		       json_pack("{s:s, s:i}", "version", SGAP_VERSION, "pid", (int)getpid()));
	return 0;
}

static void end(struct loop *l)
{
	__u64 now = l->store ? take_time(l) : clock_ns(CLOCK_REALTIME);

	if (l->serve)
		sgap_serve_unlink(l->serve);
	sgap_serve_stop(l->serve);
	sgap_taps_free(l->taps);
	sgap_engine_free(l->e);
	sgap_kernel_free(l->k);
	if (l->store)
		sgap_store_put(l->store, now, "daemon.stop", 0, json_object());
	sgap_store_close(l->store, now);
	sgap_hook_stop(l->hook);
}

int sgap_loop(struct sgap_conf *conf, char *path, const char *store)
{
	struct loop l = { .conf = conf, .path = path, .store_dir = store, .kernel_fd = -1 };
	int ret = sgap_drop_user(conf->user, conf->store);

	if (ret)
		return 1;
	l.hook = sgap_hook_start(conf, path);
	ret = l.hook ? open_fds(&l) : -ENOMEM;
	if (!ret)
		ret = sgap_drop_calls();
	l.dog_every = sgap_notify_watchdog() * 1000 / 3;
	if (!ret)
		ret = build(&l);
	if (!ret)
		ret = run(&l);
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "%s", strerror(-ret));
	sgap_notify("STOPPING=1");
	if (l.hook)
		end(&l);
	return ret ? 1 : 0;
}
