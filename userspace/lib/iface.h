/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the kernel says of a network interface, by rtnetlink, ethtool netlink
 * and, for what has no netlink, the ethtool ioctl. What an interface does not
 * have it does not say.
 */
#ifndef SGAP_IFACE_H
#define SGAP_IFACE_H

#include "pure.h"

#define SGAP_IFACE_NAME 64

/* How a value reads. */
enum sgap_iface_kind {
	SGAP_IFACE_KIND_NUMBER,
	SGAP_IFACE_KIND_BOOL,
	SGAP_IFACE_KIND_DUPLEX,	/* half, full */
	SGAP_IFACE_KIND_PORT,
	SGAP_IFACE_KIND_OPERSTATE,	/* RFC 2863 */
	SGAP_IFACE_KIND_MDIX,
	SGAP_IFACE_KIND_TRANSCEIVER,
	SGAP_IFACE_KIND_MASTER,	/* master/slave of 1000BASE-T and the like */
	SGAP_IFACE_KIND_EXT_STATE,	/* why there is no link */
	SGAP_IFACE_KIND_FEC,	/* forward error correction: enum sgap_iface_fec */
};

/* Parameters: group, name, kind, unit. The group and name are those of the JSON. */
#define SGAP_IFACE_PARAMS(X) \
	X(LINK, UP, "up", BOOL, "") \
	X(LINK, CARRIER, "carrier", BOOL, "") \
	X(LINK, OPERSTATE, "operstate", OPERSTATE, "") \
	X(LINK, EXT_STATE, "reason", EXT_STATE, "") \
	X(LINK, CARRIER_CHANGES, "carrier_changes", NUMBER, "") \
	X(LINK, SPEED, "speed", NUMBER, "Mb/s") \
	X(LINK, DUPLEX, "duplex", DUPLEX, "") \
	X(LINK, AUTONEG, "autonegotiation", BOOL, "") \
	X(LINK, LANES, "lanes", NUMBER, "") \
	X(LINK, PORT, "port", PORT, "") \
	X(LINK, MDIX, "mdix", MDIX, "") \
	X(LINK, TRANSCEIVER, "transceiver", TRANSCEIVER, "") \
	X(LINK, MASTER, "master_slave", MASTER, "") \
	X(LINK, SQI, "signal_quality", NUMBER, "") \
	X(LINK, SQI_MAX, "signal_quality_max", NUMBER, "") \
	X(LINK, MTU, "mtu", NUMBER, "bytes") \
	X(LINK, TXQLEN, "txqueuelen", NUMBER, "packets") \
	X(LINK, PROMISC, "promiscuity", NUMBER, "") \
	X(LINK, TX_QUEUES, "tx_queues", NUMBER, "") \
	X(LINK, RX_QUEUES, "rx_queues", NUMBER, "") \
	X(LINK, GSO_SIZE, "gso_max_size", NUMBER, "bytes") \
	X(LINK, GSO_SEGS, "gso_max_segs", NUMBER, "") \
	X(RINGS, RING_RX, "rx", NUMBER, "") \
	X(RINGS, RING_RX_MAX, "rx_max", NUMBER, "") \
	X(RINGS, RING_MINI, "rx_mini", NUMBER, "") \
	X(RINGS, RING_MINI_MAX, "rx_mini_max", NUMBER, "") \
	X(RINGS, RING_JUMBO, "rx_jumbo", NUMBER, "") \
	X(RINGS, RING_JUMBO_MAX, "rx_jumbo_max", NUMBER, "") \
	X(RINGS, RING_TX, "tx", NUMBER, "") \
	X(RINGS, RING_TX_MAX, "tx_max", NUMBER, "") \
	X(RINGS, RING_BUF, "rx_buf_len", NUMBER, "bytes") \
	X(RINGS, RING_CQE, "cqe_size", NUMBER, "bytes") \
	X(RINGS, RING_PUSH, "tx_push", BOOL, "") \
	X(CHANNELS, CH_RX, "rx", NUMBER, "") \
	X(CHANNELS, CH_RX_MAX, "rx_max", NUMBER, "") \
	X(CHANNELS, CH_TX, "tx", NUMBER, "") \
	X(CHANNELS, CH_TX_MAX, "tx_max", NUMBER, "") \
	X(CHANNELS, CH_OTHER, "other", NUMBER, "") \
	X(CHANNELS, CH_OTHER_MAX, "other_max", NUMBER, "") \
	X(CHANNELS, CH_COMBINED, "combined", NUMBER, "") \
	X(CHANNELS, CH_COMBINED_MAX, "combined_max", NUMBER, "") \
	X(COALESCE, CO_ADAPTIVE_RX, "adaptive_rx", BOOL, "") \
	X(COALESCE, CO_ADAPTIVE_TX, "adaptive_tx", BOOL, "") \
	X(COALESCE, CO_RX_USECS, "rx_usecs", NUMBER, "us") \
	X(COALESCE, CO_RX_FRAMES, "rx_frames", NUMBER, "") \
	X(COALESCE, CO_RX_USECS_IRQ, "rx_usecs_irq", NUMBER, "us") \
	X(COALESCE, CO_RX_FRAMES_IRQ, "rx_frames_irq", NUMBER, "") \
	X(COALESCE, CO_TX_USECS, "tx_usecs", NUMBER, "us") \
	X(COALESCE, CO_TX_FRAMES, "tx_frames", NUMBER, "") \
	X(COALESCE, CO_TX_USECS_IRQ, "tx_usecs_irq", NUMBER, "us") \
	X(COALESCE, CO_TX_FRAMES_IRQ, "tx_frames_irq", NUMBER, "") \
	X(COALESCE, CO_STATS_USECS, "stats_block_usecs", NUMBER, "us") \
	X(COALESCE, CO_RATE_LOW, "pkt_rate_low", NUMBER, "") \
	X(COALESCE, CO_RX_USECS_LOW, "rx_usecs_low", NUMBER, "us") \
	X(COALESCE, CO_RX_FRAMES_LOW, "rx_frames_low", NUMBER, "") \
	X(COALESCE, CO_TX_USECS_LOW, "tx_usecs_low", NUMBER, "us") \
	X(COALESCE, CO_TX_FRAMES_LOW, "tx_frames_low", NUMBER, "") \
	X(COALESCE, CO_RATE_HIGH, "pkt_rate_high", NUMBER, "") \
	X(COALESCE, CO_RX_USECS_HIGH, "rx_usecs_high", NUMBER, "us") \
	X(COALESCE, CO_RX_FRAMES_HIGH, "rx_frames_high", NUMBER, "") \
	X(COALESCE, CO_TX_USECS_HIGH, "tx_usecs_high", NUMBER, "us") \
	X(COALESCE, CO_TX_FRAMES_HIGH, "tx_frames_high", NUMBER, "") \
	X(COALESCE, CO_SAMPLE, "sample_interval", NUMBER, "s") \
	X(COALESCE, CO_CQE_TX, "cqe_mode_tx", BOOL, "") \
	X(COALESCE, CO_CQE_RX, "cqe_mode_rx", BOOL, "") \
	X(PAUSE, PAUSE_AUTONEG, "autonegotiation", BOOL, "") \
	X(PAUSE, PAUSE_RX, "rx", BOOL, "") \
	X(PAUSE, PAUSE_TX, "tx", BOOL, "") \
	X(EEE, EEE_ENABLED, "enabled", BOOL, "") \
	X(EEE, EEE_ACTIVE, "active", BOOL, "") \
	X(EEE, EEE_LPI, "tx_lpi", BOOL, "") \
	X(EEE, EEE_TIMER, "tx_lpi_timer", NUMBER, "us") \
	X(FEC, FEC_AUTO, "auto", BOOL, "") \
	X(FEC, FEC_ACTIVE, "active", FEC, "")

enum sgap_iface_group {
	SGAP_IFACE_GROUP_LINK,
	SGAP_IFACE_GROUP_RINGS,
	SGAP_IFACE_GROUP_CHANNELS,
	SGAP_IFACE_GROUP_COALESCE,
	SGAP_IFACE_GROUP_PAUSE,
	SGAP_IFACE_GROUP_EEE,
	SGAP_IFACE_GROUP_FEC,
	__SGAP_IFACE_GROUP_MAX
};

enum sgap_iface_param {
#define SGAP_IFACE_ENUM(group, param, name, kind, unit) SGAP_IFACE_##param,
	SGAP_IFACE_PARAMS(SGAP_IFACE_ENUM)
#undef SGAP_IFACE_ENUM
	__SGAP_IFACE_PARAM_MAX
};

/* What corrects errors now; IEEE 802.3 clauses 91 and 74, and 25G Consortium's. */
enum sgap_iface_fec {
	SGAP_IFACE_FEC_NONE,
	SGAP_IFACE_FEC_RS,
	SGAP_IFACE_FEC_BASER,
	SGAP_IFACE_FEC_LLRS,
};

struct sgap_iface_desc {
	enum sgap_iface_group group;
	enum sgap_iface_kind kind;
	const char *name, *unit;
};

extern const struct sgap_iface_desc sgap_iface_params[__SGAP_IFACE_PARAM_MAX];
extern const char *const sgap_iface_groups[__SGAP_IFACE_GROUP_MAX];

/* Words of kinds that have some; NULL = none for this value. */
const char *sgap_iface_word(enum sgap_iface_kind kind, __s64 value);

/* What a counter counts. */
enum sgap_iface_count {
	SGAP_IFACE_TRAFFIC,
	SGAP_IFACE_ERROR,	/* none should be there */
	SGAP_IFACE_DROP,	/* packets given up for want of room, or of somebody to take them */
	SGAP_IFACE_SIGN,	/* no error by itself, but worth a look */
};

struct sgap_iface_counter {
	char source[16];	/* link, qdisc, ethtool, pause, fec, driver */
	char name[SGAP_IFACE_NAME];
	enum sgap_iface_count what;
	__u64 value;
};

struct sgap_iface_feature {
	char name[SGAP_IFACE_NAME];
	bool active;
	bool can;		/* the hardware has it, or it may be switched */
	bool wanted;
};

/* Lists of names: link modes. */
struct sgap_iface_modes {
	char (*name)[SGAP_IFACE_NAME];
	size_t n;
};

#define SGAP_IFACE_NONE (-0x7fffffffffffffffLL - 1)	/* a parameter that it does not have */

struct sgap_iface {
	char name[16], kind[24], address[64], alias[64], qdisc[32];
	char driver[32], driver_version[32], firmware[32], bus[32], fec[64];
	__u64 ts;		/* ns, CLOCK_MONOTONIC: when it was asked */
	__s64 param[__SGAP_IFACE_PARAM_MAX];
	struct sgap_iface_counter *counter;
	size_t ncounters;
	struct sgap_iface_feature *feature;
	size_t nfeatures;
	struct sgap_iface_modes ours, peer;	/* advertised by us, by the other side */
	struct sgap_iface_modes supported;
};

/*
 * Ask all of an interface of this network namespace. Returns 0, -ENODEV when
 * there is none of that name, or -errno. sgap_iface_free() afterwards.
 */
int sgap_iface_get(struct sgap_iface *iface, const char *name);
void sgap_iface_free(struct sgap_iface *iface);

static inline bool sgap_iface_has(const struct sgap_iface *iface, enum sgap_iface_param param)
{
	return iface->param[param] != SGAP_IFACE_NONE;
}

/* The same counter of an earlier picture; NULL when it was not there. */
const struct sgap_iface_counter *sgap_iface_counter(const struct sgap_iface *iface,
						    const struct sgap_iface_counter *like);

/* For those that ask. Each adds what it knows; 0 or -errno (-ENOMEM, -ENODEV). */
int sgap_iface_add(struct sgap_iface *iface, const char *source, const char *name,
		   enum sgap_iface_count what, __u64 value);
int sgap_iface_add_mode(struct sgap_iface_modes *modes, const char *name);
struct sgap_iface_feature *sgap_iface_feature(struct sgap_iface *iface, const char *name);
int sgap_iface_ask_route(struct sgap_iface *iface);
int sgap_iface_ask_ethtool(struct sgap_iface *iface);
int sgap_iface_ask_driver(struct sgap_iface *iface);

/* By its name: the drivers' own counters have names of their own making. */
enum sgap_iface_count sgap_iface_what(const char *name);

#endif
