// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module that is wrong on purpose, in one way per load (kind=...), so that
 * the VM lanes can be seen to notice each of them.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *kind = "";
module_param(kind, charp, 0);
MODULE_PARM_DESC(kind, "what to do wrong");

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static DEFINE_MUTEX(sleeper);
static int nothing;
static int __rcu *pointer = (int __rcu *)&nothing;

static void fault_warn(void)
{
	WARN(1, "faults: as asked\n");
}

/* Bound to nothing that stays. */
static void fault_leak(void)
{
	void *volatile p = kmalloc(333, GFP_KERNEL);

	p = NULL;
}

static void fault_use_after_free(void)
{
	volatile char *p = kmalloc(64, GFP_KERNEL);

	kfree((void *)p);
	p[7] = 1;
}

static void fault_out_of_bounds(void)
{
	volatile char *p = kmalloc(64, GFP_KERNEL);
	volatile int n = 64;

	p[n] = 1;
	kfree((void *)p);
}

static void fault_shift(void)
{
	volatile int n = 40;

	nothing = 1 << n;
}

static void fault_sleep(void)
{
	spin_lock(&lock_a);
	mutex_lock(&sleeper);
	mutex_unlock(&sleeper);
	spin_unlock(&lock_a);
}

static void fault_lock_order(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

static void fault_rcu(void)
{
	nothing = *rcu_dereference(pointer);
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "warn", fault_warn },
	{ "leak", fault_leak },
	{ "use-after-free", fault_use_after_free },
	{ "out-of-bounds", fault_out_of_bounds },
	{ "shift", fault_shift },
	{ "sleep", fault_sleep },
	{ "lock-order", fault_lock_order },
	{ "rcu", fault_rcu },
};

static int __init faults_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(kind, faults[i].name))
			continue;
		faults[i].make();
		return 0;
	}
	pr_err("faults: unknown kind '%s'\n", kind);
	return -EINVAL;
}

static void __exit faults_exit(void)
{
}

module_init(faults_init);
module_exit(faults_exit);
MODULE_DESCRIPTION("Stopgap: faults on purpose, for the tests of the tests");
MODULE_LICENSE("GPL");
