// SPDX-License-Identifier: GPL-2.0-or-later
#include "grant.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum sgap_refuse sgap_grant_encode(const struct sgap_grant_info *info, struct sgap_grant *g)
{
	struct sgap_grant_info back;

	memset(g, 0, sizeof(*g));
	memcpy(g->magic, SGAP_GRANT_MAGIC, sizeof(g->magic));
	g->version = htole16(SGAP_GRANT_VERSION);
	g->purpose = htole16(SGAP_GRANT_DETOUR);
	g->size = htole32(SGAP_GRANT_SIZE);
	memcpy(g->serial, info->serial, sizeof(g->serial));
	g->issued = htole64(info->issued);
	g->not_before = htole64(info->not_before);
	g->not_after = htole64(info->not_after);
	g->max_lease = htole32(info->max_lease);
	g->extend = htole32(info->extend);
	g->flags = htole32(info->flags);
	memcpy(g->server, info->server.b, sizeof(g->server));
	memcpy(g->fallback, info->fallback.b, sizeof(g->fallback));
	memcpy(g->clients, info->clients.b, sizeof(g->clients));
	g->clients_len = info->clients_len;
	g->protocols = info->protocols;
	g->when_state = info->when_state;
	g->when_ms = htole32(info->when_ms);
	g->port = htole16(info->port);
	g->share = htole16(info->share);
	g->max_rate = htole32(info->max_rate);
	g->rollback = htole16(info->rollback);
	g->recover = htole16(info->recover);
	memcpy(g->roles, info->roles, sizeof(g->roles));
	return sgap_grant_check(g, sizeof(*g), &back);
}

int sgap_grant_set_addr(struct sgap_addr *addr, const char *text)
{
	__u8 v4[4];

	if (inet_pton(AF_INET6, text, addr->b) == 1)
		return 0;
	if (inet_pton(AF_INET, text, v4) != 1)
		return -EINVAL;
	sgap_addr_set_v4(addr, v4);
	return 0;
}

/* Are all bits from len on zero? */
static bool ends_clear(const struct sgap_addr *addr, unsigned int len)
{
	for (; len < 128; len++)
		if (addr->b[len / 8] & (0x80 >> (len % 8)))
			return false;
	return true;
}

int sgap_grant_set_clients(struct sgap_grant_info *info, const char *text)
{
	char addr[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned long len, max;
	char *end;

	if (n >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, n);
	addr[n] = 0;
	if (sgap_grant_set_addr(&info->clients, addr))
		return -EINVAL;
	max = sgap_addr_is_v4(&info->clients) ? 32 : 128;
	len = max;
	if (slash) {
		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		len = strtoul(slash + 1, &end, 10);
		if (*end)
			return -EINVAL;
	}
	if (len > max)
		return -ERANGE;
	info->clients_len = (__u8)len;
	return ends_clear(&info->clients, (unsigned int)(len + 128 - max)) ? 0 : -EDOM;
}

/* "network:2" or "network", up to a comma or the end, which is returned; NULL: neither. */
static const char *take_role(struct sgap_grant_role *role, const char *p)
{
	size_t n = strcspn(p, ":,");
	unsigned long signers = 1;
	char *end;

	if (!n || n > sizeof(role->name))
		return NULL;
	memcpy(role->name, p, n);
	p += n;
	if (*p == ':') {
		if (p[1] < '1' || p[1] > '9')
			return NULL;
		signers = strtoul(p + 1, &end, 10);
		p = end;
	}
	role->signers = (__u8)signers;
	return signers <= SGAP_SIGNERS_MAX && (!*p || *p == ',') ? p : NULL;
}

int sgap_grant_set_roles(struct sgap_grant_info *info, const char *text)
{
	const char *p = text;
	int i;

	memset(info->roles, 0, sizeof(info->roles));
	for (i = 0; i < SGAP_GRANT_ROLES; i++) {
		p = take_role(&info->roles[i], p);
		if (!p || !*p)
			break;
		p++;
	}
	return p && !*p && i < SGAP_GRANT_ROLES ? 0 : -EINVAL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int sgap_hex_parse(__u8 *bytes, size_t n, const char *text)
{
	size_t i;
	int hi, lo;

	if (strlen(text) != 2 * n)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		hi = hex_digit(text[2 * i]);
		lo = hex_digit(text[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -EINVAL;
		bytes[i] = (__u8)(hi << 4 | lo);
	}
	return 0;
}

int sgap_grant_set_serial(__u8 serial[static 16], const char *text)
{
	return sgap_hex_parse(serial, 16, text);
}

int sgap_grant_new_serial(__u8 serial[static 16])
{
	return getrandom(serial, 16, 0) == 16 ? 0 : -errno;
}

void sgap_hex_text(const __u8 *bytes, size_t n, char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

void sgap_grant_serial_text(const __u8 serial[static 16], char text[static SGAP_SERIAL_TEXT])
{
	sgap_hex_text(serial, 16, text);
}
