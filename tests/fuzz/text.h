/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input of which byte 0 says what the rest, a text, is taken for. */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * The rest as a string of its own size, so that a read past its end is seen; to be freed. NULL
 * without a byte 0, or without memory.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = size ? malloc(size) : NULL;

	if (!text)
		return NULL;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	return text;
}

#endif
