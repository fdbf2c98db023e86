// SPDX-License-Identifier: GPL-2.0-or-later
#include "recent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "judge.h"
#include "known.h"
#include "lib/rec.h"

#define HISTORY 32768u		/* records that a judgement looks back on, at most */

struct slot {
	struct sgap_rec *rec;
	size_t room;
	int vantage;
};

struct sgap_recent {
	struct slot slot[HISTORY];	/* a ring, the newest at made - 1 */
	__u64 made, judged;
	__u64 began;
	struct {
		char name[16];
		__u64 lost;
		__u64 kept;	/* made, after its latest record */
	} vantage[SGAP_EV_VANTAGES];
	int nvantages;
	struct sgap_known known;	/* from earlier judgements */
};

struct sgap_recent *sgap_recent_new(__u64 now)
{
	struct sgap_recent *r = calloc(1, sizeof(*r));

	if (r)
		r->began = now;
	return r;
}

void sgap_recent_free(struct sgap_recent *r)
{
	__u32 i;

	if (!r)
		return;
	for (i = 0; i < HISTORY; i++)
		free(r->slot[i].rec);
	sgap_known_free(&r->known);
	free(r);
}

/* The vantage point none of whose records is kept any more; -ENOSPC = there is none. */
static int unused(const struct sgap_recent *r)
{
	int i;

	for (i = 0; i < r->nvantages; i++)
		if (r->vantage[i].kept + HISTORY <= r->made)
			return i;
	return -ENOSPC;
}

int sgap_recent_vantage(struct sgap_recent *r, const char *name)
{
	size_t len = strnlen(name, sizeof(r->vantage[0].name) - 1);
	int i;

	for (i = 0; i < r->nvantages; i++)
		if (!strncmp(r->vantage[i].name, name, sizeof(r->vantage[i].name) - 1))
			return i;
	if (i == (int)SGAP_EV_VANTAGES) {
		i = unused(r);
		if (i < 0)
			return i;
		memset(&r->vantage[i], 0, sizeof(r->vantage[i]));
	} else {
		r->nvantages++;
	}
	memcpy(r->vantage[i].name, name, len);
	return i;
}

int sgap_recent_keep(struct sgap_recent *r, int vantage, const struct sgap_rec *rec)
{
	size_t len = rec->len & SGAP_REC_LEN;
	struct slot *slot = &r->slot[r->made % HISTORY];

	if ((rec->type != SGAP_REC_TXN && rec->type != SGAP_REC_LINK) || !sgap_rec_is_whole(rec))
		return 0;
	if (slot->room < len) {
		struct sgap_rec *more = realloc(slot->rec, len);

		if (!more)
			return -ENOMEM;
		slot->rec = more;
		slot->room = len;
	}
	memcpy(slot->rec, rec, len);
	slot->vantage = vantage;
	r->made++;
	r->vantage[vantage].kept = r->made;
	return 0;
}

__u64 sgap_recent_lost(struct sgap_recent *r, int vantage, __u64 lost)
{
	__u64 before = r->vantage[vantage].lost;

	r->vantage[vantage].lost = lost;
	return lost > before ? lost - before : 0;
}

__u64 sgap_recent_fresh(const struct sgap_recent *r)
{
	return r->made - r->judged;
}

static __u64 ts_of(const struct sgap_rec *rec)
{
	return rec->type == SGAP_REC_LINK ? ((const struct sgap_rec_link *)rec)->ts :
					    ((const struct sgap_rec_txn *)rec)->ts;
}

static void gather_one(const struct sgap_recent *r, struct sgap_ev *ev, int vantage, __u64 now)
{
	struct sgap_vantage *v = &ev->vantage[vantage];
	__u64 i = r->made > HISTORY ? r->made - HISTORY : 0;

	v->first = i ? ts_of(r->slot[i % HISTORY].rec) : r->began;
	v->last = now;
	v->lost = r->vantage[vantage].lost;
	for (; i < r->made; i++) {
		const struct slot *slot = &r->slot[i % HISTORY];

		if (slot->vantage != vantage)
			continue;
		if (slot->rec->type == SGAP_REC_LINK) {
			sgap_ev_link(ev, (__u32)vantage, (const void *)slot->rec);
			continue;
		}
		v->packets++;
		sgap_ev_record(ev, (__u32)vantage, (const void *)slot->rec);
	}
	v->messages = v->packets;
	sgap_ev_close(ev, (__u32)vantage);
}

/* The records that are kept, as evidence; NULL without memory. */
static struct sgap_ev *gather(struct sgap_recent *r, __u64 now)
{
	__u64 n = r->made > HISTORY ? HISTORY : r->made;
	/* No larger than needed: it is made anew for each judgement. */
	struct sgap_ev *ev = sgap_ev_new((__u32)n + 64);
	int i;

	for (i = 0; ev && i < r->nvantages; i++) {
		if (sgap_ev_vantage(ev, r->vantage[i].name) < 0)
			goto err;
		gather_one(r, ev, i, now);
	}
	if (ev && !sgap_ev_finish(ev) && !sgap_known_recall(&r->known, ev))
		return ev;
err:
	sgap_ev_free(ev);
	return NULL;
}

/* What goes wrong in one moment, as while a host is busy, is nobody's fault yet. */
static bool stands(const struct sgap_verdict *v, __u64 now)
{
	return !v->best || v->best->since + SGAP_STANDS_NS <= now;
}

int sgap_recent_judge(struct sgap_recent *r, __u64 now, sgap_recent_fn fn, void *ctx)
{
	struct sgap_ev *ev = gather(r, now);
	struct sgap_judge *j = ev ? sgap_judge_new(ev) : NULL;
	struct sgap_verdict v;
	int ret = j ? sgap_judge_run(j, &v) : -ENOMEM;

	r->judged = r->made;
	if (!ret && stands(&v, now))
		ret = fn(ctx, j, &v);
	sgap_judge_free(j);
	sgap_ev_free(ev);
	return ret;
}
