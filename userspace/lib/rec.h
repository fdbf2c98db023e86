/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of a record of every type. */
#ifndef SGAP_LIB_REC_H
#define SGAP_LIB_REC_H

#include <stdbool.h>
#include <stddef.h>

#include "uapi/stopgap.h"

/* Is it as long as its type must be? What is of no known type is. */
static inline bool sgap_rec_is_whole(const struct sgap_rec *rec)
{
	static const size_t least[] = {
		[SGAP_REC_TXN] = sizeof(struct sgap_rec_txn),
		[SGAP_REC_PACKET] = sizeof(struct sgap_rec_packet),
		[SGAP_REC_LINK] = sizeof(struct sgap_rec_link),
		[SGAP_REC_STATE] = sizeof(struct sgap_rec_state),
		[SGAP_REC_LEASE] = sizeof(struct sgap_rec_lease),
		[SGAP_REC_LOST] = sizeof(struct sgap_rec_lost),
		[SGAP_REC_PARTIAL] = sizeof(struct sgap_rec_partial),
	};

	return rec->type >= __SGAP_REC_MAX || (rec->len & SGAP_REC_LEN) >= least[rec->type];
}

#endif
