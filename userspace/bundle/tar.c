// SPDX-License-Identifier: GPL-2.0-or-later
#include "tar.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report/text.h"

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct header {
	char name[SGAP_TAR_NAME], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
	char type, link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], pad[12];
};

static_assert(sizeof(struct header) == SGAP_TAR_BLOCK, "a header is one block");

static const char zeroes[SGAP_TAR_BLOCK];

void sgap_tar_add(struct sgap_text *t, const char *name, __u64 time, const void *data, size_t len)
{
	struct header h = { .mode = "0000644", .uid = "0000000", .gid = "0000000", .type = '0',
			    .magic = "ustar", .version = { '0', '0' }, .user = "root",
			    .group = "root", .major = "0000000", .minor = "0000000" };
	const unsigned char *p = (const unsigned char *)&h;
	unsigned int sum = 0;
	size_t i;

	if (strlen(name) >= sizeof(h.name) || len >> 33 || time >> 33) {
		t->err = -ENAMETOOLONG;
		return;
	}
	strcpy(h.name, name);
	snprintf(h.size, sizeof(h.size), "%011llo", (unsigned long long)len);
	snprintf(h.mtime, sizeof(h.mtime), "%011llo", (unsigned long long)time);
	memset(h.sum, ' ', sizeof(h.sum));
	for (i = 0; i < sizeof(h); i++)
		sum += p[i];
	snprintf(h.sum, sizeof(h.sum) - 1, "%06o", sum & 0777777);
	sgap_text_addn(t, (const char *)&h, sizeof(h));
	sgap_text_addn(t, data, len);
	sgap_text_addn(t, zeroes, (SGAP_TAR_BLOCK - len % SGAP_TAR_BLOCK) % SGAP_TAR_BLOCK);
}

void sgap_tar_end(struct sgap_text *t)
{
	sgap_text_addn(t, zeroes, sizeof(zeroes));
	sgap_text_addn(t, zeroes, sizeof(zeroes));
}
