// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "hook.h"
#include "incident/case.h"
#include "incident/compose.h"
#include "incident/leases.h"
#include "incident/said.h"
#include "ledger/cut.h"
#include "ledger/ledger.h"
#include "lib/json.h"
#include "lib/names.h"
#include "lib/text.h"
#include "locate/recent.h"
#include "log.h"
#include "report/incident.h"
#include "report/report.h"
#include "report/text.h"
#include "store.h"

#define INFORM_TRIES 3u
#define INFORM_AGAIN (30 * SGAP_NS_PER_S)
#define CUT_NS (3600 * SGAP_NS_PER_S)	/* how often retention looks */

struct sgap_engine {
	struct sgap_engine_cfg cfg;
	struct sgap_cases *cases;
	struct sgap_recent *recent;
	struct sgap_leases leases;
	char tap[16];		/* whose record came last: the verdict's, when it names none */
	__u64 judge_next, seal_next, cut_next;
	__u64 now;
	struct sgap_engine_counts counts;
};

static void on_case(void *ctx, const struct sgap_case *c, __u64 time, const char *type,
		    json_t *payload)
{
	struct sgap_engine *e = ctx;

	if (!strcmp(type, "incident.open"))
		e->counts.opened++;
	sgap_store_put(e->cfg.store, time, type, c->n, payload);
}

static struct sgap_cases_cfg cases_cfg(const struct sgap_engine *e)
{
	const struct sgap_conf *conf = e->cfg.conf;
	struct sgap_cases_cfg cfg = { .budget_ms = conf->budget_ms, .quiet_ms = conf->quiet_ms,
				      .own_states = e->cfg.replay };

	return cfg;
}

static int load_series(void *ctx, const struct sgap_entry *entry)
{
	struct sgap_engine *e = ctx;
	json_t *series;

	if (!strcmp(entry->type, "incident.row"))
		sgap_cases_load_row(e->cases, entry->about);
	if (strcmp(entry->type, "incident.series") != 0)
		return 0;
	series = json_loadb(entry->payload, entry->len, 0, NULL);
	sgap_cases_load_series(e->cases, entry->about, series);
	json_decref(series);
	return 0;
}

/* The incidents that were open when the last run ended, and their number. */
static int load(struct sgap_engine *e)
{
	struct sgap_ledger *l = sgap_store_ledger(e->cfg.store);
	struct sgap_cases_cfg cfg = cases_cfg(e);
	struct sgap_cut last = { 0 };
	json_t *list = NULL, *one;
	__u64 next;
	int err = 0;
	size_t i;

	if (l)
		list = sgap_compose_list(l, &err);
	if (l && !err)
		err = sgap_ledger_last_cut(l, &last);
	next = last.incident + 1;
	json_array_foreach(list, i, one) {
		json_t *c = json_object_get(one, "case");
		json_int_t n = json_integer_value(json_object_get(c, "n"));

		if (n >= (json_int_t)next)
			next = (__u64)n + 1;
	}
	e->cases = sgap_cases_new(&cfg, next, on_case, e);
	json_array_foreach(list, i, one) {
		json_t *c = json_object_get(one, "case");

		if (!e->cases || !json_is_true(json_object_get(one, "open")))
			continue;
		if (sgap_cases_load(e->cases, c))
			sgap_log(SGAP_LOG_WARNING, "an open incident of the ledger is not understood");
		else
			sgap_ledger_each(l, 1, (__u64)json_integer_value(json_object_get(c, "n")),
					 load_series, e);
	}
	json_decref(list);
	return e->cases ? err : -ENOMEM;
}

struct sgap_engine *sgap_engine_new(const struct sgap_engine_cfg *cfg)
{
	struct sgap_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->cfg = *cfg;
	e->now = cfg->now;
	/* The clock may be wrong when a machine starts; that of a capture is not. */
	e->cut_next = cfg->replay ? 0 : cfg->now + CUT_NS;
	e->recent = sgap_recent_new(cfg->now);
	if (!e->recent || load(e)) {
		sgap_engine_free(e);
		return NULL;
	}
	return e;
}

void sgap_engine_free(struct sgap_engine *e)
{
	if (!e)
		return;
	sgap_cases_free(e->cases);
	sgap_recent_free(e->recent);
	free(e);
}

void sgap_engine_reload(struct sgap_engine *e)
{
	struct sgap_cases_cfg cfg = cases_cfg(e);

	sgap_cases_config(e->cases, &cfg);
}

void sgap_engine_state(struct sgap_engine *e, const char *tap, __u64 now, const __u8 *server,
		       int before, int after, __u64 ts)
{
	struct sgap_addr addr;

	memcpy(addr.b, server, sizeof(addr.b));
	sgap_store_put(e->cfg.store, now, "server.state", 0,
		       json_pack("{s:s, s:o, s:s, s:s, s:o}", "tap", tap, "server",
				 sgap_json_addr(server), "before", sgap_names_state(before),
				 "after", sgap_names_state(after), "ts", sgap_json_u64(ts)));
	sgap_cases_state(e->cases, now, tap, &addr, before, after, ts);
}

void sgap_engine_record(struct sgap_engine *e, const char *tap, __u32 overdue_ms, __u64 now,
			const struct sgap_rec *rec)
{
	const struct sgap_rec_state *state = (const void *)rec;
	int vantage;

	e->now = now;
	if (rec->type == SGAP_REC_STATE) {
		sgap_engine_state(e, tap, now, state->server, state->before, state->after,
				  state->ts);
		return;
	}
	if (rec->type == SGAP_REC_PACKET)
		sgap_cases_packet(e->cases, tap, (const void *)rec);
	if (rec->type == SGAP_REC_TXN) {
		e->counts.records++;
		sgap_text_copy(e->tap, sizeof(e->tap), tap);
		sgap_cases_record(e->cases, tap, overdue_ms, (const void *)rec);
	}
	vantage = sgap_recent_vantage(e->recent, tap);
	/* Without memory, or past the taps that can be judged together, it is not judged. */
	if (vantage < 0 || sgap_recent_keep(e->recent, vantage, rec))
		return;
}

void sgap_engine_lost(struct sgap_engine *e, const char *tap, __u64 now, __u64 lost)
{
	int vantage = sgap_recent_vantage(e->recent, tap);
	__u64 more = vantage < 0 ? 0 : sgap_recent_lost(e->recent, vantage, lost);

	if (more)
		sgap_store_put(e->cfg.store, now, "tap.lost", 0,
			       json_pack("{s:s, s:I}", "tap", tap, "records", (json_int_t)more));
}

void sgap_engine_lease(struct sgap_engine *e, __u64 now, const struct sgap_detour_info *d)
{
	struct sgap_detour_info *known = &e->leases.lease[sgap_leases_place(&e->leases, d->serial,
									   now)];
	bool again = known->state == d->state && known->reason == d->reason;

	*known = *d;
	if (again)
		return;
	sgap_store_put(e->cfg.store, now, "lease", 0, sgap_json_detour(d));
	sgap_cases_lease(e->cases, now, d);
}

void sgap_engine_granted(struct sgap_engine *e, __u64 now, const struct sgap_grant *grant,
			 const void *sig, size_t sig_len, const void *cert, size_t cert_len)
{
	sgap_store_put(e->cfg.store, now, "grant", 0,
		       json_pack("{s:o, s:o, s:o, s:o}",
				 "serial", sgap_json_hex(grant->serial, sizeof(grant->serial)),
				 "grant", sgap_json_hex(grant, sizeof(*grant)),
				 "signature", sgap_json_hex(sig, sig_len),
				 "certificate", cert_len ? sgap_json_hex(cert, cert_len) : json_null()));
}

static int on_verdict(void *ctx, const struct sgap_judge *j, const struct sgap_verdict *v)
{
	struct sgap_engine *e = ctx;
	struct sgap_said said;
	int ret = sgap_said_of(&said, e->cfg.replay ? "pcap" : "live", j, v);

	if (ret)
		return ret;
	sgap_cases_verdict(e->cases, e->now, e->tap, &said);
	sgap_said_free(&said);
	return 0;
}

static __u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

/* A judgement that takes long is made less often: four times its time apart. */
static void judge(struct sgap_engine *e, __u64 now)
{
	__u64 began, took, every = e->cfg.conf->judge_ms * SGAP_NS_PER_MS;
	int ret;

	if (now < e->judge_next && e->judge_next - now <= 60 * SGAP_NS_PER_S)
		return;
	e->judge_next = now + every;
	if (!sgap_recent_fresh(e->recent) && !sgap_cases_get(e->cases, 0))
		return;
	began = cpu_ns();
	ret = sgap_recent_judge(e->recent, now, on_verdict, e);
	took = cpu_ns() - began;
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "cannot judge: %s", strerror(-ret));
	e->counts.judgements++;
	e->counts.judge_us += took / SGAP_NS_PER_US;
	if (!e->cfg.replay && 4 * took > every)
		e->judge_next = now + 4 * took;
}

static char *vendor_message(struct sgap_engine *e, __u64 n)
{
	struct sgap_ledger *l = sgap_store_ledger(e->cfg.store);
	struct utsname host;
	struct sgap_compose_site site = { .site = e->cfg.conf->site };
	struct sgap_incident *inc = NULL;
	struct sgap_text text = { 0 };
	char err[256], *json = NULL;
	json_t *obj;
	int ret = 0;

	if (!l)
		return NULL;
	if (!uname(&host)) {
		site.host = host.nodename;
		site.kernel = host.release;
	}
	obj = sgap_compose(l, n, &site, &ret);
	if (obj)
		json = json_dumps(obj, JSON_COMPACT);
	if (json)
		inc = sgap_incident_parse(json, strlen(json), "incident", err, sizeof(err));
	if (inc)
		sgap_report_vendor(&text, inc);
	sgap_incident_free(inc);
	free(json);
	json_decref(obj);
	return text.s;
}

/* May the daemon act on what the verdict says? */
static bool is_sure(const struct sgap_engine *e, const struct sgap_case *c)
{
	return c->stage[SGAP_CASE_LOCATED] && c->blamed && c->percent >= e->cfg.conf->confidence &&
	       !c->stage[SGAP_CASE_RESTORED];
}

static void inform(struct sgap_engine *e, struct sgap_case *c, __u64 now)
{
	char *message;

	if (!e->cfg.hook || !e->cfg.conf->inform[0] || c->stage[SGAP_CASE_INFORMED] ||
	    c->informs >= INFORM_TRIES || now < c->inform_next || !c->stage[SGAP_CASE_LOCATED] ||
	    c->percent < e->cfg.conf->confidence)
		return;
	c->inform_next = now + INFORM_AGAIN + e->cfg.conf->inform_ms * SGAP_NS_PER_MS;
	message = vendor_message(e, c->n);
	if (!message)
		return;
	c->informs++;
	if (sgap_hook_tell(e->cfg.hook, c->n, message))
		sgap_log(SGAP_LOG_ERROR, "inform: incident %llu: the child that runs it is gone or busy",
			 (unsigned long long)c->n);
	free(message);
}

static void start_detour(struct sgap_engine *e, struct sgap_case *c, __u64 now)
{
	__u32 i;
	int ret;

	if (!e->cfg.start || e->cfg.conf->start != SGAP_START_LOCATED || !is_sure(e, c) ||
	    !c->helps || !c->has_server || c->starts)
		return;
	for (i = 0; i < e->leases.n; i++) {
		const struct sgap_detour_info *d = &e->leases.lease[i];

		if (d->state != SGAP_LEASE_ARMED || memcmp(d->grant.server, c->server.b, 16) != 0)
			continue;
		if (e->cfg.conf->use == SGAP_USE_STANDING &&
		    !(le32toh(d->grant.flags) & SGAP_GRANT_F_STANDING))
			continue;
		c->starts = true;
		ret = e->cfg.start(e->cfg.ctx, d->serial, c->n);
		sgap_store_put(e->cfg.store, now, "incident.event", c->n,
			       json_pack("{s:s, s:s, s:i}", "who", "stopgapd", "what", ret ?
					 "the kernel refused to start the granted detour" :
					 "the granted detour was started, by policy", "errno", -ret));
		return;
	}
}

static int take_first(void *ctx, const struct sgap_entry *entry)
{
	__u64 *first = ctx;

	*first = entry->seq;
	return 1;
}

/* What is old goes, but nothing of an open incident. */
static void cut(struct sgap_engine *e, __u64 now)
{
	struct sgap_cut_cfg cfg = { .age = e->cfg.conf->keep_ms * SGAP_NS_PER_MS,
				    .bytes = (__u64)e->cfg.conf->keep_mib << 20 };
	struct sgap_ledger *l = sgap_store_ledger(e->cfg.store);
	struct sgap_case *c;
	__u64 first = 0;
	__u32 i;

	for (i = 0; l && (c = sgap_cases_get(e->cases, i)); i++)
		if (sgap_ledger_each(l, 1, c->n, take_first, &first) > 0 &&
		    (!cfg.keep || first < cfg.keep))
			cfg.keep = first;
	sgap_store_cut(e->cfg.store, &cfg, now);
	e->cut_next = now + CUT_NS;
}

void sgap_engine_stepped(struct sgap_engine *e, __u64 now)
{
	sgap_cases_stepped(e->cases, now);
}

void sgap_engine_tick(struct sgap_engine *e, __u64 now)
{
	struct sgap_case *c;
	__u32 i;

	e->now = now;
	judge(e, now);
	sgap_cases_tick(e->cases, now);
	for (i = 0; (c = sgap_cases_get(e->cases, i)); i++)
		start_detour(e, c, now);
	sgap_store_flush(e->cfg.store, now);
	/* What the vendor is told is what the ledger has. */
	for (i = 0; (c = sgap_cases_get(e->cases, i)); i++)
		inform(e, c, now);
	if (now >= e->seal_next || e->seal_next - now > 3600 * SGAP_NS_PER_S) {
		sgap_store_seal(e->cfg.store, now);
		e->seal_next = now + e->cfg.conf->seal_ms * SGAP_NS_PER_MS;
		if (now >= e->cut_next || e->cut_next - now > CUT_NS)
			cut(e, now);
	}
}

int sgap_engine_told(struct sgap_engine *e, __u64 now)
{
	struct sgap_hook_result result;
	int ret = sgap_hook_result(e->cfg.hook, &result);

	if (ret <= 0)
		return ret;
	sgap_log(result.status ? SGAP_LOG_WARNING : SGAP_LOG_NOTICE,
		 "inform: incident %llu: it ended with %d", (unsigned long long)result.n,
		 result.status);
	sgap_store_put(e->cfg.store, now, "incident.event", result.n,
		       json_pack("{s:s, s:s, s:i}", "who", "stopgapd", "what", result.status ?
				 "the vendor could not be informed" : "the vendor's program took the message",
				 "status", result.status));
	if (!result.status)
		sgap_cases_informed(e->cases, result.n, now);
	return 0;
}

struct sgap_engine_counts sgap_engine_counts(const struct sgap_engine *e)
{
	struct sgap_engine_counts counts = e->counts;

	while (sgap_cases_get(e->cases, counts.open))
		counts.open++;
	return counts;
}

struct sgap_cases *sgap_engine_cases(struct sgap_engine *e)
{
	return e->cases;
}
