// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include <stdio.h>

#include "wire.h"

#define NXDOMAIN 3u
#define SERVFAIL 2u

static const struct sgap_form ways[SGAP_WAYS] = {
	[SGAP_WAY_PLAIN] = { .flags = SGAP_DNS_RD },
	[SGAP_WAY_EDNS] = { .flags = SGAP_DNS_RD, .edns = true, .size = 1232,
			    .eflags = SGAP_EDNS_DO },
	[SGAP_WAY_UNCHECKED] = { .flags = SGAP_DNS_RD | SGAP_DNS_CD, .edns = true, .size = 1232,
				 .eflags = SGAP_EDNS_DO },
};

void sgap_check_put(struct sgap_check *c, const struct sgap_addr *server,
		    const struct sgap_addr *fallback, __u16 port)
{
	int side, way;

	for (side = 0; side < SGAP_SIDES; side++) {
		for (way = 0; way < SGAP_WAYS; way++) {
			struct sgap_ask *ask = &c->ask[side][way];

			ask->server = side ? *fallback : *server;
			ask->port = port;
			ask->qname_len = c->qname_len;
			memcpy(ask->qname, c->qname, c->qname_len);
			ask->qtype = c->qtype;
			ask->form = &ways[way];
		}
	}
}

bool sgap_check_is_good(const struct sgap_check *c, enum sgap_side side)
{
	return sgap_ask_is_good(&c->ask[side][SGAP_WAY_PLAIN]) &&
	       sgap_ask_is_good(&c->ask[side][SGAP_WAY_EDNS]);
}

bool sgap_check_is_bogus(const struct sgap_check *c, enum sgap_side side)
{
	const struct sgap_ask *checked = &c->ask[side][SGAP_WAY_EDNS];

	return checked->got == SGAP_GOT_ANSWER && checked->reply.rcode == SERVFAIL &&
	       sgap_ask_is_good(&c->ask[side][SGAP_WAY_UNCHECKED]);
}

/* The fallback's answer, when the server gives none that could be compared with it. */
static bool is_won(const struct sgap_check *c)
{
	const struct sgap_ask *fallback = c->ask[SGAP_SIDE_FALLBACK];

	return sgap_check_is_good(c, SGAP_SIDE_FALLBACK) &&
	       fallback[SGAP_WAY_PLAIN].reply.rcode != NXDOMAIN;
}

/* In which words the fallback fails the first of the names that the server fails. */
static const char *first_miss(char *buf, size_t size, const struct sgap_check *checks, int n)
{
	const struct sgap_ask *ask;
	int i;

	for (i = 0; i < n; i++) {
		if (sgap_check_is_good(&checks[i], SGAP_SIDE_SERVER) || is_won(&checks[i]))
			continue;
		ask = checks[i].ask[SGAP_SIDE_FALLBACK];
		if (sgap_ask_is_good(ask) && ask->reply.rcode != NXDOMAIN)
			ask++;
		return sgap_ask_text(buf, size, ask);
	}
	return "";
}

static void say(struct sgap_help *help, const struct sgap_check *checks, int n)
{
	char text[64];

	if (!help->failed) {
		snprintf(help->why, sizeof(help->why), "the server answers %s itself",
			 help->names == 1 ? "the name" : "all names");
	} else if (help->won == help->failed) {
		help->would = SGAP_WOULD_YES;
		snprintf(help->why, sizeof(help->why), "it answers all that the server fails, %d of %d",
			 help->won, help->names);
	} else {
		if (help->won)
			help->would = SGAP_WOULD_PARTLY;
		snprintf(help->why, sizeof(help->why),
			 "it answers %d of %d that the server fails; another one: %s",
			 help->won, help->failed, first_miss(text, sizeof(text), checks, n));
	}
}

void sgap_help_judge(struct sgap_help *help, const struct sgap_check *checks, int n,
		     bool has_fallback)
{
	int i;

	memset(help, 0, sizeof(*help));
	help->names = n;
	for (i = 0; i < n; i++) {
		if (sgap_check_is_good(&checks[i], SGAP_SIDE_SERVER))
			continue;
		help->failed++;
		help->won += has_fallback && is_won(&checks[i]);
	}
	if (!has_fallback || !n) {
		snprintf(help->why, sizeof(help->why), "%s",
			 n ? "no other server was asked" : "no name was asked for");
		return;
	}
	help->would = SGAP_WOULD_NO;
	say(help, checks, n);
}

const char *sgap_would_name(enum sgap_would would)
{
	static const char *const name[] = { "unknown", "yes", "partly", "no" };

	return name[would];
}
