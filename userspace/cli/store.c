// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

void sgap_store_here(struct sgap_store_here *here)
{
	memset(here, 0, sizeof(*here));
	if (!sgap_conf_read(&here->conf, SGAP_CONF_FILE, NULL, NULL) && *here->conf.site)
		here->site.site = here->conf.site;
	if (!uname(&here->host)) {
		here->site.host = here->host.nodename;
		here->site.kernel = here->host.release;
	}
}

void sgap_store_folder(char path[static SGAP_LEDGER_PATH], const char *dir)
{
	struct sgap_conf conf;

	if (!dir && !sgap_conf_read(&conf, SGAP_CONF_FILE, NULL, NULL))
		dir = conf.store;
	snprintf(path, SGAP_LEDGER_PATH, "%.4000s", dir ? dir : SGAP_STORE);
}

__u64 sgap_store_number(const char *who, const char *text)
{
	char *end;
	__u64 n = strtoull(text, &end, 10);

	if (n && !*end && *text >= '0' && *text <= '9')
		return n;
	sgap_error("%s: '%s': expected a number of 'stopgap incident list'", who, text);
	return 0;
}

struct sgap_ledger *sgap_store_read(const char *who, const char *file)
{
	struct sgap_ledger *l;
	char err[256];

	if (!sgap_ledger_read(&l, file, err, sizeof(err)))
		return l;
	sgap_error("%s: '%s': %s", who, file, err);
	return NULL;
}

struct sgap_ledger *sgap_store_read_folder(const char *who, const char *dir)
{
	char path[SGAP_LEDGER_PATH];
	size_t len;

	sgap_store_folder(path, dir);
	len = strlen(path);
	snprintf(path + len, sizeof(path) - len, "/" SGAP_LEDGER_FILE);
	return sgap_store_read(who, path);
}

json_t *sgap_store_incident(const char *who, const char *dir, const char *number)
{
	__u64 n = sgap_store_number(who, number);
	struct sgap_ledger *l = n ? sgap_store_read_folder(who, dir) : NULL;
	struct sgap_store_here here;
	json_t *obj;
	int err;

	if (!l)
		return NULL;
	sgap_store_here(&here);
	obj = sgap_compose(l, n, &here.site, &err);
	if (err)
		sgap_error("%s: %s", who, sgap_ledger_error(l));
	else if (!obj)
		sgap_error("%s: '%s': there is no such incident", who, number);
	sgap_ledger_close(l, 0);
	return obj;
}
