/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom to ask what, to confirm a finding. Pure. */
#ifndef SGAP_PICK_H
#define SGAP_PICK_H

#include "finding.h"

#define SGAP_PICK_NAMES 8

/* Hosts and names by their numbers in the evidence; 0 = none. */
struct sgap_pick {
	__u32 server;		/* that clients see failing */
	__u32 fallback;		/* another one that they ask */
	__u32 zone;
	__u32 name[SGAP_PICK_NAMES];
	__u16 type[SGAP_PICK_NAMES];
	__u32 n;
};

/* No server where a client's own doing is at fault, and the servers are well. */
void sgap_pick(struct sgap_pick *pick, const struct sgap_judge *j, const struct sgap_finding *f);

/*
 * "stopgap probe A --compare B --zone Z --name N/TYPE", to be run by a shell: names that
 * hold anything but letters, digits, dots, hyphens and underscores are left out, for they
 * come from the network. False when there is no server to ask.
 */
bool sgap_pick_command(char *buf, size_t size, const struct sgap_judge *j,
		       const struct sgap_pick *pick);

/*
 * What to look at where there is nobody to ask: "stopgap trace --client A --pcap FILE", or the
 * tap, for a client's own doing. False for anything else.
 */
bool sgap_pick_trace(char *buf, size_t size, const struct sgap_judge *j,
		     const struct sgap_finding *f);

#endif
