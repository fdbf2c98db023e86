// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

static const char first[] = "stopgap-witness-1\n";

/* What is signed. */
static size_t body(char buf[static SGAP_WITNESS_TEXT], const struct sgap_witness *w)
{
	char head[SGAP_CHAIN_HEAD], key[SGAP_HASH_HEX];

	sgap_chain_head(head, &w->head);
	return (size_t)snprintf(buf, SGAP_WITNESS_TEXT, "%stime %llu\nby %s\nkey %s\n%s", first,
				(unsigned long long)w->time, w->by,
				sgap_hex(key, w->key, SGAP_SEAL_KEY), head);
}

static int is_name(const char *by)
{
	const char *p;

	for (p = by; *p; p++)
		if (*p <= ' ' || *p > '~')
			return 0;
	return p > by;
}

int sgap_witness_sign(struct sgap_witness *w, const struct sgap_seal *seal)
{
	char text[SGAP_WITNESS_TEXT];
	size_t len;

	if (!is_name(w->by))
		return -EINVAL;
	memcpy(w->key, sgap_seal_public(seal), SGAP_SEAL_KEY);
	len = body(text, w);
	return sgap_seal_sign(seal, w->sig, text, len);
}

size_t sgap_witness_text(char buf[static SGAP_WITNESS_TEXT], const struct sgap_witness *w)
{
	char sig[2 * SGAP_SEAL_SIG + 1];
	size_t len = body(buf, w);

	return len + (size_t)snprintf(buf + len, SGAP_WITNESS_TEXT - len, "sig %s\n",
				      sgap_hex(sig, w->sig, SGAP_SEAL_SIG));
}

/* The value of the line "NAME VALUE" that text begins with, and past it; NULL = none. */
static const char *line(const char *text, const char *name, char *value, size_t size)
{
	size_t len = strlen(name), n;

	if (strncmp(text, name, len) || text[len] != ' ')
		return NULL;
	text += len + 1;
	n = strcspn(text, "\n");
	if (!n || n >= size || text[n] != '\n')
		return NULL;
	memcpy(value, text, n);
	value[n] = '\0';
	return text + n + 1;
}

/* The five lines of a head that text begins with, and past them; NULL = none. */
static const char *take_head(struct sgap_head *head, const char *text)
{
	char copy[SGAP_CHAIN_HEAD];
	const char *p = text;
	int i;

	for (i = 0; p && i < 5; i++) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	if (!p || (size_t)(p - text) >= sizeof(copy))
		return NULL;
	memcpy(copy, text, (size_t)(p - text));
	copy[p - text] = '\0';
	return sgap_head_parse(head, copy) ? NULL : p;
}

int sgap_witness_parse(struct sgap_witness *w, const char *text)
{
	char time[24], key[SGAP_HASH_HEX], sig[2 * SGAP_SEAL_SIG + 1], again[SGAP_WITNESS_TEXT];
	const char *p = strncmp(text, first, sizeof(first) - 1) ? NULL : text + sizeof(first) - 1;

	memset(w, 0, sizeof(*w));
	p = p ? line(p, "time", time, sizeof(time)) : NULL;
	p = p ? line(p, "by", w->by, sizeof(w->by)) : NULL;
	p = p ? line(p, "key", key, sizeof(key)) : NULL;
	p = p ? take_head(&w->head, p) : NULL;
	p = p ? line(p, "sig", sig, sizeof(sig)) : NULL;
	if (!p || !is_name(w->by) || sgap_unhex(w->key, sizeof(w->key), key) ||
	    sgap_unhex(w->sig, sizeof(w->sig), sig))
		return -EINVAL;
	w->time = strtoull(time, NULL, 10);
	sgap_witness_text(again, w);
	if (strcmp(again, text) != 0)
		return -EINVAL;
	return sgap_seal_check(w->key, w->sig, again, body(again, w)) ? 0 : -EKEYREJECTED;
}

int sgap_sealed_parse(struct sgap_sealed *s, const char *text)
{
	char key[SGAP_HASH_HEX], sig[2 * SGAP_SEAL_SIG + 1], again[SGAP_CHAIN_HEAD];
	const char *p = take_head(&s->head, text);

	p = p ? line(p, "key", key, sizeof(key)) : NULL;
	p = p ? line(p, "sig", sig, sizeof(sig)) : NULL;
	if (!p || *p || sgap_unhex(s->key, sizeof(s->key), key) ||
	    sgap_unhex(s->sig, sizeof(s->sig), sig))
		return -EINVAL;
	return sgap_seal_check(s->key, s->sig, again, sgap_chain_head(again, &s->head)) ?
	       0 : -EKEYREJECTED;
}
