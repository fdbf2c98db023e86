// SPDX-License-Identifier: GPL-2.0-or-later
#include "drop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/text.h"
#include "log.h"

/* The ledger's files, which may be root's from a run before. */
static int own_store(const char *store, uid_t uid, gid_t gid)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm",
					     "ledger.key", "ledger.pem", "ledger.lock" };
	char path[600];
	size_t i;
	int fd, ret = 0;

	if (mkdir(store, 0750) && errno != EEXIST)
		return -errno;
	fd = open(store, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchown(fd, uid, gid))
		ret = errno == EROFS ? 0 : -errno;	/* the ledger says what that means */
	for (i = 0; i < ARRAY_SIZE(names) && !ret; i++) {
		snprintf(path, sizeof(path), "%s", names[i]);
		if (fchownat(fd, path, uid, gid, AT_SYMLINK_NOFOLLOW) && errno != ENOENT &&
		    errno != EROFS)
			ret = -errno;
	}
	close(fd);
	return ret;
}

static int keep_one_capability(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	data[0].permitted = 1u << CAP_NET_ADMIN;
	data[0].effective = data[0].permitted;
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int sgap_drop_user(const char *user, const char *store)
{
	const struct passwd *pw;
	int ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	if (geteuid() != 0 || !*user || !strcmp(user, "root"))
		return 0;
	pw = getpwnam(user);
	if (!pw) {
		sgap_log(SGAP_LOG_ERROR, "there is no user '%s': systemd-sysusers makes it, "
			 "or set [daemon] user", user);
		return -ENOENT;
	}
	ret = own_store(store, pw->pw_uid, pw->pw_gid);
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "'%s': %s", store, strerror(-ret));
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || initgroups(user, pw->pw_gid) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid)) {
		ret = -errno;
		sgap_log(SGAP_LOG_ERROR, "cannot become '%s': %s", user, strerror(-ret));
		return ret;
	}
	ret = keep_one_capability();
	if (ret)
		sgap_log(SGAP_LOG_ERROR, "cannot give up capabilities: %s", strerror(-ret));
	return ret;
}

static const int calls[] = {
	SCMP_SYS(access), SCMP_SYS(bind), SCMP_SYS(brk), SCMP_SYS(chmod), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(close), SCMP_SYS(connect), SCMP_SYS(accept4),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fallocate),
	SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(fcntl), SCMP_SYS(fdatasync), SCMP_SYS(flock),
	SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(fsync), SCMP_SYS(ftruncate), SCMP_SYS(futex),
	SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(getegid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getpid), SCMP_SYS(getrandom), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(ioctl),
	SCMP_SYS(lseek), SCMP_SYS(lstat), SCMP_SYS(madvise), SCMP_SYS(mkdir), SCMP_SYS(mmap),
	SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(pread64), SCMP_SYS(prlimit64), SCMP_SYS(pwrite64), SCMP_SYS(read),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(readv), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sched_yield), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(socket), SCMP_SYS(stat),
	SCMP_SYS(statfs), SCMP_SYS(statx), SCMP_SYS(sysinfo), SCMP_SYS(timerfd_settime),
	SCMP_SYS(umask), SCMP_SYS(uname), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(write),
	SCMP_SYS(writev),
};

int sgap_drop_calls(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	size_t i;
	int ret = ctx ? 0 : -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(calls) && !ret; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}
