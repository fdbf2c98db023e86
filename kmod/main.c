// SPDX-License-Identifier: GPL-2.0-only
#include "chardev.h"
#include "detour.h"
#include "netlink.h"
#include "netlink_detour.h"
#include "server.h"
#include "tap.h"
#include "trust.h"
#include "uapi/stopgap.h"

#include <linux/init.h>
#include <linux/module.h>

/* The family is last: once it is there, requests come. */
static int __init sgap_init(void)
{
	int ret;

	ret = sgap_server_init();
	if (ret)
		goto err_server;
	ret = sgap_chardev_init();
	if (ret)
		goto err_chardev;
	ret = sgap_tap_init();
	if (ret)
		goto err_tap;
	ret = sgap_net_init();
	if (ret)
		goto err_net;
	ret = sgap_trust_init();
	if (ret)
		goto err_trust;
	ret = sgap_detour_init(sgap_netlink_detour_notify);
	if (ret)
		goto err_detour;
	ret = sgap_netlink_init();
	if (ret)
		goto err_netlink;
	return 0;

err_netlink:
	sgap_detour_uninit();
err_detour:
	sgap_trust_uninit();
err_trust:
	sgap_net_uninit();
err_net:
	sgap_tap_uninit();
err_tap:
	sgap_chardev_uninit();
err_chardev:
	sgap_server_uninit();
err_server:
	return ret;
}

static void __exit sgap_exit(void)
{
	sgap_netlink_uninit();
	sgap_detour_uninit();
	sgap_trust_uninit();
	sgap_net_uninit();
	sgap_tap_uninit();
	sgap_chardev_uninit();
	sgap_server_uninit();
}

module_init(sgap_init);
module_exit(sgap_exit);
MODULE_DESCRIPTION("Stopgap: DNS tap and authorised detour");
MODULE_VERSION(SGAP_VERSION);
MODULE_LICENSE("GPL");
