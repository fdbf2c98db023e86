/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two small things that C lacks. */
#ifndef SGAP_LIB_TEXT_H
#define SGAP_LIB_TEXT_H

#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Copy what fits, and end it. Returns dst. */
static inline char *sgap_text_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	if (len >= size)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = 0;
	return dst;
}

#endif
