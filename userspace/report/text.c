// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sgap_text_free(struct sgap_text *t)
{
	free(t->s);
	memset(t, 0, sizeof(*t));
}

static int reserve(struct sgap_text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 4096;
	char *s;

	if (t->err)
		return t->err;
	while (cap - t->len <= more) {
		if (cap > (size_t)1 << 40) {
			t->err = -ENOMEM;
			return t->err;
		}
		cap *= 2;
	}
	if (cap == t->cap)
		return 0;
	s = realloc(t->s, cap);
	if (!s) {
		t->err = -ENOMEM;
		return t->err;
	}
	t->s = s;
	t->cap = cap;
	return 0;
}

void sgap_text_addn(struct sgap_text *t, const char *s, size_t n)
{
	if (reserve(t, n))
		return;
	memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void sgap_text_add(struct sgap_text *t, const char *s)
{
	sgap_text_addn(t, s, strlen(s));
}

void sgap_text_addf(struct sgap_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(t, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(t->s + t->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

void sgap_text_html(struct sgap_text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		switch (c) {
		case '&':
			sgap_text_add(t, "&amp;");
			break;
		case '<':
			sgap_text_add(t, "&lt;");
			break;
		case '>':
			sgap_text_add(t, "&gt;");
			break;
		case '"':
			sgap_text_add(t, "&quot;");
			break;
		case '\'':
			sgap_text_add(t, "&#39;");
			break;
		default:
			/* Control characters are not allowed in HTML, but tab and newline are. */
			if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
				sgap_text_add(t, "\xef\xbf\xbd");
			else
				sgap_text_addn(t, s, 1);
		}
	}
}

void sgap_text_md(struct sgap_text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			sgap_text_add(t, " ");
		else if (c == '<')
			sgap_text_add(t, "&lt;");
		else if (c == '&')
			sgap_text_add(t, "&amp;");
		else if (strchr("\\`*_[]|#~>!", c))
			sgap_text_addf(t, "\\%c", c);
		else
			sgap_text_addn(t, s, 1);
	}
}

void sgap_text_plain(struct sgap_text *t, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			sgap_text_add(t, " ");
		else
			sgap_text_addn(t, s, 1);
	}
}

void sgap_text_wrap(struct sgap_text *t, const char *s, const char *indent, size_t width)
{
	static const char blank[] = " \t\r\n\v\f";
	size_t col = 0;

	while (*(s += strspn(s, blank))) {
		size_t n = strcspn(s, blank);
		size_t i;

		if (col && col + 1 + n > width) {
			sgap_text_add(t, "\n");
			col = 0;
		}
		sgap_text_add(t, col ? " " : indent);
		col += col ? 1 : strlen(indent);
		for (i = 0; i < n; i++) {
			unsigned char c = (unsigned char)s[i];

			sgap_text_addn(t, c < 0x20 || c == 0x7f ? "?" : s + i, 1);
		}
		col += n;
		s += n;
	}
	if (col)
		sgap_text_add(t, "\n");
}
