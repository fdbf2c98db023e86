/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that can be asked of a server, of its fallback and of a zone's servers. */
#ifndef SGAP_PROBE_PROBE_H
#define SGAP_PROBE_PROBE_H

#include "suite.h"
#include "survey.h"
#include "check.h"

#define SGAP_PROBE_NAMES 8

/**
 * struct sgap_probe - what is asked, and what came of it
 * @side:	the server, and its fallback if @has_fallback
 * @zone:	in wire form, for the suite and the survey; the root unless @has_zone
 * @check:	the names, @nchecks of them, qname, qname_len and qtype given
 * @port:	of all servers
 * @suite:	do ask the suite, not the names alone
 * @pace:	how fast; @pace.sent counts all queries
 * @recursive:	each side offers recursion; what the suite asks depends on it
 * @form:	how each row of the suite was asked
 * @ask:	and what came of it
 * @control:	SOA of the root, as names are asked: does validation work at all?
 * @survey:	if @has_zone
 * @help:	would the fallback help?
 */
struct sgap_probe {
	struct sgap_addr side[SGAP_SIDES];
	bool has_fallback;
	__u8 zone[255];
	__u16 zone_len;
	bool has_zone;
	struct sgap_check check[SGAP_PROBE_NAMES];
	int nchecks;
	__u16 port;
	bool suite;
	struct sgap_pace pace;

	bool recursive[SGAP_SIDES];
	struct sgap_form form[SGAP_SIDES][SGAP_SUITE_MAX];
	struct sgap_ask ask[SGAP_SIDES][SGAP_SUITE_MAX];
	struct sgap_check control;
	struct sgap_survey survey;
	struct sgap_help help;
};

/* One server, no zone, no names, port 53, 20 queries a second; NULL without memory. */
struct sgap_probe *sgap_probe_new(void);
void sgap_probe_free(struct sgap_probe *p);

#define SGAP_PROBE_RATE 20u

/* Add a name, NAME or NAME/TYPE (A unless said). -EINVAL: it is none, -ENOSPC: too many. */
int sgap_probe_name(struct sgap_probe *p, const char *text);
int sgap_probe_wire(struct sgap_probe *p, const __u8 *name, __u16 len, __u16 type);

/* Ask it all. Without names the zone's SOA is the name. Returns 0 or -errno. */
int sgap_probe_run(struct sgap_probe *p);

/* Nothing that was asked of the server, of names or of the zone's servers went wrong. */
bool sgap_probe_is_good(const struct sgap_probe *p);

/* Did this side answer anything at all? */
bool sgap_probe_is_alive(const struct sgap_probe *p, enum sgap_side side);

#endif
