// SPDX-License-Identifier: GPL-2.0-or-later
#include "link_change.h"

#include <stdio.h>
#include <string.h>

#include "lib/json.h"
#include "out.h"

static json_t *text(const char *s)
{
	return sgap_json_text(s, strlen(s));
}

void sgap_link_change_print(const char *dev, bool json, const char *what, const char *before,
			    const char *after)
{
	char time[SGAP_OUT_TIME];
	__u64 now = sgap_out_now();

	if (json)
		sgap_out_json(json_pack("{s:s,s:o,s:s,s:o,s:o,s:o}", "type", "link",
					"ts", sgap_json_u64(now), "interface", dev,
					"what", text(what), "before", text(before),
					"after", text(after)));
	else
		printf("%s LINK %s: %s, was %s\n", sgap_out_time(time, now), what, after, before);
}
