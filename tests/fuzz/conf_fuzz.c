// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/conf.c userspace/lib/addr.c
/* Any bytes as a configuration: never a crash, and what is taken shows as it was set. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/conf.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static void count(void *ctx, unsigned int line, const char *what)
{
	int *n = ctx;

	if (!line || !*what)
		abort();
	++*n;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static char text[65536];
	struct sgap_conf_line line;
	struct sgap_conf conf;
	size_t len = 0;
	int said = 0;
	__u32 i;

	if (size > SGAP_CONF_MAX)
		return 0;
	if (sgap_conf_parse(&conf, (const char *)data, size, count, &said) != said)
		abort();
	for (i = 0; sgap_conf_show(&conf, i, &line); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[%s]\n%s = %s\n", line.section,
					line.name, line.value);
	/* Its own words are always understood. */
	if (sgap_conf_parse(&conf, text, len, NULL, NULL))
		abort();
	return 0;
}
