// SPDX-License-Identifier: GPL-2.0-or-later
#include "survey.h"

#include "wire.h"

#define SERVFAIL 2u

#define TYPE_A 1u
#define TYPE_NS 2u
#define TYPE_SOA 6u
#define TYPE_AAAA 28u

/* Not to be validated: a zone that is bogus has servers, too. */
static const struct sgap_form lookup = {
	.flags = SGAP_DNS_RD | SGAP_DNS_CD, .edns = true, .size = 1232
};
static const struct sgap_form direct = { .edns = true, .size = 1232 };

static void put(struct sgap_ask *ask, const struct sgap_addr *at, __u16 port, const __u8 *name,
		__u16 len, __u16 type)
{
	memset(ask, 0, sizeof(*ask));
	ask->server = *at;
	ask->port = port;
	ask->qname_len = len;
	memcpy(ask->qname, name, len);
	ask->qtype = type;
	ask->form = &lookup;
}

static int find_servers(struct sgap_survey *s, const struct sgap_addr *resolver, int n,
			__u16 port, struct sgap_pace *pace)
{
	struct sgap_ask ask, *one = &ask;
	int i, ret = 0;

	for (i = 0; !ret && i < n && !s->list.nns; i++) {
		put(&ask, &resolver[i], port, s->zone, s->zone_len, TYPE_NS);
		ask.list = &s->list;
		ret = sgap_ask(&one, 1, pace);
	}
	return ret;
}

static bool is_known(const struct sgap_survey *s, const struct sgap_addr *a)
{
	__u32 i;

	for (i = 0; i < s->n; i++)
		if (sgap_addr_eq(&s->server[i].ask.server, a))
			return true;
	return false;
}

/* One more address to ask, unless it is in the list already. */
static void add(struct sgap_survey *s, const struct sgap_reply_ns *name,
		const struct sgap_addr *a, __u16 port)
{
	struct sgap_survey_server *to = &s->server[s->n];

	if (is_known(s, a))
		return;
	if (s->n == SGAP_SURVEY_MAX) {
		s->more = true;
		return;
	}
	if (name)
		to->name = *name;
	put(&to->ask, a, port, s->zone, s->zone_len, TYPE_SOA);
	to->ask.form = &direct;
	s->n++;
}

/* A and AAAA of one name server, of the first resolver that knows any. */
static int find_addresses(struct sgap_survey *s, const struct sgap_reply_ns *ns,
			  const struct sgap_addr *resolver, int n, __u16 port,
			  struct sgap_pace *pace)
{
	struct sgap_reply_list list = { .naddr = 0 };
	struct sgap_ask ask[2], *both[2] = { &ask[0], &ask[1] };
	int i, ret = 0;
	__u32 k;

	for (i = 0; !ret && i < n && !list.naddr; i++) {
		put(&ask[0], &resolver[i], port, ns->name, ns->len, TYPE_A);
		put(&ask[1], &resolver[i], port, ns->name, ns->len, TYPE_AAAA);
		ask[0].list = ask[1].list = &list;
		ret = sgap_ask(both, 2, pace);
	}
	for (k = 0; k < list.naddr; k++)
		add(s, ns, &list.addr[k], port);
	return ret;
}

static int ask_servers(struct sgap_survey *s, struct sgap_pace *pace)
{
	struct sgap_ask *all[SGAP_SURVEY_MAX];
	__u32 i;

	for (i = 0; i < s->n; i++)
		all[i] = &s->server[i].ask;
	return sgap_ask(all, (int)s->n, pace);
}

int sgap_survey_run(struct sgap_survey *s, const struct sgap_addr *resolver, int nresolvers,
		    __u16 port, struct sgap_pace *pace)
{
	int ret = find_servers(s, resolver, nresolvers, port, pace);
	__u32 i;

	for (i = 0; !ret && i < s->list.nns; i++)
		ret = find_addresses(s, &s->list.ns[i], resolver, nresolvers, port, pace);
	/* Glue that no resolver confirmed is all there is to go by. */
	for (i = 0; !ret && !s->n && i < s->list.naddr; i++)
		add(s, NULL, &s->list.addr[i], port);
	if (!ret)
		ret = ask_servers(s, pace);
	sgap_survey_judge(s);
	return ret;
}

static enum sgap_serves serves(const struct sgap_ask *ask)
{
	const struct sgap_reply *r = &ask->reply;

	if (ask->got == SGAP_GOT_GARBAGE)
		return SGAP_SERVES_BROKEN;
	if (ask->got == SGAP_GOT_UNREACHABLE)
		return SGAP_SERVES_UNREACHABLE;
	if (ask->got != SGAP_GOT_ANSWER)
		return SGAP_SERVES_SILENT;
	if (!r->rcode && r->flags & SGAP_DNS_AA && r->has_soa)
		return SGAP_SERVES_WELL;
	if (r->rcode == SERVFAIL)
		return SGAP_SERVES_EXPIRED;
	if (r->rcode == 5 || r->rcode == 9 || r->rcode == 3 ||	/* REFUSED, NOTAUTH, NXDOMAIN */
	    (!r->rcode && !(r->flags & SGAP_DNS_AA)))
		return SGAP_SERVES_LAME;
	return SGAP_SERVES_BROKEN;
}

void sgap_survey_judge(struct sgap_survey *s)
{
	bool any = false;
	__u32 i;

	memset(s->count, 0, sizeof(s->count));
	for (i = 0; i < s->n; i++) {
		const struct sgap_reply *r = &s->server[i].ask.reply;

		s->server[i].serves = serves(&s->server[i].ask);
		if (s->server[i].serves != SGAP_SERVES_WELL)
			continue;
		if (!any || sgap_serial_older(s->newest, r->serial))
			s->newest = r->serial;
		any = true;
	}
	for (i = 0; i < s->n; i++) {
		struct sgap_survey_server *at = &s->server[i];

		if (at->serves == SGAP_SERVES_WELL &&
		    sgap_serial_older(at->ask.reply.serial, s->newest))
			at->serves = SGAP_SERVES_STALE;
		s->count[at->serves]++;
	}
}

const struct sgap_survey_server *sgap_survey_first(const struct sgap_survey *s,
						   enum sgap_serves kind)
{
	__u32 i;

	for (i = 0; i < s->n; i++)
		if (s->server[i].serves == kind)
			return &s->server[i];
	return NULL;
}

const char *sgap_serves_name(enum sgap_serves kind)
{
	static const char *const name[] = { "ok", "stale", "lame", "expired", "broken", "silent",
					    "unreachable" };

	return name[kind];
}
