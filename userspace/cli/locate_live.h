/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict of a tap's traffic as it comes. */
#ifndef SGAP_CLI_LOCATE_LIVE_H
#define SGAP_CLI_LOCATE_LIVE_H

struct sgap_args;

/*
 * Read the tap on the interface of --live, judge what it saw of late once a
 * second, and print each verdict that differs from the one before, until
 * interrupted or the time of --for is over. Returns the last verdict's exit status.
 */
int sgap_locate_live(const struct sgap_args *args);

#endif
