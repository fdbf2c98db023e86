/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes <-> the structs of nl.h. Inside the library only. */
#ifndef SGAP_LIB_NL_MSG_H
#define SGAP_LIB_NL_MSG_H

#include "nl.h"

struct nl_msg;
struct nlattr;
struct nlmsghdr;

/* The top-level attributes of a message: tb has SGAP_A_MAX + 1 places. */
int sgap_nl_msg_parse(struct nlmsghdr *nlh, struct nlattr **tb);

int sgap_nl_msg_put_tap(struct nl_msg *msg, const struct sgap_tap_info *tap);
int sgap_nl_msg_put_server(struct nl_msg *msg, const struct sgap_addr *addr);
int sgap_nl_msg_put_threshold(struct nl_msg *msg, const struct sgap_threshold_info *t);
/* Its serial, and notice_ms if that is not 0. */
int sgap_nl_msg_put_detour(struct nl_msg *msg, const struct sgap_detour_info *detour);
int sgap_nl_msg_put_trust(struct nl_msg *msg, const struct sgap_trust_info *trust);

/* A nest into the struct; what is absent is zero. -EPROTO when it is malformed. */
int sgap_nl_msg_get_tap(struct nlattr *nest, struct sgap_tap_info *tap);
int sgap_nl_msg_get_server(struct nlattr *nest, struct sgap_server_info *server);
int sgap_nl_msg_get_census(struct nlattr *nest, struct sgap_census_info *census);
int sgap_nl_msg_get_threshold(struct nlattr *nest, struct sgap_threshold_info *t);
int sgap_nl_msg_get_trust(struct nlattr *nest, struct sgap_trust_info *trust);
int sgap_nl_msg_get_detour(struct nlattr *nest, struct sgap_detour_info *detour);

#endif
