// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "answer.h"
#include "hist.h"
#include "jsonw.h"
#include "lib/addr.h"
#include "network.h"
#include "refine.h"
#include "role.h"
#include "stats.h"
#include "say.h"

#define OTHERS 10u
#define SERVERS 64u

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void percent(struct sgap_jsonw *w, const char *key, double p)
{
	sgap_jsonw_fixed(w, key, (__u64)lround(p * 100), 2);
}

static void write_source(struct sgap_jsonw *w, const struct sgap_answer_source *source,
			 const struct sgap_ev *ev)
{
	__u64 packets = 0, messages = 0, lost = 0;
	__u32 i;

	for (i = 0; i < ev->nvantages; i++) {
		packets += ev->vantage[i].packets;
		messages += ev->vantage[i].messages;
		lost += ev->vantage[i].lost;
	}
	sgap_jsonw_open(w, "source", '{');
	sgap_jsonw_text(w, "kind", source->kind);
	sgap_jsonw_text(w, "name", ev->nvantages ? base(ev->vantage[0].name) : "");
	sgap_jsonw_fixed(w, "first", ev->first / SGAP_NS_PER_US, 6);
	sgap_jsonw_fixed(w, "last", ev->last / SGAP_NS_PER_US, 6);
	sgap_jsonw_u64(w, "packets", packets);
	sgap_jsonw_u64(w, "dns_messages", messages);
	sgap_jsonw_u64(w, "lost", lost);
	sgap_jsonw_u64(w, "thinned", ev->thin);
	sgap_jsonw_open(w, "vantage_points", '[');
	for (i = 0; i < ev->nvantages; i++)
		sgap_jsonw_text(w, NULL, base(ev->vantage[i].name));
	sgap_jsonw_close(w, ']');
	sgap_jsonw_text(w, "note", source->note);
	sgap_jsonw_close(w, '}');
}

static void write_tally(struct sgap_jsonw *w, const char *key, struct sgap_tally t)
{
	sgap_jsonw_open(w, key, '{');
	sgap_jsonw_u64(w, "n", t.bad);
	sgap_jsonw_u64(w, "of", t.all);
	sgap_jsonw_close(w, '}');
}

static void write_facts(struct sgap_jsonw *w, const struct sgap_finding *f)
{
	__u32 i, k;

	sgap_jsonw_open(w, "evidence", '[');
	for (i = 0; i < f->nfacts; i++) {
		sgap_jsonw_open(w, NULL, '{');
		sgap_jsonw_text(w, "what", f->facts[i].what);
		write_tally(w, "before", f->facts[i].before);
		write_tally(w, "after", f->facts[i].after);
		sgap_jsonw_open(w, "record_ids", '[');
		for (k = 0; k < f->facts[i].nids; k++)
			sgap_jsonw_u64(w, NULL, f->facts[i].ids[k]);
		sgap_jsonw_close(w, ']');
		sgap_jsonw_close(w, '}');
	}
	sgap_jsonw_close(w, ']');
}

static int compare_addr(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* The networks whose clients are hurt, in order. */
static void write_clients(struct sgap_jsonw *w, const struct sgap_judge *j,
			  const struct sgap_finding *f)
{
	struct sgap_addr net[64] = { 0 };
	char text[SGAP_PREFIX_TEXT];
	__u32 i, k, n = 0;

	for (i = 0; i < j->ev->n && n < 64; i++) {
		struct sgap_addr a;

		if (!sgap_bit(f->in, i) || !sgap_bit(f->bad, i))
			continue;
		a = sgap_network_of(&j->ev->hosts[j->ev->obs[i].client].addr);
		for (k = 0; k < n && !sgap_addr_eq(&net[k], &a); k++)
			;
		if (k == n)
			net[n++] = a;
	}
	if (n)
		qsort(net, n, sizeof(net[0]), compare_addr);
	sgap_jsonw_open(w, "clients", '[');
	for (i = 0; i < n; i++)
		sgap_jsonw_text(w, NULL, sgap_prefix_text(text, net[i].b,
							  sgap_addr_is_v4(&net[i]) ?
							  SGAP_NETWORK_V4 : SGAP_NETWORK_V6));
	sgap_jsonw_close(w, ']');
}

static void write_transports(struct sgap_jsonw *w, const struct sgap_judge *j,
			     const struct sgap_finding *f)
{
	__u32 i, seen = 0;

	for (i = 0; i < j->ev->n; i++) {
		if (sgap_bit(f->in, i) && sgap_bit(f->bad, i))
			seen |= j->ev->obs[i].proto == 6 ? 2 : 1;
	}
	sgap_jsonw_open(w, "transports", '[');
	if (seen & 1)
		sgap_jsonw_text(w, NULL, "udp");
	if (seen & 2)
		sgap_jsonw_text(w, NULL, "tcp");
	sgap_jsonw_close(w, ']');
}

static void write_scope(struct sgap_jsonw *w, const struct sgap_judge *j,
			const struct sgap_finding *f)
{
	char name[1025], type[16];
	__u32 i;

	sgap_jsonw_open(w, "scope", '{');
	write_clients(w, j, f);
	sgap_jsonw_open(w, "zones", '[');
	for (i = 0; i < f->nzones; i++)
		sgap_jsonw_text(w, NULL, sgap_ev_name_text(j->ev, f->zones[i], name));
	sgap_jsonw_close(w, ']');
	sgap_jsonw_open(w, "types", '[');
	for (i = 0; i < f->ntypes; i++)
		sgap_jsonw_text(w, NULL, sgap_say_type(type, f->types[i]));
	sgap_jsonw_close(w, ']');
	write_transports(w, j, f);
	sgap_jsonw_close(w, '}');
}

/*
 * Who is inferred behind a server, and has no address on the wire, is found by that
 * server's: its owner knows whom it forwards to.
 */
static const char *blamed(const struct sgap_judge *j, const struct sgap_finding *f, char *buf)
{
	const char *address = sgap_say_address(j, f, buf);

	if (address || f->role != SGAP_ROLE_FORWARDER || !f->behind)
		return address;
	return sgap_addr_text(buf, j->ev->hosts[f->behind].addr.b);
}

static void write_blame(struct sgap_jsonw *w, const struct sgap_judge *j,
			const struct sgap_finding *f)
{
	char text[SGAP_ADDR_TEXT];

	sgap_jsonw_open(w, "blame", '{');
	sgap_jsonw_text(w, "role", sgap_role_name(f->role));
	sgap_jsonw_text(w, "address", blamed(j, f, text));
	sgap_jsonw_text(w, "interface", f->role == SGAP_ROLE_LINK ?
			base(j->ev->vantage[0].name) : NULL);
	if (f->behind)
		sgap_jsonw_text(w, "behind", sgap_addr_text(text, j->ev->hosts[f->behind].addr.b));
	if (f->twin)
		sgap_jsonw_text(w, "also", sgap_addr_text(text, j->ev->hosts[f->twin].addr.b));
	sgap_jsonw_close(w, '}');
}

static void write_detour(struct sgap_jsonw *w, const struct sgap_judge *j,
			 const struct sgap_finding *f)
{
	char text[SGAP_ADDR_TEXT], why[SGAP_SAY];

	sgap_say_why(why, j, f);
	sgap_jsonw_open(w, "detour", '{');
	sgap_jsonw_text(w, "helps", sgap_say_helps(f->helps));
	sgap_jsonw_text(w, "to", sgap_say_detour(j, f, text));
	sgap_jsonw_text(w, "why", why);
	sgap_jsonw_close(w, '}');
}

static void write_reference(struct sgap_jsonw *w, const char *ref)
{
	char one[64];

	sgap_jsonw_open(w, "reference", '[');
	while (*ref) {
		size_t n = strcspn(ref, ";");

		snprintf(one, sizeof(one), "%.*s", (int)n, ref);
		sgap_jsonw_text(w, NULL, one);
		ref += n + (ref[n] == ';');
	}
	sgap_jsonw_close(w, ']');
}

static void write_since(struct sgap_jsonw *w, const char *key, __u64 ns)
{
	if (ns)
		sgap_jsonw_fixed(w, key, ns / SGAP_NS_PER_US, 6);
	else
		sgap_jsonw_text(w, key, NULL);
}

static void write_nobody(struct sgap_jsonw *w, const struct sgap_verdict *v)
{
	sgap_jsonw_key(w, "blame");
	sgap_jsonw_raw(w, "{\"role\": \"nobody\", \"address\": null, \"interface\": null}");
	sgap_jsonw_text(w, "cause", v->lacks ? "unknown" : "none");
	write_since(w, "since", 0);
	percent(w, "confidence", v->lacks ? 0 : v->confidence);
	sgap_jsonw_key(w, "detour");
	sgap_jsonw_raw(w, v->lacks ? "{\"helps\": \"no\", \"to\": null, \"why\": \"too little evidence\"}" :
				     "{\"helps\": \"no\", \"to\": null, \"why\": \"nobody is at fault\"}");
	sgap_jsonw_key(w, "scope");
	sgap_jsonw_raw(w, "{\"clients\": [], \"zones\": [], \"types\": [], \"transports\": []}");
	sgap_jsonw_key(w, "evidence");
	sgap_jsonw_raw(w, "[]");
	write_reference(w, "");
	sgap_jsonw_text(w, "vendor_sentence", NULL);
}

static void write_harm(struct sgap_jsonw *w, const struct sgap_judge *j,
		       const struct sgap_finding *f)
{
	sgap_jsonw_u64(w, "clients_hurt", f->clients);
	sgap_jsonw_u64(w, "queries_hurt", f->queries);
	sgap_jsonw_fixed(w, "queries_hurt_per_second", sgap_say_rate(j, f), 1);
}

static void write_somebody(struct sgap_jsonw *w, const struct sgap_judge *j,
			   const struct sgap_finding *f)
{
	char words[SGAP_SAY];

	write_blame(w, j, f);
	sgap_jsonw_text(w, "cause", f->cause->id);
	write_since(w, "since", f->since);
	if (f->until)
		write_since(w, "until", f->until);
	percent(w, "confidence", f->confidence);
	write_detour(w, j, f);
	write_scope(w, j, f);
	write_facts(w, f);
	write_reference(w, f->cause->ref);
	sgap_say_vendor(words, j, f);
	sgap_jsonw_text(w, "vendor_sentence", words);
	write_harm(w, j, f);
}

/* Only there when somebody was asked: without, the same evidence gives the same bytes. */
static void write_refined(struct sgap_jsonw *w, const struct sgap_refined *r)
{
	sgap_jsonw_open(w, "probe", '{');
	sgap_jsonw_text(w, "outcome", sgap_refined_name(r->how));
	sgap_jsonw_text(w, "why", r->why);
	sgap_jsonw_text(w, "cause_before", r->was->id);
	percent(w, "confidence_before", r->confidence);
	sgap_jsonw_u64(w, "queries", r->sent);
	sgap_jsonw_u64(w, "rate", r->rate);
	sgap_jsonw_close(w, '}');
}

static void write_verdict(struct sgap_jsonw *w, const struct sgap_judge *j,
			  const struct sgap_verdict *v)
{
	char words[SGAP_SAY];

	sgap_jsonw_open(w, "verdict", '{');
	if (v->best)
		write_somebody(w, j, v->best);
	else
		write_nobody(w, v);
	sgap_say_next(words, j, v);
	sgap_jsonw_text(w, "next_step", words);
	if (v->refined)
		write_refined(w, v->refined);
	sgap_jsonw_close(w, '}');
}

static void write_others(struct sgap_jsonw *w, const struct sgap_judge *j,
			 const struct sgap_verdict *v)
{
	__u32 i, n = 0;

	sgap_jsonw_open(w, "other_findings", '[');
	for (i = 0; i < j->nfindings && n < OTHERS; i++) {
		const struct sgap_finding *f = &j->findings[i];

		if (v->best && !i)
			continue;
		n++;
		sgap_jsonw_open(w, NULL, '{');
		write_blame(w, j, f);
		sgap_jsonw_text(w, "cause", f->cause->id);
		write_since(w, "since", f->since);
		write_since(w, "until", f->until);
		percent(w, "confidence", f->confidence);
		write_tally(w, "explains", f->in_set);
		write_harm(w, j, f);
		sgap_jsonw_fixed(w, "gain", (__u64)lround(fmax(f->gain, 0) * 10), 1);
		write_facts(w, f);
		sgap_jsonw_close(w, '}');
	}
	sgap_jsonw_close(w, ']');
}

static void write_codes(struct sgap_jsonw *w, const char *key, const __u64 *n, __u32 codes)
{
	char code[16];
	__u32 i;

	sgap_jsonw_open(w, key, '{');
	for (i = 0; i < codes; i++) {
		if (!n[i])
			continue;
		snprintf(code, sizeof(code), i == codes - 1 ? "other" : "%u", i);
		sgap_jsonw_u64(w, code, n[i]);
	}
	sgap_jsonw_close(w, '}');
}

/* Queries are those with a question; connections that never came about are timeouts or failed. */
static void write_server(struct sgap_jsonw *w, const struct sgap_ev *ev,
			 const struct sgap_ev_server *s)
{
	char text[SGAP_ADDR_TEXT];

	sgap_jsonw_open(w, sgap_addr_text(text, ev->hosts[s->host].addr.b), '{');
	sgap_jsonw_text(w, "role", sgap_role_name(ev->hosts[s->host].role));
	sgap_jsonw_text(w, "state", sgap_say_state(ev, s));
	sgap_jsonw_u64(w, "queries", s->sum.transactions);
	sgap_jsonw_u64(w, "answers", s->sum.answered);
	write_codes(w, "rcode", s->sum.rcode, SGAP_RCODES);
	write_codes(w, "ede", s->sum.ede, SGAP_EDES);
	sgap_jsonw_u64(w, "timeouts", s->sum.unanswered + s->sum.tcp_silent);
	sgap_jsonw_u64(w, "failed", s->sum.failed + s->sum.tcp_refused);
	sgap_jsonw_u64(w, "resends", s->sum.resends);
	sgap_jsonw_open(w, "rtt_ms", '{');
	sgap_jsonw_fixed(w, "p50", sgap_stats_quantile(s->sum.rtt_first, 500), 3);
	sgap_jsonw_fixed(w, "p99", sgap_stats_quantile(s->sum.rtt_first, 990), 3);
	sgap_jsonw_close(w, '}');
	sgap_jsonw_close(w, '}');
}

static int compare_server(const void *a, const void *b)
{
	const struct sgap_ev_server *x = *(const struct sgap_ev_server *const *)a;
	const struct sgap_ev_server *y = *(const struct sgap_ev_server *const *)b;

	if (x->sum.transactions != y->sum.transactions)
		return x->sum.transactions > y->sum.transactions ? -1 : 1;
	return x->host < y->host ? -1 : x->host > y->host;
}

static void write_servers(struct sgap_jsonw *w, const struct sgap_ev *ev)
{
	const struct sgap_ev_server *s[SGAP_EV_SERVERS] = { NULL };
	__u32 i, n = 0;

	for (i = 0; i < ev->nservers; i++) {
		const struct sgap_stats *sum = &ev->servers[i].sum;

		if (sum->transactions || sum->tcp_silent || sum->tcp_refused)
			s[n++] = &ev->servers[i];
	}
	if (n)
		qsort(s, n, sizeof(s[0]), compare_server);
	sgap_jsonw_open(w, "servers", '{');
	for (i = 0; i < n && i < SERVERS; i++)
		write_server(w, ev, s[i]);
	sgap_jsonw_close(w, '}');
}

static void digest(char hex[65], const struct sgap_jsonw *w)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int i, n = 0;

	EVP_Digest(w->text, w->len, sum, &n, EVP_sha256(), NULL);
	for (i = 0; i < n && i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

int sgap_answer_json(FILE *out, const struct sgap_answer_source *source,
		     const struct sgap_judge *j, const struct sgap_verdict *v)
{
	struct sgap_jsonw w = { 0 };
	char hex[65] = "";
	int ret = 0;

	sgap_jsonw_open(&w, NULL, '{');
	sgap_jsonw_u64(&w, "version", 1);
	write_source(&w, source, j->ev);
	write_verdict(&w, j, v);
	write_others(&w, j, v);
	write_servers(&w, j->ev);
	if (w.nomem) {
		ret = -ENOMEM;
	} else {
		/* The digest is over the object as if it closed here. */
		w.text[w.len] = '}';
		w.len++;
		digest(hex, &w);
		w.len--;
		w.text[w.len] = '\0';
		fprintf(out, "%s, \"digest\": \"sha256:%s\"}\n", w.text, hex);
	}
	sgap_jsonw_free(&w);
	return ret;
}

int sgap_answer_exit(const struct sgap_verdict *v)
{
	if (v->lacks)
		return 3;
	return v->best ? 1 : 0;
}
