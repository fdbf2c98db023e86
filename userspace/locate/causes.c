// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The causes, in the order in which equal findings are listed. Ids never change.
 * In the sentences %s is the address of who is to blame.
 */
#include "rules.h"

#define PROBE "stopgap probe %s"
#define RECURSIVE SGAP_ROLE_RECURSIVE
#define FORWARDER SGAP_ROLE_FORWARDER
#define AUTH SGAP_ROLE_AUTHORITATIVE
#define YES SGAP_HELPS_YES
#define PARTLY SGAP_HELPS_PARTLY
#define NO SGAP_HELPS_NO
#define NA SGAP_HELPS_NA

const struct sgap_cause sgap_causes[] = {
	{ "server-dead", RECURSIVE, YES, "answers nothing at all",
	  "why the host at this address went off the network", PROBE,
	  "RFC 9520 section 2.1", sgap_rule_server_dead },
	{ "service-stopped", RECURSIVE, YES, "is up, but nothing listens on its DNS port",
	  "why the DNS service stopped, and its restart", PROBE,
	  "RFC 1122 section 4.1.3.1", sgap_rule_service_stopped },
	{ "recursion-refused-by-acl", RECURSIVE, YES, "refuses its clients by access control",
	  "which networks its recursion access list names, and that it name these clients",
	  PROBE, "RFC 8914 section 4.19;RFC 5358", sgap_rule_refused_acl },
	{ "recursion-disabled", RECURSIVE, YES,
	  "does not recurse, though clients use it as their resolver",
	  "that recursion be switched on, or the address taken from the clients' settings",
	  PROBE, "RFC 8914 section 4.21;RFC 1034 section 4.3.1", sgap_rule_recursion_disabled },
	{ "forwarder-dead", FORWARDER, YES, "does not answer the resolver that forwards to it",
	  "the state of the forwarder, and a second forwarder beside it", PROBE,
	  "RFC 9520 section 2.1;RFC 8914 section 4.23", sgap_rule_forwarder_dead },
	{ NULL, SGAP_ROLE_UNKNOWN, SGAP_HELPS_UNKNOWN, NULL, NULL, NULL, NULL, NULL },
};

const struct sgap_cause *sgap_cause_by_id(const char *id)
{
	const struct sgap_cause *c = sgap_causes;

	while (c->id && strcmp(c->id, id))
		c++;
	return c;
}
