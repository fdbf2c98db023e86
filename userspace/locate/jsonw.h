/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JSON in a fixed form: what is byte for byte the same needs no library's choice. */
#ifndef SGAP_JSONW_H
#define SGAP_JSONW_H

#include <stddef.h>

#include "pure.h"

/* A text that grows. nomem is sticky: check it once, at the end. */
struct sgap_jsonw {
	char *text;
	size_t len, room;
	bool nomem;
	bool comma;		/* the next value needs one before it */
};

void sgap_jsonw_raw(struct sgap_jsonw *w, const char *text);
void sgap_jsonw_open(struct sgap_jsonw *w, const char *key, char bracket);
void sgap_jsonw_close(struct sgap_jsonw *w, char bracket);
void sgap_jsonw_key(struct sgap_jsonw *w, const char *key);
void sgap_jsonw_text(struct sgap_jsonw *w, const char *key, const char *value);	/* NULL = null */
void sgap_jsonw_u64(struct sgap_jsonw *w, const char *key, __u64 value);
/* value / 10^digits, exactly */
void sgap_jsonw_fixed(struct sgap_jsonw *w, const char *key, __u64 value, int digits);
void sgap_jsonw_free(struct sgap_jsonw *w);

#endif
