// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <math.h>
#include <stdlib.h>

#define CUT_BLOCKS 512u

static double wilson(struct sgap_tally t, double z)
{
	double n = t.all, p, middle, half;

	if (!t.all)
		return z < 0 ? 0.0 : 1.0;
	p = t.bad / n;
	middle = p + z * z / (2 * n);
	half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	return (middle + half) / (1 + z * z / n);
}

double sgap_share_low(struct sgap_tally t)
{
	return wilson(t, -1.96);
}

double sgap_share_high(struct sgap_tally t)
{
	return wilson(t, 1.96);
}

double sgap_loglik(struct sgap_tally t)
{
	double p;

	if (!t.bad || t.bad == t.all)
		return 0.0;
	p = (double)t.bad / t.all;
	return t.bad * log(p) + (t.all - t.bad) * log1p(-p);
}

double sgap_gain(struct sgap_tally a, struct sgap_tally b)
{
	struct sgap_tally sum = { a.bad + b.bad, a.all + b.all };

	return sgap_loglik(a) + sgap_loglik(b) - sgap_loglik(sum);
}

/* A cut being looked for: what is left and right of it, and the best one so far. */
struct cut {
	struct sgap_tally sum, left;
	double best;
	__u32 at;
	bool rising;
};

static void try_cut(struct cut *c, __u32 at)
{
	struct sgap_tally right = { c->sum.bad - c->left.bad, c->sum.all - c->left.all };
	double gain;

	if ((sgap_share(c->left) < sgap_share(right)) != c->rising)
		return;
	gain = sgap_gain(c->left, right);
	if (gain > c->best) {
		c->best = gain;
		c->at = at;
	}
}

/*
 * The best single cut of bad[lo ... hi) into lower and higher (or the other way).
 * Long series are cut at block boundaries first, then within the blocks beside the
 * best one. Within, the likeliest cut lies where good turns to bad or bad to good.
 */
static double cut_once(const __u8 *bad, __u32 lo, __u32 hi, bool rising, __u32 *at)
{
	__u32 i, block = (hi - lo) / CUT_BLOCKS + 1, from = lo, to = hi;
	struct cut c = { .sum = { 0, hi - lo }, .rising = rising };

	for (i = lo; i < hi; i++)
		c.sum.bad += bad[i];
	if (block > 1) {
		for (i = lo; i < hi; i++) {
			if ((i - lo) % block == 0 && i > lo)
				try_cut(&c, i);
			sgap_tally_add(&c.left, bad[i]);
		}
		if (c.best <= 0)
			return 0;
		from = c.at - lo > block ? c.at - block : lo;
		to = hi - c.at > block ? c.at + block : hi;
		c.left = (struct sgap_tally){ 0, 0 };
		for (i = lo; i < from; i++)
			sgap_tally_add(&c.left, bad[i]);
	}
	for (i = from; i < to; i++) {
		if (i > lo && bad[i] == rising && bad[i - 1] != rising)
			try_cut(&c, i);
		sgap_tally_add(&c.left, bad[i]);
	}
	if (c.best > 0)
		*at = c.at;
	return c.best;
}

double sgap_cut(const __u8 *bad, __u32 n, __u32 *from, __u32 *to)
{
	double up, down, first;
	__u32 a = 0, b = n, c = 0;

	*from = 0;
	*to = n;
	up = cut_once(bad, 0, n, true, &a);
	down = cut_once(bad, 0, n, false, &b);
	if (up >= down) {
		if (up < 3)
			return 0;
		*from = a;
		first = up;
		if (cut_once(bad, a, n, false, &c) > 3) {
			*to = c;
			first += cut_once(bad, a, n, false, &c);
		}
		return first;
	}
	if (down < 3)
		return 0;
	*to = b;
	first = down;
	if (cut_once(bad, 0, b, true, &c) > 3) {
		*from = c;
		first += cut_once(bad, 0, b, true, &c);
	}
	return first;
}

static int compare(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

__u32 sgap_select(__u32 *v, __u32 n, __u32 permille)
{
	__u32 rank;

	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), compare);
	rank = (__u32)(((__u64)n * permille + 999) / 1000);
	return v[rank ? rank - 1 : 0];
}
