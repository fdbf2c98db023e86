/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An incident written as a bundle for a third party. */
#ifndef SGAP_CLI_EXPORT_H
#define SGAP_CLI_EXPORT_H

#include <linux/types.h>

struct sgap_args;
struct sgap_compose_site;

/* Incident n of the ledger in folder, to the file of --output, by the options of
 * 'stopgap incident export'. SGAP_EXIT_*. */
int sgap_export(const struct sgap_args *args, const char *folder, __u64 n,
		const struct sgap_compose_site *site);

#endif
