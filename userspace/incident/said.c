// SPDX-License-Identifier: GPL-2.0-or-later
#include "said.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/addr.h"
#include "lib/text.h"
#include "locate/answer.h"
#include "locate/judge.h"
#include "locate/role.h"

static void take_finding(struct sgap_said *said, const struct sgap_judge *j,
			 const struct sgap_finding *f)
{
	const struct sgap_host *hosts = j->ev->hosts;
	__u32 server = f->behind;

	if (!server && f->host && hosts[f->host].flags & SGAP_HOST_ASKED)
		server = f->host;
	said->somebody = !f->until;
	sgap_text_copy(said->role, sizeof(said->role), sgap_role_name(f->role));
	sgap_text_copy(said->cause, sizeof(said->cause), f->cause->id);
	if (f->host)
		sgap_addr_text(said->address, hosts[f->host].addr.b);
	said->has_server = server != 0;
	if (server)
		said->server = hosts[server].addr;
	said->helps = f->helps == SGAP_HELPS_YES || f->helps == SGAP_HELPS_PARTLY;
	said->has_fallback = said->helps && f->detour_to;
	if (said->has_fallback)
		said->fallback = hosts[f->detour_to].addr;
	said->since = f->since;
	said->percent = (__u32)lround(f->confidence * 100);
}

int sgap_said_of(struct sgap_said *said, const char *source, const struct sgap_judge *j,
		 const struct sgap_verdict *v)
{
	const struct sgap_answer_source from = { source, "" };
	size_t len = 0;
	FILE *f;
	int ret;

	memset(said, 0, sizeof(*said));
	if (v->best)
		take_finding(said, j, v->best);
	f = open_memstream(&said->json, &len);
	if (!f)
		return -ENOMEM;
	ret = sgap_answer_json(f, &from, j, v);
	if (fclose(f))
		ret = -ENOMEM;
	if (!ret && len && said->json[len - 1] == '\n')
		said->json[len - 1] = '\0';
	if (ret)
		sgap_said_free(said);
	return ret;
}

void sgap_said_free(struct sgap_said *said)
{
	free(said->json);
	said->json = NULL;
}
