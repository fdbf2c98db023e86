/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen of top: what is shown, and what keys do to that. */
#ifndef SGAP_CLI_TOP_SCREEN_H
#define SGAP_CLI_TOP_SCREEN_H

#include "top_model.h"

struct sgap_top_screen;

/* Take the terminal over. NULL without one that can be drawn on. */
struct sgap_top_screen *sgap_top_screen_open(const char *source);

/* Give it back as it was. */
void sgap_top_screen_close(struct sgap_top_screen *screen);

/* Draw a picture: of top, or, while paused, of top as it was then. note: behind
 * the first line, as "end of the capture"; "" = nothing. */
void sgap_top_screen_draw(struct sgap_top_screen *screen, struct sgap_top *top,
			  const char *note);

/* Deal with the keys that were pressed; false when the user wants an end. */
bool sgap_top_screen_keys(struct sgap_top_screen *screen);

/* What the sorted columns are called. */
extern const char *const sgap_top_sorts[__SGAP_TOP_SORT_MAX];
extern const char *const sgap_top_tables[__SGAP_TOP_BY_MAX];

/* A second's share of the greatest, as one character. */
const char *sgap_top_spark(__u32 n, __u32 most, bool utf8);

#endif
