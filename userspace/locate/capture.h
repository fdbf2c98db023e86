/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture file -> a vantage point of the evidence. */
#ifndef SGAP_CAPTURE_H
#define SGAP_CAPTURE_H

#include <stddef.h>

struct sgap_ev;
struct sgap_offline_cfg;
struct sgap_pcap;

/*
 * Read the capture to its end as a new vantage point. cfg NULL = defaults. note
 * says what was odd about it, "" = nothing; name must outlive ev. Returns 0, or
 * -errno with a sentence in note.
 */
int sgap_capture_read(struct sgap_ev *ev, const char *name, const struct sgap_offline_cfg *cfg,
		      char *note, size_t len);

/* The same from a reader that is open already, and stays so. */
int sgap_capture_take(struct sgap_ev *ev, const char *name, struct sgap_pcap *pcap,
		      const struct sgap_offline_cfg *cfg, char *note, size_t len);

#endif
