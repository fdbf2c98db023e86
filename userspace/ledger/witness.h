/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counter-signatures: another node saw a head at its own time, and signs that. */
#ifndef SGAP_LEDGER_WITNESS_H
#define SGAP_LEDGER_WITNESS_H

#include "ledger.h"
#include "seal.h"

#define SGAP_WITNESS_TEXT 1024u	/* bytes that hold any of its texts */
#define SGAP_WITNESS_BY 64u	/* bytes of a name, its zero included */

/**
 * struct sgap_witness - what a counter-signature says
 * @head:	the head that was seen
 * @time:	when, by the witness's clock, ns since 1970
 * @by:		what the witness calls itself: printable ASCII without blanks
 * @key, @sig:	its public key, and its signature of the text without the last line
 */
struct sgap_witness {
	struct sgap_head head;
	__u64 time;
	char by[SGAP_WITNESS_BY];
	__u8 key[SGAP_SEAL_KEY], sig[SGAP_SEAL_SIG];
};

/* Sign w, whose head, time and by are set. Returns 0, or -EINVAL for such a name, -EIO. */
int sgap_witness_sign(struct sgap_witness *w, const struct sgap_seal *seal);

/* Its text, with the signature. Returns its length. */
size_t sgap_witness_text(char buf[static SGAP_WITNESS_TEXT], const struct sgap_witness *w);

/* From text. Returns 0, -EINVAL when it is none, -EKEYREJECTED when its signature is
 * not of its key. */
int sgap_witness_parse(struct sgap_witness *w, const char *text);

/* A head as 'ledger head --signed' prints it, seven lines. The same errors. */
int sgap_sealed_parse(struct sgap_sealed *s, const char *text);

#endif
