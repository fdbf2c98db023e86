// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe_out.h"

#include <stdio.h>

#include "lib/addr.h"
#include "lib/json.h"
#include "lib/names.h"
#include "probe/probe.h"
#include "wire.h"

#define NAME_TEXT 1025
#define SAID (2 * SGAP_REPLY_TEXT)
#define CELL 42

static const char *name_text(char buf[NAME_TEXT], const __u8 *name, __u16 len)
{
	if (sgap_wire_name_text(buf, NAME_TEXT, name, len, true) < 0)
		strcpy(buf, "?");
	return buf;
}

static int sides(const struct sgap_probe *p)
{
	return p->has_fallback ? SGAP_SIDES : 1;
}

/* "pass", "FAIL: SERVFAIL, expected NOERROR", "note: not offered" */
static enum sgap_mark cell(char *buf, size_t size, const struct sgap_test *test,
			   const struct sgap_ask *ask)
{
	static const char *const word[] = { "FAIL", "pass", "note" };
	char said[SAID];
	enum sgap_mark mark = sgap_suite_mark(test, ask, said, sizeof(said));

	snprintf(buf, size, "%s%s%s", word[mark], *said ? ": " : "", said);
	return mark;
}

static void print_suite(const struct sgap_probe *p)
{
	char text[SGAP_ADDR_TEXT], say[SAID + 16];
	int fails[SGAP_SIDES] = { 0 }, i, side;

	printf("%-13s %-26s", "test", "what is asked");
	for (side = 0; side < sides(p); side++)
		printf(" %-*s", CELL, sgap_addr_text(text, p->side[side].b));
	printf(" right by\n");
	for (i = 0; i < sgap_suite_n; i++) {
		printf("%-13s %-26s", sgap_suite[i].id, sgap_suite[i].what);
		for (side = 0; side < sides(p); side++) {
			fails[side] += cell(say, sizeof(say), &sgap_suite[i],
					    &p->ask[side][i]) == SGAP_MARK_FAIL;
			printf(" %-*s", CELL, say);
		}
		printf(" %s\n", sgap_suite[i].ref);
	}
	for (side = 0; side < sides(p); side++)
		printf("%s fails %d of %d.\n", sgap_addr_text(text, p->side[side].b), fails[side],
		       sgap_suite_n);
}

static void print_names(const struct sgap_probe *p)
{
	static const char *const way[] = { "plain", "EDNS, DO=1", "CD=1" };
	char name[NAME_TEXT], type[SGAP_NAME_TEXT], addr[SGAP_ADDR_TEXT], text[128];
	int i, k, side;

	for (i = 0; i < p->nchecks; i++) {
		const struct sgap_check *c = &p->check[i];

		printf("\n%s %s\n", name_text(name, c->qname, c->qname_len),
		       sgap_names_type(type, c->qtype));
		for (side = 0; side < sides(p); side++)
			for (k = 0; k < SGAP_WAYS; k++)
				printf("  %-20s %-11s %s\n",
				       k ? "" : sgap_addr_text(addr, p->side[side].b), way[k],
				       sgap_ask_outcome(text, sizeof(text), &c->ask[side][k]));
	}
}

static void print_survey(const struct sgap_survey *s)
{
	char name[NAME_TEXT], addr[SGAP_ADDR_TEXT], text[128], serial[16];
	__u32 i;

	printf("\nServers of %s (RFC 1912 section 2.8, RFC 1982):\n",
	       name_text(name, s->zone, s->zone_len));
	if (!s->n)
		printf("  none was found\n");
	for (i = 0; i < s->n; i++) {
		const struct sgap_survey_server *at = &s->server[i];

		snprintf(serial, sizeof(serial), "%u", at->ask.reply.serial);
		printf("  %-7s %-40s %-28s serial %-10s %s\n", sgap_serves_name(at->serves),
		       sgap_addr_text(addr, at->ask.server.b),
		       at->name.len ? name_text(name, at->name.name, at->name.len) : "-",
		       at->ask.reply.has_soa ? serial : "-",
		       sgap_ask_outcome(text, sizeof(text), &at->ask));
	}
	if (s->more)
		printf("  and more, which were not asked\n");
}

void sgap_probe_print(const struct sgap_probe *p, unsigned long long took_ms)
{
	char server[SGAP_ADDR_TEXT], fallback[SGAP_ADDR_TEXT], zone[NAME_TEXT];

	printf("%s%s%s, zone %s: %llu queries in %.1f s, never more than %u a second.\n\n",
	       sgap_addr_text(server, p->side[0].b), p->has_fallback ? " beside " : "",
	       p->has_fallback ? sgap_addr_text(fallback, p->side[1].b) : "",
	       name_text(zone, p->zone, p->zone_len), (unsigned long long)p->pace.sent,
	       (double)took_ms / 1000.0, p->pace.rate);
	print_suite(p);
	print_names(p);
	if (p->has_zone)
		print_survey(&p->survey);
	if (p->has_fallback)
		printf("\nWould %s help? %s: %s.\n", fallback, sgap_would_name(p->help.would),
		       p->help.why);
}

static json_t *asked(const struct sgap_ask *ask)
{
	const struct sgap_reply *r = &ask->reply;
	char text[128], rcode[SGAP_NAME_TEXT];
	json_t *obj = json_pack("{s:s, s:b, s:i}", "outcome",
				sgap_ask_text(text, sizeof(text), ask),
				"answered", ask->got == SGAP_GOT_ANSWER, "tries", (int)ask->sent);

	if (ask->has_other)
		json_object_set_new(obj, "answered_by", sgap_json_addr(ask->other.b));
	if (ask->got != SGAP_GOT_ANSWER)
		return obj;
	json_object_update_new(obj, json_pack("{s:s, s:i, s:i, s:i, s:b, s:b, s:b, s:o}",
		"rcode", sgap_names_rcode(rcode, r->rcode), "records", (int)r->ancount,
		"bytes", (int)r->len, "rtt_us", (int)ask->rtt_us,
		"truncated", !!(r->flags & SGAP_DNS_TC), "aa", !!(r->flags & SGAP_DNS_AA),
		"ad", !!(r->flags & SGAP_DNS_AD),
		"ede", r->ede == SGAP_NONE16 ? json_null() : json_integer(r->ede)));
	if (*r->ede_text)
		json_object_set_new(obj, "ede_text", json_string(r->ede_text));
	return obj;
}

static const char *const side_key[] = { "server", "fallback" };

static json_t *suite_json(const struct sgap_probe *p, int *fails)
{
	json_t *list = json_array(), *row, *one;
	char said[SAID];
	enum sgap_mark mark;
	int i, side;

	for (i = 0; i < sgap_suite_n; i++) {
		row = json_pack("{s:s, s:s, s:s}", "id", sgap_suite[i].id, "what",
				sgap_suite[i].what, "reference", sgap_suite[i].ref);
		for (side = 0; side < sides(p); side++) {
			const struct sgap_ask *ask = &p->ask[side][i];

			mark = sgap_suite_mark(&sgap_suite[i], ask, said, sizeof(said));
			one = asked(ask);
			json_object_set_new(one, "mark", json_string(sgap_suite_mark_name(mark)));
			json_object_set_new(one, "said", json_string(said));
			json_object_set_new(row, side_key[side], one);
			fails[side] += mark == SGAP_MARK_FAIL;
		}
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *names_json(const struct sgap_probe *p)
{
	json_t *list = json_array(), *row;
	char type[SGAP_NAME_TEXT];
	int i, side;

	for (i = 0; i < p->nchecks; i++) {
		const struct sgap_check *c = &p->check[i];

		row = json_pack("{s:o, s:s}", "name", sgap_json_name(c->qname, c->qname_len),
				"type", sgap_names_type(type, c->qtype));
		for (side = 0; side < sides(p); side++)
			json_object_set_new(row, side_key[side], json_pack("{s:o, s:o, s:o}",
				"plain", asked(&c->ask[side][SGAP_WAY_PLAIN]),
				"edns", asked(&c->ask[side][SGAP_WAY_EDNS]),
				"unchecked", asked(&c->ask[side][SGAP_WAY_UNCHECKED])));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *survey_json(const struct sgap_survey *s)
{
	json_t *list = json_array(), *row;
	__u32 i;

	for (i = 0; i < s->n; i++) {
		const struct sgap_survey_server *at = &s->server[i];

		row = asked(&at->ask);
		json_object_set_new(row, "address", sgap_json_addr(at->ask.server.b));
		json_object_set_new(row, "name", at->name.len ?
				    sgap_json_name(at->name.name, at->name.len) : json_null());
		json_object_set_new(row, "state", json_string(sgap_serves_name(at->serves)));
		json_object_set_new(row, "serial", at->ask.reply.has_soa ?
				    json_integer(at->ask.reply.serial) : json_null());
		json_array_append_new(list, row);
	}
	return list;
}

json_t *sgap_probe_json(const struct sgap_probe *p, unsigned long long took_ms)
{
	int fails[SGAP_SIDES] = { 0 };
	json_t *tests = suite_json(p, fails);
	json_t *help = p->has_fallback ?
		json_pack("{s:s, s:s, s:i, s:i, s:i}", "helps", sgap_would_name(p->help.would),
			  "why", p->help.why, "names", p->help.names, "failed", p->help.failed,
			  "answered", p->help.won) : json_null();

	return json_pack("{s:o, s:o, s:o, s:i, s:I, s:I, s:o, s:i, s:o, s:o, s:o, s:o, s:b}",
			 "server", sgap_json_addr(p->side[0].b),
			 "fallback", p->has_fallback ? sgap_json_addr(p->side[1].b) : json_null(),
			 "zone", sgap_json_name(p->zone, p->zone_len),
			 "rate", (int)p->pace.rate, "queries", (json_int_t)p->pace.sent,
			 "took_ms", (json_int_t)took_ms, "tests", tests, "failed", fails[0],
			 "fallback_failed", p->has_fallback ? json_integer(fails[1]) : json_null(),
			 "names", names_json(p),
			 "zone_servers", p->has_zone ? survey_json(&p->survey) : json_null(),
			 "detour", help, "good", sgap_probe_is_good(p));
}
