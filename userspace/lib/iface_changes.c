// SPDX-License-Identifier: GPL-2.0-or-later
#include "iface_changes.h"

#include <stdio.h>

#include "text.h"

struct tell {
	sgap_iface_change_fn fn;
	void *ctx;
};

static void tell_text(const struct tell *t, const char *what, const char *before, const char *now)
{
	if (strcmp(before, now) != 0)
		t->fn(t->ctx, what, *before ? before : "unknown", *now ? now : "unknown");
}

static void param_text(char text[static SGAP_IFACE_CHANGE_TEXT], const struct sgap_iface_desc *d,
		       __s64 value)
{
	const char *word = sgap_iface_word(d->kind, value);

	if (value == SGAP_IFACE_NONE)
		sgap_text_copy(text, SGAP_IFACE_CHANGE_TEXT, "unknown");
	else if (word)
		sgap_text_copy(text, SGAP_IFACE_CHANGE_TEXT, word);
	else
		snprintf(text, SGAP_IFACE_CHANGE_TEXT, "%lld%s%s", (long long)value,
			 *d->unit ? " " : "", d->unit);
}

/* What is measured is no setting, and the carrier that came or went is told itself. */
static bool is_measured(int param)
{
	return param == SGAP_IFACE_SQI || param == SGAP_IFACE_CARRIER_CHANGES;
}

static void tell_params(const struct tell *t, const struct sgap_iface *before,
			const struct sgap_iface *now)
{
	char was[SGAP_IFACE_CHANGE_TEXT], is[SGAP_IFACE_CHANGE_TEXT], what[SGAP_IFACE_CHANGE_TEXT];
	int i;

	for (i = 0; i < __SGAP_IFACE_PARAM_MAX; i++) {
		const struct sgap_iface_desc *d = &sgap_iface_params[i];

		if (before->param[i] == now->param[i] || is_measured(i))
			continue;
		snprintf(what, sizeof(what), "%s.%s", sgap_iface_groups[d->group], d->name);
		param_text(was, d, before->param[i]);
		param_text(is, d, now->param[i]);
		t->fn(t->ctx, what, was, is);
	}
}

static const struct sgap_iface_feature *feature_of(const struct sgap_iface *iface,
						   const char *name)
{
	size_t i;

	for (i = 0; i < iface->nfeatures; i++)
		if (!strcmp(iface->feature[i].name, name))
			return &iface->feature[i];
	return NULL;
}

static void tell_features(const struct tell *t, const struct sgap_iface *before,
			  const struct sgap_iface *now)
{
	char what[SGAP_IFACE_CHANGE_TEXT];
	size_t i;

	for (i = 0; i < now->nfeatures; i++) {
		const struct sgap_iface_feature *f = &now->feature[i];
		const struct sgap_iface_feature *old = feature_of(before, f->name);

		if (!old || old->active == f->active)
			continue;
		snprintf(what, sizeof(what), "offload %s", f->name);
		t->fn(t->ctx, what, old->active ? "on" : "off", f->active ? "on" : "off");
	}
}

/* A counter that sank began anew: that is no change. */
static void tell_counters(const struct tell *t, const struct sgap_iface *before,
			  const struct sgap_iface *now)
{
	char was[SGAP_IFACE_CHANGE_TEXT], is[SGAP_IFACE_CHANGE_TEXT], what[SGAP_IFACE_CHANGE_TEXT];
	size_t i;

	for (i = 0; i < now->ncounters; i++) {
		const struct sgap_iface_counter *c = &now->counter[i];
		const struct sgap_iface_counter *old;

		if (c->what == SGAP_IFACE_TRAFFIC)
			continue;
		old = sgap_iface_counter(before, c);
		if (!old || old->value >= c->value)
			continue;
		snprintf(what, sizeof(what), "%s %s", c->source, c->name);
		snprintf(was, sizeof(was), "%llu", (unsigned long long)old->value);
		snprintf(is, sizeof(is), "%llu", (unsigned long long)c->value);
		t->fn(t->ctx, what, was, is);
	}
}

void sgap_iface_changes(const struct sgap_iface *before, const struct sgap_iface *now,
			sgap_iface_change_fn fn, void *ctx)
{
	const struct tell t = { .fn = fn, .ctx = ctx };

	tell_text(&t, "driver", before->driver, now->driver);
	tell_text(&t, "firmware", before->firmware, now->firmware);
	tell_text(&t, "address", before->address, now->address);
	tell_params(&t, before, now);
	tell_text(&t, "fec modes", before->fec, now->fec);
	tell_features(&t, before, now);
	tell_text(&t, "qdisc", before->qdisc, now->qdisc);
	tell_counters(&t, before, now);
}
