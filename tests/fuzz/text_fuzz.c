// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/addr.c userspace/lib/names.c userspace/lib/grant.c
/*
 * Byte 0: which word of the command line; the rest: the word. What is taken is
 * the same when it is written out and read again.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/grant.h"
#include "lib/names.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int address(const char *text)
{
	struct sgap_addr a, again;
	char buf[SGAP_ADDR_TEXT];
	int ret = sgap_addr_parse(&a, text);

	if (!ret && (sgap_addr_parse(&again, sgap_addr_text(buf, a.b)) ||
		     !sgap_addr_eq(&a, &again)))
		abort();
	return ret;
}

static int address_port(const char *text)
{
	struct sgap_addr a;
	__u16 port;
	int ret = sgap_addr_port_parse(&a, &port, text);

	if (!ret && !port)
		abort();
	return ret;
}

static int prefix(const char *text)
{
	char buf[SGAP_PREFIX_TEXT];
	struct sgap_addr a, again;
	int ret = sgap_prefix_parse(&a, &(__u8){ 0 }, text);
	__u8 len, len_again;

	if (ret)
		return ret == -EDOM ? -EINVAL : ret;
	sgap_prefix_parse(&a, &len, text);
	if (len > (sgap_addr_is_v4(&a) ? 32 : 128))
		abort();
	if (sgap_prefix_parse(&again, &len_again, sgap_prefix_text(buf, a.b, len)) ||
	    !sgap_addr_eq(&a, &again) || len != len_again)
		abort();
	return 0;
}

static int duration(const char *text)
{
	char buf[SGAP_DURATION_TEXT];
	__u64 ms, again;
	int ret = sgap_duration_parse(&ms, text);

	if (ret)
		return ret == -ERANGE ? -EINVAL : ret;
	if (ms > 1ULL << 53 || sgap_duration_parse(&again, sgap_duration_text(buf, ms)) ||
	    again != ms)
		abort();
	return 0;
}

static int rcode(const char *text)
{
	char buf[SGAP_NAME_TEXT];
	__u16 n, again;
	int ret = sgap_names_rcode_parse(&n, text);

	if (!ret && (n > 4095 || sgap_names_rcode_parse(&again, sgap_names_rcode(buf, n)) ||
		     n != again))
		abort();
	return ret;
}

static int state(const char *text)
{
	__u8 n, again;
	int ret = sgap_names_state_parse(&n, text);

	if (!ret && (sgap_names_state_parse(&again, sgap_names_state(n)) || n != again))
		abort();
	return ret;
}

/* Twice as many digits as bytes, and no more is written than was asked for. */
static int hex(const char *text)
{
	size_t n = strlen(text) / 2;
	__u8 *bytes = malloc(n ? n : 1);
	int ret = bytes ? sgap_hex_parse(bytes, n, text) : -EINVAL;

	if (!ret && (strlen(text) != 2 * n || strspn(text, "0123456789abcdefABCDEF") != 2 * n))
		abort();
	free(bytes);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const take[])(const char *text) = {
		address, address_port, prefix, duration, rcode, state, hex,
	};
	char *text = fuzz_text(data, size);
	int ret;

	if (!text)
		return 0;
	ret = take[*data % (sizeof(take) / sizeof(*take))](text);
	if (ret && ret != -EINVAL)
		abort();
	free(text);
	return 0;
}
