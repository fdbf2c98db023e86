/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All of libstopgap. Handles are opaque, errors are -errno, nothing is printed. */
#ifndef SGAP_LIBSTOPGAP_H
#define SGAP_LIBSTOPGAP_H

#include "addr.h"
#include "cms.h"
#include "dev.h"
#include "grant.h"
#include "json.h"
#include "live.h"
#include "names.h"
#include "nl.h"

#endif
