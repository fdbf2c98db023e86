/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict, asked after if the words say so, and printed. */
#ifndef SGAP_CLI_LOCATE_ANSWER_H
#define SGAP_CLI_LOCATE_ANSWER_H

#include <stdbool.h>

struct sgap_answer_source;
struct sgap_args;
struct sgap_judge;
struct sgap_verdict;

/* Do the words for probing fit? Says what is wrong, and returns false. */
bool sgap_locate_may_probe(const struct sgap_args *args);

/* Returns 0 or -errno. */
int sgap_locate_answer(const struct sgap_args *args, const struct sgap_answer_source *source,
		       const struct sgap_judge *j, const struct sgap_verdict *v);

#endif
