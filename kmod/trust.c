// SPDX-License-Identifier: GPL-2.0-only
#include "trust.h"
#include "quorum.h"

#include <crypto/public_key.h>
#include <crypto/sha2.h>
#include <keys/asymmetric-type.h>
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

/* SHA-256 of the bits of the certificate's public key. */
static int id_of(const struct key *key, u8 id[SGAP_KEY_ID_LEN])
{
	const struct public_key *pub;

	if (key->type != &key_type_asymmetric || key_read_state(key) != KEY_IS_POSITIVE)
		return -ENOKEY;
	pub = key->payload.data[asym_crypto];
	if (!pub)
		return -ENOKEY;
	sha256(pub->key, pub->keylen, id);
	return 0;
}

/* "Never" is 0 in older kernels, and the end of time in newer ones. */
static u64 expires_of(const struct key *key)
{
	time64_t expiry = READ_ONCE(key->expiry);

	return expiry == TIME64_MAX ? SGAP_TRUST_NEVER : expiry;
}

int sgap_trust_describe(key_serial_t serial, struct sgap_trusted *t)
{
	struct key *key = key_of(serial);
	int ret;

	if (IS_ERR(key))
		return -ENOKEY;
	ret = id_of(key, t->id);
	if (!ret) {
		strscpy(t->description, key->description ?: "", sizeof(t->description));
		sgap_role_of(t->role, key->description ?: "");
		t->expires = expires_of(key);
	}
	key_put(key);
	return ret;
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
static int verify_surely(const void *data, size_t len, const void *sig, size_t sig_len,
			 struct key *ring)
{
	int ret = verify(data, len, sig, sig_len, ring);

	return ret == -EKEYREJECTED ? verify(data, len, sig, sig_len, ring) : ret;
}

/*
 * With an empty keyring every signature is refused: so the parser, which would
 * be within reach of anyone who is root in a user namespace, is not even run.
 */
int sgap_trust_verify(const void *data, size_t len, const void *sig, size_t sig_len)
{
	if (!READ_ONCE(trust_ring->keys.nr_leaves_on_tree))
		return SGAP_REFUSE_NO_TRUST;
	switch (verify_surely(data, len, sig, sig_len, trust_ring)) {
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

/* Does the key alone, in a keyring of its own, verify it? 0, -ENOMEM or another -errno. */
static int key_signed(struct key *key, const void *data, size_t len, const void *sig,
		      size_t sig_len)
{
	struct key *ring = ring_alloc(".stopgap-one", KEY_POS_SEARCH);
	int ret;

	if (IS_ERR(ring))
		return -ENOMEM;
	ret = key_link(ring, key);
	if (!ret)
		ret = verify_surely(data, len, sig, sig_len, ring);
	keyring_clear(ring);
	key_put(ring);
	return ret;
}

static bool is_among(const struct sgap_signer *signers, unsigned int n,
		     const struct sgap_signer *one)
{
	while (n--)
		if (!memcmp(&signers[n], one, sizeof(*one)))
			return true;
	return false;
}

static int take_signer(const struct key *key, struct sgap_signer signers[SGAP_SIGNERS_MAX],
		       unsigned int *n, u64 *until)
{
	const char *description = key->description ?: "";
	u64 expires = expires_of(key);
	struct sgap_signer one = {};

	if (id_of(key, one.id))
		return SGAP_REFUSE_NONE;
	sgap_role_of(one.role, description);
	strscpy((char *)one.name, description, sizeof(one.name));
	if (is_among(signers, *n, &one))
		return SGAP_REFUSE_NONE;
	if (*n == SGAP_SIGNERS_MAX)
		return SGAP_REFUSE_SIGNATURES;
	signers[(*n)++] = one;
	if (expires != SGAP_TRUST_NEVER)
		*until = min(*until, expires);
	return SGAP_REFUSE_NONE;
}

int sgap_trust_signers(const void *data, size_t len, const void *sig, size_t sig_len,
		       struct sgap_signer signers[SGAP_SIGNERS_MAX], unsigned int *n, u64 *until)
{
	key_serial_t *serials;
	struct key *key;
	int i, got, ret = 0;

	serials = kcalloc(SGAP_TRUST_MAX, sizeof(*serials), GFP_KERNEL);
	if (!serials)
		return -ENOMEM;
	got = sgap_trust_list(serials);
	for (i = 0; i < got && !ret; i++) {
		key = key_of(serials[i]);
		if (IS_ERR(key))
			continue;
		ret = key_signed(key, data, len, sig, sig_len);
		if (!ret)
			ret = take_signer(key, signers, n, until);
		else if (ret != -ENOMEM)
			ret = 0;
		key_put(key);
	}
	kfree(serials);
	return ret;
}
