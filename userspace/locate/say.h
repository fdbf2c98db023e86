/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the answer says in words, the same in JSON and in text. */
#ifndef SGAP_SAY_H
#define SGAP_SAY_H

#include "judge.h"

#define SGAP_SAY 640

/* "203.0.113.1", or NULL where the blame has no address. */
const char *sgap_say_address(const struct sgap_judge *j, const struct sgap_finding *f, char *buf);

/* Where a detour would lead to, or NULL. */
const char *sgap_say_detour(const struct sgap_judge *j, const struct sgap_finding *f, char *buf);

/* One sentence to send to its owner. */
void sgap_say_vendor(char *buf, const struct sgap_judge *j, const struct sgap_finding *f);

/* How to confirm it. */
void sgap_say_next(char *buf, const struct sgap_judge *j, const struct sgap_verdict *v);

/* Why a detour helps or does not. */
void sgap_say_why(char *buf, const struct sgap_judge *j, const struct sgap_finding *f);

/* Queries that go bad of it now, in tenths a second. */
__u64 sgap_say_rate(const struct sgap_judge *j, const struct sgap_finding *f);

/* "2026-11-23 12:05:20.470 UTC" */
void sgap_say_time(char *buf, size_t len, __u64 ns);

const char *sgap_say_helps(enum sgap_helps helps);

/* The mnemonic of an RR type, or TYPEn (RFC 3597). */
const char *sgap_say_type(char buf[16], __u16 type);

/* State of a server by its last ten seconds, as sgap_window judges it. */
const char *sgap_say_state(const struct sgap_ev *ev, const struct sgap_ev_server *s);

#endif
