// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl.h"

#include "nl_msg.h"

#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "text.h"

struct sgap_nl {
	struct nl_sock *sk;
	int family;
	char sentence[256];
};

/* One request on its way: what is told of each answer, and how it ended. */
struct request {
	struct sgap_nl *nl;
	int (*fn)(void *ctx, struct nlattr **tb);
	void *ctx;
	int ret;
	bool done;
};

/* libnl's errors that a caller can act on, as errno. */
static int nl_errno(int err)
{
	static const struct {
		int nle, err;
	} map[] = {
		{ NLE_OBJ_NOTFOUND, ENOENT }, { NLE_NOMEM, ENOMEM }, { NLE_PERM, EPERM },
		{ NLE_NOACCESS, EACCES }, { NLE_AGAIN, EAGAIN }, { NLE_INTR, EINTR },
		{ NLE_PROTO_MISMATCH, EPROTONOSUPPORT }, { NLE_AF_NOSUPPORT, EAFNOSUPPORT },
		{ NLE_INVAL, EINVAL }, { NLE_MSGSIZE, EMSGSIZE },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (map[i].nle == abs(err))
			return -map[i].err;
	return -EIO;
}

/* Keep the sentence of an extended ack: the attributes in len bytes at p. */
static void keep_sentence(struct sgap_nl *nl, void *p, int len)
{
	struct nlattr *a = nla_find(p, len, NLMSGERR_ATTR_MSG);

	if (a)
		nla_strlcpy(nl->sentence, a, sizeof(nl->sentence));
}

/* libnl hands over the error alone; the message that it is in begins before it. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	struct request *req = arg;
	int skip = (int)sizeof(*err);

	(void)from;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += (int)(err->msg.nlmsg_len - NLMSG_HDRLEN);
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && nlmsg_datalen(nlh) > skip)
		keep_sentence(req->nl, (char *)err + NLMSG_ALIGN(skip),
			      nlmsg_datalen(nlh) - (int)NLMSG_ALIGN(skip));
	req->ret = err->error;
	req->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct request *req = arg;

	(void)msg;
	req->done = true;
	return NL_STOP;
}

/* A dump's end carries its error, and the sentence after that. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct request *req = arg;
	int err;

	req->done = true;
	if (nlmsg_datalen(nlh) < (int)sizeof(err))
		return NL_STOP;
	memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0 && !req->ret)
		req->ret = err;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		keep_sentence(req->nl, (char *)nlmsg_data(nlh) + sizeof(err),
			      nlmsg_datalen(nlh) - (int)sizeof(err));
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[SGAP_A_MAX + 1] = { 0 };
	struct request *req = arg;

	if (req->ret || !req->fn)
		return NL_OK;
	req->ret = sgap_nl_msg_parse(nlmsg_hdr(msg), tb);
	if (!req->ret)
		req->ret = req->fn(req->ctx, tb);
	return NL_OK;
}

/* A dump during which the list changed is still a list of true entries. */
static int on_changed(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static struct nl_cb *callbacks(struct request *req)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, req);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, req);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, req);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, req);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_changed, req);
	return cb;
}

/* Send msg, and take what comes until its end. Frees msg. */
static int run(struct sgap_nl *nl, struct nl_msg *msg,
	       int (*fn)(void *ctx, struct nlattr **tb), void *ctx)
{
	struct request req = { .nl = nl, .fn = fn, .ctx = ctx };
	struct nl_cb *cb = callbacks(&req);
	int ret = -ENOMEM;

	nl->sentence[0] = 0;
	if (!cb)
		goto out_msg;
	ret = nl_send_auto(nl->sk, msg);
	if (ret < 0) {
		ret = nl_errno(ret);
		goto out_cb;
	}
	ret = 0;
	while (!req.done && !ret) {
		ret = nl_recvmsgs(nl->sk, cb);
		ret = ret < 0 && !req.done && ret != -NLE_DUMP_INTR ? nl_errno(ret) : 0;
	}
	if (!ret)
		ret = req.ret;
out_cb:
	nl_cb_put(cb);
out_msg:
	nlmsg_free(msg);
	return ret;
}

static struct nl_msg *message(struct sgap_nl *nl, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags, (__u8)cmd,
			SGAP_GENL_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/* Without these two the kernel keeps its sentences to itself and its checks lax. */
static void ask_more(struct nl_sock *sk)
{
	int fd = nl_socket_get_fd(sk), one = 1;

	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
}

int sgap_nl_open(struct sgap_nl **out)
{
	struct sgap_nl *nl = calloc(1, sizeof(*nl));
	int ret;

	if (!nl)
		return -ENOMEM;
	nl->sk = nl_socket_alloc();
	if (!nl->sk) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = genl_connect(nl->sk);
	if (ret < 0)
		goto err_socket;
	nl_socket_set_msg_buf_size(nl->sk, 1 << 16);
	ask_more(nl->sk);
	nl->family = genl_ctrl_resolve(nl->sk, SGAP_GENL_NAME);
	ret = nl->family;
	if (ret < 0)
		goto err_socket;
	*out = nl;
	return 0;

err_socket:
	ret = nl_errno(ret);
	nl_socket_free(nl->sk);
err_free:
	free(nl);
	return ret;
}

void sgap_nl_close(struct sgap_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sk);
	free(nl);
}

const char *sgap_nl_sentence(const struct sgap_nl *nl)
{
	return nl->sentence;
}

/* A request whose message carries what put() writes from arg. */
static int ask(struct sgap_nl *nl, int cmd, int flags, const struct sgap_tap_info *tap,
	       int (*fn)(void *ctx, struct nlattr **tb), void *ctx)
{
	struct nl_msg *msg = message(nl, cmd, flags);
	int ret;

	if (!msg)
		return -ENOMEM;
	ret = tap ? sgap_nl_msg_put_tap(msg, tap) : 0;
	if (!ret)
		return run(nl, msg, fn, ctx);
	nlmsg_free(msg);
	return ret;
}

static int take_tap(void *ctx, struct nlattr **tb)
{
	return tb[SGAP_A_TAP] ? sgap_nl_msg_get_tap(tb[SGAP_A_TAP], ctx) : -EPROTO;
}

static int name_tap(struct sgap_tap_info *tap, const char *ifname)
{
	if (strlen(ifname) >= sizeof(tap->ifname))
		return -ENAMETOOLONG;
	memset(tap, 0, sizeof(*tap));
	sgap_text_copy(tap->ifname, sizeof(tap->ifname), ifname);
	tap->has = SGAP_HAS(SGAP_TAP_A_IFNAME);
	return 0;
}

int sgap_nl_tap_add(struct sgap_nl *nl, struct sgap_tap_info *tap)
{
	struct sgap_tap_info asked = *tap;

	return ask(nl, SGAP_CMD_TAP_ADD, NLM_F_ACK, &asked, take_tap, tap);
}

int sgap_nl_tap_set(struct sgap_nl *nl, const struct sgap_tap_info *tap)
{
	return ask(nl, SGAP_CMD_TAP_SET, NLM_F_ACK, tap, NULL, NULL);
}

int sgap_nl_tap_del(struct sgap_nl *nl, const char *ifname)
{
	struct sgap_tap_info tap;
	int ret = name_tap(&tap, ifname);

	return ret ? ret : ask(nl, SGAP_CMD_TAP_DEL, NLM_F_ACK, &tap, NULL, NULL);
}

int sgap_nl_tap_get(struct sgap_nl *nl, const char *ifname, struct sgap_tap_info *tap)
{
	struct sgap_tap_info asked;
	int ret = name_tap(&asked, ifname);

	return ret ? ret : ask(nl, SGAP_CMD_TAP_GET, NLM_F_ACK, &asked, take_tap, tap);
}

struct tap_dump {
	int (*fn)(void *ctx, const struct sgap_tap_info *tap);
	void *ctx;
};

static int each_tap(void *arg, struct nlattr **tb)
{
	struct tap_dump *dump = arg;
	struct sgap_tap_info tap;
	int ret = take_tap(&tap, tb);

	return ret ? ret : dump->fn(dump->ctx, &tap);
}

int sgap_nl_taps(struct sgap_nl *nl, int (*fn)(void *, const struct sgap_tap_info *), void *ctx)
{
	struct tap_dump dump = { .fn = fn, .ctx = ctx };

	return ask(nl, SGAP_CMD_TAP_GET, NLM_F_DUMP, NULL, each_tap, &dump);
}

struct server_dump {
	int (*fn)(void *ctx, const struct sgap_server_info *server);
	void *ctx;
};

static int each_server(void *arg, struct nlattr **tb)
{
	struct server_dump *dump = arg;
	struct sgap_server_info server;
	int ret;

	if (!tb[SGAP_A_SERVER])
		return -EPROTO;
	ret = sgap_nl_msg_get_server(tb[SGAP_A_SERVER], &server);
	return ret ? ret : dump->fn(dump->ctx, &server);
}

int sgap_nl_servers(struct sgap_nl *nl, __u32 ifindex,
		    int (*fn)(void *, const struct sgap_server_info *), void *ctx)
{
	struct sgap_tap_info tap = { .ifindex = ifindex, .has = SGAP_HAS(SGAP_TAP_A_IFINDEX) };
	struct server_dump dump = { .fn = fn, .ctx = ctx };

	return ask(nl, SGAP_CMD_SERVER_GET, NLM_F_DUMP, &tap, each_server, &dump);
}

struct census_dump {
	int (*fn)(void *ctx, const struct sgap_census_info *census);
	void *ctx;
};

static int each_census(void *arg, struct nlattr **tb)
{
	struct census_dump *dump = arg;
	struct sgap_census_info census;
	int ret;

	if (!tb[SGAP_A_CENSUS])
		return -EPROTO;
	ret = sgap_nl_msg_get_census(tb[SGAP_A_CENSUS], &census);
	return ret ? ret : dump->fn(dump->ctx, &census);
}

int sgap_nl_censuses(struct sgap_nl *nl, __u32 ifindex,
		    int (*fn)(void *, const struct sgap_census_info *), void *ctx)
{
	struct sgap_tap_info tap = { .ifindex = ifindex, .has = SGAP_HAS(SGAP_TAP_A_IFINDEX) };
	struct census_dump dump = { .fn = fn, .ctx = ctx };

	return ask(nl, SGAP_CMD_CENSUS_GET, NLM_F_DUMP, &tap, each_census, &dump);
}

static int take_threshold(void *ctx, struct nlattr **tb)
{
	if (!tb[SGAP_A_THRESHOLD])
		return -EPROTO;
	return sgap_nl_msg_get_threshold(tb[SGAP_A_THRESHOLD], ctx);
}

static int threshold(struct sgap_nl *nl, int cmd, __u32 ifindex, const struct sgap_addr *addr,
		     const struct sgap_threshold_info *in, struct sgap_threshold_info *out)
{
	struct sgap_tap_info tap = { .ifindex = ifindex, .has = SGAP_HAS(SGAP_TAP_A_IFINDEX) };
	struct nl_msg *msg = message(nl, cmd, NLM_F_ACK);
	int ret;

	if (!msg)
		return -ENOMEM;
	ret = sgap_nl_msg_put_tap(msg, &tap);
	if (!ret && addr)
		ret = sgap_nl_msg_put_server(msg, addr);
	if (!ret && in)
		ret = sgap_nl_msg_put_threshold(msg, in);
	if (!ret)
		return run(nl, msg, out ? take_threshold : NULL, out);
	nlmsg_free(msg);
	return ret;
}

int sgap_nl_threshold_set(struct sgap_nl *nl, __u32 ifindex, const struct sgap_addr *addr,
			  const struct sgap_threshold_info *in)
{
	return threshold(nl, SGAP_CMD_THRESHOLD_SET, ifindex, addr, in, NULL);
}

int sgap_nl_threshold_get(struct sgap_nl *nl, __u32 ifindex, const struct sgap_addr *addr,
			  struct sgap_threshold_info *out)
{
	return threshold(nl, SGAP_CMD_THRESHOLD_GET, ifindex, addr, NULL, out);
}

struct trust_dump {
	int (*fn)(void *ctx, const struct sgap_trust_info *trust);
	void *ctx;
};

static int each_trust(void *arg, struct nlattr **tb)
{
	struct trust_dump *dump = arg;
	struct sgap_trust_info trust;
	int ret;

	if (!tb[SGAP_A_TRUST])
		return -EPROTO;
	ret = sgap_nl_msg_get_trust(tb[SGAP_A_TRUST], &trust);
	return ret ? ret : dump->fn(dump->ctx, &trust);
}

int sgap_nl_trusts(struct sgap_nl *nl, int (*fn)(void *, const struct sgap_trust_info *),
		   void *ctx)
{
	struct trust_dump dump = { .fn = fn, .ctx = ctx };

	return ask(nl, SGAP_CMD_TRUST_GET, NLM_F_DUMP, NULL, each_trust, &dump);
}

int sgap_nl_revoke(struct sgap_nl *nl, const struct sgap_trust_info *trust)
{
	struct nl_msg *msg = message(nl, SGAP_CMD_TRUST_REVOKE, NLM_F_ACK);
	int ret;

	if (!msg)
		return -ENOMEM;
	ret = sgap_nl_msg_put_trust(msg, trust);
	if (!ret)
		return run(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	return ret;
}

static int take_detour(void *ctx, struct nlattr **tb)
{
	return tb[SGAP_A_DETOUR] ? sgap_nl_msg_get_detour(tb[SGAP_A_DETOUR], ctx) : -EPROTO;
}

int sgap_nl_grant_add(struct sgap_nl *nl, const struct sgap_grant *grant, const void *sig,
		      size_t sig_len, struct sgap_detour_info *detour)
{
	struct nl_msg *msg;
	int ret;

	if (sig_len > SGAP_GRANT_SIG_MAX)
		return -EMSGSIZE;
	msg = message(nl, SGAP_CMD_GRANT_ADD, NLM_F_ACK);
	if (!msg)
		return -ENOMEM;
	ret = nla_put(msg, SGAP_A_GRANT, sizeof(*grant), grant);
	if (!ret)
		ret = nla_put(msg, SGAP_A_SIGNATURE, (int)sig_len, sig);
	if (!ret)
		return run(nl, msg, take_detour, detour);
	nlmsg_free(msg);
	return -EMSGSIZE;
}

struct detour_dump {
	int (*fn)(void *ctx, const struct sgap_detour_info *detour);
	void *ctx;
};

static int each_detour(void *arg, struct nlattr **tb)
{
	struct detour_dump *dump = arg;
	struct sgap_detour_info detour;
	int ret = take_detour(&detour, tb);

	return ret ? ret : dump->fn(dump->ctx, &detour);
}

int sgap_nl_detours(struct sgap_nl *nl, int (*fn)(void *, const struct sgap_detour_info *),
		    void *ctx)
{
	struct detour_dump dump = { .fn = fn, .ctx = ctx };

	return ask(nl, SGAP_CMD_DETOUR_GET, NLM_F_DUMP, NULL, each_detour, &dump);
}

int sgap_nl_detour(struct sgap_nl *nl, int cmd, const __u8 serial[static 16], __u32 notice_ms)
{
	struct sgap_detour_info detour = { .notice_ms = notice_ms };
	struct nl_msg *msg = message(nl, cmd, NLM_F_ACK);
	int ret;

	if (!msg)
		return -ENOMEM;
	memcpy(detour.serial, serial, sizeof(detour.serial));
	ret = sgap_nl_msg_put_detour(msg, &detour);
	if (!ret)
		return run(nl, msg, NULL, NULL);
	nlmsg_free(msg);
	return ret;
}

int sgap_nl_subscribe(struct sgap_nl *nl, const char *group)
{
	int id = genl_ctrl_resolve_grp(nl->sk, SGAP_GENL_NAME, group);

	if (id < 0)
		return nl_errno(id);
	nl_socket_disable_seq_check(nl->sk);
	nl_socket_set_buffer_size(nl->sk, 1 << 20, 0);
	nl_socket_set_nonblocking(nl->sk);
	id = nl_socket_add_membership(nl->sk, id);
	return id < 0 ? nl_errno(id) : 0;
}

int sgap_nl_fd(const struct sgap_nl *nl)
{
	return nl_socket_get_fd(nl->sk);
}

/* One datagram is one event: the kernel does not put several into one. */
int sgap_nl_event(struct sgap_nl *nl, struct sgap_event *event)
{
	char buf[16384] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct nlattr *tb[SGAP_A_MAX + 1] = { 0 };
	ssize_t n = recv(sgap_nl_fd(nl), buf, sizeof(buf), MSG_DONTWAIT);
	int ret;

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (!nlmsg_ok(nlh, (int)n) || nlh->nlmsg_type != nl->family)
		return -EPROTO;
	memset(event, 0, sizeof(*event));
	event->cmd = genlmsg_hdr(nlh)->cmd;
	ret = sgap_nl_msg_parse(nlh, tb);
	if (!ret && tb[SGAP_A_TAP])
		ret = sgap_nl_msg_get_tap(tb[SGAP_A_TAP], &event->tap);
	if (!ret && tb[SGAP_A_SERVER])
		ret = sgap_nl_msg_get_server(tb[SGAP_A_SERVER], &event->server);
	if (!ret && tb[SGAP_A_DETOUR])
		ret = sgap_nl_msg_get_detour(tb[SGAP_A_DETOUR], &event->detour);
	return ret ? ret : 1;
}
