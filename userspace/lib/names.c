// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "text.h"

/* IANA, DNS RCODEs; 16 is BADVERS in an answer (RFC 6891). */
static const char *const rcodes[] = {
	"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI",
	[16] = "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG",
	"BADTRUNC", "BADCOOKIE",
};

/* RFC 8914 section 5.2 and later registrations. */
static const char *const edes[] = {
	"Other", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type",
	"Stale Answer", "Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus",
	"Signature Expired", "Signature Not Yet Valid", "DNSKEY Missing",
	"RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error",
	"Not Ready", "Blocked", "Censored", "Filtered", "Prohibited",
	"Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported",
	"No Reachable Authority", "Network Error", "Invalid Data",
	"Signature Expired before Valid", "Too Early",
	"Unsupported NSEC3 Iterations Value", "Unable to conform to policy",
	"Synthesized",
};

static const char *const states[] = { "unknown", "ok", "degraded", "failing", "dead" };

static const char *const txns[] = {
	"waiting", "answered", "overdue", "timeout", "late", "duplicate", "unmatched",
	"evicted", "icmp", "refused", "silent", "connected", "icmp_answer",
	"tls_refused", "tls_silent",
};

static const char *const leases[] = { "none", "armed", "active", "withdrawn", "ended" };

static const char *const reasons[] = {
	"none", "granted", "started", "condition", "withdrawn", "resumed", "expired",
	"netns", "unloaded", "rollback", "recovered", "notice", "extended",
	"ending", "revoked",
};

static const char *const unparsed[] = {
	"none", "short", "opcode", "qdcount", "name", "cut", "direction", "fragment",
	"frame", "tcp", "nomem", "tcp_gap", "tcp_memory", "opaque",
};

static const char *const qtypes[] = {
	[SGAP_QTYPE_OTHER] = "other", [SGAP_QTYPE_A] = "A", [SGAP_QTYPE_AAAA] = "AAAA",
	[SGAP_QTYPE_NS] = "NS", [SGAP_QTYPE_CNAME] = "CNAME", [SGAP_QTYPE_SOA] = "SOA",
	[SGAP_QTYPE_PTR] = "PTR", [SGAP_QTYPE_MX] = "MX", [SGAP_QTYPE_TXT] = "TXT",
	[SGAP_QTYPE_SRV] = "SRV", [SGAP_QTYPE_NAPTR] = "NAPTR", [SGAP_QTYPE_DS] = "DS",
	[SGAP_QTYPE_DNSKEY] = "DNSKEY", [SGAP_QTYPE_HTTPS] = "HTTPS",
	[SGAP_QTYPE_ANY] = "ANY", [SGAP_QTYPE_XFR] = "XFR",
};

static const char *const links[] = {
	"none", "carrier", "mtu", "speed", "duplex", "name", "rx_errors", "tx_errors",
	"rx_dropped", "tx_dropped", "gone", "autonegotiation", "features", "qdisc_drops",
};

static_assert(ARRAY_SIZE(states) == __SGAP_STATE_MAX, "a state without a name");
static_assert(ARRAY_SIZE(txns) == __SGAP_TXN_STATE_MAX, "a txn state without a name");
static_assert(ARRAY_SIZE(leases) == __SGAP_LEASE_STATE_MAX, "a lease state without a name");
static_assert(ARRAY_SIZE(reasons) == __SGAP_REASON_MAX, "a lease reason without a name");
static_assert(ARRAY_SIZE(unparsed) == __SGAP_UNPARSED_MAX, "an unparsed reason without a name");
static_assert(ARRAY_SIZE(links) == __SGAP_LINK_MAX, "a link event without a name");

static const struct {
	__u16 type;
	const char *name;
} types[] = {
	{ 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 12, "PTR" }, { 13, "HINFO" },
	{ 15, "MX" }, { 16, "TXT" }, { 28, "AAAA" }, { 29, "LOC" }, { 33, "SRV" },
	{ 35, "NAPTR" }, { 39, "DNAME" }, { 41, "OPT" }, { 43, "DS" }, { 44, "SSHFP" },
	{ 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 50, "NSEC3" },
	{ 51, "NSEC3PARAM" }, { 52, "TLSA" }, { 59, "CDS" }, { 60, "CDNSKEY" },
	{ 64, "SVCB" }, { 65, "HTTPS" }, { 99, "SPF" }, { 250, "TSIG" }, { 251, "IXFR" },
	{ 252, "AXFR" }, { 255, "ANY" }, { 257, "CAA" },
};

static const char *word(const char *const *list, size_t n, int i)
{
	return i >= 0 && (size_t)i < n && list[i] ? list[i] : "?";
}

const char *sgap_names_rcode(char buf[static SGAP_NAME_TEXT], __u16 rcode)
{
	if (rcode < ARRAY_SIZE(rcodes) && rcodes[rcode])
		return rcodes[rcode];
	snprintf(buf, SGAP_NAME_TEXT, "RCODE%u", rcode);
	return buf;
}

const char *sgap_names_type(char buf[static SGAP_NAME_TEXT], __u16 type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].name;
	snprintf(buf, SGAP_NAME_TEXT, "TYPE%u", type);
	return buf;
}

const char *sgap_names_class(char buf[static SGAP_NAME_TEXT], __u16 klass)
{
	if (klass == 1 || klass == 3 || klass == 4)
		return klass == 1 ? "IN" : klass == 3 ? "CH" : "HS";
	snprintf(buf, SGAP_NAME_TEXT, "CLASS%u", klass);
	return buf;
}

const char *sgap_names_ede(__u16 code)
{
	return code < ARRAY_SIZE(edes) ? edes[code] : "";
}

const char *sgap_names_state(int state)
{
	return word(states, ARRAY_SIZE(states), state);
}

const char *sgap_names_txn(int state)
{
	return word(txns, ARRAY_SIZE(txns), state);
}

const char *sgap_names_lease(int state)
{
	return word(leases, ARRAY_SIZE(leases), state);
}

const char *sgap_names_reason(int reason)
{
	return word(reasons, ARRAY_SIZE(reasons), reason);
}

const char *sgap_names_unparsed(int why)
{
	return word(unparsed, ARRAY_SIZE(unparsed), why);
}

const char *sgap_names_qtype(int qtype)
{
	return word(qtypes, ARRAY_SIZE(qtypes), qtype);
}

const char *sgap_names_link(int what)
{
	return word(links, ARRAY_SIZE(links), what);
}

int sgap_names_rcode_parse(__u16 *rcode, const char *text)
{
	unsigned long n;
	size_t i;
	char *end;

	for (i = 0; i < ARRAY_SIZE(rcodes); i++) {
		if (!rcodes[i] || strcasecmp(rcodes[i], text) != 0)
			continue;
		*rcode = (__u16)i;
		return 0;
	}
	if (!strncasecmp(text, "RCODE", 5))	/* as one without a name is shown */
		text += 5;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	n = strtoul(text, &end, 10);
	if (*end || n > 0xfff)
		return -EINVAL;
	*rcode = (__u16)n;
	return 0;
}

int sgap_names_state_parse(__u8 *state, const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (strcasecmp(states[i], text) != 0)
			continue;
		*state = (__u8)i;
		return 0;
	}
	return -EINVAL;
}

const char *sgap_names_partial(char buf[static SGAP_NAME_PARTIAL], __u8 missing)
{
	static const struct {
		__u8 bit;
		const char *name;
	} names[] = {
		{ SGAP_PARTIAL_FIRST, "first" }, { SGAP_PARTIAL_MIDDLE, "middle" },
		{ SGAP_PARTIAL_LAST, "last" },
	};
	size_t i, at = 0;

	buf[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (missing & names[i].bit)
			at += (size_t)snprintf(buf + at, SGAP_NAME_PARTIAL - at, "%s%s",
					       at ? ", " : "", names[i].name);
	return buf;
}
