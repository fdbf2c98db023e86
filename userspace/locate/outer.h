/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Under which address a translator's clients are seen on its servers' side. */
#ifndef SGAP_OUTER_H
#define SGAP_OUTER_H

#include "finding.h"

/*
 * The address under which another vantage point, nearer to the servers, has what the clients
 * that the finding hurts ask: same server, question, DNS id and answer (RFC 3022 section 2.2
 * changes address and port alone). 0 = none, or most of what it should have is not there so.
 */
__u32 sgap_outer_of(const struct sgap_judge *j, const struct sgap_finding *f);

#endif
