/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of an interface as JSON. */
#ifndef SGAP_IFACE_JSON_H
#define SGAP_IFACE_JSON_H

#include <jansson.h>

struct sgap_iface;

/* before: an earlier picture, for rates; NULL = none. A new reference, or NULL
 * without memory. */
json_t *sgap_iface_json(const struct sgap_iface *now, const struct sgap_iface *before);

#endif
