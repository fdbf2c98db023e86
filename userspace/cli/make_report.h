/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms of a report, which report and incident report both write. */
#ifndef SGAP_CLI_MAKE_REPORT_H
#define SGAP_CLI_MAKE_REPORT_H

#include "command.h"

struct sgap_args;
struct sgap_incident;

/* Options of a verb that makes reports. */
#define SGAP_OPTS_REPORT \
	{ 0, "html", "FILE", "write the page for the customer; - is stdout", SGAP_WORD_FILE }, \
	{ 0, "md", "FILE", "write Markdown for a ticket", SGAP_WORD_FILE }, \
	{ 0, "vendor", "FILE", "write the message to the vendor", SGAP_WORD_FILE }, \
	{ 'j', "json", NULL, "print the figures as JSON", 0 }

/* Write what the options ask for, Markdown on stdout without any. SGAP_EXIT_*. */
int sgap_make_report(const struct sgap_args *args, struct sgap_incident *inc);

#endif
