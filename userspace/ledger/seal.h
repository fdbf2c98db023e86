/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Ed25519 key that heads are signed with. */
#ifndef SGAP_LEDGER_SEAL_H
#define SGAP_LEDGER_SEAL_H

#include <stddef.h>
#include <linux/types.h>

#define SGAP_SEAL_KEY 32	/* bytes of a public key */
#define SGAP_SEAL_SIG 64

struct sgap_seal;

/*
 * The private key in the file at path (PEM, mode 0600); made when there is none,
 * with its public half beside it, at path with .pem in place of .key. *made says so.
 * Returns 0 or -errno: -EKEYREJECTED when the file is something else.
 */
int sgap_seal_open(struct sgap_seal **seal, const char *path, int *made);
/* The same of a file that is there: -ENOENT else. */
int sgap_seal_load(struct sgap_seal **seal, const char *path);
void sgap_seal_close(struct sgap_seal *seal);

const __u8 *sgap_seal_public(const struct sgap_seal *seal);

/* Returns 0 or -EIO. */
int sgap_seal_sign(const struct sgap_seal *seal, __u8 sig[static SGAP_SEAL_SIG],
		   const void *data, size_t len);

/* Is sig the signature of data by the public key? */
int sgap_seal_check(const __u8 key[static SGAP_SEAL_KEY], const __u8 sig[static SGAP_SEAL_SIG],
		    const void *data, size_t len);

/* Bytes of a public key in PEM. */
#define SGAP_SEAL_PEM 256
/* A public key as PEM text. Returns its length, or -EIO. */
int sgap_seal_pem(char pem[static SGAP_SEAL_PEM], const __u8 key[static SGAP_SEAL_KEY]);

/* A public key, PEM: read it from a file, or write it to one. Return 0 or -errno. */
int sgap_seal_read_public(__u8 key[static SGAP_SEAL_KEY], const char *path);
int sgap_seal_write_public(const __u8 key[static SGAP_SEAL_KEY], const char *path);

#endif
