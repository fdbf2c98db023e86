// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "lib/addr.h"
#include "out.h"
#include "probe/probe.h"
#include "probe_out.h"
#include "store.h"
#include "subcommands.h"

static int take_address(const struct sgap_args *args, struct sgap_addr *a, const char *what,
			const char *text)
{
	if (!sgap_addr_parse(a, text))
		return 0;
	sgap_error("%s: %s'%s': expected an IPv4 or IPv6 address", args->path, what, text);
	return -EINVAL;
}

static int take_servers(const struct sgap_args *args, struct sgap_probe *p)
{
	const char *fallback = sgap_args_get(args, "compare");
	int ret = take_address(args, &p->side[SGAP_SIDE_SERVER], "", args->arg[0]);

	if (ret || !fallback)
		return ret;
	p->has_fallback = true;
	ret = take_address(args, &p->side[SGAP_SIDE_FALLBACK], "--compare ", fallback);
	if (!ret && sgap_addr_eq(&p->side[0], &p->side[1])) {
		sgap_error("%s: --compare '%s': expected another server than %s", args->path,
			   fallback, args->arg[0]);
		ret = -EINVAL;
	}
	return ret;
}

static int take_zone(const struct sgap_args *args, struct sgap_probe *p)
{
	const char *zone = sgap_args_get(args, "zone"), *second = args->narg > 1 ? args->arg[1] : NULL;
	int len;

	if (zone && second) {
		sgap_error("%s: '%s': the zone is given by --zone '%s' already", args->path, second,
			   zone);
		return -EINVAL;
	}
	if (!zone && !second)
		return 0;
	len = sgap_query_name(p->zone, zone ? zone : second);
	if (len < 0) {
		sgap_error("%s: %s'%s': expected a domain name", args->path, zone ? "--zone " : "",
			   zone ? zone : second);
		return len;
	}
	p->zone_len = (__u16)len;
	p->has_zone = true;
	return 0;
}

static int take_names(const struct sgap_args *args, struct sgap_probe *p)
{
	const char *name = sgap_args_get(args, "name");
	int i, ret = 0;

	for (i = -1; name && !ret && i < args->nmore; i++) {
		if (i >= 0)
			name = args->more[i];
		ret = sgap_probe_name(p, name);
		if (ret)
			sgap_error("%s: --name '%s': expected NAME or NAME/TYPE, as www.example.com/AAAA",
				   args->path, name);
	}
	return ret;
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

/* The names that failed, as far as there is room: the first ones are the evidence of the onset. */
static int take_incident(const struct sgap_args *args, struct sgap_probe *p)
{
	const char *number = sgap_args_get(args, "incident");
	char name[1200];
	json_t *obj, *row;
	int before = p->nchecks;
	size_t i;

	if (!number)
		return 0;
	obj = sgap_store_incident(args->path, sgap_args_get(args, "store"), number);
	if (!obj)
		return -ENOENT;
	json_array_foreach(json_object_get(obj, "evidence"), i, row) {
		snprintf(name, sizeof(name), "%s/%s", text_of(row, "name"), text_of(row, "type"));
		if (sgap_probe_name(p, name) == -ENOSPC)
			break;
	}
	json_decref(obj);
	if (p->nchecks > before)
		return 0;
	sgap_error("%s: incident %s holds no name that failed: give one with --name", args->path,
		   number);
	return -ENOENT;
}

static int take_numbers(const struct sgap_args *args, struct sgap_probe *p)
{
	unsigned long long rate = p->pace.rate, tries = 2, wait_ms = 1000, port = 53;

	if (sgap_args_number(args, "rate", 1, 10000, &rate) ||
	    sgap_args_number(args, "tries", 1, 10, &tries) ||
	    sgap_args_number(args, "port", 1, 65535, &port) ||
	    sgap_args_duration(args, "timeout", 100, 30000, &wait_ms))
		return -EINVAL;
	p->pace.rate = (__u32)rate;
	p->pace.tries = (int)tries;
	p->pace.wait_ms = (int)wait_ms;
	p->port = (__u16)port;
	return 0;
}

static int ask(const struct sgap_args *args, struct sgap_probe *p)
{
	uint64_t start = sgap_out_now(), took;
	int ret = sgap_probe_run(p);

	if (ret) {
		sgap_error("%s: %s (%s)", args->path, strerror(-ret), strerrorname_np(-ret));
		return SGAP_EXIT_FAULT;
	}
	took = (sgap_out_now() - start) / SGAP_NS_PER_MS;
	if (sgap_args_has(args, "json"))
		sgap_out_json(sgap_probe_json(p, took));
	else
		sgap_probe_print(p, took);
	return sgap_probe_is_good(p) ? SGAP_EXIT_OK : SGAP_EXIT_FAULT;
}

static int run(const struct sgap_args *args)
{
	struct sgap_probe *p = sgap_probe_new();
	int ret = SGAP_EXIT_USAGE;

	if (!p) {
		sgap_error("%s: %s", args->path, strerror(ENOMEM));
		return SGAP_EXIT_FAULT;
	}
	if (!take_servers(args, p) && !take_zone(args, p) && !take_names(args, p) &&
	    !take_numbers(args, p)) {
		ret = SGAP_EXIT_FAULT;
		if (!take_incident(args, p) && sgap_out_netns(args))
			ret = ask(args, p);
	}
	sgap_probe_free(p);
	return ret;
}

static const struct sgap_opt opts[] = {
	{ 'z', "zone", "ZONE", "ask about this zone instead of the root, and all its servers for their SOA; the same as ZONE",
	  SGAP_WORD_TEXT },
	{ 'c', "compare", "ADDRESS", "ask this server the same, and say whether it would help",
	  SGAP_WORD_TEXT },
	{ 'n', "name", "NAME", "a name that fails, or NAME/TYPE; may be given 8 times",
	  SGAP_WORD_TEXT | SGAP_WORD_MANY },
	{ 'i', "incident", "NUMBER", "the names that failed in that incident", SGAP_WORD_TEXT },
	{ 's', "store", "DIR", "with --incident: the folder of the ledger, in the place of stopgap.conf's",
	  SGAP_WORD_FILE },
	{ 0, "rate", "N", "send so many queries a second at most, over all servers (20)",
	  SGAP_WORD_TEXT },
	{ 0, "tries", "N", "put a question so often that stays unanswered (2)", SGAP_WORD_TEXT },
	{ 't', "timeout", "TIME", "wait so long for an answer (1s)", SGAP_WORD_TEXT },
	{ 'p', "port", "N", "ask all of them at this port (53)", SGAP_WORD_TEXT },
	SGAP_OPT_NETNS,
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "SERVER [ZONE]", "ask a server what RFC 8906 asks of it, and names that fail; exit 1 when it does not pass",
	  opts, 1, 2, SGAP_WORD_TEXT, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_probe = { "probe", "how a server behaves, asked by ourselves", verbs };
