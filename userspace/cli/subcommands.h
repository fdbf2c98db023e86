/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One per file cmd_NAME.c. */
#ifndef SGAP_CLI_SUBCOMMANDS_H
#define SGAP_CLI_SUBCOMMANDS_H

#include "command.h"

extern const struct sgap_command sgap_cmd_tap;
extern const struct sgap_command sgap_cmd_servers;
extern const struct sgap_command sgap_cmd_clients;
extern const struct sgap_command sgap_cmd_zones;
extern const struct sgap_command sgap_cmd_top;
extern const struct sgap_command sgap_cmd_trace;
extern const struct sgap_command sgap_cmd_link;
extern const struct sgap_command sgap_cmd_locate;
extern const struct sgap_command sgap_cmd_probe;
extern const struct sgap_command sgap_cmd_report;
extern const struct sgap_command sgap_cmd_grant;
extern const struct sgap_command sgap_cmd_trust;
extern const struct sgap_command sgap_cmd_detour;
extern const struct sgap_command sgap_cmd_ledger;
extern const struct sgap_command sgap_cmd_config;
extern const struct sgap_command sgap_cmd_incident;
extern const struct sgap_command sgap_cmd_version;
extern const struct sgap_command sgap_cmd_help;

#endif
