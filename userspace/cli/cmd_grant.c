// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "file.h"
#include "lib/addr.h"
#include "lib/cms.h"
#include "lib/grant.h"
#include "lib/json.h"
#include "lib/names.h"
#include "lib/text.h"
#include "out.h"
#include "subcommands.h"

#define CERT_MAX 65536

static int parse_addr(const struct sgap_args *args, const char *name, struct sgap_addr *addr)
{
	const char *text = sgap_args_get(args, name);

	if (!text) {
		sgap_error("%s: --%s is missing: expected an address", args->path, name);
		return -EINVAL;
	}
	if (sgap_grant_set_addr(addr, text)) {
		sgap_error("%s: --%s '%s': expected an IPv4 or IPv6 address", args->path, name,
			   text);
		return -EINVAL;
	}
	return 0;
}

static int parse_clients(const struct sgap_args *args, struct sgap_grant_info *info)
{
	const char *text = sgap_args_get(args, "clients");
	int ret = text ? sgap_grant_set_clients(info, text) : -ENOENT;

	if (ret == -ENOENT)
		sgap_error("%s: --clients is missing: expected a network, as 192.0.2.0/24",
			   args->path);
	else if (ret == -EDOM)
		sgap_error("%s: --clients '%s': expected no bits set after the prefix",
			   args->path, text);
	else if (ret)
		sgap_error("%s: --clients '%s': expected ADDRESS/LENGTH, as 192.0.2.0/24",
			   args->path, text);
	return ret;
}

static int parse_proto(const struct sgap_args *args, struct sgap_grant_info *info)
{
	const char *text = sgap_args_get(args, "proto");
	const char *p = text ? text : "udp,tcp";

	info->protocols = 0;
	for (; *p; p += 3 + (p[3] == ',' && p[4])) {
		if (!strncmp(p, "udp", 3))
			info->protocols |= SGAP_GRANT_P_UDP;
		else if (!strncmp(p, "tcp", 3))
			info->protocols |= SGAP_GRANT_P_TCP;
		else
			break;
	}
	if (!*p && info->protocols)
		return 0;
	sgap_error("%s: --proto '%s': expected udp, tcp or udp,tcp", args->path, text);
	return -EINVAL;
}

/* "dead:2s": the state that A must be in or worse, and for how long. */
static int parse_standing(const struct sgap_args *args, struct sgap_grant_info *info)
{
	const char *text = sgap_args_get(args, "standing"), *colon;
	char state[16] = "";
	__u64 ms = 0;

	if (!text)
		return 0;
	colon = strchrnul(text, ':');
	if ((size_t)(colon - text) < sizeof(state))
		memcpy(state, text, (size_t)(colon - text));
	if (sgap_names_state_parse(&info->when_state, state) ||
	    info->when_state < SGAP_STATE_DEGRADED ||
	    (*colon && sgap_duration_parse(&ms, colon + 1)) || ms > SGAP_GRANT_WHEN_MAX_MS) {
		sgap_error("%s: --standing '%s': expected STATE:TIME, as dead:2s, up to 10m",
			   args->path, text);
		return -EINVAL;
	}
	info->when_ms = (__u32)ms;
	info->flags |= SGAP_GRANT_F_STANDING;
	return 0;
}

/* --start is counted from now; the grant's own clock starts when it is signed. */
static int parse_times(const struct sgap_args *args, struct sgap_grant_info *info)
{
	unsigned long long lease = 0, extend = 0, valid = 0, start = 0, port = 53;

	if (!sgap_args_has(args, "lease") || !sgap_args_has(args, "valid")) {
		sgap_error("%s: --%s is missing: expected a duration, as 15m", args->path,
			   sgap_args_has(args, "lease") ? "valid" : "lease");
		return -EINVAL;
	}
	if (sgap_args_duration(args, "lease", 1000, SGAP_GRANT_LEASE_MAX * 1000ULL, &lease) ||
	    sgap_args_duration(args, "extend", 1000, SGAP_GRANT_LEASE_MAX * 1000ULL, &extend) ||
	    sgap_args_duration(args, "valid", 1000, SGAP_GRANT_VALID_MAX * 1000ULL, &valid) ||
	    sgap_args_duration(args, "start", 0, SGAP_GRANT_VALID_MAX * 1000ULL, &start) ||
	    sgap_args_number(args, "port", 1, 65535, &port))
		return -EINVAL;
	info->issued = (__u64)time(NULL);
	info->not_before = info->issued + start / 1000;
	info->not_after = info->not_before + valid / 1000;
	info->max_lease = (__u32)(lease / 1000);
	info->extend = (__u32)(extend / 1000);
	info->port = (__u16)port;
	return 0;
}

/* Who of the clients, how much of it, and what ends it early. */
static int parse_bounds(const struct sgap_args *args, struct sgap_grant_info *info)
{
	unsigned long long share = 0, rate = 0, rollback = 0, recover = 0;

	if (sgap_args_number(args, "share", 1, 1000, &share) ||
	    sgap_args_number(args, "max-rate", 1, SGAP_GRANT_RATE_MAX, &rate) ||
	    sgap_args_number(args, "rollback", 1, 1000, &rollback) ||
	    sgap_args_duration(args, "recover", 1000, SGAP_GRANT_RECOVER_MAX * 1000ULL, &recover))
		return -EINVAL;
	info->share = (__u16)share;
	info->max_rate = (__u32)rate;
	info->rollback = (__u16)rollback;
	info->recover = (__u16)(recover / 1000);
	return 0;
}

static int parse_roles(const struct sgap_args *args, struct sgap_grant_info *info)
{
	const char *text = sgap_args_get(args, "roles");

	if (!text || !sgap_grant_set_roles(info, text))
		return 0;
	sgap_error("%s: --roles '%s': expected up to 4 of ROLE or ROLE:N, as network,security:2",
		   args->path, text);
	return -EINVAL;
}

static int parse_serial(const struct sgap_args *args, struct sgap_grant_info *info)
{
	const char *text = sgap_args_get(args, "serial");
	int ret = text ? sgap_grant_set_serial(info->serial, text)
		       : sgap_grant_new_serial(info->serial);

	if (ret && text)
		sgap_error("%s: --serial '%s': expected 32 hexadecimal digits", args->path, text);
	else if (ret)
		sgap_error("%s: no random serial: %s", args->path, strerror(-ret));
	return ret;
}

static int run_new(const struct sgap_args *args)
{
	const char *file = sgap_args_get(args, "output");
	struct sgap_grant_info info = { 0 };
	struct sgap_grant grant;
	enum sgap_refuse why;
	int ret;

	if (!file) {
		sgap_error("%s: --output is missing: expected the file to write", args->path);
		return SGAP_EXIT_USAGE;
	}
	if (parse_addr(args, "server", &info.server) ||
	    parse_addr(args, "fallback", &info.fallback) || parse_clients(args, &info) ||
	    parse_proto(args, &info) || parse_standing(args, &info) ||
	    parse_times(args, &info) || parse_bounds(args, &info) ||
	    parse_roles(args, &info) || parse_serial(args, &info))
		return SGAP_EXIT_USAGE;
	why = sgap_grant_encode(&info, &grant);
	if (why) {
		sgap_error("%s: the kernel would refuse this grant: %s", args->path,
			   sgap_refuse_text(why));
		return SGAP_EXIT_USAGE;
	}
	ret = sgap_file_write(file, &grant, sizeof(grant));
	if (ret) {
		sgap_error("%s: --output '%s': %s", args->path, file, strerror(-ret));
		return SGAP_EXIT_FAULT;
	}
	if (sgap_args_has(args, "json"))
		return sgap_out_json(sgap_json_grant(&grant));
	printf("%s: 256 bytes. The customer reads it with\n"
	       "  stopgap grant show %s\nand signs it with\n"
	       "  openssl cms -sign -binary -noattr -nocerts -md sha256 -outform DER "
	       "-signer CERT.pem -inkey KEY.pem -in %s -out %s.sig\n", file, file, file, file);
	return SGAP_EXIT_OK;
}

static const char *when(char buf[static SGAP_OUT_TIME], __u64 s)
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, SGAP_OUT_TIME, "%Y-%m-%d %H:%M:%S UTC", &tm))
		sgap_text_copy(buf, SGAP_OUT_TIME, "a time out of range");
	return buf;
}

static void print_bounds(const struct sgap_grant_info *g)
{
	if (g->share)
		printf("It is for %u of 1000 clients, chosen by their addresses.\n", g->share);
	if (g->max_rate)
		printf("What is more than %u new flows a second stays with the server.\n",
		       g->max_rate);
	if (g->rollback)
		printf("It ends when %u of 1000 queries or more fail at the fallback.\n",
		       g->rollback);
	if (g->recover)
		printf("It ends when the server has been well for %u s.\n", g->recover);
}

static void print_roles(const struct sgap_grant_info *g)
{
	const struct sgap_grant_role *role;

	for (role = g->roles; role < g->roles + SGAP_GRANT_ROLES && role->signers; role++)
		printf("It needs the signature of %u certificate%s of the role %.15s.\n",
		       role->signers, role->signers > 1 ? "s" : "", (const char *)role->name);
}

static void print_grant(const struct sgap_grant_info *g)
{
	char server[SGAP_ADDR_TEXT], fallback[SGAP_ADDR_TEXT], clients[SGAP_PREFIX_TEXT];
	char t[3][SGAP_OUT_TIME], lease[SGAP_DURATION_TEXT], serial[SGAP_SERIAL_TEXT];
	const char *proto = g->protocols == SGAP_GRANT_P_ALL ? "UDP and TCP" :
			    g->protocols == SGAP_GRANT_P_UDP ? "UDP only" : "TCP only";

	sgap_grant_serial_text(g->serial, serial);
	printf("Grant %s.\n", serial);
	printf("DNS queries of the clients %s to the server %s, port %u, %s,\n"
	       "may be sent to %s instead.\n",
	       sgap_prefix_text(clients, g->clients.b, g->clients_len),
	       sgap_addr_text(server, g->server.b), g->port, proto,
	       sgap_addr_text(fallback, g->fallback.b));
	printf("Each time for at most %s; then it ends by itself.\n",
	       sgap_duration_text(lease, g->max_lease * 1000ULL));
	if (g->extend)
		printf("Once it may be extended by %s.\n",
		       sgap_duration_text(lease, g->extend * 1000ULL));
	printf("Issued %s, valid from %s to %s.\n", when(t[0], g->issued),
	       when(t[1], g->not_before), when(t[2], g->not_after));
	if (g->flags & SGAP_GRANT_F_STANDING)
		printf("The kernel may start it when the server has been %s or worse for %s.\n",
		       sgap_names_state(g->when_state), sgap_duration_text(lease, g->when_ms));
	else
		printf("It starts by hand only.\n");
	print_bounds(g);
	print_roles(g);
}

/* A grant file into grant and info. SGAP_EXIT_OK, or says what is wrong. */
static int load(const struct sgap_args *args, const char *path, struct sgap_grant *grant,
		struct sgap_grant_info *info)
{
	enum sgap_refuse why;
	size_t len;
	void *p;

	p = sgap_file_read(args->path, path, 4096, &len);
	if (!p)
		return SGAP_EXIT_FAULT;
	why = sgap_grant_check(p, len, info);
	if (!why)
		memcpy(grant, p, sizeof(*grant));
	free(p);
	if (!why)
		return SGAP_EXIT_OK;
	sgap_error("%s: '%s': %s", args->path, path, sgap_refuse_text(why));
	return SGAP_EXIT_FAULT;
}

static int run_show(const struct sgap_args *args)
{
	struct sgap_grant_info info;
	struct sgap_grant grant;
	enum sgap_refuse why;
	int ret = load(args, args->arg[0], &grant, &info);

	if (ret)
		return ret;
	if (sgap_args_has(args, "json"))
		return sgap_out_json(sgap_json_grant(&grant));
	print_grant(&info);
	why = sgap_grant_check_time(&info, (__u64)time(NULL));
	printf("By this machine's clock %s.\n", why ? sgap_refuse_text(why) : "it is valid now");
	return SGAP_EXIT_OK;
}

static enum sgap_refuse verify(const struct sgap_args *args, const struct sgap_grant *grant,
			       bool *read)
{
	enum sgap_refuse why = SGAP_REFUSE_NONE;
	size_t sig_len, cert_len;
	void *sig, *cert = NULL;

	sig = sgap_file_read(args->path, args->arg[1], SGAP_GRANT_SIG_MAX, &sig_len);
	if (sig)
		cert = sgap_file_read(args->path, sgap_args_get(args, "cert"), CERT_MAX,
				      &cert_len);
	*read = sig && cert;
	if (*read)
		why = sgap_cms_verify(grant, sizeof(*grant), sig, sig_len, cert, cert_len);
	free(cert);
	free(sig);
	return why;
}

static int run_verify(const struct sgap_args *args)
{
	struct sgap_grant_info info;
	struct sgap_grant grant;
	enum sgap_refuse why;
	bool read;

	if (!sgap_args_has(args, "cert")) {
		sgap_error("%s: --cert is missing: expected the customer's certificate",
			   args->path);
		return SGAP_EXIT_USAGE;
	}
	if (load(args, args->arg[0], &grant, &info))
		return SGAP_EXIT_FAULT;
	why = verify(args, &grant, &read);
	if (!read)
		return SGAP_EXIT_FAULT;
	if (why == SGAP_REFUSE_NO_TRUST) {
		sgap_error("%s: --cert '%s': not an X.509 certificate in PEM or DER", args->path,
			   sgap_args_get(args, "cert"));
		return SGAP_EXIT_FAULT;
	}
	if (!why)
		why = sgap_grant_check_time(&info, (__u64)time(NULL));
	if (sgap_args_has(args, "json"))
		sgap_out_json(json_pack("{s:b,s:s?,s:o}", "ok", !why,
					"refused", why ? sgap_refuse_text(why) : NULL,
					"grant", sgap_json_grant(&grant)));
	else if (!why) {
		printf("The signature is right, and the grant is valid now.\n");
		print_roles(&info);
	}
	if (why)
		sgap_error("%s: '%s': %s (%s)", args->path, args->arg[0], sgap_refuse_text(why),
			   strerrorname_np(sgap_refuse_errno(why)));
	return why ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}

static const struct sgap_opt opts_new[] = {
	SGAP_OPT_JSON,
	{ 'a', "server", "ADDRESS", "A, the server whose queries may be sent elsewhere", 0 },
	{ 'b', "fallback", "ADDRESS", "B, where they may be sent", 0 },
	{ 'c', "clients", "PREFIX", "whose queries, as 192.0.2.0/24", 0 },
	{ 0, "proto", "LIST", "udp, tcp or udp,tcp (udp,tcp)", 0 },
	{ 0, "port", "N", "the server's port (53)", 0 },
	{ 'l', "lease", "TIME", "the longest time of one detour, at most 1d", 0 },
	{ 0, "extend", "TIME", "by how long that may be extended, once (not at all)", 0 },
	{ 'v', "valid", "TIME", "for how long the grant may be used, at most 366d", 0 },
	{ 0, "start", "TIME", "from when on, counted from now (0s)", 0 },
	{ 0, "standing", "STATE[:TIME]", "the kernel may start it by this condition", 0 },
	{ 0, "share", "N", "for so many of 1000 clients only, by a hash of the address", 0 },
	{ 0, "max-rate", "N", "new flows to B a second; what is more stays with A", 0 },
	{ 0, "rollback", "N", "end it when so many of 1000 queries fail at B", 0 },
	{ 0, "recover", "TIME", "end it when A was well for so long; needs --share", 0 },
	{ 0, "roles", "LIST", "who must sign, as network,security:2 (anyone trusted)", 0 },
	{ 0, "serial", "HEX", "32 hexadecimal digits that were never used (random)", 0 },
	{ 'o', "output", "FILE", "the file to write; one that exists is kept", SGAP_WORD_FILE },
	SGAP_OPT_END
};

static const struct sgap_opt opts_show[] = { SGAP_OPT_JSON, SGAP_OPT_END };

static const struct sgap_opt opts_verify[] = {
	SGAP_OPT_JSON,
	{ 'C', "cert", "FILE", "the customer's certificate, PEM or DER", SGAP_WORD_FILE },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ "new", "", "write a grant for the customer to read and to sign", opts_new, 0, 0,
	  SGAP_WORD_TEXT, run_new },
	{ "show", "GRANT", "say in plain sentences what a grant allows", opts_show, 1, 1,
	  SGAP_WORD_FILE, run_show },
	{ "verify", "GRANT SIGNATURE", "check a signature as the kernel will, without it",
	  opts_verify, 2, 2, SGAP_WORD_FILE, run_verify },
	{ 0 }
};

const struct sgap_command sgap_cmd_grant = { "grant", "what the customer authorises", verbs };
