// SPDX-License-Identifier: GPL-2.0-or-later
#include "observe.h"

#include "lib/offline.h"
#include "lib/text.h"
#include "metrics.h"
#include "taps.h"

void sgap_observe_daemon(struct sgap_metrics *m, struct sgap_engine *e,
			 const struct sgap_store *store)
{
	const struct sgap_case *c;

	m->engine = sgap_engine_counts(e);
	m->store = sgap_store_counts(store);
	while (m->nincidents < SGAP_CASES_OPEN &&
	       (c = sgap_cases_get(sgap_engine_cases(e), m->nincidents)))
		m->incident[m->nincidents++] = c;
}

struct kernel_taps {
	struct sgap_metrics *m;
	const struct sgap_taps *taps;
	__u32 ifindex[SGAP_METRICS_TAPS];
	__u32 now;		/* whose servers come */
};

static int take_tap(void *ctx, const struct sgap_tap_info *info)
{
	struct kernel_taps *k = ctx;
	struct sgap_metrics_tap *tap = sgap_metrics_tap(k->m, info->ifname);

	if (!tap)
		return 0;
	tap->counters = info->counters;
	tap->has_reader = sgap_taps_missed(k->taps, info->ifname, &tap->missed);
	k->ifindex[k->m->ntaps - 1] = info->ifindex;
	return 0;
}

static int take_server(void *ctx, const struct sgap_server_info *info)
{
	struct kernel_taps *k = ctx;
	struct sgap_metrics_server *s =
		sgap_metrics_server(k->m, info->udp.transactions + info->tcp.transactions);

	if (!s)
		return 0;
	sgap_text_copy(s->tap, sizeof(s->tap), k->m->tap[k->now].name);
	memcpy(s->addr.b, info->addr, sizeof(s->addr.b));
	s->has_state = true;
	s->state = info->state;
	s->udp = info->udp;
	s->tcp = info->tcp;
	return 0;
}

static int take_lease(void *ctx, const struct sgap_detour_info *info)
{
	struct sgap_metrics *m = ctx;

	if (m->nleases < SGAP_METRICS_LEASES)
		m->lease[m->nleases++] = *info;
	return 0;
}

void sgap_observe_kernel(struct sgap_metrics *m, struct sgap_nl *nl, const struct sgap_taps *taps)
{
	struct kernel_taps k = { .m = m, .taps = taps };

	m->module = nl && !sgap_nl_taps(nl, take_tap, &k);
	if (!m->module)
		return;
	/* A tap that goes meanwhile has no servers; the next answer has neither. */
	for (k.now = 0; k.now < m->ntaps; k.now++)
		sgap_nl_servers(nl, k.ifindex[k.now], take_server, &k);
	sgap_nl_detours(nl, take_lease, m);
}

void sgap_observe_capture(struct sgap_metrics *m, const struct sgap_offline *o)
{
	struct sgap_metrics_tap *tap = sgap_metrics_tap(m, "capture");
	static const struct sgap_stats none;	/* what was not used has no counters */
	const struct sgap_stats *udp, *tcp;
	struct sgap_addr addr;
	__u32 i;

	if (tap)
		tap->counters = *sgap_offline_counters(o);
	for (i = 0; sgap_offline_server(o, i, &addr, &udp, &tcp); i++) {
		struct sgap_metrics_server *s;

		udp = udp ? udp : &none;
		tcp = tcp ? tcp : &none;
		s = sgap_metrics_server(m, udp->transactions + tcp->transactions);
		if (!s)
			continue;
		sgap_text_copy(s->tap, sizeof(s->tap), "capture");
		s->addr = addr;
		s->has_state = false;
		s->udp = *udp;
		s->tcp = *tcp;
	}
}
