// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "lib/conf.h"
#include "lib/nl.h"
#include "log.h"

#define SERIALS 256u

#define CERT_MAX 16384u		/* bytes of a certificate's file */

struct sgap_kernel {
	struct sgap_engine *e;
	struct sgap_nl *nl;	/* requests */
	struct sgap_nl *events;	/* groups state and detour */
	int error;		/* said last */
	__u64 now;
	__u8 known[SERIALS][16];	/* grants that need not be given again */
	__u32 count;
};

struct sgap_kernel *sgap_kernel_new(void)
{
	struct sgap_kernel *k = calloc(1, sizeof(*k));

	if (k)
		k->error = 1;	/* nothing was said yet */
	return k;
}

static void let_go(struct sgap_kernel *k)
{
	sgap_nl_close(k->nl);
	sgap_nl_close(k->events);
	k->nl = NULL;
	k->events = NULL;
	k->count = 0;
}

void sgap_kernel_free(struct sgap_kernel *k)
{
	if (!k)
		return;
	let_go(k);
	free(k);
}

void sgap_kernel_engine(struct sgap_kernel *k, struct sgap_engine *e)
{
	k->e = e;
}

struct sgap_nl *sgap_kernel_nl(struct sgap_kernel *k)
{
	return k->nl;
}

int sgap_kernel_fd(const struct sgap_kernel *k)
{
	return k->events ? sgap_nl_fd(k->events) : -1;
}

static void know(struct sgap_kernel *k, const __u8 *serial)
{
	if (k->count < SERIALS)
		memcpy(k->known[k->count++], serial, 16);
}

static bool is_known(const struct sgap_kernel *k, const __u8 *serial)
{
	__u32 i;

	for (i = 0; i < k->count; i++)
		if (!memcmp(k->known[i], serial, 16))
			return true;
	return false;
}

static int meet(void *ctx, const struct sgap_detour_info *d)
{
	struct sgap_kernel *k = ctx;

	if (!is_known(k, d->serial))
		know(k, d->serial);
	if (k->e)
		sgap_engine_lease(k->e, k->now, d);
	return 0;
}

static int connect_all(struct sgap_kernel *k)
{
	int ret = sgap_nl_open(&k->nl);

	if (!ret)
		ret = sgap_nl_open(&k->events);
	if (!ret)
		ret = sgap_nl_subscribe(k->events, SGAP_MCGRP_STATE);
	if (!ret)
		ret = sgap_nl_subscribe(k->events, SGAP_MCGRP_DETOUR);
	return ret;
}

void sgap_kernel_check(struct sgap_kernel *k, const struct sgap_conf *conf, __u64 now)
{
	int ret = 0;

	k->now = now;
	if (!k->nl) {
		ret = connect_all(k);
		if (ret) {
			let_go(k);
			if (ret != k->error)
				sgap_log(SGAP_LOG_WARNING, ret == -ENOENT ?
					 "the module is not loaded: waiting for it" :
					 "no netlink to the module: %s", strerror(-ret));
			k->error = ret;
			return;
		}
		sgap_log(SGAP_LOG_NOTICE, "the module is there");
		k->error = 0;
		sgap_kernel_grants(k, conf);
	}
	/* A dump each time: what a lost event did not say, and whether it is still there. */
	if (sgap_nl_detours(k->nl, meet, k)) {
		sgap_log(SGAP_LOG_WARNING, "the module is gone");
		let_go(k);
		k->error = -ENOENT;
	}
}

int sgap_kernel_events(struct sgap_kernel *k, __u64 now)
{
	struct sgap_event event;
	int ret, states = 0;

	while (k->events && (ret = sgap_nl_event(k->events, &event)) != 0) {
		if (ret < 0)
			break;	/* lost ones: the next check asks for all */
		if (event.cmd == SGAP_CMD_DETOUR_NTF && k->e)
			sgap_engine_lease(k->e, now, &event.detour);
		states |= event.cmd == SGAP_CMD_STATE_NTF;
	}
	return states;
}

static int read_file(const char *path, void *buf, size_t max, size_t *len)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	*len = fread(buf, 1, max, f);
	fclose(f);
	return 0;
}

/* The grant as it was given goes into the ledger, with the certificate beside it. */
static void record(struct sgap_kernel *k, const char *path, const struct sgap_grant *grant,
		   const __u8 *sig, size_t sig_len)
{
	__u8 cert[CERT_MAX];
	size_t cert_len = 0;

	read_file(path, cert, sizeof(cert), &cert_len);
	if (k->e)
		sgap_engine_granted(k->e, k->now, grant, sig, sig_len, cert, cert_len);
}

static void give(struct sgap_kernel *k, const char *folder, const char *name, size_t stem)
{
	static __u8 sig[SGAP_GRANT_SIG_MAX];
	struct sgap_detour_info d;
	struct sgap_grant grant;
	char path[600];
	size_t len = 0, sig_len = 0;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ret = read_file(path, &grant, sizeof(grant), &len);
	if (!ret && len != sizeof(grant))
		ret = -EINVAL;
	if (ret || is_known(k, grant.serial) ||
	    le64toh(grant.not_after) < (__u64)time(NULL))
		return;
	snprintf(path, sizeof(path), "%s/%.*s.sig", folder, (int)stem, name);
	ret = read_file(path, sig, sizeof(sig), &sig_len);
	know(k, grant.serial);	/* said once, whatever comes of it */
	if (!ret)
		ret = sgap_nl_grant_add(k->nl, &grant, sig, sig_len, &d);
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "grant '%s': %s %s", name, strerror(-ret),
			 sgap_nl_sentence(k->nl));
	else
		sgap_log(SGAP_LOG_NOTICE, "grant '%s' was given to the kernel", name);
	snprintf(path, sizeof(path), "%s/%.*s.pem", folder, (int)stem, name);
	if (!ret)
		record(k, path, &grant, sig, sig_len);
}

void sgap_kernel_grants(struct sgap_kernel *k, const struct sgap_conf *conf)
{
	struct dirent *d;
	DIR *dir;

	if (!*conf->grants || !k->nl)
		return;
	sgap_nl_detours(k->nl, meet, k);
	dir = opendir(conf->grants);
	if (!dir) {
		sgap_log(SGAP_LOG_ERROR, "grants '%s': %s", conf->grants, strerror(errno));
		return;
	}
	while ((d = readdir(dir))) {
		size_t len = strlen(d->d_name);

		if (len > 6 && !strcmp(d->d_name + len - 6, ".grant"))
			give(k, conf->grants, d->d_name, len - 6);
	}
	closedir(dir);
}

int sgap_kernel_start(void *ctx, const __u8 serial[16], __u64 n)
{
	struct sgap_kernel *k = ctx;
	int ret = k->nl ? sgap_nl_detour(k->nl, SGAP_CMD_DETOUR_START, serial, 0) : -ENODEV;

	if (ret)
		sgap_log(SGAP_LOG_ERROR, "incident %llu: the kernel did not start the detour: %s %s",
			 (unsigned long long)n, strerror(-ret), k->nl ? sgap_nl_sentence(k->nl) : "");
	else
		sgap_log(SGAP_LOG_NOTICE, "incident %llu: the granted detour is started",
			 (unsigned long long)n);
	return ret;
}
