/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Overdue transactions are held back until their end, which replaces them. One that loses
 * its place is not lost: its end is still to come.
 */
#ifndef SGAP_HELD_H
#define SGAP_HELD_H

#include "evidence.h"

void sgap_hold(struct sgap_ev *ev, const struct sgap_obs *o);

/* o is the end of one that may be held. */
void sgap_release(struct sgap_ev *ev, const struct sgap_obs *o);

/* The one in this place of ev->open is held no more. */
void sgap_let_go(struct sgap_ev *ev, __u32 at);

/* None is held that would not be kept. */
void sgap_held_thin(struct sgap_ev *ev);

#endif
