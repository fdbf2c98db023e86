/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Less and less: another user, one capability, few system calls. */
#ifndef SGAP_DAEMON_DROP_H
#define SGAP_DAEMON_DROP_H

/* Root becomes user and keeps CAP_NET_ADMIN; the folder store is made and given
 * to it. Anybody else stays who they are. Returns 0, or -errno and has said why. */
int sgap_drop_user(const char *user, const char *store);

/* From now on only the system calls that the daemon makes. 0 or -errno. */
int sgap_drop_calls(void);

#endif
