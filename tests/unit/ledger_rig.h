/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ledger in a folder of its own; for ledger_test and cut_test. */
#ifndef SGAP_UNIT_LEDGER_RIG_H
#define SGAP_UNIT_LEDGER_RIG_H

#include "ledger/ledger.h"
#include "ledger/verify.h"

#define T0 1790000000000000000ULL
#define SECOND 1000000000ULL

#define DROP "DROP TRIGGER entry_stays; DROP TRIGGER entry_remains;" \
	     "DROP TRIGGER head_stays; DROP TRIGGER head_remains;"

struct rig {
	char dir[64], file[128], err[256];
	struct sgap_ledger *l;
	struct sgap_verified v;
	char said[16384], warned[16384];
};

int ledger_setup(void **state);
int ledger_teardown(void **state);
void open_ledger(struct rig *r);
void close_ledger(struct rig *r);

/* An entry "test.thing", i seconds after T0. Returns what sgap_ledger_append() does. */
int add(struct rig *r, __u64 i, __u64 about);
/* An entry of its own type and time. */
void put(struct rig *r, const char *type, __u64 time, const char *payload);

/* How many things are wrong with the file; their sentences in r->said. */
__u64 wrong(struct rig *r, const char *file, const __u8 *key, const struct sgap_head *head);

/* As somebody who owns the file would; DROP lets them. */
void sql(struct rig *r, const char *text);

#endif
