/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SGAP_SWEEP_H
#define SGAP_SWEEP_H

#include "evidence.h"

/*
 * Numbers of hosts and names that no observation uses any more are given out again; all
 * others change. Fragments must be forgotten before. Without memory nothing is done.
 */
void sgap_sweep(struct sgap_ev *ev);

#endif
