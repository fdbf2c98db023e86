// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "incident/compose.h"
#include "ledger/ledger.h"
#include "lib/conf.h"
#include "out.h"

struct sgap_ledger *sgap_store_read(const char *who, const char *file)
{
	struct sgap_ledger *l;
	char err[256];

	if (!sgap_ledger_read(&l, file, err, sizeof(err)))
		return l;
	sgap_error("%s: '%s': %s", who, file, err);
	return NULL;
}

struct sgap_ledger *sgap_store_open(const char *who, const char *dir)
{
	char path[SGAP_LEDGER_PATH];
	struct sgap_conf conf;

	if (!dir && !sgap_conf_read(&conf, SGAP_CONF_FILE, NULL, NULL))
		dir = conf.store;
	snprintf(path, sizeof(path), "%.4000s/" SGAP_LEDGER_FILE, dir ? dir : SGAP_STORE);
	return sgap_store_read(who, path);
}

json_t *sgap_store_incident(const char *who, const char *dir, const char *number)
{
	struct sgap_compose_site site = { 0 };
	struct sgap_conf conf;
	struct sgap_ledger *l;
	struct utsname host;
	json_t *obj;
	char *end;
	__u64 n = strtoull(number, &end, 10);
	int err;

	if (!n || *end || *number < '0' || *number > '9') {
		sgap_error("%s: '%s': expected a number of 'stopgap incident list'", who, number);
		return NULL;
	}
	l = sgap_store_open(who, dir);
	if (!l)
		return NULL;
	if (!sgap_conf_read(&conf, SGAP_CONF_FILE, NULL, NULL) && *conf.site)
		site.site = conf.site;
	if (!uname(&host)) {
		site.host = host.nodename;
		site.kernel = host.release;
	}
	obj = sgap_compose(l, n, &site, &err);
	if (err)
		sgap_error("%s: %s", who, sgap_ledger_error(l));
	else if (!obj)
		sgap_error("%s: '%s': there is no such incident", who, number);
	sgap_ledger_close(l, 0);
	return obj;
}
