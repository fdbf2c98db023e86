/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where trace writes to beside its lines: pcapng with the packets of what failed,
 * or dnstap. Both take TXN records that passed, and PACKET records. */
#ifndef SGAP_CLI_TRACE_FILE_H
#define SGAP_CLI_TRACE_FILE_H

#include "pure.h"

struct sgap_args;
struct sgap_source;
struct sgap_trace_file;

/* What --write and --dnstap ask for into *out, which is NULL without them. Returns
 * enum sgap_exit, and has said why when that is not SGAP_EXIT_OK. */
int sgap_trace_file_open(struct sgap_trace_file **out, const struct sgap_args *args,
			 const struct sgap_source *source);

/* A TXN that passed the filters, or any PACKET. After an error nothing more is taken. */
void sgap_trace_file_take(struct sgap_trace_file *f, const struct sgap_rec *rec);

/* What was taken is on its way. False when something went wrong so far. */
bool sgap_trace_file_flush(struct sgap_trace_file *f);

/* Ends the files; says on stderr what went wrong, on stdout what was written.
 * lost: records that never came here. Returns enum sgap_exit; NULL is fine. */
int sgap_trace_file_close(struct sgap_trace_file *f, bool json, __u64 lost);

#endif
