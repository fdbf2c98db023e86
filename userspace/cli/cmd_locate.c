// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "lib/offline.h"
#include "locate/answer.h"
#include "locate/capture.h"
#include "locate/evidence.h"
#include "locate/judge.h"
#include "locate_answer.h"
#include "locate_live.h"
#include "out.h"
#include "subcommands.h"
#include "tap_opt.h"

#define NOTE 512

/* All captures into the evidence. Returns SGAP_EXIT_OK or SGAP_EXIT_USAGE. */
static int read_all(const struct sgap_args *args, struct sgap_ev *ev, char *note)
{
	struct sgap_offline_cfg cfg;
	char one[NOTE / 2];
	int i;

	if (sgap_tap_opt_offline(args, &cfg))
		return SGAP_EXIT_USAGE;
	for (i = -1; i < args->nmore; i++) {
		const char *name = i < 0 ? sgap_args_get(args, "pcap") : args->more[i];

		if (sgap_capture_read(ev, name, &cfg, one, sizeof(one))) {
			sgap_error("locate: %s", one);
			return SGAP_EXIT_USAGE;
		}
		if (*one && !*note)
			snprintf(note, NOTE, "%s", one);
	}
	return SGAP_EXIT_OK;
}

static int answer(const struct sgap_args *args, const struct sgap_ev *ev, const char *note)
{
	const struct sgap_answer_source source = { "pcap", note };
	struct sgap_judge *j = sgap_judge_new(ev);
	struct sgap_verdict v;
	int ret = j ? sgap_judge_run(j, &v) : -ENOMEM;

	if (!ret)
		ret = sgap_locate_answer(args, &source, j, &v);
	sgap_judge_free(j);
	if (ret) {
		sgap_error("locate: %s", strerror(-ret));
		return SGAP_EXIT_USAGE;
	}
	return sgap_answer_exit(&v);
}

static int run(const struct sgap_args *args)
{
	char note[NOTE] = "";
	struct sgap_ev *ev;
	int ret;

	if (sgap_args_has(args, "pcap") == sgap_args_has(args, "live")) {
		sgap_error("locate: expected --pcap FILE or --live DEV");
		return SGAP_EXIT_USAGE;
	}
	if (!sgap_locate_may_probe(args))
		return SGAP_EXIT_USAGE;
	if (sgap_args_has(args, "live") && sgap_tap_opt_none(args))
		return SGAP_EXIT_USAGE;
	if (sgap_args_has(args, "live"))
		return sgap_locate_live(args);
	ev = sgap_ev_new(0);
	if (!ev) {
		sgap_error("locate: %s", strerror(ENOMEM));
		return SGAP_EXIT_USAGE;
	}
	ret = read_all(args, ev, note);
	if (!ret && sgap_ev_finish(ev)) {
		sgap_error("locate: %s", strerror(ENOMEM));
		ret = SGAP_EXIT_USAGE;
	}
	if (!ret)
		ret = answer(args, ev, note);
	sgap_ev_free(ev);
	return ret;
}

static const struct sgap_opt opts[] = {
	{ 'r', "pcap", "FILE", "a capture, pcap or pcapng; - is stdin; several are vantage points of one time",
	  SGAP_WORD_FILE | SGAP_WORD_MANY },
	{ 'l', "live", "DEV", "the tap on that interface: each new verdict, until interrupted; an accusation "
	  "once the fault has lasted for two seconds",
	  SGAP_WORD_DEV },
	{ 0, "for", "TIME", "with --live: end after that time", 0 },
	{ 0, "probe", NULL, "then ask the suspected server, another one and the zone's servers, to be surer "
	  "and to see whether a detour would help", 0 },
	{ 'c', "compare", "ADDRESS", "with --probe: that other server, instead of one that clients use",
	  SGAP_WORD_TEXT },
	{ 0, "rate", "N", "with --probe: send so many queries a second at most (20)", SGAP_WORD_TEXT },
	SGAP_OPT_NETNS,
	SGAP_OPTS_PCAP,
	SGAP_OPT_JSON,
	SGAP_OPT_END
};

static const struct sgap_verb verbs[] = {
	{ NULL, "", "say who is at fault, with which setting, since when, and whether a detour helps; exit 0 nobody, 1 somebody, 3 too little evidence",
	  opts, 0, 0, 0, run },
	{ 0 }
};

const struct sgap_command sgap_cmd_locate = { "locate", "find the faulty device and its setting", verbs };
