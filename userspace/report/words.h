/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, times and cause ids as a reader wants them. */
#ifndef SGAP_REPORT_WORDS_H
#define SGAP_REPORT_WORDS_H

#include <stddef.h>

struct sgap_incident;
struct sgap_text;

/* What a cause id means, to follow the name of who is blamed. */
const char *sgap_words_cause(const char *cause);

/* The setting or thing to look at, or NULL. */
const char *sgap_words_setting(const char *cause);

/* "recursive resolver" for "recursive" and so on; the role itself if unknown. */
const char *sgap_words_role(const char *role);

/* "Lease ended" and so on, and a few words on what the stage means. */
const char *sgap_words_stage(int stage);
const char *sgap_words_stage_about(int stage);

/* Each fills buf and returns it; NAN gives "not known". */
const char *sgap_words_span(char *buf, size_t size, double seconds);
const char *sgap_words_time(char *buf, size_t size, double t);
const char *sgap_words_clock(char *buf, size_t size, double t);
const char *sgap_words_count(char *buf, size_t size, double n);
const char *sgap_words_share(char *buf, size_t size, double n, double of);

/* One sentence: who did what, and how long service was out. */
void sgap_words_headline(struct sgap_text *t, const struct sgap_incident *inc);

/* One or two sentences: what was done about it. */
void sgap_words_remedy(struct sgap_text *t, const struct sgap_incident *inc);

/* One sentence, or nothing: failures before, during and after the detour. */
void sgap_words_phases(struct sgap_text *t, const struct sgap_incident *inc);

#endif
