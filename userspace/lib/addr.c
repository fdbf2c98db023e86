// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

int sgap_addr_parse(struct sgap_addr *a, const char *text)
{
	struct in_addr in4;

	if (inet_pton(AF_INET, text, &in4) == 1) {
		sgap_addr_set_v4(a, &in4);
		return 0;
	}
	return inet_pton(AF_INET6, text, a->b) == 1 ? 0 : -EINVAL;
}

int sgap_addr_port_parse(struct sgap_addr *a, __u16 *port, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[SGAP_ADDR_TEXT + 2], *end;
	size_t len = colon ? (size_t)(colon - text) : 0;
	unsigned long n;

	if (!len || len >= sizeof(host))
		return -EINVAL;
	sgap_text_copy(host, len + 1, text);
	n = strtoul(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end || !n || n > 65535)
		return -EINVAL;
	*port = (__u16)n;
	if (*host != '[')
		return strchr(host, ':') ? -EINVAL : sgap_addr_parse(a, host);
	if (host[len - 1] != ']')
		return -EINVAL;
	host[len - 1] = '\0';
	return strchr(host, ':') ? sgap_addr_parse(a, host + 1) : -EINVAL;
}

const char *sgap_addr_text(char buf[static SGAP_ADDR_TEXT], const __u8 *b)
{
	struct sgap_addr a;

	memcpy(a.b, b, sizeof(a.b));
	if (sgap_addr_is_v4(&a))
		inet_ntop(AF_INET, a.b + 12, buf, SGAP_ADDR_TEXT);
	else
		inet_ntop(AF_INET6, a.b, buf, SGAP_ADDR_TEXT);
	return buf;
}

/* Is any bit after the first len of the 16 bytes set? */
static bool host_bits(const struct sgap_addr *a, unsigned int len)
{
	unsigned int i;

	for (i = len; i < 128; i++)
		if (a->b[i / 8] & (0x80 >> (i % 8)))
			return true;
	return false;
}

static int prefix_len(unsigned int *len, const char *text, unsigned int max)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*len = (unsigned int)strtoul(text, &end, 10);
	return *end || errno || end - text > 3 || *len > max ? -EINVAL : 0;
}

int sgap_prefix_parse(struct sgap_addr *a, __u8 *len, const char *text)
{
	const char *slash = strchrnul(text, '/');
	char addr[SGAP_ADDR_TEXT];
	unsigned int n, max;

	if ((size_t)(slash - text) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = 0;
	if (sgap_addr_parse(a, addr))
		return -EINVAL;
	max = sgap_addr_is_v4(a) ? 32 : 128;
	n = max;
	if (*slash && prefix_len(&n, slash + 1, max))
		return -EINVAL;
	if (host_bits(a, n + 128 - max))
		return -EDOM;
	*len = (__u8)n;
	return 0;
}

const char *sgap_prefix_text(char buf[static SGAP_PREFIX_TEXT], const __u8 *b, __u8 len)
{
	char addr[SGAP_ADDR_TEXT];

	snprintf(buf, SGAP_PREFIX_TEXT, "%s/%u", sgap_addr_text(addr, b), len);
	return buf;
}

static const struct unit {
	const char *name;
	__u64 ms;
} units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

static const struct unit *unit_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && !memcmp(units[i].name, name, len))
			return &units[i];
	return NULL;
}

#define DURATION_MAX (1ULL << 53)	/* ms; exact in JSON readers too */

int sgap_duration_parse(__u64 *ms, const char *text)
{
	const struct unit *unit;
	__u64 n, sum = 0;
	size_t len;

	do {
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		for (n = 0; isdigit((unsigned char)*text); text++) {
			n = n * 10 + (__u64)(*text - '0');
			if (n > DURATION_MAX)
				return -ERANGE;
		}
		for (len = 0; isalpha((unsigned char)text[len]); len++)
			;
		unit = unit_find(text, len);
		if (!unit)
			return -EINVAL;
		if (n > (DURATION_MAX - sum) / unit->ms)
			return -ERANGE;
		sum += n * unit->ms;
		text += len;
	} while (*text);
	*ms = sum;
	return 0;
}

const char *sgap_duration_text(char buf[static SGAP_DURATION_TEXT], __u64 ms)
{
	size_t i, at = 0;

	if (!ms)
		return sgap_text_copy(buf, SGAP_DURATION_TEXT, "0s");
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (ms < units[i].ms)
			continue;
		at += (size_t)snprintf(buf + at, SGAP_DURATION_TEXT - at, "%llu%s",
				       (unsigned long long)(ms / units[i].ms), units[i].name);
		ms %= units[i].ms;
	}
	return buf;
}
