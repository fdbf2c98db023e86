// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcap: a 24-byte header, then packets, each after a 16-byte header. pcapng:
 * blocks of type, length, body, length; what is no packet block is passed over.
 */
#include "pcap.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "frame.h"

#define PCAP_BUF (256u << 10)		/* read at once */
#define PCAP_PACKET_MAX (256u << 10)	/* no link layer has longer frames */
#define PCAP_ROOM ((size_t)2 * (PCAP_BUF + PCAP_PACKET_MAX))
#define PCAP_INTERFACES 4096u

#define PCAP_MAGIC_US 0xa1b2c3d4u
#define PCAP_MAGIC_NS 0xa1b23c4du
#define PCAP_HEADER 24u
#define PCAP_REC 16u

#define NG_SHB 0x0a0d0d0au
#define NG_BYTE_ORDER 0x1a2b3c4du
#define NG_IDB 1u
#define NG_PB 2u		/* obsolete */
#define NG_SPB 3u
#define NG_EPB 6u
#define NG_OPT_TSRESOL 9u
#define NG_OPT_TSOFFSET 14u
#define NG_BLOCK_MAX (64u << 20)

struct interface {
	int link_type;
	__u32 skip;		/* bytes of link header before the IP header */
	__u32 snaplen;
	__u64 ticks;		/* per second */
	__s64 offset;		/* s */
};

struct sgap_pcap {
	int fd;
	bool own_fd, eof, swap, ng;
	__u8 *buf;		/* NULL when the bytes are the caller's */
	const __u8 *p;		/* unread: from p, have bytes */
	size_t have;
	__u64 offset;		/* of p in the file */
	__u64 last_ts;
	struct interface *ifs;
	__u32 nifs;
	char note[160];
};

static __u32 get32(const struct sgap_pcap *r, const __u8 *p)
{
	__u32 v;

	memcpy(&v, p, sizeof(v));
	return r->swap ? __builtin_bswap32(v) : v;
}

static __u16 get16(const struct sgap_pcap *r, const __u8 *p)
{
	__u16 v;

	memcpy(&v, p, sizeof(v));
	return r->swap ? __builtin_bswap16(v) : v;
}

__attribute__((format(printf, 2, 3))) static void note(struct sgap_pcap *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->note, sizeof(r->note), fmt, ap);
	va_end(ap);
}

/* Have at least n bytes at p. Returns 0 when the file ends before, 1, or -errno. */
static int need(struct sgap_pcap *r, size_t n)
{
	if (likely(r->have >= n))
		return 1;
	if (!r->buf || r->eof)
		return 0;
	memmove(r->buf, r->p, r->have);
	r->p = r->buf;
	while (r->have < n && !r->eof) {
		ssize_t got = read(r->fd, r->buf + r->have, PCAP_BUF);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			note(r, "cannot read: %s", strerror(errno));
			return -errno;
		}
		r->eof = !got;
		r->have += (size_t)got;
	}
	return r->have >= n;
}

static void advance(struct sgap_pcap *r, size_t n)
{
	r->p += n;
	r->have -= n;
	r->offset += n;
}

/* Pass over n bytes, however many; 0 when the file ends before. */
static int skip(struct sgap_pcap *r, size_t n)
{
	while (n) {
		size_t now = n < PCAP_BUF ? n : PCAP_BUF;
		int ret = need(r, now);

		if (ret <= 0)
			return ret;
		advance(r, now);
		n -= now;
	}
	return 1;
}

/* The link types of tcpdump.org/linktypes.html that carry IP. */
static void set_link_type(struct interface *i, __u32 link_type)
{
	static const struct { __u16 pcap; __s16 ours; __u8 skip; } map[] = {
		{ 1, SGAP_LINKTYPE_ETHERNET, 0 },
		{ 101, SGAP_LINKTYPE_RAW, 0 },
		{ 12, SGAP_LINKTYPE_RAW, 0 }, { 14, SGAP_LINKTYPE_RAW, 0 },
		{ 228, SGAP_LINKTYPE_RAW, 0 }, { 229, SGAP_LINKTYPE_RAW, 0 },
		{ 0, SGAP_LINKTYPE_RAW, 4 }, { 108, SGAP_LINKTYPE_RAW, 4 },
		{ 113, SGAP_LINKTYPE_SLL, 0 }, { 276, SGAP_LINKTYPE_SLL2, 0 },
	};
	unsigned int n;

	i->link_type = -1;
	for (n = 0; n < sizeof(map) / sizeof(map[0]); n++) {
		if (map[n].pcap == link_type) {
			i->link_type = map[n].ours;
			i->skip = map[n].skip;
		}
	}
}

static struct interface *add_interface(struct sgap_pcap *r, __u32 link_type)
{
	struct interface *ifs;

	if (r->nifs == PCAP_INTERFACES)
		return NULL;
	if (!(r->nifs & (r->nifs - 1))) {
		ifs = realloc(r->ifs, (r->nifs ? 2u * r->nifs : 1u) * sizeof(*ifs));
		if (!ifs)
			return NULL;
		r->ifs = ifs;
	}
	ifs = &r->ifs[r->nifs++];
	memset(ifs, 0, sizeof(*ifs));
	set_link_type(ifs, link_type);
	ifs->ticks = 1000000;
	if (ifs->link_type < 0 && !r->note[0])
		note(r, "packets of link type %u cannot be read", link_type);
	return ifs;
}

static __u64 to_ns(const struct interface *i, __u64 ticks)
{
	__u64 s = ticks / i->ticks, rest = ticks % i->ticks;

	return (s + (__u64)i->offset) * SGAP_NS_PER_S +
	       (__u64)((unsigned __int128)rest * SGAP_NS_PER_S / i->ticks);
}

static void emit(const struct interface *i, struct sgap_pcap_pkt *pkt, const __u8 *data,
		 __u32 caplen, __u32 len)
{
	__u32 cut = i->skip < caplen ? i->skip : caplen;

	pkt->data = data + cut;
	pkt->caplen = caplen - cut;
	pkt->len = len > cut ? len - cut : 0;
	if (pkt->len < pkt->caplen)
		pkt->len = pkt->caplen;
	pkt->link_type = i->link_type;
}

static int cut_short(struct sgap_pcap *r)
{
	if (r->have)
		note(r, "the capture ends in the middle of a packet, at byte %llu",
		     (unsigned long long)(r->offset + r->have));
	r->eof = true;
	r->have = 0;
	return 0;
}

static int next_pcap(struct sgap_pcap *r, struct sgap_pcap_pkt *pkt)
{
	struct interface *i = r->ifs;
	__u32 caplen, len;
	int ret;

	ret = need(r, PCAP_REC);
	if (ret <= 0)
		return ret < 0 ? ret : cut_short(r);
	caplen = get32(r, r->p + 8);
	len = get32(r, r->p + 12);
	if (caplen > PCAP_PACKET_MAX) {
		note(r, "no packet header at byte %llu: %u bytes in one packet, expected at most %u",
		     (unsigned long long)r->offset, caplen, PCAP_PACKET_MAX);
		return -EPROTO;
	}
	ret = need(r, PCAP_REC + caplen);
	if (ret <= 0)
		return ret < 0 ? ret : cut_short(r);
	pkt->ts = get32(r, r->p) * SGAP_NS_PER_S +
		  get32(r, r->p + 4) * (SGAP_NS_PER_S / i->ticks);
	emit(i, pkt, r->p + PCAP_REC, caplen, len);
	advance(r, PCAP_REC + caplen);
	return 1;
}

static void ng_options(struct sgap_pcap *r, struct interface *i, const __u8 *p, __u32 len)
{
	while (len >= 4) {
		__u16 code = get16(r, p), n = get16(r, p + 2);
		__u32 padded = (n + 3u) & ~3u;

		if (!code || padded > len - 4)
			return;
		if (code == NG_OPT_TSRESOL && n == 1) {
			__u8 e = p[4] & 0x7f, k;
			__u64 ticks = 1;

			for (k = 0; k < e && ticks < 1ULL << 59; k++)
				ticks *= p[4] & 0x80 ? 2 : 10;
			i->ticks = ticks;
		} else if (code == NG_OPT_TSOFFSET && n == 8) {
			__u64 v;

			memcpy(&v, p + 4, sizeof(v));
			i->offset = (__s64)(r->swap ? __builtin_bswap64(v) : v);
		}
		p += 4 + padded;
		len -= 4 + padded;
	}
}

/* One packet block in body; 1 = pkt is filled, 0 = no packet. */
static int ng_packet(struct sgap_pcap *r, __u32 type, const __u8 *body, __u32 n,
		     struct sgap_pcap_pkt *pkt)
{
	__u32 id = 0, caplen, len, head = type == NG_SPB ? 4 : 20;

	if (n < head)
		return 0;
	if (type == NG_EPB)
		id = get32(r, body);
	else if (type == NG_PB)
		id = get16(r, body);
	if (id >= r->nifs)
		return 0;
	if (type == NG_SPB) {
		len = get32(r, body);
		caplen = n - head < len ? n - head : len;
		if (r->ifs[0].snaplen && caplen > r->ifs[0].snaplen)
			caplen = r->ifs[0].snaplen;
		pkt->ts = r->last_ts;
	} else {
		caplen = get32(r, body + 12);
		len = get32(r, body + 16);
		if (caplen > n - head)
			caplen = n - head;
		pkt->ts = to_ns(&r->ifs[id], (__u64)get32(r, body + 4) << 32 | get32(r, body + 8));
		r->last_ts = pkt->ts;
	}
	emit(&r->ifs[id], pkt, body + head, caplen, len);
	return 1;
}

/* The section header at p: sets the byte order. Interfaces count from 0 again. */
static int ng_section(struct sgap_pcap *r)
{
	__u32 order;
	int ret = need(r, 12);

	if (ret <= 0)
		return ret;
	memcpy(&order, r->p + 8, sizeof(order));
	if (order != NG_BYTE_ORDER && order != __builtin_bswap32(NG_BYTE_ORDER)) {
		note(r, "byte order mark 0x%08x at byte %llu, expected 0x%08x", order,
		     (unsigned long long)r->offset + 8, NG_BYTE_ORDER);
		return -EPROTO;
	}
	r->swap = order != NG_BYTE_ORDER;
	r->nifs = 0;
	return 1;
}

static int ng_bad(struct sgap_pcap *r, __u32 len)
{
	note(r, "no pcapng block at byte %llu: length %u, expected a multiple of 4 from 12 to %u",
	     (unsigned long long)r->offset, len, NG_BLOCK_MAX);
	return -EPROTO;
}

/* One block; 1 = it was a packet, 2 = it was another, 0 = end, or -errno. */
static int ng_block(struct sgap_pcap *r, struct sgap_pcap_pkt *pkt)
{
	__u32 type, len;
	int ret = need(r, 8);

	if (ret <= 0)
		return ret < 0 ? ret : cut_short(r);
	type = get32(r, r->p);
	if (type == NG_SHB) {
		ret = ng_section(r);
		if (ret <= 0)
			return ret < 0 ? ret : cut_short(r);
	}
	len = get32(r, r->p + 4);
	if (len < 12 || len & 3 || len > NG_BLOCK_MAX)
		return ng_bad(r, len);
	if (len > PCAP_PACKET_MAX + 64) {
		ret = skip(r, len);
		return ret < 0 ? ret : ret ? 2 : cut_short(r);
	}
	ret = need(r, len);
	if (ret <= 0)
		return ret < 0 ? ret : cut_short(r);
	ret = 2;
	if (type == NG_IDB && len >= 20) {
		struct interface *i = add_interface(r, get16(r, r->p + 8));

		if (!i)
			return -ENOMEM;
		i->snaplen = get32(r, r->p + 12);
		ng_options(r, i, r->p + 16, len - 20);
	} else if (type == NG_EPB || type == NG_SPB || type == NG_PB) {
		if (ng_packet(r, type, r->p + 8, len - 12, pkt))
			ret = 1;
	}
	advance(r, len);
	return ret;
}

int sgap_pcap_next(struct sgap_pcap *r, struct sgap_pcap_pkt *pkt)
{
	int ret;

	if (!r->ng)
		return next_pcap(r, pkt);
	do {
		ret = ng_block(r, pkt);
	} while (ret == 2);
	return ret;
}

static int open_pcap(struct sgap_pcap *r, __u32 magic)
{
	__u32 native = r->swap ? __builtin_bswap32(magic) : magic;
	struct interface *i;

	i = add_interface(r, get32(r, r->p + 20) & 0xffff);
	if (!i)
		return -ENOMEM;
	i->ticks = native == PCAP_MAGIC_NS ? SGAP_NS_PER_S : 1000000;
	advance(r, PCAP_HEADER);
	return 0;
}

static int open_magic(struct sgap_pcap *r)
{
	__u32 magic, turned;
	int ret = need(r, 4);

	if (ret < 0)
		return ret;
	if (!ret) {
		note(r, "%zu bytes are no capture, expected a pcap or pcapng file", r->have);
		return -EPROTO;
	}
	memcpy(&magic, r->p, sizeof(magic));
	turned = __builtin_bswap32(magic);
	if (magic == NG_SHB) {
		r->ng = true;
		return 0;
	}
	r->swap = turned == PCAP_MAGIC_US || turned == PCAP_MAGIC_NS;
	if (!r->swap && magic != PCAP_MAGIC_US && magic != PCAP_MAGIC_NS) {
		bool packed = r->p[0] == 0xfd || r->p[0] == 0x1f || r->p[0] == 0x28;

		note(r, "begins with %02x %02x %02x %02x, expected a pcap or pcapng file%s",
		     r->p[0], r->p[1], r->p[2], r->p[3],
		     packed ? "; unpack it first: xz -dc FILE | stopgap locate --pcap -" : "");
		return -EPROTO;
	}
	ret = need(r, PCAP_HEADER);
	if (ret > 0)
		return open_pcap(r, magic);
	note(r, "ends within the file header");
	return ret < 0 ? ret : -EPROTO;
}

static int open_done(struct sgap_pcap **out, struct sgap_pcap *r, const char *name, int ret,
		     char *err, size_t errlen)
{
	if (!ret)
		ret = open_magic(r);
	if (ret) {
		snprintf(err, errlen, "%s: %s", name, r->note[0] ? r->note : strerror(-ret));
		sgap_pcap_free(r);
		return ret;
	}
	*out = r;
	return 0;
}

int sgap_pcap_open(struct sgap_pcap **out, const char *name, char *err, size_t errlen)
{
	struct sgap_pcap *r = calloc(1, sizeof(*r));
	int ret = 0;

	if (!r) {
		snprintf(err, errlen, "%s: %s", name, strerror(ENOMEM));
		return -ENOMEM;
	}
	r->own_fd = strcmp(name, "-");
	r->fd = r->own_fd ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	r->buf = malloc(PCAP_ROOM);
	r->p = r->buf;
	if (r->fd < 0)
		ret = -errno;
	else if (!r->buf)
		ret = -ENOMEM;
	return open_done(out, r, r->own_fd ? name : "standard input", ret, err, errlen);
}

int sgap_pcap_open_mem(struct sgap_pcap **out, const void *mem, size_t len, char *err,
		       size_t errlen)
{
	struct sgap_pcap *r = calloc(1, sizeof(*r));

	if (!r) {
		snprintf(err, errlen, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r->fd = -1;
	r->p = mem;
	r->have = len;
	return open_done(out, r, "memory", 0, err, errlen);
}

const char *sgap_pcap_note(const struct sgap_pcap *p)
{
	return p->note;
}

void sgap_pcap_free(struct sgap_pcap *p)
{
	if (!p)
		return;
	if (p->own_fd && p->fd >= 0)
		close(p->fd);
	free(p->buf);
	free(p->ifs);
	free(p);
}
