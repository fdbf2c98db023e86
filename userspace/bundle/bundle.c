// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident/compose.h"
#include "ledger/ledger.h"
#include "ledger/seal.h"
#include "page.h"
#include "parts.h"
#include "readme.h"
#include "report/fit.h"
#include "report/incident.h"
#include "report/report.h"
#include "report/text.h"
#include "segment.h"
#include "tar.h"

struct bundle {
	const struct sgap_bundle_cfg *cfg;
	struct sgap_bundle_made *made;
	struct sgap_text *tar;
	struct sgap_text sums;
	__u64 time;		/* of its head, s */
};

static void digest(char *hex, const void *data, size_t len, int *err)
{
	__u8 md[SGAP_HASH] = { 0 };

	if (EVP_Digest(data, len, md, NULL, EVP_sha256(), NULL) != 1)
		*err = -EIO;
	sgap_hex(hex, md, sizeof(md));
}

static void add(void *ctx, const char *name, const void *data, size_t len)
{
	char path[SGAP_TAR_NAME + 32], hex[SGAP_HASH_HEX];
	struct bundle *b = ctx;

	snprintf(path, sizeof(path), SGAP_BUNDLE_FOLDER "/%s", name);
	sgap_tar_add(b->tar, path, b->time, data, len);
	digest(hex, data, len, &b->tar->err);
	sgap_text_addf(&b->sums, "%s  %s\n", hex, name);
}

static void add_text(struct bundle *b, const char *name, struct sgap_text *t)
{
	if (t->err)
		b->tar->err = t->err;
	else
		add(b, name, t->s ? t->s : "", t->len);
	sgap_text_free(t);
}

static int add_report(struct bundle *b, json_t *obj, char *err, size_t size)
{
	char *json = json_dumps(obj, JSON_INDENT(1));
	struct sgap_incident *inc = NULL;
	struct sgap_text t = { 0 };

	if (json)
		inc = sgap_incident_parse(json, strlen(json), "incident.json", err, size);
	if (inc) {
		sgap_fit(inc);
		sgap_report_html(&t, inc);
		add_text(b, "report.html", &t);
		add(b, "incident.json", json, strlen(json));
		sgap_report_markdown(&t, inc);
		add_text(b, "ticket.md", &t);
		sgap_report_vendor(&t, inc);
		add_text(b, "vendor.txt", &t);
	}
	sgap_incident_free(inc);
	free(json);
	return inc ? 0 : json ? -EBADMSG : -ENOMEM;
}

static int keep(__u64 *to, int ret)
{
	if (ret > 0)
		*to = (__u64)ret;
	return ret < 0 ? ret : 0;
}

static int add_evidence(struct bundle *b, const json_t *obj)
{
	const char *serial = json_string_value(json_object_get(json_object_get(obj, "grant"),
							       "serial"));
	const struct sgap_bundle_cfg *cfg = b->cfg;
	size_t i;
	int ret;

	ret = keep(&b->made->packets, sgap_parts_packets(cfg->ledger, cfg->n, add, b));
	if (!ret && serial)
		ret = keep(&b->made->grants, sgap_parts_grant(cfg->ledger, serial, add, b));
	for (i = 0; i < cfg->nfiles; i++) {
		char name[SGAP_TAR_NAME];

		snprintf(name, sizeof(name), "with/%.90s", cfg->file[i].name);
		add(b, name, cfg->file[i].data, cfg->file[i].len);
	}
	return ret;
}

/* Entry 1, whose hash is the ledger's name and which names the first key. */
static int add_first(struct bundle *b)
{
	struct sgap_text t = { 0 };
	int ret = sgap_segment_entries(&t, b->cfg->ledger, 1, 1);

	if (!ret && t.len)
		t.s[--t.len] = '\0';
	if (ret)
		sgap_text_free(&t);
	else
		add_text(b, "first.txt", &t);
	return ret;
}

static int add_chain(struct bundle *b, const struct sgap_segment *s)
{
	char head[SGAP_CHAIN_HEAD], pem[SGAP_SEAL_PEM];
	struct sgap_ledger *l = b->cfg->ledger;
	struct sgap_text t = { 0 };
	int ret, len;

	len = sgap_seal_pem(pem, s->head.key);
	if (len < 0)
		return len;
	add(b, "ledger.pem", pem, (size_t)len);
	ret = add_first(b);
	if (!ret)
		ret = sgap_segment_entries(&t, l, s->first, s->last);
	if (ret) {
		sgap_text_free(&t);
		return ret;
	}
	add_text(b, "chain.txt", &t);
	ret = keep(&b->made->heads, sgap_segment_heads(&t, l, s->first, s->last));
	add_text(b, "heads.txt", &t);
	add(b, "head.txt", head, sgap_chain_head(head, &s->head.head));
	add(b, "head.sig", s->head.sig, sizeof(s->head.sig));
	if (!ret && b->cfg->folder)
		ret = keep(&b->made->witnesses, sgap_parts_witnesses(l, b->cfg->folder, s->first,
								     s->last, add, b));
	return ret;
}

/* The member after which nothing of the bundle varies. */
static void add_signature(struct sgap_text *tar, const __u8 *sig)
{
	sgap_tar_add(tar, SGAP_BUNDLE_FOLDER "/bundle.sig", 0, sig, SGAP_SEAL_SIG);
	sgap_tar_end(tar);
}

int sgap_bundle_tail(char *hex, size_t size)
{
	static const __u8 none[SGAP_SEAL_SIG];
	struct sgap_text t = { 0 };
	int err = 0;

	if (size < SGAP_HASH_HEX)
		return -EINVAL;
	add_signature(&t, none);
	err = t.err;
	if (!err) {
		memmove(t.s + SGAP_BUNDLE_SIG, t.s + SGAP_BUNDLE_SIG + sizeof(none),
			t.len - SGAP_BUNDLE_SIG - sizeof(none));
		digest(hex, t.s, t.len - sizeof(none), &err);
	}
	sgap_text_free(&t);
	return err;
}

static int add_all(struct bundle *b, const struct sgap_segment *s, json_t *obj, char *err,
		   size_t size)
{
	struct sgap_text t = { 0 };
	int ret;

	sgap_bundle_readme(&t, b->cfg, b->made);
	add_text(b, "README", &t);
	ret = add_report(b, obj, err, size);
	if (!ret)
		ret = add_evidence(b, obj);
	if (!ret)
		ret = add_chain(b, s);
	if (ret)
		return ret;
	sgap_bundle_page(&t);
	add_text(b, "verify.html", &t);
	t = b->sums;
	memset(&b->sums, 0, sizeof(b->sums));
	add_text(b, "SHA256SUMS", &t);
	return b->tar->err;
}

static int find(struct sgap_segment *s, const struct sgap_bundle_cfg *cfg, char *err, size_t size)
{
	int ret = sgap_segment_find(s, cfg->ledger, cfg->n);

	if (ret == -ENOENT)
		snprintf(err, size, "there is no such incident");
	else if (ret == -EAGAIN)
		snprintf(err, size, "nothing of it is sealed yet: stopgapd does so every minute");
	else if (!ret && memcmp(s->head.key, sgap_seal_public(cfg->seal), SGAP_SEAL_KEY) != 0) {
		snprintf(err, size, "the head over it is sealed with another key than this one");
		ret = -EKEYREJECTED;
	}
	return ret;
}

int sgap_bundle_make(struct sgap_text *tar, const struct sgap_bundle_cfg *cfg,
		     struct sgap_bundle_made *made, char *err, size_t size)
{
	struct bundle b = { .cfg = cfg, .made = made, .tar = tar };
	__u8 sig[SGAP_SEAL_SIG];
	struct sgap_segment s;
	json_t *obj = NULL;
	int ret;

	*err = '\0';
	memset(made, 0, sizeof(*made));
	ret = find(&s, cfg, err, size);
	if (!ret) {
		made->first = s.first;
		made->last = s.last;
		made->unsealed = s.unsealed;
		b.time = s.head.head.time / SGAP_NS_PER_S;
		sgap_ledger_until(cfg->ledger, s.last);
		obj = sgap_compose(cfg->ledger, cfg->n, cfg->site, &ret);
	}
	if (obj)
		ret = add_all(&b, &s, obj, err, size);
	if (!ret)
		ret = sgap_seal_sign(cfg->seal, sig, tar->s, tar->len);
	if (!ret) {
		add_signature(tar, sig);
		ret = tar->err;
	}
	sgap_text_free(&b.sums);
	json_decref(obj);
	if (ret && !*err)
		snprintf(err, size, "%s", strerror(-ret));
	return ret;
}
