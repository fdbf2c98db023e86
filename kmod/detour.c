// SPDX-License-Identifier: GPL-2.0-only
#include "detour.h"
#include "detour_nat.h"
#include "revoke.h"
#include "tap.h"

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

/* For this long after a change, a flow of the phase before may end by itself. */
#define GENTLE (2 * HZ)
/*
 * For this long after the end, late answers are looked after. The hooks and the
 * module are held until then.
 */
#define DRAIN (6 * HZ)
/* Of that, answers are taken for late so long: none is between two hooks when they go. */
#define LATE_NS (5 * (u64)NSEC_PER_SEC)
#define PURGE_EVERY (HZ / 2)
/*
 * A standing lease that was ended because B was worse is not started again
 * before so long, doubled each time; because A was well, before so long.
 */
#define BACK_OFF_S 60
#define BACK_OFF_DOUBLINGS 4
#define HOLD_DOWN_S 10

struct detour_net {
	struct sgap_lease_set set;
	unsigned int users[2];		/* of the hooks: IPv4, IPv6; set.lock */
};

static unsigned int detour_net_id __read_mostly;
static sgap_detour_listener tell;
static bool unloading;

static struct detour_net *detour_of(struct net *net)
{
	return net_generic(net, detour_net_id);
}

struct sgap_lease_set *sgap_detour_leases(struct net *net)
{
	return &detour_of(net)->set;
}

/* While the module is unloaded, those who could be told are gone already. */
static void notify(const struct sgap_lease *lease)
{
	if (!unloading)
		tell(lease->set->net, lease);
}

static u8 family_of(const struct sgap_lease *lease)
{
	return sgap_addr_is_v4(&lease->info.server) ? NFPROTO_IPV4 : NFPROTO_IPV6;
}

static unsigned int *users_of(const struct sgap_lease *lease)
{
	return &detour_of(lease->set->net)->users[family_of(lease) == NFPROTO_IPV6];
}

/*
 * The hooks of a family are there while one of its leases needs them, and the
 * module can't be unloaded meanwhile: ending a detour in the middle of an
 * unload could neither wait for late answers nor tell why it ended.
 */
static int take_hooks(struct sgap_lease *lease)
{
	unsigned int *users = users_of(lease);
	int ret;

	lockdep_assert_held(&lease->set->lock);
	if (lease->hooked)
		return 0;
	if (!try_module_get(THIS_MODULE))
		return -ESHUTDOWN;
	if (!*users) {
		ret = sgap_detour_nat_get(lease->set->net, family_of(lease));
		if (ret) {
			module_put(THIS_MODULE);
			return ret;
		}
	}
	++*users;
	lease->hooked = true;
	return 0;
}

static void drop_hooks(struct sgap_lease *lease)
{
	lockdep_assert_held(&lease->set->lock);
	if (!lease->hooked)
		return;
	lease->hooked = false;
	if (!--*users_of(lease))
		sgap_detour_nat_put(lease->set->net, family_of(lease));
	module_put(THIS_MODULE);
}

static void set_phase(struct sgap_lease *lease, enum sgap_phase phase)
{
	lockdep_assert_held(&lease->set->lock);
	if (lease->phase != SGAP_PHASE_OFF)
		WRITE_ONCE(lease->late_until, ktime_get_boottime_ns() + LATE_NS);
	WRITE_ONCE(lease->unsettled, true);
	WRITE_ONCE(lease->phase, phase);
	lease->phase_since = jiffies;
	mod_delayed_work(system_wq, &lease->purge_work, 0);
}

static void begin_judging(struct sgap_lease *lease)
{
	struct sgap_tally now;

	if (!lease->info.rollback && !lease->info.recover)
		return;
	sgap_lease_tally(lease, &now);
	sgap_judge_begin(&lease->judge, &now);
	mod_delayed_work(system_wq, &lease->judge_work, HZ);
}

static int activate(struct sgap_lease *lease, enum sgap_lease_reason why,
		    struct netlink_ext_ack *extack)
{
	int ret = take_hooks(lease);

	if (ret) {
		NL_SET_ERR_MSG(extack, "the kernel's connection tracking or NAT cannot be had");
		return ret;
	}
	sgap_lease_activate(lease, why);
	set_phase(lease, SGAP_PHASE_ON);
	begin_judging(lease);
	notify(lease);
	return 0;
}

static void deactivate(struct sgap_lease *lease, enum sgap_lease_state state,
		       enum sgap_lease_reason why)
{
	bool was_on = lease->phase == SGAP_PHASE_ON;

	sgap_lease_deactivate(lease, state, why);
	if (was_on)
		set_phase(lease, SGAP_PHASE_DRAIN);
	notify(lease);
}

static void expired(struct sgap_lease *lease)
{
	deactivate(lease, SGAP_LEASE_ENDED, SGAP_REASON_EXPIRED);
}

static void noticed(struct sgap_lease *lease)
{
	deactivate(lease, SGAP_LEASE_WITHDRAWN, SGAP_REASON_WITHDRAWN);
}

/* It is told, and changes nothing: who asked last, and why, stays as it is. */
static void ending(struct sgap_lease *lease)
{
	u8 reason = lease->reason;

	lease->reason = SGAP_REASON_ENDING;
	notify(lease);
	lease->reason = reason;
}

/* Under the lock: is there more to do, and when? */
static void settle(struct sgap_lease *lease, unsigned int found)
{
	unsigned long age = jiffies - lease->phase_since;

	lockdep_assert_held(&lease->set->lock);
	/* Under a maximum rate, there are flows that stay with the server. */
	if (lease->phase == SGAP_PHASE_ON && age > GENTLE && (!found || lease->info.max_rate)) {
		WRITE_ONCE(lease->unsettled, false);
		return;
	}
	if (lease->phase == SGAP_PHASE_DRAIN && age >= DRAIN && !found) {
		WRITE_ONCE(lease->phase, SGAP_PHASE_OFF);
		drop_hooks(lease);
		return;
	}
	mod_delayed_work(system_wq, &lease->purge_work, PURGE_EVERY);
}

static void purge(struct work_struct *work)
{
	struct sgap_lease *lease = container_of(to_delayed_work(work), struct sgap_lease,
						purge_work);
	unsigned long since = READ_ONCE(lease->phase_since);
	unsigned int found;

	found = sgap_detour_nat_purge(lease, time_before(jiffies, since + GENTLE));
	mutex_lock(&lease->set->lock);
	if (lease->phase != SGAP_PHASE_OFF && lease->phase_since == since)
		settle(lease, found);
	mutex_unlock(&lease->set->lock);
}

static bool is_standing(const struct sgap_lease *lease)
{
	return lease->info.flags & SGAP_GRANT_F_STANDING;
}

/*
 * The condition of a standing grant holds: since long enough? Another lease may
 * be in the way, or memory short: then it is tried again as long as it holds.
 */
static void condition_holds(struct sgap_lease *lease)
{
	u64 now = ktime_get_boottime_ns(), due;

	lockdep_assert_held(&lease->set->lock);
	if (!lease->bad_since)
		lease->bad_since = now;
	due = max(lease->bad_since + lease->info.when_ms * (u64)NSEC_PER_MSEC, lease->wait_until);
	if (now < due)
		mod_delayed_work(system_wq, &lease->watch_work, nsecs_to_jiffies(due - now) + 1);
	else if (sgap_lease_may_start(lease, false) ||
		 activate(lease, SGAP_REASON_CONDITION, NULL))
		mod_delayed_work(system_wq, &lease->watch_work, HZ);
}

static void watch(struct work_struct *work)
{
	struct sgap_lease *lease = container_of(to_delayed_work(work), struct sgap_lease,
						watch_work);
	struct sgap_lease_set *set = lease->set;
	u64 since;

	mutex_lock(&set->lock);
	if (lease->state != SGAP_LEASE_ARMED || set->dying)
		goto out;
	if (sgap_net_server_state(set->net, &lease->info.server, &since) >= lease->info.when_state)
		condition_holds(lease);
	else
		lease->bad_since = 0;
out:
	mutex_unlock(&set->lock);
}

/* A lease that was started by hand is then for someone to resume, or not. */
static void hand_back(struct sgap_lease *lease, enum sgap_lease_reason why)
{
	u64 wait = HOLD_DOWN_S;

	if (!is_standing(lease)) {
		deactivate(lease, SGAP_LEASE_WITHDRAWN, why);
		return;
	}
	if (why == SGAP_REASON_ROLLBACK) {
		wait = BACK_OFF_S << lease->rollbacks;
		lease->rollbacks = min(lease->rollbacks + 1, BACK_OFF_DOUBLINGS);
	}
	lease->bad_since = 0;
	lease->wait_until = ktime_get_boottime_ns() + wait * NSEC_PER_SEC;
	deactivate(lease, SGAP_LEASE_ARMED, why);
	mod_delayed_work(system_wq, &lease->watch_work, wait * HZ);
}

static void judge(struct work_struct *work)
{
	struct sgap_lease *lease = container_of(to_delayed_work(work), struct sgap_lease,
						judge_work);
	enum sgap_lease_reason why;
	struct sgap_tally now;

	mutex_lock(&lease->set->lock);
	if (lease->state != SGAP_LEASE_ACTIVE)
		goto out;
	sgap_lease_tally(lease, &now);
	why = sgap_judge_tick(&lease->judge, &now, lease->info.rollback, lease->info.recover);
	if (why == SGAP_REASON_NONE)
		mod_delayed_work(system_wq, &lease->judge_work, HZ);
	else
		hand_back(lease, why);
out:
	mutex_unlock(&lease->set->lock);
}

/*
 * Whoever calls may be under the locks of a tap, which are inside of a set's:
 * so the work looks at it.
 */
static int server_changed(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct sgap_state_event *event = data;
	struct sgap_lease *lease;

	rcu_read_lock();
	list_for_each_entry_rcu(lease, &sgap_detour_leases(event->net)->leases, list)
		if (is_standing(lease) && sgap_addr_eq(&lease->info.server, &event->change->addr))
			mod_delayed_work(system_wq, &lease->watch_work, 0);
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block server_nb = { .notifier_call = server_changed };

static const struct sgap_lease_ops lease_ops = {
	.expired = expired,
	.noticed = noticed,
	.ending = ending,
	.purge = purge,
	.watch = watch,
	.judge = judge,
};

static struct sgap_lease *new_lease(const struct sgap_signed *s, struct netlink_ext_ack *extack,
				    int *ret)
{
	struct sgap_verified *v = kmalloc(sizeof(*v), GFP_KERNEL);
	struct sgap_lease *lease = NULL;

	*ret = -ENOMEM;
	if (!v)
		return NULL;
	*ret = sgap_grant_verify(s, v, extack);
	if (!*ret) {
		lease = sgap_lease_new(s->grant, v);
		*ret = lease ? 0 : -ENOMEM;
	}
	kfree(v);
	return lease;
}

int sgap_detour_add(struct net *net, const struct sgap_signed *s, struct netlink_ext_ack *extack)
{
	struct sgap_lease_set *set = sgap_detour_leases(net);
	struct sgap_lease *lease;
	enum sgap_refuse why;
	int ret;

	lease = new_lease(s, extack, &ret);
	if (!lease)
		return ret;
	sgap_lease_set_trim(set);
	mutex_lock(&set->lock);
	why = sgap_lease_add(set, lease);
	if (!why)
		notify(lease);
	if (!why && is_standing(lease))
		mod_delayed_work(system_wq, &lease->watch_work, 0);
	mutex_unlock(&set->lock);
	if (why)
		sgap_lease_free(lease);
	return sgap_grant_refuse(extack, why);
}

/* A change that leaves the state as it is. */
static void mention(struct sgap_lease *lease, enum sgap_lease_reason why)
{
	sgap_lease_sign(lease);
	lease->reason = why;
	notify(lease);
}

static int start(struct net *net, const u8 serial[16], bool resume, struct netlink_ext_ack *extack)
{
	struct sgap_lease_set *set = sgap_detour_leases(net);
	struct sgap_lease *lease;
	enum sgap_refuse why;
	int ret;

	mutex_lock(&set->lock);
	lease = sgap_lease_find(set, serial);
	if (lease && resume && lease->notice) {
		sgap_lease_set_notice(lease, 0);
		mention(lease, SGAP_REASON_RESUMED);
		ret = 0;
		goto out;
	}
	why = lease ? sgap_lease_may_start(lease, resume) : SGAP_REFUSE_UNKNOWN;
	if (why)
		ret = sgap_grant_refuse(extack, why);
	else
		ret = activate(lease, resume ? SGAP_REASON_RESUMED : SGAP_REASON_STARTED, extack);
out:
	mutex_unlock(&set->lock);
	return ret;
}

int sgap_detour_start(struct net *net, const u8 serial[16], struct netlink_ext_ack *extack)
{
	return start(net, serial, false, extack);
}

int sgap_detour_resume(struct net *net, const u8 serial[16], struct netlink_ext_ack *extack)
{
	return start(net, serial, true, extack);
}

int sgap_detour_extend(struct net *net, const u8 serial[16], struct netlink_ext_ack *extack)
{
	struct sgap_lease_set *set = sgap_detour_leases(net);
	struct sgap_lease *lease;
	enum sgap_refuse why;

	mutex_lock(&set->lock);
	lease = sgap_lease_find(set, serial);
	why = lease ? sgap_lease_extend(lease) : SGAP_REFUSE_UNKNOWN;
	if (!why)
		mention(lease, SGAP_REASON_EXTENDED);
	mutex_unlock(&set->lock);
	return sgap_grant_refuse(extack, why);
}

static void withdraw(struct sgap_lease *lease, u32 notice_ms)
{
	if (notice_ms) {
		sgap_lease_set_notice(lease, notice_ms);
		mention(lease, SGAP_REASON_NOTICE);
		return;
	}
	sgap_lease_sign(lease);
	deactivate(lease, SGAP_LEASE_WITHDRAWN, SGAP_REASON_WITHDRAWN);
}

int sgap_detour_withdraw(struct net *net, const u8 serial[16], u32 notice_ms,
			 struct netlink_ext_ack *extack)
{
	struct sgap_lease_set *set = sgap_detour_leases(net);
	enum sgap_refuse why = SGAP_REFUSE_NONE;
	struct sgap_lease *lease;

	mutex_lock(&set->lock);
	lease = sgap_lease_find(set, serial);
	if (!lease)
		why = SGAP_REFUSE_UNKNOWN;
	else if (lease->state == SGAP_LEASE_ENDED)
		why = SGAP_REFUSE_EXPIRED;
	else if (lease->state == SGAP_LEASE_WITHDRAWN)
		why = SGAP_REFUSE_WITHDRAWN;
	else
		withdraw(lease, notice_ms);
	mutex_unlock(&set->lock);
	return sgap_grant_refuse(extack, why);
}

static void revoke_in(struct net *net, const struct sgap_revoked *what)
{
	struct sgap_lease_set *set = sgap_detour_leases(net);
	struct sgap_lease *lease;

	mutex_lock(&set->lock);
	list_for_each_entry(lease, &set->leases, list) {
		if (lease->state == SGAP_LEASE_ENDED ||
		    !sgap_revoke_concerns(what, lease->info.serial, lease->signers,
					  lease->nsigners))
			continue;
		sgap_lease_sign(lease);
		deactivate(lease, SGAP_LEASE_ENDED, SGAP_REASON_REVOKED);
	}
	mutex_unlock(&set->lock);
}

int sgap_detour_revoke(const struct sgap_revoked *what, struct netlink_ext_ack *extack)
{
	enum sgap_refuse why = sgap_revoke_add(what);
	struct net *net;

	if (why)
		return sgap_grant_refuse(extack, why);
	/* One that is listed is not being taken down as long as this is held. */
	down_read(&net_rwsem);
	for_each_net(net)
		revoke_in(net, what);
	up_read(&net_rwsem);
	return 0;
}

static int __net_init detour_net_init(struct net *net)
{
	sgap_lease_set_init(sgap_detour_leases(net), net, &lease_ops);
	return 0;
}

/* Step one of three: no lease is active or can be made so any more. */
static void make_dead(struct sgap_lease_set *set)
{
	struct sgap_lease *lease;

	mutex_lock(&set->lock);
	set->dying = true;
	list_for_each_entry(lease, &set->leases, list) {
		if (lease->state == SGAP_LEASE_ENDED)
			continue;
		WRITE_ONCE(lease->phase, SGAP_PHASE_OFF);
		deactivate(lease, SGAP_LEASE_ENDED,
			   unloading ? SGAP_REASON_UNLOADED : SGAP_REASON_NETNS);
	}
	list_for_each_entry(lease, &set->leases, list) {
		WRITE_ONCE(lease->phase, SGAP_PHASE_OFF);
		drop_hooks(lease);
	}
	mutex_unlock(&set->lock);
}

static void __net_exit detour_net_exit(struct net *net)
{
	struct sgap_lease_set *set = sgap_detour_leases(net);

	make_dead(set);
	sgap_lease_set_destroy(set);
}

static struct pernet_operations detour_net_ops = {
	.init = detour_net_init,
	.exit = detour_net_exit,
	.id = &detour_net_id,
	.size = sizeof(struct detour_net),
};

int __init sgap_detour_init(sgap_detour_listener listener)
{
	int ret;

	tell = listener;
	ret = register_pernet_subsys(&detour_net_ops);
	if (ret)
		return ret;
	ret = sgap_state_register(&server_nb);
	if (ret)
		unregister_pernet_subsys(&detour_net_ops);
	return ret;
}

/* The hooks' last callers are gone after a grace period. */
void sgap_detour_uninit(void)
{
	unloading = true;
	sgap_state_unregister(&server_nb);
	unregister_pernet_subsys(&detour_net_ops);
	synchronize_rcu();
}
