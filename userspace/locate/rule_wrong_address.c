// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * answer-from-wrong-address: the answer to a query comes, with its id and question,
 * but from another address than was asked (RFC 2181 section 4.1). Clients drop it.
 */
#include <stdio.h>

#include "lib/addr.h"
#include "rules.h"

#define FLOOR 0.5

static bool foreign(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return !!(o->marks & SGAP_OBS_FOREIGN);
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "answer-from-wrong-address", .host = host, .in = sgap_in_server,
		.bad = foreign, .arg = &at, .floor = FLOOR, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);
	char text[SGAP_ADDR_TEXT];
	__u32 i;

	if (!f)
		return;
	f->certain = 0.97;
	for (i = 0; i < j->ev->n; i++) {
		if (!sgap_bit(f->in, i) || !j->ev->obs[i].foreign)
			continue;
		snprintf(f->detail, sizeof(f->detail), "the answers come from %s",
			 sgap_addr_text(text, j->ev->hosts[j->ev->obs[i].foreign].addr.b));
		break;
	}
	sgap_fact(j, f, "answered from another address", sgap_in_server, foreign, &at);
}

void sgap_rule_wrong_address(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
