/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where stopgapd keeps its ledger, and the incidents in it. */
#ifndef SGAP_CLI_STORE_H
#define SGAP_CLI_STORE_H

#include <jansson.h>
#include <sys/utsname.h>

#include "incident/compose.h"
#include "ledger/ledger.h"
#include "lib/conf.h"

#define SGAP_STORE "/var/lib/stopgap"

/* Where we are, for a report; site points into the rest. */
struct sgap_store_here {
	struct sgap_compose_site site;
	struct sgap_conf conf;
	struct utsname host;
};

void sgap_store_here(struct sgap_store_here *here);

/* The folder dir, else that of the configuration, else the usual one. */
void sgap_store_folder(char path[static SGAP_LEDGER_PATH], const char *dir);

/* The number of an incident; 0, and said on stderr, when it is none. */
__u64 sgap_store_number(const char *who, const char *text);

/* Open a ledger for reading. NULL, and said on stderr, when that fails. */
struct sgap_ledger *sgap_store_read(const char *who, const char *file);

/* The same, of the ledger in sgap_store_folder(). */
struct sgap_ledger *sgap_store_read_folder(const char *who, const char *dir);

/* Its incident of that number as incident.json. NULL, and said on stderr, when there is none. */
json_t *sgap_store_incident(const char *who, const char *dir, const char *number);

#endif
