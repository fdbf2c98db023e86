/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grant from and to text and bytes. What it must look like is in terms. */
#ifndef SGAP_LIB_GRANT_H
#define SGAP_LIB_GRANT_H

#include "grant_check.h"

#define SGAP_SERIAL_TEXT 33	/* 32 hexadecimal digits and the final 0 */

/**
 * sgap_grant_encode() - the bytes that the customer signs
 * @info: what is granted
 * @g: filled in, 256 bytes
 *
 * Return: SGAP_REFUSE_NONE, or why the kernel would refuse it; @g is not to be
 * signed then.
 */
enum sgap_refuse sgap_grant_encode(const struct sgap_grant_info *info, struct sgap_grant *g);

/**
 * sgap_grant_set_addr() - an address from text, "192.0.2.1" or "2001:db8::1"
 *
 * Return: 0, or -EINVAL.
 */
int sgap_grant_set_addr(struct sgap_addr *addr, const char *text);

/**
 * sgap_grant_set_clients() - the clients' prefix from text
 * @text: "192.0.2.0/24", "2001:db8::/32", or an address alone
 *
 * Return: 0; -EINVAL when it is no prefix; -ERANGE when the length is more than
 * the address has; -EDOM when bits are set past the length.
 */
int sgap_grant_set_clients(struct sgap_grant_info *info, const char *text);

/**
 * sgap_grant_set_roles() - who must sign, from text
 * @text: "network,security:2": one of role network and two of role security
 *
 * Names are checked with the rest of the grant.
 *
 * Return: 0, or -EINVAL.
 */
int sgap_grant_set_roles(struct sgap_grant_info *info, const char *text);

/** sgap_hex_parse() - n bytes from 2 n hexadecimal digits. Return: 0, or -EINVAL. */
int sgap_hex_parse(__u8 *bytes, size_t n, const char *text);

/** sgap_hex_text() - n bytes as 2 n hexadecimal digits, and a final 0 */
void sgap_hex_text(const __u8 *bytes, size_t n, char *text);

/**
 * sgap_grant_set_serial() - a serial from 32 hexadecimal digits
 *
 * Return: 0, or -EINVAL.
 */
int sgap_grant_set_serial(__u8 serial[static 16], const char *text);

/**
 * sgap_grant_new_serial() - a random serial
 *
 * Return: 0, or -errno of getrandom(2).
 */
int sgap_grant_new_serial(__u8 serial[static 16]);

/** sgap_grant_serial_text() - a serial as 32 hexadecimal digits */
void sgap_grant_serial_text(const __u8 serial[static 16], char text[static SGAP_SERIAL_TEXT]);

#endif
