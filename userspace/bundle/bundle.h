/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incident as one tar file that a third party can verify without us: its last
 * member is the signature of all before it. docs/operations.md says how to check it.
 */
#ifndef SGAP_BUNDLE_BUNDLE_H
#define SGAP_BUNDLE_BUNDLE_H

#include <stddef.h>
#include <linux/types.h>

struct sgap_compose_site;
struct sgap_ledger;
struct sgap_seal;
struct sgap_text;

#define SGAP_BUNDLE_FOLDER "stopgap-bundle"
#define SGAP_BUNDLE_TAIL 2048u	/* bytes at its end that the signature does not cover */
#define SGAP_BUNDLE_SIG 512u	/* of those, before the signature */

/* A file that goes with it, as it is; name without a folder. */
struct sgap_bundle_file {
	const char *name;
	const void *data;
	size_t len;
};

/**
 * struct sgap_bundle_cfg - what a bundle is made of
 * @ledger:	as opened by sgap_ledger_read(); left reading up to the bundle's head
 * @seal:	the key of the ledger's last head
 * @n:		the incident
 * @folder:	where counter-signatures and time stamps of heads are; NULL = nowhere
 */
struct sgap_bundle_cfg {
	struct sgap_ledger *ledger;
	const struct sgap_seal *seal;
	const struct sgap_compose_site *site;
	__u64 n;
	const char *folder;
	const struct sgap_bundle_file *file;
	size_t nfiles;
};

/* What became of it, beside the bytes. */
struct sgap_bundle_made {
	__u64 first, last;	/* entries of its chain */
	__u64 heads, grants, packets, witnesses;
	__u64 unsealed;		/* entries about the incident that no head covers yet: not in it */
};

/* Add the bundle to t. Returns 0 or -errno with a sentence in err. */
int sgap_bundle_make(struct sgap_text *t, const struct sgap_bundle_cfg *cfg,
		     struct sgap_bundle_made *made, char *err, size_t size);

/* SHA-256, as hexadecimal digits, of a bundle's tail without its signature. */
int sgap_bundle_tail(char *hex, size_t size);

#endif
