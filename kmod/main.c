// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"
#include "uapi/stopgap.h"

#include <linux/init.h>
#include <linux/module.h>

/* The family is last: once it is there, requests come. */
static int __init sgap_init(void)
{
	int ret;

	ret = sgap_netlink_init();
	if (ret)
		goto err_netlink;
	return 0;

err_netlink:
	return ret;
}

static void __exit sgap_exit(void)
{
	sgap_netlink_uninit();
}

module_init(sgap_init);
module_exit(sgap_exit);
MODULE_DESCRIPTION("Stopgap: DNS tap and authorised detour");
MODULE_VERSION(SGAP_VERSION);
MODULE_LICENSE("GPL");
