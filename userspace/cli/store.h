/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where stopgapd keeps its ledger, and the incidents in it. */
#ifndef SGAP_CLI_STORE_H
#define SGAP_CLI_STORE_H

#include <jansson.h>

struct sgap_ledger;

#define SGAP_STORE "/var/lib/stopgap"

/* Open a ledger for reading. NULL, and said on stderr, when that fails. */
struct sgap_ledger *sgap_store_read(const char *who, const char *file);

/* The ledger in the folder dir, else that of the configuration, else of the usual place. */
struct sgap_ledger *sgap_store_open(const char *who, const char *dir);

/* Its incident of that number as incident.json. NULL, and said on stderr, when there is none. */
json_t *sgap_store_incident(const char *who, const char *dir, const char *number);

#endif
