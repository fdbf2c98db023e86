/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed access to JSON, with errors that say where in the file and what was expected. */
#ifndef SGAP_REPORT_READER_H
#define SGAP_REPORT_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SGAP_READER_DEPTH 16

struct sgap_reader {
	const char *name, *text;	/* file name and its bytes, terminated */
	char *err;			/* first error; empty = none */
	size_t err_len;
	const char *path[SGAP_READER_DEPTH];	/* keys on the way; NULL = an index */
	size_t index[SGAP_READER_DEPTH];
	int depth;
};

/* Parse r->text. NULL and r->err on a syntax error or a key given twice. */
json_t *sgap_reader_load(struct sgap_reader *r, size_t len);

/* Note that what is at the path (and key in it, unless NULL) is not what was wanted. */
void sgap_reader_fail(struct sgap_reader *r, const char *key, const json_t *found,
		      const char *wanted);

/* Go into an object or array, and out again. */
void sgap_reader_enter(struct sgap_reader *r, const char *key);
void sgap_reader_enter_at(struct sgap_reader *r, size_t index);
void sgap_reader_leave(struct sgap_reader *r);

/* The value of a key; absent and null give NULL or NAN, and are errors if needed. */
const char *sgap_reader_str(struct sgap_reader *r, json_t *obj, const char *key, bool needed);
double sgap_reader_num(struct sgap_reader *r, json_t *obj, const char *key, bool needed);
/* A number of 0 and up, below 10^15. */
double sgap_reader_count(struct sgap_reader *r, json_t *obj, const char *key, bool needed);
/* Seconds since 1970, up to the year 5138. */
double sgap_reader_time(struct sgap_reader *r, json_t *obj, const char *key, bool needed);
json_t *sgap_reader_obj(struct sgap_reader *r, json_t *obj, const char *key, bool needed);
json_t *sgap_reader_arr(struct sgap_reader *r, json_t *obj, const char *key, bool needed);

/* n counts (null gives NAN) of an array; NULL on error. To be freed. */
double *sgap_reader_nums(struct sgap_reader *r, json_t *obj, const char *key, size_t n);

#endif
