// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's netlink family by hand, attribute by attribute, for its tests:
 *
 *	tapctl add|set IFNAME [OPTION=VALUE...]		tapctl del|get IFNAME
 *	tapctl list					tapctl servers IFNAME
 *	tapctl reset IFNAME [ADDR]
 *	tapctl threshold IFNAME [ADDR] [NAME=VALUE...]	set, or get without values
 *	tapctl listen SECONDS				state changes
 *	tapctl sums					of all taps, see below
 *
 * What comes back is "name value" lines. sums goes through this network namespace and
 * all those in /run/netns and says what does not add up, exit 1 when anything does not.
 * A refusal goes to stderr with the kernel's sentence, exit 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "uapi/stopgap.h"

struct name {
	const char *name;
	int attr;
};

static const struct name options[] = {
	{ "ifindex", SGAP_TAP_A_IFINDEX }, { "timeout", SGAP_TAP_A_TIMEOUT_MS },
	{ "overdue", SGAP_TAP_A_OVERDUE_MS }, { "txn", SGAP_TAP_A_TXN_MAX },
	{ "servers", SGAP_TAP_A_SERVERS_MAX }, { "ring", SGAP_TAP_A_RING_BYTES },
	{ "snaplen", SGAP_TAP_A_SNAPLEN }, { "flags", SGAP_TAP_A_FLAGS },
	{ "readers", SGAP_TAP_A_READERS }, { "minor", SGAP_TAP_A_MINOR },
	{ "rate", SGAP_TAP_A_PACKET_RATE }, { "tcpmax", SGAP_TAP_A_TCP_MAX },
	{ "tcpbytes", SGAP_TAP_A_TCP_BYTES }, { "census", SGAP_TAP_A_CENSUS_MAX },
	{ "unknown", 4000 }, { 0 }
};

static const struct name thresholds[] = {
	{ "min", SGAP_THRESHOLD_A_MIN }, { "degraded", SGAP_THRESHOLD_A_DEGRADED },
	{ "failing", SGAP_THRESHOLD_A_FAILING }, { "dead", SGAP_THRESHOLD_A_DEAD },
	{ "slow", SGAP_THRESHOLD_A_SLOW_MS }, { "window", SGAP_THRESHOLD_A_WINDOW_S }, { 0 }
};

static const char *const counters[] = {
	"frames", "seen", "queries", "responses", "icmp", "tcp_control",
	"unparsed0", "unparsed1", "unparsed2", "unparsed3", "unparsed4", "unparsed5",
	"unparsed6", "unparsed7", "unparsed8", "unparsed9", "unparsed10", "unparsed11",
	"unparsed12", "unparsed13", "unparsed14", "unparsed15", "transactions", "answered",
	"unanswered", "failed", "evicted", "in_flight", "servers_now", "records_made",
	"records_read", "records_lost", "servers_evicted", "packets_held",
	"partial", "partial_evicted", "tcp_evicted",
	"tls_evicted"
};

static const char *const states[] = { "unknown", "ok", "degraded", "failing", "dead" };

static struct nl_sock *sock;
static int family;
static int result;

static void die(const char *what, const char *arg)
{
	fprintf(stderr, "tapctl: %s '%s'\n", what, arg);
	exit(2);
}

static unsigned long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void put_u32(struct nl_msg *msg, const struct name *names, const char *arg)
{
	size_t n = strcspn(arg, "=");

	for (; names->name; names++) {
		if (strlen(names->name) == n && !strncmp(names->name, arg, n)) {
			nla_put_u32(msg, names->attr, strtoul(arg + n + 1, NULL, 0));
			return;
		}
	}
	die("unknown option", arg);
}

static void put_ports(struct nl_msg *msg, const char *p)
{
	uint16_t port[16];
	int n = 0;

	while (*p && n < 16) {
		port[n++] = strtoul(p, (char **)&p, 0);
		p += *p == ',';
	}
	nla_put(msg, SGAP_TAP_A_PORTS, n * 2, port);
}

static void put_tap(struct nl_msg *msg, const char *ifname, char **args)
{
	struct nlattr *nest = nla_nest_start(msg, SGAP_A_TAP);

	if (strcmp(ifname, "-"))
		nla_put_string(msg, SGAP_TAP_A_IFNAME, ifname);
	for (; *args; args++) {
		if (!strncmp(*args, "ports=", 6))
			put_ports(msg, *args + 6);
		else
			put_u32(msg, options, *args);
	}
	nla_nest_end(msg, nest);
}

static int parse_addr(const char *text, uint8_t addr[16])
{
	memset(addr, 0, 16);
	addr[10] = addr[11] = 0xff;
	return inet_pton(AF_INET, text, addr + 12) == 1 || inet_pton(AF_INET6, text, addr) == 1;
}

static const char *addr_text(const uint8_t *a)
{
	static char text[INET6_ADDRSTRLEN];
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	int v4 = !memcmp(a, mapped, 12);

	return inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a + 12 : a, text, sizeof(text));
}

static void put_addr(struct nl_msg *msg, const uint8_t addr[16])
{
	struct nlattr *nest = nla_nest_start(msg, SGAP_A_SERVER);

	nla_put(msg, SGAP_SERVER_A_ADDR, 16, addr);
	nla_nest_end(msg, nest);
}

static void show_names(const struct name *names, struct nlattr **tb, int max)
{
	for (; names->name; names++)
		if (names->attr <= max && tb[names->attr])
			printf("%s %u\n", names->name, nla_get_u32(tb[names->attr]));
}

static void show_tap(struct nlattr *nest)
{
	struct nlattr *tb[SGAP_TAP_A_MAX + 1];
	const uint64_t *c;
	unsigned int i;

	nla_parse_nested(tb, SGAP_TAP_A_MAX, nest, NULL);
	if (tb[SGAP_TAP_A_IFNAME])
		printf("ifname %s\n", nla_get_string(tb[SGAP_TAP_A_IFNAME]));
	show_names(options, tb, SGAP_TAP_A_MAX);
	if (tb[SGAP_TAP_A_PORTS]) {
		const uint16_t *port = nla_data(tb[SGAP_TAP_A_PORTS]);

		printf("ports");
		for (i = 0; i < (unsigned int)nla_len(tb[SGAP_TAP_A_PORTS]) / 2; i++)
			printf("%c%u", i ? ',' : ' ', port[i]);
		printf("\n");
	}
	if (!tb[SGAP_TAP_A_COUNTERS])
		return;
	c = nla_data(tb[SGAP_TAP_A_COUNTERS]);
	for (i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		printf("%s %llu\n", counters[i], (unsigned long long)c[i]);
}

static void show_stats(const char *proto, struct nlattr *a)
{
	struct sgap_stats s;

	if (!a)
		return;
	memcpy(&s, nla_data(a), sizeof(s));
	printf(" %s queries=%llu transactions=%llu resends=%llu responses=%llu answered=%llu"
	       " unanswered=%llu failed=%llu evicted=%llu overdue=%llu late=%llu duplicates=%llu"
	       " unmatched=%llu servfail=%llu refused=%llu",
	       proto, s.queries, s.transactions, s.resends, s.responses, s.answered,
	       s.unanswered, s.failed, s.evicted, s.overdue, s.late, s.duplicates,
	       s.unmatched, s.rcode[2], s.rcode[5]);
}

static void show_server(struct nlattr *nest)
{
	struct nlattr *tb[SGAP_SERVER_A_MAX + 1];
	struct sgap_window w = { 0 };

	nla_parse_nested(tb, SGAP_SERVER_A_MAX, nest, NULL);
	printf("server %s", addr_text(nla_data(tb[SGAP_SERVER_A_ADDR])));
	if (tb[SGAP_SERVER_A_STATE_OLD])
		printf(" was=%s", states[nla_get_u8(tb[SGAP_SERVER_A_STATE_OLD])]);
	printf(" state=%s", states[nla_get_u8(tb[SGAP_SERVER_A_STATE])]);
	if (tb[SGAP_SERVER_A_WINDOW])
		memcpy(&w, nla_data(tb[SGAP_SERVER_A_WINDOW]), sizeof(w));
	printf(" ended=%u wunanswered=%u bad=%u", w.ended, w.unanswered, w.bad);
	show_stats("udp", tb[SGAP_SERVER_A_STATS_UDP]);
	show_stats("tcp", tb[SGAP_SERVER_A_STATS_TCP]);
	printf("\n");
}

static int show(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[SGAP_A_MAX + 1], *th[SGAP_THRESHOLD_A_MAX + 1];
	int event = genlmsg_hdr(nlmsg_hdr(msg))->cmd == SGAP_CMD_STATE_NTF;

	(void)arg;
	genlmsg_parse(nlmsg_hdr(msg), 0, tb, SGAP_A_MAX, NULL);
	if (event)
		printf("event at=%llu ", now_ms());
	else if (tb[SGAP_A_TAP])
		show_tap(tb[SGAP_A_TAP]);
	if (tb[SGAP_A_SERVER])
		show_server(tb[SGAP_A_SERVER]);
	if (tb[SGAP_A_THRESHOLD]) {
		nla_parse_nested(th, SGAP_THRESHOLD_A_MAX, tb[SGAP_A_THRESHOLD], NULL);
		show_names(thresholds, th, SGAP_THRESHOLD_A_MAX);
	}
	fflush(stdout);
	return NL_OK;
}

/* The sentence of the extended ack, if there is one. */
static int refused(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	int skip = sizeof(*err), left;
	struct nlattr *a;

	(void)from, (void)arg;
	fprintf(stderr, "tapctl: %s", strerror(-err->error));
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	if (h->nlmsg_flags & NLM_F_ACK_TLVS) {
		a = (struct nlattr *)((char *)err + NLMSG_ALIGN(skip));
		left = (int)((char *)h + h->nlmsg_len - (char *)a);
		for (; nla_ok(a, left); a = nla_next(a, &left))
			if (nla_type(a) == NLMSGERR_ATTR_MSG)
				fprintf(stderr, ": %s", nla_get_string(a));
	}
	fprintf(stderr, "\n");
	result = 1;
	return NL_STOP;
}

static int stop(struct nl_msg *msg, void *arg)
{
	(void)msg, (void)arg;
	return NL_STOP;
}

static int finish(struct nl_msg *msg, void *arg)
{
	const int *error = nlmsg_data(nlmsg_hdr(msg));

	(void)arg;
	if (*error < 0) {
		fprintf(stderr, "tapctl: %s\n", strerror(-*error));
		result = 1;
	}
	return NL_STOP;
}

static int transact(struct nl_msg *msg)
{
	int ret = nl_send_auto(sock, msg);

	nlmsg_free(msg);
	if (ret < 0)
		die("cannot send", nl_geterror(ret));
	ret = nl_recvmsgs_default(sock);
	if (ret < 0 && !result)
		die("cannot receive", nl_geterror(ret));
	return result;
}

static struct nl_msg *request(int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST | flags, cmd,
		    SGAP_GENL_VERSION);
	return msg;
}

static int tap_cmd(int cmd, char **args)
{
	struct nl_msg *msg = request(cmd, NLM_F_ACK);

	put_tap(msg, args[0], args + 1);
	return transact(msg);
}

static int list(void)
{
	return transact(request(SGAP_CMD_TAP_GET, NLM_F_DUMP));
}

static int servers(char **args)
{
	struct nl_msg *msg = request(SGAP_CMD_SERVER_GET, NLM_F_DUMP);

	put_tap(msg, args[0], args + 1);
	return transact(msg);
}

static int with_server(int cmd, char **args, int values)
{
	struct nl_msg *msg = request(cmd, NLM_F_ACK);
	char *none[] = { NULL };
	uint8_t addr[16];
	struct nlattr *nest;

	put_tap(msg, *args++, none);
	if (*args && parse_addr(*args, addr)) {
		put_addr(msg, addr);
		args++;
	}
	if (values) {
		nest = nla_nest_start(msg, SGAP_A_THRESHOLD);
		for (; *args; args++)
			put_u32(msg, thresholds, *args);
		nla_nest_end(msg, nest);
	}
	return transact(msg);
}

static int threshold(char **args)
{
	int n = 0;

	while (args[n])
		n++;
	if (strchr(args[n - 1], '='))
		return with_server(SGAP_CMD_THRESHOLD_SET, args, 1);
	return with_server(SGAP_CMD_THRESHOLD_GET, args, 0);
}

static int listen_events(const char *seconds)
{
	unsigned long long end = now_ms() + strtoul(seconds, NULL, 10) * 1000;
	struct pollfd fd = { .fd = nl_socket_get_fd(sock), .events = POLLIN };
	int group = genl_ctrl_resolve_grp(sock, SGAP_GENL_NAME, SGAP_MCGRP_STATE);
	int ret;

	nl_socket_disable_seq_check(sock);
	ret = group < 0 ? group : nl_socket_add_membership(sock, group);
	if (ret < 0) {
		fprintf(stderr, "tapctl: cannot listen: %s\n", nl_geterror(ret));
		return 1;
	}
	printf("listening\n");
	fflush(stdout);
	while (now_ms() < end)
		if (poll(&fd, 1, (int)(end - now_ms())) > 0)
			nl_recvmsgs_default(sock);
	return 0;
}

static void open_socket(void)
{
	int one = 1;

	sock = nl_socket_alloc();
	nl_socket_set_buffer_size(sock, 1 << 20, 1 << 16);
	if (genl_connect(sock) < 0)
		die("cannot connect to", "generic netlink");
	family = genl_ctrl_resolve(sock, SGAP_GENL_NAME);
	if (family < 0)
		die("there is no netlink family", SGAP_GENL_NAME);
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, show, NULL);
	nl_socket_modify_cb(sock, NL_CB_ACK, NL_CB_CUSTOM, stop, NULL);
	nl_socket_modify_cb(sock, NL_CB_FINISH, NL_CB_CUSTOM, finish, NULL);
	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, refused, NULL);
}

static void differ(const char *ifname, const char *what, unsigned long long whole,
		   unsigned long long parts)
{
	printf("%s: %s %llu, but %llu by its parts\n", ifname, what, whole, parts);
	result = 1;
}

/* The sums of uapi/stopgap.h, of one tap. */
static void check_sums(const char *ifname, const struct sgap_tap_counters *c)
{
	unsigned long long parts = c->queries + c->responses + c->icmp + c->tcp_control;
	unsigned int i;

	for (i = 0; i < sizeof(c->unparsed) / sizeof(*c->unparsed); i++)
		parts += c->unparsed[i];
	if (c->seen != parts)
		differ(ifname, "seen", c->seen, parts);
	parts = c->answered + c->unanswered + c->failed + c->evicted + c->in_flight;
	if (c->transactions != parts)
		differ(ifname, "transactions", c->transactions, parts);
	if (c->records_made < c->records_read + c->records_lost)
		differ(ifname, "records_made", c->records_made, c->records_read + c->records_lost);
}

static int show_sums(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[SGAP_A_MAX + 1], *tap[SGAP_TAP_A_MAX + 1];
	struct sgap_tap_counters c;

	(void)arg;
	genlmsg_parse(nlmsg_hdr(msg), 0, tb, SGAP_A_MAX, NULL);
	if (!tb[SGAP_A_TAP])
		return NL_OK;
	nla_parse_nested(tap, SGAP_TAP_A_MAX, tb[SGAP_A_TAP], NULL);
	if (!tap[SGAP_TAP_A_COUNTERS] || nla_len(tap[SGAP_TAP_A_COUNTERS]) < (int)sizeof(c))
		die("a tap without its counters", "list");
	memcpy(&c, nla_data(tap[SGAP_TAP_A_COUNTERS]), sizeof(c));
	check_sums(tap[SGAP_TAP_A_IFNAME] ? nla_get_string(tap[SGAP_TAP_A_IFNAME]) : "-", &c);
	return NL_OK;
}

static void sums_here(void)
{
	open_socket();
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, show_sums, NULL);
	transact(request(SGAP_CMD_TAP_GET, NLM_F_DUMP));
	nl_socket_free(sock);
}

static int sums(void)
{
	DIR *dir = opendir("/run/netns");
	struct dirent *e;
	int fd;

	sums_here();
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			die("cannot enter the namespace", e->d_name);
		close(fd);
		sums_here();
	}
	if (dir)
		closedir(dir);
	return result;
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";

	if (!strcmp(cmd, "sums"))
		return sums();
	open_socket();
	if (!strcmp(cmd, "list"))
		return list();
	if (argc < 3)
		die("expected add, set, del, get, list, servers, reset, threshold, listen or sums, not",
		    cmd);
	if (!strcmp(cmd, "add"))
		return tap_cmd(SGAP_CMD_TAP_ADD, argv + 2);
	if (!strcmp(cmd, "set"))
		return tap_cmd(SGAP_CMD_TAP_SET, argv + 2);
	if (!strcmp(cmd, "del"))
		return tap_cmd(SGAP_CMD_TAP_DEL, argv + 2);
	if (!strcmp(cmd, "get"))
		return tap_cmd(SGAP_CMD_TAP_GET, argv + 2);
	if (!strcmp(cmd, "servers"))
		return servers(argv + 2);
	if (!strcmp(cmd, "reset"))
		return with_server(SGAP_CMD_SERVER_RESET, argv + 2, 0);
	if (!strcmp(cmd, "threshold"))
		return threshold(argv + 2);
	if (!strcmp(cmd, "listen"))
		return listen_events(argv[2]);
	die("unknown command", cmd);
	return 2;
}
