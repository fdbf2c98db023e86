/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command says: results on stdout, what went wrong on stderr. */
#ifndef SGAP_CLI_OUT_H
#define SGAP_CLI_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct sgap_nl;

#define SGAP_OUT_TIME 40

/* "stopgap: " before, a newline after. */
void sgap_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The kernel refused what `what` says: its sentence, or ours for the errors that
 * everyone meets, and the errno's name. nl may be NULL. Returns SGAP_EXIT_FAULT.
 */
int sgap_error_kernel(const struct sgap_nl *nl, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Enter the namespace of --netns, when given. Says what is wrong, and returns false. */
struct sgap_args;
bool sgap_out_netns(const struct sgap_args *args);

/* The same, and open the family. Says what is wrong, and returns NULL. */
struct sgap_nl *sgap_out_connect(const struct sgap_args *args);

/* Print and free a JSON value on one line, keys as they were put. SGAP_EXIT_*. */
int sgap_out_json(json_t *value);

/* ns since 1970 as local date and time with microseconds. */
const char *sgap_out_time(char buf[static SGAP_OUT_TIME], uint64_t ns);

/* Now, in ns since 1970. */
uint64_t sgap_out_now(void);

/* Was everything written to stdout? Says so otherwise. */
bool sgap_out_flush(void);

#endif
