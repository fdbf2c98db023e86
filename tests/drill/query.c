// SPDX-License-Identifier: GPL-2.0-or-later
/* The bytes of a drill client's queries, and the little it reads of answers. */
#include "client.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int type_number(const char *text)
{
	static const struct { const char *name; int nr; } types[] = {
		{ "PAIR", TYPE_PAIR }, { "A", 1 }, { "NS", 2 }, { "CNAME", 5 },
		{ "SOA", 6 }, { "PTR", 12 }, { "MX", 15 }, { "TXT", 16 },
		{ "AAAA", 28 }, { "SRV", 33 }, { "DS", 43 }, { "DNSKEY", 48 },
		{ "SVCB", 64 }, { "HTTPS", 65 }, { "CAA", 257 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, text))
			return types[i].nr;
	return -1;
}

static int put16(uint8_t *p, int v)
{
	p[0] = v >> 8;
	p[1] = v;
	return 2;
}

static int put_name(struct client *c, uint8_t *out, const char *name)
{
	uint8_t *len = out, *p = out + 1;

	for (; *name; name++) {
		if (*name == '.') {
			*len = p - len - 1;
			len = p++;
			continue;
		}
		*p++ = c->mixcase && (draw(c) & 1) ? toupper(*name) : *name;
	}
	*len = p - len - 1;
	if (*len)
		*p++ = 0;
	return p - out;
}

static int put_opt(struct client *c, uint8_t *p)
{
	int n = 0;

	p[n++] = 0;
	n += put16(p + n, 41);
	n += put16(p + n, c->edns);
	n += put16(p + n, 0);
	n += put16(p + n, c->want_do ? 0x8000 : 0);
	n += put16(p + n, c->cookie ? 12 : 0);
	if (c->cookie) {
		n += put16(p + n, 10);
		n += put16(p + n, 8);
		memset(p + n, 0x5a, 8);
		put16(p + n, draw(c) & 0xffff);
		n += 8;
	}
	return n;
}

int query_build(struct client *c, struct lookup *l, int part, uint8_t *out, int size)
{
	bool opt = c->edns && !l->no_edns;
	struct part *p = &l->part[part];
	int n = 0;

	if (size < 320)
		return -1;
	n += put16(out + n, p->id);
	n += put16(out + n, 0x0100);
	n += put16(out + n, 1);
	n += put16(out + n, 0);
	n += put16(out + n, 0);
	n += put16(out + n, opt);
	p->asked_len = put_name(c, out + n, l->name);
	memcpy(p->asked, out + n, p->asked_len);
	n += p->asked_len;
	n += put16(out + n, p->type);
	n += put16(out + n, 1);
	if (opt)
		n += put_opt(c, out + n);
	return n;
}

/* Who spells names at random takes no answer that spells them otherwise. */
bool answer_spelled(const struct client *c, const struct part *p, const uint8_t *m, int len)
{
	return !c->mixcase || (len >= 12 + p->asked_len && !memcmp(m + 12, p->asked, p->asked_len));
}

static int skip_name(const uint8_t *m, int len, int at)
{
	while (at < len && m[at]) {
		if (m[at] >= 0xc0)
			return at + 2;
		at += m[at] + 1;
	}
	return at + 1;
}

/* TTL of the first answer; 5 when there is none. */
int answer_ttl(const uint8_t *m, int len)
{
	int at = 12;

	if (len < 12 || !(m[6] << 8 | m[7]))
		return 5;
	if (m[4] << 8 | m[5])
		at = skip_name(m, len, at) + 4;
	at = skip_name(m, len, at);
	if (at + 8 > len)
		return 5;
	return m[at + 5] << 16 | m[at + 6] << 8 | m[at + 7];
}
