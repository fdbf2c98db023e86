/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a probe found, as a table and as JSON. */
#ifndef SGAP_CLI_PROBE_OUT_H
#define SGAP_CLI_PROBE_OUT_H

#include <jansson.h>

struct sgap_probe;

/* took_ms: how long it all took */
void sgap_probe_print(const struct sgap_probe *p, unsigned long long took_ms);
json_t *sgap_probe_json(const struct sgap_probe *p, unsigned long long took_ms);

#endif
