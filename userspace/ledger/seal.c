// SPDX-License-Identifier: GPL-2.0-or-later
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sgap_seal {
	EVP_PKEY *key;
	__u8 public[SGAP_SEAL_KEY];
};

static int public_of(const EVP_PKEY *key, __u8 *public)
{
	size_t len = SGAP_SEAL_KEY;

	if (EVP_PKEY_id(key) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(key, public, &len) != 1 || len != SGAP_SEAL_KEY)
		return -EKEYREJECTED;
	return 0;
}

/* Whole or not at all: a power cut must not leave half a key. */
static int write_pem(const char *path, mode_t mode, EVP_PKEY *key, int private)
{
	char tmp[4096];
	FILE *f = NULL;
	int fd, ret = 0;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f) {
		ret = -errno;
		if (fd >= 0)
			close(fd);
		return ret;
	}
	if (fchmod(fd, mode))
		ret = -errno;
	if (!ret && (private ? PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) :
			       PEM_write_PUBKEY(f, key)) != 1)
		ret = -EIO;
	if ((fflush(f) || fsync(fd)) && !ret)
		ret = -errno;
	if (fclose(f) && !ret)
		ret = -errno;
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	return ret;
}

/* NAME.key -> NAME.pem */
static int pem_path(char *buf, size_t size, const char *path)
{
	size_t len = strlen(path);

	if (len > 4 && !strcmp(path + len - 4, ".key"))
		len -= 4;
	return snprintf(buf, size, "%.*s.pem", (int)len, path) < (int)size ? 0 : -ENAMETOOLONG;
}

static int make(struct sgap_seal *seal, const char *path)
{
	char public[4096];
	int ret;

	seal->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!seal->key)
		return -EIO;
	ret = pem_path(public, sizeof(public), path);
	if (!ret)
		ret = write_pem(path, 0600, seal->key, 1);
	if (!ret)
		ret = write_pem(public, 0644, seal->key, 0);
	return ret;
}

static int load(struct sgap_seal *seal, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	seal->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return seal->key ? 0 : -EKEYREJECTED;
}

/* made NULL: none is made. */
static int open_key(struct sgap_seal **out, const char *path, int *made)
{
	struct sgap_seal *seal = calloc(1, sizeof(*seal));
	int ret;

	if (!seal)
		return -ENOMEM;
	ret = load(seal, path);
	if (ret == -ENOENT && made) {
		ret = make(seal, path);
		*made = !ret;
	}
	if (!ret)
		ret = public_of(seal->key, seal->public);
	ERR_clear_error();
	if (ret) {
		sgap_seal_close(seal);
		return ret;
	}
	*out = seal;
	return 0;
}

int sgap_seal_open(struct sgap_seal **seal, const char *path, int *made)
{
	*made = 0;
	return open_key(seal, path, made);
}

int sgap_seal_load(struct sgap_seal **seal, const char *path)
{
	return open_key(seal, path, NULL);
}

void sgap_seal_close(struct sgap_seal *seal)
{
	if (!seal)
		return;
	EVP_PKEY_free(seal->key);
	free(seal);
}

const __u8 *sgap_seal_public(const struct sgap_seal *seal)
{
	return seal->public;
}

int sgap_seal_sign(const struct sgap_seal *seal, __u8 sig[static SGAP_SEAL_SIG],
		   const void *data, size_t len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t sig_len = SGAP_SEAL_SIG;
	int ok;

	ok = md && EVP_DigestSignInit(md, NULL, NULL, NULL, seal->key) == 1 &&
	     EVP_DigestSign(md, sig, &sig_len, data, len) == 1 && sig_len == SGAP_SEAL_SIG;
	EVP_MD_CTX_free(md);
	return ok ? 0 : -EIO;
}

int sgap_seal_check(const __u8 key[static SGAP_SEAL_KEY], const __u8 sig[static SGAP_SEAL_SIG],
		    const void *data, size_t len)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SGAP_SEAL_KEY);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int ok;

	ok = pkey && md && EVP_DigestVerifyInit(md, NULL, NULL, NULL, pkey) == 1 &&
	     EVP_DigestVerify(md, sig, SGAP_SEAL_SIG, data, len) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return ok;
}

int sgap_seal_read_public(__u8 key[static SGAP_SEAL_KEY], const char *path)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *pkey;
	int ret;

	if (!f)
		return -errno;
	pkey = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	ret = pkey ? public_of(pkey, key) : -EKEYREJECTED;
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return ret;
}

int sgap_seal_write_public(const __u8 key[static SGAP_SEAL_KEY], const char *path)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SGAP_SEAL_KEY);
	int ret = pkey ? write_pem(path, 0644, pkey, 0) : -EIO;

	EVP_PKEY_free(pkey);
	return ret;
}

int sgap_seal_pem(char pem[static SGAP_SEAL_PEM], const __u8 key[static SGAP_SEAL_KEY])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SGAP_SEAL_KEY);
	BIO *bio = BIO_new(BIO_s_mem());
	int len = -EIO;

	if (pkey && bio && PEM_write_bio_PUBKEY(bio, pkey) == 1)
		len = BIO_read(bio, pem, SGAP_SEAL_PEM - 1);
	if (len > 0)
		pem[len] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return len > 0 ? len : -EIO;
}
