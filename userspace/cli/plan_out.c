// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/grant.h"
#include "lib/json.h"
#include "lib/names.h"
#include "plan.h"
#include "wire.h"

#define NAME_TEXT 1025

static bool is_standing(const struct sgap_plan *plan)
{
	return plan->grant.flags & SGAP_GRANT_F_STANDING;
}

static void print_start(const struct sgap_plan *plan)
{
	char wait[SGAP_DURATION_TEXT], lease[SGAP_DURATION_TEXT];

	if (plan->refused)
		printf("It would be refused: %s.\n", sgap_refuse_text(plan->refused));
	else if (is_standing(plan))
		printf("It would wait until the server has been %s or worse for %s",
		       sgap_names_state(plan->grant.when_state),
		       sgap_duration_text(wait, plan->grant.when_ms));
	else
		printf("It would start at once");
	if (!plan->refused)
		printf(", and end by itself after %s.\n",
		       sgap_duration_text(lease, plan->grant.max_lease * 1000ULL));
	if (!plan->knows_kernel)
		printf("No module was asked: other detours and the keyring are not known.\n");
	else
		printf("The server is %s, as the taps here see it.\n",
		       sgap_names_state(plan->state));
}

static void print_clients(const struct sgap_plan *plan)
{
	const char *least = plan->more ? "at least " : "";

	if (!plan->watched) {
		printf("No tap and no capture was given: who would be led is not known.\n");
		return;
	}
	printf("%s%u clients asked the server %llu times, %llu of them in vain.\n", least,
	       plan->led + plan->left, (unsigned long long)plan->queries,
	       (unsigned long long)plan->failed);
	printf("%s%u of them would be led to the fallback, %u would stay.\n", least, plan->led,
	       plan->left);
}

static const char *name_text(char *buf, const struct sgap_plan_name *name)
{
	if (sgap_wire_name_text(buf, NAME_TEXT, name->qname, name->qname_len, true) < 0)
		strcpy(buf, "?");
	return buf;
}

static void print_names(const struct sgap_plan *plan)
{
	char name[NAME_TEXT], type[SGAP_NAME_TEXT], a[96], b[96];
	int i, of, good = sgap_plan_answered(plan, &of);

	if (!of)
		return;
	printf("Of the questions that %s most, put to both just now:\n",
	       plan->failed ? "failed" : "were asked");
	for (i = 0; i < of; i++)
		printf("  %s %s\n    server:   %s\n    fallback: %s\n",
		       name_text(name, &plan->names[i]),
		       sgap_names_type(type, plan->names[i].qtype),
		       sgap_ask_outcome(a, sizeof(a), &plan->ask[2 * i]),
		       sgap_ask_outcome(b, sizeof(b), &plan->ask[2 * i + 1]));
	printf("The fallback answers %d of %d.\n", good, of);
}

void sgap_plan_print(const struct sgap_plan *plan)
{
	char server[SGAP_ADDR_TEXT], fallback[SGAP_ADDR_TEXT], clients[SGAP_PREFIX_TEXT];

	printf("%s > %s for %s. This is a plan: nothing was changed.\n",
	       sgap_addr_text(server, plan->grant.server.b),
	       sgap_addr_text(fallback, plan->grant.fallback.b),
	       sgap_prefix_text(clients, plan->grant.clients.b, plan->grant.clients_len));
	print_start(plan);
	print_clients(plan);
	print_names(plan);
}

static json_t *asked(const struct sgap_ask *ask)
{
	char rcode[SGAP_NAME_TEXT];

	if (ask->got != SGAP_GOT_ANSWER)
		return json_pack("{s:b}", "answered", 0);
	return json_pack("{s:b,s:s,s:i,s:b,s:I}", "answered", 1,
			 "rcode", sgap_names_rcode(rcode, ask->reply.rcode),
			 "records", ask->reply.ancount,
			 "truncated", !!(ask->reply.flags & SGAP_DNS_TC),
			 "rtt_us", (json_int_t)ask->rtt_us);
}

static json_t *names(const struct sgap_plan *plan)
{
	char text[NAME_TEXT], type[SGAP_NAME_TEXT];
	json_t *list = json_array();
	int i;

	for (i = 0; i < plan->nask / 2; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}",
			"name", name_text(text, &plan->names[i]),
			"type", sgap_names_type(type, plan->names[i].qtype),
			"asked", sgap_json_u64(plan->names[i].asked),
			"failed", sgap_json_u64(plan->names[i].failed),
			"server", asked(&plan->ask[2 * i]),
			"fallback", asked(&plan->ask[2 * i + 1])));
	return list;
}

static json_t *seen(const struct sgap_plan *plan)
{
	if (!plan->watched)
		return json_null();
	return json_pack("{s:o,s:o,s:i,s:i,s:b}", "queries", sgap_json_u64(plan->queries),
			 "failed", sgap_json_u64(plan->failed), "clients_led", (int)plan->led,
			 "clients_left", (int)plan->left, "more_clients", plan->more);
}

json_t *sgap_plan_json(const struct sgap_plan *plan)
{
	const char *would = plan->refused ? "refused" : is_standing(plan) ? "wait" : "start";
	int of, good = sgap_plan_answered(plan, &of);
	json_t *why = plan->refused ? json_string(sgap_refuse_text(plan->refused)) : json_null();

	return json_pack("{s:o,s:s,s:o,s:b,s:o,s:o,s:i,s:i,s:o,s:b}",
			 "serial", sgap_json_hex(plan->grant.serial, 16), "would", would,
			 "refusal", why, "kernel_asked", plan->knows_kernel,
			 "server_state", plan->knows_kernel ?
				json_string(sgap_names_state(plan->state)) : json_null(),
			 "seen", seen(plan), "questions", of, "fallback_answers", good,
			 "names", names(plan), "good", sgap_plan_is_good(plan));
}
