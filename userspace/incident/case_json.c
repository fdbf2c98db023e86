// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "case.h"
#include "lib/addr.h"
#include "lib/json.h"
#include "lib/text.h"
#include "seconds.h"

const char *const sgap_case_stages[SGAP_CASE_STAGES] = {
	[SGAP_CASE_ONSET] = "onset",
	[SGAP_CASE_DETECTED] = "detected",
	[SGAP_CASE_LOCATED] = "located",
	[SGAP_CASE_INFORMED] = "informed",
	[SGAP_CASE_AUTHORISED] = "authorised",
	[SGAP_CASE_RESTORED] = "restored",
	[SGAP_CASE_LEASE_END] = "lease_end",
	[SGAP_CASE_HANDED_BACK] = "handed_back",
};

static json_t *addr_json(bool given, const struct sgap_addr *a)
{
	return given ? sgap_json_addr(a->b) : json_null();
}

/* The name of an interface may be any bytes. */
static json_t *text_json(const char *text)
{
	return sgap_json_text(text, strlen(text));
}

json_t *sgap_case_json(const struct sgap_case *c)
{
	json_t *clock = json_object();
	int i;

	for (i = 0; i < SGAP_CASE_STAGES; i++)
		json_object_set_new(clock, sgap_case_stages[i],
				    c->stage[i] ? sgap_json_u64(c->stage[i]) : json_null());
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:I, s:o, s:b, s:i, s:i,"
			 " s:I, s:o, s:i, s:I}",
			 "n", (json_int_t)c->n, "id", text_json(c->id), "tap", text_json(c->tap),
			 "server", addr_json(c->has_server, &c->server),
			 "fallback", addr_json(c->has_fallback, &c->fallback),
			 "role", text_json(c->role), "cause", text_json(c->cause),
			 "address", text_json(c->address),
			 "percent", (json_int_t)c->percent, "helps", c->helps,
			 "budget_ms", (json_int_t)c->budget_ms, "clock", clock,
			 "loud", c->loud, "clients", (int)c->seen.n, "clients_hit", (int)c->hit.n,
			 "flushed", (json_int_t)c->flushed,
			 "serial", sgap_json_hex(c->serial, sizeof(c->serial)),
			 "lease", (int)c->lease_state, "lease_began", (json_int_t)c->lease_began);
}

/* Too long a text is cut between two characters, so that it still is UTF-8. */
static void take_text(char *to, size_t size, const json_t *obj, const char *key)
{
	const char *text = json_string_value(json_object_get(obj, key));
	size_t len = text ? strlen(text) : 0;

	if (len >= size)
		for (len = size - 1; len && (text[len] & 0xc0) == 0x80; len--)
			;
	memcpy(to, text ? text : "", len);
	to[len] = '\0';
}

static bool take_addr(struct sgap_addr *a, const json_t *obj, const char *key)
{
	const char *text = json_string_value(json_object_get(obj, key));

	return text && !sgap_addr_parse(a, text);
}

static __u64 take_number(const json_t *obj, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(obj, key));

	return n > 0 ? (__u64)n : 0;
}

static void take_serial(struct sgap_case *c, const json_t *obj)
{
	const char *text = json_string_value(json_object_get(obj, "serial"));
	char two[3] = "";
	size_t i;

	for (i = 0; text && i < sizeof(c->serial) && text[2 * i] && text[2 * i + 1]; i++) {
		memcpy(two, text + 2 * i, 2);
		c->serial[i] = (__u8)strtoul(two, NULL, 16);
	}
}

int sgap_case_parse(struct sgap_case *c, const json_t *obj)
{
	const json_t *clock = json_object_get(obj, "clock");
	int i;

	c->n = take_number(obj, "n");
	if (!c->n || !json_is_object(clock))
		return -EINVAL;
	take_text(c->id, sizeof(c->id), obj, "id");
	take_text(c->tap, sizeof(c->tap), obj, "tap");
	take_text(c->role, sizeof(c->role), obj, "role");
	take_text(c->cause, sizeof(c->cause), obj, "cause");
	take_text(c->address, sizeof(c->address), obj, "address");
	c->has_server = take_addr(&c->server, obj, "server");
	c->has_fallback = take_addr(&c->fallback, obj, "fallback");
	for (i = 0; i < SGAP_CASE_STAGES; i++)
		c->stage[i] = take_number(clock, sgap_case_stages[i]);
	c->percent = (__u32)take_number(obj, "percent");
	c->helps = json_is_true(json_object_get(obj, "helps"));
	c->loud = json_is_true(json_object_get(obj, "loud"));
	c->budget_ms = take_number(obj, "budget_ms");
	c->flushed = take_number(obj, "flushed");
	c->lease_state = (__u8)take_number(obj, "lease");
	c->lease_began = take_number(obj, "lease_began");
	c->judged = c->flushed;
	take_serial(c, obj);
	return 0;
}

bool sgap_case_hosts_add(struct sgap_case_hosts *hosts, const struct sgap_addr *addr)
{
	const __u32 slots = 2 * SGAP_CASE_HOSTS;
	__u32 i = (__u32)(sgap_addr_mix(addr) % slots);

	while (hosts->index[i]) {
		if (sgap_addr_eq(&hosts->addr[hosts->index[i] - 1], addr))
			return false;
		i = (i + 1) % slots;
	}
	if (hosts->n == SGAP_CASE_HOSTS)
		return false;
	hosts->addr[hosts->n++] = *addr;
	hosts->index[i] = (__u16)hosts->n;
	return true;
}

/* The clients that came since the last entry. */
static json_t *news(const struct sgap_case_hosts *hosts, __u32 *told)
{
	json_t *list = json_array();

	for (; *told < hosts->n; ++*told)
		json_array_append_new(list, sgap_json_addr(hosts->addr[*told].b));
	return list;
}

static json_t *quantile(const struct sgap_second *sec, __u32 mille)
{
	double ms = sec ? sgap_second_quantile(sec, mille) : -1.0;

	return ms < 0 ? json_null() : json_real(ms);
}

/* Nothing seen is nothing there, unless nobody was looking. */
static json_t *number(bool known, __u32 n)
{
	return known ? json_integer(n) : json_null();
}

static json_t *server_series(const struct sgap_seconds *s, const struct sgap_addr *addr,
			     __u64 began, __u64 first, __u64 last)
{
	static const struct {
		const char *key;
		__u32 mille;
	} rtt[] = { { "rtt_p50_ms", 500 }, { "rtt_p90_ms", 900 }, { "rtt_p99_ms", 990 } };
	json_t *obj = json_object(), *queries = json_array(), *failed = json_array();
	__u64 at;
	size_t i;

	for (at = first; at <= last; at++) {
		const struct sgap_second *sec = sgap_seconds_of(s, addr, at);

		json_array_append_new(queries, number(at >= began, sec ? sec->ended : 0));
		json_array_append_new(failed, number(at >= began, sec ? sec->failed : 0));
	}
	json_object_set_new(obj, "queries", queries);
	json_object_set_new(obj, "failed", failed);
	for (i = 0; i < ARRAY_SIZE(rtt); i++) {
		json_t *list = json_array();

		for (at = first; at <= last; at++)
			json_array_append_new(list, quantile(sgap_seconds_of(s, addr, at),
							     rtt[i].mille));
		json_object_set_new(obj, rtt[i].key, list);
	}
	return obj;
}

static void put_server(json_t *servers, const struct sgap_seconds *s, const struct sgap_addr *addr,
		       __u64 began, __u64 first, __u64 last)
{
	char text[SGAP_ADDR_TEXT];

	json_object_set_new(servers, sgap_addr_text(text, addr->b),
			    server_series(s, addr, began, first, last));
}

json_t *sgap_case_series(struct sgap_case *c, const struct sgap_seconds *s, __u64 began,
			 __u64 first, __u64 last)
{
	json_t *asked = json_array(), *ok = json_array(), *servers = json_object();
	const struct sgap_addr *addr;
	struct sgap_second sum;
	__u64 at;
	__u32 i;

	for (at = first; at <= last; at++) {
		sgap_seconds_sum(s, c->has_server ? &c->server : NULL,
				 c->has_fallback ? &c->fallback : NULL, at, &sum);
		json_array_append_new(asked, number(at >= began, sum.ended));
		json_array_append_new(ok, number(at >= began, sum.ended - sum.failed));
	}
	if (c->has_server)
		put_server(servers, s, &c->server, began, first, last);
	if (c->has_fallback)
		put_server(servers, s, &c->fallback, began, first, last);
	for (i = 0; !c->has_server && i < 8 && (addr = sgap_seconds_server(s, i)); i++)
		put_server(servers, s, addr, began, first, last);
	return json_pack("{s:I, s:i, s:{s:o, s:o}, s:o, s:o, s:o}", "start", (json_int_t)first,
			 "step", 1, "clients", "asked", asked, "ok", ok, "servers", servers,
			 "seen", news(&c->seen, &c->seen_told), "hit", news(&c->hit, &c->hit_told));
}
