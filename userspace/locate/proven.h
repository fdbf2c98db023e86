/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a failure the server's that is asked, or the name's? One that nobody ever resolves says
 * nothing about who was asked for it (RFC 9520 section 2).
 */
#ifndef SGAP_PROVEN_H
#define SGAP_PROVEN_H

#include "rules.h"

/* The name above, or 0 when that is a top-level domain. */
static inline __u32 sgap_zone_above(const struct sgap_ev *ev, __u32 name)
{
	__u32 above = ev->names[name].parent;

	return ev->names[above].labels > 1 ? above : 0;
}

/*
 * Did anybody look its name, or one beside or below it, up well: after it (later), or at any time?
 * What the server has in its cache needs no later proof.
 */
bool sgap_is_proven(const struct sgap_ev *ev, const struct sgap_obs *o, bool later);

/*
 * Of the bad ones, is the half proven? Later: of those that somebody tried again. At any time: of
 * those whose name more than one server was asked for. True where there are none, since nothing
 * speaks against it then.
 */
bool sgap_mostly_proven(const struct sgap_judge *j, const struct sgap_finding *f, bool later);

/* Different clients and names of the bad ones, and second levels above these; up to SGAP_FEW. */
__u32 sgap_bad_clients(const struct sgap_judge *j, const struct sgap_finding *f);
__u32 sgap_bad_names(const struct sgap_judge *j, const struct sgap_finding *f);
__u32 sgap_bad_zones(const struct sgap_judge *j, const struct sgap_finding *f);

/* The second levels of those that are proven, at any time. */
__u32 sgap_proven_zones(const struct sgap_judge *j, const struct sgap_finding *f);

#endif
