// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>

#include "wire.h"

#define SOA 6u

struct sgap_probe *sgap_probe_new(void)
{
	struct sgap_probe *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->zone_len = 1;
	p->port = 53;
	p->suite = true;
	p->pace = (struct sgap_pace){ .tries = 2, .wait_ms = 1000, .apart = true,
				   .rate = SGAP_PROBE_RATE };
	return p;
}

void sgap_probe_free(struct sgap_probe *p)
{
	free(p);
}

int sgap_probe_wire(struct sgap_probe *p, const __u8 *name, __u16 len, __u16 type)
{
	struct sgap_check *c = &p->check[p->nchecks];
	int i;

	for (i = 0; i < p->nchecks; i++)
		if (p->check[i].qtype == type && p->check[i].qname_len == len &&
		    !memcmp(p->check[i].qname, name, len))
			return 0;
	if (p->nchecks == SGAP_PROBE_NAMES)
		return -ENOSPC;
	if (!len || len > sizeof(c->qname))
		return -EINVAL;
	memcpy(c->qname, name, len);
	c->qname_len = len;
	c->qtype = type;
	p->nchecks++;
	return 0;
}

/* "AAAA", "TYPE65280"; 0 = none */
static __u16 type_of(const char *text)
{
	ldns_rr_type type = ldns_get_rr_type_by_name(text);

	return type > 0 && type < 0x10000 ? (__u16)type : 0;
}

int sgap_probe_name(struct sgap_probe *p, const char *text)
{
	const char *slash = strrchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	__u16 type = slash ? type_of(slash + 1) : LDNS_RR_TYPE_A;
	char name[1025];
	__u8 wire[255];
	int len;

	if (!type || n >= sizeof(name))
		return -EINVAL;
	memcpy(name, text, n);
	name[n] = 0;
	len = sgap_query_name(wire, name);
	return len < 0 ? len : sgap_probe_wire(p, wire, (__u16)len, type);
}

static void put_row(struct sgap_probe *p, enum sgap_side side, int row)
{
	struct sgap_ask *ask = &p->ask[side][row];
	struct sgap_form *form = &p->form[side][row];

	*form = sgap_suite[row].form;
	if (!sgap_suite[row].bare && p->recursive[side])
		form->flags |= SGAP_DNS_RD;
	ask->server = p->side[side];
	ask->port = p->port;
	ask->qname_len = p->zone_len;
	memcpy(ask->qname, p->zone, p->zone_len);
	ask->qtype = sgap_suite[row].qtype;
	ask->form = form;
}

static int sides(const struct sgap_probe *p)
{
	return p->has_fallback ? SGAP_SIDES : 1;
}

/* Questions that are put together. */
struct batch {
	struct sgap_ask *ask[SGAP_SIDES * (SGAP_SUITE_MAX + (SGAP_PROBE_NAMES + 1) * SGAP_WAYS)];
	int n;
};

static int ask_rows(struct sgap_probe *p, int from, int to)
{
	struct batch b = { .n = 0 };
	int row, side;

	for (row = from; row < to; row++) {
		for (side = 0; side < sides(p); side++) {
			put_row(p, side, row);
			b.ask[b.n++] = &p->ask[side][row];
		}
	}
	return sgap_ask(b.ask, b.n, &p->pace);
}

static int ask_suite(struct sgap_probe *p)
{
	int side, i, ret = ask_rows(p, 0, SGAP_SUITE_OPENING);

	for (side = 0; !ret && side < sides(p); side++)
		for (i = 0; i < SGAP_SUITE_OPENING; i++)
			if (p->ask[side][i].got == SGAP_GOT_ANSWER &&
			    p->ask[side][i].reply.flags & SGAP_DNS_RA)
				p->recursive[side] = true;
	return ret ? ret : ask_rows(p, SGAP_SUITE_OPENING, sgap_suite_n);
}

static void put_check(const struct sgap_probe *p, struct sgap_check *c, struct batch *b)
{
	int side, way;

	sgap_check_put(c, &p->side[0], &p->side[p->has_fallback ? 1 : 0], p->port);
	for (side = 0; side < sides(p); side++)
		for (way = 0; way < SGAP_WAYS; way++)
			b->ask[b->n++] = &c->ask[side][way];
}

static int ask_names(struct sgap_probe *p)
{
	struct batch b = { .n = 0 };
	int i;

	for (i = 0; i < p->nchecks; i++)
		put_check(p, &p->check[i], &b);
	p->control.qname_len = 1;
	p->control.qtype = SOA;
	put_check(p, &p->control, &b);
	return sgap_ask(b.ask, b.n, &p->pace);
}

/* The zone's apex stands for names that were not given. */
static int add_apex(struct sgap_probe *p)
{
	return p->nchecks ? 0 : sgap_probe_wire(p, p->zone, p->zone_len, SOA);
}

int sgap_probe_run(struct sgap_probe *p)
{
	int ret = add_apex(p);

	if (!ret && p->suite)
		ret = ask_suite(p);
	if (!ret)
		ret = ask_names(p);
	if (!ret && p->has_zone) {
		memcpy(p->survey.zone, p->zone, p->zone_len);
		p->survey.zone_len = p->zone_len;
		ret = sgap_survey_run(&p->survey, p->side, sides(p), p->port, &p->pace);
	}
	sgap_help_judge(&p->help, p->check, p->nchecks, p->has_fallback);
	return ret;
}

bool sgap_probe_is_good(const struct sgap_probe *p)
{
	char said[SGAP_REPLY_TEXT * 2];
	int i;

	if (p->help.failed)
		return false;
	for (i = 0; p->suite && i < sgap_suite_n; i++)
		if (sgap_suite_mark(&sgap_suite[i], &p->ask[0][i], said, sizeof(said)) ==
		    SGAP_MARK_FAIL)
			return false;
	return p->survey.count[SGAP_SERVES_WELL] == p->survey.n && (!p->has_zone || p->survey.n);
}

bool sgap_probe_is_alive(const struct sgap_probe *p, enum sgap_side side)
{
	int i, k;

	for (i = 0; p->suite && i < sgap_suite_n; i++)
		if (p->ask[side][i].got == SGAP_GOT_ANSWER)
			return true;
	for (i = 0; i < p->nchecks; i++)
		for (k = 0; k < SGAP_WAYS; k++)
			if (p->check[i].ask[side][k].got == SGAP_GOT_ANSWER)
				return true;
	return false;
}
