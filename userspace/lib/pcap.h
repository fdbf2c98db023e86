/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads capture files: pcap and pcapng, without libpcap and in one pass. */
#ifndef SGAP_PCAP_H
#define SGAP_PCAP_H

#include <stddef.h>

#include "pure.h"

struct sgap_pcap;

/**
 * struct sgap_pcap_pkt - one packet of a capture
 * @ts:		nanoseconds since 1970
 * @data:	its bytes; they live until the next call
 * @caplen:	how many of them there are
 * @len:	how many there were on the wire
 * @link_type:	one that sgap_frame_parse() takes; -1 = none of them
 */
struct sgap_pcap_pkt {
	__u64 ts;
	const __u8 *data;
	__u32 caplen;
	__u32 len;
	int link_type;
};

/**
 * sgap_pcap_open() - open a capture
 * @out:	the reader
 * @name:	its path, or "-" for standard input
 * @err:	a sentence when it fails
 * @errlen:	room for it
 *
 * Returns 0 or -errno: -EPROTO when it is no capture.
 */
int sgap_pcap_open(struct sgap_pcap **out, const char *name, char *err, size_t errlen);

/* The same on bytes in memory, which must live as long as the reader. */
int sgap_pcap_open_mem(struct sgap_pcap **out, const void *mem, size_t len, char *err,
		       size_t errlen);

/**
 * sgap_pcap_next() - the next packet
 *
 * Returns 1 and fills @pkt, 0 at the end, -errno when the file is damaged. A
 * capture that ends in the middle of a packet ends there, with a note.
 */
int sgap_pcap_next(struct sgap_pcap *p, struct sgap_pcap_pkt *pkt);

/* What was odd about the file or what is wrong with it; "" = nothing. */
const char *sgap_pcap_note(const struct sgap_pcap *p);

void sgap_pcap_free(struct sgap_pcap *p);

#endif
