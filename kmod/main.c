// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

static int __init sgap_init(void)
{
	return 0;
}

static void __exit sgap_exit(void)
{
}

module_init(sgap_init);
module_exit(sgap_exit);
MODULE_DESCRIPTION("Stopgap: DNS tap and authorised detour");
MODULE_LICENSE("GPL");
