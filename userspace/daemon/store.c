// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/cut.h"
#include "ledger/ledger.h"
#include "pure.h"
#include "log.h"

#define WAITING_MAX 8192u	/* entries kept while the disk does not take them */
#define RETRY_NS (5 * SGAP_NS_PER_S)

struct waiting {
	__u64 time, about;
	char type[SGAP_CHAIN_TYPE];
	char *payload;
};

struct sgap_store {
	struct sgap_ledger *l;
	char dir[256];
	struct waiting *wait;	/* a ring of WAITING_MAX */
	__u64 in, out;		/* of it, only growing */
	struct sgap_store_counts counts;
	__u64 lost_told;	/* of counts.lost, in the ledger */
	__u64 retry;		/* not before, ns */
	int error;		/* what was said last */
};

/* A damaged file is kept for whoever wants to look at it. */
static int move_away(struct sgap_store *st, __u64 now)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char from[512], to[600];
	size_t i;
	int ret = 0;

	for (i = 0; i < 3; i++) {
		snprintf(from, sizeof(from), "%s/" SGAP_LEDGER_FILE "%s", st->dir, suffix[i]);
		snprintf(to, sizeof(to), "%s/damaged-%llu-" SGAP_LEDGER_FILE "%s", st->dir,
			 (unsigned long long)(now / SGAP_NS_PER_S), suffix[i]);
		if (rename(from, to) && errno != ENOENT)
			ret = -errno;
	}
	return ret;
}

static int try_open(struct sgap_store *st, __u64 now)
{
	char err[256];
	int ret = sgap_ledger_open(&st->l, st->dir, now, err, sizeof(err));

	if (ret == -EUCLEAN) {
		sgap_log(SGAP_LOG_ERROR, "the ledger in '%s' is damaged (%s): it is moved aside, a new one begins",
			 st->dir, err);
		if (!move_away(st, now)) {
			ret = sgap_ledger_open(&st->l, st->dir, now, err, sizeof(err));
			if (!ret)
				sgap_store_put(st, now, "ledger.damaged", 0, json_pack("{s:I}", "moved",
					       (json_int_t)(now / SGAP_NS_PER_S)));
		}
	}
	if (ret && ret != st->error)
		sgap_log(SGAP_LOG_ERROR, "the ledger in '%s': %s: nothing is stored until that is mended",
			 st->dir, err);
	if (!ret && st->error)
		sgap_log(SGAP_LOG_NOTICE, "the ledger in '%s' can be written again", st->dir);
	if (!ret && sgap_ledger_unsealed(st->l))
		sgap_log(SGAP_LOG_WARNING, "%llu entries had no head: they are sealed now, and the ledger says so",
			 (unsigned long long)sgap_ledger_unsealed(st->l));
	st->error = ret;
	st->retry = now + RETRY_NS;
	return ret;
}

struct sgap_store *sgap_store_open(const char *dir, __u64 now)
{
	struct sgap_store *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->wait = calloc(WAITING_MAX, sizeof(*st->wait));
	if (!st->wait) {
		free(st);
		return NULL;
	}
	snprintf(st->dir, sizeof(st->dir), "%s", dir);
	if (mkdir(st->dir, 0750) && errno != EEXIST)
		sgap_log(SGAP_LOG_ERROR, "'%s': %s", st->dir, strerror(errno));
	try_open(st, now);
	return st;
}

void sgap_store_put(struct sgap_store *st, __u64 time, const char *type, __u64 about,
		    json_t *payload)
{
	struct waiting *w = &st->wait[st->in % WAITING_MAX];
	char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;

	json_decref(payload);
	if (!text || sgap_store_full(st)) {
		st->counts.lost++;
		free(text);
		return;
	}
	w->time = time;
	w->about = about;
	snprintf(w->type, sizeof(w->type), "%s", type);
	w->payload = text;
	st->in++;
}

int sgap_store_full(const struct sgap_store *st)
{
	return st->in - st->out == WAITING_MAX;
}

/* Entries up to (not with) position end are in the ledger. */
static void acknowledge(struct sgap_store *st, __u64 end, __u64 seq)
{
	for (; st->out < end; st->out++, seq++) {
		struct waiting *w = &st->wait[st->out % WAITING_MAX];

		if (w->about && strcmp(w->type, "incident.series") &&
		    strcmp(w->type, "incident.row") && strcmp(w->type, "incident.packet") &&
		    strcmp(w->type, "incident.counts"))
			sgap_log(SGAP_LOG_NOTICE, "entry %llu: %s of incident %llu",
				 (unsigned long long)seq, w->type, (unsigned long long)w->about);
		free(w->payload);
		w->payload = NULL;
		st->counts.written++;
	}
}

static int write_waiting(struct sgap_store *st)
{
	__u64 first = sgap_ledger_last(st->l) + 1, i;
	int ret = 0;

	for (i = st->out; i < st->in && !ret; i++) {
		const struct waiting *w = &st->wait[i % WAITING_MAX];
		struct sgap_entry e = { .time = w->time, .about = w->about, .type = w->type,
					.payload = w->payload, .len = strlen(w->payload) };

		ret = sgap_ledger_append(st->l, &e);
	}
	if (!ret)
		ret = sgap_ledger_commit(st->l);
	if (!ret)
		acknowledge(st, i, first);
	return ret;
}

static void failed(struct sgap_store *st, __u64 now, int ret)
{
	if (ret != st->error)
		sgap_log(SGAP_LOG_ERROR, "the ledger in '%s' takes nothing: %s (%s); %llu entries wait",
			 st->dir, sgap_ledger_error(st->l), strerrorname_np(-ret),
			 (unsigned long long)(st->in - st->out));
	st->error = ret;
	st->retry = now + RETRY_NS;
	/* It may have been damaged since: opening it anew finds out. */
	if (ret == -EUCLEAN || ret == -EIO || ret == -EROFS) {
		sgap_ledger_close(st->l, now);
		st->l = NULL;
	}
}

void sgap_store_flush(struct sgap_store *st, __u64 now)
{
	int ret;

	if (st->in == st->out && st->counts.lost == st->lost_told && !st->error)
		return;
	if (st->error && now < st->retry && now + RETRY_NS > st->retry)
		return;
	if (!st->l && try_open(st, now))
		return;
	if (st->counts.lost > st->lost_told && st->in - st->out < WAITING_MAX) {
		sgap_store_put(st, now, "store.lost", 0, json_pack("{s:I}", "entries",
			       (json_int_t)(st->counts.lost - st->lost_told)));
		st->lost_told = st->counts.lost;
	}
	ret = write_waiting(st);
	if (ret) {
		failed(st, now, ret);
	} else if (st->error) {
		sgap_log(SGAP_LOG_NOTICE, "the ledger in '%s' takes entries again; %llu were lost",
			 st->dir, (unsigned long long)st->counts.lost);
		st->error = 0;
	}
}

void sgap_store_seal(struct sgap_store *st, __u64 now)
{
	int ret;

	if (!st->l || st->error)
		return;
	ret = sgap_ledger_seal(st->l, now);
	if (ret)
		failed(st, now, ret);
}

void sgap_store_cut(struct sgap_store *st, const struct sgap_cut_cfg *cfg, __u64 now)
{
	__u64 removed;
	int ret;

	if (!st->l || st->error)
		return;
	ret = sgap_ledger_cut(st->l, cfg, now, &removed);
	if (ret)
		failed(st, now, ret);
	else if (removed)
		sgap_log(SGAP_LOG_NOTICE, "retention: the %llu oldest entries of the ledger were removed",
			 (unsigned long long)removed);
}

struct sgap_ledger *sgap_store_ledger(struct sgap_store *st)
{
	return st->l;
}

struct sgap_store_counts sgap_store_counts(const struct sgap_store *st)
{
	struct sgap_store_counts counts = st->counts;

	counts.waiting = st->in - st->out;
	return counts;
}

void sgap_store_close(struct sgap_store *st, __u64 now)
{
	if (!st)
		return;
	st->retry = 0;
	sgap_store_flush(st, now);
	if (st->in != st->out)
		sgap_log(SGAP_LOG_ERROR, "%llu entries could not be stored",
			 (unsigned long long)(st->in - st->out));
	for (; st->out < st->in; st->out++)
		free(st->wait[st->out % WAITING_MAX].payload);
	sgap_ledger_close(st->l, now);
	free(st->wait);
	free(st);
}
