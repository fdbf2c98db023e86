// SPDX-License-Identifier: GPL-2.0-or-later
#include "exposition.h"

#include <stdarg.h>
#include <stdio.h>

#include "hist.h"
#include "report/text.h"

#define FIRST_OCTAVE 7u		/* 2^7 us */
#define US_PER_S 1000000ULL

void sgap_expo_family(struct sgap_text *t, const char *name, enum sgap_expo type,
		      const char *help)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	sgap_text_addf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, types[type]);
}

/* Writes one byte, or two. */
static size_t put_byte(char *to, char c)
{
	if (c == '\n' || c == '"' || c == '\\') {
		to[0] = '\\';
		to[1] = c == '\n' ? 'n' : c;
		return 2;
	}
	to[0] = c >= ' ' && c <= '~' ? c : '?';
	return 1;
}

const char *sgap_expo_labels(char buf[static SGAP_EXPO_LABELS], ...)
{
	const char *name, *value;
	size_t at = 0;
	va_list ap;

	buf[0] = '\0';
	va_start(ap, buf);
	while ((name = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (at + strlen(name) + 8 > SGAP_EXPO_LABELS)
			break;
		at += (size_t)snprintf(buf + at, SGAP_EXPO_LABELS - at, "%s%s=\"", at ? "," : "",
				       name);
		for (; *value && at + 4 < SGAP_EXPO_LABELS; value++)
			at += put_byte(buf + at, *value);
		buf[at++] = '"';
		buf[at] = '\0';
	}
	va_end(ap);
	return buf;
}

static void sample(struct sgap_text *t, const char *name, const char *suffix, const char *labels,
		   const char *more)
{
	sgap_text_addf(t, "%s%s", name, suffix);
	if (*labels || *more)
		sgap_text_addf(t, "{%s%s%s}", labels, *labels && *more ? "," : "", more);
}

void sgap_expo_u64(struct sgap_text *t, const char *name, const char *labels, __u64 value)
{
	sample(t, name, "", labels, "");
	sgap_text_addf(t, " %llu\n", (unsigned long long)value);
}

static void add_seconds(struct sgap_text *t, __u64 ns)
{
	sgap_text_addf(t, " %llu.%09llu\n", (unsigned long long)(ns / SGAP_NS_PER_S),
		       (unsigned long long)(ns % SGAP_NS_PER_S));
}

void sgap_expo_seconds(struct sgap_text *t, const char *name, const char *labels, __u64 ns)
{
	sample(t, name, "", labels, "");
	add_seconds(t, ns);
}

void sgap_expo_histogram(struct sgap_text *t, const char *name, const char *labels,
			 const __u32 bins[static SGAP_HIST_BINS], __u64 sum_us)
{
	unsigned int bin = 0, i;
	__u64 count = 0;
	char le[32];

	for (i = 0; i < SGAP_EXPO_BUCKETS; i++) {
		__u64 us = 1ULL << (FIRST_OCTAVE + i);

		while (bin < sgap_hist_bin(us))
			count += bins[bin++];
		snprintf(le, sizeof(le), "le=\"%llu.%06llu\"",
			 (unsigned long long)(us / US_PER_S),
			 (unsigned long long)(us % US_PER_S));
		sample(t, name, "_bucket", labels, le);
		sgap_text_addf(t, " %llu\n", (unsigned long long)count);
	}
	while (bin < SGAP_HIST_BINS)
		count += bins[bin++];
	sample(t, name, "_bucket", labels, "le=\"+Inf\"");
	sgap_text_addf(t, " %llu\n", (unsigned long long)count);
	sample(t, name, "_sum", labels, "");
	add_seconds(t, sum_us * SGAP_NS_PER_US);
	sample(t, name, "_count", labels, "");
	sgap_text_addf(t, " %llu\n", (unsigned long long)count);
}
