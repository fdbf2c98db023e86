// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "args.h"
#include "lib/iface.h"
#include "lib/iface_changes.h"
#include "lib/iface_json.h"
#include "lib/iface_says.h"
#include "link_change.h"
#include "out.h"
#include "stop.h"
#include "subcommands.h"

#define MARGIN 14		/* columns of what a line is about */
#define WIDTH 98

struct view {
	const char *dev;
	bool json, all, changes;
	enum sgap_iface_weight worst;
	int unusual;
	struct sgap_iface now, before;
	bool has_before;
};

/* Words of one subject, broken into lines. */
struct line {
	const char *about;
	int at;
};

static void word(struct line *l, const char *w)
{
	int len = (int)strlen(w);

	if (!l->at || l->at + len + 2 > WIDTH) {
		printf("%s%-*s", l->at ? ",\n" : "", MARGIN, l->at ? "" : l->about);
		l->at = MARGIN;
	} else {
		fputs(", ", stdout);
		l->at += 2;
	}
	fputs(w, stdout);
	l->at += len;
}

static void end_line(const struct line *l)
{
	if (l->at)
		putchar('\n');
}

static void print_head(const struct sgap_iface *iface)
{
	struct line l = { .about = iface->name };
	char buf[96];

	word(&l, *iface->kind ? iface->kind : strcmp(iface->name, "lo") != 0 ? "card" : "loopback");
	if (*iface->address && strcmp(iface->address, "none") != 0)
		word(&l, iface->address);
	if (*iface->alias)
		word(&l, iface->alias);
	end_line(&l);
	l = (struct line){ .about = "driver" };
	if (*iface->driver) {
		snprintf(buf, sizeof(buf), "%s %s", iface->driver, iface->driver_version);
		word(&l, buf);
		snprintf(buf, sizeof(buf), "firmware %s",
			 *iface->firmware ? iface->firmware : "unknown");
		word(&l, buf);
	}
	if (*iface->bus) {
		snprintf(buf, sizeof(buf), "bus %s", iface->bus);
		word(&l, buf);
	}
	end_line(&l);
}

static void print_group(const struct sgap_iface *iface, enum sgap_iface_group group)
{
	struct line l = { .about = sgap_iface_groups[group] };
	char buf[96];
	int i;

	for (i = 0; i < __SGAP_IFACE_PARAM_MAX; i++) {
		const struct sgap_iface_desc *d = &sgap_iface_params[i];
		const char *is;

		if (d->group != group || iface->param[i] == SGAP_IFACE_NONE)
			continue;
		is = sgap_iface_word(d->kind, iface->param[i]);
		if (is)
			snprintf(buf, sizeof(buf), "%s %s", d->name, is);
		else
			snprintf(buf, sizeof(buf), "%s %lld%s%s", d->name,
				 (long long)iface->param[i], *d->unit ? " " : "", d->unit);
		word(&l, buf);
	}
	if (group == SGAP_IFACE_GROUP_FEC && *iface->fec)
		word(&l, iface->fec);
	end_line(&l);
}

static void print_modes(const char *about, const struct sgap_iface_modes *modes)
{
	struct line l = { .about = about };
	size_t i;

	for (i = 0; i < modes->n; i++)
		word(&l, modes->name[i]);
	end_line(&l);
}

/* What cannot be switched is not interesting; --json has it. */
static void print_features(const struct sgap_iface *iface, const char *about, bool active)
{
	struct line l = { .about = about };
	size_t i;

	for (i = 0; i < iface->nfeatures; i++)
		if (iface->feature[i].can && iface->feature[i].active == active)
			word(&l, iface->feature[i].name);
	end_line(&l);
}

static void print_counters(const struct view *v)
{
	unsigned int quiet = 0;
	size_t i;

	printf("%-*s%-40s %16s %12s\n", MARGIN, "counters", "", "TOTAL", "PER SECOND");
	for (i = 0; i < v->now.ncounters; i++) {
		const struct sgap_iface_counter *c = &v->now.counter[i];
		double rate = sgap_iface_rate(&v->now, v->has_before ? &v->before : NULL, c);

		if (!c->value && !v->all) {
			quiet++;
			continue;
		}
		printf("%*s%-8s %-31s %16llu", MARGIN, "", c->source, c->name,
		       (unsigned long long)c->value);
		if (rate < 0)
			printf(" %12s\n", "-");
		else
			printf(" %12.1f\n", rate);
	}
	if (quiet)
		printf("%*s%u others are 0\n", MARGIN, "", quiet);
}

static void print_unusual(void *ctx, enum sgap_iface_weight weight, const char *about,
			  const char *text)
{
	struct view *v = ctx;

	(void)about;
	if (weight > v->worst)
		v->worst = weight;
	v->unusual++;
	if (!v->json)
		printf("%-*s%s\n", MARGIN, sgap_iface_weights[weight], text);
}

static void print_text(struct view *v)
{
	const struct sgap_iface *iface = &v->now;
	int group;

	print_head(iface);
	for (group = 0; group < __SGAP_IFACE_GROUP_MAX; group++)
		print_group(iface, (enum sgap_iface_group)group);
	print_modes("advertised", &iface->ours);
	print_modes("peer offers", &iface->peer);
	print_features(iface, "offloads on", true);
	print_features(iface, "offloads off", false);
	if (*iface->qdisc)
		printf("%-*s%s\n", MARGIN, "qdisc", iface->qdisc);
	print_counters(v);
}

static void print(struct view *v)
{
	const struct sgap_iface *before = v->has_before ? &v->before : NULL;

	v->worst = SGAP_IFACE_NOTE;
	v->unusual = 0;
	if (v->json)
		sgap_out_json(sgap_iface_json(&v->now, before));
	else
		print_text(v);
	sgap_iface_says(&v->now, before, print_unusual, v);
	if (!v->json && !v->unusual)
		printf("%-*snothing\n", MARGIN, "unusual");
}

static void print_change(void *ctx, const char *what, const char *before, const char *after)
{
	const struct view *v = ctx;

	sgap_link_change_print(v->dev, v->json, what, before, after);
}

/* The next picture; the one before it stays for the rates. */
static int look(struct view *v)
{
	struct sgap_iface next;
	int ret = sgap_iface_get(&next, v->dev);

	if (ret == -ENODEV)
		sgap_error("link: there is no interface '%s' in this network namespace (ENODEV)",
			   v->dev);
	else if (ret)
		sgap_error_kernel(NULL, ret, "link '%s'", v->dev);
	if (ret)
		return SGAP_EXIT_FAULT;
	sgap_iface_free(&v->before);
	v->before = v->now;
	v->has_before = v->before.ts;
	v->now = next;
	return SGAP_EXIT_OK;
}

static void start_page(const struct view *v)
{
	if (v->json)
		return;
	fputs(isatty(STDOUT_FILENO) ? "\033[H\033[J" : "\n", stdout);
}

/* Two pictures make one with rates. */
static int show(struct view *v, int stop, int every_ms, bool watch)
{
	int ret = look(v);

	while (!ret) {
		if (sgap_stop_wait(stop, -1, every_ms) == SGAP_STOP_ASKED)
			return SGAP_EXIT_OK;
		ret = look(v);
		if (ret)
			break;
		if (v->changes) {
			sgap_iface_changes(&v->before, &v->now, print_change, v);
		} else {
			if (watch)
				start_page(v);
			print(v);
		}
		if (!sgap_out_flush())
			return SGAP_EXIT_FAULT;
		if (!watch)
			return v->worst == SGAP_IFACE_FAULT ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
	}
	return ret;
}

static int run(const struct sgap_args *args)
{
	struct view v = {
		.dev = args->arg[0], .json = sgap_args_has(args, "json"),
		.all = sgap_args_has(args, "all"), .changes = sgap_args_has(args, "changes"),
	};
	unsigned long long every = 1000;
	int stop, ret;

	if (!*v.dev || strlen(v.dev) > 15) {
		sgap_error("link: '%s' is not the name of an interface: expected 1 to 15 characters",
			   v.dev);
		return SGAP_EXIT_USAGE;
	}
	if (sgap_args_duration(args, "interval", 100, 3600000, &every))
		return SGAP_EXIT_USAGE;
	if (!sgap_out_netns(args))
		return SGAP_EXIT_FAULT;
	stop = sgap_stop_open();
	if (stop < 0)
		return sgap_error_kernel(NULL, stop, "link");
	ret = show(&v, stop, (int)every, v.changes || sgap_args_has(args, "watch"));
	sgap_iface_free(&v.now);
	sgap_iface_free(&v.before);
	close(stop);
	return ret;
}

static const struct sgap_opt opts[] = {
	SGAP_OPT_JSON,
	SGAP_OPT_NETNS,
	{ 'a', "all", NULL, "counters that are 0, too", 0 },
	{ 'w', "watch", NULL, "go on, until interrupted", 0 },
	{ 'c', "changes", NULL, "go on, but print only what changes: each setting, and each counter of errors or drops that rose", 0 },
	{ 'i', "interval", "TIME", "time that rates are taken over (1s)", 0 },
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "DEV", "all that the kernel says of an interface: driver, speed, offloads, rings, queues, error counters and their rates, and a sentence on each thing that is unusual; needs no module; exit 1 when packets are lost now or none can pass",
	  opts, 1, 1, SGAP_WORD_DEV, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_link = { "link", "how an interface does", verbs };
