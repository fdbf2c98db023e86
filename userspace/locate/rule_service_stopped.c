// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service-stopped: the host is up and says that nothing listens: ICMP port
 * unreachable from the server's own address, or a reset to every SYN. ICMP is
 * rate-limited (RFC 1812 section 4.3.2.8), so it tells the kind and not the share.
 */
#include "rules.h"

#define FAILED 0.9

static bool says_so(const struct sgap_ev *ev, const struct sgap_obs *o, const void *arg)
{
	(void)ev;
	(void)arg;
	return sgap_is_port_unreachable(o) ||
	       (o->class == SGAP_CLASS_RESET && !o->connect_us);
}

/* A restart takes less than a second: what is said later is said to stay. */
static __u32 says_so_late(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i, n = 0;

	for (i = 0; i < j->ev->n; i++) {
		const struct sgap_obs *o = &j->ev->obs[i];

		n += sgap_bit(f->in, i) && says_so(j->ev, o, NULL) &&
		     o->ts > f->since + SGAP_NS_PER_S;
	}
	return n;
}

static void look_at(struct sgap_judge *j, __u32 host)
{
	const struct sgap_at at = { host };
	const struct sgap_claim c = {
		.cause = "service-stopped", .host = host, .in = sgap_in_server,
		.bad = sgap_bad_unanswered, .arg = &at, .floor = FAILED, .loose = true,
	};
	struct sgap_finding *f = sgap_claim(j, &c);

	if (!f)
		return;
	if (says_so_late(j, f) < 2) {
		sgap_unclaim(j);
		return;
	}
	f->certain = 0.97;
	sgap_fact(j, f, "no answer", sgap_in_server, sgap_bad_unanswered, &at);
	sgap_fact(j, f, "ICMP port unreachable or TCP reset", sgap_in_server, says_so, &at);
}

void sgap_rule_service_stopped(struct sgap_judge *j)
{
	sgap_each_front(j, look_at);
}
