// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include "ledger/ledger.h"
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
