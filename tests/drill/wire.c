// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A long cable of the drill: joins a TAP device in one network namespace with
 * one in another, frame by frame, with a delay, jitter, loss, corruption and a
 * rate that a file gives. SIGHUP reads the file again. It needs no sch_netem.
 *
 *   wire PARAMS NETNS1 DEV1 NETNS2 DEV2
 *
 * PARAMS has lines "delay_us N", "jitter_us N", "loss PPM", "corrupt PPM",
 * "burst_loss PPM" and "burst_len FRAMES" (Gilbert's two states), "rate_bps N"
 * (0 = any), each for both directions, or with ".fwd" or ".back" for one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define QUEUE	1024
#define FRAME	2048

enum { DELAY, JITTER, LOSS, CORRUPT, BURST_LOSS, BURST_LEN, RATE, NPARAMS };

static const char *const param_names[NPARAMS] = {
	"delay_us", "jitter_us", "loss", "corrupt", "burst_loss", "burst_len",
	"rate_bps",
};

struct frame {
	uint64_t due;
	int len;
	uint8_t data[FRAME];
};

/** struct way - one direction: frames in order, and what happens to them */
struct way {
	int in, out;
	unsigned int head, tail;
	uint64_t free_at, last_due;
	int in_burst;
	long param[NPARAMS];
	struct frame queue[QUEUE];
};

static struct way ways[2];
static volatile sig_atomic_t reread, stop;
static uint64_t rng = 88172645463325252ull;

static void on_signal(int sig)
{
	if (sig == SIGHUP)
		reread = 1;
	else
		stop = 1;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

static uint32_t draw(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng >> 16;
}

static int chance(long ppm)
{
	return ppm && (long)(draw() % 1000000) < ppm;
}

static int set_param(const char *name, long value)
{
	const char *dot = strchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);
	int i;

	for (i = 0; i < NPARAMS; i++) {
		if (strlen(param_names[i]) != len ||
		    strncmp(param_names[i], name, len))
			continue;
		if (!dot || !strcmp(dot, ".fwd"))
			ways[0].param[i] = value;
		if (!dot || !strcmp(dot, ".back"))
			ways[1].param[i] = value;
		return 0;
	}
	return -EINVAL;
}

static int read_params(const char *path)
{
	char name[32];
	long value;
	FILE *f;

	f = fopen(path, "r");
	if (!f) {
		perror(path);
		return -errno;
	}
	memset(ways[0].param, 0, sizeof(ways[0].param));
	memset(ways[1].param, 0, sizeof(ways[1].param));
	while (fscanf(f, "%31s %ld", name, &value) == 2)
		if (set_param(name, value))
			fprintf(stderr, "wire: %s: no parameter '%s'\n", path, name);
	fclose(f);
	return 0;
}

static int open_tap(const char *netns, const char *dev)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	char path[128];
	int ns, fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET)) {
		perror(path);
		return -1;
	}
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		perror("/dev/net/tun");
		return -1;
	}
	snprintf(ifr.ifr_name, IFNAMSIZ, "%.15s", dev);
	if (ioctl(fd, TUNSETIFF, &ifr)) {
		perror(dev);
		close(fd);
		return -1;
	}
	return fd;
}

static int lost(struct way *w)
{
	if (w->in_burst)
		w->in_burst = !chance(1000000 / (w->param[BURST_LEN] + 1));
	else
		w->in_burst = chance(w->param[BURST_LOSS]);
	return w->in_burst || chance(w->param[LOSS]);
}

static void take_in(struct way *w)
{
	struct frame *f = &w->queue[w->tail % QUEUE];
	uint64_t now = now_us();

	f->len = read(w->in, f->data, FRAME);
	if (f->len <= 0 || lost(w) || w->tail - w->head == QUEUE - 1)
		return;
	if (f->len > 42 && chance(w->param[CORRUPT]))
		f->data[42 + draw() % (f->len - 42)] ^= 1 << (draw() & 7);
	if (w->free_at < now)
		w->free_at = now;
	if (w->param[RATE])
		w->free_at += f->len * 8000000ull / w->param[RATE];
	f->due = w->free_at + w->param[DELAY];
	if (w->param[JITTER])
		f->due += draw() % w->param[JITTER];
	if (f->due < w->last_due)
		f->due = w->last_due;
	w->last_due = f->due;
	w->tail++;
}

static void give_out(struct way *w, uint64_t now)
{
	while (w->head != w->tail && w->queue[w->head % QUEUE].due <= now) {
		struct frame *f = &w->queue[w->head++ % QUEUE];

		(void)!write(w->out, f->data, f->len);
	}
}

static void wait_frames(void)
{
	struct pollfd fds[2] = { { .fd = ways[0].in, .events = POLLIN },
				 { .fd = ways[1].in, .events = POLLIN } };
	uint64_t now = now_us(), first = now + 1000000;
	struct timespec ts;
	int i;

	for (i = 0; i < 2; i++)
		if (ways[i].head != ways[i].tail &&
		    ways[i].queue[ways[i].head % QUEUE].due < first)
			first = ways[i].queue[ways[i].head % QUEUE].due;
	first = first > now ? first - now : 0;
	ts.tv_sec = first / 1000000;
	ts.tv_nsec = first % 1000000 * 1000;
	if (ppoll(fds, 2, &ts, NULL) <= 0)
		return;
	for (i = 0; i < 2; i++)
		if (fds[i].revents & POLLIN)
			take_in(&ways[i]);
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: wire PARAMS NETNS1 DEV1 NETNS2 DEV2\n");
		return 2;
	}
	if (read_params(argv[1]))
		return 1;
	ways[0].in = ways[1].out = open_tap(argv[2], argv[3]);
	ways[0].out = ways[1].in = open_tap(argv[4], argv[5]);
	if (ways[0].in < 0 || ways[0].out < 0)
		return 1;
	signal(SIGHUP, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	while (!stop) {
		if (reread) {
			reread = 0;
			read_params(argv[1]);
		}
		wait_frames();
		give_out(&ways[0], now_us());
		give_out(&ways[1], now_us());
	}
	return 0;
}
