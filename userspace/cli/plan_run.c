// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "command.h"
#include "file.h"
#include "lib/nl.h"
#include "lib/offline.h"
#include "lib/pcap.h"
#include "out.h"
#include "plan.h"
#include "quorum.h"
#include "watch.h"

#define SIGNERS 64		/* certificates that the kernel looks at */
#define ANSWER_MS 1000		/* for each of two tries */

int sgap_plan_grant(const struct sgap_args *args, struct sgap_grant *grant,
		    struct sgap_grant_info *info)
{
	enum sgap_refuse why;
	size_t len;
	void *p = sgap_file_read(args->path, args->arg[0], 4096, &len);

	if (!p)
		return -EINVAL;
	why = sgap_grant_check(p, len, info);
	if (!why)
		memcpy(grant, p, sizeof(*grant));
	free(p);
	if (!why)
		return 0;
	sgap_error("%s: '%s': %s", args->path, args->arg[0], sgap_refuse_text(why));
	return -EINVAL;
}

/* What another detour means for this one. */
static int take_detour(void *ctx, const struct sgap_detour_info *d)
{
	struct sgap_plan *plan = ctx;
	struct sgap_grant_info other;

	if (!memcmp(d->serial, plan->grant.serial, sizeof(d->serial))) {
		if (d->state == SGAP_LEASE_ENDED)
			plan->refused = SGAP_REFUSE_USED;
		else if (d->state == SGAP_LEASE_ACTIVE)
			plan->refused = SGAP_REFUSE_ACTIVE;
		else if (d->state == SGAP_LEASE_WITHDRAWN)
			plan->refused = SGAP_REFUSE_WITHDRAWN;
	} else if (!plan->refused && d->state == SGAP_LEASE_ACTIVE &&
		   !sgap_grant_check(&d->grant, sizeof(d->grant), &other)) {
		plan->refused = sgap_grant_check_pair(&plan->grant, &other);
	}
	return 0;
}

/* Who could sign, all of them; and what is revoked. */
struct trusted {
	const struct sgap_grant_info *grant;
	struct sgap_signer signer[SIGNERS];
	unsigned int n;
	bool revoked;
};

static void take_revoked(struct trusted *all, const __u8 id[SGAP_KEY_ID_LEN])
{
	unsigned int i, kept = 0;

	for (i = 0; i < all->n; i++)
		if (memcmp(all->signer[i].id, id, SGAP_KEY_ID_LEN) != 0)
			all->signer[kept++] = all->signer[i];
	all->n = kept;
}

/* The revocation list comes after all certificates. */
static int take_trust(void *ctx, const struct sgap_trust_info *t)
{
	struct trusted *all = ctx;

	if (t->has & SGAP_HAS(SGAP_TRUST_A_SERIAL) && all->n < SIGNERS) {
		memcpy(all->signer[all->n].id, t->id, sizeof(t->id));
		memcpy(all->signer[all->n++].role, t->role, sizeof(t->role));
	}
	if (t->has & SGAP_HAS(SGAP_TRUST_A_REVOKED_ID))
		take_revoked(all, t->revoked_id);
	if (t->has & SGAP_HAS(SGAP_TRUST_A_REVOKED_GRANT))
		all->revoked |= !memcmp(t->revoked_grant, all->grant->serial,
					sizeof(t->revoked_grant));
	return 0;
}

/* Were all to sign who can. */
static enum sgap_refuse judge_trust(const struct trusted *all)
{
	if (all->revoked)
		return SGAP_REFUSE_REVOKED;
	if (!all->n)
		return SGAP_REFUSE_NO_TRUST;
	return sgap_quorum_check(all->grant, all->signer, all->n);
}

static int take_server(void *ctx, const struct sgap_server_info *s)
{
	struct sgap_plan *plan = ctx;

	if (!memcmp(s->addr, plan->grant.server.b, sizeof(s->addr)) && s->state > plan->state)
		plan->state = s->state;
	return 0;
}

/* All taps see it, as the condition of a standing grant does. */
struct taps {
	struct sgap_plan *plan;
	__u32 ifindex[64];
	int n;
	const char *dev;	/* the one whose traffic is looked at, or NULL */
};

static int take_tap(void *ctx, const struct sgap_tap_info *tap)
{
	struct taps *taps = ctx;

	if (taps->n < (int)(sizeof(taps->ifindex) / sizeof(*taps->ifindex)))
		taps->ifindex[taps->n++] = tap->ifindex;
	if (taps->dev && !strcmp(taps->dev, tap->ifname))
		taps->plan->overdue_ms = tap->overdue_ms;
	return 0;
}

static int ask_kernel(const struct sgap_args *args, struct sgap_plan *plan)
{
	struct taps taps = { .plan = plan, .dev = sgap_args_get(args, "tap") };
	struct sgap_nl *nl = sgap_out_connect(args);
	struct trusted all = { .grant = &plan->grant };
	int ret, i;

	if (!nl)
		return -ENOENT;
	ret = sgap_nl_trusts(nl, take_trust, &all);
	if (!ret)
		ret = sgap_nl_detours(nl, take_detour, plan);
	if (!ret)
		ret = sgap_nl_taps(nl, take_tap, &taps);
	for (i = 0; !ret && i < taps.n; i++)
		ret = sgap_nl_servers(nl, taps.ifindex[i], take_server, plan);
	if (ret)
		sgap_error_kernel(nl, ret, "%s", args->path);
	else if (!plan->refused)
		plan->refused = judge_trust(&all);
	plan->knows_kernel = true;
	sgap_nl_close(nl);
	return ret;
}

static void take_txn(void *ctx, const struct sgap_rec_txn *txn)
{
	sgap_plan_take(ctx, txn);
}

static int read_pcap(const struct sgap_args *args, struct sgap_plan *plan)
{
	struct sgap_offline_cfg cfg = { .nports = 1, .ports = { plan->grant.port } };
	struct sgap_offline *o = NULL;
	struct sgap_pcap *pcap = NULL;
	struct sgap_pcap_pkt pkt;
	char err[256];
	int ret;

	ret = sgap_pcap_open(&pcap, sgap_args_get(args, "pcap"), err, sizeof(err));
	if (ret) {
		sgap_error("%s: %s", args->path, err);
		return ret;
	}
	ret = sgap_offline_new(&o, &cfg, take_txn, plan);
	while (!ret && (ret = sgap_pcap_next(pcap, &pkt)) > 0) {
		sgap_offline_packet(o, &pkt);
		ret = 0;
	}
	if (!ret)
		sgap_offline_finish(o);
	else
		sgap_error("%s: '%s': %s", args->path, sgap_args_get(args, "pcap"),
			   *sgap_pcap_note(pcap) ? sgap_pcap_note(pcap) : strerror(-ret));
	sgap_offline_free(o);
	sgap_pcap_free(pcap);
	return ret;
}

static int look(const struct sgap_args *args, struct sgap_plan *plan, __u64 for_ms)
{
	struct sgap_watch watch = { .take = take_txn, .ctx = plan };
	int ret = 0;

	plan->refused = sgap_grant_check_time(&plan->grant, (__u64)time(NULL));
	plan->watched = sgap_args_has(args, "tap") || sgap_args_has(args, "pcap");
	if (sgap_args_has(args, "pcap"))
		ret = read_pcap(args, plan);
	else
		ret = ask_kernel(args, plan);
	if (!ret && sgap_args_has(args, "tap"))
		ret = sgap_watch_tap(args, &watch, for_ms);
	if (!ret && !sgap_args_has(args, "no-questions"))
		ret = sgap_plan_ask(plan, ANSWER_MS);
	return ret;
}

int sgap_plan_run(const struct sgap_args *args)
{
	struct sgap_plan *plan = NULL;
	unsigned long long for_ms = 5000;
	struct sgap_grant_info info;
	struct sgap_grant grant;
	int ret;

	if (sgap_args_has(args, "tap") && sgap_args_has(args, "pcap")) {
		sgap_error("%s: --tap and --pcap exclude each other", args->path);
		return SGAP_EXIT_USAGE;
	}
	if (sgap_args_duration(args, "for", 1000, 3600000, &for_ms))
		return SGAP_EXIT_USAGE;
	if (sgap_plan_grant(args, &grant, &info))
		return SGAP_EXIT_FAULT;
	ret = sgap_plan_new(&plan, &info);
	if (!ret)
		ret = look(args, plan, for_ms);
	if (!ret && sgap_args_has(args, "json"))
		sgap_out_json(sgap_plan_json(plan));
	else if (!ret)
		sgap_plan_print(plan);
	ret = !ret && sgap_plan_is_good(plan) ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
	sgap_plan_free(plan);
	return ret;
}
