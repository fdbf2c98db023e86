// SPDX-License-Identifier: GPL-2.0-or-later
#include "iface_json.h"

#include "iface_says.h"
#include "json.h"

static json_t *text_or_null(const char *s)
{
	return *s ? sgap_json_text(s, strlen(s)) : json_null();
}

static json_t *param(enum sgap_iface_kind kind, __s64 value)
{
	const char *word = sgap_iface_word(kind, value);

	if (kind == SGAP_IFACE_KIND_BOOL)
		return json_boolean(value);
	return word ? json_string(word) : json_integer(value);
}

static void put_params(json_t *obj, const struct sgap_iface *iface)
{
	int i;

	for (i = 0; i < __SGAP_IFACE_PARAM_MAX; i++) {
		const struct sgap_iface_desc *d = &sgap_iface_params[i];
		const char *group = sgap_iface_groups[d->group];
		json_t *in = json_object_get(obj, group);

		if (iface->param[i] == SGAP_IFACE_NONE)
			continue;
		if (!in) {
			in = json_object();
			json_object_set_new(obj, group, in);
		}
		json_object_set_new(in, d->name, param(d->kind, iface->param[i]));
	}
}

static json_t *modes(const struct sgap_iface_modes *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->n; i++)
		json_array_append_new(list, json_string(m->name[i]));
	return list;
}

static json_t *features(const struct sgap_iface *iface)
{
	json_t *obj = json_object();
	size_t i;

	for (i = 0; i < iface->nfeatures; i++) {
		const struct sgap_iface_feature *f = &iface->feature[i];

		json_object_set_new(obj, f->name, json_pack("{s:b,s:b,s:b}", "active", f->active,
							    "settable", f->can,
							    "wanted", f->wanted));
	}
	return obj;
}

static json_t *counters(const struct sgap_iface *now, const struct sgap_iface *before)
{
	static const char *const what[] = { "traffic", "error", "drop", "sign" };
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < now->ncounters; i++) {
		const struct sgap_iface_counter *c = &now->counter[i];
		double rate = sgap_iface_rate(now, before, c);

		json_array_append_new(list,
			json_pack("{s:s,s:o,s:s,s:o,s:o}", "source", c->source,
				  "name", sgap_json_text(c->name, strlen(c->name)),
				  "kind", what[c->what], "value", sgap_json_u64(c->value),
				  "per_s", rate < 0 ? json_null() : json_real(rate)));
	}
	return list;
}

static void add_unusual(void *ctx, enum sgap_iface_weight weight, const char *about,
			const char *text)
{
	json_array_append_new(ctx, json_pack("{s:s,s:s,s:s}", "weight",
					     sgap_iface_weights[weight], "about", about,
					     "text", text));
}

json_t *sgap_iface_json(const struct sgap_iface *now, const struct sgap_iface *before)
{
	json_t *obj, *unusual = json_array();

	sgap_iface_says(now, before, add_unusual, unusual);
	obj = json_pack("{s:s,s:o,s:o,s:o,s:o,s:{s:o,s:o,s:o,s:o},s:o}", "interface", now->name,
			"unusual", unusual,
			"kind", text_or_null(now->kind), "address", text_or_null(now->address),
			"alias", text_or_null(now->alias), "driver",
			"name", text_or_null(now->driver),
			"version", text_or_null(now->driver_version),
			"firmware", text_or_null(now->firmware), "bus", text_or_null(now->bus),
			"qdisc", text_or_null(now->qdisc));
	if (!obj)
		return NULL;
	put_params(obj, now);
	if (*now->fec)
		json_object_set_new(obj, "fec_modes", json_string(now->fec));
	json_object_set_new(obj, "modes", json_pack("{s:o,s:o,s:o}",
						    "supported", modes(&now->supported),
						    "advertised", modes(&now->ours),
						    "peer", modes(&now->peer)));
	json_object_set_new(obj, "offloads", features(now));
	json_object_set_new(obj, "counters", counters(now, before));
	return obj;
}
