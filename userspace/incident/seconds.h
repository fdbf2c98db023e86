/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each server of a tap did, second by second, for the last minute. */
#ifndef SGAP_INCIDENT_SECONDS_H
#define SGAP_INCIDENT_SECONDS_H

#include "pure.h"

#define SGAP_SECONDS_KEPT 64u
#define SGAP_SECONDS_SERVERS 256u

/**
 * struct sgap_second - the transactions whose query was first seen in one second
 * @at:		which second, since 1970; 0 = nothing was seen
 * @ended:	of them ended
 * @failed:	of those, without a useful answer
 * @overdue:	reported as waiting too long, and not ended yet
 */
struct sgap_second {
	__u64 at;
	__u32 ended, failed, overdue;
	__u16 rtt[SGAP_HIST_BINS];
};

struct sgap_seconds;

/* overdue_ms: after which the tap reports a query as overdue. */
struct sgap_seconds *sgap_seconds_new(__u32 overdue_ms);
void sgap_seconds_free(struct sgap_seconds *s);

void sgap_seconds_take(struct sgap_seconds *s, const struct sgap_rec_txn *rec);

/* NULL when nothing was seen of the server in that second, or it is too long ago. */
const struct sgap_second *sgap_seconds_of(const struct sgap_seconds *s,
					  const struct sgap_addr *server, __u64 at);

/* All that is known of second at: of server and other (NULL = none), or of all
 * servers when server is NULL. */
void sgap_seconds_sum(const struct sgap_seconds *s, const struct sgap_addr *server,
		      const struct sgap_addr *other, __u64 at, struct sgap_second *sum);

/* The clock was put back: what lies after that second is forgotten. */
void sgap_seconds_forget(struct sgap_seconds *s, __u64 after);

/* Each server that is known. */
const struct sgap_addr *sgap_seconds_server(const struct sgap_seconds *s, __u32 i);

/* Did it end in a way that its client is not helped by? */
bool sgap_seconds_is_bad(const struct sgap_rec_txn *rec);
/* Is it the one record that ends its transaction? */
bool sgap_seconds_is_end(const struct sgap_rec_txn *rec);

/* The value in ms below which per mille of them lie; < 0 without any. */
double sgap_second_quantile(const struct sgap_second *s, __u32 mille);

#endif
