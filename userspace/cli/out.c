// SPDX-License-Identifier: GPL-2.0-or-later
#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "command.h"
#include "lib/dev.h"
#include "lib/nl.h"

void sgap_error(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("stopgap: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Sentences for what has the same reason wherever it happens. */
static const char *own_sentence(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return "this needs CAP_NET_ADMIN in this network namespace: run it as root";
	case EOPNOTSUPP:
		return "the loaded module is of a version that cannot do this";
	case EPROTO:
		return "the module answered something that this version does not understand";
	}
	return strerror(err);
}

int sgap_error_kernel(const struct sgap_nl *nl, int err, const char *format, ...)
{
	const char *sentence = nl ? sgap_nl_sentence(nl) : "";
	const char *name = strerrorname_np(abs(err));
	char what[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	if (!*sentence)
		sentence = own_sentence(abs(err));
	sgap_error("%s: %s (%s)", what, sentence, name ? name : "unknown errno");
	return SGAP_EXIT_FAULT;
}

bool sgap_out_netns(const struct sgap_args *args)
{
	const char *name = sgap_args_get(args, "netns");
	int ret = name ? sgap_dev_netns(name) : 0;

	if (!ret)
		return true;
	if (ret == -ENOENT)
		sgap_error("--netns '%s': expected a name of 'ip netns list', or a path", name);
	else if (ret == -EPERM)
		sgap_error("--netns '%s': entering it needs CAP_SYS_ADMIN: run it as root (EPERM)",
			   name);
	else
		sgap_error("--netns '%s': %s (%s)", name, strerror(-ret),
			   strerrorname_np(-ret));
	return false;
}

struct sgap_nl *sgap_out_connect(const struct sgap_args *args)
{
	struct sgap_nl *nl;
	int ret;

	if (!sgap_out_netns(args))
		return NULL;
	ret = sgap_nl_open(&nl);
	if (!ret)
		return nl;
	if (ret == -ENOENT)
		sgap_error("the module is not loaded: run 'modprobe stopgap', or insmod %s",
			   "build/kmod/$(uname -r)/stopgap.ko");
	else
		sgap_error("cannot talk to the kernel by generic netlink: %s (%s)",
			   strerror(-ret), strerrorname_np(-ret));
	return NULL;
}

int sgap_out_json(json_t *value)
{
	if (!value) {
		sgap_error("out of memory");
		return SGAP_EXIT_FAULT;
	}
	json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
	json_decref(value);
	return SGAP_EXIT_OK;
}

const char *sgap_out_time(char buf[static SGAP_OUT_TIME], uint64_t ns)
{
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;
	size_t n;

	if (!localtime_r(&s, &tm))
		memset(&tm, 0, sizeof(tm));
	n = strftime(buf, SGAP_OUT_TIME, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf + n, SGAP_OUT_TIME - n, ".%06u", (unsigned int)(ns % 1000000000 / 1000));
	return buf;
}

uint64_t sgap_out_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

bool sgap_out_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	sgap_error("cannot write to standard output: %s", strerror(errno));
	return false;
}
