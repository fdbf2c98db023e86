// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

int sgap_plan_new(struct sgap_plan **out, const struct sgap_grant_info *grant)
{
	struct sgap_plan *plan = calloc(1, sizeof(*plan));

	*out = plan;
	if (!plan)
		return -ENOMEM;
	plan->grant = *grant;
	plan->overdue_ms = 1000;
	plan->clients = calloc(SGAP_PLAN_CLIENTS, sizeof(*plan->clients));
	plan->names = calloc(SGAP_PLAN_NAMES, sizeof(*plan->names));
	return plan->clients && plan->names ? 0 : -ENOMEM;
}

void sgap_plan_free(struct sgap_plan *plan)
{
	if (!plan)
		return;
	free(plan->clients);
	free(plan->names);
	free(plan);
}

/* Is it the first time that this client is seen? The table is left a quarter free. */
static bool is_new_client(struct sgap_plan *plan, const struct sgap_addr *client)
{
	static const struct sgap_addr none;
	__u32 i = (__u32)(sgap_addr_mix(client) % SGAP_PLAN_CLIENTS);

	while (!sgap_addr_eq(&plan->clients[i], &none)) {
		if (sgap_addr_eq(&plan->clients[i], client))
			return false;
		i = (i + 1) % SGAP_PLAN_CLIENTS;
	}
	if (plan->led + plan->left >= SGAP_PLAN_CLIENTS / 4 * 3) {
		plan->more = true;
		return false;
	}
	plan->clients[i] = *client;
	return true;
}

static void take_name(struct sgap_plan *plan, const struct sgap_rec_txn *txn, bool failed)
{
	struct sgap_plan_name *name = plan->names;
	int i;

	if (!txn->qname_len || txn->qname_len > sizeof(name->qname) ||
	    sizeof(*txn) + txn->qname_len > (txn->rec.len & SGAP_REC_LEN))
		return;
	for (i = 0; i < plan->nnames; i++, name++)
		if (name->qtype == txn->qtype && name->qname_len == txn->qname_len &&
		    !memcmp(name->qname, txn->data, txn->qname_len))
			break;
	if (i == SGAP_PLAN_NAMES)
		return;
	if (i == plan->nnames) {
		plan->nnames++;
		memcpy(name->qname, txn->data, txn->qname_len);
		name->qname_len = txn->qname_len;
		name->qtype = txn->qtype;
	}
	name->asked++;
	name->failed += failed;
	name->nx += txn->state == SGAP_TXN_ANSWERED && txn->rcode == 3;
}

bool sgap_plan_counts(const struct sgap_rec_txn *txn, __u64 overdue_ms)
{
	switch (txn->state) {
	case SGAP_TXN_ANSWERED:
		return txn->ts_answer - txn->ts_query < overdue_ms * SGAP_NS_PER_MS;
	case SGAP_TXN_OVERDUE:
	case SGAP_TXN_ICMP:
	case SGAP_TXN_REFUSED:
	case SGAP_TXN_SILENT:
		return true;
	default:
		return false;
	}
}

bool sgap_plan_in_scope(const struct sgap_grant_info *grant, const struct sgap_rec_txn *txn)
{
	__u8 proto = txn->proto == 6 ? SGAP_GRANT_P_TCP : SGAP_GRANT_P_UDP;
	struct sgap_addr client;

	memcpy(client.b, txn->client, sizeof(client.b));
	return txn->server_port == grant->port && grant->protocols & proto &&
	       !memcmp(txn->server, grant->server.b, sizeof(txn->server)) &&
	       sgap_grant_in_prefix(grant, &client);
}

void sgap_plan_take(struct sgap_plan *plan, const struct sgap_rec_txn *txn)
{
	struct sgap_addr client;
	bool failed;

	if (!sgap_plan_counts(txn, plan->overdue_ms) || !sgap_plan_in_scope(&plan->grant, txn))
		return;
	memcpy(client.b, txn->client, sizeof(client.b));
	if (is_new_client(plan, &client)) {
		if (sgap_grant_has_client(&plan->grant, &client))
			plan->led++;
		else
			plan->left++;
	}
	failed = sgap_filter_is_failed(txn);
	plan->queries++;
	plan->failed += failed;
	take_name(plan, txn, failed);
}

static int by_failures(const void *a, const void *b)
{
	const struct sgap_plan_name *x = a, *y = b;

	if (x->failed != y->failed)
		return x->failed < y->failed ? 1 : -1;
	return x->asked == y->asked ? 0 : x->asked < y->asked ? 1 : -1;
}

int sgap_plan_ask(struct sgap_plan *plan, int wait_ms)
{
	int n = plan->nnames < SGAP_PLAN_ASKED ? plan->nnames : SGAP_PLAN_ASKED;
	struct sgap_pace pace = { .tries = 2, .wait_ms = wait_ms };
	struct sgap_ask *all[2 * SGAP_PLAN_ASKED];
	struct sgap_ask *ask;
	int i;

	qsort(plan->names, (size_t)plan->nnames, sizeof(*plan->names), by_failures);
	plan->nask = 2 * n;
	for (i = 0; i < plan->nask; i++) {
		ask = all[i] = &plan->ask[i];
		ask->server = i % 2 ? plan->grant.fallback : plan->grant.server;
		ask->port = plan->grant.port;
		ask->qname_len = plan->names[i / 2].qname_len;
		ask->qtype = plan->names[i / 2].qtype;
		memcpy(ask->qname, plan->names[i / 2].qname, ask->qname_len);
	}
	return sgap_ask(all, plan->nask, &pace);
}

static bool is_answered(const struct sgap_plan *plan, int i)
{
	const struct sgap_ask *server = &plan->ask[2 * i], *fallback = server + 1;

	if (!sgap_ask_is_good(fallback))
		return false;
	return !fallback->reply.rcode || plan->names[i].nx ||
	       (sgap_ask_is_good(server) && server->reply.rcode == fallback->reply.rcode);
}

int sgap_plan_answered(const struct sgap_plan *plan, int *of)
{
	int i, good = 0;

	*of = plan->nask / 2;
	for (i = 0; i < *of; i++)
		good += is_answered(plan, i);
	return good;
}

bool sgap_plan_is_good(const struct sgap_plan *plan)
{
	int of, good = sgap_plan_answered(plan, &of);

	return !plan->refused && good == of;
}
