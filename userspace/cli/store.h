/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where stopgapd keeps its ledger. */
#ifndef SGAP_CLI_STORE_H
#define SGAP_CLI_STORE_H

struct sgap_ledger;

#define SGAP_STORE "/var/lib/stopgap"

/* Open a ledger for reading. NULL, and said on stderr, when that fails. */
struct sgap_ledger *sgap_store_read(const char *who, const char *file);

#endif
