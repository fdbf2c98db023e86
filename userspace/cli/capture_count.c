// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture_count.h"

#include <string.h>

#include "args.h"
#include "command.h"
#include "lib/offline.h"
#include "lib/pcap.h"
#include "out.h"
#include "tap_opt.h"

static int read_all(struct sgap_pcap *pcap, struct sgap_offline *offline)
{
	struct sgap_pcap_pkt pkt;
	int ret;

	while ((ret = sgap_pcap_next(pcap, &pkt)) > 0)
		sgap_offline_packet(offline, &pkt);
	sgap_offline_finish(offline);
	return ret;
}

/* A capture that is cut short is counted as far as it goes, and that is said. */
int sgap_capture_count(struct sgap_offline **out, const struct sgap_args *args,
		       unsigned int census_max)
{
	const char *file = sgap_args_get(args, "pcap"), *note;
	struct sgap_offline_cfg cfg;
	struct sgap_pcap *pcap;
	char err[256];
	int ret;

	*out = NULL;
	if (sgap_tap_opt_offline(args, &cfg))
		return SGAP_EXIT_USAGE;
	cfg.census_max = census_max;
	if (sgap_pcap_open(&pcap, file, err, sizeof(err))) {
		sgap_error("%s: %s", args->path, err);
		return SGAP_EXIT_FAULT;
	}
	ret = sgap_offline_new(out, &cfg, NULL, NULL);
	if (!ret)
		ret = read_all(pcap, *out);
	note = sgap_pcap_note(pcap);
	if (ret || *note)
		sgap_error("%s: '%s': %s", args->path, file, *note ? note : strerror(-ret));
	if (ret) {
		sgap_offline_free(*out);
		*out = NULL;
	}
	sgap_pcap_free(pcap);
	return ret ? SGAP_EXIT_FAULT : SGAP_EXIT_OK;
}
