// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "file.h"
#include "lib/cms.h"
#include "lib/grant.h"
#include "lib/json.h"
#include "lib/nl.h"
#include "lib/text.h"
#include "out.h"
#include "quorum.h"
#include "subcommands.h"

struct ring {
	json_t *json;		/* list of certificates; NULL = print them */
	json_t *revoked;	/* the revocation list, likewise */
	__u32 serial;
	bool closed, quiet;
	int certs, revocations;
};

static const char *ends(char buf[static 32], __u64 s)
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!s)
		return "no end";
	if (!gmtime_r(&t, &tm) || !strftime(buf, 32, "until %Y-%m-%d %H:%M:%S UTC", &tm))
		sgap_text_copy(buf, 32, "a time out of range");
	return buf;
}

static void take_cert(struct ring *ring, const struct sgap_trust_info *t)
{
	char end[32], id[2 * SGAP_KEY_ID_LEN + 1];

	ring->certs++;
	if (ring->json)
		json_array_append_new(ring->json, json_pack("{s:I,s:s,s:o,s:o,s:o}",
			"key", (json_int_t)t->serial, "description", t->description,
			"role", *t->role ? json_string(t->role) : json_null(),
			"id", sgap_json_hex(t->id, sizeof(t->id)),
			"expires_s", t->expires ? sgap_json_u64(t->expires) : json_null()));
	if (ring->json || ring->quiet)
		return;
	sgap_hex_text(t->id, sizeof(t->id), id);
	printf("%08x  %s\n  role %s, %s\n  id %s\n", t->serial, t->description,
	       *t->role ? t->role : "none", ends(end, t->expires), id);
}

static void take_revoked(struct ring *ring, const char *what, const __u8 *p, size_t n)
{
	char id[2 * SGAP_KEY_ID_LEN + 1];

	ring->revocations++;
	if (ring->revoked)
		json_array_append_new(ring->revoked, json_pack("{s:o}", what, sgap_json_hex(p, n)));
	if (ring->revoked || ring->quiet)
		return;
	sgap_hex_text(p, n, id);
	printf("revoked: %s %s\n", what, id);
}

static int take(void *ctx, const struct sgap_trust_info *t)
{
	struct ring *ring = ctx;

	if (t->has & SGAP_HAS(SGAP_TRUST_A_KEYRING)) {
		ring->serial = t->keyring;
		ring->closed = t->closed;
	}
	if (t->has & SGAP_HAS(SGAP_TRUST_A_SERIAL))
		take_cert(ring, t);
	if (t->has & SGAP_HAS(SGAP_TRUST_A_REVOKED_ID))
		take_revoked(ring, "id", t->revoked_id, sizeof(t->revoked_id));
	if (t->has & SGAP_HAS(SGAP_TRUST_A_REVOKED_GRANT))
		take_revoked(ring, "grant", t->revoked_grant, sizeof(t->revoked_grant));
	return 0;
}

/* Ask for the keyring and what is in it. SGAP_EXIT_OK, or says what is wrong. */
static int read_ring(const struct sgap_args *args, struct ring *ring)
{
	struct sgap_nl *nl = sgap_out_connect(args);
	int ret;

	if (!nl)
		return SGAP_EXIT_FAULT;
	ret = sgap_nl_trusts(nl, take, ring);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s", args->path);
	else if (!ring->serial)
		ret = sgap_error_kernel(nl, -EPROTO, "%s", args->path);
	sgap_nl_close(nl);
	return ret;
}

static int key_error(const struct sgap_args *args, const char *path)
{
	int err = errno;

	if (err == EPERM || err == EACCES)
		sgap_error("%s: the keyring %s may be changed by root alone (%s)", args->path,
			   SGAP_KEYRING, strerrorname_np(err));
	else if (err == EBADMSG || err == EINVAL || err == ENOPKG || err == EKEYREJECTED)
		sgap_error("%s: '%s': not for this kernel: expected X.509 with RSA, SHA-256 (%s)",
			   args->path, path, strerrorname_np(err));
	else
		sgap_error("%s: %s (%s)", args->path, strerror(err), strerrorname_np(err));
	return SGAP_EXIT_FAULT;
}

/*
 * It ends when the certificate does, and is never in the keyring without that:
 * so it is made in the process's own keyring first. Its number, or -1 and errno.
 */
static long add_key(const struct ring *ring, const struct sgap_cert *cert, const char *description)
{
	time_t left = (time_t)cert->not_after - time(NULL) + 1;
	long key = syscall(SYS_add_key, "asymmetric", description, cert->der, cert->len,
			   KEY_SPEC_PROCESS_KEYRING);

	if (key < 0 || syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, key,
			       left < INT_MAX ? (unsigned int)left : INT_MAX) ||
	    syscall(SYS_keyctl, KEYCTL_LINK, key, ring->serial))
		return -1;
	return key;
}

static int add_cert(const struct sgap_args *args, const struct ring *ring,
		    const struct sgap_cert *cert)
{
	const char *role = sgap_args_get(args, "role");
	char description[512], id[2 * SGAP_KEY_ID_LEN + 1];
	long key;

	sgap_hex_text(cert->id, sizeof(cert->id), id);
	if (role)
		snprintf(description, sizeof(description), "%s:%s (%.16s)", role, cert->name, id);
	/* Without one of ours, the kernel takes subject and key id, which gives no role. */
	key = add_key(ring, cert, role ? description : NULL);
	if (key < 0)
		return key_error(args, args->arg[0]);
	if (sgap_args_has(args, "json"))
		return sgap_out_json(json_pack("{s:I,s:s,s:s?,s:s,s:I}", "key", (json_int_t)key,
					       "subject", cert->name, "role", role, "id", id,
					       "expires_s", (json_int_t)cert->not_after));
	printf("%08lx  %s\n  role %s\n  id %s\n", key, cert->name, role ? role : "none", id);
	return SGAP_EXIT_OK;
}

/* The certificate in a file. Says what is wrong, and returns -EINVAL. */
static int read_cert(const struct sgap_args *args, struct sgap_cert *cert)
{
	size_t len;
	void *p = sgap_file_read(args->path, args->arg[0], 65536, &len);
	int ret;

	if (!p)
		return -EINVAL;
	ret = sgap_cms_cert(cert, p, len);
	free(p);
	if (ret)
		sgap_error("%s: '%s': not an X.509 certificate in PEM or DER", args->path,
			   args->arg[0]);
	return ret;
}

/* Its own dates, and the role that it is to have. */
static int check_cert(const struct sgap_args *args, const struct sgap_cert *cert)
{
	const char *role = sgap_args_get(args, "role");
	__u8 name[SGAP_ROLE_LEN + 1];
	char text[64];

	snprintf(text, sizeof(text), "%s:", role ? role : "x");
	sgap_role_of(name, text);
	if (!*name) {
		sgap_error("%s: --role '%s': expected 1 to 15 of a-z, 0-9 and -", args->path, role);
		return SGAP_EXIT_USAGE;
	}
	if (cert->not_before <= time(NULL) && time(NULL) <= cert->not_after)
		return SGAP_EXIT_OK;
	sgap_error("%s: '%s': the certificate %s by this machine's clock", args->path,
		   args->arg[0], cert->not_before > time(NULL) ? "is not valid yet" :
							      "has expired");
	return SGAP_EXIT_FAULT;
}

static int run_add(const struct sgap_args *args)
{
	struct ring ring = { .quiet = true };
	struct sgap_cert cert;
	int ret;

	if (read_cert(args, &cert))
		return SGAP_EXIT_FAULT;
	ret = check_cert(args, &cert);
	if (!ret)
		ret = read_ring(args, &ring);
	if (!ret && ring.closed) {
		sgap_error("%s: the keyring %s is closed until the module is loaded anew",
			   args->path, SGAP_KEYRING);
		ret = SGAP_EXIT_FAULT;
	}
	if (!ret)
		ret = add_cert(args, &ring, &cert);
	free(cert.der);
	return ret;
}

/* A grant's serial, a key's id, or a certificate's file, which has one. */
static int read_what(const struct sgap_args *args, struct sgap_trust_info *what)
{
	struct sgap_cert cert;

	what->has = SGAP_HAS(SGAP_TRUST_A_REVOKED_GRANT);
	if (!sgap_hex_parse(what->revoked_grant, sizeof(what->revoked_grant), args->arg[0]))
		return 0;
	what->has = SGAP_HAS(SGAP_TRUST_A_REVOKED_ID);
	if (!sgap_hex_parse(what->revoked_id, sizeof(what->revoked_id), args->arg[0]))
		return 0;
	if (read_cert(args, &cert))
		return -EINVAL;
	memcpy(what->revoked_id, cert.id, sizeof(cert.id));
	free(cert.der);
	return 0;
}

static int run_revoke(const struct sgap_args *args)
{
	struct sgap_trust_info what = { 0 };
	char id[2 * SGAP_KEY_ID_LEN + 1];
	bool is_grant;
	struct sgap_nl *nl;
	int ret;

	if (read_what(args, &what))
		return SGAP_EXIT_FAULT;
	nl = sgap_out_connect(args);
	if (!nl)
		return SGAP_EXIT_FAULT;
	ret = sgap_nl_revoke(nl, &what);
	if (ret)
		ret = sgap_error_kernel(nl, ret, "%s: '%s'", args->path, args->arg[0]);
	sgap_nl_close(nl);
	if (ret)
		return ret;
	is_grant = what.has == SGAP_HAS(SGAP_TRUST_A_REVOKED_GRANT);
	if (is_grant)
		sgap_hex_text(what.revoked_grant, sizeof(what.revoked_grant), id);
	else
		sgap_hex_text(what.revoked_id, sizeof(what.revoked_id), id);
	if (sgap_args_has(args, "json"))
		return sgap_out_json(json_pack("{s:s}", is_grant ? "grant" : "id", id));
	printf("revoked: %s %s\n", is_grant ? "grant" : "id", id);
	return SGAP_EXIT_OK;
}

static int run_list(const struct sgap_args *args)
{
	bool json = sgap_args_has(args, "json");
	struct ring ring = { .json = json ? json_array() : NULL,
			     .revoked = json ? json_array() : NULL };
	int ret = read_ring(args, &ring);

	if (!ret && json)
		return sgap_out_json(json_pack("{s:I,s:b,s:o,s:o}", "keyring",
			(json_int_t)ring.serial, "closed", ring.closed, "certificates", ring.json,
			"revoked", ring.revoked));
	if (!ret)
		printf("%d certificates; the keyring is %s\n", ring.certs,
		       ring.closed ? "closed" : "open: 'stopgap trust close' closes it");
	json_decref(ring.json);
	json_decref(ring.revoked);
	return ret;
}

/* Without type and restriction the kernel's "reject all" applies. */
static int run_close(const struct sgap_args *args)
{
	struct ring ring = { .quiet = true };
	int ret = read_ring(args, &ring);

	if (ret)
		return ret;
	if (!ring.closed && syscall(SYS_keyctl, KEYCTL_RESTRICT_KEYRING, ring.serial, NULL, NULL))
		return key_error(args, SGAP_KEYRING);
	if (sgap_args_has(args, "json"))
		return sgap_out_json(json_pack("{s:b,s:i}", "closed", 1, "certificates",
					       ring.certs));
	printf("closed, with %d certificates\n", ring.certs);
	return SGAP_EXIT_OK;
}

static const struct sgap_opt opts[] = { SGAP_OPT_JSON, SGAP_OPT_END };

static const struct sgap_opt opts_add[] = {
	SGAP_OPT_JSON,
	{ 'r', "role", "NAME", "what it signs as, as network or security (no role)", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "add", "CERT", "trust a customer's certificate (PEM or DER) to sign grants", opts_add,
	  1, 1, SGAP_WORD_FILE, run_add },
	{ "list", "", "list the certificates that may sign grants", opts, 0, 0, SGAP_WORD_TEXT,
	  run_list },
	{ "revoke", "CERT|ID|SERIAL", "refuse what a key signed, or one grant, for good; end it",
	  opts, 1, 1, SGAP_WORD_FILE, run_revoke },
	{ "close", "", "take no more certificates, until the module is loaded anew", opts, 0, 0,
	  SGAP_WORD_TEXT, run_close },
	{ 0 }
};

const struct sgap_command sgap_cmd_trust = { "trust", "whose signature counts", verbs };
