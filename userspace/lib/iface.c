// SPDX-License-Identifier: GPL-2.0-or-later
#include "iface.h"

#include <stdlib.h>
#include <time.h>

#include "text.h"

const struct sgap_iface_desc sgap_iface_params[__SGAP_IFACE_PARAM_MAX] = {
#define DESC(group, param, name, kind, unit) \
	[SGAP_IFACE_##param] = { SGAP_IFACE_GROUP_##group, SGAP_IFACE_KIND_##kind, name, unit },
	SGAP_IFACE_PARAMS(DESC)
#undef DESC
};

const char *const sgap_iface_groups[__SGAP_IFACE_GROUP_MAX] = {
	"link", "rings", "channels", "coalescing", "pause", "eee", "fec",
};

#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }

const char *sgap_iface_word(enum sgap_iface_kind kind, __s64 value)
{
	/* In the order of linux/ethtool.h and RFC 2863. */
	const char *const *const words[] = {
		[SGAP_IFACE_KIND_BOOL] = WORDS("off", "on"),
		[SGAP_IFACE_KIND_DUPLEX] = WORDS("half", "full"),
		[SGAP_IFACE_KIND_PORT] = WORDS("twisted pair", "AUI", "MII", "fibre", "BNC",
					  "direct attach copper"),
		[SGAP_IFACE_KIND_OPERSTATE] = WORDS("unknown", "not present", "down",
					       "lower layer down", "testing", "dormant", "up"),
		[SGAP_IFACE_KIND_MDIX] = WORDS("unknown", "off", "on", "auto"),
		[SGAP_IFACE_KIND_TRANSCEIVER] = WORDS("internal", "external"),
		[SGAP_IFACE_KIND_MASTER] = WORDS("unsupported", "unknown", "master preferred",
					    "slave preferred", "master", "slave", "error"),
		[SGAP_IFACE_KIND_EXT_STATE] = WORDS("autonegotiation", "link training failed",
					       "logical mismatch", "bad signal integrity",
					       "no cable", "cable issue", "EEPROM issue",
					       "calibration failed", "power budget exceeded",
					       "overheat", "module"),
		[SGAP_IFACE_KIND_FEC] = WORDS("none", "RS", "BASER", "LLRS"),
	};
	const char *const *word = (size_t)kind < ARRAY_SIZE(words) ? words[kind] : NULL;

	for (; value >= 0 && word && *word; word++)
		if (!value--)
			return *word;
	return kind == SGAP_IFACE_KIND_PORT ? "other" : NULL;
}

int sgap_iface_add(struct sgap_iface *iface, const char *source, const char *name,
		   enum sgap_iface_count what, __u64 value)
{
	struct sgap_iface_counter *c;

	if (!(iface->ncounters & (iface->ncounters - 1))) {
		c = reallocarray(iface->counter, iface->ncounters ? 2 * iface->ncounters : 1,
				 sizeof(*c));
		if (!c)
			return -ENOMEM;
		iface->counter = c;
	}
	c = &iface->counter[iface->ncounters++];
	sgap_text_copy(c->source, sizeof(c->source), source);
	sgap_text_copy(c->name, sizeof(c->name), name);
	c->what = what;
	c->value = value;
	return 0;
}

int sgap_iface_add_mode(struct sgap_iface_modes *modes, const char *name)
{
	void *p = reallocarray(modes->name, modes->n + 1, sizeof(*modes->name));

	if (!p)
		return -ENOMEM;
	modes->name = p;
	sgap_text_copy(modes->name[modes->n++], sizeof(*modes->name), name);
	return 0;
}

struct sgap_iface_feature *sgap_iface_feature(struct sgap_iface *iface, const char *name)
{
	struct sgap_iface_feature *f;
	size_t i;

	for (i = 0; i < iface->nfeatures; i++)
		if (!strcmp(iface->feature[i].name, name))
			return &iface->feature[i];
	f = reallocarray(iface->feature, iface->nfeatures + 1, sizeof(*f));
	if (!f)
		return NULL;
	iface->feature = f;
	f += iface->nfeatures++;
	memset(f, 0, sizeof(*f));
	sgap_text_copy(f->name, sizeof(f->name), name);
	return f;
}

/* Does the name have the word, between its ends, '_', '-', '.', ' ' or digits? */
static bool has_word(const char *name, const char *word)
{
	static const char edge[] = "_-. :0123456789";
	size_t len = strlen(word);
	const char *p;

	for (p = strcasestr(name, word); p; p = strcasestr(p + 1, word))
		if ((p == name || strchr(edge, p[-1])) && strchr(edge, p[len]))
			return true;
	return false;
}

enum sgap_iface_count sgap_iface_what(const char *name)
{
	static const char *const errors[] = {
		"err", "errs", "error", "errors", "crc", "fcs", "bad", "fail", "failed",
		"failure", "failures", "corrupt", "symbol", "jabber", "jabbers", "fragments",
		"collision", "collisions", "collide", "undersize", "oversize", "hang",
		"abort", "aborted", "timeout", "timeouts", "uncorr", "invalid", "fault",
		"runt", "misaligned", "align", "malformed", "csum_err",
	};
	static const char *const drops[] = {
		"drop", "drops", "dropped", "discard", "discards", "miss", "missed", "no_buffer",
		"nobuf", "nobuffer", "no_buf", "overrun", "overruns", "overflow", "underrun",
		"nodesc", "out_of_buffer", "fifo", "full", "lost",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drops); i++)
		if (has_word(name, drops[i]))
			return SGAP_IFACE_DROP;
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (has_word(name, errors[i]))
			return SGAP_IFACE_ERROR;
	return SGAP_IFACE_TRAFFIC;
}

const struct sgap_iface_counter *sgap_iface_counter(const struct sgap_iface *iface,
						    const struct sgap_iface_counter *like)
{
	size_t i;

	for (i = 0; i < iface->ncounters; i++)
		if (!strcmp(iface->counter[i].name, like->name) &&
		    !strcmp(iface->counter[i].source, like->source))
			return &iface->counter[i];
	return NULL;
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * SGAP_NS_PER_S + (__u64)ts.tv_nsec;
}

int sgap_iface_get(struct sgap_iface *iface, const char *name)
{
	int i, ret;

	memset(iface, 0, sizeof(*iface));
	if (strlen(name) >= sizeof(iface->name))
		return -ENODEV;
	sgap_text_copy(iface->name, sizeof(iface->name), name);
	for (i = 0; i < __SGAP_IFACE_PARAM_MAX; i++)
		iface->param[i] = SGAP_IFACE_NONE;
	iface->ts = now_ns();
	ret = sgap_iface_ask_route(iface);
	if (!ret)
		ret = sgap_iface_ask_ethtool(iface);
	if (!ret)
		ret = sgap_iface_ask_driver(iface);
	if (ret)
		sgap_iface_free(iface);
	return ret;
}

void sgap_iface_free(struct sgap_iface *iface)
{
	free(iface->counter);
	free(iface->feature);
	free(iface->ours.name);
	free(iface->peer.name);
	free(iface->supported.name);
	memset(iface, 0, sizeof(*iface));
}
