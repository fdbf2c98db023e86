/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows, and the escapes of the formats that it is written in. */
#ifndef SGAP_REPORT_TEXT_H
#define SGAP_REPORT_TEXT_H

#include <stddef.h>

/* Start from all zero. err is set once memory ran out; then nothing is added. */
struct sgap_text {
	char *s;		/* terminated; NULL while empty */
	size_t len, cap;
	int err;		/* 0 or -ENOMEM */
};

void sgap_text_free(struct sgap_text *t);

void sgap_text_addn(struct sgap_text *t, const char *s, size_t n);
void sgap_text_add(struct sgap_text *t, const char *s);
void sgap_text_addf(struct sgap_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* s as content or attribute value of HTML: inert wherever it is put. */
void sgap_text_html(struct sgap_text *t, const char *s);

/* s as running text or table cell of Markdown, on one line. */
void sgap_text_md(struct sgap_text *t, const char *s);

/* s as plain text on one line: control characters become spaces. */
void sgap_text_plain(struct sgap_text *t, const char *s);

/* Break s into lines of at most width characters, each begun by indent. */
void sgap_text_wrap(struct sgap_text *t, const char *s, const char *indent, size_t width);

#endif
