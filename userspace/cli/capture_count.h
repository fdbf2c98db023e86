/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters that a tap would have made of a capture. */
#ifndef SGAP_CLI_CAPTURE_COUNT_H
#define SGAP_CLI_CAPTURE_COUNT_H

struct sgap_args;
struct sgap_offline;

/*
 * All of --pcap, by SGAP_OPTS_PCAP; census_max as in struct sgap_offline_cfg. Returns
 * SGAP_EXIT_OK and *out, which the caller frees; or another enum sgap_exit, and has said why.
 */
int sgap_capture_count(struct sgap_offline **out, const struct sgap_args *args,
		       unsigned int census_max);

#endif
