/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a detour did, told by the clients that it left with the server. */
#ifndef SGAP_LIB_EFFECT_H
#define SGAP_LIB_EFFECT_H

#include "pure.h"

#define SGAP_EFFECT_MIN 10	/* queries on each side, to say anything */

/**
 * struct sgap_effect - shares of failed queries on both sides, and their difference
 * @server:	of the clients left with A, 0 to 1
 * @fallback:	of the clients led to B, at the same time
 * @spared:	@server - @fallback: what the detour spared the clients that it led
 * @low:	of its 95 % interval
 * @high:	likewise
 */
struct sgap_effect {
	double server, fallback;
	double spared, low, high;
};

/**
 * struct sgap_share - a share of failed queries
 * @p:		0 to 1
 * @n:		of how many, above 0; of fewer than were counted when they hang together
 */
struct sgap_share {
	double p, n;
};

/**
 * sgap_effect_between() - the effect from the shares of both sides
 *
 * The interval is Newcombe's, of two Wilson scores (Statistics in Medicine 17,
 * 1998, 873-890, method 10): it is right for shares near 0 and 1, too.
 */
void sgap_effect_between(struct sgap_effect *e, const struct sgap_share *server,
			 const struct sgap_share *fallback);

/**
 * sgap_effect_of() - the effect from the counts of both sides
 *
 * A query fails that has no answer, or a bad one.
 *
 * Return: false when either side has too few queries; @e is all zero then.
 */
bool sgap_effect_of(struct sgap_effect *e, const struct sgap_detour_counts *server,
		    const struct sgap_detour_counts *fallback);

#endif
