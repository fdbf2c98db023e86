/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes pcapng (draft-ietf-opsawg-pcapng): packets, each with a comment. */
#ifndef SGAP_PCAPNG_WRITE_H
#define SGAP_PCAPNG_WRITE_H

#include <stdio.h>

#include "pure.h"

struct sgap_pcapng;

/**
 * struct sgap_pcapng_pkt - one packet
 * @ts:		nanoseconds since 1970
 * @link_type:	LINKTYPE_*; one interface is described for each that occurs
 * @outbound:	1 = towards the server, 0 = from it
 */
struct sgap_pcapng_pkt {
	__u64 ts;
	const __u8 *data;
	__u32 caplen;
	__u32 len;
	__u16 link_type;
	__u8 outbound;
	const char *comment;	/* NULL = none; UTF-8 */
};

/*
 * Make the file path, "-" for standard output, and write its header. ifname is
 * what the interface is called, comment what the file is about. An existing file
 * is written over. Returns 0 or -errno.
 */
int sgap_pcapng_open(struct sgap_pcapng **out, const char *path, const char *ifname,
		     const char *comment);

/* The same into a stream, which is closed with it (stdout is flushed), also on error. */
int sgap_pcapng_begin(struct sgap_pcapng **out, FILE *f, const char *ifname, const char *comment);

/* Each returns 0 or -errno. */
int sgap_pcapng_packet(struct sgap_pcapng *w, const struct sgap_pcapng_pkt *pkt);
int sgap_pcapng_flush(struct sgap_pcapng *w);

/* End the file, with statistics of each interface: packets that were seen to
 * belong here, and how many of them are missing. Frees w; NULL is fine. */
int sgap_pcapng_close(struct sgap_pcapng *w, __u64 missing);

#endif
