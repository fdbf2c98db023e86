/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SGAP_ROLE_H
#define SGAP_ROLE_H

#include "evidence.h"

/* The name of a role as the answer spells it. */
const char *sgap_role_name(enum sgap_role role);

#endif
