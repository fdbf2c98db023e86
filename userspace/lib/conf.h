/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/stopgap/stopgap.conf: sections in brackets, NAME = VALUE lines, # begins
 * a comment. One table says what there is; stopgap.conf(5) is made from it.
 */
#ifndef SGAP_LIB_CONF_H
#define SGAP_LIB_CONF_H

#include "pure.h"

#define SGAP_CONF_FILE "/etc/stopgap/stopgap.conf"
#define SGAP_CONF_MAX 65536u	/* bytes that the file may have */
#define SGAP_CONF_TAPS 8u
#define SGAP_CONF_ARGS 16u
#define SGAP_CONF_TEXT 256u

/* May the daemon start a detour that is granted? */
enum sgap_conf_start {
	SGAP_START_NEVER,	/* the kernel alone, by a standing grant's condition */
	SGAP_START_LOCATED,	/* when the verdict blames its server and a detour helps */
};

/* Which grants may be used for that. */
enum sgap_conf_use {
	SGAP_USE_STANDING,
	SGAP_USE_ALL,
};

/* What stopgapd does; docs/operations.md and stopgap.conf(5). */
struct sgap_conf {
	char store[SGAP_CONF_TEXT];
	char user[SGAP_CONF_TEXT];
	char site[SGAP_CONF_TEXT];
	char taps[SGAP_CONF_TAPS][16];	/* interfaces to be tapped */
	__u32 ntaps;
	__u32 snaplen, packet_rate;	/* of taps that are made; as SGAP_TAP_A_* */
	__u64 budget_ms, judge_ms, seal_ms, quiet_ms;
	__u64 keep_ms;			/* of the ledger */
	__u32 keep_mib;
	__u32 start;			/* enum sgap_conf_start */
	__u32 use;			/* enum sgap_conf_use */
	__u32 confidence;		/* percent, to act on a verdict */
	char grants[SGAP_CONF_TEXT];	/* folder of NAME.grant and NAME.sig, "" = none */
	char inform_text[SGAP_CONF_TEXT];	/* words of inform, each ended by a zero */
	char *inform[SGAP_CONF_ARGS + 1];	/* into inform_text; [0] NULL = nobody is told */
	__u64 inform_ms;		/* how long it may take */
	char listen[SGAP_CONF_TEXT];	/* ADDRESS:PORT of the metrics, or "off" */
	char textfile[SGAP_CONF_TEXT];	/* that has them too, "" = none */
	__u64 every_ms;			/* how often it is written */
	__u32 servers;			/* with samples of their own */
};

/* Told of each thing that is wrong, in a sentence that quotes it. */
typedef void (*sgap_conf_fn)(void *ctx, unsigned int line, const char *what);

void sgap_conf_default(struct sgap_conf *conf);

/* Read text over the defaults. Returns how many things were wrong; say may be NULL. */
int sgap_conf_parse(struct sgap_conf *conf, const char *text, size_t len, sgap_conf_fn say,
		    void *ctx);

/* The same from a file. -errno when it cannot be read. */
int sgap_conf_read(struct sgap_conf *conf, const char *path, sgap_conf_fn say, void *ctx);

/* Setting i, in the file's order: false past the last one. The value is as in conf. */
struct sgap_conf_line {
	const char *section, *name, *help;
	char value[2 * SGAP_CONF_TEXT];
};
bool sgap_conf_show(const struct sgap_conf *conf, __u32 i, struct sgap_conf_line *line);

#endif
