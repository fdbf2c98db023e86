/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels this module builds for; nowhere else. */
#ifndef SGAP_COMPAT_H
#define SGAP_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>
#include <net/genetlink.h>

#ifndef CONFIG_64BIT
#error "stopgap reads 64-bit counters in one piece: it needs a 64-bit kernel"
#endif

/* class.dev_uevent takes a const device since 6.3. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define SGAP_UEVENT_CONST const
#else
#define SGAP_UEVENT_CONST
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
static inline void sgap_vm_flags_set(struct vm_area_struct *vma, unsigned long set,
				     unsigned long clear)
{
	vm_flags_mod(vma, set, clear);
}
#else
static inline void sgap_vm_flags_set(struct vm_area_struct *vma, unsigned long set,
				     unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* The attributes of a dump request. */
static inline struct nlattr **sgap_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif
