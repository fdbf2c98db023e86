/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as lines for people. */
#ifndef SGAP_CLI_TRACE_TEXT_H
#define SGAP_CLI_TRACE_TEXT_H

#include "pure.h"

/* One line on stdout; nothing for a record that has none. */
void sgap_trace_text(const struct sgap_rec *rec);

#endif
