/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of DNS and of the uapi as words. Unknown numbers keep theirs: TYPE65280. */
#ifndef SGAP_LIB_NAMES_H
#define SGAP_LIB_NAMES_H

#include "pure.h"

#define SGAP_NAME_TEXT 24	/* bytes that hold any of these */

/* Each writes to buf at need and returns the word. */
const char *sgap_names_rcode(char buf[static SGAP_NAME_TEXT], __u16 rcode);
const char *sgap_names_type(char buf[static SGAP_NAME_TEXT], __u16 type);
const char *sgap_names_class(char buf[static SGAP_NAME_TEXT], __u16 klass);

/* "" for a number without a registered meaning. */
const char *sgap_names_ede(__u16 code);

/* "?" for a number that this version does not know. */
const char *sgap_names_state(int state);		/* enum sgap_state */
const char *sgap_names_txn(int state);			/* enum sgap_txn_state */
const char *sgap_names_lease(int state);		/* enum sgap_lease_state */
const char *sgap_names_reason(int reason);		/* enum sgap_lease_reason */
const char *sgap_names_unparsed(int why);		/* enum sgap_unparsed */
const char *sgap_names_qtype(int qtype);		/* enum sgap_qtype */
const char *sgap_names_link(int what);			/* enum sgap_link_what */

/* Of SGAP_PARTIAL_*: "last", "first, middle" and so on. */
#define SGAP_NAME_PARTIAL 24
const char *sgap_names_partial(char buf[static SGAP_NAME_PARTIAL], __u8 missing);

/* The number of a word, any case, of RCODE77 or of decimal digits; -EINVAL otherwise. */
int sgap_names_rcode_parse(__u16 *rcode, const char *text);
int sgap_names_state_parse(__u8 *state, const char *text);

#endif
