// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

void *sgap_file_read(const char *command, const char *path, size_t max, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *p = f ? malloc(max + 1) : NULL;

	if (p)
		*len = fread(p, 1, max + 1, f);
	if (!p || ferror(f)) {
		sgap_error("%s: '%s': %s", command, path, strerror(errno));
		goto err_free;
	}
	if (*len > max) {
		sgap_error("%s: '%s': longer than the %zu bytes that it may have", command, path,
			   max);
		goto err_free;
	}
	fclose(f);
	return p;

err_free:
	free(p);
	if (f)
		fclose(f);
	return NULL;
}

int sgap_file_write(const char *path, const void *p, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ssize_t n;
	int ret;

	if (fd < 0)
		return -errno;
	n = write(fd, p, len);
	ret = n < 0 ? -errno : (size_t)n == len ? 0 : -ENOSPC;
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}
