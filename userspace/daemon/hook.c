// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/conf.h"
#include "log.h"

#define MESSAGE 65536u

struct sgap_hook {
	int fd;
	pid_t pid;
};

static void drop_all(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_capset, &head, none))
		_exit(1);
}

/* The message as a file that the program reads from its beginning. */
static int message_fd(const char *message)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	size_t len = strlen(message);

	if (fd < 0)
		return -errno;
	if (write(fd, message, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static void become(char *const *argv, int in, __u64 n)
{
	char number[32];
	sigset_t none;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setpgid(0, 0) || dup2(in, 0) < 0 || dup2(2, 1) < 0 || chdir("/") ||
	    setenv("STOPGAP_INCIDENT", number, 1))
		_exit(126);
	unsetenv("NOTIFY_SOCKET");
	execv(argv[0], argv);
	_exit(127);
}

/* Its status once it has ended, or was ended after ms. */
static int wait_for(pid_t pid, __u64 ms)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status;
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	if (pidfd >= 0 && poll(&pfd, 1, (int)ms) == 0)
		kill(-pid, SIGKILL);
	if (pidfd >= 0)
		close(pidfd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const struct sgap_conf *conf, __u64 n, const char *message)
{
	int in = message_fd(message), status = -1;
	pid_t pid;

	if (in < 0 || !conf->inform[0])
		return -1;
	pid = fork();
	if (!pid)
		become(conf->inform, in, n);
	close(in);
	if (pid > 0)
		status = wait_for(pid, conf->inform_ms);
	return status;
}

/* A message is "N\nTEXT", or "reload". */
static void serve(int fd, struct sgap_conf *conf, const char *path)
{
	static char buf[MESSAGE + 1];
	ssize_t len;

	signal(SIGHUP, SIG_IGN);
	drop_all();
	while ((len = recv(fd, buf, MESSAGE, 0)) > 0) {
		struct sgap_hook_result result;
		char *text;

		buf[len] = '\0';
		if (!strcmp(buf, "reload")) {
			static struct sgap_conf fresh;

			if (!sgap_conf_read(&fresh, path, NULL, NULL))
				sgap_conf_read(conf, path, NULL, NULL);
			continue;
		}
		memset(&result, 0, sizeof(result));
		result.n = strtoull(buf, &text, 10);
		result.status = run(conf, result.n, text + (*text == '\n'));
		if (send(fd, &result, sizeof(result), MSG_NOSIGNAL) != sizeof(result))
			break;
	}
	_exit(0);
}

struct sgap_hook *sgap_hook_start(const struct sgap_conf *conf, const char *path)
{
	struct sgap_hook *hook = calloc(1, sizeof(*hook));
	static struct sgap_conf own;
	int fd[2], size = 2 * (int)MESSAGE;

	if (!hook)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd)) {
		free(hook);
		return NULL;
	}
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	hook->fd = fd[0];
	hook->pid = fork();
	if (!hook->pid) {
		close(fd[0]);
		/* The words of inform are pointers into the configuration itself. */
		if (sgap_conf_read(&own, path, NULL, NULL))
			sgap_conf_default(&own);
		own.inform_ms = conf->inform_ms;
		serve(fd[1], &own, path);
	}
	close(fd[1]);
	return hook;
}

void sgap_hook_stop(struct sgap_hook *hook)
{
	if (!hook)
		return;
	close(hook->fd);	/* it ends by itself then */
	free(hook);
}

void sgap_hook_reload(struct sgap_hook *hook)
{
	if (send(hook->fd, "reload", 6, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		sgap_log(SGAP_LOG_WARNING, "inform: the new settings were not taken over");
}

int sgap_hook_tell(struct sgap_hook *hook, __u64 n, const char *message)
{
	static char buf[MESSAGE];
	int len = snprintf(buf, sizeof(buf), "%llu\n%s", (unsigned long long)n, message);

	if (len >= (int)sizeof(buf))
		len = sizeof(buf) - 1;
	return send(hook->fd, buf, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) == len ? 0 : -errno;
}

int sgap_hook_fd(const struct sgap_hook *hook)
{
	return hook->fd;
}

int sgap_hook_result(struct sgap_hook *hook, struct sgap_hook_result *result)
{
	ssize_t len = recv(hook->fd, result, sizeof(*result), MSG_DONTWAIT);

	if (len < 0)
		return errno == EAGAIN ? 0 : -EPIPE;
	return len == sizeof(*result) ? 1 : -EPIPE;
}
