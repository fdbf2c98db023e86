// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "grant_check.h"
#include "quorum.h"

#ifdef __KERNEL__
#include <asm/byteorder.h>
#define get_le16(x) le16_to_cpu(x)
#define get_le32(x) le32_to_cpu(x)
#define get_le64(x) le64_to_cpu(x)
#else
#include <endian.h>
#define get_le16(x) le16toh(x)
#define get_le32(x) le32toh(x)
#define get_le64(x) le64toh(x)
#endif

struct refusal {
	int err;
	const char *text;
};

static const struct refusal refusals[__SGAP_REFUSE_MAX] = {
	[SGAP_REFUSE_NONE] = { 0, "not refused" },
	[SGAP_REFUSE_LENGTH] = { EMSGSIZE, "a grant is exactly 256 bytes" },
	[SGAP_REFUSE_MAGIC] = { EBADMSG, "this is not a grant: it does not begin with StopgapG" },
	[SGAP_REFUSE_VERSION] = { EOPNOTSUPP, "the grant's version is not 1" },
	[SGAP_REFUSE_PURPOSE] = { EPROTOTYPE, "it was signed for another purpose than a detour" },
	[SGAP_REFUSE_SIZE] = { EBADE, "the grant's own size field is not 256" },
	[SGAP_REFUSE_RESERVED] = { EBADR, "a reserved byte of the grant is not zero" },
	[SGAP_REFUSE_FLAGS] = { EBADRQC, "the grant has a flag that is not known here" },
	[SGAP_REFUSE_SERIAL] = { EIDRM, "the grant's serial is all zero" },
	[SGAP_REFUSE_FAMILY] = { EAFNOSUPPORT,
		"server, fallback and clients are not of one address family" },
	[SGAP_REFUSE_ADDRESS] = { EADDRNOTAVAIL,
		"server or fallback is unspecified, loopback, multicast, broadcast or link-local" },
	[SGAP_REFUSE_SAME] = { ENOTUNIQ, "server and fallback are the same address" },
	[SGAP_REFUSE_PREFIX] = { ERANGE, "the clients' prefix is longer than an address" },
	[SGAP_REFUSE_HOSTBITS] = { EINVAL, "the clients' prefix has bits set past its length" },
	[SGAP_REFUSE_PROTOCOLS] = { EPROTONOSUPPORT,
		"the grant's protocols are not UDP (1), TCP (2) or both (3)" },
	[SGAP_REFUSE_PORT] = { ENXIO, "the grant's port is 0" },
	[SGAP_REFUSE_LEASE] = { EDOM,
		"the longest lease is not between 1 and 86400 seconds, or with its extension more" },
	[SGAP_REFUSE_TIMES] = { EBADSLT,
		"it must hold that issued <= not_before < not_after <= issued + 366 days" },
	[SGAP_REFUSE_CONDITION] = { ELNRNG,
		"a standing grant needs state degraded, failing or dead and at most 600000 ms; any other grant has neither" },
	[SGAP_REFUSE_SHARE] = { ECHRNG, "the share of clients is more than 1000 per mille" },
	[SGAP_REFUSE_RATE] = { EXFULL, "the greatest rate is more than 1000000 flows a second" },
	[SGAP_REFUSE_JUDGE] = { ENOCSI,
		"rollback is at most 1000 per mille; recover is at most 3600 s and needs a share of clients that leaves some with the server" },
	[SGAP_REFUSE_ROLES] = { EILSEQ,
		"a role is 1 to 15 of a-z, 0-9 and - and is named once; in all they ask for at most 8 signers" },
	[SGAP_REFUSE_UNSIGNED] = { ENODATA, "the grant is not signed" },
	[SGAP_REFUSE_SIGNATURE_LONG] = { E2BIG, "the signature is longer than 8192 bytes" },
	[SGAP_REFUSE_NO_TRUST] = { ENOKEY, "no certificate is trusted: the keyring .stopgap is empty" },
	[SGAP_REFUSE_SIGNER] = { EACCES, "the signer's certificate is not in the keyring .stopgap" },
	[SGAP_REFUSE_TAMPERED] = { EKEYREJECTED,
		"the signature does not match: grant or signature was changed, or signed attributes were left in" },
	[SGAP_REFUSE_SIGNATURE_FORM] = { EPROTO, "the signature is not a detached CMS SignedData in DER" },
	[SGAP_REFUSE_ALGORITHM] = { ENOPKG, "the signature's algorithm is not in this kernel" },
	[SGAP_REFUSE_KEY_EXPIRED] = { EKEYEXPIRED, "the signer's certificate has expired in the keyring" },
	[SGAP_REFUSE_KEY_REVOKED] = { EKEYREVOKED, "the signer's certificate was revoked" },
	[SGAP_REFUSE_SIGNATURES] = { EOVERFLOW, "there are more than 8 signatures or signers" },
	[SGAP_REFUSE_QUORUM] = { ENOANO,
		"too few different certificates of a role that the grant asks for have signed it" },
	[SGAP_REFUSE_REVOKED] = { ECANCELED, "the grant was revoked by its serial" },
	[SGAP_REFUSE_REVOKED_FULL] = { ENOSR, "the revocation list is full" },
	[SGAP_REFUSE_NOT_YET] = { EAGAIN, "the grant is not valid yet" },
	[SGAP_REFUSE_EXPIRED] = { ETIME, "the grant has expired" },
	[SGAP_REFUSE_LOADED] = { EEXIST, "a grant of this serial is loaded already" },
	[SGAP_REFUSE_USED] = { ESTALE, "a grant of this serial was used before" },
	[SGAP_REFUSE_MEMORY] = { ENOSPC, "too many grants that are still valid were used; none is forgotten" },
	[SGAP_REFUSE_LIMIT] = { EUSERS, "there are as many leases in this network namespace as it may have" },
	[SGAP_REFUSE_UNKNOWN] = { ENOENT, "no grant of this serial is loaded" },
	[SGAP_REFUSE_ACTIVE] = { EALREADY, "this detour is active already" },
	[SGAP_REFUSE_WITHDRAWN] = { EBADFD, "this detour was withdrawn: resume it" },
	[SGAP_REFUSE_NOT_WITHDRAWN] = { EISCONN, "this detour is not withdrawn" },
	[SGAP_REFUSE_OVERLAP] = { EADDRINUSE, "another active detour has the same server and clients" },
	[SGAP_REFUSE_CHAIN] = { ELOOP, "its server or fallback is the other end of another active detour" },
	[SGAP_REFUSE_NO_EXTENSION] = { ENOTTY, "the grant agrees to no extension" },
	[SGAP_REFUSE_EXTENDED] = { EMLINK, "this detour was extended before" },
	[SGAP_REFUSE_NOT_STARTED] = { ENOTCONN, "this detour was never started" },
	[SGAP_REFUSE_NETNS] = { ESHUTDOWN, "the network namespace is going away" },
};

int sgap_refuse_errno(enum sgap_refuse why)
{
	return (unsigned int)why < __SGAP_REFUSE_MAX ? refusals[why].err : EINVAL;
}

const char *sgap_refuse_text(enum sgap_refuse why)
{
	return (unsigned int)why < __SGAP_REFUSE_MAX ? refusals[why].text : "refused";
}

static bool all_zero(const __u8 *p, size_t n)
{
	__u8 any = 0;

	while (n--)
		any |= *p++;
	return !any;
}

/* Does the address have the first len bits of prefix? len is at most 128. */
static bool prefix_has(const struct sgap_addr *prefix, unsigned int len, const struct sgap_addr *a)
{
	unsigned int bytes = len / 8, bits = len % 8;

	if (memcmp(prefix->b, a->b, bytes) != 0)
		return false;
	return !bits || !((prefix->b[bytes] ^ a->b[bytes]) >> (8 - bits));
}

/* The prefix length counted in the 16-byte form. */
static unsigned int mapped_len(const struct sgap_grant_info *info)
{
	return info->clients_len + (sgap_addr_is_v4(&info->clients) ? 96u : 0u);
}

static bool v4_unfit(const __u8 *p)
{
	return p[0] == 0 || p[0] == 127 || p[0] >= 224 || (p[0] == 169 && p[1] == 254);
}

static bool v6_unfit(const __u8 *p)
{
	return all_zero(p, 15) ||			/* :: and ::1 */
	       p[0] == 0xff ||				/* multicast */
	       (p[0] == 0xfe && (p[1] & 0xc0) == 0x80);	/* link-local */
}

/* Not an address that a server can be reached at through a router. */
static bool addr_unfit(const struct sgap_addr *a)
{
	return sgap_addr_is_v4(a) ? v4_unfit(a->b + 12) : v6_unfit(a->b);
}

static enum sgap_refuse check_frame(const struct sgap_grant *g)
{
	if (memcmp(g->magic, SGAP_GRANT_MAGIC, sizeof(g->magic)) != 0)
		return SGAP_REFUSE_MAGIC;
	if (get_le16(g->version) != SGAP_GRANT_VERSION)
		return SGAP_REFUSE_VERSION;
	if (get_le16(g->purpose) != SGAP_GRANT_DETOUR)
		return SGAP_REFUSE_PURPOSE;
	if (get_le32(g->size) != SGAP_GRANT_SIZE)
		return SGAP_REFUSE_SIZE;
	if (g->reserved0 || !all_zero(g->reserved, sizeof(g->reserved)))
		return SGAP_REFUSE_RESERVED;
	if (all_zero(g->serial, sizeof(g->serial)))
		return SGAP_REFUSE_SERIAL;
	return SGAP_REFUSE_NONE;
}

static void decode(const struct sgap_grant *g, struct sgap_grant_info *info)
{
	memset(info, 0, sizeof(*info));
	memcpy(info->serial, g->serial, sizeof(info->serial));
	memcpy(info->server.b, g->server, sizeof(g->server));
	memcpy(info->fallback.b, g->fallback, sizeof(g->fallback));
	memcpy(info->clients.b, g->clients, sizeof(g->clients));
	info->issued = get_le64(g->issued);
	info->not_before = get_le64(g->not_before);
	info->not_after = get_le64(g->not_after);
	info->max_lease = get_le32(g->max_lease);
	info->extend = get_le32(g->extend);
	info->flags = get_le32(g->flags);
	info->when_ms = get_le32(g->when_ms);
	info->max_rate = get_le32(g->max_rate);
	info->port = get_le16(g->port);
	info->share = get_le16(g->share);
	info->rollback = get_le16(g->rollback);
	info->recover = get_le16(g->recover);
	info->clients_len = g->clients_len;
	info->protocols = g->protocols;
	info->when_state = g->when_state;
	memcpy(info->roles, g->roles, sizeof(info->roles));
}

static enum sgap_refuse check_scope(const struct sgap_grant_info *info)
{
	bool v4 = sgap_addr_is_v4(&info->server);
	unsigned int len, i;

	if (sgap_addr_is_v4(&info->fallback) != v4 || sgap_addr_is_v4(&info->clients) != v4)
		return SGAP_REFUSE_FAMILY;
	if (addr_unfit(&info->server) || addr_unfit(&info->fallback))
		return SGAP_REFUSE_ADDRESS;
	if (sgap_addr_eq(&info->server, &info->fallback))
		return SGAP_REFUSE_SAME;
	if (info->clients_len > (v4 ? 32 : 128))
		return SGAP_REFUSE_PREFIX;
	len = mapped_len(info);
	for (i = len; i < 128; i++)
		if (info->clients.b[i / 8] & (0x80 >> (i % 8)))
			return SGAP_REFUSE_HOSTBITS;
	if (!info->protocols || info->protocols & ~SGAP_GRANT_P_ALL)
		return SGAP_REFUSE_PROTOCOLS;
	return info->port ? SGAP_REFUSE_NONE : SGAP_REFUSE_PORT;
}

static enum sgap_refuse check_bounds(const struct sgap_grant_info *info)
{
	bool some_left = info->share && info->share < 1000;

	if (info->share > 1000)
		return SGAP_REFUSE_SHARE;
	if (info->max_rate > SGAP_GRANT_RATE_MAX)
		return SGAP_REFUSE_RATE;
	if (info->rollback > 1000 || info->recover > SGAP_GRANT_RECOVER_MAX ||
	    (info->recover && !some_left))
		return SGAP_REFUSE_JUDGE;
	return SGAP_REFUSE_NONE;
}

static bool role_in_order(const struct sgap_grant_role *role)
{
	size_t n;

	for (n = 0; n < SGAP_ROLE_LEN && sgap_role_has(role->name[n]); n++)
		;
	return n && all_zero(role->name + n, SGAP_ROLE_LEN - n) && role->signers;
}

static bool roles_in_order(const struct sgap_grant_info *info, int used)
{
	unsigned int signers = 0;
	int i, j;

	for (i = 0; i < used; i++) {
		if (!role_in_order(&info->roles[i]))
			return false;
		signers += info->roles[i].signers;
		for (j = 0; j < i; j++)
			if (!memcmp(info->roles[i].name, info->roles[j].name, SGAP_ROLE_LEN))
				return false;
	}
	return signers <= SGAP_SIGNERS_MAX;
}

/* Those in use come first. */
static enum sgap_refuse check_roles(const struct sgap_grant_info *info)
{
	const struct sgap_grant_role *role = info->roles;
	int used = SGAP_GRANT_ROLES;

	while (used && all_zero((const __u8 *)&role[used - 1], sizeof(*role)))
		used--;
	return roles_in_order(info, used) ? SGAP_REFUSE_NONE : SGAP_REFUSE_ROLES;
}

static enum sgap_refuse check_terms(const struct sgap_grant_info *info)
{
	bool standing = info->flags & SGAP_GRANT_F_STANDING;
	enum sgap_refuse why;

	if (info->flags & ~SGAP_GRANT_F_ALL)
		return SGAP_REFUSE_FLAGS;
	if (!info->max_lease || info->max_lease > SGAP_GRANT_LEASE_MAX ||
	    info->extend > SGAP_GRANT_LEASE_MAX - info->max_lease)
		return SGAP_REFUSE_LEASE;
	if (info->issued > info->not_before || info->not_before >= info->not_after ||
	    info->not_after - info->issued > SGAP_GRANT_VALID_MAX)
		return SGAP_REFUSE_TIMES;
	if (!standing && (info->when_state || info->when_ms))
		return SGAP_REFUSE_CONDITION;
	if (standing && (info->when_state < SGAP_STATE_DEGRADED ||
			 info->when_state > SGAP_STATE_DEAD ||
			 info->when_ms > SGAP_GRANT_WHEN_MAX_MS))
		return SGAP_REFUSE_CONDITION;
	why = check_bounds(info);
	return why ? why : check_roles(info);
}

enum sgap_refuse sgap_grant_check(const void *p, size_t len, struct sgap_grant_info *info)
{
	struct sgap_grant g;
	enum sgap_refuse why;

	if (len != sizeof(g))
		return SGAP_REFUSE_LENGTH;
	memcpy(&g, p, sizeof(g));	/* p may be unaligned */
	why = check_frame(&g);
	if (why)
		return why;
	decode(&g, info);
	why = check_scope(info);
	return why ? why : check_terms(info);
}

enum sgap_refuse sgap_grant_check_time(const struct sgap_grant_info *info, __u64 now)
{
	if (now < info->not_before)
		return SGAP_REFUSE_NOT_YET;
	return now < info->not_after ? SGAP_REFUSE_NONE : SGAP_REFUSE_EXPIRED;
}

unsigned int sgap_grant_rank(const struct sgap_addr *client)
{
	__u64 h = sgap_mix(sgap_mix(0, sgap_addr_net(client)), sgap_addr_host(client));

	/* Not sgap_addr_mix(): who is in a share stays so, whatever becomes of tables. */
	return (unsigned int)((sgap_mix(h, h >> 29) >> 32) % 1000);
}

bool sgap_grant_in_prefix(const struct sgap_grant_info *info, const struct sgap_addr *client)
{
	return sgap_addr_is_v4(client) == sgap_addr_is_v4(&info->clients) &&
	       prefix_has(&info->clients, mapped_len(info), client);
}

bool sgap_grant_has_client(const struct sgap_grant_info *info, const struct sgap_addr *client)
{
	if (!sgap_grant_in_prefix(info, client))
		return false;
	return !info->share || sgap_grant_rank(client) < info->share;
}

/* Prefixes overlap when the shorter one holds the longer one. */
static bool clients_overlap(const struct sgap_grant_info *a, const struct sgap_grant_info *b)
{
	unsigned int la = mapped_len(a), lb = mapped_len(b);

	return prefix_has(&a->clients, la < lb ? la : lb, &b->clients);
}

enum sgap_refuse sgap_grant_check_pair(const struct sgap_grant_info *a,
				       const struct sgap_grant_info *b)
{
	if (a->port != b->port || !(a->protocols & b->protocols))
		return SGAP_REFUSE_NONE;
	if (sgap_addr_eq(&a->fallback, &b->server) || sgap_addr_eq(&b->fallback, &a->server))
		return SGAP_REFUSE_CHAIN;
	if (sgap_addr_eq(&a->server, &b->server) && clients_overlap(a, b))
		return SGAP_REFUSE_OVERLAP;
	return SGAP_REFUSE_NONE;
}
