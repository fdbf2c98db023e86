// SPDX-License-Identifier: GPL-2.0-or-later
#include "locate_answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "lib/addr.h"
#include "locate/answer.h"
#include "locate/pick.h"
#include "locate/refine.h"
#include "out.h"
#include "probe/probe.h"

static bool take_rate(const struct sgap_args *args, __u32 *rate)
{
	unsigned long long n = SGAP_PROBE_RATE;

	if (sgap_args_number(args, "rate", 1, 10000, &n))
		return false;
	*rate = (__u32)n;
	return true;
}

bool sgap_locate_may_probe(const struct sgap_args *args)
{
	const char *compare = sgap_args_get(args, "compare");
	struct sgap_addr addr;
	__u32 rate;

	if (!sgap_args_has(args, "probe")) {
		if (!compare && !sgap_args_has(args, "rate"))
			return true;
		sgap_error("locate: --%s goes with --probe", compare ? "compare" : "rate");
		return false;
	}
	if (compare && sgap_addr_parse(&addr, compare)) {
		sgap_error("locate: --compare '%s': expected an IPv4 or IPv6 address", compare);
		return false;
	}
	/* A live tap enters its namespace itself. */
	return take_rate(args, &rate) && (sgap_args_has(args, "live") || sgap_out_netns(args));
}

static void put_name(struct sgap_probe *p, const struct sgap_ev *ev, __u32 name, __u16 type)
{
	sgap_probe_wire(p, ev->arena + ev->names[name].offset, ev->names[name].len, type);
}

static void put_zone(struct sgap_probe *p, const struct sgap_ev *ev, __u32 zone)
{
	if (!zone)
		return;
	p->has_zone = true;
	p->zone_len = ev->names[zone].len;
	memcpy(p->zone, ev->arena + ev->names[zone].offset, p->zone_len);
}

static void put_questions(const struct sgap_args *args, struct sgap_probe *p,
			  const struct sgap_ev *ev, const struct sgap_pick *pick)
{
	const char *compare = sgap_args_get(args, "compare");
	__u32 i;

	p->side[SGAP_SIDE_SERVER] = ev->hosts[pick->server].addr;
	p->side[SGAP_SIDE_FALLBACK] = ev->hosts[pick->fallback].addr;
	p->has_fallback = pick->fallback || compare;
	if (compare)
		sgap_addr_parse(&p->side[SGAP_SIDE_FALLBACK], compare);
	if (sgap_addr_eq(&p->side[SGAP_SIDE_SERVER], &p->side[SGAP_SIDE_FALLBACK]))
		p->has_fallback = false;
	for (i = 0; i < pick->n; i++)
		put_name(p, ev, pick->name[i], pick->type[i]);
	put_zone(p, ev, pick->zone);
	take_rate(args, &p->pace.rate);
}

/* Ask, and refine the verdict. Returns 0 or -errno. */
static int probe(const struct sgap_args *args, const struct sgap_judge *j,
		 const struct sgap_verdict *v, const struct sgap_pick *pick, struct sgap_refined *r)
{
	struct sgap_probe *p = sgap_probe_new();
	struct sgap_signs signs;
	int ret = p ? 0 : -ENOMEM;

	if (!ret) {
		put_questions(args, p, j->ev, pick);
		ret = sgap_probe_run(p);
	}
	if (!ret) {
		sgap_signs_read(&signs, p, j->ev, v->best, pick->server);
		sgap_refine(r, v->best, &signs);
		sgap_refine_detour(r, &p->help, &p->side[SGAP_SIDE_FALLBACK]);
		r->sent = p->pace.sent;
		r->rate = p->pace.rate;
		r->verdict = *v;
		r->verdict.best = &r->finding;
		r->verdict.confidence = r->finding.confidence;
		r->verdict.refined = r;
	}
	sgap_probe_free(p);
	return ret;
}

int sgap_locate_answer(const struct sgap_args *args, const struct sgap_answer_source *source,
		       const struct sgap_judge *j, const struct sgap_verdict *v)
{
	struct sgap_refined refined;
	struct sgap_pick pick;
	int ret;

	if (v->best && sgap_args_has(args, "probe")) {
		sgap_pick(&pick, j, v->best);
		ret = pick.server ? probe(args, j, v, &pick, &refined) : 0;
		if (ret)
			sgap_error("asking failed: %s; this is what was seen without asking",
				   strerror(-ret));
		else if (pick.server)
			v = &refined.verdict;
	}
	return sgap_args_has(args, "json") ? sgap_answer_json(stdout, source, j, v) :
					     sgap_answer_text(stdout, source, j, v);
}
