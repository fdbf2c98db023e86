// SPDX-License-Identifier: GPL-2.0-or-later
#include "refine.h"
#include "wire.h"

#define REFUSED 5u

static bool has_answer(const struct sgap_ask *ask)
{
	return ask->got == SGAP_GOT_ANSWER;
}

static void read_name(struct sgap_signs *s, const struct sgap_check *t)
{
	const struct sgap_ask *plain = &t->ask[0][SGAP_WAY_PLAIN];
	const struct sgap_ask *edns = &t->ask[0][SGAP_WAY_EDNS];

	s->names++;
	s->closed |= plain->got == SGAP_GOT_CLOSED;
	s->no_way |= plain->got == SGAP_GOT_UNREACHABLE || edns->got == SGAP_GOT_UNREACHABLE;
	if (sgap_check_is_good(t, SGAP_SIDE_SERVER))
		return;
	s->failed++;
	s->bogus += sgap_check_is_bogus(t, SGAP_SIDE_SERVER);
	s->silent += !has_answer(plain) && !has_answer(edns);
	s->refused += has_answer(plain) && plain->reply.rcode == REFUSED;
	s->edns_silent += sgap_ask_is_good(plain) && !has_answer(edns);
	s->edns_error += sgap_ask_is_good(plain) && has_answer(edns);
	if (has_answer(edns) && s->ede == SGAP_NONE16)
		s->ede = edns->reply.ede;
	if (!s->has_fallback)
		return;
	s->fb_names += sgap_check_is_good(t, SGAP_SIDE_FALLBACK);
	s->fb_bogus += sgap_check_is_bogus(t, SGAP_SIDE_FALLBACK);
}

static void read_side(struct sgap_signs *s, const struct sgap_probe *p, enum sgap_side side)
{
	const struct sgap_ask *control = &p->control.ask[side][SGAP_WAY_EDNS];
	int i;

	s->control_good[side] = sgap_check_is_good(&p->control, side);
	s->control_bogus[side] = sgap_check_is_bogus(&p->control, side);
	s->validates[side] = sgap_ask_is_good(control) && control->reply.flags & SGAP_DNS_AD;
	for (i = 0; p->suite && i < sgap_suite_n; i++)
		if (!strcmp(sgap_suite[i].id, "tcp"))
			s->tcp[side] = p->ask[side][i].got;
}

/* Of the servers of each kind the one that is blamed, or the first. */
static void read_survey(struct sgap_signs *s, const struct sgap_survey *survey)
{
	const struct sgap_survey_server *at;
	__u32 i;

	s->nservers = survey->n;
	memcpy(s->serves, survey->count, sizeof(s->serves));
	for (i = 0; i < __SGAP_SERVES_MAX; i++) {
		at = sgap_survey_first(survey, (enum sgap_serves)i);
		if (at)
			s->at[i] = at->ask.server;
	}
	for (i = 0; i < survey->n; i++) {
		at = &survey->server[i];
		if (sgap_addr_eq(&at->ask.server, &s->blamed) ||
		    sgap_addr_eq(&at->ask.server, &s->twin))
			s->at[at->serves] = at->ask.server;
	}
}

void sgap_signs_read(struct sgap_signs *s, const struct sgap_probe *p, const struct sgap_ev *ev,
		     const struct sgap_finding *f, __u32 server)
{
	int i;

	memset(s, 0, sizeof(*s));
	s->server = server;
	s->ede = SGAP_NONE16;
	s->has_fallback = p->has_fallback;
	if (f->host)
		s->blamed = ev->hosts[f->host].addr;
	if (f->twin)
		s->twin = ev->hosts[f->twin].addr;
	for (i = 0; i < p->nchecks; i++)
		read_name(s, &p->check[i]);
	read_side(s, p, SGAP_SIDE_SERVER);
	if (p->has_fallback)
		read_side(s, p, SGAP_SIDE_FALLBACK);
	s->alive = sgap_probe_is_alive(p, SGAP_SIDE_SERVER);
	s->authority = p->suite && p->ask[0][0].got == SGAP_GOT_ANSWER &&
		       p->ask[0][0].reply.has_soa && p->ask[0][0].reply.flags & SGAP_DNS_AA;
	read_survey(s, &p->survey);
}
