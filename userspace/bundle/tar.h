/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tar file (POSIX ustar), the same bytes for the same members everywhere. */
#ifndef SGAP_BUNDLE_TAR_H
#define SGAP_BUNDLE_TAR_H

#include <stddef.h>
#include <linux/types.h>

struct sgap_text;

#define SGAP_TAR_BLOCK 512u
#define SGAP_TAR_NAME 100u	/* bytes of a member's name, its zero included */

/* A regular file of mode 0644 that is root's; time in s since 1970. A name that is
 * too long sets t->err. */
void sgap_tar_add(struct sgap_text *t, const char *name, __u64 time, const void *data, size_t len);

/* The two zero blocks. */
void sgap_tar_end(struct sgap_text *t);

#endif
