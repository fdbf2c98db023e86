/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * Stopgap's user API: generic netlink, the records of /dev/stopgapN, the grant.
 * (lint: long file: the contract is in one piece, and compared with the spec so)
 *
 * Addresses are 16 bytes in network order; IPv4 is held as IPv4-mapped IPv6
 * (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2). Times are nanoseconds of
 * CLOCK_REALTIME unless a name says otherwise; durations end in their unit.
 * Everything is host byte order but the grant, which is little-endian because
 * it travels between machines. Numbers are appended, never reused; reserved
 * fields are zero and are checked.
 */
#ifndef SGAP_UAPI_STOPGAP_H
#define SGAP_UAPI_STOPGAP_H

#include <linux/types.h>

#define SGAP_VERSION "0.1.0"

#define SGAP_GENL_NAME "stopgap"
#define SGAP_GENL_VERSION 1
#define SGAP_MCGRP_STATE "state"	/* SGAP_CMD_STATE_NTF */
#define SGAP_MCGRP_DETOUR "detour"	/* SGAP_CMD_DETOUR_NTF */
#define SGAP_KEYRING ".stopgap"

/*
 * Generic netlink
 * ---------------
 * Requests and what they carry ([] = optional). Every write, and every read
 * of payload-bearing data, needs CAP_NET_ADMIN in the user namespace that owns
 * the network namespace of the socket; what is asked concerns that network
 * namespace alone. Refusals carry an extended-ack sentence.
 *
 * TAP_ADD	TAP { IFINDEX | IFNAME, [options] }	-> TAP { all }
 * TAP_SET	TAP { IFINDEX | IFNAME, options }
 * TAP_DEL	TAP { IFINDEX | IFNAME }
 * TAP_GET	do: TAP { IFINDEX | IFNAME }; dump: -	-> TAP { all }
 * SERVER_GET	dump: TAP { IFINDEX }			-> SERVER { all }
 * SERVER_RESET	TAP { IFINDEX }, [SERVER { ADDR }]	counters back to zero
 * THRESHOLD_SET	TAP { IFINDEX }, [SERVER { ADDR }], THRESHOLD { any }
 * THRESHOLD_GET	TAP { IFINDEX }, [SERVER { ADDR }]	-> THRESHOLD { all }
 * TRUST_GET	dump: -		-> TRUST { KEYRING, CLOSED }, for each certificate TRUST {
 *				   SERIAL, DESCRIPTION, ROLE, ID, EXPIRES }, for each entry of
 *				   the revocation list TRUST { REVOKED_ID | REVOKED_GRANT }
 * TRUST_REVOKE	TRUST { REVOKED_ID | REVOKED_GRANT }	for good; ends what it concerns; needs
 *							CAP_NET_ADMIN in the first user namespace
 * GRANT_ADD	GRANT, SIGNATURE			-> DETOUR { all }
 * DETOUR_GET	dump: -					-> DETOUR { all }
 * DETOUR_START	DETOUR { SERIAL }
 * DETOUR_WITHDRAW	DETOUR { SERIAL, [NOTICE_MS] }
 * DETOUR_RESUME	DETOUR { SERIAL }
 * DETOUR_EXTEND	DETOUR { SERIAL }		the extension that the grant agrees to, once
 * CENSUS_GET	dump: TAP { IFINDEX }	-> CENSUS { KIND, [KEY], COUNTS }; a key comes once from
 *					   each CPU that counted for it
 *
 * Multicast: STATE_NTF TAP { IFINDEX, IFNAME }, SERVER { ADDR, STATE, STATE_OLD, WINDOW }
 *	      DETOUR_NTF DETOUR { all }
 */
enum sgap_cmd {
	SGAP_CMD_UNSPEC,
	SGAP_CMD_TAP_ADD,
	SGAP_CMD_TAP_DEL,
	SGAP_CMD_TAP_GET,
	SGAP_CMD_TAP_SET,
	SGAP_CMD_SERVER_GET,
	SGAP_CMD_SERVER_RESET,
	SGAP_CMD_THRESHOLD_SET,
	SGAP_CMD_THRESHOLD_GET,
	SGAP_CMD_TRUST_GET,
	SGAP_CMD_GRANT_ADD,
	SGAP_CMD_DETOUR_GET,
	SGAP_CMD_DETOUR_START,
	SGAP_CMD_DETOUR_WITHDRAW,
	SGAP_CMD_DETOUR_RESUME,
	SGAP_CMD_STATE_NTF,
	SGAP_CMD_DETOUR_NTF,
	SGAP_CMD_DETOUR_EXTEND,
	SGAP_CMD_TRUST_REVOKE,
	SGAP_CMD_CENSUS_GET,
	__SGAP_CMD_MAX
};
#define SGAP_CMD_MAX (__SGAP_CMD_MAX - 1)

/* Top level: one nest per noun. */
enum sgap_attr {
	SGAP_A_UNSPEC,
	SGAP_A_TAP,		/* nest, enum sgap_tap_attr */
	SGAP_A_SERVER,		/* nest, enum sgap_server_attr */
	SGAP_A_THRESHOLD,	/* nest, enum sgap_threshold_attr */
	SGAP_A_TRUST,		/* nest, enum sgap_trust_attr */
	SGAP_A_DETOUR,		/* nest, enum sgap_detour_attr */
	SGAP_A_GRANT,		/* binary, struct sgap_grant */
	SGAP_A_SIGNATURE,	/* binary, DER CMS SignedData, detached; several in a row */
	SGAP_A_CENSUS,		/* nest, enum sgap_census_attr */
	__SGAP_A_MAX
};
#define SGAP_A_MAX (__SGAP_A_MAX - 1)

enum sgap_tap_attr {
	SGAP_TAP_A_UNSPEC,
	SGAP_TAP_A_PAD,
	SGAP_TAP_A_IFINDEX,	/* u32 */
	SGAP_TAP_A_IFNAME,	/* string, at most 15 characters */
	SGAP_TAP_A_MINOR,	/* u32, N of /dev/stopgapN */
	SGAP_TAP_A_PORTS,	/* binary, 1 to 8 u16: server ports, default 53 */
	SGAP_TAP_A_TIMEOUT_MS,	/* u32, 100 to 30000, default 5000 */
	SGAP_TAP_A_OVERDUE_MS,	/* u32, 50 to TIMEOUT_MS, default 1000 */
	SGAP_TAP_A_TXN_MAX,	/* u32, power of two, 256 to 1048576, add only */
	SGAP_TAP_A_SERVERS_MAX,	/* u32, 1 to 65536, add only */
	SGAP_TAP_A_RING_BYTES,	/* u32, power of two, 65536 to 64 MiB, per reader */
	SGAP_TAP_A_SNAPLEN,	/* u32, 0 to 65535: bytes of a PACKET record; 0 = none */
	SGAP_TAP_A_COUNTERS,	/* binary, struct sgap_tap_counters */
	SGAP_TAP_A_READERS,	/* u32, open readers of the device */
	SGAP_TAP_A_FLAGS,	/* u32, SGAP_TAP_F_* */
	SGAP_TAP_A_RESOLVERS,	/* binary, 0 to 16 addresses: port 443 of these is DNS over HTTPS */
	SGAP_TAP_A_PACKET_RATE,	/* u32, PACKET records a second, default 1000; 0 = no limit */
	SGAP_TAP_A_TCP_MAX,	/* u32, power of two, 256 to 65536: connections, add only */
	SGAP_TAP_A_TCP_BYTES,	/* u32, 65536 to 64 MiB: of messages not whole yet, add only */
	SGAP_TAP_A_PREFIX4,	/* u8, 0 to 32, default 24: clients are counted by it */
	SGAP_TAP_A_PREFIX6,	/* u8, 0 to 128, default 48 */
	SGAP_TAP_A_ZONE_DEPTH,	/* u8, 1 to 8, default 2: labels of a name that are its zone */
	SGAP_TAP_A_CENSUS_MAX,	/* u32, 0 or a power of two, 64 to 4096, default 256, add only:
				 * client prefixes and zones, each, that are counted per CPU */
	__SGAP_TAP_A_MAX
};
#define SGAP_TAP_A_MAX (__SGAP_TAP_A_MAX - 1)

/* Options of a tap. */
#define SGAP_TAP_F_SPAN 1u	/* frames for other hosts too; both directions at ingress */
#define SGAP_TAP_F_TUNNELS 2u	/* look inside GRE, VXLAN, GTP-U, MPLS */
#define SGAP_TAP_F_ALL 3u

enum sgap_server_attr {
	SGAP_SERVER_A_UNSPEC,
	SGAP_SERVER_A_PAD,
	SGAP_SERVER_A_ADDR,	/* 16 bytes */
	SGAP_SERVER_A_STATE,	/* u8, enum sgap_state */
	SGAP_SERVER_A_STATE_OLD,	/* u8, notification only */
	SGAP_SERVER_A_STATE_SINCE,	/* u64, ns */
	SGAP_SERVER_A_STATS_UDP,	/* binary, struct sgap_stats */
	SGAP_SERVER_A_STATS_TCP,	/* binary, struct sgap_stats */
	SGAP_SERVER_A_WINDOW,	/* binary, struct sgap_window: the last ten seconds */
	__SGAP_SERVER_A_MAX
};
#define SGAP_SERVER_A_MAX (__SGAP_SERVER_A_MAX - 1)

/* What ended, by client prefix and by zone. */
enum sgap_census_attr {
	SGAP_CENSUS_A_UNSPEC,
	SGAP_CENSUS_A_PAD,
	SGAP_CENSUS_A_KIND,	/* u8, enum sgap_census_kind */
	SGAP_CENSUS_A_KEY,	/* binary, see enum sgap_census_kind; none: all that have no row */
	SGAP_CENSUS_A_COUNTS,	/* binary, struct sgap_census_counts */
	__SGAP_CENSUS_A_MAX
};
#define SGAP_CENSUS_A_MAX (__SGAP_CENSUS_A_MAX - 1)

enum sgap_census_kind {
	SGAP_CENSUS_CLIENT,	/* key: a byte of prefix length (IPv4: 96 more), 16 of address */
	SGAP_CENSUS_ZONE,	/* key: a name in wire form and lower case, 64 bytes at most */
	__SGAP_CENSUS_KIND_MAX
};

/* When a window means which state; shares are of ended transactions, per mille. */
enum sgap_threshold_attr {
	SGAP_THRESHOLD_A_UNSPEC,
	SGAP_THRESHOLD_A_MIN,		/* u32, ended transactions to judge by, default 10 */
	SGAP_THRESHOLD_A_DEGRADED,	/* u32, share of failures, default 100 */
	SGAP_THRESHOLD_A_FAILING,	/* u32, share of failures, default 500 */
	SGAP_THRESHOLD_A_DEAD,		/* u32, share unanswered, default 950 */
	SGAP_THRESHOLD_A_SLOW_MS,	/* u32, an answer later than this is a failure; 0 = off */
	SGAP_THRESHOLD_A_WINDOW_S,	/* u32, 1 to 10, default 10 */
	__SGAP_THRESHOLD_A_MAX
};
#define SGAP_THRESHOLD_A_MAX (__SGAP_THRESHOLD_A_MAX - 1)

enum sgap_trust_attr {
	SGAP_TRUST_A_UNSPEC,
	SGAP_TRUST_A_DESCRIPTION,	/* string, as the keyring describes the certificate */
	SGAP_TRUST_A_SERIAL,		/* u32, the key's serial number in the keyring */
	SGAP_TRUST_A_KEYRING,		/* u32, the keyring's own serial number, for add_key(2) */
	SGAP_TRUST_A_CLOSED,		/* u8, 1 when the keyring takes no more certificates */
	SGAP_TRUST_A_PAD,
	SGAP_TRUST_A_ROLE,		/* string, by the description; "" = none */
	SGAP_TRUST_A_ID,		/* 32 bytes, SHA-256 of the certificate's public key */
	SGAP_TRUST_A_EXPIRES,		/* u64, s since 1970; 0 = never */
	SGAP_TRUST_A_REVOKED_ID,	/* 32 bytes: no signature of that key counts */
	SGAP_TRUST_A_REVOKED_GRANT,	/* 16 bytes: the grant of that serial is refused */
	__SGAP_TRUST_A_MAX
};
#define SGAP_TRUST_A_MAX (__SGAP_TRUST_A_MAX - 1)

enum sgap_detour_attr {
	SGAP_DETOUR_A_UNSPEC,
	SGAP_DETOUR_A_PAD,
	SGAP_DETOUR_A_SERIAL,	/* 16 bytes */
	SGAP_DETOUR_A_STATE,	/* u8, enum sgap_lease_state */
	SGAP_DETOUR_A_REASON,	/* u8, enum sgap_lease_reason: why it is in that state */
	SGAP_DETOUR_A_GRANT,	/* binary, struct sgap_grant as signed */
	SGAP_DETOUR_A_STARTED,	/* u64, ns; 0 = not yet */
	SGAP_DETOUR_A_ENDS,	/* u64, ns: when it ends by itself */
	SGAP_DETOUR_A_LEFT_MS,	/* u64, by CLOCK_BOOTTIME */
	SGAP_DETOUR_A_FLOWS,	/* u64, connections sent to B */
	SGAP_DETOUR_A_PURGED,	/* u64, conntrack entries removed */
	SGAP_DETOUR_A_SIGNER,	/* string: description of the first certificate that signed */
	SGAP_DETOUR_A_UID,	/* u32, who loaded, started, withdrew or resumed it last */
	SGAP_DETOUR_A_LOGINUID,	/* u32, the same by login; SGAP_NONE32 = unknown */
	SGAP_DETOUR_A_OVER,	/* u64, connections left to A because of max_rate */
	SGAP_DETOUR_A_SERVER,	/* binary, struct sgap_detour_counts: clients left with A */
	SGAP_DETOUR_A_FALLBACK,	/* binary, struct sgap_detour_counts: clients led to B */
	SGAP_DETOUR_A_NOTICE_MS,	/* u32, 1 to 86400000: until its withdrawal */
	SGAP_DETOUR_A_SIGNERS,	/* binary, 1 to 8 struct sgap_signer: who signed */
	__SGAP_DETOUR_A_MAX
};
#define SGAP_DETOUR_A_MAX (__SGAP_DETOUR_A_MAX - 1)

enum sgap_state {
	SGAP_STATE_UNKNOWN,	/* fewer ended transactions than THRESHOLD_A_MIN */
	SGAP_STATE_OK,
	SGAP_STATE_DEGRADED,
	SGAP_STATE_FAILING,
	SGAP_STATE_DEAD,
	__SGAP_STATE_MAX
};

enum sgap_lease_state {
	SGAP_LEASE_NONE,
	SGAP_LEASE_ARMED,	/* grant accepted, nothing redirected */
	SGAP_LEASE_ACTIVE,
	SGAP_LEASE_WITHDRAWN,	/* may be resumed while the grant is valid */
	SGAP_LEASE_ENDED,
	__SGAP_LEASE_STATE_MAX
};

enum sgap_lease_reason {
	SGAP_REASON_NONE,
	SGAP_REASON_GRANTED,
	SGAP_REASON_STARTED,	/* by hand */
	SGAP_REASON_CONDITION,	/* by a standing grant's condition */
	SGAP_REASON_WITHDRAWN,
	SGAP_REASON_RESUMED,
	SGAP_REASON_EXPIRED,	/* the lease's time is over */
	SGAP_REASON_NETNS,	/* its network namespace went away */
	SGAP_REASON_UNLOADED,
	SGAP_REASON_ROLLBACK,	/* B was worse than A */
	SGAP_REASON_RECOVERED,	/* A is well again */
	SGAP_REASON_NOTICE,	/* its withdrawal was announced */
	SGAP_REASON_EXTENDED,	/* its end was put off, as agreed in the grant */
	SGAP_REASON_ENDING,	/* a warning: it ends soon, by itself */
	SGAP_REASON_REVOKED,	/* its grant, or a certificate that signed it, was revoked */
	__SGAP_REASON_MAX
};

/*
 * Counters
 * --------
 * Round-trip times are held in a log-linear histogram: bin i < 8 holds i
 * microseconds; from there on each octave has 8 bins, so a bin is at most
 * 12.5 % wide and its middle is within 6.25 % of every value in it. The last
 * bin holds all that is above. See sgap_hist_bin() and sgap_hist_mid().
 */
#define SGAP_HIST_BINS 192	/* up to 2^26 us = 67 s */
#define SGAP_RCODES 24		/* extended RCODE 0 to 22; the last counts all others */
#define SGAP_QTYPES 16		/* enum sgap_qtype */
#define SGAP_SIZES 8		/* up to 128, 256, 512, 1232, 1452, 4096, 16384 bytes; more */
#define SGAP_EDES 32		/* INFO-CODE 0 to 30; the last counts all others */

/* What is asked for, in classes; struct sgap_stats counts queries by these. */
enum sgap_qtype {
	SGAP_QTYPE_OTHER,
	SGAP_QTYPE_A,
	SGAP_QTYPE_AAAA,
	SGAP_QTYPE_NS,
	SGAP_QTYPE_CNAME,
	SGAP_QTYPE_SOA,
	SGAP_QTYPE_PTR,
	SGAP_QTYPE_MX,
	SGAP_QTYPE_TXT,
	SGAP_QTYPE_SRV,
	SGAP_QTYPE_NAPTR,
	SGAP_QTYPE_DS,
	SGAP_QTYPE_DNSKEY,
	SGAP_QTYPE_HTTPS,	/* and SVCB */
	SGAP_QTYPE_ANY,
	SGAP_QTYPE_XFR,		/* AXFR, IXFR */
	__SGAP_QTYPE_MAX
};

/* One server, one transport. Conservation, at every read:
 *	transactions = answered + unanswered + failed + evicted + in flight
 *	queries = transactions + resends
 *	responses = answered + late + duplicates + unmatched
 */
struct sgap_stats {
	__u64 queries;		/* query messages, resends included */
	__u64 transactions;	/* distinct ones */
	__u64 resends;		/* the same key again */
	__u64 responses;	/* answer messages, all kinds */
	__u64 answered;		/* within the timeout */
	__u64 unanswered;	/* timed out */
	__u64 failed;		/* ended by an ICMP error, a reset or a refused connection */
	__u64 evicted;		/* forgotten because the table was full */
	__u64 overdue;		/* passed OVERDUE_MS without an answer, answered later or not */
	__u64 late;		/* answered after the timeout, within 30 s */
	__u64 duplicates;	/* answered again */
	__u64 unmatched;	/* answers to no known query */
	__u64 truncated;	/* answers with TC */
	__u64 query_bytes;
	__u64 response_bytes;	/* DNS message bytes */
	__u64 icmp_errors;	/* ICMP errors about what clients sent */
	__u64 tcp_syns;		/* distinct connection attempts; of UDP: QUIC's */
	__u64 tcp_refused;	/* reset, or ended by an ICMP error, before established */
	__u64 tcp_silent;	/* SYN, or QUIC Initial, never answered within the timeout */
	__u64 case_mismatch;	/* answers that did not echo the query name's case */
	__u64 icmp_answers;	/* ICMP errors about answers: too big, or the client was gone */
	__u64 opaque_packets;	/* of DoT, DoQ, DoH, both ways, with something in them */
	__u64 opaque_bytes;	/* of UDP or TCP payload in these */
	__u64 tls_alerts;	/* fatal ones in the clear: handshakes that failed */
	__u64 qtype[SGAP_QTYPES];	/* of all queries */
	__u64 size[SGAP_SIZES];	/* of all responses */
	__u64 rcode[SGAP_RCODES];	/* of all responses */
	__u64 ede[SGAP_EDES];
	__u64 rtt_sum_us;	/* of rtt_first */
	__u32 rtt_first[SGAP_HIST_BINS];	/* first copy of the query -> answer */
	__u32 rtt_last[SGAP_HIST_BINS];	/* last copy before the answer -> answer */
	/* DoT and DoH whose TCP was set up: how the server let it fail before it said anything */
	__u64 tls_reset;	/* RST */
	__u64 tls_closed;	/* FIN */
	__u64 tls_refused;	/* all it said is a fatal alert in the clear; in tls_alerts too */
	__u64 tls_silent;	/* nothing within the timeout for what the client sent */
};

/* The sliding window that the state is judged by. */
struct sgap_window {
	__u32 ended;		/* transactions answered, overdue or failed */
	__u32 unanswered;	/* of them overdue or failed with no answer */
	__u32 bad;		/* of them unanswered, SERVFAIL, REFUSED, FORMERR, NOTIMP or slow */
	__u32 reserved;
};

/*
 * One client prefix or one zone: the transactions that ended since it got its
 * row. Over all rows and the one without a key, the first five add up to
 * answered + unanswered + failed + evicted of the tap, unless the census began anew
 * because its prefix lengths or depth were set.
 */
struct sgap_census_counts {
	__u64 good;		/* answered, and none of the next */
	__u64 bad;		/* answered with SERVFAIL, REFUSED, FORMERR or NOTIMP */
	__u64 unanswered;
	__u64 failed;
	__u64 evicted;
	__u64 nxdomain;		/* of good */
	__u64 rtt_sum_us;	/* of good and bad, from the first copy of the query */
};

/* Why a packet on a server port was not taken as a query or an answer. */
enum sgap_unparsed {
	SGAP_UNPARSED_NONE,
	SGAP_UNPARSED_SHORT,	/* shorter than a DNS header */
	SGAP_UNPARSED_OPCODE,	/* NOTIFY, UPDATE, DSO, ...: counted, not matched */
	SGAP_UNPARSED_QDCOUNT,	/* a query with other than one question, an answer with more */
	SGAP_UNPARSED_NAME,	/* bad label, name too long, pointer not backwards */
	SGAP_UNPARSED_CUT,	/* the question goes past the end */
	SGAP_UNPARSED_DIRECTION,	/* QR says the opposite of the ports */
	SGAP_UNPARSED_FRAGMENT,	/* not a first fragment */
	SGAP_UNPARSED_FRAME,	/* IP or UDP header cut or inconsistent */
	SGAP_UNPARSED_TCP,	/* TCP bytes of which it is not known where a message begins */
	SGAP_UNPARSED_NOMEM,	/* no memory for the server's counters */
	SGAP_UNPARSED_TCP_GAP,	/* a TCP segment was missing, or never came whole */
	SGAP_UNPARSED_TCP_MEMORY,	/* no room for TCP segments, or their connection */
	SGAP_UNPARSED_OPAQUE,	/* encrypted: DoT, DoQ, DoH */
	__SGAP_UNPARSED_MAX
};

/*
 * One tap. Conservation, at every read:
 *	seen = queries + responses + sum(unparsed) + icmp + tcp_control
 *	records_made = records_read + records_lost + records waiting, per reader
 */
struct sgap_tap_counters {
	__u64 frames;		/* all frames of the interface */
	__u64 seen;		/* messages and packets taken from them as DNS */
	__u64 queries;
	__u64 responses;
	__u64 icmp;
	__u64 tcp_control;	/* TCP segments without payload */
	__u64 unparsed[16];	/* by enum sgap_unparsed */
	__u64 transactions;
	__u64 answered;
	__u64 unanswered;
	__u64 failed;
	__u64 evicted;
	__u64 in_flight;	/* now */
	__u64 servers;		/* now */
	__u64 records_made;	/* of all readers together */
	__u64 records_read;
	__u64 records_lost;
	__u64 servers_evicted;	/* idle ones that gave way to new ones */
	__u64 packets_held;	/* PACKET records not made because of PACKET_RATE */
	__u64 partial;		/* fragmented datagrams that were not whole after TIMEOUT_MS */
	__u64 partial_evicted;	/* ... of which that is not known: there was no room for them */
	__u64 tcp_evicted;	/* connection attempts forgotten unanswered: no room for them */
	__u64 tls_evicted;	/* DoT, DoH: connections forgotten before the server's first word */
};

/* UDP messages of a lease's scope, on one side. Those that were not answered are
 * queries - answers, but for what is on its way and answers that came twice. */
struct sgap_detour_counts {
	__u64 queries;
	__u64 answers;
	__u64 bad;		/* of them SERVFAIL, REFUSED, FORMERR or NOTIMP */
};

/*
 * Records
 * -------
 * /dev/stopgapN gives whole records, each 8-byte aligned and begun by this
 * header. read(2) returns as many whole records as fit, EMSGSIZE when not one
 * does. Every open file has a ring of its own.
 *
 * mmap(2) layout, in pages: 0 the consumer page (struct sgap_ring_page,
 * writable), 1 the producer page (read-only), then the data twice in a row
 * (read-only), so a record is always in one piece. A record is readable when
 * its BUSY bit is clear and it lies before the producer position; the consumer
 * moves its position past what it has read. Positions only grow; the offset in
 * the data is position modulo ring size. An mmap reader sets its position with
 * a store-release and reads the producer's with a load-acquire.
 * A descriptor uses either read(2) or mmap(2): after mmap, read gives EBUSY.
 */
#define SGAP_REC_BUSY 0x80000000u
#define SGAP_REC_LEN 0x00ffffffu

struct sgap_rec {
	__u32 len;		/* with this header, a multiple of 8; SGAP_REC_BUSY */
	__u16 type;		/* enum sgap_rec_type; skip those you do not know */
	__u8 version;		/* 1 */
	__u8 reserved;
};

struct sgap_ring_page {
	__u64 pos;		/* bytes, only grows */
	__u64 size;		/* producer page only: bytes of data, a power of two */
	__u64 lost;		/* producer page only: records lost so far */
};

enum sgap_rec_type {
	SGAP_REC_UNSPEC,
	SGAP_REC_TXN,		/* struct sgap_rec_txn */
	SGAP_REC_PACKET,	/* struct sgap_rec_packet */
	SGAP_REC_LINK,		/* struct sgap_rec_link */
	SGAP_REC_STATE,		/* struct sgap_rec_state */
	SGAP_REC_LEASE,		/* struct sgap_rec_lease */
	SGAP_REC_LOST,		/* struct sgap_rec_lost */
	SGAP_REC_PARTIAL,	/* struct sgap_rec_partial */
	__SGAP_REC_MAX
};

/*
 * What became of a transaction. One transaction makes at most one of ANSWERED,
 * TIMEOUT, EVICTED, ICMP, REFUSED and SILENT; OVERDUE may come before it, LATE
 * and DUPLICATE after it. UNMATCHED has no query.
 */
enum sgap_txn_state {
	SGAP_TXN_NONE,
	SGAP_TXN_ANSWERED,
	SGAP_TXN_OVERDUE,	/* provisional: no answer within OVERDUE_MS */
	SGAP_TXN_TIMEOUT,
	SGAP_TXN_LATE,		/* answered after the timeout */
	SGAP_TXN_DUPLICATE,	/* another answer, or the answer to a resend */
	SGAP_TXN_UNMATCHED,	/* an answer to no known query */
	SGAP_TXN_EVICTED,	/* no room for it; without a name: a connection's set-up */
	SGAP_TXN_ICMP,		/* ended by an ICMP error; without a name: a connection's set-up */
	SGAP_TXN_REFUSED,	/* TCP: reset before an answer or to a SYN; QUIC: unknown version */
	SGAP_TXN_SILENT,	/* TCP: SYN without answer; no question known */
	SGAP_TXN_CONNECTED,	/* TCP: handshake done; mostly before any question */
	SGAP_TXN_ICMP_ANSWER,	/* ICMP error about an answer: ends nothing, not its fault */
	SGAP_TXN_TLS_REFUSED,	/* DoT, DoH: after CONNECTED a RST, FIN or alert before any word */
	SGAP_TXN_TLS_SILENT,	/* DoT, DoH: after CONNECTED no word for what the client sent */
	__SGAP_TXN_STATE_MAX
};

#define SGAP_TXN_F_QOPT 0x0001u		/* query carries OPT (EDNS) */
#define SGAP_TXN_F_AOPT 0x0002u		/* answer carries OPT */
#define SGAP_TXN_F_QDO 0x0004u		/* query sets DO */
#define SGAP_TXN_F_CASE 0x0008u		/* answer does not echo the name's case */
#define SGAP_TXN_F_HEADERONLY 0x0010u	/* answer without question, matched by address, port, id */
#define SGAP_TXN_F_CUT 0x0020u		/* captured bytes end before the message does */
#define SGAP_TXN_F_FRAGMENT 0x0040u	/* answer in fragments; this is of its first, see PARTIAL */
#define SGAP_TXN_F_BADSUM 0x0080u	/* UDP checksum of the answer is wrong */
#define SGAP_TXN_F_MALFORMED 0x0100u	/* sections of the answer could not be walked to the end */
#define SGAP_TXN_F_REOPENED 0x0200u	/* the same key was used and ended before */
#define SGAP_TXN_F_DF 0x0400u		/* answer came with DF (IPv4) */

#define SGAP_NONE16 0xffffu
#define SGAP_NONE32 0xffffffffu

struct sgap_rec_txn {
	struct sgap_rec rec;
	__u64 id;		/* grows by one with each TXN record of the tap */
	__u64 ts;		/* when the record's state came to be */
	__u64 ts_query;		/* first copy of the query; 0 = none */
	__u64 ts_last;		/* last copy of the query before the answer; 0 = none */
	__u64 ts_answer;	/* 0 = none */
	__u8 client[16];
	__u8 server[16];
	__u16 client_port;
	__u16 server_port;
	__u16 dns_id;
	__u16 qflags;		/* second 16-bit word of the query's header */
	__u16 aflags;		/* the same of the answer's */
	__u16 qtype;		/* 0 = unknown */
	__u16 qclass;
	__u16 rcode;		/* extended, 12 bits; SGAP_NONE16 = no answer */
	__u16 ede;		/* first INFO-CODE (RFC 8914); SGAP_NONE16 = none */
	__u16 query_size;	/* bytes of DNS message */
	__u16 answer_size;
	__u16 query_bufsize;	/* requestor's UDP payload size, 0 without OPT */
	__u16 ancount;
	__u16 nscount;
	__u16 copies;		/* of the query, 1 and up */
	__u16 answers;		/* so far */
	__u32 flags;		/* SGAP_TXN_F_* */
	__u32 min_ttl;		/* s, of the answer section; SGAP_NONE32 = no records */
	__u32 soa_serial;	/* of the first SOA in answer or authority; 0 = none */
	__u32 connect_us;	/* TCP: SYN -> SYN+ACK; 0 = not seen */
	__u64 digest;		/* of the answer RRset, see sgap_wire_parse(); 0 = none */
	__u8 addr[2][16];	/* first A or AAAA of the answer section */
	__u8 icmp_from[16];	/* who sent the ICMP error */
	__u8 naddr;		/* how many of addr are filled */
	__u8 state;		/* enum sgap_txn_state */
	__u8 proto;		/* 17 or 6 */
	__u8 hops;		/* TTL or hop limit of the answer's packet; 0 = none */
	__u8 icmp_type;		/* 0 with icmp_code 0 and icmp_from zero = none */
	__u8 icmp_code;
	__u8 edns_version;	/* of the answer */
	__u8 nsid_len;		/* bytes of NSID after the EXTRA-TEXT */
	__u16 qname_len;	/* bytes of name in wire form, root label included; 0 = unknown */
	__u16 ede_text_len;	/* bytes of EXTRA-TEXT after the name */
	__u32 pid;		/* process of this host that asked, of the first PID namespace; 0 */
	__u64 cgroup;		/* its socket's cgroup's id; 0 with pid 0: not known */
	__u8 data[];		/* name as the query spelt it, EXTRA-TEXT, NSID, padding */
};

/* Bytes of a packet that belongs to a failed transaction or connection. */
struct sgap_rec_packet {
	struct sgap_rec rec;
	__u64 txn_id;		/* id of the TXN record it belongs to */
	__u64 ts;
	__u32 wire_len;		/* of the frame */
	__u32 cap_len;		/* of data */
	__u8 is_answer;
	__u8 link_type;		/* 1 = Ethernet, 101 = raw IP */
	__u8 reserved[6];
	__u8 data[];
};

/*
 * A UDP datagram that came in fragments, of which some had not come TIMEOUT_MS after the
 * one that came first. Without its first fragment ports and id are 0, and it is only
 * taken for DNS because one end is a server of the tap's. Bytes are of the UDP datagram,
 * its header included.
 */
#define SGAP_PARTIAL_FIRST 1u	/* missing: the first fragment, */
#define SGAP_PARTIAL_LAST 2u	/* the last one, */
#define SGAP_PARTIAL_MIDDLE 4u	/* something between those that came */

struct sgap_rec_partial {
	struct sgap_rec rec;
	__u64 ts;		/* when it was given up */
	__u64 ts_first;		/* when the one that came first did */
	__u8 client[16];
	__u8 server[16];
	__u16 client_port;
	__u16 server_port;
	__u16 dns_id;
	__u16 fragments;	/* that came, copies included */
	__u32 ip_id;		/* identification; 16 bits of IPv4, 32 of IPv6 */
	__u32 seen;		/* bytes that came */
	__u32 total;		/* bytes that were sent; 0 = not known */
	__u8 is_answer;
	__u8 missing;		/* SGAP_PARTIAL_* */
	__u8 reserved[2];
};

enum sgap_link_what {
	SGAP_LINK_NONE,
	SGAP_LINK_CARRIER,
	SGAP_LINK_MTU,
	SGAP_LINK_SPEED,	/* Mb/s */
	SGAP_LINK_DUPLEX,	/* 0 half, 1 full */
	SGAP_LINK_NAME,
	SGAP_LINK_RX_ERRORS,
	SGAP_LINK_TX_ERRORS,
	SGAP_LINK_RX_DROPPED,
	SGAP_LINK_TX_DROPPED,
	SGAP_LINK_GONE,
	SGAP_LINK_AUTONEG,	/* 0 off, 1 on */
	SGAP_LINK_FEATURES,	/* bits, in the order of the kernel's ETH_SS_FEATURES */
	SGAP_LINK_QDISC_DROPS,	/* packets; of the transmit queues' disciplines */
	__SGAP_LINK_MAX
};

struct sgap_rec_link {
	struct sgap_rec rec;
	__u64 ts;
	__u32 what;		/* enum sgap_link_what */
	__u32 reserved;
	__u64 before;
	__u64 after;
};

struct sgap_rec_state {
	struct sgap_rec rec;
	__u64 ts;
	__u8 server[16];
	__u8 before;		/* enum sgap_state */
	__u8 after;
	__u8 reserved[6];
	struct sgap_window window;
};

struct sgap_rec_lease {
	struct sgap_rec rec;
	__u64 ts;
	__u8 serial[16];
	__u8 server[16];
	__u8 fallback[16];
	__u8 state;		/* enum sgap_lease_state */
	__u8 reason;		/* enum sgap_lease_reason */
	__u8 reserved[6];
	__u64 flows;
};

struct sgap_rec_lost {
	struct sgap_rec rec;
	__u64 n;		/* records lost in this gap */
	__u64 first;		/* the earliest and the latest of their times */
	__u64 last;
};

/*
 * The grant
 * ---------
 * What a customer signs: exactly these 256 bytes, little-endian, with a
 * detached CMS signature:
 *	openssl cms -sign -binary -noattr -nocerts -md sha256 -outform DER
 * The magic and the purpose keep a signature for anything else from being
 * taken for a grant.
 */
#define SGAP_GRANT_MAGIC "StopgapG"
#define SGAP_GRANT_VERSION 1
#define SGAP_GRANT_DETOUR 1		/* purpose */
#define SGAP_GRANT_SIZE 256
#define SGAP_GRANT_LEASE_MAX 86400u	/* s */
#define SGAP_GRANT_SIG_MAX 8192u	/* bytes of signature */
#define SGAP_GRANT_VALID_MAX 31622400u	/* s from issued to not_after: 366 days */
#define SGAP_GRANT_WHEN_MAX_MS 600000u
#define SGAP_GRANT_RECOVER_MAX 3600u	/* s */
#define SGAP_NOTICE_MAX_MS 86400000u	/* of a withdrawal */
#define SGAP_GRANT_RATE_MAX 1000000u	/* flows a second */

#define SGAP_GRANT_ROLES 4		/* roles that a grant may ask for */
#define SGAP_SIGNERS_MAX 8		/* certificates that sign one grant */
#define SGAP_ROLE_LEN 15		/* bytes of a role's name */
#define SGAP_KEY_ID_LEN 32
#define SGAP_WARN_MAX 300u		/* s before the end at most, when it is warned of */

#define SGAP_GRANT_F_STANDING 1u	/* the kernel may start it by the condition */
#define SGAP_GRANT_F_ALL 1u

#define SGAP_GRANT_P_UDP 1u
#define SGAP_GRANT_P_TCP 2u
#define SGAP_GRANT_P_ALL 3u

struct sgap_grant {
	__u8 magic[8];
	__le16 version;
	__le16 purpose;
	__le32 size;		/* of this struct */
	__u8 serial[16];	/* random, never used twice */
	__le64 issued;		/* s since 1970; the grant's clock starts here */
	__le64 not_before;	/* s */
	__le64 not_after;	/* s */
	__le32 max_lease;	/* s, 1 to SGAP_GRANT_LEASE_MAX */
	__le32 flags;		/* SGAP_GRANT_F_* */
	__u8 server[16];	/* A */
	__u8 fallback[16];	/* B, of A's family */
	__u8 clients[16];	/* prefix of the clients it is for, of A's family */
	__u8 clients_len;	/* 0 to 128; for IPv4 0 to 32 of the IPv4 address */
	__u8 protocols;		/* SGAP_GRANT_P_* */
	__u8 when_state;	/* standing: enum sgap_state that A must be in or worse */
	__u8 reserved0;
	__le32 when_ms;		/* standing: for how long, 0 to 600000 */
	__le16 port;		/* server port, 53 */
	__le16 share;		/* of the clients, per mille, by a hash of the address; 0 = all */
	__le32 max_rate;	/* flows to B a second, what is more stays with A; 0 = no limit */
	__le16 rollback;	/* end it when so many of B's answers fail, per mille; 0 = never */
	__le16 recover;		/* end it when A was well for so many seconds; 0 = never */
	__le32 extend;		/* s by which the lease may be extended once; 0 = not at all */
	__u8 roles[64];		/* SGAP_GRANT_ROLES times struct sgap_grant_role; all must be met */
	__u8 reserved[56];
};

/* So many different certificates of that role must have signed. */
struct sgap_grant_role {
	__u8 name[SGAP_ROLE_LEN];	/* a-z, 0-9 and -, zeros after it; all zero = unused */
	__u8 signers;			/* 1 to SGAP_SIGNERS_MAX */
};

/* A certificate that signed. */
struct sgap_signer {
	__u8 id[SGAP_KEY_ID_LEN];	/* SHA-256 of its public key (the bits of the BIT STRING) */
	__u8 role[16];			/* a string; "" = none */
	__u8 name[96];			/* a string: the key's description, cut */
};

#endif
