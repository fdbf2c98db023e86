// SPDX-License-Identifier: GPL-2.0-or-later
#include "filter.h"

#include <ctype.h>
#include <stdio.h>

#include "args.h"
#include "lib/addr.h"
#include "lib/names.h"
#include "out.h"
#include "stats.h"
#include "wire.h"

static int parse_prefix(const struct sgap_args *args, const char *name, struct sgap_addr *addr,
			__u8 *len, bool *has)
{
	const char *text = sgap_args_get(args, name);
	int ret;

	if (!text)
		return 0;
	ret = sgap_prefix_parse(addr, len, text);
	if (ret == -EDOM)
		sgap_error("%s: --%s '%s': expected no bits set after the prefix",
			   args->path, name, text);
	else if (ret)
		sgap_error("%s: --%s '%s': expected an address or ADDRESS/LENGTH, as 192.0.2.0/24",
			   args->path, name, text);
	*has = !ret;
	return ret;
}

static int parse_suffix(struct sgap_filter *f, const struct sgap_args *args)
{
	const char *text = sgap_args_get(args, "name");
	size_t i, n;

	if (!text)
		return 0;
	text += *text == '.';
	n = strlen(text);
	n -= n && text[n - 1] == '.';
	if (n >= sizeof(f->suffix)) {
		sgap_error("%s: --name '%.40s...': longer than any domain name", args->path, text);
		return -EINVAL;
	}
	for (i = 0; i < n; i++)
		f->suffix[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}

int sgap_filter_parse(struct sgap_filter *f, const struct sgap_args *args)
{
	const char *rcode = sgap_args_get(args, "rcode");
	unsigned long long rtt_ms = 0;

	memset(f, 0, sizeof(*f));
	f->failed = sgap_args_has(args, "failed");
	if (parse_prefix(args, "server", &f->server, &f->server_len, &f->has_server) ||
	    parse_prefix(args, "client", &f->client, &f->client_len, &f->has_client) ||
	    parse_suffix(f, args))
		return -EINVAL;
	if (rcode && sgap_names_rcode_parse(&f->rcode, rcode)) {
		sgap_error("%s: --rcode '%s': expected a name as SERVFAIL, or a number up to 4095",
			   args->path, rcode);
		return -EINVAL;
	}
	f->has_rcode = rcode;
	if (sgap_args_duration(args, "rtt", 0, 60000, &rtt_ms))
		return -EINVAL;
	f->has_rtt = sgap_args_has(args, "rtt");
	f->rtt_us = rtt_ms * 1000;
	return 0;
}

static bool in_prefix(const struct sgap_addr *prefix, __u8 len, const __u8 *addr)
{
	unsigned int bits = len + (sgap_addr_is_v4(prefix) ? 96U : 0U);
	unsigned int whole = bits / 8, rest = bits % 8;

	if (memcmp(prefix->b, addr, whole) != 0)
		return false;
	return !rest || !((prefix->b[whole] ^ addr[whole]) >> (8 - rest));
}

/* Does the name end with the suffix, at a dot? */
static bool has_suffix(const struct sgap_rec_txn *t, const char *suffix)
{
	size_t room = (t->rec.len & SGAP_REC_LEN) - sizeof(*t), n, want = strlen(suffix);
	char name[1025];
	int len;

	if (!t->qname_len || t->qname_len > room)
		return false;
	len = sgap_wire_name_text(name, sizeof(name), t->data, t->qname_len, true);
	if (len < 0)
		return false;
	n = (size_t)len;
	n -= n && name[n - 1] == '.';
	if (n < want || memcmp(name + n - want, suffix, want) != 0)
		return false;
	return n == want || name[n - want - 1] == '.';
}

bool sgap_filter_is_failed(const struct sgap_rec_txn *t)
{
	return t->state == SGAP_TXN_LATE || t->state == SGAP_TXN_TLS_REFUSED ||
	       t->state == SGAP_TXN_TLS_SILENT || sgap_stats_is_bad(t->state, t->rcode);
}

bool sgap_filter_takes(const struct sgap_filter *f, const struct sgap_rec_txn *t)
{
	if (f->failed && !sgap_filter_is_failed(t))
		return false;
	if (f->has_server && !in_prefix(&f->server, f->server_len, t->server))
		return false;
	if (f->has_client && !in_prefix(&f->client, f->client_len, t->client))
		return false;
	if (f->has_rcode && t->rcode != f->rcode)
		return false;
	if (f->has_rtt && (!t->ts_query || t->ts_answer < t->ts_query + f->rtt_us * 1000 ||
			   !t->ts_answer))
		return false;
	return !*f->suffix || has_suffix(t, f->suffix);
}

bool sgap_filter_takes_partial(const struct sgap_filter *f, const struct sgap_rec_partial *p)
{
	if (f->has_rcode || f->has_rtt || *f->suffix)
		return false;
	if (f->has_server && !in_prefix(&f->server, f->server_len, p->server))
		return false;
	return !f->has_client || in_prefix(&f->client, f->client_len, p->client);
}
