// SPDX-License-Identifier: GPL-2.0-only
#include "trust.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/key-type.h>
#include <linux/slab.h>
#include <linux/verification.h>

#define TRUST_PERM (KEY_POS_SEARCH | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_WRITE | \
		    KEY_USR_SEARCH | KEY_USR_SETATTR)

static struct key *trust_ring;

static struct key *ring_alloc(const char *name, key_perm_t perm)
{
	return keyring_alloc(name, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID, current_cred(), perm,
			     KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
}

int __init sgap_trust_init(void)
{
	trust_ring = ring_alloc(SGAP_KEYRING, TRUST_PERM);
	return PTR_ERR_OR_ZERO(trust_ring);
}

/* Others may hold a reference: revoking takes the keys out of it all the same. */
void sgap_trust_uninit(void)
{
	key_revoke(trust_ring);
	key_put(trust_ring);
}

key_serial_t sgap_trust_keyring(void)
{
	return key_serial(trust_ring);
}

bool sgap_trust_closed(void)
{
	return READ_ONCE(trust_ring->restrict_link);
}

/* The keyring type's read gives the serials; it returns what all of them need. */
int sgap_trust_list(key_serial_t serials[SGAP_TRUST_MAX])
{
	size_t size = SGAP_TRUST_MAX * sizeof(*serials);
	long got;

	down_read(&trust_ring->sem);
	got = trust_ring->type->read(trust_ring, (char *)serials, size);
	up_read(&trust_ring->sem);
	if (got < 0)
		return got;
	return min_t(size_t, got, size) / sizeof(*serials);
}

static struct key *key_of(key_serial_t serial)
{
	key_ref_t ref = lookup_user_key(serial, KEY_LOOKUP_PARTIAL, KEY_DEFER_PERM_CHECK);

	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

int sgap_trust_describe(key_serial_t serial, char *buf, size_t size)
{
	struct key *key = key_of(serial);

	if (IS_ERR(key))
		return -ENOKEY;
	strscpy(buf, key->description ?: "", size);
	key_put(key);
	return 0;
}

static int verify(const void *data, size_t len, const void *sig, size_t sig_len, struct key *ring)
{
	return verify_pkcs7_signature(data, len, sig, sig_len, ring,
				      VERIFYING_UNSPECIFIED_SIGNATURE, NULL, NULL);
}

/*
 * -EKEYREJECTED is also what comes when the kernel's RSA has met a failed
 * allocation: only if it comes again is it for the signature.
 */
static int verify_surely(const void *data, size_t len, const void *sig, size_t sig_len)
{
	int ret = verify(data, len, sig, sig_len, trust_ring);

	return ret == -EKEYREJECTED ? verify(data, len, sig, sig_len, trust_ring) : ret;
}

/*
 * With an empty keyring every signature is refused: so the parser, which would
 * be within reach of anyone who is root in a user namespace, is not even run.
 */
int sgap_trust_verify(const void *data, size_t len, const void *sig, size_t sig_len)
{
	if (!READ_ONCE(trust_ring->keys.nr_leaves_on_tree))
		return SGAP_REFUSE_NO_TRUST;
	switch (verify_surely(data, len, sig, sig_len)) {
	case 0:
		return SGAP_REFUSE_NONE;
	case -ENOMEM:
		return -ENOMEM;
	case -ENOKEY:
		return SGAP_REFUSE_SIGNER;
	case -EKEYREJECTED:
		return SGAP_REFUSE_TAMPERED;
	case -EKEYEXPIRED:
		return SGAP_REFUSE_KEY_EXPIRED;
	case -EKEYREVOKED:
		return SGAP_REFUSE_KEY_REVOKED;
	case -ENOPKG:
		return SGAP_REFUSE_ALGORITHM;
	default:
		return SGAP_REFUSE_SIGNATURE_FORM;
	}
}

/* Does the key alone, in a keyring of its own, verify it? */
static bool key_signed(struct key *key, const void *data, size_t len, const void *sig,
		       size_t sig_len)
{
	struct key *ring = ring_alloc(".stopgap-one", KEY_POS_SEARCH);
	bool did;

	if (IS_ERR(ring))
		return false;
	did = !key_link(ring, key) && !verify(data, len, sig, sig_len, ring);
	keyring_clear(ring);
	key_put(ring);
	return did;
}

void sgap_trust_signer(const void *data, size_t len, const void *sig, size_t sig_len,
		       char *buf, size_t size)
{
	key_serial_t *serials;
	struct key *key;
	int i, n;

	*buf = 0;
	serials = kcalloc(SGAP_TRUST_MAX, sizeof(*serials), GFP_KERNEL);
	if (!serials)
		return;
	n = sgap_trust_list(serials);
	for (i = 0; i < n && !*buf; i++) {
		key = key_of(serials[i]);
		if (IS_ERR(key))
			continue;
		if (key_signed(key, data, len, sig, sig_len))
			strscpy(buf, key->description ?: "", size);
		key_put(key);
	}
	kfree(serials);
}
