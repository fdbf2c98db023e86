// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "args.h"
#include "file.h"
#include "lib/cms.h"
#include "lib/json.h"
#include "lib/nl.h"
#include "out.h"
#include "subcommands.h"

struct ring {
	json_t *json;		/* list of certificates; NULL = print them */
	__u32 serial;
	bool closed, quiet;
	int certs;
};

static int take(void *ctx, const struct sgap_trust_info *t)
{
	struct ring *ring = ctx;

	if (t->has & SGAP_HAS(SGAP_TRUST_A_KEYRING)) {
		ring->serial = t->keyring;
		ring->closed = t->closed;
	}
	if (!(t->has & SGAP_HAS(SGAP_TRUST_A_SERIAL)))
		return 0;
	ring->certs++;
	if (ring->json)
		json_array_append_new(ring->json,
			json_pack("{s:I,s:s}", "key", (json_int_t)t->serial,
				  "description", t->description));
	else if (!ring->quiet)
		printf("%08x  %s\n", t->serial, t->description);
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

static int add_der(const struct sgap_args *args, const struct ring *ring,
		   const unsigned char *der, int len, const char *name)
{
	/* Without a description of ours, the kernel takes subject and key id. */
	long key = syscall(SYS_add_key, "asymmetric", NULL, der, (size_t)len, ring->serial);

	if (key < 0)
		return key_error(args, args->arg[0]);
	if (sgap_args_has(args, "json"))
		return sgap_out_json(json_pack("{s:I,s:s}", "key", (json_int_t)key,
					       "subject", name));
	printf("%08lx  %s\n", key, name);
	return SGAP_EXIT_OK;
}

static int run_add(const struct sgap_args *args)
{
	struct ring ring = { .quiet = true };
	unsigned char *der = NULL;
	char name[256];
	size_t len;
	void *p;
	int n, ret;

	p = sgap_file_read(args->path, args->arg[0], 65536, &len);
	if (!p)
		return SGAP_EXIT_FAULT;
	n = sgap_cms_cert(&der, name, sizeof(name), p, len);
	free(p);
	if (n < 0) {
		sgap_error("%s: '%s': not an X.509 certificate in PEM or DER", args->path,
			   args->arg[0]);
		return SGAP_EXIT_FAULT;
	}
	ret = read_ring(args, &ring);
	if (!ret && ring.closed) {
		sgap_error("%s: the keyring %s is closed until the module is loaded anew",
			   args->path, SGAP_KEYRING);
		ret = SGAP_EXIT_FAULT;
	}
	if (!ret)
		ret = add_der(args, &ring, der, n, name);
	free(der);
	return ret;
}

static int run_list(const struct sgap_args *args)
{
	struct ring ring = { .json = sgap_args_has(args, "json") ? json_array() : NULL };
	int ret = read_ring(args, &ring);

	if (ret || !ring.json) {
		json_decref(ring.json);
		if (!ret)
			printf("%d certificates; the keyring is %s\n", ring.certs,
			       ring.closed ? "closed" : "open: 'stopgap trust close' closes it");
		return ret;
	}
	return sgap_out_json(json_pack("{s:I,s:b,s:o}", "keyring", (json_int_t)ring.serial,
				       "closed", ring.closed, "certificates", ring.json));
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

static const struct sgap_verb verbs[] = {
	{ "add", "CERT", "trust a customer's certificate (PEM or DER) to sign grants", opts, 1, 1,
	  SGAP_WORD_FILE, run_add },
	{ "list", "", "list the certificates that may sign grants", opts, 0, 0, SGAP_WORD_TEXT,
	  run_list },
	{ "close", "", "take no more certificates, until the module is loaded anew", opts, 0, 0,
	  SGAP_WORD_TEXT, run_close },
	{ 0 }
};

const struct sgap_command sgap_cmd_trust = { "trust", "whose signature counts", verbs };
