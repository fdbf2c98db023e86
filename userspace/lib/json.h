/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of the uapi as JSON. Each returns a new reference, or NULL without memory. */
#ifndef SGAP_LIB_JSON_H
#define SGAP_LIB_JSON_H

#include <jansson.h>

#include "pure.h"

struct sgap_tap_info;
struct sgap_server_info;
struct sgap_detour_info;

/* A number; above 2^63-1, where jansson has none, its decimal digits as a string. */
json_t *sgap_json_u64(__u64 v);
json_t *sgap_json_addr(const __u8 b[static 16]);
/* Bytes that need not be UTF-8: others become U+FFFD. */
json_t *sgap_json_text(const void *p, size_t len);
json_t *sgap_json_hex(const void *p, size_t len);
/* A domain name in wire form, as text; null when it is not well formed. */
json_t *sgap_json_name(const __u8 *p, size_t len);

json_t *sgap_json_window(const struct sgap_window *window);
json_t *sgap_json_stats(const struct sgap_stats *stats);
json_t *sgap_json_counters(const struct sgap_tap_counters *counters);
json_t *sgap_json_tap(const struct sgap_tap_info *tap);
json_t *sgap_json_server(const struct sgap_server_info *server);
json_t *sgap_json_grant(const struct sgap_grant *grant);
json_t *sgap_json_detour(const struct sgap_detour_info *detour);

/* Any record of the ring; NULL as well for one too short for its type. */
json_t *sgap_json_rec(const struct sgap_rec *rec);

#endif
