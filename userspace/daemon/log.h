/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says, on stderr; with the journal's priorities when that reads it. */
#ifndef SGAP_DAEMON_LOG_H
#define SGAP_DAEMON_LOG_H

enum sgap_log {
	SGAP_LOG_ERROR = 3,
	SGAP_LOG_WARNING = 4,
	SGAP_LOG_NOTICE = 5,
	SGAP_LOG_INFO = 6,
};

void sgap_log(enum sgap_log level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tell the service manager, if there is one: "READY=1", "STATUS=..." */
void sgap_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often it wants to hear WATCHDOG=1, in us; 0 = never. */
unsigned long long sgap_notify_watchdog(void);

#endif
