/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a grant must look like before anyone looks at its signature, and why
 * one is refused. Pure: the module, the library and the fuzzer share it.
 */
#ifndef SGAP_GRANT_CHECK_H
#define SGAP_GRANT_CHECK_H

#include "pure.h"

/*
 * Every way to be refused; sgap_refuse_errno() and sgap_refuse_text() give
 * each its own errno and sentence. docs/grants.md has the same table.
 */
enum sgap_refuse {
	SGAP_REFUSE_NONE,
	/* the grant itself */
	SGAP_REFUSE_LENGTH,
	SGAP_REFUSE_MAGIC,
	SGAP_REFUSE_VERSION,
	SGAP_REFUSE_PURPOSE,
	SGAP_REFUSE_SIZE,
	SGAP_REFUSE_RESERVED,
	SGAP_REFUSE_FLAGS,
	SGAP_REFUSE_SERIAL,
	SGAP_REFUSE_FAMILY,
	SGAP_REFUSE_ADDRESS,
	SGAP_REFUSE_SAME,
	SGAP_REFUSE_PREFIX,
	SGAP_REFUSE_HOSTBITS,
	SGAP_REFUSE_PROTOCOLS,
	SGAP_REFUSE_PORT,
	SGAP_REFUSE_LEASE,
	SGAP_REFUSE_TIMES,
	SGAP_REFUSE_CONDITION,
	SGAP_REFUSE_SHARE,
	SGAP_REFUSE_RATE,
	SGAP_REFUSE_JUDGE,
	SGAP_REFUSE_ROLES,
	/* its signature */
	SGAP_REFUSE_UNSIGNED,
	SGAP_REFUSE_SIGNATURE_LONG,
	SGAP_REFUSE_NO_TRUST,
	SGAP_REFUSE_SIGNER,
	SGAP_REFUSE_TAMPERED,
	SGAP_REFUSE_SIGNATURE_FORM,
	SGAP_REFUSE_ALGORITHM,
	SGAP_REFUSE_KEY_EXPIRED,
	SGAP_REFUSE_KEY_REVOKED,
	SGAP_REFUSE_SIGNATURES,
	SGAP_REFUSE_QUORUM,
	SGAP_REFUSE_REVOKED,
	SGAP_REFUSE_REVOKED_FULL,
	/* its time and its serial */
	SGAP_REFUSE_NOT_YET,
	SGAP_REFUSE_EXPIRED,
	SGAP_REFUSE_LOADED,
	SGAP_REFUSE_USED,
	SGAP_REFUSE_MEMORY,
	/* the lease */
	SGAP_REFUSE_LIMIT,
	SGAP_REFUSE_UNKNOWN,
	SGAP_REFUSE_ACTIVE,
	SGAP_REFUSE_WITHDRAWN,
	SGAP_REFUSE_NOT_WITHDRAWN,
	SGAP_REFUSE_OVERLAP,
	SGAP_REFUSE_CHAIN,
	SGAP_REFUSE_NO_EXTENSION,
	SGAP_REFUSE_EXTENDED,
	SGAP_REFUSE_NOT_STARTED,
	SGAP_REFUSE_NETNS,
	__SGAP_REFUSE_MAX
};

/* A grant in host order. */
struct sgap_grant_info {
	__u8 serial[16];
	__u64 issued, not_before, not_after;	/* s since 1970 */
	struct sgap_addr server, fallback, clients;
	__u32 max_lease, extend;		/* s */
	__u32 flags;
	__u32 when_ms;
	__u32 max_rate;
	__u16 port;
	__u16 share;
	__u16 rollback, recover;
	__u8 clients_len;
	__u8 protocols;
	__u8 when_state;
	struct sgap_grant_role roles[SGAP_GRANT_ROLES];	/* those in use first */
};

/* A positive errno, 0 for SGAP_REFUSE_NONE; no two refusals share one. */
int sgap_refuse_errno(enum sgap_refuse why);

/* A sentence without a full stop; static. */
const char *sgap_refuse_text(enum sgap_refuse why);

/*
 * Take the len bytes at p apart. SGAP_REFUSE_NONE and a filled info when every
 * field is right on its own and with the others; else what is wrong first, and
 * info is not to be used. Neither clock nor signature is looked at.
 */
enum sgap_refuse sgap_grant_check(const void *p, size_t len, struct sgap_grant_info *info);

/* Is now (s since 1970) within the grant's validity? */
enum sgap_refuse sgap_grant_check_time(const struct sgap_grant_info *info, __u64 now);

/*
 * Where a client stands among all when only a share of them is granted: 0 to
 * 999, by its address alone. So the clients of a small share are among those of
 * any larger one, in this grant and in the next.
 */
unsigned int sgap_grant_rank(const struct sgap_addr *client);

/* Is the address in the clients' prefix? */
bool sgap_grant_in_prefix(const struct sgap_grant_info *info, const struct sgap_addr *client);

/* Is the address one of the granted clients: in the prefix and within the share? */
bool sgap_grant_has_client(const struct sgap_grant_info *info, const struct sgap_addr *client);

/* May both be in force at once? */
enum sgap_refuse sgap_grant_check_pair(const struct sgap_grant_info *a,
				       const struct sgap_grant_info *b);

#endif
