/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One server or all of them? What tells a server's fault from a middlebox's. */
#ifndef SGAP_WHERE_H
#define SGAP_WHERE_H

#include "rules.h"

struct sgap_where {
	__u32 hit, fine;	/* servers that show it, and that demonstrably do not */
	__u32 host, twin;	/* the only one, and its address of the other family */
};

/*
 * Try the claim on each front server by itself; at is the argument that c->arg
 * begins with. When one alone shows it, the finding is on that one; when all do,
 * on what lies before them (host 0, role middlebox); when some do, on the one
 * where it hurts most. NULL when none does.
 */
struct sgap_finding *sgap_claim_where(struct sgap_judge *j, struct sgap_claim *c,
				      struct sgap_at *at, struct sgap_where *w);

/*
 * Does the server reset or close most of what goes bad, and answers nothing over TCP meanwhile?
 * What loses packets on the way sends no resets; what minds their size lets small answers pass.
 */
bool sgap_resets(const struct sgap_judge *j, const struct sgap_finding *f,
		 const struct sgap_at *at);

/*
 * Does each of the set go bad, from the first on? Who drops what has a mark (a type, an option)
 * drops it whatever the answer; where some are answered, another trait decides, such as size.
 */
bool sgap_takes_each(const struct sgap_judge *j, const struct sgap_finding *f);

#endif
