/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generic netlink family "stopgap": requests and what they answer. */
#ifndef SGAP_LIB_NL_H
#define SGAP_LIB_NL_H

#include "pure.h"

struct sgap_nl;

#define SGAP_HAS(attr) (1u << (attr))	/* bit of an attribute in .has */

struct sgap_tap_info {
	__u32 has;		/* SGAP_HAS(SGAP_TAP_A_*) */
	__u32 ifindex;
	char ifname[16];
	__u32 minor;
	__u16 nports, ports[8];
	__u32 timeout_ms, overdue_ms;
	__u32 txn_max, servers_max;
	__u32 ring_bytes, snaplen;
	__u32 readers, flags;
	__u16 nresolvers;
	__u8 resolvers[16][16];
	__u32 packet_rate, tcp_max, tcp_bytes, census_max;
	__u8 prefix4, prefix6, zone_depth;
	struct sgap_tap_counters counters;
};

struct sgap_server_info {
	__u8 addr[16];
	__u8 state, state_old;	/* enum sgap_state */
	__u64 state_since;	/* ns */
	struct sgap_stats udp, tcp;
	struct sgap_window window;
};

/* One row of a census, as counted on one CPU. */
struct sgap_census_info {
	__u8 kind;		/* enum sgap_census_kind */
	__u8 key_len;		/* 0: of all that have no row */
	__u8 key[64];
	struct sgap_census_counts counts;
};

struct sgap_threshold_info {
	__u32 has;		/* SGAP_HAS(SGAP_THRESHOLD_A_*) */
	__u32 min, degraded, failing, dead, slow_ms, window_s;
};

/* First the keyring itself (has KEYRING and CLOSED), then each certificate in it (has
 * SERIAL), then the revocation list (has REVOKED_ID or REVOKED_GRANT). */
struct sgap_trust_info {
	__u32 has;		/* SGAP_HAS(SGAP_TRUST_A_*) */
	char description[256];
	__u32 serial;
	__u32 keyring;
	__u8 closed;
	char role[SGAP_ROLE_LEN + 1];	/* "" = none */
	__u8 id[SGAP_KEY_ID_LEN];
	__u64 expires;		/* s since 1970; 0 = never */
	__u8 revoked_id[SGAP_KEY_ID_LEN];
	__u8 revoked_grant[16];
};

struct sgap_detour_info {
	__u8 serial[16];
	__u8 state, reason;	/* enum sgap_lease_state, sgap_lease_reason */
	struct sgap_grant grant;
	__u64 started, ends, left_ms, flows, purged, over;
	struct sgap_detour_counts at_server, at_fallback;
	__u32 uid, loginuid;	/* SGAP_NONE32 = unknown */
	__u32 notice_ms;	/* until it is withdrawn; 0 = no notice */
	char signer[256];
	struct sgap_signer signers[SGAP_SIGNERS_MAX];	/* those of an empty name are not there */
};

/* All functions return 0 or -errno. What the kernel refused, it explains: see
 * sgap_nl_sentence(). A callback's non-zero return ends the dump with it. */

/* -ENOENT: the family is not there, so the module is not loaded. */
int sgap_nl_open(struct sgap_nl **nl);
void sgap_nl_close(struct sgap_nl *nl);

/* The kernel's sentence on the last refusal, "" when it gave none. */
const char *sgap_nl_sentence(const struct sgap_nl *nl);

/* tap->has says which options are given; on success *tap is the tap as it is. */
int sgap_nl_tap_add(struct sgap_nl *nl, struct sgap_tap_info *tap);
int sgap_nl_tap_set(struct sgap_nl *nl, const struct sgap_tap_info *tap);
int sgap_nl_tap_del(struct sgap_nl *nl, const char *ifname);
int sgap_nl_tap_get(struct sgap_nl *nl, const char *ifname, struct sgap_tap_info *tap);
int sgap_nl_taps(struct sgap_nl *nl, int (*fn)(void *, const struct sgap_tap_info *), void *ctx);

int sgap_nl_servers(struct sgap_nl *nl, __u32 ifindex,
		    int (*fn)(void *, const struct sgap_server_info *), void *ctx);
int sgap_nl_censuses(struct sgap_nl *nl, __u32 ifindex,
		    int (*fn)(void *, const struct sgap_census_info *), void *ctx);
/* addr NULL: the tap's own. */
int sgap_nl_threshold_set(struct sgap_nl *nl, __u32 ifindex, const struct sgap_addr *addr,
			  const struct sgap_threshold_info *threshold);
int sgap_nl_threshold_get(struct sgap_nl *nl, __u32 ifindex, const struct sgap_addr *addr,
			  struct sgap_threshold_info *threshold);

int sgap_nl_trusts(struct sgap_nl *nl, int (*fn)(void *, const struct sgap_trust_info *),
		   void *ctx);
/* Revoke for good: trust->has says whether REVOKED_ID or REVOKED_GRANT. */
int sgap_nl_revoke(struct sgap_nl *nl, const struct sgap_trust_info *trust);
/* sig: one or more signatures, one after the other. */
int sgap_nl_grant_add(struct sgap_nl *nl, const struct sgap_grant *grant, const void *sig,
		      size_t sig_len, struct sgap_detour_info *detour);
int sgap_nl_detours(struct sgap_nl *nl, int (*fn)(void *, const struct sgap_detour_info *),
		    void *ctx);
/* cmd is one of SGAP_CMD_DETOUR_START, _WITHDRAW, _RESUME and _EXTEND; notice_ms, for
 * _WITHDRAW alone, is in how long; 0: now. */
int sgap_nl_detour(struct sgap_nl *nl, int cmd, const __u8 serial[static 16], __u32 notice_ms);

/* What a multicast says: of a tap's server, or of a detour. */
struct sgap_event {
	int cmd;		/* SGAP_CMD_STATE_NTF or SGAP_CMD_DETOUR_NTF */
	struct sgap_tap_info tap;
	struct sgap_server_info server;
	struct sgap_detour_info detour;
};

/* A handle that listens to group takes no requests. */
int sgap_nl_subscribe(struct sgap_nl *nl, const char *group);
int sgap_nl_fd(const struct sgap_nl *nl);
/* The next event: 1; 0 when none waits; -ENOBUFS when some were lost. */
int sgap_nl_event(struct sgap_nl *nl, struct sgap_event *event);

#endif
