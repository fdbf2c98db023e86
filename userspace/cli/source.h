/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where records come from: the ring of a tap, or a capture, which gives the
 * records that a tap would have made of it. */
#ifndef SGAP_CLI_SOURCE_H
#define SGAP_CLI_SOURCE_H

#include "lib/keep.h"

struct sgap_args;
struct sgap_source;

enum sgap_source_packets {
	SGAP_SOURCE_NO_PACKETS,
	SGAP_SOURCE_FAILED,	/* PACKET records of what failed */
	SGAP_SOURCE_ALL,	/* of a capture: of all transactions; of a tap, as FAILED */
};

enum sgap_source_step {
	SGAP_SOURCE_WAIT,	/* nothing more for now */
	SGAP_SOURCE_MORE,
	SGAP_SOURCE_END,	/* of the capture */
	SGAP_SOURCE_BROKEN,	/* sgap_source_complain() says why */
};

/* rec lives during the call. */
typedef void (*sgap_source_fn)(void *ctx, const struct sgap_rec *rec);

/* The options of a verb that has a source: DEV is its argument. */
#define SGAP_OPT_PCAP { 0, "pcap", "FILE", "of this capture, pcap or pcapng, and not of a tap; - is stdin", \
			SGAP_WORD_FILE }

/*
 * Of the argument DEV or of --pcap, of which there must be one. Enters --netns.
 * Returns SGAP_EXIT_OK, or another enum sgap_exit and has said why.
 */
int sgap_source_open(struct sgap_source **out, const struct sgap_args *args,
		     enum sgap_source_packets packets);

/* Take some of what there is; fn is told of each record. */
enum sgap_source_step sgap_source_step(struct sgap_source *s, sgap_source_fn fn, void *ctx);

/* Say why it is broken. Returns SGAP_EXIT_FAULT. */
int sgap_source_complain(const struct sgap_source *s);

/* Of a capture no packet younger than this is taken for now: then it is WAIT. */
void sgap_source_limit(struct sgap_source *s, __u64 ts);

/* The time of the packet that the limit holds back; 0 = none. */
__u64 sgap_source_held(const struct sgap_source *s);

bool sgap_source_is_live(const struct sgap_source *s);

/* The interface, or the file. */
const char *sgap_source_name(const struct sgap_source *s);

/* To wait for; -1 for a capture. */
int sgap_source_fd(const struct sgap_source *s);

/* How far the capture has got: time of its youngest packet; 0 before any. */
__u64 sgap_source_now(const struct sgap_source *s);

/* Records that this reader lost. */
__u64 sgap_source_lost(const struct sgap_source *s);

/* Says what was lost, or odd about the capture; frees s; NULL is fine. */
void sgap_source_close(struct sgap_source *s);

#endif
