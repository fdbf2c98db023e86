// SPDX-License-Identifier: GPL-2.0-or-later
#include "pick.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/addr.h"
#include "say.h"

#define SAID_NAMES 2u
#define NAME_MAX_SAID 128u

static bool is_bad_one(const struct sgap_finding *f, __u32 i)
{
	return sgap_bit(f->in, i) && sgap_bit(f->bad, i);
}

/* How many of what goes bad is this server's? 0 for one that only servers ask. */
static __u32 harm_at(const struct sgap_judge *j, const struct sgap_finding *f,
		     const struct sgap_ev_server *s)
{
	__u32 i, n = 0;

	for (i = 0; i < s->n; i++) {
		const struct sgap_obs *o = sgap_ev_obs_of(j->ev, s, i);

		n += is_bad_one(f, j->ev->by_server[s->first + i]) &&
		     !(o->marks & SGAP_OBS_ONWARD) == !j->onward;
	}
	return n;
}

static __u32 worst(const struct sgap_judge *j, const struct sgap_finding *f)
{
	__u32 i, n, most = 0, host = 0;

	for (i = 0; i < j->ev->nservers; i++) {
		n = harm_at(j, f, &j->ev->servers[i]);
		if (n > most) {
			most = n;
			host = j->ev->servers[i].host;
		}
	}
	return host;
}

/*
 * The other server that clients of its network ask most, well or not: how it fails tells
 * something, too.
 */
static __u32 other(const struct sgap_judge *j, const struct sgap_finding *f, __u32 server)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, host = 0;
	__u64 most = 0;

	for (i = 0; i < ev->nservers; i++) {
		const struct sgap_ev_server *s = &ev->servers[i];

		if (s->host == server || s->host == f->twin ||
		    j->islands[s->host] != f->island ||
		    ev->hosts[s->host].role != SGAP_ROLE_RECURSIVE || s->sum.transactions <= most)
			continue;
		most = s->sum.transactions;
		host = s->host;
	}
	return host;
}

static void pick_names(struct sgap_pick *pick, const struct sgap_judge *j,
		       const struct sgap_finding *f)
{
	const struct sgap_ev *ev = j->ev;
	__u32 i, k;

	for (i = 0; i < ev->n && pick->n < SGAP_PICK_NAMES; i++) {
		const struct sgap_obs *o = &ev->obs[i];

		if (!is_bad_one(f, i) || o->server != pick->server || !o->name ||
		    !(ev->names[o->name].marks & SGAP_NAME_ASKED))
			continue;
		for (k = 0; k < pick->n; k++)
			if (pick->name[k] == o->name && pick->type[k] == o->qtype)
				break;
		if (k < pick->n)
			continue;
		pick->name[pick->n] = o->name;
		pick->type[pick->n++] = o->qtype;
	}
}

/* Its own doing; who asks where nobody answers may be right that somebody should. */
static bool is_clients_own(const struct sgap_finding *f)
{
	return f->role == SGAP_ROLE_CLIENT && f->host && strcmp(f->cause->id, "client-misconfigured");
}

void sgap_pick(struct sgap_pick *pick, const struct sgap_judge *j, const struct sgap_finding *f)
{
	memset(pick, 0, sizeof(*pick));
	if (is_clients_own(f))
		return;
	pick->server = f->role == SGAP_ROLE_RECURSIVE && f->host ? f->host : f->behind;
	if (!pick->server)
		pick->server = worst(j, f);
	pick->fallback = f->detour_to && f->detour_to != pick->server ? f->detour_to :
									other(j, f, pick->server);
	pick->zone = f->nzones ? f->zones[0] : 0;
	pick_names(pick, j, f);
}

static bool is_harmless(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
			return false;
	return i && i <= NAME_MAX_SAID && *text != '-';
}

bool sgap_pick_command(char *buf, size_t size, const struct sgap_judge *j,
		       const struct sgap_pick *pick)
{
	char text[1025], type[16];
	__u32 i, said = 0;
	size_t at;

	if (!pick->server)
		return false;
	at = (size_t)snprintf(buf, size, "stopgap probe %s",
			      sgap_addr_text(text, j->ev->hosts[pick->server].addr.b));
	if (pick->fallback)
		at += (size_t)snprintf(buf + at, size - at, " --compare %s",
				       sgap_addr_text(text, j->ev->hosts[pick->fallback].addr.b));
	if (pick->zone && is_harmless(sgap_ev_name_text(j->ev, pick->zone, text)))
		at += (size_t)snprintf(buf + at, size - at, " --zone %s", text);
	for (i = 0; i < pick->n && said < SAID_NAMES; i++) {
		if (!is_harmless(sgap_ev_name_text(j->ev, pick->name[i], text)))
			continue;
		said++;
		at += (size_t)snprintf(buf + at, size - at, " --name %s/%s", text,
				       sgap_say_type(type, pick->type[i]));
	}
	return true;
}

bool sgap_pick_trace(char *buf, size_t size, const struct sgap_judge *j,
		     const struct sgap_finding *f)
{
	const struct sgap_vantage *v = &j->ev->vantage[j->home];
	const char *slash = strrchr(v->name, '/'), *name = slash ? slash + 1 : v->name;
	char who[SGAP_ADDR_TEXT];

	if (!is_clients_own(f))
		return false;
	if (!is_harmless(name))
		name = v->summed ? "FILE" : "DEV";
	snprintf(buf, size, "stopgap trace%s %s --client %s", v->summed ? " --pcap" : "", name,
		 sgap_addr_text(who, j->ev->hosts[f->host].addr.b));
	return true;
}
