/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the counters of a tap, or of a capture, add up as uapi/stopgap.h says. */
#ifndef SGAP_CLI_BALANCE_H
#define SGAP_CLI_BALANCE_H

#include <stdbool.h>

struct sgap_tap_counters;

bool sgap_balance(const struct sgap_tap_counters *c);

/* Two lines with both sums, and of what was not parsed the reasons. */
void sgap_balance_print(const struct sgap_tap_counters *c);

#endif
