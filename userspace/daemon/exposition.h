/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text format of Prometheus, version 0.0.4: families, samples, histograms. Pure. */
#ifndef SGAP_DAEMON_EXPOSITION_H
#define SGAP_DAEMON_EXPOSITION_H

#include "pure.h"

struct sgap_text;

#define SGAP_EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define SGAP_EXPO_LABELS 512	/* bytes that hold the labels of any sample of ours */
#define SGAP_EXPO_BUCKETS 17u	/* without +Inf */

enum sgap_expo {
	SGAP_EXPO_COUNTER,
	SGAP_EXPO_GAUGE,
	SGAP_EXPO_HISTOGRAM,
};

/* HELP and TYPE: once for a name, before all of its samples. */
void sgap_expo_family(struct sgap_text *t, const char *name, enum sgap_expo type,
		      const char *help);

/* name="value" pairs, ended by a NULL name. Quotes, backslashes and newlines of a value
 * are escaped; what is not ASCII becomes '?'. Returns buf. */
const char *sgap_expo_labels(char buf[static SGAP_EXPO_LABELS], ...) __attribute__((sentinel));

/* labels: "" or as above. */
void sgap_expo_u64(struct sgap_text *t, const char *name, const char *labels, __u64 value);
/* ns nanoseconds, in seconds, exact. */
void sgap_expo_seconds(struct sgap_text *t, const char *name, const char *labels, __u64 ns);

/* Classic buckets that end where an octave of the bins ends: 128 us to 8.388608 s. */
void sgap_expo_histogram(struct sgap_text *t, const char *name, const char *labels,
			 const __u32 bins[static SGAP_HIST_BINS], __u64 sum_us);

#endif
