/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files, whole. */
#ifndef SGAP_CLI_FILE_H
#define SGAP_CLI_FILE_H

#include <stddef.h>

/* The file's bytes, at most max, to be freed; NULL, and said on stderr why. */
void *sgap_file_read(const char *command, const char *path, size_t max, size_t *len);

/* Make the file; one that is there already is kept and an error. 0 or -errno. */
int sgap_file_write(const char *path, const void *p, size_t len);

#endif
