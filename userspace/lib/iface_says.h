/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences on what is unusual about an interface. */
#ifndef SGAP_IFACE_SAYS_H
#define SGAP_IFACE_SAYS_H

#include "iface.h"

#define SGAP_IFACE_SAYS_TEXT 320

enum sgap_iface_weight {
	SGAP_IFACE_NOTE,	/* may be meant so */
	SGAP_IFACE_WARNING,	/* costs something */
	SGAP_IFACE_FAULT,	/* packets are lost, or none get through */
	__SGAP_IFACE_WEIGHT_MAX
};

extern const char *const sgap_iface_weights[__SGAP_IFACE_WEIGHT_MAX];

/* about: the parameter or counter; it and text live during the call. */
typedef void (*sgap_iface_says_fn)(void *ctx, enum sgap_iface_weight weight, const char *about,
				   const char *text);

/* Tell fn of each unusual thing. before is an earlier picture of the same
 * interface, for rates; NULL = there is none. */
void sgap_iface_says(const struct sgap_iface *now, const struct sgap_iface *before,
		     sgap_iface_says_fn fn, void *ctx);

/* How often a second a counter grew; negative when that is not known. */
double sgap_iface_rate(const struct sgap_iface *now, const struct sgap_iface *before,
		       const struct sgap_iface_counter *counter);

#endif
