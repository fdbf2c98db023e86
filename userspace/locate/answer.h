/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict, as JSON for machines and as sentences for people. */
#ifndef SGAP_ANSWER_H
#define SGAP_ANSWER_H

#include <stdio.h>

struct sgap_judge;
struct sgap_verdict;

/* "pcap" or "live"; the notes of the readers, "" = none. */
struct sgap_answer_source {
	const char *kind;
	const char *note;
};

/*
 * One JSON object of docs/verdicts.md, keys in a fixed order, ended by a newline.
 * The same evidence gives the same bytes; "digest" is the SHA-256 of the object
 * without that member. Returns 0 or -errno.
 */
int sgap_answer_json(FILE *out, const struct sgap_answer_source *source,
		     const struct sgap_judge *j, const struct sgap_verdict *v);

int sgap_answer_text(FILE *out, const struct sgap_answer_source *source,
		     const struct sgap_judge *j, const struct sgap_verdict *v);

/* 0 nobody, 1 somebody is at fault, 3 too little evidence. */
int sgap_answer_exit(const struct sgap_verdict *v);

#endif
