/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, prefixes and durations: text <-> value. */
#ifndef SGAP_LIB_ADDR_H
#define SGAP_LIB_ADDR_H

#include "pure.h"

#define SGAP_ADDR_TEXT 46	/* bytes that hold any address as text */
#define SGAP_PREFIX_TEXT 50
#define SGAP_DURATION_TEXT 32

/* An IPv4 or IPv6 address. Returns 0, or -EINVAL. */
int sgap_addr_parse(struct sgap_addr *a, const char *text);

/* ADDRESS:PORT, or [ADDRESS]:PORT for IPv6; PORT is 1 to 65535. Returns 0 or -EINVAL. */
int sgap_addr_port_parse(struct sgap_addr *a, __u16 *port, const char *text);

/* The 16 bytes at b as text: IPv4-mapped as IPv4. Returns buf. */
const char *sgap_addr_text(char buf[static SGAP_ADDR_TEXT], const __u8 *b);

/*
 * ADDRESS/LENGTH, or an address alone for itself. For IPv4 *len is of the IPv4
 * address, 0 to 32. Returns 0, -EINVAL, or -EDOM when bits after the prefix are set.
 */
int sgap_prefix_parse(struct sgap_addr *a, __u8 *len, const char *text);

const char *sgap_prefix_text(char buf[static SGAP_PREFIX_TEXT], const __u8 *b, __u8 len);

/*
 * A number with unit, or several: 500ms, 90s, 15m, 1h30m, 2d. A bare number is
 * refused: its unit would be a guess. Returns 0, -EINVAL, or -ERANGE past 2^53 ms.
 */
int sgap_duration_parse(__u64 *ms, const char *text);

/* The shortest exact form: 90s is 1m30s, 0 is 0s. Returns buf. */
const char *sgap_duration_text(char buf[static SGAP_DURATION_TEXT], __u64 ms);

#endif
