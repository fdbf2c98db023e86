/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict, cut loose from the evidence that it was made of. */
#ifndef SGAP_INCIDENT_SAID_H
#define SGAP_INCIDENT_SAID_H

#include "pure.h"

struct sgap_judge;
struct sgap_verdict;

/**
 * struct sgap_said - what the judge said
 * @somebody:	somebody is at fault, and it goes on
 * @role, @cause, @address: as in docs/verdicts.md; address "" = none
 * @server:	whom clients see failing; @has_server
 * @fallback:	where a detour would lead; @has_fallback
 * @helps:	a detour would help, at least partly
 * @since:	the first bad packet, ns
 * @percent:	confidence
 * @json:	the whole answer, one line; to be freed
 */
struct sgap_said {
	bool somebody, has_server, has_fallback, helps;
	char role[24], cause[48], address[48];
	struct sgap_addr server, fallback;
	__u64 since;
	__u32 percent;
	char *json;
};

/* source: "live" or "pcap". Returns 0 or -ENOMEM. */
int sgap_said_of(struct sgap_said *said, const char *source, const struct sgap_judge *j,
		 const struct sgap_verdict *v);
void sgap_said_free(struct sgap_said *said);

#endif
