/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change of an interface (lib/iface_changes.h), printed as trace prints a LINK record. */
#ifndef SGAP_CLI_LINK_CHANGE_H
#define SGAP_CLI_LINK_CHANGE_H

#include <stdbool.h>

/* Of the interface dev, seen now: a line of text, or of JSON. Takes nothing over. */
void sgap_link_change_print(const char *dev, bool json, const char *what, const char *before,
			    const char *after);

#endif
