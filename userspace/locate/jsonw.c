// SPDX-License-Identifier: GPL-2.0-or-later
#include "jsonw.h"

#include <stdio.h>
#include <stdlib.h>

static void put(struct sgap_jsonw *w, const char *p, size_t n)
{
	if (w->room - w->len <= n && !w->nomem) {
		size_t room = 2 * (w->room + n) + 4096;
		char *text = realloc(w->text, room);

		if (!text) {
			w->nomem = true;
		} else {
			w->text = text;
			w->room = room;
		}
	}
	if (w->nomem)
		return;
	memcpy(w->text + w->len, p, n);
	w->len += n;
	w->text[w->len] = '\0';
}

void sgap_jsonw_raw(struct sgap_jsonw *w, const char *text)
{
	put(w, text, strlen(text));
}

static void quoted(struct sgap_jsonw *w, const char *s)
{
	char escape[8];

	put(w, "\"", 1);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", *s);
			sgap_jsonw_raw(w, escape);
		} else if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)*s);
			sgap_jsonw_raw(w, escape);
		} else {
			put(w, s, 1);
		}
	}
	put(w, "\"", 1);
}

void sgap_jsonw_key(struct sgap_jsonw *w, const char *key)
{
	if (w->comma)
		put(w, ", ", 2);
	w->comma = true;
	if (!key)
		return;
	quoted(w, key);
	put(w, ": ", 2);
}

void sgap_jsonw_open(struct sgap_jsonw *w, const char *key, char bracket)
{
	sgap_jsonw_key(w, key);
	put(w, &bracket, 1);
	w->comma = false;
}

void sgap_jsonw_close(struct sgap_jsonw *w, char bracket)
{
	put(w, &bracket, 1);
	w->comma = true;
}

void sgap_jsonw_text(struct sgap_jsonw *w, const char *key, const char *value)
{
	sgap_jsonw_key(w, key);
	if (value)
		quoted(w, value);
	else
		put(w, "null", 4);
}

void sgap_jsonw_u64(struct sgap_jsonw *w, const char *key, __u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	sgap_jsonw_key(w, key);
	sgap_jsonw_raw(w, text);
}

void sgap_jsonw_fixed(struct sgap_jsonw *w, const char *key, __u64 value, int digits)
{
	unsigned long long unit = 1;
	char text[48];
	int i;

	for (i = 0; i < digits; i++)
		unit *= 10;
	snprintf(text, sizeof(text), "%llu.%0*llu", value / unit, digits, value % unit);
	sgap_jsonw_key(w, key);
	sgap_jsonw_raw(w, text);
}

void sgap_jsonw_free(struct sgap_jsonw *w)
{
	free(w->text);
	memset(w, 0, sizeof(*w));
}
