// SPDX-License-Identifier: GPL-2.0-only
#include "lease.h"
#include "revoke.h"

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#define WARN_MIN 2u	/* s before the end at least, when it is told; see SGAP_WARN_MAX */

void sgap_lease_set_init(struct sgap_lease_set *set, struct net *net,
			 const struct sgap_lease_ops *ops)
{
	mutex_init(&set->lock);
	INIT_LIST_HEAD(&set->leases);
	set->net = net;
	set->ops = ops;
}

void sgap_lease_sign(struct sgap_lease *lease)
{
	lease->uid = current_uid();
	lease->loginuid = audit_get_loginuid(current);
}

/* In hard interrupt context: the rest is for the work. */
static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct sgap_lease *lease = container_of(timer, struct sgap_lease, timer);

	queue_work(system_highpri_wq, &lease->end_work);
	return HRTIMER_NORESTART;
}

static bool is_over(const struct sgap_lease *lease)
{
	return lease->state == SGAP_LEASE_ENDED;
}

/* For whatever comes next. */
static void set_timer(struct sgap_lease *lease)
{
	u64 at = lease->deadline;

	if (lease->notice)
		at = min(at, lease->notice);
	if (lease->warn && lease->state == SGAP_LEASE_ACTIVE)
		at = min(at, lease->warn);
	hrtimer_start(&lease->timer, ns_to_ktime(at), HRTIMER_MODE_ABS);
}

/* Once for each deadline. */
static bool is_to_be_warned(struct sgap_lease *lease)
{
	if (!lease->warn || lease->state != SGAP_LEASE_ACTIVE ||
	    lease->warn > ktime_get_boottime_ns())
		return false;
	lease->warn = 0;
	return true;
}

static void end_work(struct work_struct *work)
{
	struct sgap_lease *lease = container_of(work, struct sgap_lease, end_work);
	struct sgap_lease_set *set = lease->set;

	mutex_lock(&set->lock);
	if (is_over(lease))
		goto out;
	if (!sgap_lease_left(lease))
		set->ops->expired(lease);
	else if (lease->notice && lease->notice <= ktime_get_boottime_ns())
		set->ops->noticed(lease);
	else if (is_to_be_warned(lease))
		set->ops->ending(lease);
	if (!is_over(lease))
		set_timer(lease);
out:
	mutex_unlock(&set->lock);
}

struct sgap_lease *sgap_lease_new(const struct sgap_grant *grant, const struct sgap_verified *v)
{
	struct sgap_lease *lease = kzalloc(sizeof(*lease), GFP_KERNEL);

	if (!lease)
		return NULL;
	lease->flows = alloc_percpu(u64);
	lease->tally = alloc_percpu(struct sgap_tally);
	if (!lease->flows || !lease->tally) {
		sgap_lease_free(lease);
		return NULL;
	}
	lease->grant = *grant;
	lease->info = v->info;
	memcpy(lease->signers, v->signers, sizeof(lease->signers));
	lease->nsigners = v->n;
	lease->until = v->until;
	hrtimer_init(&lease->timer, CLOCK_BOOTTIME, HRTIMER_MODE_ABS);
	lease->timer.function = timer_fires;
	INIT_WORK(&lease->end_work, end_work);
	lease->uid = current_uid();
	lease->loginuid = audit_get_loginuid(current);
	return lease;
}

void sgap_lease_free(struct sgap_lease *lease)
{
	free_percpu(lease->flows);
	free_percpu(lease->tally);
	kfree(lease);
}

/*
 * A lease that was in the set may be held by its timer and its works, which are
 * waited for here (they take the set's lock, so not under it), and by packets,
 * until a grace period after it was unlinked, which the caller has waited for.
 */
static void destroy(struct sgap_lease *lease)
{
	hrtimer_cancel(&lease->timer);
	cancel_work_sync(&lease->end_work);
	cancel_delayed_work_sync(&lease->purge_work);
	cancel_delayed_work_sync(&lease->watch_work);
	cancel_delayed_work_sync(&lease->judge_work);
	sgap_lease_free(lease);
}

static struct sgap_lease *take_oldest_ended(struct sgap_lease_set *set)
{
	struct sgap_lease *lease;

	lockdep_assert_held(&set->lock);
	list_for_each_entry(lease, &set->leases, list) {
		if (!is_over(lease) || lease->hooked)
			continue;
		list_del_rcu(&lease->list);
		set->n--;
		return lease;
	}
	return NULL;
}

void sgap_lease_set_trim(struct sgap_lease_set *set)
{
	struct sgap_lease *lease = NULL;

	mutex_lock(&set->lock);
	if (set->n >= SGAP_LEASES_MAX)
		lease = take_oldest_ended(set);
	mutex_unlock(&set->lock);
	if (!lease)
		return;
	synchronize_rcu();
	destroy(lease);
}

/* A tenth of its length before the end, it is told that it ends. */
static void set_deadline(struct sgap_lease *lease, u64 deadline)
{
	u64 ahead = clamp(lease->info.max_lease / 10, WARN_MIN, SGAP_WARN_MAX) * (u64)NSEC_PER_SEC;

	WRITE_ONCE(lease->deadline, deadline);
	lease->warn = deadline > ahead ? deadline - ahead : 1;
	set_timer(lease);
}

/* From the wall clock's not_after to CLOCK_BOOTTIME. */
static u64 boottime_of(u64 real_s)
{
	s64 left = real_s * NSEC_PER_SEC - ktime_get_real_ns();

	return ktime_get_boottime_ns() + max_t(s64, left, 0);
}

enum sgap_refuse sgap_lease_add(struct sgap_lease_set *set, struct sgap_lease *lease)
{
	struct sgap_lease *old;
	enum sgap_refuse why;

	lockdep_assert_held(&set->lock);
	if (set->dying)
		return SGAP_REFUSE_NETNS;
	old = sgap_lease_find(set, lease->info.serial);
	if (old && !is_over(old))
		return SGAP_REFUSE_LOADED;
	if (set->n >= SGAP_LEASES_MAX)
		return SGAP_REFUSE_LIMIT;
	/* Under the lock: who revokes looks for leases after it is on the list. */
	why = sgap_revoke_check(lease->info.serial, lease->signers, lease->nsigners);
	if (why)
		return why;
	why = sgap_grant_use(&lease->info);
	if (why)
		return why;
	lease->set = set;
	lease->state = SGAP_LEASE_ARMED;
	lease->reason = SGAP_REASON_GRANTED;
	INIT_DELAYED_WORK(&lease->purge_work, set->ops->purge);
	INIT_DELAYED_WORK(&lease->watch_work, set->ops->watch);
	INIT_DELAYED_WORK(&lease->judge_work, set->ops->judge);
	list_add_tail_rcu(&lease->list, &set->leases);
	set->n++;
	lease->latest = boottime_of(lease->until);
	set_deadline(lease, lease->latest);
	return SGAP_REFUSE_NONE;
}

struct sgap_lease *sgap_lease_find(const struct sgap_lease_set *set, const u8 serial[16])
{
	struct sgap_lease *lease;

	lockdep_assert_held(&set->lock);
	list_for_each_entry_reverse(lease, &set->leases, list)
		if (!memcmp(lease->info.serial, serial, sizeof(lease->info.serial)))
			return lease;
	return NULL;
}

static enum sgap_refuse check_others(const struct sgap_lease *lease)
{
	const struct sgap_lease *other;
	enum sgap_refuse why;

	list_for_each_entry(other, &lease->set->leases, list) {
		if (other == lease || other->state != SGAP_LEASE_ACTIVE)
			continue;
		why = sgap_grant_check_pair(&lease->info, &other->info);
		if (why)
			return why;
	}
	return SGAP_REFUSE_NONE;
}

enum sgap_refuse sgap_lease_may_start(const struct sgap_lease *lease, bool resume)
{
	enum sgap_refuse why;

	lockdep_assert_held(&lease->set->lock);
	if (lease->set->dying)
		return SGAP_REFUSE_NETNS;
	if (is_over(lease) || !sgap_lease_left(lease))
		return SGAP_REFUSE_EXPIRED;
	if (lease->state == SGAP_LEASE_ACTIVE)
		return resume ? SGAP_REFUSE_NOT_WITHDRAWN : SGAP_REFUSE_ACTIVE;
	if (resume && lease->state != SGAP_LEASE_WITHDRAWN)
		return SGAP_REFUSE_NOT_WITHDRAWN;
	if (!resume && lease->state == SGAP_LEASE_WITHDRAWN)
		return SGAP_REFUSE_WITHDRAWN;
	why = sgap_grant_in_force(&lease->info);
	return why ? why : check_others(lease);
}

/* The first start sets the end; being withdrawn for a while does not move it. */
void sgap_lease_activate(struct sgap_lease *lease, enum sgap_lease_reason why)
{
	lockdep_assert_held(&lease->set->lock);
	if (!lease->started) {
		lease->started = ktime_get_real_ns();
		set_deadline(lease, min(lease->latest, ktime_get_boottime_ns() +
					lease->info.max_lease * (u64)NSEC_PER_SEC));
	}
	if (why == SGAP_REASON_STARTED || why == SGAP_REASON_RESUMED)
		sgap_lease_sign(lease);
	lease->state = SGAP_LEASE_ACTIVE;
	lease->reason = why;
	set_timer(lease);
}

void sgap_lease_deactivate(struct sgap_lease *lease, enum sgap_lease_state state,
			   enum sgap_lease_reason why)
{
	lockdep_assert_held(&lease->set->lock);
	/* An armed one is still to be withdrawn when its notice is over. */
	if (state != SGAP_LEASE_ARMED)
		lease->notice = 0;
	lease->state = state;
	lease->reason = why;
}

void sgap_lease_set_notice(struct sgap_lease *lease, u32 ms)
{
	lockdep_assert_held(&lease->set->lock);
	lease->notice = ms ? ktime_get_boottime_ns() + ms * (u64)NSEC_PER_MSEC : 0;
	set_timer(lease);
}

u32 sgap_lease_notice_ms(const struct sgap_lease *lease)
{
	u64 now = ktime_get_boottime_ns();

	lockdep_assert_held(&lease->set->lock);
	if (!lease->notice)
		return 0;
	return lease->notice > now ? div_u64(lease->notice - now, NSEC_PER_MSEC) + 1 : 1;
}

enum sgap_refuse sgap_lease_extend(struct sgap_lease *lease)
{
	lockdep_assert_held(&lease->set->lock);
	if (is_over(lease) || !sgap_lease_left(lease))
		return SGAP_REFUSE_EXPIRED;
	if (!lease->info.extend)
		return SGAP_REFUSE_NO_EXTENSION;
	if (!lease->started)
		return SGAP_REFUSE_NOT_STARTED;
	if (lease->extended)
		return SGAP_REFUSE_EXTENDED;
	lease->extended = true;
	set_deadline(lease, min(lease->latest, lease->deadline +
				lease->info.extend * (u64)NSEC_PER_SEC));
	return SGAP_REFUSE_NONE;
}

void sgap_lease_set_destroy(struct sgap_lease_set *set)
{
	struct sgap_lease *lease, *next, *dead = NULL;

	list_for_each_entry_safe(lease, next, &set->leases, list) {
		list_del_rcu(&lease->list);
		set->n--;
		lease->next_dead = dead;
		dead = lease;
	}
	if (dead)
		synchronize_rcu();
	for (lease = dead; lease; lease = next) {
		next = lease->next_dead;
		destroy(lease);
	}
	mutex_destroy(&set->lock);
}

u64 sgap_lease_flows(const struct sgap_lease *lease)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(lease->flows, cpu));
	return sum;
}

static void add_counts(struct sgap_detour_counts *sum, const struct sgap_detour_counts *c)
{
	sum->queries += READ_ONCE(c->queries);
	sum->answers += READ_ONCE(c->answers);
	sum->bad += READ_ONCE(c->bad);
}

void sgap_lease_tally(const struct sgap_lease *lease, struct sgap_tally *sum)
{
	const struct sgap_tally *t;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		t = per_cpu_ptr(lease->tally, cpu);
		for (i = 0; i < SGAP_SIDES; i++)
			add_counts(&sum->side[i], &t->side[i]);
	}
}

u64 sgap_lease_left(const struct sgap_lease *lease)
{
	u64 now = ktime_get_boottime_ns(), deadline = READ_ONCE(lease->deadline);

	return deadline > now ? deadline - now : 0;
}
