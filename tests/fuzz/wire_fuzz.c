// SPDX-License-Identifier: GPL-2.0-or-later
/* Byte 0: bytes that were cut off. The rest: a DNS message. */
#include <stdint.h>
#include <stdlib.h>

#include "wire.h"

static void check_name(const struct sgap_msg *m)
{
	char text[1025];
	int n;

	n = sgap_wire_name_text(text, sizeof(text), m->qname, m->qname_len, true);
	if (n < 1 || n > 1004 || text[n] || strlen(text) != (size_t)n)
		abort();
}

static void check_inside(const uint8_t *data, size_t size, const __u8 *p, size_t n)
{
	if (n && (p < data || p + n > data + size))
		abort();
}

/* What is told must not depend on the case of the question's name. */
static void check_case(const struct sgap_msg *m, const uint8_t *p, __u32 len, __u32 wire)
{
	__u32 at = (__u32)(m->qname - p), i;
	__u8 *copy = malloc(len);
	struct sgap_msg other;

	if (!copy)
		abort();
	memcpy(copy, p, len);
	for (i = at; i < at + m->qname_len; i++)
		if (copy[i] >= 'a' && copy[i] <= 'z')
			copy[i] -= 32;
	if (sgap_wire_parse(&other, copy, len, wire) || other.qname_hash != m->qname_hash)
		abort();
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sgap_msg m;
	__u32 len, wire;
	int why;

	if (size < 1 || size > 65536)
		return 0;
	len = (__u32)size - 1;
	wire = len + data[0];
	why = sgap_wire_parse(&m, data + 1, len, wire);
	if (why < 0 || why >= __SGAP_UNPARSED_MAX)
		abort();
	if (why)
		return 0;
	if (m.qname) {
		check_inside(data, size, m.qname, m.qname_len);
		check_name(&m);
		check_case(&m, data + 1, len, wire);
	}
	check_inside(data, size, m.ede_text, m.ede_text_len);
	check_inside(data, size, m.nsid, m.nsid_len);
	if (m.naddr > 2 || m.rcode > 0xfff || (m.cut && wire == len))
		abort();
	return 0;
}
