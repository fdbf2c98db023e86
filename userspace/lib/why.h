/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a transaction, as a sentence that needs no other. */
#ifndef SGAP_WHY_H
#define SGAP_WHY_H

#include "pure.h"

#define SGAP_WHY_TEXT 512	/* bytes that hold most; what is longer is cut */

/*
 * "192.0.2.1 asked 192.0.2.53 over UDP for www.example.org. A: SERVFAIL after
 * 12.345 ms, EDE 22 (No Reachable Authority)". Nothing in it but printable
 * ASCII. Returns buf.
 */
const char *sgap_why_text(char buf[static SGAP_WHY_TEXT], const struct sgap_rec_txn *txn);

#endif
