// SPDX-License-Identifier: GPL-2.0-or-later
#include "reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_END 1e15
#define COUNT_WANTED "a number of 0 and up, below 10^15"

json_t *sgap_reader_load(struct sgap_reader *r, size_t len)
{
	json_error_t e;
	json_t *root;

	root = json_loadb(r->text, len, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		snprintf(r->err, r->err_len, "%s:%d:%d: %s", r->name, e.line, e.column, e.text);
	return root;
}

/*
 * Where a value lies in text that is known to be well-formed JSON. jansson does
 * not keep lines, so the way is walked once more, only when there is an error.
 */
static const char *skip_blank(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		p = skip_blank(p);
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p == ',' || *p == ':') {
			p++;
		} else {
			p += strcspn(p, " \t\r\n,:{}[]\"");
		}
	} while (*p && depth > 0);
	return p;
}

/* p is at a { or [; gives where the member key, or the element index, is. */
static const char *find_member(const char *p, const char *key, size_t index)
{
	const char *q = skip_blank(p + 1);
	size_t i;

	for (i = 0; *q && *q != '}' && *q != ']'; i++) {
		const char *name = q;

		if (key) {
			q = skip_blank(skip_string(q));
			q = skip_blank(*q ? q + 1 : q);
			if (!strncmp(name + 1, key, strlen(key)) && name[1 + strlen(key)] == '"')
				return q;
		} else if (i == index) {
			return q;
		}
		q = skip_blank(skip_value(q));
		if (*q == ',')
			q = skip_blank(q + 1);
	}
	return NULL;
}

static int line_of(const struct sgap_reader *r, const char *key)
{
	const char *p = skip_blank(r->text), *q;
	int i, line = 1;

	for (i = 0; i < r->depth; i++) {
		q = find_member(p, r->path[i], r->index[i]);
		if (!q)
			break;
		p = q;
	}
	q = key && i == r->depth ? find_member(p, key, 0) : NULL;
	if (q)
		p = q;
	for (q = r->text; q < p; q++)
		line += *q == '\n';
	return line;
}

static void print_path(const struct sgap_reader *r, const char *key, char *buf, size_t size)
{
	size_t len = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < r->depth && len < size; i++) {
		if (r->path[i])
			len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? "." : "", r->path[i]);
		else
			len += (size_t)snprintf(buf + len, size - len, "[%zu]", r->index[i]);
	}
	if (key && len < size)
		snprintf(buf + len, size - len, "%s%s", r->depth ? "." : "", key);
}

void sgap_reader_fail(struct sgap_reader *r, const char *key, const json_t *found,
		      const char *wanted)
{
	char path[256], token[80] = "nothing";
	char *dump = NULL;

	if (r->err[0])
		return;
	print_path(r, key, path, sizeof(path));
	if (found)
		dump = json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY);
	if (dump)
		snprintf(token, sizeof(token), "%.60s%s", dump, strlen(dump) > 60 ? "..." : "");
	free(dump);
	snprintf(r->err, r->err_len, "%s:%d: %s is %s, expected %s", r->name, line_of(r, key),
		 path[0] ? path : "the file", token, wanted);
}

void sgap_reader_enter(struct sgap_reader *r, const char *key)
{
	if (r->depth < SGAP_READER_DEPTH) {
		r->path[r->depth] = key;
		r->index[r->depth] = 0;
	}
	r->depth++;
}

void sgap_reader_enter_at(struct sgap_reader *r, size_t index)
{
	sgap_reader_enter(r, NULL);
	r->index[r->depth - 1] = index;
}

void sgap_reader_leave(struct sgap_reader *r)
{
	r->depth--;
}

static json_t *get(struct sgap_reader *r, json_t *obj, const char *key, bool needed,
		   const char *wanted)
{
	json_t *v = json_object_get(obj, key);

	if (v && !json_is_null(v))
		return v;
	if (needed)
		sgap_reader_fail(r, key, v, wanted);
	return NULL;
}

const char *sgap_reader_str(struct sgap_reader *r, json_t *obj, const char *key, bool needed)
{
	json_t *v = get(r, obj, key, needed, "a string");

	if (v && !json_is_string(v))
		sgap_reader_fail(r, key, v, "a string");
	return json_string_value(v);
}

double sgap_reader_num(struct sgap_reader *r, json_t *obj, const char *key, bool needed)
{
	json_t *v = get(r, obj, key, needed, "a number");

	if (!v)
		return NAN;
	if (!json_is_number(v)) {
		sgap_reader_fail(r, key, v, "a number");
		return NAN;
	}
	return json_number_value(v);
}

static double between(struct sgap_reader *r, json_t *obj, const char *key, bool needed,
		      double end, const char *wanted)
{
	double x = sgap_reader_num(r, obj, key, needed);

	if (isnan(x) || (x >= 0 && x < end))
		return x;
	sgap_reader_fail(r, key, json_object_get(obj, key), wanted);
	return NAN;
}

double sgap_reader_count(struct sgap_reader *r, json_t *obj, const char *key, bool needed)
{
	return between(r, obj, key, needed, COUNT_END, COUNT_WANTED);
}

double sgap_reader_time(struct sgap_reader *r, json_t *obj, const char *key, bool needed)
{
	return between(r, obj, key, needed, 1e11, "seconds since 1970, below 10^11");
}

json_t *sgap_reader_obj(struct sgap_reader *r, json_t *obj, const char *key, bool needed)
{
	json_t *v = get(r, obj, key, needed, "an object");

	if (v && !json_is_object(v)) {
		sgap_reader_fail(r, key, v, "an object");
		return NULL;
	}
	return v;
}

json_t *sgap_reader_arr(struct sgap_reader *r, json_t *obj, const char *key, bool needed)
{
	json_t *v = get(r, obj, key, needed, "an array");

	if (v && !json_is_array(v)) {
		sgap_reader_fail(r, key, v, "an array");
		return NULL;
	}
	return v;
}

static bool is_count(const json_t *x)
{
	return json_is_number(x) && json_number_value(x) >= 0 && json_number_value(x) < COUNT_END;
}

double *sgap_reader_nums(struct sgap_reader *r, json_t *obj, const char *key, size_t n)
{
	json_t *arr = sgap_reader_arr(r, obj, key, true);
	char wanted[64];
	double *v;
	size_t i;

	if (!arr)
		return NULL;
	if (json_array_size(arr) != n) {
		snprintf(wanted, sizeof(wanted), "%zu numbers, one per step", n);
		sgap_reader_fail(r, key, arr, wanted);
		return NULL;
	}
	v = calloc(n ? n : 1, sizeof(*v));
	for (i = 0; v && i < n; i++) {
		json_t *x = json_array_get(arr, i);

		v[i] = is_count(x) ? json_number_value(x) : NAN;
		if (is_count(x) || json_is_null(x))
			continue;
		sgap_reader_enter(r, key);
		sgap_reader_enter_at(r, i);
		sgap_reader_fail(r, NULL, x, COUNT_WANTED ", or null");
		sgap_reader_leave(r);
		sgap_reader_leave(r);
	}
	return v;
}
