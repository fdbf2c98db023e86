/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One try of one question: a socket of its own that never blocks. */
#ifndef SGAP_PROBE_FLIGHT_H
#define SGAP_PROBE_FLIGHT_H

#include "ask.h"

#define SGAP_FLIGHT_BUF (2 + 65535)

struct sgap_flight {
	int fd;			/* -1 = not under way */
	bool connected;		/* TCP: the query was written */
	__u64 sent, deadline;	/* us */
	__u8 *buf;		/* TCP: length and message so far */
	size_t got;
	struct sgap_query query;
};

/* us of the monotonic clock */
__u64 sgap_flight_clock(void);

/* A new port, a new id. What fails on this host at once is the ask's outcome. */
void sgap_flight_send(struct sgap_flight *f, struct sgap_ask *ask, __u64 deadline);

/* poll() says that something happened. Fills in the ask and lands when that was all. */
void sgap_flight_step(struct sgap_flight *f, struct sgap_ask *ask);

/* What poll() is to wait for. */
short sgap_flight_events(const struct sgap_flight *f, const struct sgap_ask *ask);

void sgap_flight_land(struct sgap_flight *f);

#endif
