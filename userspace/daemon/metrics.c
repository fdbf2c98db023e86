// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "exposition.h"
#include "lib/addr.h"
#include "lib/grant.h"
#include "lib/names.h"
#include "lib/text.h"
#include "report/text.h"

/* A counter of a struct of __u64; rows of the same name follow each other. */
struct row {
	const char *name, *help;
	enum sgap_expo type;
	size_t at;
	const char *label, *value;	/* NULL: no label of its own */
};

static const struct row tap_rows[] = {
#define TAP(name, help, member) \
	{ "stopgap_tap_" name, help, SGAP_EXPO_COUNTER, offsetof(struct sgap_tap_counters, member), \
	  NULL, NULL }
#define TAP_ENDED(member) \
	{ "stopgap_tap_transactions_ended_total", "Transactions by how they ended.", \
	  SGAP_EXPO_COUNTER, offsetof(struct sgap_tap_counters, member), "outcome", #member }
#define TAP_NOW(name, help, member) \
	{ "stopgap_tap_" name, help, SGAP_EXPO_GAUGE, offsetof(struct sgap_tap_counters, member), \
	  NULL, NULL }
	TAP("frames_total", "Frames of the interface, whatever is in them.", frames),
	TAP("seen_total", "Messages and packets taken as DNS: the sum of queries, responses, "
	    "unparsed, icmp and tcp_control.", seen),
	TAP("queries_total", "Query messages.", queries),
	TAP("responses_total", "Response messages.", responses),
	TAP("icmp_total", "ICMP errors about DNS.", icmp),
	TAP("tcp_control_total", "TCP segments without payload.", tcp_control),
	TAP("transactions_total", "Transactions: queries without their copies.", transactions),
	TAP_ENDED(answered), TAP_ENDED(unanswered), TAP_ENDED(failed), TAP_ENDED(evicted),
	TAP_NOW("transactions_in_flight", "Transactions that have not ended.", in_flight),
	TAP_NOW("servers", "Servers with counters.", servers),
	TAP("servers_evicted_total", "Idle servers that gave way to new ones.", servers_evicted),
	TAP("records_made_total", "Records made for all readers of the tap.", records_made),
	TAP("records_read_total", "Records that readers took.", records_read),
	TAP("records_lost_total", "Records that found a reader's ring full.", records_lost),
	TAP("partial_total", "Fragmented datagrams that never became whole.", partial),
	TAP("partial_evicted_total", "Fragmented datagrams that there was no room to follow.",
	    partial_evicted),
	TAP("connections_evicted_total", "Connection attempts that there was no room to follow.",
	    tcp_evicted),
	TAP("tls_evicted_total", "Connections that there was no room to follow to TLS's first word.",
	    tls_evicted),
};

static const struct row server_rows[] = {
#define SERVER(name, help, member) \
	{ "stopgap_server_" name, help, SGAP_EXPO_COUNTER, offsetof(struct sgap_stats, member), \
	  NULL, NULL }
#define SERVER_BY(name, help, member, label, value) \
	{ "stopgap_server_" name, help, SGAP_EXPO_COUNTER, offsetof(struct sgap_stats, member), \
	  label, value }
#define SERVER_ENDED(member) \
	SERVER_BY("transactions_ended_total", "Transactions by how they ended.", member, "outcome", \
		  #member)
	SERVER("queries_total", "Query messages, copies included.", queries),
	SERVER("transactions_total", "Transactions: queries without their copies.", transactions),
	SERVER_ENDED(answered), SERVER_ENDED(unanswered), SERVER_ENDED(failed),
	SERVER_ENDED(evicted),
	SERVER("resends_total", "Queries asked again.", resends),
	SERVER("overdue_total", "Transactions that had no answer when they were overdue.", overdue),
	SERVER("late_total", "Answers after the timeout.", late),
	SERVER("duplicates_total", "Answers to what was answered already.", duplicates),
	SERVER("unmatched_total", "Answers to no known query.", unmatched),
	SERVER("truncated_total", "Answers with TC.", truncated),
	SERVER("case_mismatch_total", "Answers that did not echo the name's case.", case_mismatch),
	SERVER("query_bytes_total", "Bytes of query messages.", query_bytes),
	SERVER("response_bytes_total", "Bytes of response messages.", response_bytes),
	SERVER("icmp_errors_total", "ICMP errors about queries.", icmp_errors),
	SERVER("connections_total", "TCP connection attempts.", tcp_syns),
	SERVER_BY("connections_failed_total", "TCP connection attempts that failed.", tcp_refused,
		  "how", "refused"),
	SERVER_BY("connections_failed_total", "", tcp_silent, "how", "silent"),
	SERVER_BY("tls_failed_total", "DoT and DoH connections without a word of the server's.",
		  tls_reset, "how", "reset"),
	SERVER_BY("tls_failed_total", "", tls_closed, "how", "closed"),
	SERVER_BY("tls_failed_total", "", tls_refused, "how", "alert"),
	SERVER_BY("tls_failed_total", "", tls_silent, "how", "silent"),
};

struct sgap_metrics *sgap_metrics_new(__u32 servers_max)
{
	struct sgap_metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->servers_max = servers_max;
	m->server = calloc(servers_max ? servers_max : 1, sizeof(*m->server));
	if (!m->server) {
		free(m);
		return NULL;
	}
	return m;
}

void sgap_metrics_free(struct sgap_metrics *m)
{
	if (!m)
		return;
	free(m->server);
	free(m);
}

void sgap_metrics_clear(struct sgap_metrics *m)
{
	m->ntaps = 0;
	m->nleases = 0;
	m->nincidents = 0;
	m->nservers = 0;
	m->omitted = 0;
}

struct sgap_metrics_tap *sgap_metrics_tap(struct sgap_metrics *m, const char *name)
{
	struct sgap_metrics_tap *tap;

	if (m->ntaps == SGAP_METRICS_TAPS)
		return NULL;
	tap = &m->tap[m->ntaps++];
	memset(tap, 0, sizeof(*tap));
	sgap_text_copy(tap->name, sizeof(tap->name), name);
	return tap;
}

static __u64 transactions_of(const struct sgap_metrics_server *s)
{
	return s->udp.transactions + s->tcp.transactions;
}

struct sgap_metrics_server *sgap_metrics_server(struct sgap_metrics *m, __u64 transactions)
{
	struct sgap_metrics_server *least = m->server;
	__u32 i;

	if (m->nservers < m->servers_max)
		return &m->server[m->nservers++];
	m->omitted++;
	if (!m->nservers)
		return NULL;
	for (i = 1; i < m->nservers; i++)
		if (transactions_of(&m->server[i]) < transactions_of(least))
			least = &m->server[i];
	return transactions_of(least) < transactions ? least : NULL;
}

static __u64 at(const void *base, size_t offset)
{
	__u64 n;

	memcpy(&n, (const char *)base + offset, sizeof(n));
	return n;
}

static bool is_next(const struct row *rows, size_t n, size_t first, size_t i)
{
	return i < n && !strcmp(rows[first].name, rows[i].name);
}

static const char *server_labels(char buf[static SGAP_EXPO_LABELS],
				 const struct sgap_metrics_server *s, const char *transport,
				 const char *name, const char *value)
{
	char addr[SGAP_ADDR_TEXT];

	return sgap_expo_labels(buf, "tap", s->tap, "server", sgap_addr_text(addr, s->addr.b),
				"transport", transport, name, value, NULL);
}

static void write_taps(const struct sgap_metrics *m, struct sgap_text *t)
{
	char labels[SGAP_EXPO_LABELS];
	size_t i, k;
	__u32 n;

	for (i = 0; i < ARRAY_SIZE(tap_rows); i = k) {
		sgap_expo_family(t, tap_rows[i].name, tap_rows[i].type, tap_rows[i].help);
		for (k = i; is_next(tap_rows, ARRAY_SIZE(tap_rows), i, k); k++)
			for (n = 0; n < m->ntaps; n++)
				sgap_expo_u64(t, tap_rows[k].name,
					      sgap_expo_labels(labels, "tap", m->tap[n].name,
							       tap_rows[k].label, tap_rows[k].value,
							       NULL),
					      at(&m->tap[n].counters, tap_rows[k].at));
	}
}

static void write_tap_rest(const struct sgap_metrics *m, struct sgap_text *t)
{
	const char *name = "stopgap_tap_unparsed_total";
	char labels[SGAP_EXPO_LABELS];
	__u32 n;
	int why;

	sgap_expo_family(t, name, SGAP_EXPO_COUNTER, "Packets that were not understood, by reason.");
	for (n = 0; n < m->ntaps; n++)
		for (why = SGAP_UNPARSED_NONE + 1; why < __SGAP_UNPARSED_MAX; why++)
			sgap_expo_u64(t, name, sgap_expo_labels(labels, "tap", m->tap[n].name, "reason",
								sgap_names_unparsed(why), NULL),
				      m->tap[n].counters.unparsed[why]);
	name = "stopgap_reader_records_lost_total";
	sgap_expo_family(t, name, SGAP_EXPO_COUNTER, "Records of the tap that stopgapd itself lost.");
	for (n = 0; n < m->ntaps; n++)
		if (m->tap[n].has_reader)
			sgap_expo_u64(t, name, sgap_expo_labels(labels, "tap", m->tap[n].name, NULL),
				      m->tap[n].missed);
}

static void write_server_row(const struct sgap_metrics_server *s, struct sgap_text *t,
			     const struct row *row)
{
	char labels[SGAP_EXPO_LABELS];

	sgap_expo_u64(t, row->name, server_labels(labels, s, "udp", row->label, row->value),
		      at(&s->udp, row->at));
	sgap_expo_u64(t, row->name, server_labels(labels, s, "tcp", row->label, row->value),
		      at(&s->tcp, row->at));
}

static void write_servers(const struct sgap_metrics *m, struct sgap_text *t)
{
	size_t i, k;
	__u32 n;

	for (i = 0; i < ARRAY_SIZE(server_rows); i = k) {
		sgap_expo_family(t, server_rows[i].name, server_rows[i].type, server_rows[i].help);
		for (k = i; is_next(server_rows, ARRAY_SIZE(server_rows), i, k); k++)
			for (n = 0; n < m->nservers; n++)
				write_server_row(&m->server[n], t, &server_rows[k]);
	}
	sgap_expo_family(t, "stopgap_servers_omitted", SGAP_EXPO_GAUGE,
			 "Servers without samples here: [metrics] servers are the busiest ones.");
	sgap_expo_u64(t, "stopgap_servers_omitted", "", m->omitted);
}

/* The four that everybody looks for are always there. */
static bool is_usual(__u16 rcode)
{
	return rcode == 0 || rcode == 2 || rcode == 3 || rcode == 5;
}

static void write_rcodes(const struct sgap_metrics_server *s, struct sgap_text *t,
			 const char *transport, const struct sgap_stats *stats)
{
	char labels[SGAP_EXPO_LABELS], word[SGAP_NAME_TEXT];
	__u16 i;

	for (i = 0; i < SGAP_RCODES; i++)
		if (stats->rcode[i] || is_usual(i))
			sgap_expo_u64(t, "stopgap_server_responses_total",
				      server_labels(labels, s, transport, "rcode",
						    i == SGAP_RCODES - 1 ? "other" :
						    sgap_names_rcode(word, i)),
				      stats->rcode[i]);
}

static void write_edes(const struct sgap_metrics_server *s, struct sgap_text *t,
		       const char *transport, const struct sgap_stats *stats)
{
	char labels[SGAP_EXPO_LABELS], code[8];
	unsigned int i;

	for (i = 0; i < SGAP_EDES; i++) {
		if (!stats->ede[i])
			continue;
		snprintf(code, sizeof(code), i == SGAP_EDES - 1 ? "other" : "%u", i);
		sgap_expo_u64(t, "stopgap_server_extended_errors_total",
			      server_labels(labels, s, transport, "code", code), stats->ede[i]);
	}
}

static void write_states(const struct sgap_metrics *m, struct sgap_text *t)
{
	char labels[SGAP_EXPO_LABELS], addr[SGAP_ADDR_TEXT];
	__u32 n;
	int state;

	sgap_expo_family(t, "stopgap_server_state", SGAP_EXPO_GAUGE,
			 "1 for the state that the server is in, 0 for the others.");
	for (n = 0; n < m->nservers; n++)
		for (state = 0; state < __SGAP_STATE_MAX && m->server[n].has_state; state++)
			sgap_expo_u64(t, "stopgap_server_state",
				      sgap_expo_labels(labels, "tap", m->server[n].tap, "server",
						       sgap_addr_text(addr, m->server[n].addr.b),
						       "state", sgap_names_state(state), NULL),
				      m->server[n].state == state);
}

static void write_server_rest(const struct sgap_metrics *m, struct sgap_text *t)
{
	const char *rtt = "stopgap_server_rtt_seconds";
	char labels[SGAP_EXPO_LABELS];
	__u32 n;

	sgap_expo_family(t, "stopgap_server_responses_total", SGAP_EXPO_COUNTER,
			 "Response messages by extended RCODE.");
	for (n = 0; n < m->nservers; n++) {
		write_rcodes(&m->server[n], t, "udp", &m->server[n].udp);
		write_rcodes(&m->server[n], t, "tcp", &m->server[n].tcp);
	}
	sgap_expo_family(t, "stopgap_server_extended_errors_total", SGAP_EXPO_COUNTER,
			 "Responses with an extended DNS error (RFC 8914), by INFO-CODE.");
	for (n = 0; n < m->nservers; n++) {
		write_edes(&m->server[n], t, "udp", &m->server[n].udp);
		write_edes(&m->server[n], t, "tcp", &m->server[n].tcp);
	}
	sgap_expo_family(t, rtt, SGAP_EXPO_HISTOGRAM,
			 "Time from the first copy of a query to its answer.");
	for (n = 0; n < m->nservers; n++) {
		const struct sgap_metrics_server *s = &m->server[n];

		sgap_expo_histogram(t, rtt, server_labels(labels, s, "udp", NULL, NULL),
				    s->udp.rtt_first, s->udp.rtt_sum_us);
		sgap_expo_histogram(t, rtt, server_labels(labels, s, "tcp", NULL, NULL),
				    s->tcp.rtt_first, s->tcp.rtt_sum_us);
	}
}

static void write_lease_states(const struct sgap_metrics *m, struct sgap_text *t)
{
	char labels[SGAP_EXPO_LABELS];
	__u32 n, count;
	int state;

	sgap_expo_family(t, "stopgap_leases", SGAP_EXPO_GAUGE, "Granted detours by state.");
	for (state = SGAP_LEASE_NONE + 1; state < __SGAP_LEASE_STATE_MAX; state++) {
		for (n = 0, count = 0; n < m->nleases; n++)
			count += m->lease[n].state == state;
		sgap_expo_u64(t, "stopgap_leases",
			      sgap_expo_labels(labels, "state", sgap_names_lease(state), NULL), count);
	}
}

/* Of the detours that run alone: what was granted once and is over must not pile up. */
static void write_lease(const struct sgap_metrics *m, struct sgap_text *t, const char *name,
			enum sgap_expo type, const char *help, size_t member, const char *side)
{
	char labels[SGAP_EXPO_LABELS], serial[SGAP_SERIAL_TEXT];
	char server[SGAP_ADDR_TEXT], fallback[SGAP_ADDR_TEXT];
	__u32 n;

	if (help)
		sgap_expo_family(t, name, type, help);
	for (n = 0; n < m->nleases; n++) {
		const struct sgap_detour_info *d = &m->lease[n];

		if (d->state != SGAP_LEASE_ACTIVE)
			continue;
		sgap_grant_serial_text(d->serial, serial);
		sgap_expo_labels(labels, "serial", serial, "server",
				 sgap_addr_text(server, d->grant.server), "fallback",
				 sgap_addr_text(fallback, d->grant.fallback),
				 side ? "asked" : NULL, side, NULL);
		if (type == SGAP_EXPO_GAUGE)
			sgap_expo_seconds(t, name, labels, at(d, member));
		else
			sgap_expo_u64(t, name, labels, at(d, member));
	}
}

static void write_leases(const struct sgap_metrics *m, struct sgap_text *t)
{
#define LEASE(name, type, help, member, side) \
	write_lease(m, t, "stopgap_lease_" name, type, help, offsetof(struct sgap_detour_info, member), \
		    side)
	write_lease_states(m, t);
	LEASE("end_timestamp_seconds", SGAP_EXPO_GAUGE, "When the detour ends by itself.", ends, NULL);
	LEASE("flows_total", SGAP_EXPO_COUNTER, "Connections led to the fallback.", flows, NULL);
	LEASE("flows_left_total", SGAP_EXPO_COUNTER,
	      "Connections left to the server because of the grant's rate.", over, NULL);
	LEASE("queries_total", SGAP_EXPO_COUNTER, "UDP queries of the clients that it is for, by who "
	      "was asked.", at_server.queries, "server");
	LEASE("queries_total", SGAP_EXPO_COUNTER, NULL, at_fallback.queries, "fallback");
	LEASE("answers_total", SGAP_EXPO_COUNTER, "UDP answers to them.", at_server.answers, "server");
	LEASE("answers_total", SGAP_EXPO_COUNTER, NULL, at_fallback.answers, "fallback");
	LEASE("bad_answers_total", SGAP_EXPO_COUNTER, "Of these SERVFAIL, REFUSED, FORMERR or NOTIMP.",
	      at_server.bad, "server");
	LEASE("bad_answers_total", SGAP_EXPO_COUNTER, NULL, at_fallback.bad, "fallback");
}

static void write_incidents(const struct sgap_metrics *m, struct sgap_text *t)
{
	char labels[SGAP_EXPO_LABELS], number[24];
	__u32 n;
	int stage;

	sgap_expo_family(t, "stopgap_incidents_open", SGAP_EXPO_GAUGE, "Incidents that are open.");
	sgap_expo_u64(t, "stopgap_incidents_open", "", m->engine.open);
	sgap_expo_family(t, "stopgap_incidents_opened_total", SGAP_EXPO_COUNTER,
			 "Incidents opened since stopgapd started.");
	sgap_expo_u64(t, "stopgap_incidents_opened_total", "", m->engine.opened);
	sgap_expo_family(t, "stopgap_incident_info", SGAP_EXPO_GAUGE,
			 "1 for each open incident: who is blamed for what.");
	for (n = 0; n < m->nincidents; n++) {
		const struct sgap_case *c = m->incident[n];

		snprintf(number, sizeof(number), "%llu", (unsigned long long)c->n);
		sgap_expo_u64(t, "stopgap_incident_info",
			      sgap_expo_labels(labels, "incident", number, "role", c->role, "address",
					       c->address, "cause", c->cause, NULL), 1);
	}
	sgap_expo_family(t, "stopgap_incident_budget_seconds", SGAP_EXPO_GAUGE,
			 "How long an open incident may take from onset until restored.");
	for (n = 0; n < m->nincidents; n++) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)m->incident[n]->n);
		sgap_expo_seconds(t, "stopgap_incident_budget_seconds",
				  sgap_expo_labels(labels, "incident", number, NULL),
				  m->incident[n]->budget_ms * SGAP_NS_PER_MS);
	}
	sgap_expo_family(t, "stopgap_incident_stage_timestamp_seconds", SGAP_EXPO_GAUGE,
			 "When an open incident reached the stages of its clock.");
	for (n = 0; n < m->nincidents; n++) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)m->incident[n]->n);
		for (stage = 0; stage < SGAP_CASE_STAGES; stage++)
			if (m->incident[n]->stage[stage])
				sgap_expo_seconds(t, "stopgap_incident_stage_timestamp_seconds",
						  sgap_expo_labels(labels, "incident", number, "stage",
								   sgap_case_stages[stage], NULL),
						  m->incident[n]->stage[stage]);
	}
}

static void one(struct sgap_text *t, const char *name, enum sgap_expo type, const char *help,
		__u64 value)
{
	sgap_expo_family(t, name, type, help);
	sgap_expo_u64(t, name, "", value);
}

static void write_daemon(const struct sgap_metrics *m, struct sgap_text *t)
{
	sgap_expo_family(t, "stopgap_build_info", SGAP_EXPO_GAUGE, "1; its labels say what runs.");
	sgap_expo_u64(t, "stopgap_build_info", "version=\"" SGAP_VERSION "\"", 1);
	sgap_expo_family(t, "stopgap_start_timestamp_seconds", SGAP_EXPO_GAUGE,
			 "When stopgapd started.");
	sgap_expo_seconds(t, "stopgap_start_timestamp_seconds", "", m->started);
	one(t, "stopgap_module_loaded", SGAP_EXPO_GAUGE, "1 while the kernel module answers.",
	    m->module);
	one(t, "stopgap_records_total", SGAP_EXPO_COUNTER, "TXN records that stopgapd took.",
	    m->engine.records);
	one(t, "stopgap_judgements_total", SGAP_EXPO_COUNTER, "How often the traffic was judged.",
	    m->engine.judgements);
	sgap_expo_family(t, "stopgap_judgement_seconds_total", SGAP_EXPO_COUNTER,
			 "Time that judging took.");
	sgap_expo_seconds(t, "stopgap_judgement_seconds_total", "",
			  m->engine.judge_us * SGAP_NS_PER_US);
	one(t, "stopgap_ledger_entries_written_total", SGAP_EXPO_COUNTER,
	    "Entries written to the ledger.", m->store.written);
	one(t, "stopgap_ledger_entries_waiting", SGAP_EXPO_GAUGE,
	    "Entries in memory that are not written yet.", m->store.waiting);
	one(t, "stopgap_ledger_entries_lost_total", SGAP_EXPO_COUNTER,
	    "Entries that could not be stored, and are lost for good.", m->store.lost);
}

void sgap_metrics_write(const struct sgap_metrics *m, struct sgap_text *t)
{
	write_daemon(m, t);
	write_incidents(m, t);
	write_leases(m, t);
	write_taps(m, t);
	write_tap_rest(m, t);
	write_states(m, t);
	write_servers(m, t);
	write_server_rest(m, t);
}
