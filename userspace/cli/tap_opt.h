/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a tap, for one that is made and for a capture that is read as one would. */
#ifndef SGAP_CLI_TAP_OPT_H
#define SGAP_CLI_TAP_OPT_H

struct sgap_args;
struct sgap_offline_cfg;
struct sgap_tap_info;

/* Those that a verb with --pcap has. There is no --span: a capture has what its maker let in. */
#define SGAP_OPTS_PCAP									\
	{ 'p', "ports", "LIST", "with --pcap: server ports, one to eight with commas between (53)", 0 }, \
	{ 't', "timeout", "TIME", "with --pcap: a query unanswered for so long has timed out (5s)", 0 }, \
	{ 0, "overdue", "TIME", "with --pcap: a query unanswered for so long counts as bad already (1s)", 0 }, \
	{ 0, "resolvers", "LIST", "with --pcap: addresses whose port 443 is DNS over HTTPS", 0 },	\
	{ 0, "tunnels", NULL, "with --pcap: look inside GRE, VXLAN, GTP-U and MPLS", 0 }

/*
 * What of a tap's options was given into *tap, which is cleared; tap->has says which. Options
 * that the verb does not have were not given. -EINVAL, and said on stderr, when one is wrong.
 */
int sgap_tap_opt_parse(const struct sgap_args *args, struct sgap_tap_info *tap);

/* The same for a capture; what was not given is as a tap has it. */
int sgap_tap_opt_offline(const struct sgap_args *args, struct sgap_offline_cfg *cfg);

/* There is no --pcap: -EINVAL, and said on stderr, when an option of SGAP_OPTS_PCAP was given. */
int sgap_tap_opt_none(const struct sgap_args *args);

#endif
