// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <math.h>

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
	double up, down, first, second;
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
		second = cut_once(bad, a, n, false, &c);
		if (second > 3)
			*to = c;
		return second > 3 ? first + second : first;
	}
	if (down < 3)
		return 0;
	*to = b;
	first = down;
	second = cut_once(bad, 0, b, true, &c);
	if (second > 3)
		*from = c;
	return second > 3 ? first + second : first;
}

static void swap(__u32 *a, __u32 *b)
{
	__u32 was = *a;

	*a = *b;
	*b = was;
}

/* Hoare's selection; the middle one as pivot, so that what is in order is no worst case. */
__u32 sgap_select(__u32 *v, __u32 n, __u32 permille)
{
	__s64 rank = (__s64)(((__u64)n * permille + 999) / 1000), lo = 0, hi = n, i, k;

	if (!n)
		return 0;
	rank = rank ? rank - 1 : 0;
	for (hi--; lo < hi;) {
		__u32 pivot = v[lo + (hi - lo) / 2];

		for (i = lo, k = hi; i <= k;) {
			while (v[i] < pivot)
				i++;
			while (v[k] > pivot)
				k--;
			if (i <= k)
				swap(&v[i++], &v[k--]);
		}
		if (rank > k && rank < i)
			break;
		if (rank <= k)
			hi = k;
		else
			lo = i;
	}
	return v[rank];
}
