// SPDX-License-Identifier: GPL-2.0-or-later
#include "parts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"
#include "lib/pcapng_write.h"
#include "lib/text.h"

#define WITNESS_MAX 65536u

/* The bytes of hexadecimal text, to be freed; NULL when it is none. */
static __u8 *bytes_of(const json_t *obj, const char *key, size_t *len)
{
	const char *text = json_string_value(json_object_get(obj, key));
	__u8 *bytes;

	*len = text ? strlen(text) / 2 : 0;
	bytes = *len ? malloc(*len) : NULL;
	if (bytes && sgap_unhex(bytes, *len, text)) {
		free(bytes);
		bytes = NULL;
	}
	return bytes;
}

struct packets {
	struct sgap_pcapng *w;
	int n, err;
};

static int take_packet(void *ctx, const struct sgap_entry *e)
{
	struct sgap_pcapng_pkt pkt = { 0 };
	struct packets *p = ctx;
	char comment[64];
	size_t len;
	json_t *obj;
	__u8 *data;

	if (strcmp(e->type, "incident.packet") != 0)
		return 0;
	obj = json_loadb(e->payload, e->len, 0, NULL);
	data = bytes_of(obj, "data", &len);
	if (data) {
		snprintf(comment, sizeof(comment), "record %lld, entry %llu of the ledger",
			 (long long)json_integer_value(json_object_get(obj, "id")),
			 (unsigned long long)e->seq);
		pkt.ts = (__u64)json_integer_value(json_object_get(obj, "ts"));
		pkt.data = data;
		pkt.caplen = (__u32)len;
		pkt.len = (__u32)json_integer_value(json_object_get(obj, "wire_len"));
		pkt.link_type = (__u16)json_integer_value(json_object_get(obj, "link_type"));
		pkt.outbound = !json_is_true(json_object_get(obj, "answer"));
		pkt.comment = comment;
		p->err = sgap_pcapng_packet(p->w, &pkt);
		p->n++;
	}
	free(data);
	json_decref(obj);
	return p->err;
}

int sgap_parts_packets(struct sgap_ledger *l, __u64 n, sgap_parts_fn fn, void *ctx)
{
	struct packets p = { 0 };
	char *buf = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&buf, &len);
	int ret, err;

	if (!f)
		return -ENOMEM;
	ret = sgap_pcapng_begin(&p.w, f, "tap", "packets of transactions that failed");
	if (!ret) {
		ret = sgap_ledger_each(l, 1, n, take_packet, &p);
		err = sgap_pcapng_close(p.w, 0);
		ret = ret ? ret : err;
	}
	if (!ret && p.n)
		fn(ctx, "packets.pcapng", buf, len);
	free(buf);
	return ret ? ret : p.n;
}

struct grant {
	const char *serial;
	sgap_parts_fn fn;
	void *ctx;
	int n;
};

static void tell(const struct grant *g, const json_t *obj, const char *key, const char *suffix)
{
	char name[80];
	size_t len;
	__u8 *data = bytes_of(obj, key, &len);

	snprintf(name, sizeof(name), "grant/%.32s.%s", g->serial, suffix);
	if (data)
		g->fn(g->ctx, name, data, len);
	free(data);
}

/* The first time that it was given is enough: its bytes are the same each time. */
static int take_grant(void *ctx, const struct sgap_entry *e)
{
	struct grant *g = ctx;
	const char *serial;
	json_t *obj;

	if (g->n || strcmp(e->type, "grant") != 0)
		return 0;
	obj = json_loadb(e->payload, e->len, 0, NULL);
	serial = json_string_value(json_object_get(obj, "serial"));
	if (serial && !strcmp(serial, g->serial)) {
		tell(g, obj, "grant", "grant");
		tell(g, obj, "signature", "sig");
		tell(g, obj, "certificate", "pem");
		g->n++;
	}
	json_decref(obj);
	return 0;
}

int sgap_parts_grant(struct sgap_ledger *l, const char *serial, sgap_parts_fn fn, void *ctx)
{
	struct grant g = { .serial = serial, .fn = fn, .ctx = ctx };
	int ret = sgap_ledger_each(l, 1, 0, take_grant, &g);

	return ret ? ret : g.n;
}

/* 0 = not the name of a witness's file. */
static unsigned long long witness_seq(const char *name, int *stamp)
{
	const char *dot = strrchr(name, '.');

	*stamp = dot && !strcmp(dot, ".tsr");
	if (!dot || strlen(name) > 72 || (!*stamp && strcmp(dot, ".witness") != 0) ||
	    strncmp(name, "head-", 5) != 0 || !isdigit((unsigned char)name[5]))
		return 0;
	return strtoull(name + 5, NULL, 10);
}

struct stamped {
	__u64 seq;
	sgap_parts_fn fn;
	void *ctx;
};

static int tell_head(void *ctx, const struct sgap_sealed *s)
{
	char text[SGAP_CHAIN_HEAD], name[64];
	struct stamped *st = ctx;

	if (s->head.seq != st->seq)
		return 0;
	snprintf(name, sizeof(name), "witness/head-%llu.txt", (unsigned long long)st->seq);
	st->fn(st->ctx, name, text, sgap_chain_head(text, &s->head));
	return 1;
}

static int tell_file(const char *folder, const char *name, sgap_parts_fn fn, void *ctx)
{
	char path[SGAP_LEDGER_PATH], member[96];
	char *buf = malloc(WITNESS_MAX);
	size_t len = 0;
	FILE *f;
	int ret = 0;

	snprintf(path, sizeof(path), "%.4000s/%.80s", folder, name);
	snprintf(member, sizeof(member), "witness/%.80s", name);
	f = buf ? fopen(path, "re") : NULL;
	if (f)
		len = fread(buf, 1, WITNESS_MAX, f);
	if (!buf)
		ret = -ENOMEM;
	else if (!f || ferror(f))
		ret = -errno;
	else
		fn(ctx, member, buf, len);
	if (f)
		fclose(f);
	free(buf);
	return ret;
}

int sgap_parts_witnesses(struct sgap_ledger *l, const char *folder, __u64 first, __u64 last,
			 sgap_parts_fn fn, void *ctx)
{
	struct stamped st = { .fn = fn, .ctx = ctx };
	struct dirent **list = NULL;
	int i, stamp, ret = 0, found = 0, n = scandir(folder, &list, NULL, alphasort);
	__u64 told = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (i = 0; i < n; i++) {
		st.seq = witness_seq(list[i]->d_name, &stamp);
		if (!ret && st.seq && st.seq >= first && st.seq <= last) {
			if (stamp && told != st.seq)
				ret = sgap_ledger_heads(l, tell_head, &st);
			told = stamp ? st.seq : told;
			ret = ret < 0 ? ret : tell_file(folder, list[i]->d_name, fn, ctx);
			found++;
		}
		free(list[i]);
	}
	free(list);
	return ret ? ret : found;
}
