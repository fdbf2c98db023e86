// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: frames N DIR...
 * N frames through the whole path, all through one set of tables: those that lie
 * in the inputs of frame_fuzz.c (DIRs), mutated, cut and random. The sanitizers
 * judge, and every 64 Ki frames all that is promised to balance must.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig.h"

#define SEEDS 4096
#define FRAME_MAX 2048

static struct seed {
	__u32 len;
	__u8 b[FRAME_MAX];
} *seeds;
static __u32 nseeds;
static __u64 state = 88172645463325252ULL;

static __u32 rnd(__u32 n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (__u32)((state >> 32) * n >> 32);
}

static void load(const char *dir)
{
	struct dirent *e;
	char path[4096];
	DIR *d = opendir(dir);
	FILE *f;

	if (!d)
		return;
	while (nseeds < SEEDS && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "rb");
		if (!f)
			continue;
		seeds[nseeds].len = (__u32)fread(seeds[nseeds].b, 1, FRAME_MAX, f);
		nseeds += seeds[nseeds].len > 2;
		fclose(f);
	}
	closedir(d);
}

/* A frame of a seed, whose first two bytes are not of it. */
static __u32 make(__u8 *out, int *link)
{
	static const int links[] = { 1, 101, 113, 276 };
	const struct seed *s = &seeds[rnd(nseeds)];
	__u32 len = s->len - 2, k;

	*link = links[rnd(16) ? s->b[0] & 3 : rnd(4)];
	memcpy(out, s->b + 2, len);
	for (k = rnd(2) ? rnd(2) : rnd(8); k; k--) {
		__u32 at = rnd(len);

		if (rnd(2))
			out[at] = (__u8)rnd(256);
		else
			out[at] ^= (__u8)(1u << rnd(8));
	}
	if (!rnd(4))
		len = rnd(len + 1);
	if (!rnd(64))
		for (k = 0; k < len; k++)
			out[k] = (__u8)rnd(256);
	return len;
}

static int run(struct rig *rig, unsigned long n)
{
	__u8 buf[FRAME_MAX];
	unsigned long i;
	const char *why;
	__u8 *exact;
	__u32 len;
	int link;

	for (i = 0; i < n; i++) {
		len = make(buf, &link);
		exact = malloc(len ? len : 1);
		if (!exact)
			return 1;
		memcpy(exact, buf, len);
		rig->now += rnd(1000) ? rnd(1u << 21) : 2 * SGAP_NS_PER_S;
		rig->opt.flags = rnd(2) ? SGAP_TAP_F_TUNNELS : 0;
		rig_frame_raw(rig, link, exact, len, len + (rnd(8) ? 0 : rnd(100)));
		free(exact);
		if (i & 0xffff)
			continue;
		rig_expire(rig, rig->now);
		why = rig_unbalanced(rig);
		if (why) {
			printf("frame %lu: does not hold: %s\n", i, why);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct rig_cfg cfg = { .txns = 1024, .conns = 256, .pieces = 128 };
	struct rig *rig = rig_new(&cfg);
	int i, ret;

	seeds = calloc(SEEDS, sizeof(*seeds));
	for (i = 2; seeds && i < argc; i++)
		load(argv[i]);
	if (!nseeds) {
		fprintf(stderr, "usage: frames N DIR...\n");
		return 2;
	}
	ret = run(rig, strtoul(argv[1], NULL, 0));
	printf("seen %llu, queries %llu, answers %llu, icmp %llu, transactions %llu, answered %llu\n",
	       rig->counters.seen, rig->counters.queries, rig->counters.responses,
	       rig->counters.icmp, rig->counters.transactions, rig->counters.answered);
	free(seeds);
	rig_free(rig);
	return ret;
}
